//! Names of objects need the permission to view them: a walk over all pages with each single permission.

use sla_monitor::apps::accounts::user::model::UserState;
use sla_monitor::apps::{self, MODELS};
use sla_monitor::auth::{Action, Model};

use super::typed::key;
use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_group, add_user, at_admin, staff, staff_state, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    forms_refuse_what_may_not_be_viewed_as_they_refuse_what_there_is_not,
    imports_refuse_what_may_not_be_viewed_as_they_refuse_what_there_is_not,
);

pub(super) const DOCUMENT: &str = "
calendars: [{name: Zqcalendar, rules: [{type: dates, dates: ['2020-01-01'], start: '00:00', duration_s: 86400}]}]
windows:
- {name: Zqwindow, timezone: UTC, calendars: [Zqcalendar], rules: [{type: weekly, days: [MO], start: '09:00', duration_s: 3600}]}
components:
- {name: zqcomponent, labels: {zqlabel: zqvalue}, windows: [Zqwindow], calendars: [Zqcalendar]}
";

/// What objects are called, by model.
pub(super) const NAMES: [(&str, &str); 6] = [
    ("sla.label", "zqvalue"),
    ("sla.slawindow", "zqwindow"),
    ("sla.calendar", "zqcalendar"),
    ("sla.component", "zqcomponent"),
    ("auth.group", "zqgroup"),
    ("auth.user", "zquser"),
];

