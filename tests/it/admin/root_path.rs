//! The program below a path of a host: `--root-path`, or `X-Forwarded-Prefix` of a trusted proxy.

use std::collections::{BTreeMap, BTreeSet};

use sla_monitor::admin::address::Address;
use sla_monitor::api::operation::ApiOperation;
use sla_monitor::config::RootPath;

use crate::support::browser::{Browser, Page};
use crate::support::client::{exchange, get};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, superuser, superuser_state};
use crate::support::program::{apply, run_on};
use crate::support::server::Server;

on_both_databases!(
    every_link_and_form_stands_below_the_root,
    a_login_and_a_change_lead_to_pages_below_the_root
);

const PASSWORD: &str = "correct-battery-9";
const OPTION: [&str; 2] = ["--root-path", "/sla"];
const PROXY: [&str; 2] = ["--trusted-proxy", "127.0.0.1"];
const PREFIX: (&str, &str) = ("X-Forwarded-Prefix", "/sla");

const DOCUMENT: &str = "
calendars: [{name: C, rules: [{type: dates, dates: ['2990-12-25'], start: '00:00', duration_s: 86400}]}]
windows: [{name: W, timezone: UTC, calendars: [C], rules: [{type: weekly, days: [MO], start: '09:00', duration_s: 3600}]}]
components: [{name: api, labels: {team: shop}, windows: [W], calendars: [C]}, {name: web, labels: {team: shop}}]
";

/// How a proxy in front of the program names the path below which it offers it, and whether it takes it off.
#[derive(Clone, Copy)]
struct Proxy {
    arguments: &'static [&'static str],
    header: Option<(&'static str, &'static str)>,
    strips: bool,
}

const BY_OPTION: Proxy = Proxy {
    arguments: &OPTION,
    header: None,
    strips: false,
};
const BY_HEADER: Proxy = Proxy {
    arguments: &PROXY,
    header: Some(PREFIX),
    strips: false,
};

fn with_header(mut browser: Browser, header: Option<(&str, &str)>) -> Browser {
    let header = header.map(|(name, value)| (name.to_owned(), value.to_owned()));
    browser.headers.extend(header);
    browser
}

/// Every address that a page leads to, is sent to, or loads.
fn addresses(page: &Page) -> BTreeSet<String> {
    let attributes = [
        ("[href]", "href"),
        ("[src]", "src"),
        ("form[action]", "action"),
        ("[formaction]", "formaction"),
        ("[data-ajax--url]", "data-ajax--url"),
        ("[data-read-url]", "data-read-url"),
        ("[data-change-url]", "data-change-url"),
        ("[data-palette-url]", "data-palette-url"),
        ("[data-returned]", "data-returned"),
        ("input[name=next]", "value"),
    ];
    let all = attributes
        .iter()
        .flat_map(|(selector, name)| page.attributes(selector, name));
    all.collect()
}

