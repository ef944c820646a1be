//! Who sees what: every address of every model by every kind of user. The models come from the program, so that a new one is
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
    nobody_sees_anything_without_the_right_to_it,
    each_right_opens_its_pages_and_no_other,
    choices_are_for_those_who_may_see_what_they_choose_from,
);

/// Stands in every row, and in nothing that everybody may see.
const MARK: &str = "zq7";

/// A key that no row has.
const NO_KEY: i64 = 999_999;

const DOCUMENT: &str = "
labels: [{name: zq7_name, value: zq7-value, description: zq7}]
calendars: [{name: zq7 calendar, description: zq7, rules: [{type: dates, dates: ['2030-12-25'], start: '00:00', duration_s: 86400}]}]
windows:
  - name: zq7 window
    description: zq7
    timezone: Europe/Berlin
    calendars: [zq7 calendar]
    rules: [{type: weekly, days: [MO], start: '09:00', duration_s: 3600, note: zq7}]
components: [{name: zq7-component, display_name: zq7, labels: {zq7_name: zq7-value}, windows: [zq7 window], calendars: [zq7 calendar]}]
";

/// A row of every model, the audit trail's included.
fn fill(database: &Database) {
    apply(database, DOCUMENT);
    let group = add_group(database, "zq7-group", &["sla.view_label"]);
    let mut user = staff_state("zq7-user", &["sla.view_label"]);
    user.first_name = MARK.to_owned();
    user.groups = [group].into();
    add_user(database, &user, None);
}

fn list_url(model: Model) -> String {
    format!("/admin/{}/{}/", model.app, model.name)
}

