//! Writes metric families as Prometheus text or as OpenMetrics 1.0, and holds the writers both are made of.
//!
//! It never fails and never panics, whatever the families hold: a scrape is worth more than one odd family. It does
//! not check names, which is the business of those who register. It never writes `# EOF`, because other parts of the
//! page follow the families.

use std::collections::HashSet;
use std::io::Write as _;

use prometheus::proto::{Histogram, LabelPair, Metric, MetricFamily, MetricType, Summary};

/// What ends an OpenMetrics page and must come once, after all families (OpenMetrics 1.0 section "Overall Structure").
pub const OPEN_METRICS_EOF: &[u8] = b"# EOF\n";

const PROOF: &str = "a vector takes every write";

/// The rules a page is written by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Prometheus text 0.0.4 and 1.0.0, which differ only for names that are not registered by this program.
    Text,
    /// OpenMetrics text 1.0.
    OpenMetrics,
}

/// Appends families in their order and says how many could not be shown.
///
/// In text that number is 0. OpenMetrics gives a counter `a_total` the family name `a` and forbids two families to
/// share any name that they could put into samples (section "Suffixes"), and one such clash makes a parser refuse the
/// whole page. So a counter that clashes is shown as `unknown` under its full name, like a counter with a value that
/// OpenMetrics forbids; any other family that clashes with one before it is left out and counted.
/// Families without a name or without metrics are skipped in both.
pub fn encode(families: &[MetricFamily], dialect: Dialect, out: &mut Vec<u8>) -> usize {
    let entries: Vec<EncodedFamily<'_>> = match dialect {
        Dialect::Text => writable(families).map(EncodedFamily::text).collect(),
        Dialect::OpenMetrics => open_metrics_entries(families),
    };
    for entry in &entries {
        write_entry(entry, dialect, out);
    }
    writable(families).count() - entries.len()
}

/// Writes the value of a label without its quotes (the same in both dialects).
pub fn escape_label_value(value: &str, out: &mut Vec<u8>) {
    escape(value, true, out);
}

/// Writes a help text; OpenMetrics escapes quotes too (section "ABNF", `escaped-string`).
pub fn escape_help(help: &str, dialect: Dialect, out: &mut Vec<u8>) {
    escape(help, dialect == Dialect::OpenMetrics, out);
}

/// Writes a number so that reading it gives the same bits, in the shortest form that both dialects read.
///
/// Whole numbers have no point; very large and very small ones an exponent, since 1e300 has 301 digits without.
pub fn write_float(value: f64, out: &mut Vec<u8>) {
    let magnitude = value.abs();
    if value.is_nan() {
        out.extend_from_slice(b"NaN");
    } else if value.is_infinite() {
        out.extend_from_slice(if value > 0.0 { b"+Inf" } else { b"-Inf" });
    } else if magnitude != 0.0 && !(1e-5..1e17).contains(&magnitude) {
        write!(out, "{value:e}").expect(PROOF);
    } else {
        write!(out, "{value}").expect(PROOF);
    }
}

/// Writes a whole number.
pub fn write_integer(value: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// A family as one dialect shows it.
struct EncodedFamily<'a> {
    family: &'a MetricFamily,
    name: &'a str,
    type_name: &'static str,
    /// What a counter's sample has behind the name of its family.
    value_suffix: &'static str,
}

impl<'a> EncodedFamily<'a> {
    fn text(family: &'a MetricFamily) -> Self {
        let type_name = match family.get_field_type() {
            MetricType::COUNTER => "counter",
            MetricType::GAUGE => "gauge",
            MetricType::SUMMARY => "summary",
            MetricType::HISTOGRAM => "histogram",
            MetricType::UNTYPED => "untyped",
        };
        Self {
            family,
            name: family.name(),
            type_name,
            value_suffix: "",
        }
    }

    fn open_metrics(family: &'a MetricFamily) -> Self {
        match family.get_field_type() {
            MetricType::COUNTER => {
                let name = family.name();
                Self {
                    name: name
                        .strip_suffix("_total")
                        .filter(|stem| !stem.is_empty())
                        .unwrap_or(name),
                    value_suffix: "_total",
                    ..Self::text(family)
                }
            }
            MetricType::UNTYPED => Self::unknown(family),
            MetricType::GAUGE | MetricType::SUMMARY | MetricType::HISTOGRAM => Self::text(family),
        }
    }

    /// Returns a counter that cannot be shown as one.
    fn unknown(family: &'a MetricFamily) -> Self {
        Self {
            type_name: "unknown",
            ..Self::text(family)
        }
    }

