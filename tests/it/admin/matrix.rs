//! Who sees what: every page of every model by every kind of user.

use sla_monitor::apps::{self, MODELS};
use sla_monitor::auth::Model;
use sla_monitor::auth::token::TOKEN;

use super::access::{MARK, NO_KEY, contents, fill, key_of_a_row, list_url};
use crate::support::browser::Browser;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, at_admin, staff, superuser, superuser_state};
use crate::support::server::Server;

on_both_databases!(each_right_opens_its_pages_and_no_other);

/// The actions that a user may do to objects of one model.
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
    // Tokens are changed by the action that revokes them, never by a form.
    let form = if model == TOKEN { &[][..] } else { change };
    let mut pages = vec![
        page("GET", String::new(), see, 200),
        page("POST", String::new(), see, 302),
        page("GET", "add/".to_owned(), &["add"], 200),
        page("POST", "add/".to_owned(), &["add"], 422),
        page("GET", format!("{key}/"), see, 302),
        page("GET", format!("{key}/change/"), see, 200),
        // Without a version nothing is saved.
        page("POST", format!("{key}/change/"), form, 422),
        page("GET", format!("{key}/history/"), see, 200),
        page("POST", format!("{key}/history/"), see, 200),
        page("GET", format!("{key}/delete/"), &["delete"], 200),
    ];
    // Only users with the permission to view learn that an object does not exist.
    for (verb, needs) in [("change", see), ("history", see), ("delete", &["delete"][..])] {
        pages.push(page("GET", format!("{NO_KEY}/{verb}/"), needs, 302));
    }
    pages.push(page("POST", format!("{NO_KEY}/change/"), form, 302));
    pages.push(page("POST", format!("{NO_KEY}/delete/"), &["delete"], 302));
    if model.name == "user" {
        pages.push(page("GET", format!("{key}/password/"), change, 200));
        pages.push(page("POST", format!("{key}/password/"), change, 422));
        pages.push(page("POST", format!("{NO_KEY}/password/"), change, 302));
    }
    pages
}

/// Whether rights open a page. A user who was added goes on to be changed, so adding takes both. Closed reports are added by the page of the
/// report, not by one of their own.
fn opens(model: Model, needs: &[&str], held: &[&str]) -> bool {
    if model.name == "closedreport" && needs == ["add"] {
        return false;
    }
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
    let state = superuser_state(&format!("root-{model}"));
    let id = add_user(database, &state, None);
    at_admin(database, server, id)
}
