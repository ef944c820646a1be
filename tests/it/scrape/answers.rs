//! `/metrics` as an HTTP resource: methods, headers, lengths, codings, queries, timeouts.

use std::io::Read;

use flate2::bufread::GzDecoder;

use crate::support::client::{Answer, get, request};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::apply;
use crate::support::server::Server;

use super::{WORLD, assert_line, component_lines, scrape, value};

const TEXT: &str = "text/plain;version=0.0.4";
const OPEN_METRICS: &str = "application/openmetrics-text;version=1.0.0";

/// A name that every page has, and no component.
const STATIC_FAMILY: &str = "sla_monitor_build_info";

fn world(database: &Database, arguments: &[&str]) -> Server {
    apply(database, WORLD);
    let server = Server::start(database, arguments);
    scrape(&server);
    server
}

/// Unpacks a body that is one gzip member and nothing else.
pub(super) fn unpacked(answer: &Answer) -> String {
    assert_eq!(answer.header("content-encoding"), "gzip");
    let mut decoder = GzDecoder::new(answer.body.as_slice());
    let mut text = String::new();
    decoder.read_to_string(&mut text).expect("the body is gzip of UTF-8");
    assert!(decoder.into_inner().is_empty(), "curl reads one member and no more");
    text
}

fn every_form_of_the_page_tells_the_same(database: &Database) {
    let server = world(database, &[]);
    for layout in ["names", "labels"] {
        // What does not change between two requests: everything about components, and a family beside them.
        for names in [
            "",
            "&name[]=sla_monitor_build_info&name[]=service_window_in_window&name[]=api_service_window_in_window",
        ] {
            let url = format!("{}/metrics?layout={layout}{names}", server.url);
            for (accept, content_type) in [
                (TEXT, "text/plain; version=0.0.4; charset=utf-8"),
                (
                    OPEN_METRICS,
                    "application/openmetrics-text; version=1.0.0; charset=utf-8",
                ),
            ] {
                check_forms(&url, accept, content_type, names.is_empty());
            }
        }
    }
}

/// Identity and gzip, GET and HEAD of one page.
#[track_caller]
fn check_forms(url: &str, accept: &str, content_type: &str, moving: bool) {
    let ask = |method: &str, coding: &str| request(method, url, &[("accept", accept), ("accept-encoding", coding)]);
    let plain = ask("GET", "identity");
    let packed = ask("GET", "gzip");
    for answer in [&plain, &packed, &ask("HEAD", "identity"), &ask("HEAD", "gzip")] {
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), content_type);
        assert_eq!(answer.header("vary"), "Accept, Accept-Encoding");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("transfer-encoding"), "", "the length is known");
        assert!(answer.header("content-length").parse::<usize>().is_ok());
    }
    assert_eq!(plain.header("content-encoding"), "");
    let page = plain.text();
    assert_eq!(component_lines(&unpacked(&packed)), component_lines(&page));
    for page in [&page, &unpacked(&packed)] {
        let ends = page.lines().filter(|line| *line == "# EOF").count();
        assert_eq!(ends, usize::from(accept == OPEN_METRICS));
        assert_eq!(page.ends_with("\n# EOF\n"), accept == OPEN_METRICS);
        assert!(page.ends_with('\n') && !page.contains("\n\n") && !page.contains('\r'));
    }
    for coding in ["identity", "gzip"] {
        let (get, head) = (ask("GET", coding), ask("HEAD", coding));
        assert!(head.body.is_empty(), "HEAD has no body");
        let known = |answer: &Answer| {
            let mut headers = answer.headers.clone();
            for own in ["x-request-id", "date"] {
                assert!(headers.remove(own).is_some(), "{own}");
            }
            if moving {
                headers.remove("content-length");
            }
            headers
        };
        assert_eq!(known(&get), known(&head), "{url} {coding}");
    }
}

fn other_methods_are_refused_with_what_is_allowed(database: &Database) {
    let server = world(database, &[]);
    for path in ["/metrics", "/-/healthy", "/-/ready", "/", "/static/site.css"] {
        let url = format!("{}{path}", server.url);
        let options = request("OPTIONS", &url, &[]);
        assert_eq!(
            (options.status, options.header("allow")),
            (204, "GET, HEAD, OPTIONS"),
            "{path}"
        );
        assert!(options.body.is_empty());
        for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "M-SEARCH"] {
            let answer = request(method, &url, &[]);
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS", "{method} {path}");
        }
    }
    let page = scrape(&server);
    assert_eq!(
        value(
            &page,
            r#"http_requests_total{method="DELETE",route="/metrics",status="405"}"#
        ),
        1.0
    );
    assert_eq!(
        value(
            &page,
            r#"http_requests_total{method="<invalid>",route="/metrics",status="405"}"#
        ),
        3.0,
        "methods that a client makes up share one series"
    );
}

