//! Forms that are none of ours, bodies that are none of forms, and methods that no page takes.

use crate::support::browser::{Browser, encode, percent};
use crate::support::client::{Answer, exchange};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, at_admin, at_admin_by_https, superuser, superuser_state};
use crate::support::server::Server;

on_both_databases!(
    a_form_needs_the_token_of_its_browser,
    a_form_comes_from_a_page_of_ours,
    bodies_have_limits_and_a_form,
    pages_take_get_head_and_post,
);

type Headers<'a> = &'a [(&'a str, &'a str)];

const ADD: &str = "/admin/sla/label/add/";

fn labels(database: &Database) -> i64 {
    database.number("SELECT count(*) AS value FROM label")
}

fn label(name: &str, token: &str) -> String {
    encode(&[("name", name), ("value", "x"), ("csrfmiddlewaretoken", token)])
}

fn host(server: &Server) -> &str {
    server.url.trim_start_matches("http://")
}

fn a_form_needs_the_token_of_its_browser(database: &Database) {
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let mut other = Browser::new(&server);
    other.get("/admin/login/").expect(200);
    let foreign = other.cookie("csrftoken").expect("every browser gets one").to_owned();
    let token = |browser: &mut Browser| {
        let page = browser.get(ADD).expect(200);
        page.attributes("#label_form [name=csrfmiddlewaretoken]", "value")
            .remove(0)
    };
    let (first, second) = (token(&mut browser), token(&mut browser));
    assert_ne!(first, second, "each page masks it anew");
    for wrong in [
        "",
        "x",
        &foreign,
        &first[..63],
        &format!("{first}x"),
        &"é".repeat(64),
        "%00",
    ] {
        let page = browser.post_exactly(ADD, &label("a", wrong)).expect(403);
        assert!(page.html().contains("CSRF"), "{}", page.html());
        let page = browser.post_exactly("/admin/logout/", &encode(&[("csrfmiddlewaretoken", wrong)]));
        page.expect(403);
    }
    browser.post_exactly(ADD, "name=a&value=x").expect(403);
    assert_eq!(labels(database), 0);
    browser.get("/admin/").expect(200);
    for (name, right) in [("a", &first), ("b", &second), ("c", &first)] {
        browser.post_exactly(ADD, &label(name, right)).expect(302);
    }

    // The header is as good, also beside an empty field.
    let cookie = browser.cookie("csrftoken").expect("it was given one").to_owned();
    browser.headers = vec![("X-CSRFToken".to_owned(), cookie)];
    browser.post_exactly(ADD, "name=d&value=x").expect(302);
    browser.post_exactly(ADD, &label("e", "")).expect(302);
    browser.headers = vec![("X-CSRFToken".to_owned(), foreign)];
    browser.post_exactly(ADD, "name=f&value=x").expect(403);
    browser.headers.clear();
    assert_eq!(labels(database), 5);

    // Nor can another site log a user in, or a browser without a cookie.
    let password = "correct-battery-9";
    add_user(database, &superuser_state("ada"), Some(password));
    let pair = [("username", "ada"), ("password", password)];
    for mut anonymous in [Browser::new(&server), other] {
        anonymous.post_exactly("/admin/login/", &encode(&pair)).expect(403);
        let forged = [&pair[..], &[("csrfmiddlewaretoken", first.as_str())]].concat();
        anonymous.post_exactly("/admin/login/", &encode(&forged)).expect(403);
        assert_eq!(anonymous.cookie("sessionid"), None);
        anonymous.get("/admin/login/").expect(200);
        anonymous.post("/admin/login/", &pair).expect(302);
        anonymous.get("/admin/").expect(200);
    }
    // A cookie that can be no secret is replaced, and stands for nothing.
    browser.set_cookie("csrftoken", "x");
    browser.post_exactly(ADD, &label("g", "x")).expect(403);
    browser.get(ADD).expect(200);
    assert_ne!(browser.cookie("csrftoken"), Some("x"));
}