    /// Returns every name that no other OpenMetrics family may use.
    fn claims(&self) -> Vec<String> {
        let suffixes: &[&str] = match self.type_name {
            "counter" => &["", "_total", "_created"],
            "summary" => &["", "_count", "_sum", "_created"],
            "histogram" => &["", "_bucket", "_count", "_sum", "_created"],
            _ => &[""],
        };
        suffixes.iter().map(|suffix| format!("{}{suffix}", self.name)).collect()
    }
}

fn writable(families: &[MetricFamily]) -> impl Iterator<Item = &MetricFamily> {
    families
        .iter()
        .filter(|family| !family.name().is_empty() && !family.get_metric().is_empty())
}

/// Gives every family a name that clashes with none before it, if there is one.
///
/// Counters choose last, although they stay in their places, because they alone can step aside; and they leave every
/// name alone that another family has in text.
fn open_metrics_entries(families: &[MetricFamily]) -> Vec<EncodedFamily<'_>> {
    let text_names: HashSet<&str> = writable(families).map(MetricFamily::name).collect();
    let mut taken: HashSet<String> = HashSet::new();
    let mut take = |entry: &EncodedFamily<'_>| {
        let claims = entry.claims();
        let is_free = !claims.iter().any(|claim| taken.contains(claim));
        if is_free {
            taken.extend(claims);
        }
        is_free
    };
    let mut entries: Vec<(usize, EncodedFamily<'_>)> = Vec::with_capacity(families.len());
    let (counters, others): (Vec<_>, Vec<_>) = writable(families)
        .enumerate()
        .partition(|(_, family)| family.get_field_type() == MetricType::COUNTER);
    for (position, family) in others {
        let entry = EncodedFamily::open_metrics(family);
        if take(&entry) {
            entries.push((position, entry));
        }
    }
    for (position, family) in counters {
        let counter = EncodedFamily::open_metrics(family);
        let is_alone = counter
            .claims()
            .iter()
            .all(|claim| claim == family.name() || !text_names.contains(claim.as_str()));
        if is_alone && has_counter_values(family) && take(&counter) {
            entries.push((position, counter));
            continue;
        }
        let unknown = EncodedFamily::unknown(family);
        if take(&unknown) {
            entries.push((position, unknown));
        }
    }
    entries.sort_by_key(|(position, _)| *position);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// Returns whether a value may stand where OpenMetrics wants a counter: not NaN, not negative (section "Counter").
fn is_countable(value: f64) -> bool {
    value >= 0.0
}

fn has_counter_values(family: &MetricFamily) -> bool {
    family
        .get_metric()
        .iter()
        .all(|metric| is_countable(metric.get_counter().get_value()))
}

fn write_entry(entry: &EncodedFamily<'_>, dialect: Dialect, out: &mut Vec<u8>) {
    let family = entry.family;
    if !family.help().is_empty() {
        out.extend_from_slice(b"# HELP ");
        out.extend_from_slice(entry.name.as_bytes());
        out.push(b' ');
        escape_help(family.help(), dialect, out);
        out.push(b'\n');
    }
    for part in ["# TYPE ", entry.name, " ", entry.type_name, "\n"] {
        out.extend_from_slice(part.as_bytes());
    }
    for metric in family.get_metric() {
        let mut samples = Samples {
            name: entry.name,
            metric,
            dialect,
            out,
        };
        match family.get_field_type() {
            MetricType::COUNTER => {
                samples.write(
                    entry.value_suffix,
                    None,
                    Number::Float(metric.get_counter().get_value()),
                );
            }
            MetricType::GAUGE => samples.write("", None, Number::Float(metric.get_gauge().get_value())),
            MetricType::SUMMARY => samples.write_summary(metric.get_summary()),
            MetricType::HISTOGRAM => samples.write_histogram(metric.get_histogram()),
            MetricType::UNTYPED => samples.write("", None, Number::Float(untyped_value(metric))),
        }
    }
}

#[expect(
    deprecated,
    reason = "the plain model holds the value of an untyped metric but offers no other way to it"
)]
fn untyped_value(metric: &Metric) -> f64 {
    metric.get_untyped().get_value()
}

#[derive(Clone, Copy)]
enum Number {
    Float(f64),
    Count(u64),
}

/// The lines of one metric.
struct Samples<'a> {
    name: &'a str,
    metric: &'a Metric,
    dialect: Dialect,
    out: &'a mut Vec<u8>,
}

