//! Names in forms and at the door: no two that look alike, none with what cannot be seen, and old ones stay as they are.

use super::login::{PASSWORD, logged_in, try_login};
use super::typed::errors_beside;
use crate::support::browser::Browser;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_group, add_user, staff_state, superuser, superuser_state};
use crate::support::program::{run_on, run_on_input};
use crate::support::server::Server;

on_both_databases!(
    a_name_that_looks_like_another_is_refused_and_names_it,
    characters_that_cannot_be_seen_are_refused_beside_their_field,
    an_old_name_stays_to_the_byte,
    values_of_a_label_that_look_alike_are_warned_of,
    what_is_said_of_a_label_changes_no_component,
    a_file_opened_and_saved_changes_nothing,
    people_sign_in_under_every_spelling_of_their_name,
    no_spelling_gains_attempts,
);

/// Fields of a form and their values.
type Fields<'a> = &'a [(&'a str, &'a str)];

fn a_name_that_looks_like_another_is_refused_and_names_it(database: &Database) {
    add_user(database, &staff_state("Ünal", &[]), None);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let window = [
        ("timezone", "UTC"),
        ("rules-TOTAL_FORMS", "0"),
        ("rules-INITIAL_FORMS", "0"),
    ];
    let cases: [(&str, &str, Fields<'_>, &str); 4] = [
        ("sla/component", "name", &[], "Straße-1"),
        ("sla/slawindow", "name", &window, "Straße"),
        ("sla/calendar", "name", &window, "Straße"),
        ("auth/group", "name", &[], "Straße"),
    ];
    for (model, field, more, name) in cases {
        let path = format!("/admin/{model}/add/");
        let with = |name: &str| -> Vec<(String, String)> {
            let fields = [&[(field, name)], more].concat();
            fields.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
        };
        let mut post = |name: &str| {
            let fields = with(name);
            let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            root.post(&path, &fields)
        };
        post(name).expect(302);
        let page = post(&name.replace('ß', "SS")).expect(422);
        let errors = errors_beside(&page, field);
        assert!(
            errors.len() == 1 && errors[0].ends_with(&format!("already exists: “{name}”.")),
            "{model}: {errors:?}"
        );
    }
    let user = [
        ("username", "U\u{308}NAL"),
        ("password1", PASSWORD),
        ("password2", PASSWORD),
    ];
    let page = root.post("/admin/auth/user/add/", &user).expect(422);
    assert_eq!(
        errors_beside(&page, "username"),
        ["A user with that username already exists: “Ünal”."]
    );
}

fn characters_that_cannot_be_seen_are_refused_beside_their_field(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let window = [
        ("timezone", "UTC"),
        ("rules-TOTAL_FORMS", "0"),
        ("rules-INITIAL_FORMS", "0"),
    ];
    let cases: [(&str, &str, &str, Fields<'_>, &str); 12] = [
        ("sla/slawindow", "name", "Of\u{200b}fice", &window, "U+200B (number 3)"),
        ("sla/slawindow", "name", "a\nb", &window, "U+000A (number 2)"),
        ("sla/calendar", "name", "\u{202e}secret", &window, "U+202E"),
        ("sla/label", "value", "pro\u{ad}d", &[("name", "env")], "U+00AD"),
        ("sla/component", "name", "a\u{feff}1", &[], "U+FEFF"),
        ("sla/component", "display_name", "a\nb", &[("name", "a1")], "U+000A"),
        ("auth/group", "name", "edit\u{2060}ors", &[], "U+2060"),
        ("auth/group", "name", "a\u{85}b", &[], "U+0085"),
        ("sla/slawindow", "name", "a\u{34f}b", &window, "U+034F"),
        ("sla/calendar", "name", "a\u{fe0f}b", &window, "U+FE0F"),
        ("sla/component", "name", "v\u{e0041}s", &[], "U+E0041"),
        ("sla/label", "value", "\u{2800}", &[("name", "env")], "U+2800"),
    ];
    for (model, field, value, more, words) in cases {
        let fields = [&[(field, value)], more].concat();
        let page = root.post(&format!("/admin/{model}/add/"), &fields).expect(422);
        let errors = errors_beside(&page, field);
        assert!(
            errors.len() == 1 && errors[0].contains(words),
            "{model} {value:?}: {errors:?}"
        );
    }
    // Letters to Unicode, and blank to people.
    for name in ["a\u{3164}b", "a\u{115f}b", "\u{ffa0}"] {
        let password = "correct-battery-9";
        let fields = [("username", name), ("password1", password), ("password2", password)];
        let page = root.post("/admin/auth/user/add/", &fields).expect(422);
        let errors = errors_beside(&page, "username");
        assert!(
            errors.len() == 1 && errors[0].contains("valid username"),
            "{name:?}: {errors:?}"
        );
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn an_old_name_stays_to_the_byte(database: &Database) {
    database.execute(
        "INSERT INTO component (name, display_name) VALUES ('u\u{308}\u{200b}-1', ' a\tb ');
         INSERT INTO sla_window (name, timezone) VALUES (' Of\u{ad}fice', 'UTC'), ('Straße', 'UTC'), ('STRASSE', 'UTC');
         INSERT INTO calendar (name) VALUES ('o\u{308}\tde');
         INSERT INTO label (name, value) VALUES ('team', ' r\u{200b}ed');
         INSERT INTO user_group (name) VALUES ('a\u{308}\u{2060}');
         INSERT INTO user_account (username, password) VALUES ('u\u{308} \u{fb01}', 'x');
         INSERT INTO rule (window_id, position, effect, kind, weekdays, start_time, duration_s, note)
             VALUES (1, 0, 'include', 'weekly', 31, '08:00', 3600, 'a\u{308}\tb ');",
    );
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let objects = [
        ("sla/component/1", "component", "name", "description"),
        ("sla/slawindow/1", "sla_window", "name", "description"),
        ("sla/slawindow/2", "sla_window", "name", "description"),
        ("sla/slawindow/3", "sla_window", "name", "description"),
        ("sla/calendar/1", "calendar", "name", "description"),
        ("sla/label/1", "label", "value", "description"),
        ("auth/user/1", "user_account", "username", "email"),
    ];
    for (path, table, column, touched) in objects {
        let form = format!("#{}_form", path.split('/').nth(1).expect("a path has a model"));
        let id = path.rsplit('/').next().expect("a path has a key");
        let row = format!("SELECT version || ' ' || {column} AS value FROM {table} WHERE id = {id}");
        let before = database.texts(&row);
        let path = format!("/admin/{path}/change/");
        let page = root.get(&path).expect(200).form(&form);
        root.submit(&page, ("_save", "")).expect(302);
        assert_eq!(
            database.texts(&row),
            before,
            "{path}: nothing was touched, nothing changes"
        );
        let page = root.get(&path).expect(200).form(&form);
        root.submit(&page.set(touched, "a@example.org"), ("_save", ""))
            .expect(302);
        let after = database.texts(&row);
        assert_eq!(
            after[0].split_once(' ').map(|(_, name)| name),
            before[0].split_once(' ').map(|(_, name)| name),
            "{path}"
        );
        assert_ne!(after, before, "{path}: the rest can be changed");
    }
    let group = root.get("/admin/auth/group/1/change/").expect(200).form("#group_form");
    root.submit(&group, ("_save", "")).expect(302);
    assert_eq!(
        database.texts("SELECT name AS value FROM user_group"),
        ["a\u{308}\u{2060}"]
    );
    assert_eq!(database.texts("SELECT note AS value FROM rule"), ["a\u{308}\tb "]);
    // A twin may be called otherwise, and not by the other's name.
    let form = root
        .get("/admin/sla/slawindow/3/change/")
        .expect(200)
        .form("#slawindow_form");
    let page = root
        .submit(&form.clone().set("name", "strasse"), ("_save", ""))
        .expect(422);
    assert_eq!(
        errors_beside(&page, "name"),
        ["SLA window with this Name already exists: “Straße”."]
    );
    root.submit(&form.set("name", "Gasse"), ("_save", "")).expect(302);
    assert_eq!(
        database.texts("SELECT name_key AS value FROM sla_window WHERE id = 3"),
        ["gasse"]
    );
}

fn values_of_a_label_that_look_alike_are_warned_of(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let path = "/admin/sla/label/add/";
    root.post(path, &[("name", "env"), ("value", "prod")]).expect(302);
    root.post(path, &[("name", "team"), ("value", "Prod")]).expect(302);
    root.get("/admin/sla/label/").expect(200);
    let saved = root.post(path, &[("name", "env"), ("value", "Prod")]).expect(302);
    let page = root.get(&saved.location()).expect(200);
    assert_eq!(
        page.texts("ul.messagelist > li.warning"),
        ["“env=prod” looks like “env=Prod”; for Prometheus they are two different values."]
    );
    assert_eq!(database.number("SELECT count(*) AS value FROM label"), 3);
}

fn what_is_said_of_a_label_changes_no_component(database: &Database) {
    run_on_input(
        database,
        &["apply", "-"],
        "components: [{name: api, labels: {team: red}}]",
    )
    .ok();
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let stamp = || database.number("SELECT row_version AS value FROM component");
    let mut save = |name: &str, value: &str| {
        let form = root.get("/admin/sla/label/1/change/").expect(200).form("#label_form");
        root.submit(&form.set(name, value), ("_save", "")).expect(302);
    };
    let before = stamp();
    save("description", "Who pays.");
    assert_eq!(stamp(), before);
    assert_eq!(database.texts("SELECT description AS value FROM label"), ["Who pays."]);
    save("value", "blue");
    assert!(stamp() > before);
    assert_eq!(database.texts("SELECT value FROM label"), ["blue"]);
}

fn a_file_opened_and_saved_changes_nothing(database: &Database) {
    let file = "
calendars: [{name: Feiertage, description: \"a\\r\\nb\\n\", rules: [{type: dates, dates: [{date: '2990-12-25', name: ' Weihnacht '}], start: '00:00', duration_s: 60, note: ' x '}]}]
windows:
- name: Bu\u{308}ro
  timezone: UTC
  description: |
    one

    two
  rules: [{type: weekly, days: [MO], start: '09:00', duration_s: 60, note: 'fru\u{308}h '}]
components: [{name: api, display_name: ' API ', description: \"x\\n\", labels: {team: ' red'}, windows: [Büro]}]
labels: [{name: team, value: red, description: \"y\\n\"}]
";
    run_on_input(database, &["apply", "-"], file).ok();
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let export = run_on(database, &["export"]).ok();
    for (path, form) in [
        ("sla/calendar/1", "#calendar_form"),
        ("sla/slawindow/1", "#slawindow_form"),
        ("sla/component/1", "#component_form"),
        ("sla/label/1", "#label_form"),
    ] {
        let path = format!("/admin/{path}/change/");
        let page = root.get(&path).expect(200).form(form);
        root.submit(&page, ("_save", "")).expect(302);
    }
    assert_eq!(
        database.number("SELECT count(*) AS value FROM log_entry WHERE action = 'change'"),
        0
    );
    assert_eq!(run_on(database, &["export"]).ok(), export);
    assert_eq!(
        run_on_input(database, &["apply", "-"], file).ok(),
        "0 added, 0 changed, 0 deleted\n"
    );
}

fn people_sign_in_under_every_spelling_of_their_name(database: &Database) {
    add_user(database, &superuser_state(" A\u{30a}sa "), Some(PASSWORD));
    add_group(database, "x", &[]);
    assert_eq!(database.texts("SELECT username AS value FROM user_account"), ["Åsa"]);
    let server = Server::start(database, &[]);
    for spelling in ["Åsa", "åsa", " ÅSA ", "a\u{30a}sa", "\u{212b}sa", "Åｓa"] {
        logged_in(&server, spelling, PASSWORD);
    }
    let answers = "x-secret-x-9\nx-secret-x-9\n";
    let said = run_on_input(database, &["changepassword", " A\u{30a}SA"], answers).ok();
    assert!(said.ends_with("password of Åsa changed\n"), "{said}");
    logged_in(&server, "åsa", "x-secret-x-9");
    assert!(
        run_on(database, &["createsuperuser", "--noinput", "--username", "a\u{30a}sa"])
            .err
            .contains("SLA_MONITOR_SUPERUSER_PASSWORD")
    );
}

fn no_spelling_gains_attempts(database: &Database) {
    add_user(database, &superuser_state("Straße"), Some(PASSWORD));
    let server = Server::start(database, &[]);
    let mut browser = Browser::new(&server);
    for spelling in ["Straße", "STRASSE", " strasse", "straſſe", "ＳTRASSE"] {
        try_login(&mut browser, spelling, "wrong").expect(422);
    }
    try_login(&mut browser, "strasse ", PASSWORD).expect(429);
}