fn a_form_comes_from_a_page_of_ours(database: &Database) {
    let server = Server::start(database, &["--trusted-proxy", "127.0.0.1"]);
    let id = add_user(database, &superuser_state("root"), None);
    let mut plain = at_admin(database, &server, id);
    let mut secure = at_admin_by_https(database, &server, id);
    let ours = server.url.clone();
    let by_https = "https://sla.example.org";
    let https = [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "sla.example.org")];
    let page_of_ours = format!("{by_https}/admin/");
    let cases: &[(Headers<'_>, Headers<'_>, u16)] = &[
        (&[], &[], 302),
        (&[], &[("Origin", &ours)], 302),
        (&[], &[("Origin", "http://evil.example")], 403),
        (&[], &[("Origin", "null")], 403),
        (&[], &[("Origin", "")], 403),
        (&[], &[("Origin", &ours.replace("http:", "https:"))], 403),
        (&[], &[("Origin", "http://127.0.0.1:1")], 403),
        (&[], &[("Origin", &format!("{ours}.evil.example"))], 403),
        (&[], &[("Origin", "http://evil.example"), ("Referer", &ours)], 403),
        (&[], &[("Referer", "http://evil.example/")], 302),
        (&https, &[], 403),
        (&https, &[("Origin", by_https)], 302),
        (&https, &[("Origin", "http://sla.example.org")], 403),
        (
            &https,
            &[("Origin", "https://evil.example"), ("Referer", &page_of_ours)],
            403,
        ),
        (&https, &[("Referer", &page_of_ours)], 302),
        (
            &https,
            &[("Referer", "https://evil.example/https://sla.example.org/")],
            403,
        ),
        (&https, &[("Referer", "https://sla.example.org.evil.example/")], 403),
    ];
    for (number, (proxy, headers, status)) in cases.iter().enumerate() {
        let all = proxy.iter().chain(headers.iter());
        let browser = if proxy.is_empty() { &mut plain } else { &mut secure };
        browser.headers = all
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let (before, name) = (labels(database), format!("n{number}"));
        let page = browser.post(ADD, &[("name", &name), ("value", "x")]);
        assert_eq!(page.status(), *status, "{proxy:?} {headers:?}: {}", page.html());
        assert_eq!(
            labels(database) - before,
            i64::from(*status == 302),
            "{proxy:?} {headers:?}"
        );
    }
    // Logging in is no exception.
    let mut anonymous = Browser::new(&server);
    anonymous.get("/admin/login/").expect(200);
    anonymous.headers = vec![("Origin".to_owned(), "http://evil.example".to_owned())];
    anonymous
        .post("/admin/login/", &[("username", "root"), ("password", "x")])
        .expect(403);
}

