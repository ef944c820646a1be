//! Figures as tables, with the limit beside each figure that has one.

use std::process::ExitCode;
use std::time::Duration;

/// How many times slower something may be with many components than with few.
const GROWTH_MAX: f64 = 1.5;
/// How many milliseconds slower it may be if that is more.
const GROWTH_MAX_MS: f64 = 2.0;

/// Collects what was over its limit and what was refused.
pub(crate) struct Report {
    over: Vec<String>,
    refused: Vec<String>,
    section: String,
}

/// A page with few components and with many.
pub(crate) struct PageFigures {
    pub(crate) name: String,
    pub(crate) few: Vec<Duration>,
    pub(crate) many: Vec<Duration>,
    /// Whether it shows as much with few as with many, so that its growth has a limit.
    pub(crate) is_same: bool,
    /// The most milliseconds with many components.
    pub(crate) limit: Option<f64>,
    /// The bytes with many components as they are, and as they were sent if that was compressed.
    pub(crate) bytes: Option<(usize, Option<usize>)>,
    /// The most bytes, likewise.
    pub(crate) bytes_limit: Option<(usize, usize)>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            over: Vec::new(),
            refused: Vec::new(),
            section: String::new(),
        }
    }

    /// Begins the table of pages.
    pub(crate) fn pages(&mut self, name: &str, few: usize, many: usize) {
        println!(
            "\n### {name}\n\n| Page | {few} components, ms | {many}, ms | limit | growth | limit | KB | in gzip | |\n\
             |---|---:|---:|---:|---:|---:|---:|---:|---|"
        );
        name.clone_into(&mut self.section);
    }

    /// Prints a page as a row of its table.
    pub(crate) fn page(&mut self, page: &PageFigures) {
        let (few, many) = (median(&page.few), median(&page.many));
        let growth = many / few;
        let grows = page.is_same && growth > GROWTH_MAX && many - few > GROWTH_MAX_MS;
        let is_slow = page.limit.is_some_and(|limit| many > limit);
        let is_large = page
            .bytes
            .zip(page.bytes_limit)
            .is_some_and(|((plain, sent), limit)| plain > limit.0 || sent.is_none_or(|sent| sent > limit.1));
        let limit = page.limit.map_or(String::new(), |limit| limit.to_string());
        let growth_limit = match page.is_same {
            true => format!("{GROWTH_MAX} or {GROWTH_MAX_MS} ms"),
            false => String::new(),
        };
        let (plain, sent) = page.bytes.map_or((String::new(), String::new()), |(plain, sent)| {
            (kilobytes(plain), sent.map_or("–".to_owned(), kilobytes))
        });
        let mut faults = Vec::new();
        if is_slow {
            faults.push("slow");
        }
        if grows {
            faults.push("grows");
        }
        if is_large {
            faults.push("large");
        }
        let verdict = match (faults.is_empty(), page.limit.is_some() || page.is_same) {
            (true, true) => "PASS".to_owned(),
            (true, false) => String::new(),
            (false, _) => faults.join(", "),
        };
        let name = &page.name;
        println!(
            "| {name} | {few:.2} | {many:.2} | {limit} | {growth:.2} | {growth_limit} | {plain} | {sent} | {verdict} |"
        );
        if !faults.is_empty() {
            self.over.push(format!("{}: {name}: {verdict}", self.section));
        }
    }

    /// Begins a table of other figures.
    pub(crate) fn section(&mut self, name: &str) {
        println!("\n### {name}\n\n| | measured | limit | |\n|---|---:|---:|---|");
        name.clone_into(&mut self.section);
    }

    /// Prints a figure without a limit.
    pub(crate) fn row(&self, name: &str, figure: &str) {
        println!("| {name} | {figure} | | |");
    }

    /// Prints a figure that may be `limit` at most.
    pub(crate) fn at_most(&mut self, name: &str, figure: &str, value: f64, limit: f64) {
        self.limited(name, figure, &format!("≤ {limit}"), value <= limit);
    }

    /// Prints a figure that must be `limit` at least.
    pub(crate) fn at_least(&mut self, name: &str, figure: &str, value: f64, limit: f64) {
        self.limited(name, figure, &format!("≥ {limit}"), value >= limit);
    }

    fn limited(&mut self, name: &str, figure: &str, limit: &str, passed: bool) {
        let verdict = if passed { "PASS" } else { "over" };
        println!("| {name} | {figure} | {limit} | {verdict} |");
        if !passed {
            self.over
                .push(format!("{}: {name}: {figure}; the limit is {limit}", self.section));
        }
    }

    /// Notes an answer that has another status than it must have.
    pub(crate) fn refused(&mut self, name: &str, status: u16) {
        self.refused.push(format!("{}: {name}: status {status}", self.section));
    }

    /// Prints what was over its limit and what was refused, and returns the exit code: limits count if they are `strict`.
    pub(crate) fn end(&self, strict: bool) -> ExitCode {
        println!();
        for line in &self.over {
            println!("over: {line}");
        }
        for line in &self.refused {
            println!("refused: {line}");
        }
        match self.refused.is_empty() && (self.over.is_empty() || !strict) {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        }
    }
}

/// The median of times, in milliseconds.
pub(crate) fn median(times: &[Duration]) -> f64 {
    let mut sorted: Vec<f64> = times.iter().map(|time| time.as_secs_f64() * 1000.0).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        length => f64::midpoint(sorted[(length - 1) / 2], sorted[length / 2]),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn kilobytes(bytes: usize) -> String {
    format!("{:.1}", bytes as f64 / 1000.0)
}
