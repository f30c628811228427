//! Progress on standard error: only for people, only for work that takes longer than a second.

use crate::arguments::Common;
use core::time::Duration;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::OnceLock;
use std::time::Instant;

/// A bar that appears after the first second, or never where nobody watches.
pub struct Progress {
    bar: OnceLock<ProgressBar>,
    total: u64,
    what: &'static str,
    started: Instant,
    visible: bool,
    done: core::sync::atomic::AtomicU64,
}

impl Progress {
    /// A bar over `total` steps.
    pub fn new(what: &'static str, total: usize, common: &Common) -> Self {
        Self {
            bar: OnceLock::new(),
            total: total as u64,
            what,
            started: Instant::now(),
            visible: !common.quiet && std::io::stderr().is_terminal(),
            done: core::sync::atomic::AtomicU64::new(0),
        }
    }

    /// One step is done.
    pub fn step(&self) {
        let done = self.done.fetch_add(1, core::sync::atomic::Ordering::Relaxed) + 1;
        if self.visible && self.started.elapsed() > Duration::from_secs(1) {
            self.bar.get_or_init(|| self.draw()).set_position(done);
        }
    }

    fn draw(&self) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(Some(self.total), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(self.what);
        bar.with_elapsed(self.started.elapsed())
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}

/// A remark on standard error.
pub fn note(common: &Common, text: &str) {
    if !common.quiet {
        eprintln!("note: {text}");
    }
}
