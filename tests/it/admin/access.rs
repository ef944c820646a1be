//! Who sees nothing: every address by those who have no right to anything. The models come from the program, so that a new one is
//! tried without a word here, once the fixture has a row of it.

use sla_monitor::apps::{self, MODELS};
use sla_monitor::auth::Model;

use crate::support::browser::{Browser, percent};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_group, add_user, at_admin, staff, staff_state, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    no_page_is_shown_without_its_permission,
    choices_need_the_permission_to_view_their_objects,
);

/// Stands in every row, and in nothing that every user may see. Too long to be in a random token by chance.
pub(super) const MARK: &str = "zebraquartz";

/// A key that no row has.
pub(super) const NO_KEY: i64 = 999_999;

const DOCUMENT: &str = "
labels: [{name: zebraquartz_name, value: zebraquartz-value, description: zebraquartz}]
calendars: [{name: zebraquartz calendar, description: zebraquartz, rules: [{type: dates, dates: ['2030-12-25'], start: '00:00', duration_s: 86400}]}]
windows:
  - name: zebraquartz window
    description: zebraquartz
    timezone: Europe/Berlin
    calendars: [zebraquartz calendar]
    rules: [{type: weekly, days: [MO], start: '09:00', duration_s: 3600, note: zebraquartz}]
indicators: [{name: zebraquartz indicator, source: main, expression: zebraquartz}]
components: [{name: zebraquartz-component, display_name: zebraquartz, labels: {zebraquartz_name: zebraquartz-value}, windows: [zebraquartz window], calendars: [zebraquartz calendar], indicator: zebraquartz indicator}]
corrections: [{component: zebraquartz-component, start: 2026-01-01T00:00:00Z, end: 2026-01-01T01:00:00Z, effect: exclude, reason: zebraquartz}]
";

/// A row of every model, those of the logs included.
pub(super) fn fill(database: &Database) {
    apply(database, DOCUMENT);
    let group = add_group(database, "zebraquartz-group", &["sla.view_label"]);
    let mut user = staff_state("zebraquartz-user", &["sla.view_label"]);
    user.first_name = MARK.to_owned();
    user.groups = [group].into();
    let user = add_user(database, &user, None);
    database.execute(&format!(
        "INSERT INTO api_token (user_id, name, hash, scopes, created_at, expires_at) \
         VALUES ({user}, 'zebraquartz', '{:064}', 'read', CURRENT_TIMESTAMP, '2990-01-01 00:00:00')",
        0
    ));
    database.execute(
        "INSERT INTO security_event (event_time, kind, username, address, request_id, detail) \
         VALUES (CURRENT_TIMESTAMP, 'login', 'zebraquartz-user', '192.0.2.1', 'zebraquartz', 'zebraquartz')",
    );
    database.execute(
        "INSERT INTO closed_report (period, first_day, range_start, range_end, timezone, definitions, component_id, component_name, selector, \
         members, components, figures, digest, closed_by, closed_at) VALUES ('month', '2026-10-01', 1790805600, 1793487600, 'Europe/Berlin', \
         'then', 1, 'zebraquartz-component', '', 0, '[]', '', '', 'zebraquartz-user', CURRENT_TIMESTAMP)",
    );
}

pub(super) fn list_url(model: Model) -> String {
    format!("/admin/{}/{}/", model.app, model.name)
}

/// The key of the first row of a list that shows the mark.
#[track_caller]
pub(super) fn key_of_a_row(root: &mut Browser, model: Model) -> String {
    let page = root.get(&format!("{}?q={MARK}", list_url(model))).expect(200);
    let links = page.attributes("#result_list th a, #result_list td a", "href");
    let key = links.iter().find_map(|link| {
        link.strip_prefix(&list_url(model))?
            .split('/')
            .next()
            .map(str::to_owned)
    });
    assert!(page.html().contains(MARK));
    key.unwrap_or_else(|| {
        panic!("the fixture has no row of {model}, so it cannot be seen whether it is hidden from others")
    })
}

