//! Tokens in the admin: one's own, and those of all users.

use sla_monitor::auth::token::{self, TokenScope, TokenSecret};
use sla_monitor::clock::{Clock, SystemClock};

use super::add_token;
use crate::support::browser::{Browser, Form, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, at_admin, staff, staff_state, superuser, superuser_state};
use crate::support::server::Server;

on_both_databases!(
    a_token_is_made_with_a_fresh_password_and_shown_once,
    wrong_wishes_make_no_token,
    users_revoke_their_own_tokens_and_no_others,
    tokens_of_all_users_are_listed_and_revoked_with_a_permission,
    a_cookie_opens_no_api_and_a_token_no_admin,
);

const PASSWORD: &str = "correct-battery-9";
const OWN: &str = "/admin/tokens/";
const LIST: &str = "/admin/auth/token/";

/// A user of the admin with a password, logged in.
fn ada(database: &Database, server: &Server) -> (i64, Browser) {
    let id = add_user(database, &staff_state("ada", &[]), Some(PASSWORD));
    (id, at_admin(database, server, id))
}

#[track_caller]
fn form(browser: &mut Browser, name: &str) -> Form {
    let form = browser.get(OWN).expect(200).form("#token-form");
    assert_eq!(form.values("expires"), ["90"]);
    form.set("name", name)
        .add("scopes", "read")
        .set("old_password", PASSWORD)
}

/// Adds a token of a user that is valid for a month.
fn token_of(database: &Database, user: i64, name: &str) -> (i64, TokenSecret) {
    let conn = &mut database.connect();
    add_token(conn, user, (name, &[TokenScope::Read]), (SystemClock.now(), 30)).expect("it can be made")
}

/// How many errors each field of the form shows.
fn faults(page: &Page) -> Vec<String> {
    ["name", "scopes", "expires", "old_password"]
        .into_iter()
        .filter(|field| page.has(&format!("#id_{field}_error")))
        .map(str::to_owned)
        .collect()
}

fn a_token_is_made_with_a_fresh_password_and_shown_once(database: &Database) {
    let server = Server::start(database, &["--log-format", "json", "--log-level", "debug"]);
    let (id, mut ada) = ada(database, &server);
    let start = ada.get("/admin/").expect(200);
    assert!(start.attributes("#user-tools a", "href").contains(&OWN.to_owned()));
    assert!(ada.get(OWN).expect(200).text("main").contains("You have no tokens."));
    let form = form(&mut ada, " ci ").add("scopes", "apply").set("expires", "30");
    let made = ada.submit(&form, ("_save", "1")).expect(200);
    assert!(made.answer.header("cache-control").contains("no-store"));
    let shown = made.text("#new-token-secret");
    let secret = TokenSecret::read(shown.trim()).unwrap_or_else(|| panic!("{shown}"));
    assert_eq!(made.texts("#tokens tbody td:first-child"), ["ci"]);
    assert_eq!(faults(&made), [""; 0]);
    let found = token::find(&mut database.connect(), &secret, SystemClock.now()).expect("the database answers");
    let caller = found.expect("it is valid");
    assert_eq!((caller.account.id, caller.title().as_str()), (id, "token ci of ada"));
    assert!(caller.has(TokenScope::Apply) && caller.has(TokenScope::Read) && !caller.has(TokenScope::Metrics));
    // It is in that answer alone.
    for path in [OWN, "/admin/", "/admin/audit/logentry/"] {
        assert!(!ada.get(path).html().contains(&secret.as_str()[5..]), "{path}");
    }
    let messages = database.texts("SELECT messages AS value FROM login_session");
    assert!(messages.iter().all(|messages| messages == "[]"), "{messages:?}");
    server.wait_for_log("\"path\":\"/admin/audit/logentry/\"", 1);
    assert!(!server.log().contains(&secret.as_str()[5..]), "{}", server.log());
    let mut root = superuser(database, &server);
    let log = root.get("/admin/audit/logentry/?content_type=auth.token").expect(200);
    let rows = log.texts("#result_list tbody tr");
    assert_eq!(rows.len(), 1);
    assert!(rows[0].contains("ada") && rows[0].contains("ci of ada"), "{rows:?}");
    assert!(!log.html().contains(&secret.hash()));
}

