//! The time zone of one's own account: for every user, with and without permissions, and in the audit log.

use crate::support::browser::{Browser, percent};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::server::Server;

on_both_databases!(users_set_their_own_zone, a_zone_is_checked_and_changes_no_other_user);

const PAGE: &str = "/admin/timezone/";

fn stored(database: &Database, username: &str) -> String {
    let query = format!(
        "SELECT coalesce(timezone, '-') || ' ' || version AS value FROM user_account WHERE username = '{username}'"
    );
    database.texts(&query).remove(0)
}

fn set(browser: &mut Browser, from: &str, zone: &str) -> String {
    let form = browser.get(from).expect(200).form("#timezone-form");
    browser
        .submit(&form.set("timezone", zone), ("_save", "Save"))
        .expect(302)
        .location()
}

fn users_set_their_own_zone(database: &Database) {
    let server = Server::start(database, &[]);
    let mut plain = staff(database, &server, "plain", &[]);
    let mut root = superuser(database, &server);
    for (browser, name) in [(&mut plain, "plain"), (&mut root, "root")] {
        let page = browser.get("/admin/sessions/?x=1").expect(200);
        assert!(page.text("#footer").starts_with("Times are in UTC."));
        assert!(
            page.has("#zone-offer[hidden]"),
            "an account without a zone is offered one by script"
        );
        let link = page.attributes("#zone-link", "href").remove(0);
        assert_eq!(link, format!("{PAGE}?next={}", percent("/admin/sessions/?x=1")));
        assert_eq!(set(browser, &link, " Asia/Kathmandu "), "/admin/sessions/?x=1");
        let page = browser.get("/admin/").expect(200);
        assert!(
            page.text("ul.messagelist > li.success")
                .contains("Times are shown in Asia/Kathmandu.")
        );
        assert!(page.text("#footer").starts_with("Times are in Asia/Kathmandu."));
        assert!(!page.has("#zone-offer"));
        assert_eq!(stored(database, name), "Asia/Kathmandu 2");
        // The same once more is no change.
        assert_eq!(set(browser, PAGE, "Asia/Kathmandu"), "/admin/");
        assert_eq!(stored(database, name), "Asia/Kathmandu 2");
        let form = browser.get(PAGE).expect(200).form("#timezone-form");
        assert_eq!(form.values("timezone"), ["Asia/Kathmandu"]);
    }
    set(&mut plain, PAGE, "");
    assert_eq!(stored(database, "plain"), "- 3");
    assert!(
        plain
            .get("/admin/")
            .expect(200)
            .text("#footer")
            .starts_with("Times are in UTC.")
    );

    // The audit log keeps it as a change of the user by that user.
    let audit_log = "SELECT l.action || ' ' || l.actor || ' ' || l.object_repr AS value FROM log_entry l WHERE l.user_id IS NOT NULL ORDER BY l.id";
    let by_themselves = ["change plain plain", "change root root", "change plain plain"];
    assert_eq!(database.texts(audit_log), by_themselves);
    let key = database.number("SELECT id AS value FROM user_account WHERE username = 'plain'");
    let page = root.get(&format!("/admin/auth/user/{key}/history/")).expect(200);
    let history = page.text("#change-history");
    assert!(
        history.contains("Time zone") && history.contains("Asia/Kathmandu"),
        "{history}"
    );
    // What was opened before sees it as any other change.
    let form = root
        .get(&format!("/admin/auth/user/{key}/change/"))
        .expect(200)
        .form("#user_form");
    set(&mut plain, PAGE, "Europe/Berlin");
    root.submit(&form.set("first_name", "P"), ("_save", "Save")).expect(409);
}

fn a_zone_is_checked_and_changes_no_other_user(database: &Database) {
    let server = Server::start(database, &[]);
    let mut plain = staff(database, &server, "plain", &[]);
    superuser(database, &server);
    for wrong in ["Mars/Olympus", "europe", "+02:00", "\0", &"x".repeat(10_000)] {
        let page = plain.post(PAGE, &[("timezone", wrong)]).expect(422);
        assert_eq!(page.texts(".field-timezone ul.errorlist li").len(), 1, "{wrong:.20}");
        assert_eq!(
            page.form("#timezone-form").values("timezone"),
            [wrong.replace('\0', "\u{fffd}")]
        );
        assert!(page.text("title").starts_with("Error: "));
    }
    // Other fields of the account are not the page's, and leaving it leads nowhere else.
    let fields = [
        ("timezone", "UTC"),
        ("is_superuser", "on"),
        ("id", "2"),
        ("username", "root"),
        ("next", "//evil.example/"),
    ];
    assert_eq!(plain.post(PAGE, &fields).expect(302).location(), "/admin/");
    assert_eq!(stored(database, "plain"), "UTC 2");
    assert_eq!(stored(database, "root"), "- 1");
    assert_eq!(
        database.number("SELECT count(*) AS value FROM user_account WHERE is_superuser"),
        1
    );
    let mut other = staff(database, &server, "other", &[]);
    other.post_exactly(PAGE, "timezone=UTC").expect(403);
    assert_eq!(stored(database, "other"), "- 1");
    assert_eq!(other.get("/admin/timezone").expect(301).location(), PAGE);
    // UTC that was chosen is not asked about again.
    assert!(!plain.get("/admin/").expect(200).has("#zone-offer"));
}
