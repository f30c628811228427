//! Tables of functions, with straight lines between their entries.
//!
//! *An entry is moved by half the error of the line at its middle*, so that the line errs by as much at its ends as
//! there. The arithmetic is that of TensorFlow Lite, in `f32`, evaluated by the compiler.

/// `e^x` for `x` in -16..=0.
const fn exp(x: f64) -> f64 {
    // e^x = (e^(x/16))^16, the Taylor series of which has terms below 2^-53 from the 20th on.
    let small = x / 16.0;
    let (mut sum, mut term, mut n) = (1.0, 1.0, 1);
    while n < 24 {
        term = term * small / n as f64;
        sum += term;
        n += 1;
    }
    let mut squarings = 0;
    while squarings < 4 {
        sum *= sum;
        squarings += 1;
    }
    sum
}

/// To an integer, half away from zero.
const fn round(x: f32) -> f32 {
    let x = x as f64;
    (if x < 0.0 { -((0.5 - x) as i32) } else { (x + 0.5) as i32 }) as f32
}

/// `f(low + (high - low) · i / 512)` in units of 2^-15 for i in 0..=512, `f` being `e^x` or `1 / (1 + x)`.
const fn table(reciprocal: bool, low: f32, high: f32) -> [i16; 513] {
    const fn f(reciprocal: bool, x: f32) -> f32 {
        (if reciprocal { 1.0 / (1.0 + x) } else { exp(x as f64) as f32 }) * 32768.0
    }
    const fn code(x: f32) -> i16 {
        if x > 32767.0 { 32767 } else { x as i16 }
    }
    let step = (high - low) / 512.0;
    let mut entries = [0; 513];
    let mut i = 0;
    while i < 512 {
        let x = low + i as f32 * step;
        let value = round(f(reciprocal, x));
        let line = round((f(reciprocal, low + (i + 1) as f32 * step) + value) / 2.0);
        let middle = round(f(reciprocal, x + step / 2.0));
        entries[i] = code(value - round((line - middle) / 2.0));
        i += 1;
    }
    entries[512] = code(round(f(reciprocal, high)));
    entries
}

/// `e^x` for x in -10..=0, in Q(0).
pub(super) static EXP: [i16; 513] = table(false, -10.0, 0.0);
/// `1 / (1 + x)` for x in 0..=1, in Q(0).
pub(super) static RECIPROCAL: [i16; 513] = table(true, 0.0, 1.0);

/// The table at `x`, -32768 being its start and 32768 its end.
pub(super) fn look_up(table: &[i16; 513], x: i16) -> i32 {
    let index = (256 + (x >> 7)).unsigned_abs() as usize;
    let entry = |i: usize| table.get(i).copied().unwrap_or(0);
    let slope = i32::from(entry(index + 1).wrapping_sub(entry(index)));
    i32::from(entry(index)) + ((slope * i32::from(x & 0x7F) + 64) >> 7)
}

/// `1 / (1 + e^(-i/24))` in units of 2^-16, 256 entries from 0 on; the last one is 1, as near as 16 bits get.
pub(super) static SIGMOID: [u16; 256] = {
    const fn sigmoid(x: f64) -> f64 {
        65536.0 / (1.0 + exp(-x))
    }
    let mut entries = [0; 256];
    let mut i = 0;
    while i < 255 {
        let x = i as f64 / 24.0;
        let (value, next, middle) =
            (sigmoid(x), sigmoid((i + 1) as f64 / 24.0), sigmoid((i as f64 + 0.5) / 24.0));
        let error = (value + next) / 2.0 - middle;
        entries[i] = (value - error / 2.0 + 0.5) as u16;
        i += 1;
    }
    entries[255] = u16::MAX;
    entries
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_by_hand() {
        assert_eq!([SIGMOID[0], SIGMOID[4], SIGMOID[24], SIGMOID[255]], [32768, 35493, 47911, 65535]);
        assert_eq!([EXP[0], EXP[512], RECIPROCAL[0], RECIPROCAL[512]], [2, 32767, 32767, 16384]);
        for i in 0..=100u32 {
            let x = f64::from(i) / 10.0;
            extern crate std;
            assert!((exp(-x) / (-x).exp() - 1.0).abs() < 1e-14, "{x}");
        }
    }

    #[test]
    fn tables_follow_their_functions() {
        for x in i16::MIN..=i16::MAX {
            let real = (f64::from(x) + 32768.0) / 65536.0;
            let error = |table, want: f64| (f64::from(look_up(table, x)) / 32768.0 - want).abs();
            extern crate std;
            assert!(error(&EXP, (10.0 * real - 10.0).exp()) < 6.1e-5, "{x}");
            assert!(error(&RECIPROCAL, 1.0 / (1.0 + real)) < 4.6e-5, "{x}");
        }
    }
}