/// Every address of a model: with and without a slash behind it, of a row that is there and of one that is not.
fn addresses(model: Model, key: &str) -> Vec<String> {
    let list = list_url(model);
    let mut addresses = vec![list.clone(), format!("{list}add/")];
    for key in [key, &NO_KEY.to_string(), "x"] {
        addresses.push(format!("{list}{key}/"));
        addresses.extend(["change", "delete", "history", "password"].map(|verb| format!("{list}{key}/{verb}/")));
    }
    let bare: Vec<String> = addresses
        .iter()
        .map(|address| address.trim_end_matches('/').to_owned())
        .collect();
    let asking = [
        format!("{list}?q={MARK}"),
        format!("{list}?all=&_facets=True"),
        format!("{list}?nonsense=1"),
        format!("{list}{key}/change/?restore=1"),
        format!("{list}{key}/history/?p=1"),
    ];
    addresses.into_iter().chain(bare).chain(asking).collect()
}

/// Addresses of no model.
fn other_addresses() -> Vec<String> {
    let mut addresses: Vec<String> = MODELS
        .iter()
        .flat_map(|model| [format!("/admin/{}/", model.app), format!("/admin/{}", model.app)])
        .collect();
    let fixed = [
        "/admin",
        "/admin/",
        "/admin/autocomplete/",
        "/admin/autocomplete",
        "/admin/password_change/",
        "/admin/password_change",
        "/admin/sessions/",
        "/admin/tokens/",
        "/admin/tokens",
        "/admin/timezone/",
        "/admin/timezone",
        "/admin/logout/",
        "/admin/nowhere/",
        "/admin/nowhere",
        "/admin/sla/nothing/",
        "/admin/sla/component/1/nothing/",
        "/admin/sla/component/1/change/more/",
        "/admin//",
        "/admin/%2e%2e/metrics",
        "/admin/login",
        "/admin/login/x/",
    ];
    addresses.extend(fixed.map(str::to_owned));
    addresses.extend(choices());
    addresses
}

/// Every field of a model that offers objects of another.
fn choices() -> Vec<String> {
    let fields = [
        "labels",
        "windows",
        "calendars",
        "groups",
        "user",
        "components",
        "component",
        "indicator",
        "rules",
    ];
    let of_model = |model: &Model| {
        let Model { app, name, .. } = *model;
        fields.map(|field| {
            format!("/admin/autocomplete/?app_label={app}&model_name={name}&field_name={field}&term={MARK}")
        })
    };
    MODELS.iter().flat_map(of_model).collect()
}

