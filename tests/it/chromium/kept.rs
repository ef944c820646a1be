//! What was typed before a session ended, with scripts and without.

use crate::chromium::SOME;
use crate::support::browser::Browser;
use crate::support::database::Database;
use crate::support::people::{add_user, at_admin, superuser_state};
use crate::support::program::apply;
use crate::support::server::Server;
use crate::support::webdriver::Chromium;

const PASSWORD: &str = "a-Long-enough-1";

struct Stage {
    database: Database,
    server: Server,
    anna: i64,
}

impl Stage {
    fn new() -> Self {
        let database = Database::sqlite();
        apply(&database, SOME);
        let server = Server::start(&database, &[]);
        let anna = add_user(&database, &superuser_state("anna"), Some(PASSWORD));
        add_user(&database, &superuser_state("bert"), Some(PASSWORD));
        Self { database, server, anna }
    }

    fn anna(&self) -> Browser {
        at_admin(&self.database, &self.server, self.anna)
    }

    fn end_sessions(&self) {
        self.database.execute("DELETE FROM login_session");
    }

    fn labels(&self, name: &str) -> Vec<String> {
        let query = format!("SELECT value || ' ' || length(description) AS value FROM label WHERE name = '{name}'");
        self.database.texts(&query)
    }
}

fn log_in(chromium: &Chromium, username: &str) {
    chromium.fill("#id_username", username);
    chromium.fill("#id_password", PASSWORD);
    chromium.click("#login-form button");
}

#[test]
fn a_form_is_drawn_with_what_the_tab_kept() {
    let stage = Stage::new();
    let chromium = Chromium::open(&stage.server)
        .signed_in_as(&stage.anna())
        .expecting_refusals();
    let kept = "return sessionStorage.getItem('sla-monitor.kept');";
    chromium.go("/admin/sla/slawindow/add/?_changelist_filters=q%3Doff");
    chromium.fill("#id_name", "Nights");
    chromium.fill("#id_timezone", "Europe/Berlin");
    chromium.choose("#id_rules-0-kind", "weekly");
    chromium.click("#id_rules-0-weekdays input[value=FR]");
    chromium.fill("#id_rules-0-start_time", "22:00");
    chromium.fill("#id_rules-0-end_time", "06:00");
    stage.end_sessions();
    chromium.click("#slawindow_form .submit-row button[name=_save]");
    chromium.see("#login-kept");
    assert!(
        !chromium.has("[name^='kept.']"),
        "the tab keeps it, and the login leads to the form's own address"
    );
    // A login that fails changes nothing about it.
    chromium.fill("#id_username", "anna");
    chromium.fill("#id_password", "wrong");
    chromium.click("#login-form button");
    chromium.see("#login-error");
    log_in(&chromium, "anna");
    chromium.see("#slawindow_form .errornote");
    assert_eq!(chromium.path(), "/admin/sla/slawindow/add/?_changelist_filters=q%3Doff");
    assert_eq!(chromium.value("#id_name"), "Nights");
    assert_eq!(chromium.value("#id_rules-0-start_time"), "22:00");
    assert_eq!(chromium.run(kept, &[]), serde_json::Value::Null, "it is used once");
    let leaving = "const leaving = new Event('beforeunload', { cancelable: true });
                   window.dispatchEvent(leaving);
                   return leaving.defaultPrevented;";
    assert_eq!(chromium.run(leaving, &[]), true, "it is not saved yet");
    chromium.click("#slawindow_form .submit-row button[name=_save]");
    chromium.see(".messagelist .success");
    let rules = "SELECT count(*) AS value FROM rule r JOIN sla_window w ON w.id = r.window_id WHERE w.name = 'Nights'";
    assert_eq!(stage.database.number(rules), 1);
    assert_eq!(chromium.run(kept, &[]), serde_json::Value::Null);
}

#[test]
fn what_is_typed_while_a_permission_is_taken_away_is_kept_until_it_is_back() {
    let stage = Stage::new();
    let chromium = Chromium::open(&stage.server)
        .signed_in_as(&stage.anna())
        .expecting_refusals();
    let permit = |is_superuser: &str| {
        let sql = format!("UPDATE user_account SET is_superuser = {is_superuser} WHERE username = 'anna'");
        stage.database.execute(&sql);
    };
    let form = "/admin/sla/label/1/change/";
    chromium.go(form);
    chromium.fill("#id_description", "typed before");
    permit("FALSE");
    chromium.click("#label_form button[name=_save]");
    chromium.see("#held");
    // It waits on other pages, and where the form is refused again.
    chromium.go("/admin/");
    chromium.go(form);
    chromium.see("#held");
    permit("TRUE");
    chromium.go(form);
    chromium.see("#label_form .errornote");
    assert_eq!(chromium.value("#id_description"), "typed before");
    chromium.click("#label_form button[name=_save]");
    chromium.see(".messagelist .success");
    let stored = "SELECT description AS value FROM label WHERE id = 1";
    assert_eq!(stage.database.texts(stored), ["typed before"]);
}

