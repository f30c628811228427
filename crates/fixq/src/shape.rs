//! Shapes of up to six dimensions and walks through them, without an allocator.

use crate::Error;

/// The largest number of dimensions.
pub const MAX_RANK: usize = 6;

/// A row-major shape whose number of elements fits an `isize`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    dims: [usize; MAX_RANK],
    rank: usize,
}

impl Shape {
    /// A shape with these dimensions.
    ///
    /// # Errors
    /// [`Error::BadRank`] with more than [`MAX_RANK`] dimensions, [`Error::TooLarge`] if the number of
    /// elements does not fit an `isize`.
    pub fn new(dims: &[usize]) -> Result<Self, Error> {
        let mut all = [1; MAX_RANK];
        let used = all.get_mut(..dims.len()).ok_or(Error::BadRank { rank: dims.len() })?;
        used.copy_from_slice(dims);
        // Zeros count as ones, so that no product of some of the dimensions can overflow either.
        let count = dims.iter().try_fold(1usize, |n, &d| n.checked_mul(d.max(1)));
        count.filter(|&n| isize::try_from(n).is_ok()).ok_or(Error::TooLarge)?;
        Ok(Self { dims: all, rank: dims.len() })
    }

    /// The dimensions.
    #[must_use]
    pub fn dims(&self) -> &[usize] {
        self.dims.get(..self.rank).unwrap_or(&self.dims)
    }

    /// The number of dimensions.
    #[must_use]
    pub const fn rank(&self) -> usize {
        self.rank
    }

    /// The number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.dims().iter().product()
    }

    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The distance in memory between neighbours along each dimension.
    #[must_use]
    pub fn strides(&self) -> [usize; MAX_RANK] {
        let mut strides = [0; MAX_RANK];
        let mut step = 1;
        for (stride, &dim) in strides.iter_mut().zip(&self.dims).take(self.rank).rev() {
            *stride = step;
            step *= dim.max(1);
        }
        strides
    }

    /// The shape with ones put in front, up to the full rank: how shapes are aligned for broadcasting.
    pub(crate) fn aligned(&self) -> Self {
        let mut dims = [1; MAX_RANK];
        for (to, &from) in dims.iter_mut().rev().zip(self.dims().iter().rev()) {
            *to = from;
        }
        Self { dims, rank: MAX_RANK }
    }
}

/// The memory offsets of all elements of a box, in row-major order.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    dims: [usize; MAX_RANK],
    strides: [usize; MAX_RANK],
    at: [usize; MAX_RANK],
    offset: usize,
    left: usize,
}

impl Walk {
    /// A walk through `dims`, with these strides.
    pub(crate) fn new(dims: [usize; MAX_RANK], strides: [usize; MAX_RANK]) -> Self {
        Self { dims, strides, at: [0; MAX_RANK], offset: 0, left: dims.iter().product() }
    }
}

impl Iterator for Walk {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        let here = self.offset;
        for ((at, &dim), &stride) in self.at.iter_mut().zip(&self.dims).zip(&self.strides).rev() {
            *at += 1;
            self.offset = self.offset.wrapping_add(stride);
            if *at < dim {
                break;
            }
            self.offset = self.offset.wrapping_sub(stride.wrapping_mul(dim));
            *at = 0;
        }
        Some(here)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks() {
        let shape = Shape::new(&[2, 1, 3]).unwrap();
        assert_eq!(shape.strides()[..3], [3, 3, 1]);
        assert!(Walk::new(shape.dims, shape.strides()).eq(0..6));
        // Transposed: dimensions and strides change places.
        let walk = Walk::new([1, 1, 1, 1, 3, 2], [0, 0, 0, 0, 1, 3]);
        assert!(walk.eq([0, 3, 1, 4, 2, 5]));
        // Broadcast: a stride of 0 repeats.
        assert!(Walk::new([1, 1, 1, 1, 2, 2], [0, 0, 0, 0, 0, 1]).eq([0, 1, 0, 1]));
        assert_eq!(Walk::new([2, 0, 1, 1, 1, 1], [1; 6]).count(), 0);
    }

    #[test]
    fn limits() {
        assert_eq!(Shape::new(&[1; 7]), Err(Error::BadRank { rank: 7 }));
        assert_eq!(Shape::new(&[usize::MAX, 2]), Err(Error::TooLarge));
        assert_eq!(Shape::new(&[usize::MAX, 0, 2]), Err(Error::TooLarge));
        assert!(Shape::new(&[5, 0]).unwrap().is_empty());
        assert_eq!(Shape::new(&[]).unwrap().len(), 1);
    }
}