/// What would change or show something, were it taken.
fn form(key: &str) -> Vec<(&'static str, String)> {
    [
        ("name", "forged"),
        ("value", "forged"),
        ("username", "forged"),
        ("timezone", "UTC"),
        ("password1", "correct-battery-9"),
        ("password2", "correct-battery-9"),
        ("_version", "1"),
        ("post", "yes"),
        ("action", "delete_selected"),
        ("_selected_action", key),
        ("select_across", "1"),
        ("expected_count", "1"),
        ("rules-TOTAL_FORMS", "0"),
        ("rules-INITIAL_FORMS", "0"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

/// Everything that people did and could have done, as text.
pub(super) fn contents(database: &Database) -> String {
    let tables = [
        "component",
        "label",
        "sla_window",
        "calendar",
        "indicator",
        "correction",
        "closed_report",
        "rule",
        "user_group",
        "api_token",
    ];
    let counts = tables.map(|table| database.number(&format!("SELECT count(*) AS value FROM {table}")));
    let by_people = database.number("SELECT count(*) AS value FROM log_entry WHERE user_id IS NOT NULL");
    let users = "SELECT username || version || password AS value FROM user_account WHERE username LIKE 'zebraquartz%' OR username = 'forged'";
    let revoked = database.number("SELECT count(*) AS value FROM api_token WHERE revoked_at IS NOT NULL");
    format!("{counts:?} {by_people} {revoked} {:?}", database.texts(users))
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn no_page_is_shown_without_its_permission(database: &Database) {
    fill(database);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut addresses: Vec<(Option<Model>, String, String)> = other_addresses()
        .into_iter()
        .map(|address| (None, address, "1".to_owned()))
        .collect();
    for model in MODELS {
        let key = key_of_a_row(&mut root, model);
        let of_model = self::addresses(model, &key);
        addresses.extend(of_model.into_iter().map(|address| (Some(model), address, key.clone())));
    }

    let anonymous = Browser::new(&server);
    let no_staff = add_user(
        database,
        &sla_monitor::apps::accounts::user::model::UserState::new("no-staff"),
        None,
    );
    let disabled = add_user(database, &staff_state("disabled", &["sla.view_label"]), None);
    let disabled_browser = at_admin(database, &server, disabled);
    database.execute("UPDATE user_account SET is_active = FALSE WHERE username = 'disabled'");
    let outsiders = [anonymous, at_admin(database, &server, no_staff), disabled_browser];
    let mut plain = staff(database, &server, "plain", &[]);
    // Their own time zone is theirs to set; the form that is posted everywhere sets this one, which changes nothing.
    database.execute("UPDATE user_account SET timezone = 'UTC' WHERE username = 'plain'");
    let before = contents(database);

    for mut browser in outsiders {
        for (_, address, key) in &addresses {
            let form = form(key);
            let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let expected = format!("/admin/login/?next={}", percent(address));
            let was_here = browser.cookie("csrftoken").is_some();
            let posted = browser.post(address, &form);
            for page in [browser.get(address), browser.send("HEAD", address, None)] {
                let page = page.expect(302);
                assert_eq!(page.location(), expected);
                assert_eq!(page.html(), "", "{address}");
            }
            // The form of a browser that was here before comes back on the login page, and nothing else with it.
            if !was_here || address.starts_with("/admin/logout") {
                assert_eq!(posted.expect(302).location(), expected);
            } else {
                let posted = posted.expect(403);
                assert_eq!(posted.form("#login-form").values("next"), [address.as_str()]);
                assert!(!posted.html().contains(MARK) || address.contains(MARK), "{address}");
            }
        }
        browser.get("/admin/login/").expect(200);
    }
    for (model, address, key) in &addresses {
        let form = form(key);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        for (method, page) in [("GET", plain.get(address)), ("POST", plain.post(address, &form))] {
            // What echoes the address itself tells nothing.
            let shown = page
                .html()
                .replace(&format!("term={MARK}"), "")
                .replace(&format!("q={MARK}"), "");
            assert!(
                !shown.contains(MARK),
                "{method} {address} shows what it must not: {shown}"
            );
            let known = model.is_some_and(|model| !address.contains("/password") || model.name == "user");
            let has_slash = address.split('?').next().is_some_and(|path| path.ends_with('/'));
            match page.status() {
                403 => {}
                301 => assert!(method == "GET" && !has_slash, "{method} {address} leads on"),
                404 => assert!(
                    !known || !has_slash,
                    "{method} {address} is to be forbidden, not unknown"
                ),
                status => assert!(
                    model.is_none() && [200, 302, 405, 422].contains(&status),
                    "{method} {address} answers {status}"
                ),
            }
        }
        if address == "/admin/logout/" {
            plain = staff(database, &server, "plain-again", &[]);
        }
    }
    assert_eq!(contents(database), before);
}

fn choices_need_the_permission_to_view_their_objects(database: &Database) {
    fill(database);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut offered = 0;
    for address in choices() {
        let page = root.get(&address);
        if page.status() != 200 {
            page.expect(403);
            continue;
        }
        offered += 1;
        assert!(page.html().contains(MARK), "{address}: {}", page.html());
        // Everything but the right to see what is chosen from: the answer is the same as for no such field.
        let field = address
            .split("field_name=")
            .nth(1)
            .and_then(|rest| rest.split('&').next());
        let model = match field.expect("the address names the field") {
            "labels" => "label",
            "windows" => "slawindow",
            "calendars" => "calendar",
            "groups" => "group",
            "component" => "component",
            "indicator" => "indicator",
            other => panic!("say here what {other} offers"),
        };
        let all_but = apps::permissions()
            .filter(|permission| permission.model.name != model)
            .map(|permission| permission.to_string());
        let all_but: Vec<String> = all_but.collect();
        let all_but: Vec<&str> = all_but.iter().map(String::as_str).collect();
        let mut other = staff(database, &server, &format!("other-{offered}"), &all_but);
        let page = other.get(&address).expect(403);
        assert!(!page.html().contains(MARK), "{address}: {}", page.html());
    }
    assert!(offered >= 7, "{offered} fields offer something");
}
