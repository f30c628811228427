//! The page around the plots.

use super::histogram::histogram;
use super::pareto::pareto;
use super::{Layer, Section};
use core::fmt::Write;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:960px;margin:2rem auto;padding:0 1rem;color:#222}\
h1,h2{line-height:1.2}h2{margin-top:3rem;border-top:1px solid #ddd;padding-top:1.5rem}\
table{border-collapse:collapse;font-variant-numeric:tabular-nums}td,th{padding:.2rem .8rem;text-align:right;border-bottom:1px solid #eee}\
td:first-child,th:first-child{text-align:left}tr.picked td{background:#fff4cc;font-weight:600}\
code{background:#f5f5f5;padding:.15rem .4rem}pre{background:#f5f5f5;padding:.8rem;overflow:auto}\
svg{max-width:100%;height:auto}.histogram{width:640px}.histogram .bars{fill:#9db8d2}.histogram .ticks{stroke:#c22;stroke-width:1}\
.histogram text{font-size:11px;fill:#555}figure{margin:1.2rem 0}figcaption{color:#444}p.note{color:#555}";

/// The whole page.
pub fn page(title: &str, sections: &[Section]) -> anyhow::Result<String> {
    let mut body = String::new();
    for section in sections {
        body.push_str(&self::section(section)?);
    }
    Ok(frame(title, &body))
}

/// The page around a body.
pub(super) fn frame(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{0}</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n<h1>{0}</h1>\n{body}</body>\n</html>\n",
        escape(title)
    )
}

fn section(section: &Section) -> anyhow::Result<String> {
    let mut html = format!(
        "<h2>{}</h2>\n<p class=\"note\">{}</p>\n<p>Float: {:.2} % in {} bytes. {} settings were tried, {} of them \
         are on the front: no other is both smaller and at least as accurate.</p>\n",
        escape(&section.title),
        escape(&section.subtitle),
        section.float_accuracy,
        section.float_bytes,
        section.points.len(),
        section.front.len()
    );
    let _ = writeln!(
        html,
        "<figure>{}<figcaption>Every setting that was tried. The line is the front, the ring the \
        setting that was picked.</figcaption></figure>",
        pareto(section)?
    );
    html.push_str(&front_table(section));
    if let Some(command) = &section.command {
        let _ = writeln!(html, "<p>The picked image is made by</p>\n<pre>{}</pre>", escape(command));
    }
    if !section.layers.is_empty() {
        html.push_str("<h3>Weights and their grid</h3>\n<p class=\"note\">Bars: the weights before compression (height is \
            the square root of the count). Red: the values that the picked format offers, times its factor.</p>\n");
    }
    section.layers.iter().for_each(|layer| html.push_str(&figure(layer, &histogram(layer))));
    Ok(html)
}

fn front_table(section: &Section) -> String {
    let mut html =
        "<table>\n<tr><th>setting</th><th>bytes</th><th>ratio</th><th>accuracy</th><th>± s.e.</th>\
        <th>against float</th></tr>\n"
            .to_owned();
    for &index in &section.front {
        let point = &section.points[index];
        let class = if section.picked == Some(index) { " class=\"picked\"" } else { "" };
        let _ = writeln!(
            html,
            "<tr{class}><td>{}</td><td>{}</td><td>{:.2}</td><td>{:.2} %</td><td>{:.2}</td><td>{:+.2}</td></tr>",
            escape(&point.choice.to_string()),
            point.bytes,
            section.float_bytes as f64 / point.bytes as f64,
            point.score.accuracy(),
            point.score.standard_error(),
            point.score.accuracy() - section.float_accuracy
        );
    }
    html.push_str("</table>\n");
    html
}

pub(super) fn figure(layer: &Layer, drawing: &str) -> String {
    let noise = layer.sqnr.map_or("exact".to_owned(), |sqnr| format!("{sqnr:.1} dB"));
    let factors = match layer.groups {
        0 => "float".to_owned(),
        1 => "one factor".to_owned(),
        groups => format!("{groups} factors, the largest drawn"),
    };
    format!(
        "<figure><figcaption><b>{}</b> {}, {} weights, {noise}, {factors}</figcaption>{drawing}</figure>\n",
        escape(&layer.name),
        escape(&layer.what),
        layer.weights.len(),
    )
}

/// Names come from files of strangers.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
