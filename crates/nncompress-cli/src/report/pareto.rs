//! The plot of bytes against accuracy.

use super::Section;
use nncompress::format::Format;
use plotters::prelude::*;

/// What a point's colour stands for.
const FAMILIES: [(&str, RGBColor); 4] = [
    ("float", RGBColor(110, 110, 110)),
    ("int", RGBColor(31, 119, 180)),
    ("posit", RGBColor(214, 39, 40)),
    ("codebook", RGBColor(44, 160, 44)),
];

/// The plot as an SVG element.
pub fn pareto(section: &Section) -> anyhow::Result<String> {
    let mut svg = String::new();
    draw(section, &mut svg).map_err(|error| anyhow::anyhow!("cannot draw the plot: {error}"))?;
    Ok(svg)
}

fn family(format: Format) -> usize {
    match format {
        Format::Int { .. } => 1,
        Format::Posit { .. } => 2,
        Format::Codebook { .. } => 3,
        _ => 0,
    }
}

fn draw(section: &Section, svg: &mut String) -> Result<(), Box<dyn core::error::Error>> {
    let bytes = || section.points.iter().map(|point| point.bytes as f64);
    let low = bytes().fold(section.float_bytes as f64, f64::min) * 0.9;
    let high = bytes().fold(section.float_bytes as f64, f64::max) * 1.1;
    let worst =
        section.points.iter().map(|point| point.score.accuracy()).fold(section.float_accuracy, f64::min);
    let root = SVGBackend::with_string(svg, (860, 440)).into_drawing_area();
    let mut chart =
        ChartBuilder::on(&root).margin(12).x_label_area_size(44).y_label_area_size(56).build_cartesian_2d(
            (low..high).log_scale(),
            (worst - 1.0).max(0.0)..(section.float_accuracy + 3.0).min(101.0),
        )?;
    chart
        .configure_mesh()
        .x_desc("bytes of the image (logarithmic)")
        .y_desc("accuracy, %")
        .x_label_formatter(&|bytes| format!("{bytes:.0}"))
        .label_style(("sans-serif", 14))
        .light_line_style(RGBColor(235, 235, 235))
        .draw()?;
    let float = [(low, section.float_accuracy), (high, section.float_accuracy)];
    chart.draw_series(LineSeries::new(float, FAMILIES[0].1))?.label("float accuracy").legend(legend_line);
    let front = section.front.iter().map(|&index| place(section, index));
    chart.draw_series(LineSeries::new(front, BLACK))?;
    for (index, (name, color)) in FAMILIES.into_iter().enumerate() {
        let members: Vec<(f64, f64)> = (0..section.points.len())
            .filter(|&point| family(section.points[point].choice.format) == index)
            .map(|point| place(section, point))
            .collect();
        if members.is_empty() {
            continue;
        }
        chart
            .draw_series(members.into_iter().map(|at| Circle::new(at, 3, color.filled())))?
            .label(name)
            .legend(move |(x, y)| Circle::new((x + 10, y), 4, color.filled()));
    }
    if let Some(picked) = section.picked {
        chart.draw_series([Circle::new(place(section, picked), 8, BLACK.stroke_width(2))])?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .background_style(WHITE.mix(0.9))
        .border_style(RGBColor(200, 200, 200))
        .label_font(("sans-serif", 14))
        .draw()?;
    root.present()?;
    Ok(())
}

fn legend_line((x, y): (i32, i32)) -> PathElement<(i32, i32)> {
    PathElement::new([(x, y), (x + 20, y)], FAMILIES[0].1)
}

fn place(section: &Section, index: usize) -> (f64, f64) {
    let point = &section.points[index];
    (point.bytes as f64, point.score.accuracy())
}
