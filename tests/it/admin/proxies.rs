//! Who is believed to be who: proxies, their headers, and the host that a browser asks for.

use crate::support::browser::Browser;
use crate::support::client::exchange;
use crate::support::database::Database;
use crate::support::people::{add_user, superuser_state};
use crate::support::server::Server;

const PASSWORD: &str = "correct-battery-9";

/// Logs in through `headers` and says where the session is noted to come from, and with which cookies.
#[track_caller]
fn log_in(server: &Server, headers: &[(&str, &str)]) -> (String, Vec<String>) {
    let mut browser = Browser::new(server);
    browser.headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let page = browser.get("/admin/login/").expect(200);
    let form = page
        .form("#login-form")
        .set("username", "ada")
        .set("password", PASSWORD);
    let page = browser.submit(&form, ("", "")).expect(302);
    let sessions = browser.get("/admin/sessions/").expect(200);
    let rows = sessions.texts("table tbody tr");
    let this = rows
        .iter()
        .find(|row| !row.contains("End session"))
        .expect("this session is listed");
    let address = this.split(' ').find(|word| word.contains('.') || word.contains("::"));
    (address.unwrap_or("").to_owned(), page.answer.cookies)
}

#[test]
fn forwarded_headers_count_from_trusted_proxies_alone() {
    let database = Database::sqlite();
    add_user(&database, &superuser_state("ada"), Some(PASSWORD));
    let open = Server::start(&database, &[]);
    let elsewhere = Server::start(&database, &["--trusted-proxy", "192.0.2.1,198.51.100.0/24"]);
    let behind = Server::start(&database, &["--trusted-proxy", "127.0.0.1,10.0.0.0/8"]);
    let forged = [("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Host", "127.0.0.1")];
    for server in [&open, &elsewhere] {
        let (address, cookies) = log_in(server, &forged);
        assert_eq!(address, "127.0.0.1", "a direct client has its own address");
        assert!(cookies.iter().all(|cookie| !cookie.contains("Secure")), "{cookies:?}");
        let mut browser = Browser::new(server);
        browser.headers = vec![("X-Forwarded-Proto".to_owned(), "https".to_owned())];
        let page = browser.get("/admin/login/").expect(200);
        assert!(!page.answer.cookies[0].contains("Secure"), "{:?}", page.answer.cookies);
    }
    let cases = [
        ("", "127.0.0.1"),
        ("203.0.113.9", "203.0.113.9"),
        // What the client made up stands to the left.
        ("198.51.100.7, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, rubbish", "127.0.0.1"),
        // A client of the proxies' own network: what the nearest proxy saw.
        ("10.9.9.9, 10.1.2.3", "10.1.2.3"),
    ];
    for (noted, expected) in cases {
        let (address, cookies) = log_in(&behind, &[("X-Forwarded-For", noted)]);
        assert_eq!(address, expected, "{noted}");
        assert!(cookies.iter().all(|cookie| !cookie.contains("Secure")), "{cookies:?}");
    }
    let https = [
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "sla.example.org"),
        ("Origin", "https://sla.example.org"),
    ];
    let (_, cookies) = log_in(&behind, &https);
    assert_eq!(cookies.len(), 2, "{cookies:?}");
    assert!(cookies.iter().all(|cookie| cookie.contains("; Secure")), "{cookies:?}");
}

#[test]
fn the_admin_answers_under_its_own_hosts() {
    let database = Database::sqlite();
    let allowed = [
        "--allowed-hosts",
        "sla.example.org,.example.net,[::1]",
        "--trusted-proxy",
        "127.0.0.1",
    ];
    let server = Server::start(&database, &allowed);
    let address = server.url.trim_start_matches("http://");
    let ask = |path: &str, headers: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nconnection: close\r\n{headers}\r\n");
        exchange(address, request.as_bytes()).status
    };
    let cases = [
        ("host: sla.example.org", 302),
        ("host: SLA.example.org:8000", 302),
        ("host: sla.example.org.", 302),
        ("host: example.net", 302),
        ("host: a.b.example.net", 302),
        ("host: [::1]:8000", 302),
        ("host: [::1]", 302),
        ("host: evil.example", 400),
        ("host: sla.example.org.evil.example", 400),
        ("host: evilexample.net", 400),
        ("host: 127.0.0.1", 400),
        ("host: sla.example.org@evil.example", 400),
        ("host: ", 400),
        ("host: 127.0.0.1\r\nx-forwarded-host: sla.example.org", 302),
        ("host: sla.example.org\r\nx-forwarded-host: evil.example", 400),
        (
            "host: sla.example.org\r\nx-forwarded-host: sla.example.org, evil.example",
            400,
        ),
    ];
    for (headers, status) in cases {
        assert_eq!(ask("/admin/", &format!("{headers}\r\n")), status, "{headers}");
        let login = if status == 302 { 200 } else { status };
        assert_eq!(ask("/admin/login/", &format!("{headers}\r\n")), login, "{headers}");
    }
    assert_eq!(
        ask("/-/healthy", "host: 10.0.0.1\r\n"),
        200,
        "probes come by any address"
    );
    assert_eq!(ask("/metrics", "host: 10.0.0.1\r\n"), 400);
    assert_eq!(ask("/metrics", "host: sla.example.org\r\n"), 200);
    let anywhere = Server::start(&database, &[]);
    let address = anywhere.url.trim_start_matches("http://");
    let request = b"GET /admin/login/ HTTP/1.1\r\nconnection: close\r\nhost: any.example\r\n\r\n";
    assert_eq!(exchange(address, request).status, 200);
}