/// The key of the first row of a list that shows the mark.
#[track_caller]
fn key_of_a_row(root: &mut Browser, model: Model) -> String {
    let page = root.get(&format!("{}?q={MARK}", list_url(model))).expect(200);
    let links = page.attributes("#result_list th a, #result_list td a", "href");
    let key = links.iter().find_map(|link| {
        link.strip_prefix(&list_url(model))?
            .split('/')
            .next()
            .map(str::to_owned)
    });
    assert!(page.html().contains(MARK));
    key.unwrap_or_else(|| panic!("the fixture has no row of {model}, so nobody knows whether it is kept from others"))
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
fn contents(database: &Database) -> String {
    let tables = ["component", "label", "sla_window", "calendar", "rule", "user_group"];
    let counts = tables.map(|table| database.number(&format!("SELECT count(*) AS value FROM {table}")));
    let by_people = database.number("SELECT count(*) AS value FROM log_entry WHERE user_id IS NOT NULL");
    let users = "SELECT username || version || password AS value FROM user_account WHERE username LIKE 'zq7%' OR username = 'forged'";
    format!("{counts:?} {by_people} {:?}", database.texts(users))
}

fn nobody_sees_anything_without_the_right_to_it(database: &Database) {
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

    let nobody = Browser::new(&server);
    let no_staff = add_user(
        database,
        &sla_monitor::apps::accounts::user::model::UserState::new("no-staff"),
        None,
    );
    let disabled = add_user(database, &staff_state("disabled", &["sla.view_label"]), None);
    let disabled_browser = at_admin(database, &server, disabled);
    database.execute("UPDATE user_account SET is_active = FALSE WHERE username = 'disabled'");
    let outsiders = [nobody, at_admin(database, &server, no_staff), disabled_browser];
    let mut plain = staff(database, &server, "plain", &[]);
    let before = contents(database);

    for mut browser in outsiders {
        for (_, address, key) in &addresses {
            let form = form(key);
            let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            for page in [
                browser.get(address),
                browser.send("HEAD", address, None),
                browser.post(address, &form),
            ] {
                let page = page.expect(302);
                let expected = format!("/admin/login/?next={}", percent(address));
                assert_eq!(page.location(), expected);
                assert_eq!(page.html(), "", "{address}");
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

/// What somebody may do to objects of one model.
struct Kind {
    name: &'static str,
    verbs: &'static [&'static str],
}

const KINDS: [Kind; 6] = [
    Kind {
        name: "none",
        verbs: &[],
    },
    Kind {
        name: "viewer",
        verbs: &["view"],
    },
    Kind {
        name: "adder",
        verbs: &["add"],
    },
    Kind {
        name: "changer",
        verbs: &["change"],
    },
    Kind {
        name: "deleter",
        verbs: &["delete"],
    },
    Kind {
        name: "editor",
        verbs: &["view", "add", "change", "delete"],
    },
];

/// What a page asks for, and what it answers to who has that.
struct Expected {
    path: String,
    method: &'static str,
    /// Any of these rights opens it.
    needs: &'static [&'static str],
    status: u16,
}

fn expectations(model: Model, key: &str) -> Vec<Expected> {
    let list = list_url(model);
    let page = |method, rest: String, needs, status| Expected {
        path: format!("{list}{rest}"),
        method,
        needs,
        status,
    };
    let (see, change) = (&["view", "change"][..], &["change"][..]);
    let mut pages = vec![
        page("GET", String::new(), see, 200),
        page("POST", String::new(), see, 302),
        page("GET", "add/".to_owned(), &["add"], 200),
        page("POST", "add/".to_owned(), &["add"], 422),
        page("GET", format!("{key}/"), see, 302),
        page("GET", format!("{key}/change/"), see, 200),
        // Without a version nothing is saved.
        page("POST", format!("{key}/change/"), change, 422),
        page("GET", format!("{key}/history/"), see, 200),
        page("POST", format!("{key}/history/"), see, 200),
        page("GET", format!("{key}/delete/"), &["delete"], 200),
    ];
    // What is not there is told to those alone who might see it.
    for (verb, needs) in [("change", see), ("history", see), ("delete", &["delete"][..])] {
        pages.push(page("GET", format!("{NO_KEY}/{verb}/"), needs, 302));
    }
    pages.push(page("POST", format!("{NO_KEY}/change/"), change, 302));
    pages.push(page("POST", format!("{NO_KEY}/delete/"), &["delete"], 302));
    if model.name == "user" {
        pages.push(page("GET", format!("{key}/password/"), change, 200));
        pages.push(page("POST", format!("{key}/password/"), change, 422));
        pages.push(page("POST", format!("{NO_KEY}/password/"), change, 302));
    }
    pages
}

/// Whether rights open a page. A user who was added goes on to be changed, so adding takes both.
fn opens(model: Model, needs: &[&str], held: &[&str]) -> bool {
    let adds_in_two_steps = model.name == "user" && needs == ["add"];
    let needed = needs.iter().any(|verb| held.contains(verb));
    needed && (!adds_in_two_steps || held.contains(&"change"))
}

fn each_right_opens_its_pages_and_no_other(database: &Database) {
    fill(database);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let keys = MODELS.map(|model| key_of_a_row(&mut root, model));
    let before = contents(database);
    let mut people = 0;
    for (model, key) in MODELS.iter().zip(&keys) {
        let exists = |verb: &&&str| apps::permission(&format!("{}.{verb}_{}", model.app, model.name)).is_some();
        let everything: Vec<&str> = ["view", "add", "change", "delete"]
            .iter()
            .filter(exists)
            .copied()
            .collect();
        let mut seen_by = vec![("superuser", everything, superuser_again(database, &server, model.name))];
        for kind in &KINDS {
            let verbs: Vec<&str> = kind.verbs.iter().filter(exists).copied().collect();
            if verbs.len() < kind.verbs.len() && kind.name != "editor" {
                continue;
            }
            let permissions: Vec<String> = verbs
                .iter()
                .map(|verb| format!("{}.{verb}_{}", model.app, model.name))
                .collect();
            let permissions: Vec<&str> = permissions.iter().map(String::as_str).collect();
            let name = format!("{}-{}", kind.name, model.name);
            seen_by.push((kind.name, verbs, staff(database, &server, &name, &permissions)));
        }
        people += seen_by.len();
        for (kind, held, browser) in &mut seen_by {
            for expected in expectations(*model, key) {
                let Expected {
                    path,
                    method,
                    needs,
                    status,
                } = &expected;
                let page = match *method {
                    "GET" => browser.get(path),
                    _ => browser.post(path, &[]),
                };
                let what = format!("{method} {path} by {kind} of {model}");
                if opens(*model, needs, held) {
                    assert_eq!(page.status(), *status, "{what}: {}", page.html());
                    continue;
                }
                assert_eq!(page.status(), 403, "{what}: {}", page.html());
                assert!(!page.html().contains(MARK), "{what}: {}", page.html());
            }
            let index = browser.get("/admin/").expect(200);
            let row = format!("#content-main .app-{} .model-{}", model.app, model.name);
            let may_anything = held.iter().any(|verb| opens(*model, &[verb], held));
            assert_eq!(index.has(&row), may_anything, "{kind} of {model}: {}", index.html());
            let app = browser.get(&format!("/admin/{}/", model.app));
            assert_eq!(app.status(), if may_anything { 200 } else { 404 }, "{kind} of {model}");
            let may_add = opens(*model, &["add"], held);
            assert_eq!(index.has(&format!("{row} a.addlink")), may_add, "{kind} of {model}");
        }
    }
    assert!(people > 30, "{people} people are fewer than there are kinds and models");
    assert_eq!(contents(database), before);
}

fn superuser_again(database: &Database, server: &Server, model: &str) -> Browser {
    let state = crate::support::people::superuser_state(&format!("root-{model}"));
    let id = add_user(database, &state, None);
    at_admin(database, server, id)
}

fn choices_are_for_those_who_may_see_what_they_choose_from(database: &Database) {
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
    assert!(offered >= 5, "{offered} fields offer something");
}
