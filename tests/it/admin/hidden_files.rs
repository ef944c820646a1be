//! Names of objects need the permission to view them: in files that are exported, and in what searches and filters find.

use sla_monitor::apps::MODELS;
use sla_monitor::apps::accounts::user::model::UserState;

use super::exporting::dechunked;
use super::hidden_names::{DOCUMENT, NAMES};
use super::typed::key;
use crate::support::browser::Browser;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_group, add_user, staff, staff_state, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    files_name_what_their_user_may_view,
    files_without_a_column_keep_what_it_names,
    searches_find_by_what_may_be_viewed,
    filters_need_the_permission_to_view_what_they_choose_from,
);

/// Returns an exported file.
fn file(browser: &mut Browser, path: &str) -> String {
    let page = browser.get(path).expect(200);
    String::from_utf8(dechunked(&page.answer.body)).expect("the file is UTF-8")
}

fn started(database: &Database) -> Server {
    apply(database, DOCUMENT);
    let group = add_group(database, "zqgroup", &["sla.view_label"]);
    let user = UserState {
        groups: [group].into(),
        ..staff_state("zquser", &[])
    };
    add_user(database, &user, None);
    Server::start(database, &[])
}

fn files_name_what_their_user_may_view(database: &Database) {
    let server = started(database);
    let mut root = superuser(database, &server);
    let mut left_out = Vec::new();
    for model in MODELS {
        let url = format!("/admin/{}/{}/export/", model.app, model.name);
        if root.get(&url).status() == 404 {
            continue;
        }
        let right = |verb: &str| format!("{}.{verb}_{}", model.app, model.name);
        let rights = [right("view"), right("export")];
        let rights = rights.each_ref().map(String::as_str);
        let mut exporter = staff(database, &server, &format!("exporter-{}", model.name), &rights);
        let page = exporter.get(&url).expect(200);
        left_out.extend(
            page.texts(".left-out code")
                .into_iter()
                .map(|column| format!("{}.{column}", model.name)),
        );
        for format in ["csv", "json"] {
            let path = format!("{url}?_format={format}");
            let (file, all) = (file(&mut exporter, &path), file(&mut root, &path));
            let (file, all) = (file.to_lowercase(), all.to_lowercase());
            for (of, name) in NAMES {
                if of == model.to_string() {
                    assert!(file.contains(name), "{path}: {name} is its own");
                } else if !(model.name == "event" || (of == "auth.user" && model.name == "logentry")) {
                    assert!(!file.contains(name), "{path} names {name}");
                }
            }
            if model.name == "component" {
                assert!(
                    ["zqvalue", "zqwindow", "zqcalendar"]
                        .iter()
                        .all(|name| all.contains(name))
                );
            }
        }
        assert_eq!(exporter.get(&format!("{url}?_format=xlsx")).status(), 200);
    }
    for column in [
        "component.labels",
        "component.windows",
        "component.calendars",
        "slawindow.calendars",
        "user.groups",
        "logentry.object",
        "logentry.before",
        "logentry.after",
    ] {
        assert!(left_out.contains(&column.to_owned()), "{column}: {left_out:?}");
    }
    assert!(!root.get("/admin/sla/component/export/").expect(200).has(".left-out"));
}

fn files_without_a_column_keep_what_it_names(database: &Database) {
    let server = started(database);
    let rights = ["view", "change", "export"].map(|verb| format!("sla.{verb}_component"));
    let rights = rights.each_ref().map(String::as_str);
    let mut editor = staff(database, &server, "editor", &rights);
    let links = "SELECT (SELECT count(*) FROM component_label) + (SELECT count(*) FROM component_window) \
                 + (SELECT count(*) FROM component_calendar) AS value";
    assert_eq!(database.number(links), 3);
    let file = file(&mut editor, "/admin/sla/component/export/?_format=csv");
    let changed = file.replace("\"zqcomponent\",\"\"", "\"zqcomponent\",\"Renamed\"");
    assert_ne!(file, changed);
    let form = editor.get("/admin/sla/component/import/").expect(200);
    let token = form.attributes("input[name=csrfmiddlewaretoken]", "value").remove(0);
    let fields = [("csrfmiddlewaretoken", token.as_str())];
    let page = editor
        .upload(
            "/admin/sla/component/import/",
            &fields,
            Some(("components.csv", changed.as_bytes())),
        )
        .expect(200);
    let confirmed = page.form("#import-confirm");
    editor.submit(&confirmed, ("_confirm", "1")).expect(302);
    assert_eq!(
        database.texts("SELECT display_name AS value FROM component"),
        ["Renamed"]
    );
    assert_eq!(database.number(links), 3);
}

