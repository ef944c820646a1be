//! Sessions over HTTP: how they end, what they carry to the next page, and passwords, which end them.

use sla_monitor::auth::secret;

use super::login::{PASSWORD, logged_in, try_login};
use super::typed::count;
use crate::support::browser::{Browser, Form};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_group, add_user, at_admin, staff, staff_state, superuser, superuser_state};
use crate::support::server::Server;

on_both_databases!(
    logging_out_takes_a_post,
    rights_are_read_anew_for_every_request,
    a_password_change_ends_all_sessions_but_this,
    a_password_of_another_user_is_set,
    sessions_are_listed_and_ended,
    messages_are_said_once,
    only_a_page_takes_messages,
);

const NEW: &str = "staple-horse-77";

#[track_caller]
fn is_out(browser: &mut Browser) {
    let page = browser.get("/admin/password_change/").expect(302);
    assert!(page.location().starts_with("/admin/login/?next="));
}

fn logging_out_takes_a_post(database: &Database) {
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let token = browser.cookie("sessionid").expect("they are in").to_owned();
    let page = browser.get("/admin/logout/").expect(405);
    assert_eq!(page.answer.header("allow"), "POST");
    browser.send("HEAD", "/admin/logout/", None).expect(405);
    browser.post_exactly("/admin/logout/", "").expect(403);
    let form = browser.get("/admin/").expect(200).form("#logout-form");
    let page = browser.submit(&form, ("", "")).expect(200);
    assert!(page.html().contains("You are logged out"));
    assert!(!page.has("#user-tools"));
    assert_eq!(browser.cookie("sessionid"), None, "the browser forgets it");
    is_out(&mut Browser::with_session(&server, &token));
    is_out(&mut browser);
    assert_eq!(database.number("SELECT count(*) AS value FROM login_session"), 0);
    // Again, by a button on an old page.
    browser.submit(&form, ("", "")).expect(302);
}

