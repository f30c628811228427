//! Boxes of up to six dimensions, and the places of their elements in memory.

use crate::reader::Reader;
use fixq::Error;
use fixq::shape::MAX_RANK;

/// Lengths or strides along six dimensions, those that a tensor does not have in front.
pub(super) type Dims = [usize; MAX_RANK];

/// The lengths of a tensor, with ones in front, how many of them stand in the image, and their product, which fits.
pub(super) fn read_dims(reader: &mut Reader<'_>) -> (Dims, usize, usize) {
    let rank = reader.size();
    let mut dims = [1; MAX_RANK];
    if rank > MAX_RANK {
        reader.refuse(Error::BadRank { rank });
    }
    let ones = MAX_RANK.saturating_sub(rank);
    for dim in dims.iter_mut().skip(ones) {
        *dim = reader.size();
    }
    let length = reader.product(&dims);
    (dims, ones, length)
}

/// The distance in memory between neighbours along each dimension.
#[inline(never)]
pub(super) fn strides(dims: &Dims) -> Dims {
    let (mut strides, mut step) = ([0; MAX_RANK], 1usize);
    for (stride, &dim) in strides.iter_mut().zip(dims).rev() {
        *stride = step;
        // Whether the product fits was checked.
        step = step.wrapping_mul(dim.max(1));
    }
    strides
}

/// The places of all elements of a box, in row-major order.
pub(super) struct Walk<'s> {
    dims: &'s Dims,
    strides: &'s Dims,
    at: Dims,
    place: usize,
}

impl<'s> Walk<'s> {
    pub(super) const fn new(dims: &'s Dims, strides: &'s Dims) -> Self {
        Self { dims, strides, at: [0; MAX_RANK], place: 0 }
    }

    /// The place of the next element. Behind the last one it starts again.
    #[inline(never)]
    pub(super) fn next(&mut self) -> usize {
        let here = self.place;
        for ((at, &dim), &stride) in self.at.iter_mut().zip(self.dims).zip(self.strides).rev() {
            *at += 1;
            self.place = self.place.wrapping_add(stride);
            if *at < dim {
                break;
            }
            self.place = self.place.wrapping_sub(stride.wrapping_mul(*at));
            *at = 0;
        }
        here
    }
}

#[cfg(test)]
mod tests {
    use super::{Walk, strides};
    use core::array::from_fn;

    fn places<const N: usize>(dims: [usize; 6], strides: [usize; 6]) -> [usize; N] {
        let mut walk = Walk::new(&dims, &strides);
        from_fn(|_| walk.next())
    }

    #[test]
    fn walks() {
        let dims = [1, 1, 1, 2, 1, 3];
        assert_eq!(strides(&dims)[3..], [3, 3, 1]);
        assert_eq!(places(dims, strides(&dims)), [0, 1, 2, 3, 4, 5, 0]);
        // Transposed: dimensions and strides change places.
        assert_eq!(places([1, 1, 1, 1, 3, 2], [0, 0, 0, 0, 1, 3]), [0, 3, 1, 4, 2, 5]);
        // Broadcast: a stride of 0 repeats.
        assert_eq!(places([1, 1, 1, 1, 2, 2], [0, 0, 0, 0, 0, 1]), [0, 1, 0, 1]);
    }
}
