//! Bytes and decoding time of the entropy coder on levels from a file: `rows` and `columns` as little-endian `u32`,
//! then a little-endian `i16` for each level; any number of such tensors one behind the other.
//!
//! `cargo run --release -p nncompress --example entropy_speed -- levels.bin`; `scripts/entropy-compare` writes the file
//! and puts the figures beside those of other coders. Prints for each tensor bytes and nanoseconds, one line each.

use nncompress::entropy::encode;
use nncompress_runtime::entropy::LevelDecoder;
use std::time::Instant;

/// Repeats: the least time counts.
const REPEATS: usize = 15;

fn decode(stream: &[u8], levels: &mut [i16], columns: usize, zeros_above: &mut [u8]) {
    let mut decoder = LevelDecoder::new(stream);
    zeros_above.fill(0);
    for row in levels.chunks_mut(columns) {
        decoder.start_row();
        row.iter_mut().zip(&mut *zeros_above).for_each(|(level, zeros)| *level = decoder.next_level(zeros));
    }
}

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let file = std::env::args().nth(1).ok_or("give the file of levels")?;
    let bytes = std::fs::read(file)?;
    let mut rest = bytes.as_slice();
    while let Some((head, behind)) = rest.split_first_chunk::<8>() {
        let [rows, columns] = [0, 4]
            .map(|at| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]) as usize);
        let (own, behind) = behind.split_at_checked(2 * rows * columns).ok_or("the file is cut")?;
        rest = behind;
        let levels: Vec<i16> =
            own.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
        let stream = encode(&levels, columns);
        let (mut decoded, mut zeros_above) = (vec![0; levels.len()], vec![0; columns]);
        decode(&stream, &mut decoded, columns, &mut zeros_above);
        if decoded != levels {
            return Err("decoding gave other levels".into());
        }
        let mut least = u128::MAX;
        for _ in 0..REPEATS {
            let start = Instant::now();
            decode(&stream, &mut decoded, columns, &mut zeros_above);
            least = least.min(start.elapsed().as_nanos());
            core::hint::black_box(&decoded);
        }
        println!("{} {least}", stream.len());
    }
    Ok(())
}
