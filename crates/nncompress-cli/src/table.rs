//! Tables for people: columns as wide as they must be, numbers flush right.

use core::fmt::Write;

/// Lays out rows of cells below a header. A column is flush right if every cell in it starts with a
/// digit, a sign or a dash.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([header[column].chars().count()]).max().unwrap_or(0)
    };
    let numeric = |column: usize| {
        let starts = |cell: &String| cell.starts_with(|c: char| c.is_ascii_digit() || "+-–".contains(c));
        rows.iter().filter_map(|row| row.get(column)).all(starts)
    };
    let columns: Vec<(usize, bool)> = (0..header.len()).map(|c| (width(c), numeric(c))).collect();
    let mut text = String::new();
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut row = String::new();
        for (cell, &(width, right)) in cells.zip(&columns) {
            let cell = if right { format!("{cell:>width$}") } else { format!("{cell:<width$}") };
            let _ = write!(row, "{cell}  ");
        }
        text.push_str(row.trim_end());
        text.push('\n');
    };
    line(&mut header.iter().copied());
    let rules: Vec<String> = columns.iter().map(|&(width, _)| "─".repeat(width)).collect();
    line(&mut rules.iter().map(String::as_str));
    for row in rows {
        line(&mut row.iter().map(String::as_str));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn numbers_are_flush_right() {
        let rows = [vec!["lenet".to_owned(), "7".to_owned()], vec!["mlp".to_owned(), "1234".to_owned()]];
        assert_eq!(
            table(&["network", "bytes"], &rows),
            "network  bytes\n───────  ─────\nlenet        7\nmlp       1234\n"
        );
    }
}