impl Samples<'_> {
    fn write(&mut self, suffix: &str, limit: Option<(&str, f64)>, number: Number) {
        self.out.extend_from_slice(self.name.as_bytes());
        self.out.extend_from_slice(suffix.as_bytes());
        self.write_labels(self.metric.get_label(), limit);
        self.out.push(b' ');
        match number {
            Number::Float(value) => write_float(value, self.out),
            Number::Count(count) => self.out.extend_from_slice(itoa::Buffer::new().format(count).as_bytes()),
        }
        self.write_timestamp(self.metric.timestamp_ms());
        self.out.push(b'\n');
    }

    fn write_labels(&mut self, labels: &[LabelPair], limit: Option<(&str, f64)>) {
        let mut separator = b'{';
        for label in labels {
            self.out.push(separator);
            self.out.extend_from_slice(label.name().as_bytes());
            self.out.extend_from_slice(b"=\"");
            escape_label_value(label.value(), self.out);
            self.out.push(b'"');
            separator = b',';
        }
        if let Some((name, value)) = limit {
            self.out.push(separator);
            self.out.extend_from_slice(name.as_bytes());
            self.out.extend_from_slice(b"=\"");
            match self.dialect {
                Dialect::Text => write_float(value, self.out),
                Dialect::OpenMetrics => write_canonical_float(value, self.out),
            }
            self.out.push(b'"');
            separator = b',';
        }
        if separator == b',' {
            self.out.push(b'}');
        }
    }

    /// Writes milliseconds in text, seconds in OpenMetrics; 0 is how the model says that there is no timestamp.
    fn write_timestamp(&mut self, timestamp_ms: i64) {
        if timestamp_ms == 0 {
            return;
        }
        self.out.push(b' ');
        match self.dialect {
            Dialect::Text => write_integer(timestamp_ms, self.out),
            Dialect::OpenMetrics => {
                let sign = if timestamp_ms < 0 { "-" } else { "" };
                let magnitude_ms = timestamp_ms.unsigned_abs();
                write!(self.out, "{sign}{}.{:03}", magnitude_ms / 1000, magnitude_ms % 1000).expect(PROOF);
            }
        }
    }

    fn write_histogram(&mut self, histogram: &Histogram) {
        let (sum, count) = (histogram.get_sample_sum(), histogram.get_sample_count());
        let mut has_infinity = false;
        let mut is_signed = false;
        for bucket in histogram.get_bucket() {
            let bound = bucket.upper_bound();
            self.write("_bucket", Some(("le", bound)), Number::Count(bucket.cumulative_count()));
            has_infinity |= bound == f64::INFINITY;
            is_signed |= bound < 0.0;
        }
        if !has_infinity {
            self.write("_bucket", Some(("le", f64::INFINITY)), Number::Count(count));
        }
        // A sum over negative observations may fall, which OpenMetrics forbids; without it there may be no count
        // either (section "Histogram"). The bucket of +Inf still tells it.
        if self.dialect == Dialect::Text || (is_countable(sum) && !is_signed) {
            self.write("_sum", None, Number::Float(sum));
            self.write("_count", None, Number::Count(count));
        }
    }

    fn write_summary(&mut self, summary: &Summary) {
        let is_open = self.dialect == Dialect::OpenMetrics;
        for quantile in summary.get_quantile() {
            // OpenMetrics knows quantiles from 0 to 1 and no negative values of them (section "Summary").
            let is_lawful =
                (0.0..=1.0).contains(&quantile.quantile()) && (quantile.value() >= 0.0 || quantile.value().is_nan());
            if is_lawful || !is_open {
                self.write(
                    "",
                    Some(("quantile", quantile.quantile())),
                    Number::Float(quantile.value()),
                );
            }
        }
        if is_countable(summary.sample_sum()) || !is_open {
            self.write("_sum", None, Number::Float(summary.sample_sum()));
        }
        self.write("_count", None, Number::Count(summary.sample_count()));
    }
}

/// Writes a bound as OpenMetrics wants `le` and `quantile` (section "Considerations: Canonical Numbers").
///
/// That is Go's `%g` with a point in it: `1.0`, `0.0001`, `1e+06`. All exporters have to agree on it, because the
/// text of a label is what tells one series from another.
fn write_canonical_float(value: f64, out: &mut Vec<u8>) {
    let scientific = format!("{value:e}");
    let parts = scientific
        .split_once('e')
        .and_then(|(digits, power)| Some((digits, power.parse::<i32>().ok()?)));
    match parts {
        Some((digits, power)) if !(-4..6).contains(&power) => {
            let sign = if power < 0 { '-' } else { '+' };
            write!(out, "{digits}e{sign}{:02}", power.unsigned_abs()).expect(PROOF);
        }
        Some(_) => write!(out, "{value:?}").expect(PROOF),
        // NaN and the infinities have no exponent.
        None => write_float(value, out),
    }
}

fn escape(text: &str, with_quotes: bool, out: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    let is_special = |byte: &u8| matches!(byte, b'\\' | b'\n') || (with_quotes && *byte == b'"');
    while let Some(position) = rest.iter().position(is_special) {
        out.extend_from_slice(&rest[..position]);
        out.push(b'\\');
        out.push(if rest[position] == b'\n' { b'n' } else { rest[position] });
        rest = &rest[position + 1..];
    }
    out.extend_from_slice(rest);
}