fn wrong_wishes_make_no_token(database: &Database) {
    let server = Server::start(database, &["--log-format", "json"]);
    let (_, mut ada) = ada(database, &server);
    let valid = form(&mut ada, "ci");
    for (form, expected) in [
        (valid.clone().set("old_password", "wrong"), &["old_password"][..]),
        (valid.clone().set("name", " "), &["name"]),
        (valid.clone().clear("scopes"), &["scopes"]),
        (valid.clone().set("scopes", "everything"), &["scopes"]),
        (valid.clone().set("expires", "367"), &["expires"]),
        (valid.clone().set("expires", "0"), &["expires"]),
        (
            valid.clone().set("expires", "never").set("old_password", ""),
            &["expires", "old_password"],
        ),
    ] {
        let page = ada.submit(&form, ("_save", "1")).expect(422);
        assert_eq!(faults(&page), expected, "{}", page.html());
        assert!(!page.has("#new-token"));
        let kept = page.form("#token-form");
        assert_eq!(kept.values("name"), form.values("name"));
        assert_eq!(kept.values("old_password"), [""], "a password does not come back");
    }
    server.wait_for_log("\"event\":\"old_password_failed\"", 2);
    assert_eq!(database.number("SELECT count(*) AS value FROM api_token"), 0);
    ada.submit(&valid, ("_save", "1")).expect(200);
    let again = ada.submit(&valid, ("_save", "1")).expect(422);
    assert_eq!(faults(&again), ["name"], "an active token has that name");
    // Guesses of the password wait, as those of a login do.
    for _ in 0..5 {
        ada.submit(&valid.clone().set("old_password", "wrong"), ("_save", "1"))
            .expect(422);
    }
    let blocked = ada
        .submit(&valid.clone().set("name", "more"), ("_save", "1"))
        .expect(429);
    assert!(!blocked.answer.header("retry-after").is_empty());
    assert_eq!(database.number("SELECT count(*) AS value FROM api_token"), 1);
}

fn users_revoke_their_own_tokens_and_no_others(database: &Database) {
    let server = Server::start(database, &[]);
    let (id, mut ada) = ada(database, &server);
    let bert = add_user(database, &staff_state("bert", &[]), None);
    let (own, secret) = token_of(database, id, "ci");
    let (other, of_other) = token_of(database, bert, "ci");
    let (expired, _) = token_of(database, id, "expired");
    database.execute(&format!(
        "UPDATE api_token SET expires_at = '2026-01-02 00:00:00' WHERE id = {expired}"
    ));
    database.execute(&format!(
        "UPDATE api_token SET last_used_at = created_at, last_used_address = '192.0.2.7' WHERE id = {own}"
    ));
    let page = ada.get(OWN).expect(200);
    assert_eq!(
        page.attributes("#tokens button[name=revoke]", "value"),
        [own.to_string()]
    );
    let text = page.text("#tokens");
    assert!(
        text.contains("192.0.2.7") && text.contains("expired") && text.contains("never"),
        "{text}"
    );
    for wrong in [other.to_string(), "999999".to_owned(), "x".to_owned(), String::new()] {
        let answer = ada.post(OWN, &[("revoke", &wrong)]).expect(302);
        assert_eq!(answer.location(), OWN);
    }
    ada.get(OWN).expect(200);
    ada.post(OWN, &[("revoke", &own.to_string())]).expect(302);
    let page = ada.get(OWN).expect(200);
    assert!(
        page.text(".messagelist .success")
            .contains("The token “ci” was revoked.")
    );
    assert!(
        !page.has("#tokens button[name=revoke]"),
        "revoked and expired tokens stay listed"
    );
    assert_eq!(page.texts("#tokens tbody tr").len(), 2);
    let conn = &mut database.connect();
    let mut is_valid = |secret| {
        token::find(conn, secret, SystemClock.now())
            .expect("the database answers")
            .is_ok()
    };
    assert!(!is_valid(&secret) && is_valid(&of_other));
    let by =
        database.texts("SELECT actor AS value FROM log_entry WHERE content_type = 'auth.token' AND action = 'change'");
    assert_eq!(by, ["ada"]);
    // Without the permission there is no list of everything, and nothing of one's own is in it either.
    for path in [
        LIST.to_owned(),
        format!("{LIST}{own}/change/"),
        format!("{LIST}{own}/history/"),
    ] {
        ada.get(&path).expect(403);
    }
    ada.post(
        LIST,
        &[("action", "revoke_selected"), ("_selected_action", &other.to_string())],
    )
    .expect(403);
}

