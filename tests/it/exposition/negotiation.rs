//! `Accept` and `Accept-Encoding` of real clients, of the RFC's corner cases, and without either.

use proptest::prelude::*;
use sla_monitor::metrics::answer::negotiation::{Coding, Escaping, ExpositionFormat, Negotiated, coding, format};

const PROMETHEUS_2_42: &str = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
const PROMETHEUS_3: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
const PROMETHEUS_PROTOBUF_FIRST: &str = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
const PROMETHEUS_WITHOUT_OPEN_METRICS: &str =
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const TEXT_1: &str = "text/plain; version=1.0.0; charset=utf-8";
const TEXT_1_UTF_8: &str = "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8";
const TEXT_1_UNDERSCORES: &str = "text/plain; version=1.0.0; charset=utf-8; escaping=underscores";
const OPEN: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const OPEN_UTF_8: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8";
const OPEN_UNDERSCORES: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores";

#[track_caller]
fn check(accept: &str, content_type: &str) {
    assert_eq!(format(Some(accept)).content_type(), content_type, "Accept: {accept}");
}

#[track_caller]
fn check_coding(accept_encoding: &str, expected: Coding) {
    assert_eq!(
        coding(Some(accept_encoding)),
        expected,
        "Accept-Encoding: {accept_encoding}"
    );
}

#[test]
fn scrapers_get_open_metrics() {
    check(PROMETHEUS_2_42, OPEN);
    check(PROMETHEUS_3, OPEN_UTF_8);
    check(PROMETHEUS_PROTOBUF_FIRST, OPEN);
    check(PROMETHEUS_WITHOUT_OPEN_METRICS, TEXT_1_UTF_8);
    check("application/openmetrics-text; version=1.0.0; charset=utf-8", OPEN);
}

#[test]
fn who_asks_for_nothing_in_particular_gets_the_oldest_text() {
    assert_eq!(format(None).content_type(), TEXT);
    check("", TEXT);
    check("*/*", TEXT);
    check("*/*;q=0.1", TEXT);
    check(
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
        TEXT,
    );
    check(
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
        TEXT,
    );
    check("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", TEXT);
    check("application/json, text/plain, */*", TEXT);
    check("text/plain;version=0.0.4;q=1,*/*;q=0.1", TEXT);
    check(
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3",
        TEXT,
    );
}

#[test]
fn versions_decide() {
    check("text/plain", TEXT);
    check("text/plain;version=0.0.4", TEXT);
    check("text/plain;version=1.0.0", TEXT_1);
    check("application/openmetrics-text", OPEN);
    check("application/openmetrics-text;version=0.0.1", TEXT);
    check("application/openmetrics-text;version=2.0.0", TEXT);
    check(
        "application/openmetrics-text;version=9,text/plain;version=1.0.0;q=0.1",
        TEXT_1,
    );
    check(
        "application/openmetrics-text;version=0.0.1,application/openmetrics-text;version=1.0.0;q=0.01",
        OPEN,
    );
    check("text/plain;version=7.0.0, */*;q=0.1", TEXT);
}

#[test]
fn weights_decide() {
    check("application/openmetrics-text;q=0.4, text/plain;q=0.5", TEXT);
    check("text/plain;q=0.4, application/openmetrics-text;q=0.5", OPEN);
    check(
        "text/plain;version=0.0.4;q=0.999, text/plain;version=1.0.0;q=1.000",
        TEXT_1,
    );
    check("application/openmetrics-text;q=0.001, text/plain;q=0.002", TEXT);
    check("q=1, text/plain;Q=0.1, application/openmetrics-text;Q=0.2", OPEN);
    // Parameters behind the weight count as well.
    check(
        "application/openmetrics-text;q=0.9;version=0.0.1, text/plain;q=0.1;version=1.0.0",
        TEXT_1,
    );
    // The heavier of two equal ranges.
    check(
        "application/openmetrics-text;q=0.1, text/plain;q=0.5, application/openmetrics-text;q=0.8",
        OPEN,
    );
}

#[test]
fn a_weight_of_zero_excludes() {
    check("application/openmetrics-text;q=0", TEXT);
    check("application/openmetrics-text;q=0, */*", TEXT);
    check(
        "application/openmetrics-text;q=0.000, text/plain;version=1.0.0;q=0.001",
        TEXT_1,
    );
    check("text/plain;version=0.0.4;q=0, text/plain", TEXT_1);
    check("text/plain;q=0, */*", OPEN);
    check("text/*;q=0, */*;q=0.1", OPEN);
    check(
        "text/plain;version=1.0.0;q=0.2, text/*;q=0, application/*;q=0.1",
        TEXT_1,
    );
    // Nothing is left: better the oldest format than none.
    check("*/*;q=0", TEXT);
    check("text/*;q=0, application/*;q=0", TEXT);
}