fn searches_find_by_what_may_be_viewed(database: &Database) {
    let server = started(database);
    let mut viewer = staff(
        database,
        &server,
        "viewer",
        &["sla.view_component", "audit.view_logentry"],
    );
    let rights = [
        "sla.view_component",
        "sla.view_label",
        "sla.view_slawindow",
        "audit.view_logentry",
    ];
    let mut reader = staff(database, &server, "reader", &rights);
    for (term, finds) in [
        ("zqlabel=zq", true),
        ("zqlabel=zqvalue", true),
        ("zqlabel=other", false),
    ] {
        let lists = [
            (format!("/admin/sla/component/?q={term}"), "#result_list .field-name a"),
            (format!("/admin/sla/timeline/?q={term}"), "#timeline th[scope=row] a"),
            (format!("/admin/search/?q={term}"), "main a[href*='/sla/component/']"),
        ];
        for (path, found) in lists {
            assert!(
                !viewer
                    .get(&path)
                    .expect(200)
                    .texts(found)
                    .contains(&"zqcomponent".to_owned()),
                "{path}"
            );
            let texts = reader.get(&path).expect(200).texts(found);
            assert_eq!(
                texts.iter().any(|text| text.contains("zqcomponent")),
                finds,
                "{path}: {texts:?}"
            );
        }
        let palette = viewer.get(&format!("/admin/palette/?q={term}")).expect(200).html();
        assert!(!palette.contains("zqcomponent"), "{palette}");
    }
    // The text itself is still looked for.
    apply(database, "components: [{name: plain, description: 'zqlabel=zqvalue'}]");
    let page = viewer.get("/admin/sla/component/?q=zqlabel=zqvalue").expect(200);
    assert_eq!(page.texts("#result_list .field-name a"), ["plain"]);

    let rows = "#result_list tbody tr";
    for (term, may_see, may_not) in [("zqwindow", 1, 0), ("zqcomponent", 1, 1), ("zqcalendar", 0, 0)] {
        let path = format!("/admin/audit/logentry/?q={term}");
        assert_eq!(reader.get(&path).expect(200).texts(rows).len(), may_see, "{term}");
        assert_eq!(viewer.get(&path).expect(200).texts(rows).len(), may_not, "{term}");
    }
}

fn filters_need_the_permission_to_view_what_they_choose_from(database: &Database) {
    let server = started(database);
    let mut viewer = staff(database, &server, "viewer", &["sla.view_component"]);
    let mut root = superuser(database, &server);
    let label = database.number("SELECT id AS value FROM label");
    let window = key(database, "sla_window", "Zqwindow");
    let calendar = key(database, "calendar", "Zqcalendar");
    for query in [
        format!("labels__id__exact={label}"),
        format!("labels__id__not={label}"),
        format!("windows__id__exact={window}"),
        format!("calendars__id__exact={calendar}"),
        format!("cut_by__id__exact={calendar}"),
        "labels__id__exact=999999".to_owned(),
    ] {
        for page in ["/admin/sla/component/", "/admin/sla/timeline/"] {
            let refused = viewer.get(&format!("{page}?{query}")).expect(400);
            assert!(
                refused
                    .text("main")
                    .contains("you may not view what this filter chooses from")
            );
            root.get(&format!("{page}?{query}")).expect(200);
        }
    }
    viewer.get("/admin/sla/component/?labels__isnull=True").expect(200);
}
