//! Patterns that find faults: every regime equally often, fractions with structure, neighbours of ends.

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// A pattern of `n` bits.
    pub fn pattern(&mut self, n: u32) -> u64 {
        let mask = u64::MAX >> (64 - n);
        let raw = self.next();
        let x = match self.below(8) {
            // Uniform.
            0 | 1 => raw,
            // Near 0, 1, -1, NaR and the ends.
            2 => [0u64, 1 << (n - 2), 3 << (n - 2), 1 << (n - 1)][(raw >> 60) as usize % 4]
                .wrapping_add(raw & 15)
                .wrapping_sub(8),
            // A regime of uniform length, then a fraction of a kind.
            kind => {
                let run = 1 + self.below(u64::from(n) - 1) as u32;
                let head =
                    if raw & 1 == 0 { 1u64 << (n - 1 - run) } else { !(u64::MAX << run) << (n - 1 - run) };
                let head = head & (mask >> 1);
                let room = n.saturating_sub(run + 2);
                let tail = mask_of(room);
                let below = self.next() & tail;
                let body = match kind {
                    3 => 0,
                    4 => tail,
                    5 => below & !(tail >> (1 + self.below(8) as u32).min(room.max(1))),
                    6 => {
                        if room > 0 {
                            1 << self.below(u64::from(room))
                        } else {
                            0
                        }
                    }
                    _ => below,
                };
                let magnitude = head | body;
                if raw & 2 == 0 { magnitude } else { magnitude.wrapping_neg() }
            }
        };
        x & mask
    }
}

fn mask_of(bits: u32) -> u64 {
    if bits == 0 { 0 } else { u64::MAX >> (64 - bits) }
}
