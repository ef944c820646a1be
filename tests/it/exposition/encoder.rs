//! Families as text, against literal pages, against the encoder of the `prometheus` crate, and against the rules of
//! OpenMetrics that make a parser refuse a page.

use std::collections::HashSet;

use prometheus::proto::{
    Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType, Quantile, Summary,
};
use prometheus::{CounterVec, Encoder as _, GaugeVec, HistogramOpts, HistogramVec, Opts, Registry, TextEncoder};
use proptest::prelude::*;
use sla_monitor::metrics::format::encoder::{
    Dialect, OPEN_METRICS_EOF, encode, escape_help, escape_label_value, write_float, write_integer,
};

fn page(families: &[MetricFamily], dialect: Dialect) -> (String, usize) {
    let mut out = Vec::new();
    let n_left_out = encode(families, dialect, &mut out);
    (String::from_utf8(out).expect("pages are UTF-8"), n_left_out)
}

#[track_caller]
fn check(family: MetricFamily, text: &str, open_metrics: &str) {
    let families = [family];
    assert_eq!(page(&families, Dialect::Text), (text.to_owned(), 0));
    assert_eq!(page(&families, Dialect::OpenMetrics), (open_metrics.to_owned(), 0));
}

fn family(name: &str, kind: MetricType, help: &str, metrics: Vec<Metric>) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(name.to_owned());
    family.set_help(help.to_owned());
    family.set_field_type(kind);
    family.set_metric(metrics);
    family
}

fn labels(pairs: &[(&str, &str)]) -> Vec<LabelPair> {
    let pair = |(name, value): &(&str, &str)| {
        let mut pair = LabelPair::default();
        pair.set_name((*name).to_owned());
        pair.set_value((*value).to_owned());
        pair
    };
    pairs.iter().map(pair).collect()
}

/// A metric that has the same value whether it is read as a counter or as a gauge.
fn single(value: f64) -> Metric {
    let mut counter = Counter::default();
    counter.set_value(value);
    let mut gauge = Gauge::default();
    gauge.set_value(value);
    let mut metric = Metric::from_gauge(gauge);
    metric.set_counter(counter);
    metric
}

fn labelled(value: f64, pairs: &[(&str, &str)]) -> Metric {
    let mut metric = single(value);
    metric.set_label(labels(pairs));
    metric
}

fn histogram(buckets: &[(f64, u64)], sum: f64, count: u64) -> Metric {
    let bucket = |(bound, count): &(f64, u64)| {
        let mut bucket = Bucket::default();
        bucket.set_upper_bound(*bound);
        bucket.set_cumulative_count(*count);
        bucket
    };
    let mut histogram = Histogram::default();
    histogram.set_bucket(buckets.iter().map(bucket).collect());
    histogram.set_sample_sum(sum);
    histogram.set_sample_count(count);
    let mut metric = Metric::default();
    metric.set_histogram(histogram);
    metric
}

fn summary(quantiles: &[(f64, f64)], sum: f64, count: u64) -> Metric {
    let quantile = |(quantile, value): &(f64, f64)| {
        let mut result = Quantile::default();
        result.set_quantile(*quantile);
        result.set_value(*value);
        result
    };
    let mut summary = Summary::default();
    summary.set_quantile(quantiles.iter().map(quantile).collect());
    summary.set_sample_sum(sum);
    summary.set_sample_count(count);
    let mut metric = Metric::default();
    metric.set_summary(summary);
    metric
}

