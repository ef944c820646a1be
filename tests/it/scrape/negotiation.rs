//! What real scrapers send is answered with what they read; the rules themselves are tested where they live.

use crate::support::client::request;
use crate::support::database::Database;
use crate::support::program::apply;
use crate::support::server::Server;

use super::WORLD;

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `Accept`, `Accept-Encoding`, and the `Content-Type` and `Content-Encoding` of the answer.
const CLIENTS: [(&str, &str, &str, &str); 12] = [
    // Prometheus 2.42
    (
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "gzip",
        OPEN_METRICS,
        "gzip",
    ),
    // Prometheus 3
    (
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
        "gzip",
        "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
        "gzip",
    ),
    // Prometheus 3 with names escaped, compression off
    (
        "application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.5,text/plain;version=1.0.0;escaping=underscores;q=0.4,*/*;q=0.2",
        "identity",
        "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores",
        "",
    ),
    // Prometheus 3 that wants text
    (
        "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.2",
        "gzip",
        "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
        "gzip",
    ),
    // Prometheus with native histograms asks for protobuf first
    (
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
        "gzip",
        OPEN_METRICS,
        "gzip",
    ),
    // a browser
    (
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
        "gzip, deflate, br, zstd",
        TEXT,
        "gzip",
    ),
    // curl, and curl --compressed
    ("*/*", "", TEXT, ""),
    ("*/*", "deflate, gzip, br, zstd", TEXT, "gzip"),
    // what no server can satisfy is answered all the same
    ("application/json", "br", TEXT, ""),
    ("application/openmetrics-text;q=0, */*;q=0", "gzip;q=0", TEXT, ""),
    ("application/openmetrics-text; version=9.9.9", "identity;q=0", TEXT, ""),
    (";;;,,,/;q=", "*;q=x", TEXT, ""),
];

#[test]
fn real_scrapers_get_the_format_that_they_prefer() {
    let database = Database::sqlite();
    apply(&database, WORLD);
    let server = Server::start(&database, &[]);
    let url = format!("{}/metrics", server.url);
    for (accept, accept_encoding, content_type, content_encoding) in CLIENTS {
        let answer = request("GET", &url, &[("accept", accept), ("accept-encoding", accept_encoding)]);
        assert_eq!(answer.status, 200, "{accept}");
        assert_eq!(answer.header("content-type"), content_type, "{accept}");
        assert_eq!(answer.header("content-encoding"), content_encoding, "{accept_encoding}");
        if content_encoding.is_empty() {
            let page = answer.text();
            assert_eq!(
                page.ends_with("# EOF\n"),
                content_type.contains("openmetrics"),
                "{accept}"
            );
        }
    }
}

#[test]
fn headers_over_several_lines_are_one_list() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    let lines = [
        ("accept", "text/plain;version=0.0.4;q=0.5"),
        ("accept", "application/openmetrics-text;version=1.0.0"),
        ("accept-encoding", "br"),
        ("accept-encoding", "gzip"),
    ];
    let answer = request("GET", &format!("{}/metrics", server.url), &lines);
    assert_eq!(answer.header("content-type"), OPEN_METRICS);
    assert_eq!(answer.header("content-encoding"), "gzip");
}