#[expect(clippy::too_many_lines, reason = "three tokens, from their list to their history")]
fn tokens_of_all_users_are_listed_and_revoked_with_a_permission(database: &Database) {
    let server = Server::start(database, &[]);
    let (ada, _) = ada(database, &server);
    let bert = add_user(database, &staff_state("bert", &[]), None);
    let (first, _) = token_of(database, ada, "first");
    let (second, _) = token_of(database, ada, "second");
    let (of_bert, _) = token_of(database, bert, "third");
    let mut viewer = staff(database, &server, "viewer", &["auth.view_token"]);
    let list = viewer.get(LIST).expect(200);
    assert_eq!(list.texts("#result_list .field-name").len(), 3);
    assert!(!list.has("select[name=action]"), "a viewer revokes nothing");
    let form = viewer.get(&format!("{LIST}{first}/change/")).expect(200);
    assert!(form.text("main").contains("active") && !form.has("button[name=action]"));
    let revoke = [("action", "revoke_selected"), ("_selected_action", "1"), ("index", "0")];
    viewer.post(LIST, &revoke).expect(302);
    assert_eq!(
        database.number("SELECT count(*) AS value FROM api_token WHERE revoked_at IS NOT NULL"),
        0
    );

    let mut admin = staff(database, &server, "admin", &["auth.change_token", "auth.view_user"]);
    let list = admin.get(LIST).expect(200);
    let form = list.form("#changelist-form").set("action", "revoke_selected");
    let form = form
        .add("_selected_action", &first.to_string())
        .add("_selected_action", &of_bert.to_string());
    admin.submit(&form, ("index", "0")).expect(302);
    let list = admin.get(&format!("{LIST}?state=revoked&o=name")).expect(200);
    assert!(
        list.text(".messagelist .success")
            .contains("2 tokens were changed successfully.")
    );
    assert_eq!(list.texts("#result_list .field-name"), ["first", "third"]);
    for (query, expected) in [
        ("state=active", &["second"][..]),
        ("state=expired", &[]),
        (&format!("user__id__exact={bert}"), &["third"]),
        (&format!("state=revoked&user__id__exact={ada}"), &["first"]),
        ("q=second", &["second"]),
    ] {
        let found = admin.get(&format!("{LIST}?{query}")).expect(200);
        assert_eq!(found.texts("#result_list .field-name"), expected, "{query}");
    }
    let root = add_user(database, &superuser_state("root2"), None);
    let (of_root, _) = token_of(database, root, "of a superuser");
    let form = admin.get(LIST).expect(200).form("#changelist-form");
    let form = form
        .set("action", "revoke_selected")
        .add("_selected_action", &of_root.to_string());
    let refused = admin.submit(&form, ("index", "0"));
    let active = format!("SELECT count(*) AS value FROM api_token WHERE id = {of_root} AND revoked_at IS NULL");
    assert_eq!(database.number(&active), 1, "{}", refused.status());
    admin.get(&format!("{LIST}?state=other")).expect(400);
    admin.get(&format!("{LIST}?hash__startswith=a")).expect(400);
    // The button of one object.
    let page = admin.get(&format!("{LIST}{second}/change/")).expect(200);
    assert_eq!(page.texts("button[name=action]"), ["Revoke"]);
    assert_eq!(page.attributes("button[name=action]", "formaction"), [LIST]);
    assert!(!page.has("button[name=_save]"));
    let fields = [("action", "revoke_selected"), ("_selected_action", &second.to_string())];
    admin.post(LIST, &fields).expect(302);
    let page = admin.get(&format!("{LIST}{second}/change/")).expect(200);
    assert!(page.text("main").contains("revoked"));
    admin
        .post(
            &format!("{LIST}{second}/change/"),
            &[("_version", "2"), ("name", "forged")],
        )
        .expect(403);
    let history = admin.get(&format!("{LIST}{second}/history/")).expect(200);
    let text = history.text("#change-history");
    assert!(
        text.contains("admin") && text.contains("command test") && text.contains("Revoked"),
        "{text}"
    );
    for page in ["add/", "1/delete/", "export/", "import/"] {
        let status = admin.get(&format!("{LIST}{page}")).status();
        assert!([403, 404].contains(&status), "{page}: {status}");
    }
    assert_eq!(
        database.texts("SELECT name AS value FROM api_token WHERE revoked_at IS NULL"),
        ["of a superuser"]
    );
}

fn a_cookie_opens_no_api_and_a_token_no_admin(database: &Database) {
    let server = Server::start(database, &[]);
    let (id, _) = ada(database, &server);
    let (_, secret) = token_of(database, id, "ci");
    let mut program = Browser::new(&server);
    program.headers = vec![("authorization".to_owned(), format!("Bearer {}", secret.as_str()))];
    for path in ["/admin/", OWN, LIST] {
        let page = program.get(path).expect(302);
        assert!(page.location().starts_with("/admin/login/"), "{path}");
    }
}