#[test]
fn a_counter_gives_its_suffix_to_the_samples() {
    check(
        family(
            "jobs_total",
            MetricType::COUNTER,
            "Jobs.",
            vec![labelled(3.0, &[("a", "1"), ("b", "2")]), single(0.5)],
        ),
        "# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total{a=\"1\",b=\"2\"} 3\njobs_total 0.5\n",
        "# HELP jobs Jobs.\n# TYPE jobs counter\njobs_total{a=\"1\",b=\"2\"} 3\njobs_total 0.5\n",
    );
    check(
        family("jobs", MetricType::COUNTER, "", vec![single(1.0)]),
        "# TYPE jobs counter\njobs 1\n",
        "# TYPE jobs counter\njobs_total 1\n",
    );
    check(
        family("_total", MetricType::COUNTER, "", vec![single(1.0)]),
        "# TYPE _total counter\n_total 1\n",
        "# TYPE _total counter\n_total_total 1\n",
    );
}

#[test]
fn a_counter_that_cannot_be_one_is_unknown() {
    check(
        family("a_total", MetricType::COUNTER, "", vec![single(1.0), single(-1.0)]),
        "# TYPE a_total counter\na_total 1\na_total -1\n",
        "# TYPE a_total unknown\na_total 1\na_total -1\n",
    );
    check(
        family("a_total", MetricType::COUNTER, "", vec![single(f64::NAN)]),
        "# TYPE a_total counter\na_total NaN\n",
        "# TYPE a_total unknown\na_total NaN\n",
    );
}

#[test]
fn gauges_and_untyped() {
    check(
        family(
            "a",
            MetricType::GAUGE,
            "A \"b\" \\ c\nd",
            vec![labelled(-1.5, &[("x", "\"\\\n")]), single(f64::NEG_INFINITY)],
        ),
        "# HELP a A \"b\" \\\\ c\\nd\n# TYPE a gauge\na{x=\"\\\"\\\\\\n\"} -1.5\na -Inf\n",
        "# HELP a A \\\"b\\\" \\\\ c\\nd\n# TYPE a gauge\na{x=\"\\\"\\\\\\n\"} -1.5\na -Inf\n",
    );
    check(
        family("a", MetricType::UNTYPED, "", vec![labelled(7.0, &[("x", "")])]),
        "# TYPE a untyped\na{x=\"\"} 0\n",
        "# TYPE a unknown\na{x=\"\"} 0\n",
    );
}

#[test]
fn histograms() {
    let mut metric = histogram(&[(0.005, 1), (1.0, 2), (1e6, 3)], 1234567.25, 4);
    metric.set_label(labels(&[("route", "/")]));
    check(
        family("h", MetricType::HISTOGRAM, "H.", vec![metric]),
        "# HELP h H.\n# TYPE h histogram\n\
         h_bucket{route=\"/\",le=\"0.005\"} 1\nh_bucket{route=\"/\",le=\"1\"} 2\nh_bucket{route=\"/\",le=\"1000000\"} 3\n\
         h_bucket{route=\"/\",le=\"+Inf\"} 4\nh_sum{route=\"/\"} 1234567.25\nh_count{route=\"/\"} 4\n",
        "# HELP h H.\n# TYPE h histogram\n\
         h_bucket{route=\"/\",le=\"0.005\"} 1\nh_bucket{route=\"/\",le=\"1.0\"} 2\nh_bucket{route=\"/\",le=\"1e+06\"} 3\n\
         h_bucket{route=\"/\",le=\"+Inf\"} 4\nh_sum{route=\"/\"} 1234567.25\nh_count{route=\"/\"} 4\n",
    );
    // The last bucket is not written twice.
    check(
        family(
            "h",
            MetricType::HISTOGRAM,
            "",
            vec![histogram(&[(f64::INFINITY, u64::MAX)], 0.0, u64::MAX)],
        ),
        "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 18446744073709551615\nh_sum 0\nh_count 18446744073709551615\n",
        "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 18446744073709551615\nh_sum 0\nh_count 18446744073709551615\n",
    );
}

