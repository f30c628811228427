//! The lines on the host.

fn main() -> std::fmt::Result {
    let mut text = String::new();
    number::write_lines(&mut text)?;
    print!("{text}");
    Ok(())
}
