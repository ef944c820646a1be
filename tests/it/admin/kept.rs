//! Forms that outlast a session or a login: nothing typed is lost, nothing is carried out by itself, and no other site has a part in it.

use super::login::{PASSWORD, logged_in, try_login};
use crate::support::browser::{Browser, Page, encode, percent};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, superuser_state};
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    a_form_outlasts_its_session,
    a_change_is_kept_with_its_version,
    what_is_too_large_gets_advice,
    a_form_of_an_earlier_login_is_drawn_again,
    lists_and_confirmations_are_drawn_again,
    another_site_plants_nothing,
);

const ADD: &str = "/admin/sla/label/add/";
/// The CSRF secret of another login.
const OTHER_SECRET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef";
/// The CSRF secret of yet another login.
const THIRD_SECRET: &str = "abcdefghijABCDEFGHIJ0123456789ab";

fn start(database: &Database) -> (Server, Browser) {
    let server = Server::start(database, &[]);
    add_user(database, &superuser_state("ada"), Some(PASSWORD));
    let browser = logged_in(&server, "ada", PASSWORD);
    (server, browser)
}

fn labels(database: &Database) -> Vec<String> {
    database.texts("SELECT name || '=' || value AS value FROM label ORDER BY name")
}

fn entries(database: &Database) -> i64 {
    database.number("SELECT count(*) AS value FROM log_entry WHERE user_id IS NOT NULL")
}

/// Ends every session, as an administrator or the end of two weeks does.
fn end_sessions(database: &Database) {
    database.execute("DELETE FROM login_session");
}

/// Logs in once more, as in another tab.
fn log_in_elsewhere(browser: &mut Browser) {
    let fields = [("username", "ada"), ("password", PASSWORD)];
    browser.post("/admin/login/", &fields).expect(302);
}