#[test]
fn a_sum_that_may_fall_is_not_for_open_metrics() {
    check(
        family("h", MetricType::HISTOGRAM, "", vec![histogram(&[(-1.0, 1)], 2.0, 3)]),
        "# TYPE h histogram\nh_bucket{le=\"-1\"} 1\nh_bucket{le=\"+Inf\"} 3\nh_sum 2\nh_count 3\n",
        "# TYPE h histogram\nh_bucket{le=\"-1.0\"} 1\nh_bucket{le=\"+Inf\"} 3\n",
    );
    check(
        family("h", MetricType::HISTOGRAM, "", vec![histogram(&[], f64::NAN, 3)]),
        "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 3\nh_sum NaN\nh_count 3\n",
        "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 3\n",
    );
}

#[test]
fn summaries() {
    check(
        family(
            "s",
            MetricType::SUMMARY,
            "",
            vec![summary(&[(0.5, 1.0), (1.0, f64::NAN)], 4.0, 2)],
        ),
        "# TYPE s summary\ns{quantile=\"0.5\"} 1\ns{quantile=\"1\"} NaN\ns_sum 4\ns_count 2\n",
        "# TYPE s summary\ns{quantile=\"0.5\"} 1\ns{quantile=\"1.0\"} NaN\ns_sum 4\ns_count 2\n",
    );
    check(
        family(
            "s",
            MetricType::SUMMARY,
            "",
            vec![summary(&[(0.5, -1.0), (7.0, 1.0)], -4.0, 2)],
        ),
        "# TYPE s summary\ns{quantile=\"0.5\"} -1\ns{quantile=\"7\"} 1\ns_sum -4\ns_count 2\n",
        "# TYPE s summary\ns_count 2\n",
    );
}

#[test]
fn timestamps_are_milliseconds_or_seconds() {
    for (timestamp_ms, seconds) in [
        (1, "0.001"),
        (1_774_000_000_123, "1774000000.123"),
        (-1500, "-1.500"),
        (i64::MIN, "-9223372036854775.808"),
    ] {
        let mut metric = single(1.0);
        metric.set_timestamp_ms(timestamp_ms);
        check(
            family("a", MetricType::GAUGE, "", vec![metric]),
            &format!("# TYPE a gauge\na 1 {timestamp_ms}\n"),
            &format!("# TYPE a gauge\na 1 {seconds}\n"),
        );
    }
}

#[test]
fn nothing_is_written_for_nothing() {
    check(family("a", MetricType::GAUGE, "Help.", Vec::new()), "", "");
    check(family("", MetricType::GAUGE, "Help.", vec![single(1.0)]), "", "");
    assert_eq!(OPEN_METRICS_EOF, b"# EOF\n");
}

/// Checks what becomes of families whose names could clash in OpenMetrics: the lines of types, and how many are lost.
#[track_caller]
fn check_clash(families: &[(MetricType, &str)], types: &[&str], n_left_out: usize) {
    let families: Vec<_> = families
        .iter()
        .map(|(kind, name)| family(name, *kind, "", vec![single(1.0)]))
        .collect();
    let (page, n) = page(&families, Dialect::OpenMetrics);
    let found: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    assert_eq!((found.as_slice(), n), (types, n_left_out), "{page}");
    check_open_metrics(&page);
}

