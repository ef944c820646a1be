//! The filter for fail2ban of docs/operations.md finds the addresses of refused clients in a real log, and no other.

use std::io::Write;
use std::process::{Command, Stdio};

use super::block_with;
use crate::support::browser::Browser;
use crate::support::client::request;
use crate::support::database::Database;
use crate::support::server::Server;

/// Prints the address in each line of standard input that the expression in the first argument finds, as fail2ban does: without the date,
/// which it cuts out before, and with `<ADDR>` for any address.
const SEARCH: &str = r#"
import re, sys
expression, date = (re.compile(argument) for argument in sys.argv[1:])
for line in sys.stdin:
    assert date.search(line), line
    found = expression.search(date.sub("", line, count=1))
    if found:
        print(found.group("address"))
"#;

fn setting(filter: &str, name: &str) -> String {
    let lines = filter.lines().filter_map(|line| line.split_once(" = "));
    let value = lines
        .filter(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.to_owned())
        .next();
    value.unwrap_or_else(|| panic!("{name} is missing"))
}

#[test]
fn the_filter_finds_who_was_refused() {
    let database = Database::sqlite();
    let arguments = [
        "--log-format",
        "json",
        "--trusted-proxy",
        "127.0.0.1",
        "--metrics-public",
    ];
    let server = Server::start(&database, &arguments);
    let mut browser = Browser::new(&server);
    browser.headers = vec![("x-forwarded-for".to_owned(), "203.0.113.9".to_owned())];
    let form = browser.get("/admin/login/").expect(200).form("#login-form");
    let form = form
        .set("username", "x\",\"client\":\"198.51.100.1\"")
        .set("password", "y");
    browser.submit(&form, ("", "")).expect(422);
    let ask = [("x-forwarded-for", "2001:db8::7"), ("x-request-id", "end")];
    request(
        "GET",
        &format!("{}/admin/%22client%22:%22198.51.100.2%22/", server.url),
        &ask,
    );
    server.wait_for_log("\"request_id\":\"end\"", 1);

    let filter = block_with("ini", "failregex");
    let expression = setting(&filter, "failregex").replace("<ADDR>", "(?P<address>[0-9A-Fa-f.:]+)");
    let date = setting(&filter, "datepattern").replace("%%", "%");
    let date = ["Y", "m", "d", "H", "M", "S"]
        .iter()
        .fold(date, |date, part| date.replace(&format!("%{part}"), r"\d+"));
    let mut child = Command::new("python3")
        .args(["-c", SEARCH, &expression, &date])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is there");
    let mut input = child.stdin.take().expect("standard input is piped");
    input
        .write_all(format!("{}\n", server.log()).as_bytes())
        .expect("python3 reads it");
    drop(input);
    let output = child.wait_with_output().expect("python3 ends");
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "203.0.113.9\n",
        "{}",
        server.log()
    );
}
