//! In which order the elements of a value lie in memory.
//!
//! ONNX counts the elements of an image channel by channel, an int8 operator position by position. So each value has an
//! order: `order[i]` is the number that the network gives to the element that lies at place `i`. What only renames
//! elements (`Reshape`, `Flatten`, `Transpose`) changes the numbers and moves nothing; a fully connected layer behind it
//! takes its columns in the order of the places. An image of 2 channels and 1×3 positions, 0 1 2 | 3 4 5 to the network,
//! lies as 0 3 1 4 2 5.

/// A value's shape in the network, with a batch of 1, and the numbers of its elements by place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Order {
    pub shape: Vec<usize>,
    pub numbers: Vec<usize>,
}

impl Order {
    /// As the network counts.
    pub fn plain(shape: &[usize]) -> Self {
        Self { shape: shape.to_vec(), numbers: (0..shape.iter().product()).collect() }
    }

    /// Channels last, of a value `[1, channels, …]`; as the network counts where there is no position.
    pub fn channels_last(shape: &[usize]) -> Self {
        let channels = shape.get(1).copied().unwrap_or(1);
        let count: usize = shape.iter().product();
        let positions = count / channels.max(1);
        let number = |place: usize| place % channels * positions + place / channels;
        Self { shape: shape.to_vec(), numbers: (0..count).map(number).collect() }
    }

    pub fn is_plain(&self) -> bool {
        self.numbers.iter().enumerate().all(|(place, number)| place == *number)
    }

    pub fn is_channels_last(&self) -> bool {
        self.shape.len() >= 2 && *self == Self::channels_last(&self.shape)
    }

    /// Height, width and channels, if this is an image that lies channels last; one axis is a width.
    pub fn image(&self) -> Option<[usize; 3]> {
        match *self.shape {
            _ if !self.is_channels_last() => None,
            [1, channels, width] => Some([1, width, channels]),
            [1, channels, height, width] => Some([height, width, channels]),
            _ => None,
        }
    }

    /// The shape of the int8 tensor: images lie `[1, height, width, channels]`.
    pub fn lengths(&self) -> Vec<usize> {
        match self.image() {
            Some([height, width, channels]) => vec![1, height, width, channels],
            None => self.shape.clone(),
        }
    }

    /// The axis of the int8 tensor that is this axis of the network's.
    pub fn axis(&self, axis: usize) -> Option<usize> {
        match (self.image(), self.shape.len()) {
            (Some(_), 4) => [0, 3, 1, 2].get(axis).copied(),
            (Some(_), _) => [0, 3, 2].get(axis).copied(),
            (None, rank) => (axis < rank && self.is_plain()).then_some(axis),
        }
    }

    /// The same places in another shape.
    pub fn reshaped(&self, shape: &[usize]) -> Self {
        Self { shape: shape.to_vec(), numbers: self.numbers.clone() }
    }

    /// The same places after a transposition; `None` if `axes` does not fit.
    pub fn transposed(&self, axes: &[usize]) -> Option<Self> {
        let new: Vec<usize> =
            axes.iter().map(|&axis| self.shape.get(axis).copied()).collect::<Option<_>>()?;
        let stride = |shape: &[usize], axis: usize| shape[axis + 1..].iter().product::<usize>();
        let renumber = |number: &usize| -> usize {
            let along = |(to, &from): (usize, &usize)| {
                number / stride(&self.shape, from) % self.shape[from] * stride(&new, to)
            };
            axes.iter().enumerate().map(along).sum()
        };
        let mut seen = axes.to_vec();
        seen.sort_unstable();
        let fits = seen.iter().copied().eq(0..self.shape.len());
        fits.then(|| Self { numbers: self.numbers.iter().map(renumber).collect(), shape: new.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::Order;

    #[test]
    fn the_example_of_the_module() {
        let image = Order::channels_last(&[1, 2, 1, 3]);
        assert_eq!(image.numbers, [0, 3, 1, 4, 2, 5]);
        assert_eq!((image.image(), image.lengths()), (Some([1, 3, 2]), vec![1, 1, 3, 2]));
        assert_eq!([0, 1, 2, 3].map(|axis| image.axis(axis)), [Some(0), Some(3), Some(1), Some(2)]);
        // What a file of images with their channels last counts, seen by the network after its transposition.
        let plain = Order::plain(&[1, 1, 3, 2]);
        assert_eq!(plain.transposed(&[0, 3, 1, 2]), Some(image.clone()));
        assert_eq!(image.transposed(&[0, 2, 3, 1]), Some(plain));
        assert_eq!(image.transposed(&[0, 1, 2, 2]), None);
        let flat = image.reshaped(&[1, 6]);
        assert_eq!((flat.is_plain(), flat.lengths()), (false, vec![1, 6]));
    }
}
