//! What was measured, as a Markdown table and as JSON.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One rival's time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measured {
    /// Name of the library.
    pub library: String,
    /// Nanoseconds per element.
    pub ns: f64,
    /// Elements on which it disagrees with the expected result.
    pub wrong: usize,
}

/// One row's times.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measurement {
    /// Operation, manner and format.
    pub row: String,
    /// The kind of inputs.
    pub inputs: String,
    /// Our nanoseconds per element.
    pub ours_ns: f64,
    /// Those of the rivals.
    pub rivals: Vec<Measured>,
    /// Those of the hardware's `f32`.
    pub scale_ns: Option<f64>,
    /// The ratio to the best rival that is asked for.
    pub reach: Option<f64>,
    /// The time that is asked for.
    pub reach_ns: Option<f64>,
    /// Whether it is asked for when compiled for the machine at hand.
    pub native: bool,
}

impl Measurement {
    /// The fastest rival.
    #[must_use]
    pub fn best(&self) -> Option<&Measured> {
        self.rivals.iter().min_by(|a, b| a.ns.total_cmp(&b.ns))
    }

    /// Its time over ours.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        self.best().map(|best| best.ns / self.ours_ns)
    }

    /// Whether it is what is asked for.
    #[must_use]
    pub fn reached(&self) -> Option<bool> {
        match (self.reach, self.reach_ns) {
            (Some(reach), _) => Some(self.ratio().is_some_and(|ratio| ratio >= reach)),
            (None, Some(most)) => Some(self.ours_ns <= most),
            (None, None) => None,
        }
    }

    /// One line while measuring.
    #[must_use]
    pub fn line(&self) -> String {
        let rivals: Vec<String> =
            self.rivals.iter().map(|x| format!("{} {:.2}{}", x.library, x.ns, differs(x))).collect();
        let scale = self.scale_ns.map_or(String::new(), |ns| format!(", f32 {ns:.2}"));
        format!(
            "{:<28} {:<8} {:7.2} ns  ratio {}  ({}{scale})  {}",
            self.row,
            self.inputs,
            self.ours_ns,
            self.ratio().map_or("-".to_owned(), |x| format!("{x:.2}")),
            rivals.join(", "),
            self.reached().map_or("", |x| if x { "reached" } else { "MISSED" }),
        )
    }
}

fn differs(rival: &Measured) -> String {
    if rival.wrong == 0 { String::new() } else { format!(" [wrong: {}]", rival.wrong) }
}

/// The measurements of two builds of the same rows, as one table.
#[must_use]
pub fn markdown(default: &[Measurement], native: &[Measurement]) -> String {
    let mut table = String::from(
        "| operation | inputs | ns | best rival | ratio | native: ns | best rival | ratio | f32 | asked for |\n\
         |---|---|---:|---|---:|---:|---|---:|---:|---|\n",
    );
    for row in default {
        let other = native.iter().find(|x| x.row == row.row && x.inputs == row.inputs);
        let judged = if row.native { other } else { Some(row) };
        let verdict = match judged.and_then(Measurement::reached) {
            None => "",
            Some(true) => ", reached",
            Some(false) => ", **missed**",
        };
        let asked = match (row.reach, row.reach_ns) {
            (Some(x), _) => format!("≥ {x}{}{verdict}", if row.native { " native" } else { "" }),
            (None, Some(x)) => format!("≤ {x} ns{verdict}"),
            (None, None) => String::new(),
        };
        let cells = |x: Option<&Measurement>| match x {
            None => "| | ".to_owned(),
            Some(x) => match x.best() {
                None => format!("{:.2} | none | ", x.ours_ns),
                Some(best) => format!(
                    "{:.2} | {} {:.2}{} | {:.2}",
                    x.ours_ns,
                    best.library,
                    best.ns,
                    differs(best),
                    best.ns / x.ours_ns
                ),
            },
        };
        let scale = row.scale_ns.map_or(String::new(), |ns| format!("{ns:.2}"));
        table += &format!(
            "| {} | {} | {} | {} | {scale} | {asked} |\n",
            row.row,
            row.inputs,
            cells(Some(row)),
            cells(other)
        );
    }
    table
}

/// One entry per row of which something is asked, from the build that it is asked of.
#[must_use]
pub fn json(default: &[Measurement], native: &[Measurement]) -> Value {
    let asked = |build: &'static str, rows: &[Measurement]| -> Vec<Value> {
        rows.iter()
            .filter(|x| x.reached().is_some() && x.native == (build == "native"))
            .map(|x| {
                let mut entry = json!({
                    "row": x.row,
                    "inputs": x.inputs,
                    "target_cpu": build,
                    "ours_ns": x.ours_ns,
                    "best": x.best().map(|best| best.library.clone()),
                    "best_ns": x.best().map(|best| best.ns),
                    "ratio": x.ratio(),
                    "reach": x.reach,
                });
                if let (Some(ns), Some(object)) = (x.reach_ns, entry.as_object_mut()) {
                    object.insert("reach_ns".to_owned(), json!(ns));
                }
                entry
            })
            .collect()
    };
    Value::Array([asked("default", default), asked("native", native)].concat())
}

/// The text with what stands between the two markers of a script replaced.
#[must_use]
pub fn between(text: &str, script: &str, table: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- {script}: begin -->\n"), format!("<!-- {script}: end -->"));
    let (before, rest) = text.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}{table}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::{Measured, Measurement, between, json, markdown};

    fn measurement(ours_ns: f64, native: bool) -> Measurement {
        let rival = |library: &str, ns| Measured { library: library.to_owned(), ns, wrong: 0 };
        Measurement {
            row: "add latency P16".to_owned(),
            inputs: "random".to_owned(),
            ours_ns,
            rivals: vec![rival("slow", 30.0), rival("quick", 12.0)],
            scale_ns: None,
            reach: Some(1.25),
            reach_ns: None,
            native,
        }
    }

    #[test]
    fn the_fastest_rival_decides_in_the_build_that_is_asked() {
        let (default, native) = ([measurement(10.0, true)], [measurement(6.0, true)]);
        assert_eq!(default[0].reached(), Some(false));
        let entries = json(&default, &native);
        assert_eq!(entries.as_array().map(Vec::len), Some(1));
        assert_eq!((&entries[0]["best"], &entries[0]["ratio"]), (&"quick".into(), &2.0.into()));
        assert!(markdown(&default, &native).contains("≥ 1.25 native, reached"));
        assert!(markdown(&[measurement(10.0, false)], &native).contains("≥ 1.25, **missed**"));
    }

    #[test]
    fn only_what_stands_between_the_markers_changes() {
        let text = "a\n<!-- bench-compare: begin -->\nold\n<!-- bench-compare: end -->\nb\n";
        assert_eq!(between(text, "bench-compare", "new\n"), Some(text.replace("old", "new")));
        assert_eq!(between("no markers", "bench-compare", "new"), None);
    }
}
