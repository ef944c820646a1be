//! Figures as tables, with the limit beside each figure that has one.

use std::process::ExitCode;
use std::time::Duration;

/// Collects what was over its limit and what was wrong.
pub(crate) struct Report {
    over: Vec<String>,
    wrong: Vec<String>,
    section: String,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            over: Vec::new(),
            wrong: Vec::new(),
            section: String::new(),
        }
    }

    /// Begins a table.
    pub(crate) fn section(&mut self, name: &str) {
        println!("\n### {name}\n\n| | measured | limit | |\n|---|---|---:|---|");
        name.clone_into(&mut self.section);
    }

    /// A figure without a limit.
    pub(crate) fn row(&self, name: &str, figure: &str) {
        println!("| {name} | {figure} | | |");
    }

    /// A figure that may be `limit` at most, and how both are written.
    pub(crate) fn limited_row(&mut self, name: &str, figure: &str, value: f64, limit: f64, unit: &str) {
        let passed = value <= limit;
        let verdict = if passed { "PASS" } else { "over" };
        println!("| {name} | {figure} | {limit}{unit} | {verdict} |");
        if !passed {
            self.over.push(format!(
                "{}: {name}: {figure}; the limit is {limit}{unit}",
                self.section
            ));
        }
    }

    /// A page showed what it must not show.
    pub(crate) fn wrong(&mut self, what: &str) {
        println!("| wrong | {what} | | WRONG |");
        self.wrong.push(format!("{}: {what}", self.section));
    }

    /// The last words, and the exit code.
    pub(crate) fn end(&self, strict: bool) -> ExitCode {
        println!();
        for line in &self.over {
            println!("over: {line}");
        }
        for line in &self.wrong {
            println!("wrong: {line}");
        }
        match self.wrong.is_empty() && (self.over.is_empty() || !strict) {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        }
    }
}

/// The median and the quartiles of figures.
#[derive(Clone, Copy)]
pub(crate) struct Quartiles {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
    pub(crate) worst: f64,
}

impl Quartiles {
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Self {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_unstable_by(f64::total_cmp);
        let at = |percent: usize| match figures.len() {
            0 => f64::NAN,
            length => figures[(length - 1) * percent / 100],
        };
        Self {
            low: at(25),
            median: at(50),
            high: at(75),
            worst: at(100),
        }
    }

    /// Of times, in milliseconds.
    pub(crate) fn of_times<'a>(times: impl IntoIterator<Item = &'a Duration>) -> Self {
        Self::of(times.into_iter().map(|time| milliseconds(*time)))
    }
}

impl std::fmt::Display for Quartiles {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:.2} ({:.2}–{:.2})", self.median, self.low, self.high)
    }
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
pub(crate) fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}
