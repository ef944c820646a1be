//! How many statements a page sends to the database, as the request log counts them.

use crate::support::browser::Browser;
use crate::support::server::Server;

/// The arguments of a server whose requests are counted.
pub const COUNTED: [&str; 2] = ["--log-format", "json"];

/// Returns how many statements the page at `path` took; what other threads sent meanwhile is not among them. Each call has its own `id`.
#[track_caller]
pub fn statements(server: &Server, browser: &mut Browser, path: &str, id: &str) -> u32 {
    browser.headers = vec![("x-request-id".to_owned(), id.to_owned())];
    browser.get(path).expect(200);
    browser.headers.clear();
    let line = format!("\"request_id\":\"{id}\"");
    server.wait_for_log(&line, 1);
    let log = server.log();
    let line = log.lines().find(|logged| logged.contains(&line)).unwrap_or_default();
    let (_, count) = line.split_once("\"statements\":").expect("the page asked the database");
    let count: String = count.chars().take_while(char::is_ascii_digit).collect();
    count.parse().expect("it is a number")
}