#[test]
fn clashes_cost_as_little_as_possible() {
    use MetricType::{COUNTER, GAUGE, HISTOGRAM, SUMMARY};

    check_clash(&[(COUNTER, "a_total"), (GAUGE, "b")], &["a counter", "b gauge"], 0);
    check_clash(
        &[(GAUGE, "a"), (COUNTER, "a_total")],
        &["a gauge", "a_total unknown"],
        0,
    );
    check_clash(
        &[(COUNTER, "a_total"), (GAUGE, "a")],
        &["a_total unknown", "a gauge"],
        0,
    );
    check_clash(
        &[(COUNTER, "a"), (COUNTER, "a_total")],
        &["a unknown", "a_total unknown"],
        0,
    );
    check_clash(
        &[(COUNTER, "a"), (GAUGE, "a_total")],
        &["a unknown", "a_total gauge"],
        0,
    );
    check_clash(
        &[(COUNTER, "a_total"), (GAUGE, "a_created")],
        &["a_total unknown", "a_created gauge"],
        0,
    );
    check_clash(
        &[(HISTOGRAM, "a"), (COUNTER, "a_count_total")],
        &["a histogram", "a_count_total unknown"],
        0,
    );
    check_clash(
        &[(HISTOGRAM, "a"), (COUNTER, "a_total")],
        &["a histogram", "a_total unknown"],
        0,
    );
    // These say two things under one name in text, too.
    check_clash(&[(HISTOGRAM, "a"), (GAUGE, "a_count")], &["a histogram"], 1);
    check_clash(
        &[(SUMMARY, "a"), (GAUGE, "a_bucket"), (COUNTER, "a_sum")],
        &["a summary", "a_bucket gauge"],
        1,
    );
    check_clash(&[(GAUGE, "a"), (GAUGE, "a"), (COUNTER, "a")], &["a gauge"], 2);
}

#[test]
fn numbers() {
    let floats = [
        (0.0, "0"),
        (-0.0, "-0"),
        (1.0, "1"),
        (-17.0, "-17"),
        (1_774_000_000.0, "1774000000"),
        (0.1, "0.1"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e-5, "0.00001"),
        (9e-6, "9e-6"),
        (1e16, "10000000000000000"),
        (1e17, "1e17"),
        (-1.5e300, "-1.5e300"),
        (f64::MAX, "1.7976931348623157e308"),
        (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
        (5e-324, "5e-324"),
        (f64::NAN, "NaN"),
        (-f64::NAN, "NaN"),
        (f64::INFINITY, "+Inf"),
        (f64::NEG_INFINITY, "-Inf"),
    ];
    for (value, expected) in floats {
        let mut out = b"x ".to_vec();
        write_float(value, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), format!("x {expected}"));
    }
    for (value, expected) in [
        (0, "0"),
        (i64::MIN, "-9223372036854775808"),
        (i64::MAX, "9223372036854775807"),
    ] {
        let mut out = b"x ".to_vec();
        write_integer(value, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), format!("x {expected}"));
    }
}

#[test]
fn bounds_are_canonical_in_open_metrics() {
    let bounds = [
        (0.0, "0.0"),
        (1e-10, "1e-10"),
        (1e-5, "1e-05"),
        (0.0001, "0.0001"),
        (0.1, "0.1"),
        (1.0, "1.0"),
        (2.5, "2.5"),
        (100_000.0, "100000.0"),
        (999_999.5, "999999.5"),
        (1e6, "1e+06"),
        (1_234_567.0, "1.234567e+06"),
        (1e10, "1e+10"),
        (1e100, "1e+100"),
        (f64::INFINITY, "+Inf"),
        (f64::NAN, "NaN"),
    ];
    for (bound, expected) in bounds {
        let families = [family(
            "h",
            MetricType::HISTOGRAM,
            "",
            vec![histogram(&[(bound, 1)], 0.0, 1)],
        )];
        let (page, _) = page(&families, Dialect::OpenMetrics);
        assert!(page.contains(&format!("h_bucket{{le=\"{expected}\"}} 1\n")), "{page}");
    }
}

#[test]
fn escapes() {
    let cases = [
        ("", "", "", ""),
        ("plain é ☃", "plain é ☃", "plain é ☃", "plain é ☃"),
        ("\"", "\\\"", "\"", "\\\""),
        ("\\", "\\\\", "\\\\", "\\\\"),
        ("\n", "\\n", "\\n", "\\n"),
        ("a\r\0b", "a\r\0b", "a\r\0b", "a\r\0b"),
        ("\\n\"\n\\", "\\\\n\\\"\\n\\\\", "\\\\n\"\\n\\\\", "\\\\n\\\"\\n\\\\"),
    ];
    for (plain, label, text_help, open_metrics_help) in cases {
        let written = |write: &dyn Fn(&mut Vec<u8>)| {
            let mut out = Vec::new();
            write(&mut out);
            String::from_utf8(out).expect("escaping keeps UTF-8")
        };
        assert_eq!(written(&|out| escape_label_value(plain, out)), label);
        assert_eq!(written(&|out| escape_help(plain, Dialect::Text, out)), text_help);
        assert_eq!(
            written(&|out| escape_help(plain, Dialect::OpenMetrics, out)),
            open_metrics_help
        );
    }
}