#[test]
fn the_more_specific_range_gives_the_weight() {
    check("*/*, application/openmetrics-text;q=0.5", TEXT);
    check("*/*;q=0.5, text/*;q=0.1", OPEN);
    check(
        "application/*;q=0.5, application/openmetrics-text;q=0.1, text/plain;q=0.3",
        TEXT,
    );
    check("text/*, text/plain;q=0.1, text/plain;version=1.0.0;q=0.2", TEXT_1);
    check("application/*", OPEN);
    check("text/*", TEXT);
}

#[test]
fn ties_go_to_who_is_named_more_precisely_then_to_our_order() {
    check("text/plain, application/openmetrics-text", OPEN);
    check("application/openmetrics-text, text/plain", OPEN);
    check("text/plain;version=1.0.0, text/plain;version=0.0.4", TEXT);
    check("text/plain, text/plain;version=1.0.0", TEXT_1);
    check("text/plain;version=0.0.4, application/openmetrics-text", TEXT);
    check("*/*, application/openmetrics-text", OPEN);
    check("*/*, text/plain", TEXT);
    check("*/*, text/*, application/*", TEXT);
}

#[test]
fn escaping_is_answered_only_to_who_named_version_and_scheme() {
    check(
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8",
        OPEN_UTF_8,
    );
    check(
        "application/openmetrics-text;version=1.0.0;escaping=Allow-UTF-8",
        OPEN_UTF_8,
    );
    for scheme in ["underscores", "dots", "values", "\"dots\"", "unheard-of"] {
        check(
            &format!("application/openmetrics-text;version=1.0.0;escaping={scheme}"),
            OPEN_UNDERSCORES,
        );
        check(
            &format!("text/plain;escaping={scheme};version=1.0.0"),
            TEXT_1_UNDERSCORES,
        );
    }
    check("application/openmetrics-text;escaping=underscores", OPEN);
    check("text/plain;version=0.0.4;escaping=underscores", TEXT);
    check("text/plain;escaping=underscores", TEXT);
    check("*/*;escaping=underscores", TEXT);
    check(
        "application/openmetrics-text;version=1.0.0, text/plain;version=1.0.0;escaping=dots;q=0.9",
        OPEN,
    );
    // Of two ranges that differ in nothing else the first one speaks.
    check(
        "application/openmetrics-text;version=1.0.0;escaping=dots,application/openmetrics-text;version=1.0.0",
        OPEN_UNDERSCORES,
    );
    check(
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=1.0.0;escaping=dots",
        OPEN,
    );
}

#[test]
fn spelling_does_not_matter() {
    check("APPLICATION/OpenMetrics-Text;VERSION=1.0.0", OPEN);
    check(
        "  application/openmetrics-text \t;\t version=1.0.0 ; q=0.3 ,\ttext/plain ; q=0.2",
        OPEN,
    );
    check("application/openmetrics-text;version=\"1.0.0\"", OPEN);
    check("application/openmetrics-text;version=\"1\\.0.0\"", OPEN);
    check("application/openmetrics-text;;version=1.0.0;", OPEN);
    check(",,text/plain;version=1.0.0,,", TEXT_1);
    check("text/plain;note=\"a,b;q=0\\\"\";version=1.0.0", TEXT_1);
    check(
        "application/openmetrics-text;version=1.0.0;charset=utf-8;profile=new",
        OPEN,
    );
}

#[test]
fn what_cannot_be_read_is_skipped() {
    let damaged = [
        "q=2",
        "q=1.001",
        "q=0.1234",
        "q=-1",
        "q=+1",
        "q=.5",
        "q=",
        "q",
        "q=a",
        "q=1e-1",
        "q=0,5",
        "q=NaN",
        "q = 0.5",
        "q=\"1\"",
        "q=1;q=1",
        "version=",
        "version=1.0.0 extra",
        "version=\"1.0.0",
        "version=\"1.0.0\\",
        "version=\"1.0.0\"0",
        "=1",
        "ver sion=1.0.0",
    ];
    for parameter in damaged {
        check(
            &format!("text/plain;version=1.0.0;q=0.1, application/openmetrics-text;{parameter}"),
            TEXT_1,
        );
    }
    for garbage in [
        "application",
        "/",
        "*",
        "*/plain",
        "text /plain",
        "\"",
        "\\",
        ";",
        "=",
        "☃",
        "\0",
        "text/plain/1",
    ] {
        check(garbage, TEXT);
        check(&format!("text/plain;version=1.0.0;q=0.1,{garbage}"), TEXT_1);
    }
}

