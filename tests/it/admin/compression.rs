//! Pages in gzip: for browsers that take it, never where another site had the browser ask, and of a length that tells nothing.

use std::collections::BTreeSet;
use std::io::Read;

use flate2::bufread::GzDecoder;

use crate::support::browser::Browser;
use crate::support::client::{Answer, request};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::superuser;
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(pages_are_compressed_for_those_who_take_it);

const LIST: &str = "/admin/sla/component/";

fn unpacked(answer: &Answer) -> String {
    assert_eq!(answer.header("content-encoding"), "gzip");
    let mut text = String::new();
    GzDecoder::new(answer.body.as_slice())
        .read_to_string(&mut text)
        .expect("the body is gzip of UTF-8");
    text
}

fn sent(browser: &mut Browser, path: &str, headers: &[(&str, &str)]) -> Answer {
    browser.headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    browser.get(path).answer
}

/// Returns a page without what differs from page to page.
fn unmasked(page: &str) -> String {
    let mut parts = page.split("name=\"csrfmiddlewaretoken\" value=\"");
    let first = parts.next().unwrap_or("").to_owned();
    parts.fold(first, |page, part| page + part.get(64..).unwrap_or(""))
}

fn pages_are_compressed_for_those_who_take_it(database: &Database) {
    apply(database, "components: [{name: ledger}]");
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let plain = sent(&mut root, LIST, &[]);
    assert_eq!(plain.header("content-encoding"), "");
    assert_eq!(plain.header("vary"), "Accept-Encoding, Cookie");
    let gzip = ("accept-encoding", "br;q=1, gzip;q=0.8, *;q=0.1");
    for (path, fetch_site) in [
        (LIST, None),
        (LIST, Some("same-origin")),
        (LIST, Some("none")),
        ("/admin/no/such/page/", None),
    ] {
        let headers: Vec<_> = [gzip]
            .into_iter()
            .chain(fetch_site.map(|site| ("sec-fetch-site", site)))
            .collect();
        let packed = sent(&mut root, path, &headers);
        assert_eq!(packed.header("vary"), "Accept-Encoding, Cookie");
        assert_eq!(packed.header("content-length"), packed.body.len().to_string());
        let text = unpacked(&packed);
        let plain = sent(&mut root, path, &[]);
        assert!(packed.body.len() * 2 < plain.body.len(), "{path}");
        let without_age = |page: &str| unmasked(page).replace("in less than a minute", "just now");
        assert_eq!(without_age(&text), without_age(&plain.text()), "{path}");
    }
    // Data for scripts too, where there is enough of it.
    let palette = sent(&mut root, "/admin/palette/", &[gzip]);
    assert_eq!(
        palette.header("content-encoding") == "gzip",
        sent(&mut root, "/admin/palette/", &[]).body.len() >= 1024
    );

    for headers in [
        &[("accept-encoding", "gzip;q=0")][..],
        &[("accept-encoding", "identity")],
        &[gzip, ("sec-fetch-site", "cross-site")],
        &[gzip, ("sec-fetch-site", "same-site")],
        &[gzip, ("sec-fetch-site", "\u{e9}")],
        &[gzip, ("referer", "http://elsewhere.example/")],
        &[gzip, ("origin", "null")],
    ] {
        let answer = sent(&mut root, LIST, headers);
        assert_eq!(answer.header("content-encoding"), "", "{headers:?}");
        assert!(answer.text().contains("ledger"), "{headers:?}");
    }
    // A head has the length of some page, and no body.
    root.headers = vec![("accept-encoding".to_owned(), "gzip".to_owned())];
    let head = root.send("HEAD", LIST, None).answer;
    assert_eq!(
        (head.status, head.header("content-encoding"), head.body.len()),
        (200, "gzip", 0)
    );
}

#[test]
fn neither_token_nor_length_of_a_compressed_page_is_the_same_twice() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    let mut root = superuser(&database, &server);
    let headers = [("accept-encoding", "gzip")];
    let answers: Vec<Answer> = (0..12).map(|_| sent(&mut root, LIST, &headers)).collect();
    let tokens: BTreeSet<String> = answers
        .iter()
        .filter_map(|answer| {
            let page = unpacked(answer);
            let (_, rest) = page.split_once("csrfmiddlewaretoken\" value=\"")?;
            rest.get(..64).map(str::to_owned)
        })
        .collect();
    assert_eq!(tokens.len(), answers.len());
    let lengths: BTreeSet<usize> = answers.iter().map(|answer| answer.body.len()).collect();
    assert!(lengths.len() > 4, "{lengths:?}");
}

#[test]
fn static_files_are_compressed_once() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    let page = Browser::new(&server).get("/admin/login/").expect(200);
    let style = page.attributes("link[rel=stylesheet]", "href").remove(0);
    let ask = || request("GET", &format!("{}{style}", server.url), &[("accept-encoding", "gzip")]);
    let (first, second) = (ask(), ask());
    assert_eq!(first.body, second.body);
    assert!(unpacked(&first).contains("#result_list"));
}