struct World {
    database: Database,
    server: Server,
    /// The pages, and the model that each belongs to.
    pages: Vec<(String, Option<Model>)>,
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn world() -> World {
    let database = Database::sqlite();
    apply(&database, DOCUMENT);
    let group = add_group(&database, "zqgroup", &["sla.view_label"]);
    let user = UserState {
        groups: [group].into(),
        ..staff_state("zquser", &["sla.add_label"])
    };
    let user = add_user(&database, &user, None);
    // Entries of the audit log that speak of every kind.
    apply(
        &database,
        &DOCUMENT
            .replace("[MO]", "[TU]")
            .replace("windows: [Zqwindow], ", "windows: [], "),
    );
    apply(&database, DOCUMENT);
    let server = Server::start(&database, &[]);
    let objects = [
        ("sla.label", database.number("SELECT id AS value FROM label")),
        ("sla.slawindow", key(&database, "sla_window", "Zqwindow")),
        ("sla.calendar", key(&database, "calendar", "Zqcalendar")),
        ("sla.component", key(&database, "component", "zqcomponent")),
        ("auth.group", group),
        ("auth.user", user),
    ];
    let mut pages: Vec<(String, Option<Model>)> =
        ["", "sla/", "auth/", "audit/", "sessions/", "palette/", "search/?q=zq"]
            .map(|path| (format!("/admin/{path}"), None))
            .to_vec();
    for model in MODELS {
        let url = format!("/admin/{}/{}/", model.app, model.name);
        let of_model = ["", "?_facets=1", "?q=zq", "add/", "import/", "views/"];
        pages.extend(of_model.map(|path| (format!("{url}{path}"), Some(model))));
        let own = objects.iter().filter(|(name, _)| *name == model.to_string());
        let mut keys: Vec<i64> = own.map(|(_, key)| *key).collect();
        if model.name == "logentry" {
            let ids = database.texts("SELECT CAST(id AS TEXT) AS value FROM log_entry");
            keys.extend(ids.iter().filter_map(|id| id.parse::<i64>().ok()));
        }
        for key in keys {
            let of_object = ["change", "delete", "history"];
            pages.extend(of_object.map(|verb| (format!("{url}{key}/{verb}/"), Some(model))));
            if ["component", "slawindow", "calendar"].contains(&model.name) {
                pages.push((format!("{url}{key}/view/"), Some(model)));
            }
            if model.name == "component" {
                pages.push((format!("{url}{key}/explain/"), Some(model)));
            }
        }
        for (other, key) in objects {
            for filter in ["labels", "windows", "groups", "user"] {
                if other.contains(filter.trim_end_matches('s')) {
                    pages.push((format!("{url}?{filter}__id__exact={key}"), Some(model)));
                }
            }
        }
    }
    for (app, model, field) in [
        ("sla", "component", "labels"),
        ("sla", "component", "windows"),
        ("sla", "component", "calendars"),
        ("sla", "slawindow", "calendars"),
        ("auth", "user", "groups"),
    ] {
        let query = format!("app_label={app}&model_name={model}&field_name={field}&term=zq");
        pages.push((format!("/admin/autocomplete/?{query}"), None));
    }
    World {
        database,
        server,
        pages,
    }
}

/// Whether one permission is enough to view objects of a model.
fn lets_view(permission: &str, model: &str) -> bool {
    let (app, name) = model.split_once('.').expect("a model has an app");
    [Action::View, Action::Change]
        .iter()
        .any(|action| permission == format!("{app}.{}_{name}", action.as_str()))
}

#[test]
fn no_page_names_what_its_user_may_not_view() {
    let World {
        database,
        server,
        pages,
    } = world();
    let mut leaks = Vec::new();
    let mut seen = 0;
    for (number, permission) in apps::permissions().enumerate() {
        let permission = permission.to_string();
        let id = add_user(
            &database,
            &staff_state(&format!("walker-{number}"), &[&permission]),
            None,
        );
        let mut browser = at_admin(&database, &server, id);
        for (path, model) in &pages {
            let page = browser.get(path);
            if page.status() != 200 {
                continue;
            }
            seen += 1;
            // What was asked for may be repeated.
            let text = page.html().replace("q=zq", "").to_lowercase();
            for (of, name) in NAMES {
                let is_own = model.is_some_and(|model| model.to_string() == of);
                if !lets_view(&permission, of) && !is_own && text.contains(name) {
                    leaks.push(format!("{permission}: {path} names {name}"));
                }
            }
        }
    }
    assert!(seen > 200, "{seen} pages were seen");
    assert_eq!(leaks, Vec::<String>::new());
}

#[test]
fn what_may_not_be_viewed_stays_chosen() {
    let World { database, server, .. } = world();
    let component = key(&database, "component", "zqcomponent");
    let url = format!("/admin/sla/component/{component}/change/");
    let mut editor: Browser = staff(&database, &server, "editor", &["sla.change_component"]);
    let page = editor.get(&url).expect(200);
    assert!(
        page.html().contains("1 SLA window that you may not view"),
        "{}",
        page.html()
    );
    let form = page.form("#component_form").set("display_name", "Something else");
    editor.submit(&form, ("_save", "")).expect(302);
    let links = "SELECT (SELECT count(*) FROM component_label) + (SELECT count(*) FROM component_window) \
                 + (SELECT count(*) FROM component_calendar) AS value";
    assert_eq!(database.number(links), 3);
    let list = editor.get("/admin/sla/component/").expect(200);
    assert!(
        list.text("td.field-windows")
            .contains("1 SLA window that you may not view")
    );
    let mut root = superuser(&database, &server);
    assert!(
        root.get("/admin/sla/component/")
            .expect(200)
            .text("td.field-windows")
            .contains("Zqwindow")
    );
    let mut remover = staff(&database, &server, "remover", &["sla.delete_slawindow"]);
    let window = key(&database, "sla_window", "Zqwindow");
    let page = remover
        .get(&format!("/admin/sla/slawindow/{window}/delete/"))
        .expect(200);
    assert!(
        page.html().contains("1 component that you may not view"),
        "{}",
        page.html()
    );
}

/// What is said beside a field that chooses objects that the user may not view.
fn refusal(plural: &str) -> String {
    format!("You may not view {plural}, so none can be chosen here.")
}

const FIELDS: [(&str, &str); 3] = [
    ("windows", "SLA windows"),
    ("labels", "labels"),
    ("calendars", "calendars"),
];

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn forms_refuse_what_may_not_be_viewed_as_they_refuse_what_there_is_not(database: &Database) {
    apply(database, DOCUMENT);
    apply(database, "components: [{name: bare}]");
    let server = Server::start(database, &[]);
    let mut editor = staff(
        database,
        &server,
        "editor",
        &["sla.add_component", "sla.change_component"],
    );
    let linked = key(database, "component", "zqcomponent");
    let bare = key(database, "component", "bare");
    let before = editor.get("/admin/sla/component/").expect(200).texts("td");
    for (field, plural) in FIELDS {
        let known = database.number(match field {
            "windows" => "SELECT id AS value FROM sla_window",
            "labels" => "SELECT id AS value FROM label",
            _ => "SELECT id AS value FROM calendar",
        });
        for (path, name) in [("add".to_owned(), "new"), (format!("{bare}/change"), "bare")] {
            let answers = [known.to_string(), "999999".to_owned()].map(|id| {
                let url = format!("/admin/sla/component/{path}/");
                let form = editor.get(&url).expect(200).form("#component_form");
                let form = form.set("name", name).add(field, &id);
                let page = editor.submit(&form, ("_save", "")).expect(422);
                assert_eq!(page.text(&format!("#id_{field}_error")), refusal(plural));
                let prefilled = editor
                    .get(&format!("/admin/sla/component/add/?{field}={id}"))
                    .expect(200);
                let shown = |page: &Page| page.texts(&format!("#id_{field} option")).join("|");
                (page.texts(".errorlist"), shown(&page), shown(&prefilled))
            });
            assert_eq!(answers[0], answers[1], "{path} {field}");
        }
        // Many at once: nothing can be linked, and links can be taken away.
        let id = known.to_string();
        let how = format!("_do_{field}");
        for (way, status) in [("add", 422), ("set", 422), ("remove", 200)] {
            for id in [id.as_str(), "999999"] {
                let rows = bare.to_string();
                let fields = [
                    ("_rows", rows.as_str()),
                    ("_preview", "1"),
                    ("action", "change_selected"),
                    (&how, way),
                    (field, id),
                ];
                let page = editor.post("/admin/sla/component/", &fields).expect(status);
                assert_eq!(page.html().contains(&refusal(plural)), status == 422, "{way} {field}");
            }
        }
    }
    // What is linked stays so, and in copies as well.
    let page = editor
        .get(&format!("/admin/sla/component/{linked}/change/"))
        .expect(200);
    let copy = page.form("#component_form").set("name", "copy");
    editor.submit(&copy, ("_saveasnew", "")).expect(302);
    assert_eq!(database.number("SELECT count(*) AS value FROM component_window"), 2);
    let mut windows = staff(
        database,
        &server,
        "windows",
        &["sla.add_slawindow", "sla.change_slawindow"],
    );
    let form = windows
        .get("/admin/sla/slawindow/add/")
        .expect(200)
        .form("#slawindow_form");
    let page = windows
        .submit(&form.set("name", "W").add("calendars", "1"), ("_save", ""))
        .expect(422);
    assert_eq!(page.text("#id_calendars_error"), refusal("calendars"));
    assert!(before.len() < editor.get("/admin/sla/component/").expect(200).texts("td").len());
}

fn imports_refuse_what_may_not_be_viewed_as_they_refuse_what_there_is_not(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let mut importer = staff(
        database,
        &server,
        "importer",
        &["sla.add_component", "sla.change_component"],
    );
    let mut dry = |text: &str, status| {
        let file = Some(("file.csv", text.as_bytes()));
        let page = importer
            .upload("/admin/sla/component/import/", &[], file)
            .expect(status);
        assert!(
            !page
                .text("main")
                .replace("zqcomponent", "")
                .to_lowercase()
                .contains("zq"),
            "{text}: {}",
            page.text("main")
        );
        page
    };
    let values = [
        ("windows", "SLA windows", ["Zqwindow", "nope", "Zqcalendar"]),
        ("calendars", "calendars", ["Zqcalendar", "nope", "Zqwindow"]),
        ("labels", "labels", ["zqlabel=zqvalue", "nope=x", "zqlabel=nope"]),
    ];
    for (column, plural, values) in values {
        for name in ["xx", "zqcomponent"] {
            for value in values {
                let page = dry(&format!("name,{column}\n{name},{value}\n"), 422);
                assert!(!page.has("#import-confirm"));
                let faults = page.texts("#import-rows .errorlist li").join(" ");
                assert!(faults.contains(&refusal(plural)), "{value}: {faults}");
            }
        }
        // Links can be taken away; which ones is not shown.
        dry(&format!("name,{column}\nzqcomponent,\n"), 200);
    }
    let page = dry("name,description\nzqcomponent,other\n", 200);
    importer
        .submit(&page.form("#import-confirm"), ("_confirm", "1"))
        .expect(302);
    let links = "SELECT (SELECT count(*) FROM component_label) + (SELECT count(*) FROM component_window) \
                 + (SELECT count(*) FROM component_calendar) AS value";
    assert_eq!(database.number(links), 3);
}
