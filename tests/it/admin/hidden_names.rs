//! Names of objects are for those who may view them: a walk over all pages with each single permission.

use sla_monitor::apps::accounts::user::model::UserState;
use sla_monitor::apps::{self, MODELS};
use sla_monitor::auth::{Action, Model};

use super::typed::key;
use crate::support::browser::Browser;
use crate::support::database::Database;
use crate::support::people::{add_group, add_user, at_admin, staff, staff_state, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

const DOCUMENT: &str = "
calendars: [{name: Zqcalendar, rules: [{type: dates, dates: ['2020-01-01'], start: '00:00', duration_s: 86400}]}]
windows:
- {name: Zqwindow, timezone: UTC, calendars: [Zqcalendar], rules: [{type: weekly, days: [MO], start: '09:00', duration_s: 3600}]}
components:
- {name: zqcomponent, labels: {zqlabel: zqvalue}, windows: [Zqwindow], calendars: [Zqcalendar]}
";

/// What objects are called, by model.
const NAMES: [(&str, &str); 6] = [
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

fn world() -> World {
    let database = Database::sqlite();
    apply(&database, DOCUMENT);
    let group = add_group(&database, "zqgroup", &["sla.view_label"]);
    let user = UserState {
        groups: [group].into(),
        ..staff_state("zquser", &["sla.add_label"])
    };
    let user = add_user(&database, &user, None);
    // Entries of the trail that speak of every kind.
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