#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn names_select_families(database: &Database) {
    let server = world(database, &[]);
    let heads = |query: &str| {
        let answer = get(&format!("{}/metrics?{query}", server.url));
        assert_eq!(answer.status, 200, "{query}");
        let page = answer.text();
        let heads = page
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
        heads.map(str::to_owned).collect::<Vec<_>>()
    };
    let api = "api_service_window_last_start";
    for (query, families) in [
        ("name[]=api_service_window_last_start", vec![api]),
        ("name%5B%5D=api_service_window_last_start", vec![api]),
        ("name%5b%5d=api%5fservice_window_last_start", vec![api]),
        (
            "name[]=api_service_window_last_start&name[]=api_service_window_last_start",
            vec![api],
        ),
        (
            "name[]=web_service_window_in_window&name[]=api_service_window_in_window&name[]=api_service_window_last_start",
            vec![api, "api_service_window_in_window", "web_service_window_in_window"],
        ),
        ("name[]=sla_monitor_build_info", vec![STATIC_FAMILY]),
        (
            "name[]=sla_monitor_build_info&name[]=api_service_window_last_start",
            vec![STATIC_FAMILY, api],
        ),
        (
            "name[]=http_request_duration_seconds_bucket",
            vec!["http_request_duration_seconds"],
        ),
        (
            "name[]=http_request_duration_seconds",
            vec!["http_request_duration_seconds"],
        ),
        (
            "layout=labels&name[]=service_window_slo_ratio",
            vec!["service_window_slo_ratio"],
        ),
        (
            "name[]=service_window_in_window&layout=labels",
            vec!["service_window_in_window"],
        ),
        // Names of the other layout, of a component that has no such sample, of a disabled one, and of nothing.
        ("layout=labels&name[]=api_service_window_last_start", vec![]),
        ("name[]=service_window_in_window", vec![]),
        ("name[]=api_service_window_next_start", vec![]),
        ("name[]=gone_service_window_in_window", vec![]),
        ("name[]=", vec![]),
        ("name[]=a%20b%00%ff", vec![]),
    ] {
        assert_eq!(heads(query), families, "{query}");
    }
    let none = get(&format!("{}/metrics?name[]=nothing", server.url));
    assert_eq!(
        (none.status, none.text().as_str(), none.header("content-length")),
        (200, "", "0")
    );
    let open = request(
        "GET",
        &format!("{}/metrics?name[]=nothing", server.url),
        &[("accept", OPEN_METRICS)],
    );
    assert_eq!((open.status, open.text().as_str()), (200, "# EOF\n"));
    assert!(
        heads("other[]=nothing&name=nothing").len() > 20,
        "other parameters select nothing"
    );
}

fn a_query_that_makes_no_sense_is_refused_and_never_fails(database: &Database) {
    let server = world(database, &[]);
    for (query, status) in [
        ("layout=names", 200),
        ("layout=labels", 200),
        ("layout=rubbish", 400),
        ("layout=", 400),
        ("layout=Names", 400),
        ("layout=labels&layout=rubbish", 400),
        ("", 200),
        ("&&&", 200),
        ("=", 200),
        ("%", 200),
        ("%zz=%f", 200),
        ("name[]", 200),
        ("name[]=%ff%fe", 200),
        ("name[]=a=b=c", 200),
        ("a;b", 200),
        ("+", 200),
        ("layout=%6eames", 200),
        ("?", 200),
    ] {
        let answer = get(&format!("{}/metrics?{query}", server.url));
        assert_eq!(answer.status, status, "{query}: {}", answer.text());
        if status == 400 {
            assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
            assert!(answer.text().contains("use names or labels"), "{}", answer.text());
        }
    }
    let names = |count: usize| {
        let query: Vec<String> = (0..count).map(|number| format!("name[]={number}")).collect();
        get(&format!("{}/metrics?{}", server.url, query.join("&"))).status
    };
    assert_eq!(names(4_000), 200);
    let page = scrape(&server);
    assert!(!page.contains(r#"status="500""#), "{page}");
}

fn a_timeout_header_that_is_no_time_is_counted_and_passed_over(database: &Database) {
    let server = world(database, &[]);
    let scrape_with = |timeout: &str| {
        let url = format!("{}/metrics", server.url);
        super::ok(request(
            "GET",
            &url,
            &[("x-prometheus-scrape-timeout-seconds", timeout)],
        ))
    };
    let invalid = "metrics_http_timeout_headers_invalid_total";
    for good in ["10", "3.5", "0.001", "1e1", " 10 "] {
        assert_eq!(value(&scrape_with(good), invalid), 0.0, "{good}");
    }
    let rubbish = [
        "", "-1", "0", "NaN", "inf", "1e99", "ten", "10s", "0x10", "1,5", "\u{e9}",
    ];
    for (count, bad) in (1..).zip(rubbish) {
        let page = scrape_with(bad);
        assert_eq!(value(&page, invalid), f64::from(count), "{bad}");
        assert_line(&page, "sla_monitor_collector_up 1");
    }
}

on_both_databases!(
    every_form_of_the_page_tells_the_same,
    other_methods_are_refused_with_what_is_allowed,
    names_select_families,
    a_query_that_makes_no_sense_is_refused_and_never_fails,
    a_timeout_header_that_is_no_time_is_counted_and_passed_over,
);
