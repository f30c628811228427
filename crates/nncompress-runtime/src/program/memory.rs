//! Where a program computes: one array of codes for all tensors, and room for one layer's biases and factors.

use core::ops::Range;
use fixq::Multiplier;

/// The memory of a run, given by the caller. [`Program`](crate::Program) says how much it needs.
#[derive(Debug)]
pub struct Memory<'m> {
    /// Every tensor, each at its offset: [`Program::codes`](crate::Program::codes) of them.
    pub codes: &'m mut [i8],
    /// [`Program::channels`](crate::Program::channels) of them.
    pub biases: &'m mut [i32],
    /// [`Program::channels`](crate::Program::channels) of them.
    pub factors: &'m mut [Multiplier],
    /// [`Program::words`](crate::Program::words) of them.
    pub words: &'m mut [u32],
}

/// The codes before and behind the tensor that is being computed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operands<'m> {
    before: &'m [i8],
    behind: &'m [i8],
    /// Where `behind` starts.
    end: usize,
}

impl<'m> Operands<'m> {
    /// The codes in `output`, to be written, and all others, to be read; nothing if it lies outside.
    pub(super) fn around(codes: &'m mut [i8], output: &Range<usize>) -> (Self, &'m mut [i8]) {
        let end = output.end;
        let start = output.start.min(codes.len());
        let (before, rest) = codes.split_at_mut(start);
        let length = end.saturating_sub(start).min(rest.len());
        let (written, behind) = rest.split_at_mut(length);
        (Self { before, behind, end }, written)
    }

    /// The codes in `range`; nothing if it meets the output or lies outside.
    pub(super) fn get(&self, range: Range<usize>) -> &'m [i8] {
        match range.start.checked_sub(self.end) {
            Some(start) => self.behind.get(start..range.end.saturating_sub(self.end)),
            None => self.before.get(range),
        }
        .unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::Operands;

    #[test]
    fn operands_lie_around_the_output() {
        let mut codes = [0, 1, 2, 3, 4, 5];
        let (operands, output) = Operands::around(&mut codes, &(2..4));
        assert_eq!(output, [2, 3]);
        assert_eq!(
            (operands.get(0..2), operands.get(4..6), operands.get(5..5)),
            (&[0, 1][..], &[4, 5][..], &[][..])
        );
        for bad in [1..3, 2..4, 3..5, 4..7, 9..12, 0..6] {
            assert!(operands.get(bad).is_empty());
        }
        assert!(Operands::around(&mut codes, &(9..12)).1.is_empty());
    }
}