/// The rules that Prometheus' and Python's OpenMetrics parsers refuse a page for.
#[track_caller]
fn check_open_metrics(page: &str) {
    let mut taken: HashSet<String> = HashSet::new();
    let mut samples: Vec<String> = Vec::new();
    for line in page.lines() {
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            let (claimed, written): (&[&str], &[&str]) = match kind {
                "counter" => (&["", "_total", "_created"], &["_total"]),
                "summary" => (&["", "_count", "_sum", "_created"], &["", "_count", "_sum"]),
                "histogram" => (
                    &["", "_bucket", "_count", "_sum", "_created"],
                    &["_bucket", "_count", "_sum"],
                ),
                "gauge" | "unknown" => (&[""], &[""]),
                other => unreachable!("{other} is no type of OpenMetrics"),
            };
            for suffix in claimed {
                assert!(
                    taken.insert(format!("{name}{suffix}")),
                    "{name}{suffix} is there twice in\n{page}"
                );
            }
            samples = written.iter().map(|suffix| format!("{name}{suffix}")).collect();
        } else if !line.starts_with('#') {
            let name = line.split(['{', ' ']).next().unwrap_or("");
            assert!(
                samples.iter().any(|sample| sample == name),
                "{name} is in the wrong family in\n{page}"
            );
            let value = line.rsplit(' ').next().unwrap_or("");
            assert!(value.parse::<f64>().is_ok(), "{value} is no number");
        }
    }
}

/// Makes lines comparable whose numbers are spelled in two ways.
fn normalized(page: &str) -> Vec<String> {
    let number = |text: &str| {
        text.parse::<f64>()
            .map_or_else(|_| text.to_owned(), |value| format!("{value:?}"))
    };
    let line = |line: &str| {
        if line.starts_with('#') {
            return line.to_owned();
        }
        let (series, value) = line.rsplit_once(' ').unwrap_or((line, ""));
        // A quote in a value is escaped, so this can only be the label itself.
        let series = match series
            .rsplit_once("le=\"")
            .and_then(|(head, bound)| Some((head, bound.strip_suffix("\"}")?)))
        {
            Some((head, bound)) => format!("{head}le=\"{}\"}}", number(bound)),
            None => series.to_owned(),
        };
        format!("{series} {}", number(value))
    };
    let mut lines: Vec<_> = page.split_terminator('\n').map(line).collect();
    lines.sort();
    lines
}

fn nasty_text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        proptest::sample::select(vec!['"', '\\', '\n', '\r', '\0', 'n', ' ', '{', ',']),
        any::<char>()
    ];
    proptest::collection::vec(character, 0..8).prop_map(|characters| characters.into_iter().collect())
}

fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![proptest::num::f64::ANY, (-1000_i32..1000).prop_map(f64::from)]
}

#[derive(Debug, Clone)]
struct Plan {
    kind: u8,
    is_total: bool,
    help: String,
    series: Vec<(String, f64)>,
    bounds: Vec<f64>,
}

fn plan() -> impl Strategy<Value = Plan> {
    let series = proptest::collection::vec((nasty_text(), any_value()), 0..6);
    let bounds = proptest::collection::vec(proptest::num::f64::NORMAL, 1..6);
    (0_u8..3, any::<bool>(), nasty_text(), series, bounds).prop_map(|(kind, is_total, help, series, mut bounds)| {
        bounds.sort_by(f64::total_cmp);
        bounds.dedup();
        Plan {
            kind,
            is_total,
            help: format!("h{help}"),
            series,
            bounds,
        }
    })
}