/// Logs in with the form of a page.
fn log_in(browser: &mut Browser, page: &Page) -> Page {
    let form = page.form("#login-form");
    let form = form.set("username", "ada").set("password", PASSWORD);
    browser.submit(&form, ("", ""))
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn a_form_outlasts_its_session(database: &Database) {
    let (_server, mut browser) = start(database);
    let ends = [
        "DELETE FROM login_session",
        "UPDATE login_session SET expires_at = created_at",
        "UPDATE login_session SET password_stamp = 'another'",
    ];
    for (number, end) in ends.into_iter().enumerate() {
        let name = format!("Nights {number}");
        let form = browser
            .get("/admin/sla/slawindow/add/?_changelist_filters=q%3Dx")
            .expect(200)
            .form("#slawindow_form")
            .set("name", &name)
            .set("description", "two\r\nlines & <b>\"more\"</b>")
            .set("timezone", "Europe/Berlin")
            .set("rules-0-kind", "weekly")
            .add("rules-0-weekdays", "MO")
            .add("rules-0-weekdays", "FR")
            .set("rules-0-start_time", "22:00")
            .set("rules-0-end_time", "06:00");
        database.execute(end);
        let before = entries(database);
        let page = browser.submit(&form, ("_save", "Save")).expect(403);
        assert!(page.text("#login-kept").contains("Nothing was saved"), "{end}");
        assert_eq!(browser.cookie("sessionid").map(str::len), Some(64));
        // A login that fails keeps it too.
        let wrong = page.form("#login-form").set("username", "ada").set("password", "wrong");
        let page = browser.submit(&wrong, ("", "")).expect(422);
        assert!(page.has("#login-kept"));
        let page = log_in(&mut browser, &page).expect(200);
        assert_eq!(entries(database), before, "nothing is saved by itself");
        assert!(
            page.text("#slawindow_form .errornote")
                .contains("Nothing was saved yet")
        );
        assert!(page.text("#user-tools").contains("ada"));
        let form = page.form("#slawindow_form");
        assert_eq!(form.values("name"), [name.as_str()]);
        assert_eq!(form.values("description"), ["two\r\nlines & <b>\"more\"</b>"]);
        assert_eq!(form.values("rules-0-weekdays"), ["MO", "FR"]);
        assert_eq!(form.values("rules-0-start_time"), ["22:00"]);
        let page = browser.submit(&form, ("_save", "Save")).expect(302);
        assert_eq!(page.location(), "/admin/sla/slawindow/?q=x");
        assert_eq!(entries(database), before + 1);
    }
    // Passwords never come back.
    let form = browser
        .get("/admin/auth/user/add/")
        .expect(200)
        .form("#user_form")
        .set("username", "newcomer")
        .set("password1", "a-secret-of-16-letters")
        .set("password2", "a-secret-of-16-letters");
    end_sessions(database);
    let page = browser.submit(&form, ("_save", "Save")).expect(403);
    assert!(!page.html().contains("a-secret-of-16-letters"));
    let page = log_in(&mut browser, &page).expect(200);
    assert!(!page.html().contains("a-secret-of-16-letters"));
    let form = page.form("#user_form");
    assert_eq!(
        (form.values("username"), form.values("password1")),
        (vec!["newcomer"], vec![""])
    );
    let form = browser.get("/admin/password_change/").expect(200).form("main form");
    end_sessions(database);
    let form = form
        .set("old_password", PASSWORD)
        .set("new_password1", "a-secret-of-16-letters")
        .set("new_password2", "a-secret-of-16-letters");
    let page = browser.submit(&form, ("_save", "1")).expect(403);
    let page = log_in(&mut browser, &page).expect(200);
    assert!(
        page.text("ul.messagelist > li.warning")
            .contains("Nothing was saved yet")
    );
    assert!(!page.html().contains("a-secret-of-16-letters") && !page.html().contains(PASSWORD));
    assert_eq!(page.form("main form").values("new_password1"), [""]);
}

fn a_change_is_kept_with_its_version(database: &Database) {
    let (server, mut browser) = start(database);
    apply(database, "labels: [{name: team, value: x}]");
    let key = database.number("SELECT id AS value FROM label");
    let url = format!("/admin/sla/label/{key}/change/");
    let form = browser.get(&url).expect(200).form("#label_form");
    let mut other = logged_in(&server, "ada", PASSWORD);
    end_sessions(database);
    let page = browser
        .submit(&form.set("value", "mine"), ("_save", "Save"))
        .expect(403);
    // Another user changes it while the login page is open.
    try_login(&mut other, "ada", PASSWORD).expect(302);
    let theirs = other.get(&url).expect(200).form("#label_form").set("value", "theirs");
    other.submit(&theirs, ("_save", "Save")).expect(302);
    let form = log_in(&mut browser, &page).expect(200).form("#label_form");
    assert_eq!(
        (form.values("value"), form.values("_version")),
        (vec!["mine"], vec!["1"])
    );
    let page = browser.submit(&form, ("_save", "Save")).expect(409);
    assert_eq!(page.form("#label_form").values("value"), ["mine"]);
    // What was deleted meanwhile is offered anew, as for any save.
    let form = page.form("#label_form");
    end_sessions(database);
    let page = browser.submit(&form, ("_save", "Save")).expect(403);
    database.execute("DELETE FROM label");
    log_in(&mut browser, &page).expect(302);
    // A user without the permission to change it does not see the form.
    add_user(
        database,
        &crate::support::people::staff_state("bert", &["sla.view_component"]),
        Some(PASSWORD),
    );
    let form = page
        .form("#login-form")
        .set("username", "bert")
        .set("password", PASSWORD);
    let mut bert = Browser::new(&server);
    bert.set_cookie("csrftoken", browser.cookie("csrftoken").expect("it has one"));
    let page = bert.get("/admin/login/").expect(200);
    let token = page.form("#login-form").values("csrfmiddlewaretoken")[0].to_owned();
    let page = bert
        .submit(&form.set("csrfmiddlewaretoken", &token), ("", ""))
        .expect(403);
    assert_eq!(page.text("h1"), "No permission");
    bert.get("/admin/").expect(200);
}

fn what_is_too_large_gets_advice(database: &Database) {
    let (server, mut browser) = start(database);
    let long = "y".repeat(17_000);
    let form = browser
        .get(ADD)
        .expect(200)
        .form("#label_form")
        .set("name", "team")
        .set("value", "x")
        .set("description", &long);
    end_sessions(database);
    let page = browser.submit(&form, ("_save", "Save")).expect(413);
    assert!(
        page.text(".not-kept.notice").contains("larger than the 16 KiB"),
        "{}",
        page.html()
    );
    assert!(!page.html().contains(&long));
    let login = format!("/admin/login/?next={}", percent(ADD));
    assert_eq!(page.attributes("a.not-kept", "href"), [login]);
    // As it says: log in in another tab, and send the form again. Its token is of the session that ended.
    try_login(&mut browser, "ada", PASSWORD).expect(302);
    let page = browser.submit(&form, ("_save", "Save")).expect(403);
    let form = page.form("#label_form");
    assert_eq!(form.values("description"), [long.as_str()]);
    assert_eq!(labels(database), Vec::<String>::new());
    browser
        .submit(&form.set("description", ""), ("_save", "Save"))
        .expect(302);
    assert_eq!(labels(database), ["team=x"]);

    // A file cannot be kept.
    end_sessions(database);
    let import = "/admin/sla/label/import/";
    let file = Some(("labels.csv", &b"name,value\ntier,gold\n"[..]));
    let page = browser.upload(import, &[], file).expect(403);
    assert!(
        page.text(".not-kept.notice").contains("file cannot be kept"),
        "{}",
        page.html()
    );
    try_login(&mut browser, "ada", PASSWORD).expect(302);
    let token = browser.cookie("csrftoken").expect("it has one").to_owned();
    browser.set_cookie("csrftoken", OTHER_SECRET);
    browser.headers = vec![("Origin".to_owned(), server.url.clone())];
    let page = browser
        .upload(import, &[("csrfmiddlewaretoken", &token)], file)
        .expect(403);
    assert!(page.text("p.notice").contains("choose it once more"), "{}", page.html());
    // The text of the same form can be.
    let fields = [
        ("csrfmiddlewaretoken", token.as_str()),
        ("text", "name,value\ntier,gold"),
    ];
    let page = browser.upload(import, &fields, None).expect(403);
    let page = browser.submit(&page.form("#resend-form"), ("", "")).expect(200);
    assert!(page.has("#import-preview"));
    assert_eq!(labels(database), ["team=x"]);
}

fn a_form_of_an_earlier_login_is_drawn_again(database: &Database) {
    let (_server, mut browser) = start(database);
    let form = browser.get(ADD).expect(200).form("#label_form");
    let form = form.set("name", "team").set("value", "<x>");
    log_in_elsewhere(&mut browser);
    let page = browser.submit(&form, ("_save", "Save")).expect(403);
    let note = page.text("#label_form .errornote");
    assert!(note.contains("CSRF") && note.contains("logged in as ada"), "{note}");
    assert!(page.text("title").starts_with("Error: "));
    let again = page.form("#label_form");
    assert_eq!(
        (again.values("name"), again.values("value")),
        (vec!["team"], vec!["<x>"])
    );
    assert_eq!(labels(database), Vec::<String>::new());
    browser.submit(&again, ("_save", "Save")).expect(302);
    assert_eq!(labels(database), ["team=<x>"]);

    // The form of a change, also after a cookie was lost.
    let key = database.number("SELECT id AS value FROM label");
    let form = browser.get(&format!("/admin/sla/label/{key}/change/")).expect(200);
    let form = form.form("#label_form").set("value", "y");
    let session = browser.cookie("sessionid").expect("ada is in").to_owned();
    browser.set_cookie("csrftoken", "none");
    let page = browser.submit(&form, ("_save", "Save")).expect(403);
    browser.submit(&page.form("#label_form"), ("_save", "Save")).expect(302);
    assert_eq!(labels(database), ["team=y"]);
    assert_eq!(browser.cookie("sessionid"), Some(session.as_str()));

    // A copy stays one: saved, it would overwrite what it was copied from.
    let form = browser.get(&format!("/admin/sla/label/{key}/change/")).expect(200);
    let form = form.form("#label_form").set("value", "copy");
    let secret = browser.cookie("csrftoken").expect("it has one").to_owned();
    browser.set_cookie("csrftoken", OTHER_SECRET);
    let page = browser.submit(&form, ("_saveasnew", "Save as new")).expect(403);
    assert_eq!(page.attributes(".submit-row button", "name"), ["_saveasnew"]);
    assert_eq!(page.form("#label_form").values("value"), ["copy"]);
    browser.set_cookie("csrftoken", &secret);

    // In a dialog of another page too.
    let form = browser.get(&format!("{ADD}?_popup=1")).expect(200).form("#label_form");
    browser.set_cookie("csrftoken", OTHER_SECRET);
    let page = browser.submit(&form.set("name", "tier"), ("_save", "Save")).expect(403);
    assert_eq!(page.form("#label_form").values("name"), ["tier"]);

    // Two login pages, of which one was used.
    browser.get("/admin/").expect(200);
    let form = {
        end_sessions(database);
        let form = browser.get("/admin/login/").expect(200).form("#login-form");
        form.set("username", "ada").set("password", PASSWORD)
    };
    try_login(&mut browser, "ada", PASSWORD).expect(302);
    let page = browser.submit(&form, ("", "")).expect(403);
    assert!(page.text("p.errornote").contains("Enter the password again"));
    assert!(!page.html().contains(PASSWORD));
    assert_eq!(page.form("#login-form").values("username"), ["ada"]);
    log_in(&mut browser, &page).expect(302);

    // A page asks by a field of its own for its form to be drawn with what it kept.
    let first = browser
        .get(ADD)
        .expect(200)
        .form("#label_form")
        .set("name", "tier")
        .set("value", "gold");
    let page = browser.submit(&first.add("_redraw", "1"), ("", "")).expect(200);
    assert_eq!(page.form("#label_form").values("value"), ["gold"]);
    assert_eq!(labels(database), ["team=y"]);
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn lists_and_confirmations_are_drawn_again(database: &Database) {
    let (server, mut browser) = start(database);
    apply(
        database,
        "components: [{name: a}, {name: b}, {name: c, enabled: false}]",
    );
    browser.headers = vec![("Origin".to_owned(), server.url.clone())];
    let stale = |browser: &mut Browser| {
        let is_other = browser.cookie("csrftoken") == Some(OTHER_SECRET);
        browser.set_cookie("csrftoken", if is_other { THIRD_SECRET } else { OTHER_SECRET });
    };
    let list = "/admin/sla/component/";
    let before = entries(database);

    // Cells that were edited.
    let form = browser
        .get(list)
        .expect(200)
        .form("#changelist-form")
        .clear("form-0-enabled");
    let form = form.set("form-2-enabled", "on");
    stale(&mut browser);
    let page = browser.submit(&form, ("_save", "Save")).expect(403);
    let again = page.form("#changelist-form");
    assert_eq!(again.values("form-0-enabled"), Vec::<&str>::new());
    assert_eq!(again.values("form-2-enabled"), ["on"]);
    assert!(page.text("#changelist-form ul.errorlist").contains("CSRF"));
    assert_eq!(entries(database), before);
    browser.submit(&again, ("_save", "Save")).expect(302);
    assert_eq!(entries(database), before + 2);

    // An action asks to be sent again.
    let key = database
        .number("SELECT id AS value FROM component WHERE name = 'a'")
        .to_string();
    let act = [
        ("action", "delete_selected"),
        ("index", "0"),
        ("_selected_action", key.as_str()),
    ];
    let token = browser.cookie("csrftoken").expect("it has one").to_owned();
    log_in_elsewhere(&mut browser);
    let fields = [&[("csrfmiddlewaretoken", token.as_str())], &act[..]].concat();
    let page = browser.post_exactly(list, &encode(&fields)).expect(403);
    assert!(page.texts("#resend-form dd").contains(&"delete_selected".to_owned()));
    let page = browser.submit(&page.form("#resend-form"), ("", "")).expect(200);
    let confirm = page.form("#delete-form");
    stale(&mut browser);
    let page = browser.submit(&confirm, ("", "")).expect(403);
    assert_eq!(database.number("SELECT count(*) AS value FROM component"), 3);
    browser.submit(&page.form("#resend-form"), ("", "")).expect(302);
    assert_eq!(database.number("SELECT count(*) AS value FROM component"), 2);

    // One object to be deleted is asked for once more; after a login too.
    let key = database.number("SELECT id AS value FROM component WHERE name = 'b'");
    let url = format!("/admin/sla/component/{key}/delete/");
    let form = browser.get(&url).expect(200).form("#delete-form");
    stale(&mut browser);
    let page = browser.submit(&form, ("", "")).expect(403);
    assert!(page.has("#delete-form"));
    end_sessions(database);
    let page = browser.submit(&page.form("#delete-form"), ("", "")).expect(403);
    let page = log_in(&mut browser, &page).expect(200);
    assert!(
        page.text("ul.messagelist > li.warning")
            .contains("Nothing was saved yet")
    );
    assert_eq!(database.number("SELECT count(*) AS value FROM component"), 2);

    // Fields of many objects.
    let ids = database.texts("SELECT CAST(id AS TEXT) AS value FROM component");
    let mut fields = vec![("action", "change_selected"), ("index", "0")];
    fields.extend(ids.iter().map(|id| ("_selected_action", id.as_str())));
    let form = browser.post(list, &fields).expect(200).form("#bulk-form");
    let form = form.set("_do_description", "set").set("description", "the same");
    end_sessions(database);
    let page = browser.submit(&form, ("_preview", "1")).expect(403);
    let page = log_in(&mut browser, &page).expect(200);
    let form = page.form("#bulk-form");
    assert_eq!(form.values("description"), ["the same"]);
    let page = browser.submit(&form, ("_preview", "1")).expect(200);
    assert!(page.has("#bulk-preview"));

    // An edited list after a login: its cells are named, and sent to the list.
    let form = browser
        .get(list)
        .expect(200)
        .form("#changelist-form")
        .clear("form-0-enabled");
    end_sessions(database);
    let page = browser.submit(&form, ("_save", "Save")).expect(403);
    let page = log_in(&mut browser, &page).expect(200);
    let before = entries(database);
    let page = browser.submit(&page.form("#resend-form"), ("", "")).expect(302);
    assert_eq!(page.location(), list);
    assert_eq!(entries(database), before + 1);
    // To log out is nothing to be kept.
    end_sessions(database);
    let page = browser.post("/admin/logout/", &[]).expect(302);
    assert!(page.location().starts_with("/admin/login/"));
}

fn another_site_plants_nothing(database: &Database) {
    let (server, mut browser) = start(database);
    let token = browser.cookie("csrftoken").expect("it has one").to_owned();
    let body = |token: &str| encode(&[("csrfmiddlewaretoken", token), ("name", "planted"), ("value", "x")]);
    let from = |origin: &str| vec![("Origin".to_owned(), origin.to_owned())];
    // With a session: the origin decides before the token.
    browser.headers = from("http://evil.example");
    for token in [token.as_str(), OTHER_SECRET, ""] {
        let page = browser.post_exactly(ADD, &body(token)).expect(403);
        assert!(!page.html().contains("planted"), "{}", page.html());
    }
    // What says nothing of its origin is drawn only where all of it is seen.
    browser.headers.clear();
    for path in [
        "/admin/sla/label/",
        "/admin/sla/label/views/",
        "/admin/sessions/",
        "/admin/logout/",
    ] {
        let page = browser.post_exactly(path, &body(OTHER_SECRET)).expect(403);
        assert!(!page.html().contains("planted") && !page.has("#resend-form"), "{path}");
    }
    // Without a session too, and an unknown token is worth something only from a page of ours.
    end_sessions(database);
    browser.headers = from("http://evil.example");
    for token in [token.as_str(), OTHER_SECRET, ""] {
        let page = browser.post_exactly(ADD, &body(token)).expect(403);
        assert!(!page.html().contains("planted"), "{}", page.html());
    }
    let large = format!("{}&description={}", body(&token), "y".repeat(20_000));
    browser.post_exactly(ADD, &large).expect(403);
    browser.headers.clear();
    for token in [OTHER_SECRET, "", "x"] {
        let page = browser.post_exactly(ADD, &body(token)).expect(302);
        assert!(page.location().starts_with("/admin/login/"));
    }
    browser.headers = from(&server.url);
    let page = browser.post_exactly(ADD, &body(OTHER_SECRET)).expect(403);
    assert_eq!(page.form("#login-form").values("kept.name"), ["planted"]);
    browser.post_exactly(ADD, &body("")).expect(302);
    // A browser that was never here, as it has no cookie of ours.
    let mut anonymous = Browser::new(&server);
    anonymous.post_exactly(ADD, &body(&token)).expect(302);
    // Nor does another site log a user in with a form of its own.
    browser.headers = from("http://evil.example");
    let login = [
        ("csrfmiddlewaretoken", token.as_str()),
        ("username", "ada"),
        ("password", PASSWORD),
        ("next", ADD),
        ("kept.name", "planted"),
    ];
    let page = browser.post_exactly("/admin/login/", &encode(&login)).expect(403);
    assert!(!page.html().contains("planted"));
    assert_eq!(labels(database), Vec::<String>::new());
    assert_eq!(entries(database), 0);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}