#[test]
fn what_the_login_page_cannot_keep_the_tab_does() {
    let stage = Stage::new();
    let chromium = Chromium::open(&stage.server)
        .signed_in_as(&stage.anna())
        .expecting_refusals();
    chromium.go("/admin/sla/label/add/");
    chromium.fill("#id_name", "tier");
    chromium.fill("#id_value", "gold");
    let long = "document.querySelector('#id_description').value = 'y'.repeat(400); document.querySelector('#id_description').maxLength;";
    chromium.run(long, &[]);
    // A field that the form does not know makes it larger than the login page keeps.
    let more = "const more = document.createElement('input'); more.type = 'hidden'; more.name = 'more'; more.value = 'z'.repeat(20000);
                document.querySelector('#label_form').append(more);";
    chromium.run(more, &[]);
    stage.end_sessions();
    chromium.click("#label_form button[name=_save]");
    chromium.see(".kept-by-script");
    chromium.wait("document.querySelector('.notice.kept-by-script').checkVisibility()");
    chromium.click("a.kept-by-script");
    chromium.see("#login-form");
    log_in(&chromium, "anna");
    chromium.see("#label_form .errornote");
    assert_eq!(chromium.value("#id_value"), "gold");
    chromium.click("#label_form button[name=_save]");
    chromium.see(".messagelist .success");
    assert_eq!(stage.labels("tier"), ["gold 400"]);
}

#[test]
fn another_user_does_not_get_it_and_passwords_are_not_kept() {
    let stage = Stage::new();
    let chromium = Chromium::open(&stage.server)
        .signed_in_as(&stage.anna())
        .expecting_refusals();
    let kept = "return sessionStorage.getItem('sla-monitor.kept') ?? '';";
    chromium.go("/admin/auth/user/add/");
    chromium.fill("#id_username", "newcomer");
    chromium.fill("#id_password1", "a-secret-of-16-letters");
    chromium.fill("#id_password2", "a-secret-of-16-letters");
    stage.end_sessions();
    chromium.click("#user_form button[name=_save]");
    chromium.see("#login-kept");
    let text = chromium.run(kept, &[]);
    let text = text.as_str().expect("it is text");
    assert!(text.contains("newcomer") && !text.contains("a-secret"), "{text}");
    let html = chromium.run("return document.documentElement.outerHTML;", &[]);
    assert!(!html.as_str().expect("it is text").contains("a-secret"));
    log_in(&chromium, "bert");
    chromium.see("#user_form");
    assert_eq!(chromium.value("#id_username"), "");
    assert_eq!(chromium.run(kept, &[]), "");
}

#[test]
fn a_dialog_says_that_the_session_has_ended() {
    let stage = Stage::new();
    let chromium = Chromium::open(&stage.server)
        .signed_in_as(&stage.anna())
        .expecting_refusals();
    chromium.go("/admin/sla/component/add/");
    chromium.fill("#id_name", "new-one");
    chromium.click("#add_id_labels");
    chromium.wait("document.querySelector('dialog.related-dialog').open");
    chromium.fill("dialog.related-dialog [name=name]", "tier");
    chromium.fill("dialog.related-dialog [name=value]", "gold");
    stage.end_sessions();
    chromium.click("dialog.related-dialog .submit-row button.default");
    chromium.see("dialog .dialog-error");
    assert!(chromium.text("dialog .dialog-error").contains("Your session has ended"));
    // As it says: logged in again elsewhere, with another CSRF secret.
    let again = stage.anna();
    chromium.set_session(again.cookie("sessionid").expect("anna is in"));
    chromium.run("document.cookie = `csrftoken=${'q'.repeat(32)}; Path=/`;", &[]);
    chromium.click("dialog.related-dialog .submit-row button.default");
    chromium.see("dialog form .errornote");
    assert_eq!(chromium.value("dialog [name=value]"), "gold");
    chromium.click("dialog.related-dialog .submit-row button.default");
    chromium.wait("document.querySelector('#id_labels').selectedOptions[0]?.text === 'tier=gold'");
    // The page below belongs to the session that ended as well, and loses nothing either.
    chromium.click("main form.object-form > .submit-row button[name=_save]");
    chromium.see("#component_form .errornote");
    assert_eq!(chromium.value("#id_name"), "new-one");
    chromium.click("main form.object-form > .submit-row button[name=_save]");
    chromium.see(".messagelist .success");
}

#[test]
fn without_scripts_the_login_page_keeps_it() {
    let stage = Stage::new();
    let chromium = Chromium::without_scripts(&stage.server)
        .signed_in_as(&stage.anna())
        .expecting_refusals();
    chromium.go("/admin/sla/label/add/");
    chromium.fill("#id_name", "tier");
    chromium.fill("#id_value", "gold");
    stage.end_sessions();
    chromium.click("#label_form button[name=_save]");
    chromium.see("#login-kept");
    log_in(&chromium, "anna");
    chromium.see("#label_form .errornote");
    assert_eq!(stage.labels("tier"), Vec::<String>::new());
    chromium.click("#label_form button[name=_save]");
    chromium.see(".messagelist .success");
    assert_eq!(stage.labels("tier"), ["gold 0"]);
}
