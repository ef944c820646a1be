//! Views of lists that users keep for themselves.

use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

const LIST: &str = "/admin/sla/component/";
const VIEWS: &str = "/admin/sla/component/views/";

fn tabs(page: &Page) -> Vec<String> {
    page.texts("nav.views li a")
}

/// Keeps what the list of `query` shows.
fn keep(browser: &mut Browser, query: &str, name: &str, is_default: bool) -> Page {
    let form = browser
        .get(&format!("{LIST}{query}"))
        .expect(200)
        .form("#save-view-form");
    let form = form.set("name", name);
    let form = if is_default { form.set("default", "on") } else { form };
    browser.submit(&form, ("do", "save"))
}

fn key(database: &Database, name: &str) -> String {
    database.texts(&format!("SELECT id AS value FROM saved_view WHERE name = '{name}'"))[0].clone()
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn views_are_kept_and_found_again(database: &Database) {
    apply(database, "components: [{name: a}, {name: b, enabled: false}]");
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut other = staff(database, &server, "other", &["sla.view_component", "sla.view_label"]);
    assert!(tabs(&root.get(LIST).expect(200)).is_empty());

    let answer = keep(
        &mut root,
        "?enabled__exact=0&o=-name&p=1&slo__gte=&_columns=name&_columns=state",
        "Off",
        false,
    );
    assert_eq!(
        answer.location(),
        format!("{LIST}?enabled__exact=0&o=-name&_columns=name%2Cstate")
    );
    let page = root.get(&answer.location()).expect(200);
    assert_eq!(tabs(&page), ["All", "Off", "Manage views"]);
    assert_eq!(page.texts("nav.views a[aria-current=page]"), ["Off"]);
    assert_eq!(page.texts("td.field-name"), ["b"]);
    let page = root.get(LIST).expect(200);
    assert_eq!(page.texts("nav.views a[aria-current=page]"), ["All"]);

    // Names are the user's own, once each; what is refused is not lost.
    for name in ["off", "", "  ", "a\u{7}b", "a\u{202e}b", "a\u{200b}b", &"x".repeat(61)] {
        let page = keep(&mut root, "?q=zzz", name, false).expect(422);
        assert_eq!(page.form("#save-view-form").values("query"), ["q=zzz"], "{name}");
    }
    keep(&mut other, "?enabled__exact=1", "Off", false).expect(302);
    assert_eq!(other.get(LIST).expect(200).texts("nav.views li").len(), 3);
    let fields = [("do", "save"), ("name", "Bad"), ("query", "password__startswith=x")];
    root.post(VIEWS, &fields).expect(400);
    let long = format!("q={}", "ü".repeat(190));
    root.post(VIEWS, &[("do", "save"), ("name", "Long"), ("query", &long)])
        .expect(302);
    let far = format!(
        "q={}&_columns=name&labels__id__exact={}",
        "ü".repeat(200),
        "9".repeat(18)
    )
    .repeat(2);
    assert!(
        [400, 422].contains(
            &root
                .post(VIEWS, &[("do", "save"), ("name", "Far"), ("query", &far)])
                .status()
        )
    );

    // What belongs to another user is not touched.
    let id = key(database, "Long");
    for action in ["rename", "default", "delete"] {
        other
            .post(VIEWS, &[("do", action), ("view", &id), ("name", "Mine now")])
            .expect(302);
        root.post(
            "/admin/sla/label/views/",
            &[("do", action), ("view", &id), ("name", "Elsewhere")],
        )
        .expect(302);
    }
    assert_eq!(
        database.texts("SELECT name AS value FROM saved_view WHERE is_default"),
        Vec::<String>::new()
    );
    root.post(VIEWS, &[("do", "rename"), ("view", &id), ("name", "OFF")])
        .expect(422);
    root.post(VIEWS, &[("do", "rename"), ("view", &id), ("name", "Umlauts")])
        .expect(302);
    root.post(VIEWS, &[("do", "delete"), ("view", &key(database, "Umlauts"))])
        .expect(302);
    for fields in [[("do", "delete"), ("view", "x")], [("do", "nonsense"), ("view", "1")]] {
        root.post(VIEWS, &fields).expect(302);
    }
    let mut stranger = staff(database, &server, "stranger", &["sla.view_label"]);
    stranger.get(VIEWS).expect(403);
    stranger
        .post(VIEWS, &[("do", "save"), ("name", "x"), ("query", "")])
        .expect(403);
    for number in 0..60 {
        let status = root
            .post(
                VIEWS,
                &[("do", "save"), ("name", &format!("v{number}")), ("query", "q=x")],
            )
            .status();
        assert_eq!(status, if number < 49 { 302 } else { 422 }, "{number}");
    }
    // Views are private: the audit log does not record them, and they are deleted with their user.
    assert_eq!(
        database.number("SELECT count(*) AS value FROM log_entry WHERE content_type LIKE '%view%'"),
        0
    );
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn a_default_view_hides_no_rows_for_good(database: &Database) {
    apply(database, "components: [{name: a}, {name: b, enabled: false}]");
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut other = staff(database, &server, "other", &["sla.view_component"]);
    keep(&mut root, "?enabled__exact=0", "Off", true).expect(302);
    assert_eq!(
        root.get(LIST).expect(302).location(),
        format!("{LIST}?enabled__exact=0")
    );
    assert_eq!(other.get(LIST).expect(200).texts("td.field-name"), ["a", "b"]);

    // Every way out of the filter leads to all rows.
    let page = root.get(&format!("{LIST}?enabled__exact=0")).expect(200);
    for selector in [
        "ul.chips .clear a",
        "ul.chips li:not(.clear) a",
        "#changelist-filter details[data-filter-title=Enabled] li:first-child a",
        "nav.views li:first-child a",
    ] {
        let link = page.attributes(selector, "href")[0].clone();
        let all = root.get(&format!("{LIST}{link}")).expect(200);
        assert_eq!(all.texts("td.field-name"), ["a", "b"], "{selector}: {link}");
    }
    let page = root.get(&format!("{LIST}?q=nothing")).expect(200);
    let link = page.attributes("p.notice a", "href")[0].clone();
    assert_eq!(
        root.get(&format!("{LIST}{link}")).expect(200).texts("td.field-name"),
        ["a", "b"]
    );
    // A view of the whole list, and another default.
    keep(&mut root, "?_view=", "Whole", true).expect(302);
    assert_eq!(root.get(LIST).expect(200).texts("td.field-name"), ["a", "b"]);
    assert_eq!(
        database.number("SELECT count(*) AS value FROM saved_view WHERE is_default"),
        1
    );
    root.post(VIEWS, &[("do", "default"), ("view", &key(database, "Off"))])
        .expect(302);
    root.get(LIST).expect(302);
    // What the list does not understand is not kept.
    let nonsense = root.post(
        "/admin/audit/logentry/views/",
        &[
            ("do", "save"),
            ("name", "Nonsense"),
            ("query", "content_type=zzz"),
            ("default", "on"),
        ],
    );
    nonsense.expect(400);
    root.get("/admin/audit/logentry/").expect(200);
    // A view that is not there, or another user's, changes nothing.
    keep(&mut other, "?enabled__exact=1", "Theirs", false).expect(302);
    let theirs = key(database, "Theirs");
    for view in ["999999", "x", theirs.as_str()] {
        for action in ["default", "rename", "delete"] {
            root.post(VIEWS, &[("do", action), ("view", view), ("name", "New")])
                .expect(302);
            assert!(
                root.get(VIEWS).expect(200).html().contains("There is no such view."),
                "{action} {view}"
            );
            root.get(LIST).expect(302);
        }
    }
    assert_eq!(key(database, "Theirs"), theirs);
    root.post(VIEWS, &[("do", "default"), ("view", &key(database, "Off"))])
        .expect(302);
    // A default that the list no longer understands is passed over.
    database.execute("UPDATE saved_view SET query = 'gone__exact=1' WHERE name = 'Off'");
    root.get(LIST).expect(200);
    root.post(VIEWS, &[("do", "no_default")]).expect(302);
    let page = root.get(VIEWS).expect(200);
    assert_eq!(page.texts(".saved-view-list li").len(), 2);
    database.execute("DELETE FROM user_account WHERE username = 'root'");
    assert_eq!(database.texts("SELECT name AS value FROM saved_view"), ["Theirs"]);
}

on_both_databases!(views_are_kept_and_found_again, a_default_view_hides_no_rows_for_good);
