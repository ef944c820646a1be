//! What clients in the field make of our gzip: to the last byte what identity gives.

use std::fmt::Write;

use super::{OPEN_METRICS, TEXT, run};
use crate::support::client::request;
use crate::support::database::Database;
use crate::support::program::apply;
use crate::support::server::Server;

/// How many components there are: enough for the body to be made of several parts.
const COMPONENTS: usize = 400;

/// Clients that ask the address in their second argument for the format in their first, and print the decoded body. Each fails if it was not
/// given gzip.
const CLIENTS: [(&str, &[&str]); 6] = [
    ("curl", &["sh", "-c", CURL]),
    ("Python's gzip", &["/usr/bin/python3", "-c", PYTHON_GZIP]),
    ("requests", &["/usr/bin/python3", "-c", PYTHON_REQUESTS]),
    ("httpx", &["/usr/bin/python3", "-c", PYTHON_HTTPX]),
    ("Node's zlib", &["node", "-e", NODE_ZLIB]),
    ("Node's fetch", &["node", "-e", NODE_FETCH]),
];

const CURL: &str = r#"
head=$(mktemp) && trap 'rm -f "$head"' EXIT
curl --silent --show-error --fail --compressed --dump-header "$head" --header "Accept: $0" "$1" && grep -qi '^content-encoding: gzip' "$head"
"#;

/// Looks at the bytes too: they are one member of a gzip file, and nothing stands behind it.
const PYTHON_GZIP: &str = r#"
import gzip, sys, urllib.request, zlib
asked = urllib.request.Request(sys.argv[2], headers={"accept": sys.argv[1], "accept-encoding": "gzip"})
with urllib.request.urlopen(asked) as answer:
    assert answer.headers["content-encoding"] == "gzip", answer.headers
    packed = answer.read()
    assert int(answer.headers["content-length"]) == len(packed), answer.headers
member = zlib.decompressobj(wbits=31)
body = member.decompress(packed) + member.flush()
assert member.eof, "the member does not end"
assert member.unused_data == b"", f"{len(member.unused_data)} bytes stand behind the first member"
assert gzip.decompress(packed) == body
sys.stdout.buffer.write(body)
"#;

const PYTHON_REQUESTS: &str = r#"
import sys
try:
    import requests
except ImportError as error:
    sys.exit(f"python3-requests is not installed ({error}); scripts/test installs it")
answer = requests.get(sys.argv[2], headers={"accept": sys.argv[1]})
answer.raise_for_status()
assert answer.headers["content-encoding"] == "gzip", answer.headers
sys.stdout.buffer.write(answer.content)
"#;

const PYTHON_HTTPX: &str = r#"
import sys
try:
    import httpx
except ImportError as error:
    sys.exit(f"python3-httpx is not installed ({error}); scripts/test installs it")
answer = httpx.get(sys.argv[2], headers={"accept": sys.argv[1], "accept-encoding": "gzip"})
answer.raise_for_status()
assert answer.headers["content-encoding"] == "gzip", answer.headers
sys.stdout.buffer.write(answer.content)
"#;

const NODE_ZLIB: &str = r#"
const [accept, url] = process.argv.slice(1);
require("http").get(url, { headers: { accept, "accept-encoding": "gzip" } }, (answer) => {
  if (answer.headers["content-encoding"] !== "gzip") throw new Error(JSON.stringify(answer.headers));
  const parts = [];
  answer.on("data", (part) => parts.push(part));
  answer.on("end", () => require("zlib").gunzip(Buffer.concat(parts), (error, body) => {
    if (error) throw error;
    process.stdout.write(body);
  }));
});
"#;

const NODE_FETCH: &str = r#"
const [accept, url] = process.argv.slice(1);
fetch(url, { headers: { accept, "accept-encoding": "gzip" } }).then(async (answer) => {
  if (answer.headers.get("content-encoding") !== "gzip") throw new Error(JSON.stringify([...answer.headers]));
  process.stdout.write(Buffer.from(await answer.arrayBuffer()));
});
"#;

/// Components whose values stand still for longer than a test lasts.
fn components() -> String {
    let mut document = String::from(
        "windows:\n\
         \x20 - {name: Two days in 2020, timezone: UTC, rules: [{type: once, start_local: '2020-01-01T00:00', end_local: '2020-01-03T00:00'}]}\n\
         \x20 - {name: From 2021 to 2089, timezone: UTC, rules: [{type: once, start_local: '2021-07-01T08:00', end_local: '2089-01-01T00:00'}]}\n\
         components:\n",
    );
    for number in 0..COMPONENTS {
        let windows = ["", "Two days in 2020", "Two days in 2020, From 2021 to 2089"][number % 3];
        writeln!(
            document,
            "  - {{name: service-{number:04}, labels: {{team: 'team \"{}\" é', env: prod}}, windows: [{windows}]}}",
            number % 17
        )
        .expect("texts can be written to");
    }
    document
}

/// The lines that do not change by themselves.
fn sorted_lines(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.contains("service_window_")).collect()
}

#[test]
fn every_client_reads_our_gzip_to_the_last_byte() {
    let database = Database::sqlite();
    apply(&database, &components());
    let server = Server::start(&database, &[]);
    for (layout, accept) in [("names", TEXT), ("names", OPEN_METRICS), ("labels", TEXT)] {
        let url = format!("{}/metrics?layout={layout}", server.url);
        let identity = request("GET", &url, &[("accept", accept)]);
        assert_eq!(identity.header("content-encoding"), "");
        let identity = identity.text();
        let expected = sorted_lines(&identity);
        assert!(expected.len() > COMPONENTS * 2, "{} lines", expected.len());
        for (client, command) in CLIENTS {
            let mut arguments = command[1..].to_vec();
            arguments.extend([accept, &url]);
            let output = run(command[0], &arguments, b"");
            assert!(
                output.status.success(),
                "{client}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            let body = String::from_utf8(output.stdout).expect("the exposition is UTF-8");
            let read = sorted_lines(&body);
            let differs = expected.iter().zip(&read).find(|(expected, read)| expected != read);
            assert_eq!(differs, None, "{client} in {layout} as {accept}");
            assert_eq!(read.len(), expected.len(), "{client} in {layout} as {accept}");
            assert!(body.ends_with('\n'), "{client}: the last line is whole");
            assert_eq!(body.ends_with("\n# EOF\n"), accept == OPEN_METRICS, "{client}");
        }
    }
}