/// The page of an address: numbers and parameters make no difference.
fn kind(address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap_or(address);
    let segments = path
        .split('/')
        .map(|segment| if segment.parse::<i64>().is_ok() { "1" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

/// Looks at one page of each kind that can be reached, and fails at an address that does not stand below `/sla`.
#[track_caller]
fn crawl(browser: &mut Browser, strips: bool) -> BTreeMap<String, u16> {
    let mut seen = BTreeMap::new();
    let mut next = vec!["/sla/admin/".to_owned()];
    while let Some(address) = next.pop() {
        if seen.contains_key(&kind(&address)) {
            continue;
        }
        let asked = if strips {
            address.trim_start_matches("/sla")
        } else {
            &address
        };
        let mut page = browser.get(asked);
        // Links of a list are relative to the address that the browser knows, not to what a proxy made of it.
        page.path.clone_from(&address);
        seen.insert(kind(&address), page.status());
        if (300..400).contains(&page.status()) {
            assert!(
                page.location().starts_with("/sla/"),
                "{address} leads to {}",
                page.location()
            );
            next.push(page.location());
        }
        if !page.answer.header("content-type").starts_with("text/html") {
            continue;
        }
        for link in addresses(&page) {
            let link = link.split('#').next().unwrap_or("").to_owned();
            if link.is_empty() || link.starts_with('?') {
                continue;
            }
            assert!(link.starts_with("/sla/"), "{address} has `{link}`: {}", page.html());
            // Placeholders of scripts are no pages.
            if !link.contains("__fk__") {
                next.push(link);
            }
        }
    }
    seen
}

fn every_link_and_form_stands_below_the_root(database: &Database) {
    apply(database, DOCUMENT);
    let modes = [
        BY_OPTION,
        Proxy {
            strips: true,
            ..BY_OPTION
        },
        BY_HEADER,
        Proxy {
            strips: true,
            ..BY_HEADER
        },
    ];
    let mut user = None;
    for proxy in modes {
        let server = Server::start(database, proxy.arguments);
        let browser = user.get_or_insert_with(|| superuser(database, &server));
        let mut browser = with_header(
            Browser::with_session(&server, browser.cookie("sessionid").expect("a session")),
            proxy.header,
        );
        let seen = crawl(&mut browser, proxy.strips);
        let broken: Vec<_> = seen
            .iter()
            .filter(|(_, status)| **status == 404 || **status >= 500)
            .collect();
        assert!(broken.is_empty(), "{broken:?}");
        for page in [
            "/sla/metrics",
            "/sla/admin/search/",
            "/sla/admin/sla/component/",
            "/sla/admin/sla/component/add/",
            "/sla/admin/sla/component/export/",
            "/sla/admin/sla/component/import/",
            "/sla/admin/sla/slawindow/1/change/",
            "/sla/admin/sla/slawindow/read-row/",
            "/sla/admin/sla/calendar/1/history/",
            "/sla/admin/sla/label/1/delete/",
            "/sla/admin/auth/user/1/password/",
            "/sla/admin/audit/logentry/",
            "/sla/admin/autocomplete/",
            "/sla/admin/palette/",
            "/sla/admin/sessions/",
            "/sla/admin/timezone/",
        ] {
            assert!(seen.contains_key(page), "{page} was found: {:?}", seen.keys());
        }
        assert!(seen.len() > 60, "{:?}", seen.keys());
    }
}

/// The attributes of a cookie that an answer sets.
#[track_caller]
fn cookie<'a>(page: &'a Page, name: &str) -> &'a str {
    let mut cookies = page.answer.cookies.iter();
    let found = cookies.find_map(|cookie| cookie.strip_prefix(name)?.strip_prefix('='));
    found.unwrap_or_else(|| panic!("{name} is not among {:?}", page.answer.cookies))
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn a_login_and_a_change_lead_to_pages_below_the_root(database: &Database) {
    add_user(database, &superuser_state("ada"), Some(PASSWORD));
    for proxy in [BY_OPTION, BY_HEADER] {
        let server = Server::start(database, proxy.arguments);
        let mut browser = with_header(Browser::new(&server), proxy.header);
        assert_eq!(browser.get("/sla").expect(302).location(), "/sla/admin/");
        assert_eq!(browser.get("/").expect(302).location(), "/sla/admin/");
        let redirect = browser.get("/sla/admin/sla/label/add/?x=1").expect(302);
        assert!(
            cookie(&redirect, "csrftoken").contains("; Path=/sla;"),
            "{:?}",
            redirect.answer.cookies
        );
        let to_login = redirect.location();
        assert_eq!(
            to_login,
            "/sla/admin/login/?next=%2Fsla%2Fadmin%2Fsla%2Flabel%2Fadd%2F%3Fx%3D1"
        );
        assert_eq!(
            browser.get("/admin/sla/label/add/?x=1").expect(302).location(),
            to_login
        );

        let page = browser.get(&to_login).expect(200);
        let form = page.form("#login-form").set("username", "ada");
        let wrong = browser
            .submit(&form.clone().set("password", "wrong"), ("", ""))
            .expect(422);
        let form = wrong
            .form("#login-form")
            .set("username", "ada")
            .set("password", PASSWORD);
        let page = browser.submit(&form, ("", "")).expect(302);
        assert_eq!(page.location(), "/sla/admin/sla/label/add/?x=1");
        assert!(
            cookie(&page, "sessionid").contains("; Path=/sla;"),
            "{:?}",
            page.answer.cookies
        );

        assert_eq!(browser.get("/sla/admin").expect(301).location(), "/sla/admin/");
        let form = browser.get("/sla/admin/sla/label/add/").expect(200).form("#label_form");
        let form = form
            .set("name", "team")
            .set("value", if proxy.header.is_some() { "a" } else { "b" });
        let saved = browser.submit(&form, ("_save", "Save")).expect(302);
        assert_eq!(saved.location(), "/sla/admin/sla/label/");
        let list = browser.get(&saved.location()).expect(200);
        let links = list.attributes("ul.messagelist a", "href");
        assert!(links[0].starts_with("/sla/admin/sla/label/"), "{links:?}");
        browser
            .post_exactly("/sla/admin/sla/label/add/", "name=x&value=y")
            .expect(403);

        let theme = list.form("#theme-form").set("theme", "dark");
        let chosen = browser.submit(&theme, ("", "")).expect(302);
        assert_eq!(chosen.location(), "/sla/admin/sla/label/");
        assert!(
            cookie(&chosen, "theme").contains("; Path=/sla;"),
            "{:?}",
            chosen.answer.cookies
        );
        let zone = browser
            .get("/sla/admin/timezone/?next=%2Fsla%2Fadmin%2Fsla%2F")
            .expect(200);
        let zone = zone.form("#timezone-form").set("timezone", "Europe/Berlin");
        assert_eq!(
            browser.submit(&zone, ("_save", "Save")).expect(302).location(),
            "/sla/admin/sla/"
        );

        let out = browser.get("/sla/admin/").expect(200).form("#logout-form");
        let page = browser.submit(&out, ("", "")).expect(200);
        let end = cookie(&page, "sessionid");
        assert!(end.contains("Path=/sla") && end.contains("Max-Age=0"), "{end}");
        browser.get("/sla/admin/").expect(302);
    }
}

#[test]
fn cookies_over_https_have_the_path_and_the_prefix_that_it_allows() {
    let database = Database::sqlite();
    add_user(&database, &superuser_state("ada"), Some(PASSWORD));
    let server = Server::start(&database, &PROXY);
    let https = [
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "sla.example.org"),
        ("Origin", "https://sla.example.org"),
    ];
    for (prefix, name, path) in [(Some(PREFIX), "__Secure-", "/sla"), (None, "__Host-", "/")] {
        let mut browser = with_header(Browser::new(&server), prefix);
        for header in https {
            browser = with_header(browser, Some(header));
        }
        let page = browser.get("/admin/login/").expect(200);
        let form = page
            .form("#login-form")
            .set("username", "ada")
            .set("password", PASSWORD);
        let page = browser.submit(&form, ("", "")).expect(302);
        for cookie_name in ["sessionid", "csrftoken"] {
            let cookie = cookie(&page, &format!("{name}{cookie_name}"));
            assert!(
                cookie.contains(&format!("; Path={path};")) && cookie.contains("; Secure"),
                "{cookie}"
            );
        }
        browser.get("/admin/").expect(200);
    }
}

#[test]
fn a_prefix_counts_from_trusted_proxies_alone_and_only_if_it_is_a_path() {
    let database = Database::sqlite();
    let open = Server::start(&database, &[]);
    let behind = Server::start(&database, &PROXY);
    let fixed = Server::start(&database, &[&OPTION[..], &PROXY].concat());
    let led = |server: &Server, prefix: &str| {
        let host = server.url.trim_start_matches("http://");
        let head =
            format!("GET /admin/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\nX-Forwarded-Prefix: {prefix}\r\n\r\n");
        let answer = exchange(host, head.as_bytes());
        (
            answer.status,
            answer.header("location").to_owned(),
            answer.cookies.join(" "),
        )
    };
    let plain = "/admin/login/?next=%2Fadmin%2F";
    assert_eq!(led(&open, "/sla").1, plain, "no trusted proxy sent it");
    assert_eq!(
        led(&fixed, "/other").1,
        "/sla/admin/login/?next=%2Fsla%2Fadmin%2F",
        "the option counts"
    );
    for (prefix, location) in [
        ("/sla", "/sla/admin/login/?next=%2Fsla%2Fadmin%2F"),
        ("/sla/", "/sla/admin/login/?next=%2Fsla%2Fadmin%2F"),
        ("/a/b", "/a/b/admin/login/?next=%2Fa%2Fb%2Fadmin%2F"),
        ("/evil, /sla", "/sla/admin/login/?next=%2Fsla%2Fadmin%2F"),
    ] {
        assert_eq!(led(&behind, prefix).1, location, "{prefix}");
    }
    let rubbish = [
        "",
        "/",
        "sla",
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/a//b",
        "/..",
        "/a/../b",
        "/x\"><script>",
        "/x;Path=/",
        "/x?y",
        "/x#y",
        "/%2e%2e",
        "/admin",
        "/static",
        "/x y",
    ];
    for prefix in rubbish {
        let (status, location, cookies) = led(&behind, prefix);
        assert_eq!((status, location.as_str()), (302, plain), "{prefix:?}");
        assert!(
            !cookies.contains("evil") && cookies.contains("Path=/;"),
            "{prefix:?}: {cookies}"
        );
    }
}

#[test]
fn no_address_after_a_login_leads_away() {
    let database = Database::sqlite();
    add_user(&database, &superuser_state("ada"), Some(PASSWORD));
    let server = Server::start(&database, &OPTION);
    let cases = [
        ("/sla//evil.example", "/sla/admin/"),
        ("//evil.example", "/sla/admin/"),
        ("/sla/\\evil.example", "/sla/admin/"),
        ("https://evil.example/sla/", "/sla/admin/"),
        ("/sla/admin/logout/", "/sla/admin/"),
        ("/sla/admin/sla/label/", "/sla/admin/sla/label/"),
        ("/admin/sla/label/", "/sla/admin/sla/label/"),
        ("/sla", "/sla/"),
    ];
    for (next, expected) in cases {
        let mut browser = Browser::new(&server);
        let form = browser.get("/sla/admin/login/").expect(200).form("#login-form");
        let form = form.set("username", "ada").set("password", PASSWORD).set("next", next);
        assert_eq!(
            browser.submit(&form, ("", "")).expect(302).location(),
            expected,
            "{next}"
        );
    }
}

#[test]
fn metrics_probes_and_files_are_there_with_and_without_the_root() {
    let database = Database::sqlite();
    apply(&database, DOCUMENT);
    let server = Server::start(&database, &OPTION);
    for path in ["/metrics", "/-/healthy", "/-/ready", "/-/ready?for=admin"] {
        for root in ["", "/sla"] {
            assert_eq!(get(&format!("{}{root}{path}", server.url)).status, 200, "{root}{path}");
        }
    }
    let missing = get(&format!("{}/sla/nowhere", server.url));
    assert_eq!(missing.status, 404);
    assert_eq!(get(&format!("{}/slab/metrics", server.url)).status, 404);
    let page = missing.text();
    assert!(
        page.contains("href=\"/sla/static/site.") && page.contains("href=\"/sla/\""),
        "{page}"
    );
    let exposition = get(&format!("{}/sla/metrics", server.url)).text();
    assert!(
        exposition.contains("http_requests_total{method=\"GET\",route=\"/metrics\",status=\"200\"}"),
        "{exposition}"
    );
    assert!(!exposition.contains("/sla/"), "routes have no root: {exposition}");
}

#[test]
fn a_root_path_that_is_none_is_wrong_usage() {
    let database = Database::sqlite();
    for path in ["sla", "/sla/", "/", "/a b", "/admin"] {
        let ran = run_on(&database, &["serve", "--root-path", path]);
        assert!(ran.code == 2 && ran.err.contains("--root-path"), "{path}: {ran:?}");
    }
}

#[test]
fn no_root_path_begins_as_an_address_of_the_program() {
    let own = [
        Address::Metrics,
        Address::Healthy,
        Address::Ready,
        Address::Static("style.css".to_owned()),
        Address::Index,
    ];
    let own = own.iter().map(ToString::to_string);
    for address in own.chain(ApiOperation::ALL.map(|operation| operation.path().to_owned())) {
        let first = address.split('/').nth(1).expect("addresses begin with a slash");
        for root in [format!("/{first}"), format!("/{first}/sla")] {
            assert!(root.parse::<RootPath>().is_err(), "{root}");
        }
    }
}