#[test]
fn absurd_headers_count_as_missing() {
    let mut header = PROMETHEUS_2_42.to_owned();
    header.push_str(&",a/b".repeat((4096 - header.len()) / 4));
    check(&header, OPEN);
    header.push_str(&",a/b".repeat(1000));
    check(&header, TEXT);
    check(&"\"".repeat(100_000), TEXT);
    assert_eq!(coding(Some(&format!("gzip{}", ",a".repeat(1000)))), Coding::Gzip);
    assert_eq!(coding(Some(&format!("gzip{}", ",a".repeat(10_000)))), Coding::Identity);
}

#[test]
fn the_result_is_a_plain_value() {
    let expected = Negotiated {
        format: ExpositionFormat::OpenMetrics100,
        escaping: Some(Escaping::AllowUtf8),
    };
    assert_eq!(format(Some(PROMETHEUS_3)), expected);
}

#[test]
fn codings() {
    assert_eq!(coding(None), Coding::Identity);
    let gzip = [
        "gzip",
        "GZip",
        "x-gzip",
        "gzip, deflate, br, zstd",
        "br;q=1.0, gzip;q=0.8, *;q=0.1",
        "gzip;q=0.001",
        "*",
        "*;q=0.5",
        "gzip, identity",
        "identity;q=0.5, gzip;q=0.5",
        "identity;q=0, gzip",
        "*;q=0, gzip",
        "x-gzip;q=0, gzip;q=1",
        " gzip\t;\tq=1 ",
        "gzip;Q=0.5",
        ",,gzip",
        "gzip;q=7, x-gzip",
    ];
    for header in gzip {
        check_coding(header, Coding::Gzip);
    }
    let identity = [
        "",
        "identity",
        "br",
        "zstd, deflate",
        "gzip;q=0",
        "gzip;q=0.000",
        "gzip;q=0, *",
        "*;q=0",
        "identity;q=0",
        "identity, gzip;q=0.9",
        "identity;q=0.5, *;q=0.4",
        "identity;q=1, *;q=0.5",
        "gzip;q=2",
        "gzip;q=0.5;q=0.6",
        "gzip;level=9",
        "gzip;",
        "gzippy",
        "g zip",
        "☃",
    ];
    for header in identity {
        check_coding(header, Coding::Identity);
    }
}

/// Entries of distinct precision or weight, so that their order can say nothing.
fn entries() -> impl Strategy<Value = Vec<String>> {
    let types = vec![
        "*/*",
        "text/*",
        "application/*",
        "text/plain",
        "text/plain;version=0.0.4",
        "text/plain;version=1.0.0",
        "application/openmetrics-text",
        "application/openmetrics-text;version=1.0.0",
        "application/openmetrics-text;version=0.0.1",
        "text/html",
    ];
    proptest::sample::subsequence(types, 0..=10).prop_flat_map(|types| {
        let length = types.len();
        (Just(types), proptest::collection::vec(0_u16..=1000, length)).prop_map(|(types, weights)| {
            let weighted = types.iter().zip(weights);
            weighted
                .map(|(kind, weight)| format!("{kind};q={}.{:03}", weight / 1000, weight % 1000))
                .collect()
        })
    })
}

proptest! {
    #[test]
    fn no_header_is_too_strange(header in any::<String>()) {
        let _: (Negotiated, Coding) = (format(Some(&header)), coding(Some(&header)));
    }

    #[test]
    fn no_header_made_of_real_parts_is_too_strange(parts in proptest::collection::vec(proptest::sample::select(vec![
        "text/plain", "application/openmetrics-text", "*/*", ";", ",", "=", "q", "0.5", "1", "0", "version", "1.0.0", "\"", "\\", " ", "é",
    ]), 0..30)) {
        let header = parts.concat();
        let _: (Negotiated, Coding) = (format(Some(&header)), coding(Some(&header)));
    }

    #[test]
    fn order_does_not_matter(original in entries(), shuffled in entries().prop_shuffle()) {
        let mut reversed = original.clone();
        reversed.reverse();
        prop_assert_eq!(format(Some(&original.join(","))), format(Some(&reversed.join(", "))));
        let mut sorted = shuffled.clone();
        sorted.sort();
        prop_assert_eq!(format(Some(&shuffled.join(","))), format(Some(&sorted.join(","))));
    }

    #[test]
    fn what_is_refused_by_name_is_never_sent_instead_of_something_else(
        mut entries in entries(),
        refused in proptest::sample::select(vec![
            (ExpositionFormat::Text100, "text/plain;version=1.0.0"),
            (ExpositionFormat::OpenMetrics100, "application/openmetrics-text;version=1.0.0"),
        ]),
    ) {
        entries.retain(|entry| !entry.starts_with(refused.1));
        entries.push(format!("{};q=0", refused.1));
        prop_assert_ne!(format(Some(&entries.join(","))).format, refused.0);
    }
}