/// Sends a body of a content type with the cookies of `browser`.
fn send(server: &Server, browser: &Browser, headers: &str, body: &[u8]) -> Answer {
    let (session, secret) = (browser.cookie("sessionid"), browser.cookie("csrftoken"));
    let head = format!(
        "POST {ADD} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncookie: sessionid={}; csrftoken={}\r\n{headers}",
        host(server),
        session.unwrap_or(""),
        secret.unwrap_or(""),
    );
    exchange(host(server), &[head.as_bytes(), b"\r\n", body].concat())
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn bodies_have_limits_and_a_form(database: &Database) {
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    browser.get("/admin/").expect(200);
    let token = browser.cookie("csrftoken").expect("it has one").to_owned();
    const LIMIT: usize = 2_621_440;
    let filled = |length: usize| {
        let start = format!("csrfmiddlewaretoken={token}&name=a&value=x&description=");
        let rest = "y".repeat(length - start.len());
        format!("{start}{rest}")
    };
    // At the limit the form is read, and refused for what it says.
    browser.post_exactly(ADD, &filled(LIMIT)).expect(422);
    for length in [LIMIT + 1, 3_000_000, 20_000_000] {
        let page = browser.post_exactly(ADD, &filled(length)).expect(400);
        assert!(page.html().contains("2.5 MiB"), "{}", page.html());
    }
    // Who is not logged in gets an answer too, whatever they send.
    let mut anonymous = Browser::new(&server);
    anonymous.post_exactly(ADD, &filled(20_000_000)).expect(302);
    anonymous.post_exactly("/admin/login/", &filled(3_000_000)).expect(413);

    let fields = |count: usize| format!("csrfmiddlewaretoken={token}&name=a&value={}", "&f=".repeat(count - 3));
    browser.post_exactly(ADD, &fields(20_000)).expect(422);
    let page = browser.post_exactly(ADD, &fields(20_001)).expect(400);
    assert!(page.html().contains("20000 fields"), "{}", page.html());

    let odd = [
        format!("csrfmiddlewaretoken={token}&name=%FF%FE&value=%80"),
        format!("csrfmiddlewaretoken={token}&name=%&value=%4"),
        format!("csrfmiddlewaretoken={token}&name=%00&value=%00&description=%00"),
        format!("csrfmiddlewaretoken={token}&{}=1", "n".repeat(1_000_000)),
        format!("csrfmiddlewaretoken={token}&&&&=&=x&name"),
        format!("csrfmiddlewaretoken={token}&name[]=1&name.x=2&__proto__=3&%F0%9F%98%80=4"),
        format!("csrfmiddlewaretoken={token}&_version=99999999999999999999&name=&value="),
        format!("csrfmiddlewaretoken={token}&rules-TOTAL_FORMS=-1&rules-INITIAL_FORMS=1e9&name=&value="),
    ];
    for body in odd {
        let page = browser.post_exactly(ADD, &body);
        assert!([302, 422].contains(&page.status()), "{:.200}: {}", body, page.status());
    }
    let raw = [
        format!("csrfmiddlewaretoken={token}&value=x&name=").as_bytes(),
        &[0xff, 0xfe, 0, 1],
    ]
    .concat();
    let length = format!("content-length: {}\r\n", raw.len());
    let form = "content-type: application/x-www-form-urlencoded; charset=UTF-8\r\n";
    let answer = send(&server, &browser, &format!("{form}{length}"), &raw);
    assert!([302, 422].contains(&answer.status), "{answer:?}");

    // Pieces are as good as a length; other forms are refused by name.
    let before = labels(database);
    let body = format!("csrfmiddlewaretoken={token}&name=chunked&value=x");
    let (left, right) = body.split_at(20);
    let chunks = format!(
        "{:x}\r\n{left}\r\n{:x}\r\n{right}\r\n0\r\n\r\n",
        left.len(),
        right.len()
    );
    let answer = send(
        &server,
        &browser,
        &format!("{form}transfer-encoding: chunked\r\n"),
        chunks.as_bytes(),
    );
    assert_eq!(answer.status, 302, "{answer:?}");
    let none = send(
        &server,
        &browser,
        &format!("content-length: {}\r\n", body.len()),
        body.as_bytes(),
    );
    assert_eq!(
        none.status, 422,
        "without a type it is a form, of a label that is there: {none:?}"
    );
    assert_eq!(labels(database) - before, 1);
    let multipart = format!(
        "--b\r\ncontent-disposition: form-data; name=\"csrfmiddlewaretoken\"\r\n\r\n{token}\r\n--b\r\n\
         content-disposition: form-data; name=\"name\"\r\n\r\nm\r\n--b--\r\n"
    );
    let json = format!("{{\"name\": \"j\", \"csrfmiddlewaretoken\": \"{token}\"}}");
    for (kind, body) in [
        ("multipart/form-data; boundary=b", &multipart),
        ("application/json", &json),
    ] {
        let headers = format!("content-type: {kind}\r\ncontent-length: {}\r\n", body.len());
        let answer = send(&server, &browser, &headers, body.as_bytes());
        assert_eq!(answer.status, 403, "{kind}: {answer:?}");
        let answer = send(
            &server,
            &browser,
            &format!("{headers}x-csrftoken: {token}\r\n"),
            body.as_bytes(),
        );
        assert_eq!(answer.status, 415, "{kind}: {answer:?}");
        assert!(answer.text().contains("x-www-form-urlencoded"), "{answer:?}");
    }
    assert_eq!(labels(database) - before, 1);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

fn pages_take_get_head_and_post(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    root.post(ADD, &[("name", "a"), ("value", "x")]).expect(302);
    let key = database.number("SELECT id AS value FROM label");
    let entries = "SELECT count(*) AS value FROM log_entry";
    let before = database.number(entries);
    let pages = [
        "/admin".to_owned(),
        "/admin/".to_owned(),
        "/admin/login/".to_owned(),
        "/admin/sla/label/".to_owned(),
        ADD.to_owned(),
        format!("/admin/sla/label/{key}/change/"),
        format!("/admin/sla/label/{key}/delete/"),
        format!("/admin/sla/label/{key}/history/"),
        "/admin/nowhere/".to_owned(),
    ];
    for path in &pages {
        for method in ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"] {
            for browser in [&mut root, &mut Browser::new(&server)] {
                let body = (method != "TRACE").then_some("post=yes&name=b");
                let page = browser.send(method, path, body).expect(405);
                assert_eq!(page.answer.header("allow"), "GET, HEAD, POST", "{method} {path}");
            }
        }
        let get = root.get(path);
        let head = root.send("HEAD", path, None);
        assert_eq!(head.status(), get.status(), "{path}");
        assert_eq!(head.html(), "", "{path}");
        for name in ["content-type", "cache-control", "location", "content-security-policy"] {
            assert_eq!(head.answer.header(name), get.answer.header(name), "{name} of {path}");
        }
    }
    assert_eq!(database.number(entries), before);

    // What is not even a request of a page.
    let odd = [
        "/admin/sla/label/%FF/change/",
        "/admin/sla/label/%00/change/",
        "/admin/sla/label/99999999999999999999/change/",
        "/admin/sla/label/-1/history/",
        "/admin/sla/label/1%2F2/change/",
        "/admin/%2F%2Fevil.example/",
        "/admin/sla/label/?%FF=%FF",
        "/admin/sla/label/?q=%00",
        "/admin/login/?next=%FF%00%0D%0Aset-cookie:x",
    ];
    for path in odd {
        for browser in [&mut root, &mut Browser::new(&server)] {
            let page = browser.get(path);
            assert!(page.status() < 500, "{path}: {}", page.status());
            assert!(
                page.answer.cookies.iter().all(|cookie| !cookie.starts_with('x')),
                "{path}"
            );
        }
    }
    let long = format!("/admin/sla/label/?q={}", percent(&"ü".repeat(3_000)));
    root.get(&long).expect(400);
    let bytes = [b"GET /admin/\xff\xfe?\xff HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".as_slice()].concat();
    assert!(exchange(host(&server), &bytes).status < 500);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}
