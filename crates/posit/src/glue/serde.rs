//! serde: the shortest decimal text in formats that people read, the bits elsewhere.

use core::fmt::{self, Formatter};
use core::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::{Posit, Storage};

/// A decimal string such as `"0.1"` or `"NaR"` in a human-readable format, which reads back exactly; the
/// bits as an unsigned integer in a binary one.
impl<const N: u32, const ES: u32, S: Storage + Serialize> Serialize for Posit<N, ES, S> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.to_bits().serialize(serializer)
        }
    }
}

/// A decimal string or a number in a human-readable format, rounded to the nearest posit; the bits in a
/// binary one, refused if a bit above `N` is set.
impl<'de, const N: u32, const ES: u32, S: Storage + Deserialize<'de>> Deserialize<'de> for Posit<N, ES, S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return deserializer.deserialize_any(Readable(PhantomData));
        }
        let bits = S::deserialize(deserializer)?;
        let x = Self::from_bits(bits);
        if x.to_bits() == bits {
            Ok(x)
        } else {
            Err(D::Error::invalid_value(Unexpected::Unsigned(bits.into()), &"a posit without spare bits"))
        }
    }
}

/// Accepts text and numbers.
struct Readable<P>(PhantomData<P>);

impl<const N: u32, const ES: u32, S: Storage> Visitor<'_> for Readable<Posit<N, ES, S>> {
    type Value = Posit<N, ES, S>;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or a decimal number or NaR as text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        text.parse().map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_f64<E: Error>(self, x: f64) -> Result<Self::Value, E> {
        Ok(Posit::from_f64(x))
    }

    fn visit_u64<E: Error>(self, x: u64) -> Result<Self::Value, E> {
        Ok(Posit::from_i128(i128::from(x)))
    }

    fn visit_i64<E: Error>(self, x: i64) -> Result<Self::Value, E> {
        Ok(Posit::from_i128(i128::from(x)))
    }
}
