//! Constants as C writes them.

use core::fmt::{Display, Write};

/// A constant of a step.
pub(super) struct Constant {
    /// `const int8_t`, or the name of a structure.
    pub(super) kind: String,
    pub(super) name: &'static str,
    /// An array's length; a structure has none.
    pub(super) length: Option<usize>,
    pub(super) values: String,
}

impl Constant {
    pub(super) fn array<T: Display + Copy + PartialEq>(
        kind: &str,
        name: &'static str,
        values: &[T],
        text: impl Fn(T) -> String,
    ) -> Self {
        let values: Vec<String> = values.iter().map(|&value| text(value)).collect();
        Self { kind: kind.to_owned(), name, length: Some(values.len()), values: lines(&values) }
    }

    pub(super) fn structure(kind: &str, name: &'static str, values: &[String]) -> Self {
        Self { kind: kind.to_owned(), name, length: None, values: lines(values) }
    }
}

/// The name of a constant of a step.
pub(super) fn constant_name(step: usize, name: &str) -> String {
    format!("step_{step}_{name}")
}

/// Declares a constant.
pub(super) fn array(text: &mut String, step: usize, constant: &Constant) {
    let name = constant_name(step, constant.name);
    let length = constant.length.map_or_else(String::new, |length| format!("[{length}]"));
    let _ = write!(text, "static const {} {name}{length} = {{\n{}}};\n", constant.kind, constant.values);
}

/// Numbers of a fixed type: -2^31 has no literal in C.
pub(super) fn number(value: i32) -> String {
    if value == i32::MIN { "-2147483647 - 1".to_owned() } else { value.to_string() }
}

/// `{a, b, ...}`.
pub(super) fn braces<T: Display>(values: impl IntoIterator<Item = T>) -> String {
    let values: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    format!("{{{}}}", values.join(", "))
}

/// Values separated by commas, in lines of at most 110 characters.
fn lines(values: &[String]) -> String {
    let (mut text, mut width) = (String::new(), 0);
    for value in values {
        if width > 0 && width + value.len() + 2 > 110 {
            text.push('\n');
            width = 0;
        }
        if width == 0 {
            text.push_str("    ");
            width = 4;
        } else {
            text.push(' ');
            width += 1;
        }
        text.push_str(value);
        text.push(',');
        width += value.len() + 1;
    }
    text.push('\n');
    text
}