/// Families as they come out of a registry, made by the crate's own types.
fn gathered(plans: &[Plan]) -> Vec<MetricFamily> {
    const PROOF: &str = "the generated names are valid and distinct";
    let registry = Registry::new();
    for (index, plan) in plans.iter().enumerate() {
        let name = format!("family_{index}{}", if plan.is_total { "_total" } else { "" });
        match plan.kind {
            0 => {
                let vec = CounterVec::new(Opts::new(name, plan.help.clone()), &["label"]).expect(PROOF);
                for (label, value) in &plan.series {
                    // A counter of the crate takes nothing negative and not NaN.
                    vec.with_label_values(&[label]).inc_by(value.abs().max(0.0));
                }
                registry.register(Box::new(vec)).expect(PROOF);
            }
            1 => {
                let vec = GaugeVec::new(Opts::new(name, plan.help.clone()), &["label"]).expect(PROOF);
                for (label, value) in &plan.series {
                    vec.with_label_values(&[label]).set(*value);
                }
                registry.register(Box::new(vec)).expect(PROOF);
            }
            _ => {
                let opts = HistogramOpts::new(name, plan.help.clone()).buckets(plan.bounds.clone());
                let vec = HistogramVec::new(opts, &["label"]).expect(PROOF);
                for (label, value) in &plan.series {
                    vec.with_label_values(&[label]).observe(*value);
                }
                registry.register(Box::new(vec)).expect(PROOF);
            }
        }
    }
    registry.gather()
}

proptest! {
    #[test]
    fn text_has_the_lines_of_the_crates_encoder(plans in proptest::collection::vec(plan(), 0..6)) {
        let families = gathered(&plans);
        let mut expected = Vec::new();
        TextEncoder::new().encode(&families, &mut expected).expect("a registry gathers no family without metrics");
        let expected = String::from_utf8(expected).expect("pages are UTF-8");
        let (text, n_left_out) = page(&families, Dialect::Text);
        prop_assert_eq!(n_left_out, 0);
        prop_assert_eq!(normalized(&text), normalized(&expected));
    }

    #[test]
    fn open_metrics_keeps_its_rules(plans in proptest::collection::vec(plan(), 0..6)) {
        let (page, n_left_out) = page(&gathered(&plans), Dialect::OpenMetrics);
        prop_assert_eq!(n_left_out, 0);
        check_open_metrics(&page);
    }

    #[test]
    fn clashing_families_keep_the_rules_and_none_is_lost_unseen(
        families in proptest::collection::vec((
            proptest::sample::select(vec![MetricType::COUNTER, MetricType::GAUGE, MetricType::HISTOGRAM, MetricType::SUMMARY, MetricType::UNTYPED]),
            proptest::sample::select(vec!["a", "a_total", "a_count", "a_sum", "a_bucket", "a_created", "a_total_total", "a_count_total"]),
        ), 0..8),
    ) {
        let families: Vec<_> = families.iter().map(|(kind, name)| family(name, *kind, "", vec![single(1.0)])).collect();
        let (page, n_left_out) = page(&families, Dialect::OpenMetrics);
        check_open_metrics(&page);
        prop_assert_eq!(page.matches("# TYPE ").count() + n_left_out, families.len());
    }

    #[test]
    fn numbers_survive(value in proptest::num::f64::ANY) {
        let mut out = Vec::new();
        write_float(value, &mut out);
        let text = String::from_utf8(out).expect("numbers are ASCII");
        prop_assert!(text.len() <= 24, "{}", text);
        let read: f64 = text.parse().expect("numbers can be read");
        prop_assert!(read.to_bits() == value.to_bits() || (read.is_nan() && value.is_nan()));
    }
}
