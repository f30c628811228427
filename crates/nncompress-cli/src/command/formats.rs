//! `nncompress formats`: every number format, with what it can express.

use super::Answer;
use crate::table::table;
use nncompress::format::Format;
use nncompress::grid::{Grid, Rounding};

pub fn run() -> Answer {
    let mut rows = Vec::new();
    let mut objects = Vec::new();
    for format in Format::all() {
        let grid = Grid::of(format, Rounding::Standard);
        let (values, least, largest) = match &grid {
            Some(grid) => (grid.values().len(), grid.min_positive(), Some(grid.max())),
            None => (1usize.checked_shl(format.bits()).unwrap_or(0), None, None),
        };
        let number = |value: Option<f32>| value.map_or("–".to_owned(), |value| format!("{value:e}"));
        let count = match format {
            Format::Float => "2^32".to_owned(),
            _ => values.to_string(),
        };
        rows.push(vec![
            format.to_string(),
            format.bits().to_string(),
            count,
            number(least),
            number(largest),
            remark(format).to_owned(),
        ]);
        objects.push(serde_json::json!({
            "format": format.to_string(), "bits": format.bits(),
            "smallest": least, "largest": largest, "remark": remark(format),
        }));
    }
    let header = ["format", "bits", "values", "smallest", "largest", "remark"];
    Answer { text: table(&header, &rows), json: serde_json::json!({"schema": 1, "formats": objects}) }
}

fn remark(format: Format) -> &'static str {
    match format {
        Format::Float => "as in the model file",
        Format::Int { bits: 8 } => "what TFLite stores",
        Format::Int { .. } => "symmetric integers",
        Format::Posit { n: 8 | 16, es: 2 } => "the 2022 standard",
        Format::Posit { es: 0, n } if n <= 9 => "an integer of 16 bits at most on the device",
        Format::Posit { .. } => "",
        Format::Codebook { .. } => "fitted to each layer, the control",
        _ => "",
    }
}
