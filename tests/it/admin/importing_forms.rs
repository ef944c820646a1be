//! Forms with files in them: tokens, sizes, broken ones, and imports that another user opens.

use super::importing::contents;
use crate::support::browser::{BOUNDARY, Browser, Page, multipart};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::{apply, run_on};
use crate::support::server::Server;

on_both_databases!(
    forms_with_files_need_a_token,
    only_what_was_shown_is_done,
    rubbish_is_nobodys_fault,
);

const SOME: &str = "components: [{name: a, labels: {team: x}}, {name: b}]";
const PATH: &str = "/admin/sla/component/import/";

fn dry(browser: &mut Browser, text: &str) -> Page {
    browser.upload(PATH, &[], Some(("file.csv", text.as_bytes())))
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn forms_with_files_need_a_token(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let before = contents(database);
    let parts = format!("multipart/form-data; boundary={BOUNDARY}");
    let file = Some(("file.csv", &b"name\nnew\n"[..]));
    for token in [None, Some(""), Some("x"), Some("abcdefghijklmnopqrstuvwxyzABCDEG")] {
        let fields: Vec<(&str, &str)> = token.map(|token| ("csrfmiddlewaretoken", token)).into_iter().collect();
        root.post_as(PATH, &parts, &multipart(&fields, file)).expect(403);
    }
    root.headers
        .push(("origin".to_owned(), "http://evil.example".to_owned()));
    root.upload(PATH, &[], file).expect(403);
    root.headers.clear();
    let mut anonymous = Browser::new(&server);
    anonymous.set_cookie("csrftoken", "abcdefghijklmnopqrstuvwxyzABCDEF");
    // A file cannot be kept over a login, which the page says.
    let page = anonymous.upload(PATH, &[], file).expect(403);
    assert!(page.has("a[href^='/admin/login/']") && !page.has("#import-preview"));
    // Files are taken by this form alone, and only from users with the permission.
    for path in [
        "/admin/sla/component/add/",
        "/admin/sla/component/",
        "/admin/auth/user/import/",
        "/admin/password_change/",
    ] {
        let status = root.upload(path, &[], file).status();
        assert!([403, 415].contains(&status), "{path} {status}");
    }
    root.headers
        .push(("x-csrftoken".to_owned(), "abcdefghijklmnopqrstuvwxyzABCDEF".to_owned()));
    root.upload("/admin/sla/component/add/", &[], file).expect(415);
    root.post_as(PATH, "text/csv", b"name\nnew\n").expect(415);
    root.upload(PATH, &[], file).expect(200);

    let token = ("csrfmiddlewaretoken", "abcdefghijklmnopqrstuvwxyzABCDEF");
    let whole = multipart(&[token], file);
    for length in [0, 1, 20, whole.len() / 2, whole.len() - 20, whole.len() - 6] {
        let page = root.post_as(PATH, &parts, &whole[..length]);
        assert!([400, 403].contains(&page.status()), "{length}: {}", page.status());
    }
    for content_type in [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=other",
    ] {
        root.post_as(PATH, content_type, &whole).expect(400);
    }
    let large = vec![b'x'; 17 * 1024 * 1024];
    let page = root.upload(PATH, &[], Some(("file.csv", &large))).expect(400);
    assert!(page.html().contains("16 MiB"));
    let mut wide = b"name,description\n".to_vec();
    (0..6).for_each(|number| wide.extend(format!("n{number},{}\n", "y".repeat(600_000)).bytes()));
    let page = root.upload(PATH, &[], Some(("file.csv", &wide))).expect(422);
    assert!(
        page.html().contains("at most 10000 characters"),
        "more than other forms hold is read"
    );
    let mut viewer = staff(database, &server, "viewer", &["sla.view_component"]);
    let page = viewer.upload(PATH, &[], Some(("file.csv", &wide))).expect(400);
    assert!(
        page.html().contains("2.5 MiB"),
        "the body of a user without the permission is not read to its end"
    );
    let form = root.get(PATH).expect(200).form("#import-form");
    let urlencoded = root.submit(&form.set("text", "name\r\nnew\r\n"), ("", "")).expect(200);
    assert!(urlencoded.has("#import-confirm"));
    let after: Vec<String> = contents(database)
        .into_iter()
        .filter(|row| !row.contains("viewer"))
        .collect();
    assert!(after.len() <= before.len() + 1);
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn only_what_was_shown_is_done(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut ada = staff(
        database,
        &server,
        "ada",
        &[
            "sla.add_component",
            "sla.change_component",
            "sla.change_label",
            "sla.add_label",
        ],
    );
    let page = dry(&mut ada, "name,description\na,from ada\nnew,one\n").expect(200);
    let form = page.form("#import-confirm");
    let before = contents(database);
    let refused = |browser: &mut Browser, path: &str, pending: &str, digest: &str| {
        let fields = [("_confirm", "1"), ("pending", pending), ("digest", digest)];
        browser.post(path, &fields).expect(409)
    };
    let (pending, digest) = (
        form.values("pending")[0].to_owned(),
        form.values("digest")[0].to_owned(),
    );
    let others = refused(&mut root, PATH, &pending, &digest);
    assert!(others.html().contains("no longer there") && !others.html().contains("from ada"));
    refused(&mut ada, "/admin/sla/label/import/", &pending, &digest);
    for wrong in ["", "0", "-1", "999999", "x", "9223372036854775808"] {
        refused(&mut ada, PATH, wrong, &digest);
    }
    let page = refused(&mut ada, PATH, &pending, "forged");
    assert!(page.has("#import-confirm") && page.html().contains("Something changed since this was shown"));
    assert_eq!(contents(database), before);

    // Another user was faster: what would be done now is shown, and can be confirmed.
    apply(database, "components: [{name: a, description: meanwhile}, {name: new}]");
    let before = contents(database);
    let page = ada.submit(&form, ("_confirm", "1")).expect(409);
    assert!(page.html().contains("meanwhile"), "{}", page.html());
    assert_eq!(page.texts(".tallies dd")[..2], ["0", "2"]);
    assert_eq!(contents(database), before);
    ada.submit(&page.form("#import-confirm"), ("_confirm", "1")).expect(302);
    let descriptions = database.texts("SELECT description AS value FROM component ORDER BY name");
    assert_eq!(descriptions, ["from ada", "", "one"]);

    // An hour later it is gone, and the broom takes it.
    let page = dry(&mut ada, "name,description\na,late\n").expect(200);
    database.execute("UPDATE pending_import SET expires_at = '2020-01-01 00:00:00'");
    let late = ada.submit(&page.form("#import-confirm"), ("_confirm", "1")).expect(409);
    assert!(late.html().contains("no longer there"));
    assert!(run_on(database, &["clearsessions"]).out.contains("unconfirmed imports"));
    assert_eq!(database.number("SELECT count(*) AS value FROM pending_import"), 0);
    for number in 0..5 {
        dry(&mut ada, &format!("name,description\na,{number}\n")).expect(200);
    }
    assert_eq!(
        database.number("SELECT count(*) AS value FROM pending_import"),
        3,
        "of one user only some are kept"
    );
    assert_eq!(
        database.texts("SELECT description AS value FROM component WHERE name = 'a'"),
        ["from ada"]
    );
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn rubbish_is_nobodys_fault(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let pieces: [&[u8]; 26] = [
        b"name",
        b"value",
        b"enabled",
        b"slo",
        b"labels",
        b"windows",
        b"rules",
        b"id",
        b",",
        b";",
        b"\t",
        b"\n",
        b"\r\n",
        b"\"",
        b"'=",
        b"=",
        b"[{\"name\":",
        b"\"a\"}]",
        b"\\u0000",
        b"\xff",
        b"\0",
        b"{}",
        b"[",
        b"99999999999999999999",
        b"team=x",
        b"\xf0\x9f\x9a\x80",
    ];
    let mut state = 7_u64;
    let mut next = |limit: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("it fits") % limit
    };
    for round in 0..300 {
        let mut bytes = match next(3) {
            0 => b"name,description,labels,slo\n".to_vec(),
            1 => b"[{\"name\": \"a\", \"labels\": ".to_vec(),
            _ => Vec::new(),
        };
        for _ in 0..next(30) {
            bytes.extend_from_slice(pieces[next(pieces.len())]);
        }
        let model = ["component", "label", "slawindow", "calendar"][next(4)];
        let path = format!("/admin/sla/{model}/import/");
        let format = ["", "csv", "json", "x"][next(4)];
        let page = root.upload(&path, &[("format", format)], Some(("x", &bytes)));
        assert!(
            [200, 400, 422].contains(&page.status()),
            "{round}: {} {bytes:?}",
            page.status()
        );
        if page.has("#import-confirm") {
            let page = root.submit(&page.form("#import-confirm"), ("_confirm", "1"));
            assert!(
                [302, 409].contains(&page.status()),
                "{round}: {} {bytes:?}",
                page.status()
            );
        }
        let query = String::from_utf8_lossy(&bytes).replace(|letter: char| !letter.is_ascii_alphanumeric(), "%25");
        let page = root.get(&format!("/admin/sla/{model}/export/?{query}=1&_format={format}"));
        assert!([200, 400].contains(&page.status()), "{round}: {}", page.status());
    }
    let deep = format!("[{}]", "[".repeat(5_000));
    dry(&mut root, &deep).expect(422);
    assert!(!server.log().contains("panicked"));
}
