//! A function of one code, as 256 bytes.

use crate::Error;
use crate::error::check_length;

/// The image of every code, from −128 upwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table([i8; 256]);

impl Table {
    /// The table of a function.
    #[must_use]
    pub fn new(f: impl Fn(i8) -> i8) -> Self {
        let mut table = [0; 256];
        for (entry, code) in table.iter_mut().zip(i8::MIN..=i8::MAX) {
            *entry = f(code);
        }
        Self(table)
    }

    /// A table as stored in an image.
    #[must_use]
    pub const fn from_bytes(table: [i8; 256]) -> Self {
        Self(table)
    }

    /// The entries, from that of −128 upwards.
    #[must_use]
    pub const fn as_bytes(&self) -> &[i8; 256] {
        &self.0
    }

    /// The image of a code.
    #[must_use]
    #[inline]
    pub const fn get(&self, code: i8) -> i8 {
        self.0[(code as u8 ^ 0x80) as usize]
    }

    /// Looks up every code.
    ///
    /// # Errors
    /// [`Error::Length`] if the slices differ in length.
    pub fn run(&self, input: &[i8], output: &mut [i8]) -> Result<(), Error> {
        check_length(input.len(), output.len())?;
        for (out, &x) in output.iter_mut().zip(input) {
            *out = self.get(x);
        }
        Ok(())
    }

    /// Looks up every code in place.
    pub fn run_in_place(&self, codes: &mut [i8]) {
        for code in codes {
            *code = self.get(*code);
        }
    }
}
