//! Runs an image on its inputs between the markers of the instruction counter. Prints the outputs, a line of
//! hexadecimal codes for each input, then a line with the bytes of memory that the network needs, those of the
//! stack at its deepest, and those that this program has reserved.
#![no_std]
#![no_main]

mod board;

use core::cell::UnsafeCell;
use fixq::Multiplier;
use nncompress_runtime::{Memory, Program};

/// The image and its inputs, part of the program.
#[cfg(not(feature = "files"))]
fn network() -> Option<(&'static [u8], &'static [u8])> {
    let image = include_bytes!(concat!(env!("OUT_DIR"), "/demo.ncm"));
    Some((image, include_bytes!(concat!(env!("OUT_DIR"), "/demo.inputs"))))
}

/// The image and its inputs, read from the files of those names: one program for every network.
#[cfg(feature = "files")]
fn network() -> Option<(&'static [u8], &'static [u8])> {
    static FILES: Reserved<[u8; 1 << 20]> = Reserved(UnsafeCell::new([0; 1 << 20]));
    // SAFETY: called once.
    let room = unsafe { &mut *FILES.0.get() };
    let (image, room) = board::read(c"image", room)?;
    Some((image, board::read(c"inputs", room)?.0))
}

/// Room for the largest network that is measured.
#[repr(C)]
struct Room {
    codes: [i8; 160 << 10],
    biases: [i32; 1 << 10],
    factors: [Multiplier; 1 << 10],
    words: [u32; 3 << 10],
}

#[repr(transparent)]
struct Reserved<T>(UnsafeCell<T>);

// SAFETY: there is one thread, and what is reserved is taken once.
unsafe impl<T> Sync for Reserved<T> {}

static RESERVED: Reserved<Room> = Reserved(UnsafeCell::new(Room {
    codes: [0; 160 << 10],
    biases: [0; 1 << 10],
    factors: [Multiplier::ZERO; 1 << 10],
    words: [0; 3 << 10],
}));

/// Runs all inputs.
fn run(room: &mut Room) -> Option<()> {
    let (image, inputs) = network()?;
    let program = Program::parse(image).ok()?;
    let (codes, channels) = (program.codes(), program.channels());
    let mut memory = Memory {
        codes: room.codes.get_mut(..codes)?,
        biases: room.biases.get_mut(..channels)?,
        factors: room.factors.get_mut(..channels)?,
        words: room.words.get_mut(..program.words())?,
    };
    let (input, output) = (program.inputs().next()?.place.range(), program.outputs().next()?.place.range());
    let bottom = board::paint_stack();
    for codes in inputs.chunks_exact(input.len().max(1)) {
        for (to, &from) in memory.codes.get_mut(input.clone())?.iter_mut().zip(codes) {
            *to = from as i8;
        }
        board::begin();
        let ran = program.run(&mut memory);
        board::end();
        ran.ok()?;
        for &code in memory.codes.get(output.clone())? {
            let digit = |half: u8| if half < 10 { b'0' + half } else { b'a' - 10 + half };
            board::write(digit(code as u8 >> 4));
            board::write(digit(code as u8 & 15));
        }
        board::write(b'\n');
    }
    let channels = size_of_val(memory.biases) + size_of_val(memory.factors);
    let arena = size_of_val(memory.codes) + channels + size_of_val(memory.words);
    for (name, bytes) in
        [("arena ", arena), (" stack ", board::stack_depth(bottom)), (" reserved ", size_of::<Room>())]
    {
        name.bytes().for_each(board::write);
        number(bytes);
    }
    board::write(b'\n');
    Some(())
}

fn number(mut value: usize) {
    let mut digits = [0u8; 10];
    let mut count = 0;
    for digit in &mut digits {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
        count += 1;
        if value == 0 {
            break;
        }
    }
    digits.iter().take(count).rev().for_each(|&digit| board::write(digit));
}

fn start() -> ! {
    // SAFETY: called once, from the entry point.
    let room = unsafe { &mut *RESERVED.0.get() };
    board::exit(run(room).is_some())
}

#[panic_handler]
fn panicked(_: &core::panic::PanicInfo<'_>) -> ! {
    board::exit(false)
}