fn rights_are_read_anew_for_every_request(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let group = add_group(database, "viewers", &["sla.view_label"]);
    let member = |name: &str| {
        let mut state = staff_state(name, &["sla.view_calendar"]);
        state.groups = [group].into();
        add_user(database, &state, None)
    };
    let change = |root: &mut Browser, id: i64, change: &dyn Fn(Form) -> Form| {
        let form = root
            .get(&format!("/admin/auth/user/{id}/change/"))
            .expect(200)
            .form("#user_form");
        root.submit(&change(form), ("_save", "Save")).expect(302);
    };

    let id = member("disabled");
    let mut browser = at_admin(database, &server, id);
    browser.get("/admin/sla/label/").expect(200);
    change(&mut root, id, &|form| form.clear("is_active"));
    is_out(&mut browser);
    change(&mut root, id, &|form| form.set("is_active", "on"));
    is_out(&mut browser);

    let id = member("no-staff");
    let mut browser = at_admin(database, &server, id);
    browser.get("/admin/sla/label/").expect(200);
    change(&mut root, id, &|form| form.clear("is_staff"));
    is_out(&mut browser);

    let id = member("less");
    let mut browser = at_admin(database, &server, id);
    browser.get("/admin/sla/calendar/").expect(200);
    change(&mut root, id, &|form| form.clear("user_permissions"));
    browser.get("/admin/sla/calendar/").expect(403);
    browser.get("/admin/sla/label/").expect(200);
    change(&mut root, id, &|form| form.clear("groups"));
    browser.get("/admin/sla/label/").expect(403);
    browser.get("/admin/sla/").expect(404);
    change(&mut root, id, &|form| form.set("is_superuser", "on"));
    browser.get("/admin/auth/user/add/").expect(200);

    let id = member("of-group");
    let mut browser = at_admin(database, &server, id);
    browser.get("/admin/sla/label/").expect(200);
    let form = root
        .get(&format!("/admin/auth/group/{group}/change/"))
        .expect(200)
        .form("#group_form");
    root.submit(&form.clear("permissions"), ("_save", "Save")).expect(302);
    browser.get("/admin/sla/label/").expect(403);
    let form = root
        .get(&format!("/admin/auth/user/{id}/delete/"))
        .expect(200)
        .form("main form");
    root.submit(&form, ("", "")).expect(302);
    is_out(&mut browser);
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn a_password_change_ends_all_sessions_but_this(database: &Database) {
    let server = Server::start(database, &[]);
    // No user needs a permission for their own.
    let ada = add_user(database, &staff_state("ada", &[]), Some(PASSWORD));
    let mut bert = staff(database, &server, "bert", &[]);
    let mut here = at_admin(database, &server, ada);
    let mut there = at_admin(database, &server, ada);
    let url = "/admin/password_change/";
    let form = |here: &mut Browser, old: &str, first: &str, second: &str| {
        let form = here.get(url).expect(200).form("main form");
        assert_eq!(form.values("old_password"), [""]);
        form.set("old_password", old)
            .set("new_password1", first)
            .set("new_password2", second)
    };
    let stored = "SELECT password AS value FROM user_account WHERE username = 'ada'";
    let before = database.texts(stored);
    let cases = [
        ("wrong", NEW, NEW, "old_password", "entered incorrectly"),
        ("", NEW, NEW, "old_password", "entered incorrectly"),
        (PASSWORD, NEW, "other", "new_password2", "didn’t match"),
        (PASSWORD, "", "", "new_password1", "required"),
        (PASSWORD, "ada", "ada", "new_password2", "too short"),
        (PASSWORD, "ada", "ada", "new_password2", "too similar to the username"),
        (PASSWORD, "password", "password", "new_password2", "too common"),
        (
            PASSWORD,
            "8402957163",
            "8402957163",
            "new_password2",
            "entirely numeric",
        ),
        (
            PASSWORD,
            &"x".repeat(5000),
            &"x".repeat(5000),
            "new_password2",
            "too long",
        ),
    ];
    for (old, first, second, field, complaint) in cases {
        let form = form(&mut here, old, first, second);
        let page = here.submit(&form, ("_save", "1")).expect(422);
        let errors = page.texts(&format!(".field-{field} ul.errorlist")).join(" ");
        assert!(errors.contains(complaint), "{old} {first:.20}: {errors}");
        for typed in [old, first, second].into_iter().filter(|typed| typed.len() > 4) {
            assert!(
                !page.html().contains(&format!("value=\"{typed}\"")),
                "passwords are not shown again"
            );
        }
    }
    // Everything that is wrong is shown at once.
    let wrong = form(&mut here, "wrong", "123", "123");
    let page = here.submit(&wrong, ("_save", "1")).expect(422);
    assert_eq!(
        page.texts("ul.errorlist li").len(),
        3,
        "{:?}",
        page.texts("ul.errorlist li")
    );
    assert_eq!(database.texts(stored), before);
    there.get("/admin/").expect(200);

    let token = here.cookie("sessionid").expect("they are in").to_owned();
    let right = form(&mut here, PASSWORD, NEW, NEW);
    let page = here.submit(&right, ("_save", "1")).expect(302);
    assert_eq!(page.location(), "/admin/password_change/done/");
    let page = here.get("/admin/").expect(200);
    assert!(
        page.text("ul.messagelist > li.success")
            .contains("Your password was changed")
    );
    assert_ne!(here.cookie("sessionid"), Some(token.as_str()), "under another token");
    is_out(&mut Browser::with_session(&server, &token));
    is_out(&mut there);
    bert.get("/admin/").expect(200);
    try_login(&mut there, "ada", PASSWORD).expect(422);
    try_login(&mut there, "ada", NEW).expect(302);
    assert_ne!(database.texts(stored), before);
    let audit_log = database.texts("SELECT coalesce(before, '') || coalesce(after, '') AS value FROM log_entry");
    assert!(
        audit_log
            .iter()
            .all(|entry| !entry.contains("argon2") && !entry.contains(NEW)),
        "{audit_log:?}"
    );
    // By hand in the database, too.
    database.execute("UPDATE user_account SET password = '!' WHERE username = 'ada'");
    is_out(&mut here);
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn a_password_of_another_user_is_set(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let helper = add_user(database, &staff_state("helper", &["auth.change_user"]), Some(PASSWORD));
    let ada = add_user(database, &staff_state("ada", &[]), Some(PASSWORD));
    let chief = add_user(database, &superuser_state("chief"), Some(PASSWORD));
    let mut at_ada = at_admin(database, &server, ada);
    let mut at_helper = at_admin(database, &server, helper);
    let url = |id: i64| format!("/admin/auth/user/{id}/password/");
    let page = root.get(&format!("/admin/auth/user/{ada}/change/")).expect(200);
    assert!(
        page.attributes("a", "href").contains(&url(ada)),
        "the way there is on the page"
    );
    let form = |browser: &mut Browser, id: i64, first: &str, second: &str| {
        let form = browser.get(&url(id)).expect(200).form("main form");
        form.set("password1", first).set("password2", second)
    };
    let weak = form(&mut root, ada, "ada", "ada");
    let page = root.submit(&weak, ("set-password", "1")).expect(422);
    assert!(page.texts("ul.errorlist").join("").contains("too short"));
    at_ada.get("/admin/").expect(200);
    let strong = form(&mut root, ada, NEW, NEW);
    let page = root.submit(&strong, ("set-password", "1")).expect(302);
    assert_eq!(page.location(), format!("/admin/auth/user/{ada}/change/"));
    is_out(&mut at_ada);
    try_login(&mut at_ada, "ada", PASSWORD).expect(422);
    try_login(&mut at_ada, "ada", NEW).expect(302);

    // A user with the permission to change users sets their own password and any other, except a superuser's.
    let again = form(&mut at_helper, ada, "once-more-12", "once-more-12");
    at_helper.submit(&again, ("set-password", "1")).expect(302);
    is_out(&mut at_ada);
    let token = root.cookie("sessionid").expect("root is in").to_owned();
    for superuser in [
        chief,
        database.number("SELECT id AS value FROM user_account WHERE username = 'root'"),
    ] {
        at_helper.get(&url(superuser)).expect(403);
        let pair = [("password1", NEW), ("password2", NEW), ("set-password", "1")];
        at_helper.post(&url(superuser), &pair).expect(403);
    }
    Browser::with_session(&server, &token).get("/admin/").expect(200);
    logged_in(&server, "chief", PASSWORD);
    let own = form(&mut at_helper, helper, NEW, NEW).set("old_password", PASSWORD);
    at_helper.submit(&own, ("set-password", "1")).expect(302);
    at_helper.get("/admin/").expect(200);
    at_helper.get(&url(999_999)).expect(302);
    at_ada = logged_in(&server, "ada", "once-more-12");
    // The user's own is not taken away, another user's is.
    assert!(!at_helper.get(&url(helper)).expect(200).has("[name=unset-password]"));
    at_helper.post(&url(helper), &[("unset-password", "1")]).expect(422);
    at_helper.get("/admin/").expect(200);
    let gone = form(&mut root, ada, "", "");
    root.submit(&gone, ("unset-password", "1")).expect(302);
    is_out(&mut at_ada);
    try_login(&mut at_ada, "ada", "once-more-12").expect(422);
    try_login(&mut at_ada, "ada", "!").expect(422);
    let strong = form(&mut root, ada, NEW, NEW).clear("must_change");
    root.submit(&strong, ("set-password", "1")).expect(302);
    at_ada = logged_in(&server, "ada", NEW);
    at_ada.get(&url(ada)).expect(403);
    at_ada
        .post(&url(ada), &[("password1", NEW), ("password2", NEW)])
        .expect(403);
}

fn sessions_are_listed_and_ended(database: &Database) {
    let server = Server::start(database, &[]);
    let ada = add_user(database, &staff_state("ada", &[]), None);
    let mut here = at_admin(database, &server, ada);
    let mut there = at_admin(database, &server, ada);
    let mut bert = staff(database, &server, "bert", &[]);
    let page = here.get("/admin/sessions/").expect(200);
    assert_eq!(page.texts("main tbody tr").len(), 2);
    assert_eq!(
        page.texts("main tbody tr")
            .iter()
            .filter(|row| !row.contains("End session"))
            .count(),
        1
    );
    for browser in [&here, &there, &bert] {
        let token = browser.cookie("sessionid").expect("they are in");
        assert!(!page.html().contains(token), "no token is shown");
    }
    let ids = page.attributes("main button[name=session]", "value");
    assert_eq!(ids.len(), 1);
    is_out(&mut Browser::with_session(&server, &ids[0]));
    let berts = secret::digest(bert.cookie("sessionid").expect("bert is in"));
    for nothing in [berts.as_str(), "", "x", "\0", &"f".repeat(100_000)] {
        here.post("/admin/sessions/", &[("session", nothing)]).expect(302);
        let page = here.get("/admin/sessions/").expect(200);
        assert!(page.text("ul.messagelist > li.warning").contains("had ended"));
    }
    bert.get("/admin/").expect(200);
    there.get("/admin/").expect(200);
    let form = page.form("main tbody form");
    here.submit(&form, ("session", &ids[0])).expect(302);
    is_out(&mut there);
    let page = here.get("/admin/sessions/").expect(200);
    assert!(page.text("ul.messagelist > li.success").contains("has ended"));
    assert_eq!(page.texts("main tbody tr").len(), 1);

    // One that is over by itself, one that was deleted, one that is ended from within.
    let over = at_admin(database, &server, ada);
    let id = secret::digest(over.cookie("sessionid").expect("it began"));
    database.execute(&format!(
        "UPDATE login_session SET expires_at = created_at WHERE id_hash = '{id}'"
    ));
    let gone = at_admin(database, &server, ada);
    let id = secret::digest(gone.cookie("sessionid").expect("it began"));
    database.execute(&format!("DELETE FROM login_session WHERE id_hash = '{id}'"));
    for mut browser in [over, gone] {
        is_out(&mut browser);
    }
    assert_eq!(here.get("/admin/sessions/").expect(200).texts("main tbody tr").len(), 1);
    let own = secret::digest(here.cookie("sessionid").expect("it is in"));
    here.post("/admin/sessions/", &[("session", &own)]).expect(302);
    assert_eq!(here.cookie("sessionid"), None);
    is_out(&mut here);
    for token in ["", "x", "é", &"a".repeat(64), &"a".repeat(8000)] {
        is_out(&mut Browser::with_session(&server, token));
    }
}

fn messages_are_said_once(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let add = |root: &mut Browser, name: &str| {
        root.post("/admin/sla/label/add/", &[("name", name), ("value", "<b>x</b>")])
            .expect(302);
    };
    let said = |root: &mut Browser, path: &str| root.get(path).texts("ul.messagelist > li");
    add(&mut root, "one");
    // Neither a look at the head, nor data, nor a way elsewhere shows anything.
    root.send("HEAD", "/admin/", None).expect(200);
    root.get("/admin/sla/label").expect(301);
    root.get("/admin/autocomplete/?app_label=sla&model_name=component&field_name=labels&term=")
        .expect(200);
    root.get("/admin/sla/label/999999/change/").expect(302);
    add(&mut root, "two");
    let messages = said(&mut root, "/admin/auth/");
    assert_eq!(messages.len(), 3, "{messages:?}");
    assert!(messages[0].contains("one") && messages[1].contains("999999") && messages[2].contains("two"));
    assert!(messages[2].contains("<b>x</b>"), "as it was typed: {messages:?}");
    assert_eq!(said(&mut root, "/admin/auth/"), Vec::<String>::new());
    // They belong to the session, not to the user.
    add(&mut root, "three");
    let id = database.number("SELECT id AS value FROM user_account");
    let mut elsewhere = at_admin(database, &server, id);
    assert_eq!(said(&mut elsewhere, "/admin/"), Vec::<String>::new());
    // A page that is no page of success says them too.
    assert_eq!(said(&mut root, "/admin/nowhere/").len(), 1);
    assert_eq!(said(&mut root, "/admin/"), Vec::<String>::new());
}

/// Counts how often the messages of a session are written, from now on.
fn count_writes_of_messages(database: &Database) {
    let when = "AFTER UPDATE OF messages ON login_session";
    database.execute("CREATE TABLE written (times INTEGER)");
    database.execute(&if database.is_postgres() {
        format!(
            "CREATE FUNCTION written() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN INSERT INTO written VALUES (1); RETURN NULL; END $$; \
             CREATE TRIGGER written {when} FOR EACH ROW EXECUTE FUNCTION written()"
        )
    } else {
        format!("CREATE TRIGGER written {when} BEGIN INSERT INTO written VALUES (1); END")
    });
}

/// A form reads its rows back while its save is on the way: had that the messages for a moment, the page that comes next would not say them.
fn only_a_page_takes_messages(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    root.post("/admin/sla/label/add/", &[("name", "team"), ("value", "shop")])
        .expect(302);
    count_writes_of_messages(database);
    root.get("/admin/autocomplete/?app_label=sla&model_name=component&field_name=labels&term=")
        .expect(200);
    root.get("/admin/sla/slawindow/read-row/?row=0&rules-0-kind=weekly&rules-0-start_time=22:00")
        .expect(200);
    root.get("/admin/palette/?q=team").expect(200);
    root.get("/admin/sla/label/export/?_format=csv").expect(200);
    root.get("/admin/sla/label").expect(301);
    root.send("HEAD", "/admin/", None).expect(200);
    // Pages of which a script shows a part: a form in a dialog, and what a filter offers.
    root.headers
        .push(("x-requested-with".to_owned(), "XMLHttpRequest".to_owned()));
    root.get("/admin/sla/label/add/?_popup=1").expect(200);
    root.get("/admin/sla/component/").expect(200);
    root.headers.clear();
    assert_eq!(count(database, "written"), 0);
    assert_eq!(root.get("/admin/sla/label/").texts("ul.messagelist > li").len(), 1);
    assert_eq!(count(database, "written"), 1);
}
