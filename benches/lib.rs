//! Inputs that every benchmark of this workspace shares.
//!
//! A benchmark asserts its result before it is timed, takes its rivals into the same run, and reports
//! throughput (independent elements of an array) apart from latency (each input depends on the last
//! result). Quote ratios, not nanoseconds.

/// `count` patterns of `bits` bits, none of them zero or NaR: xorshift64* from a fixed seed.
#[must_use]
pub fn patterns(bits: u32, count: usize) -> Vec<u64> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> (64 - bits)
    };
    core::iter::repeat_with(&mut next).filter(|x| x << (65 - bits) != 0).take(count).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_zero_and_no_nar() {
        for bits in [3, 8, 16, 32, 64] {
            let nar = 1 << (bits - 1);
            let patterns = super::patterns(bits, 500);
            assert_eq!(patterns.len(), 500);
            assert!(patterns.iter().all(|x| *x != 0 && *x != nar && x >> (bits - 1) <= 1));
        }
    }
}
