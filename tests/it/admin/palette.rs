//! Everything by a few letters: who finds what.

use serde_json::Value;

use super::typed::key;
use crate::support::browser::{Browser, percent};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    what_is_called_so_comes_first,
    what_can_be_opened_of_the_best_match_is_offered,
    the_last_words_may_name_what_is_to_be_opened,
    no_action_is_offered_that_the_user_may_not_open,
    no_user_finds_what_they_may_not_view,
    no_search_breaks_it,
    pages_are_found_by_what_they_answer
);

const SOME: &str = "
calendars: [{name: api calendar, rules: []}]
windows: [{name: Api hours, timezone: UTC, rules: []}]
components:
  - {name: aaa-api}
  - {name: api, display_name: Öffentliche Schnittstelle}
  - {name: api-1, labels: {team: api}}
  - {name: api-2}
  - {name: api-3}
  - {name: bbb, description: the api of old}
  - {name: '<i>markup</i>'}
";

/// Titles by group.
fn found(browser: &mut Browser, search: &str) -> Vec<(String, Vec<String>)> {
    let page = browser
        .get(&format!("/admin/palette/?q={}", percent(search)))
        .expect(200);
    assert_eq!(page.answer.header("content-type"), "application/json");
    let answer: Value = serde_json::from_str(&page.html()).expect("data is JSON");
    let text = |value: &Value| value.as_str().expect("titles are text").to_owned();
    let groups = answer["groups"].as_array().expect("groups are a list").iter();
    groups
        .map(|group| {
            let items = group["items"].as_array().expect("items are a list").iter();
            (text(&group["title"]), items.map(|item| text(&item["title"])).collect())
        })
        .collect()
}

fn titles(found: &[(String, Vec<String>)]) -> Vec<&str> {
    found.iter().map(|(title, _)| title.as_str()).collect()
}

fn what_is_called_so_comes_first(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let all = found(&mut browser, "API");
    assert_eq!(
        titles(&all),
        ["Components", "Labels", "SLA windows", "Calendars", "Component api"]
    );
    let components = ["api", "api-1", "api-2", "api-3", "aaa-api", "All components that match"];
    assert_eq!(all[0].1, components);
    assert_eq!(all[1].1, ["team=api"]);
    assert_eq!(found(&mut browser, "öffentliche")[0].1, ["api"]);
    assert_eq!(
        found(&mut browser, "add comp"),
        [("Add".to_owned(), vec!["Add component".to_owned()])]
    );
    assert_eq!(
        found(&mut browser, "root"),
        [
            ("Users".to_owned(), vec!["root".to_owned()]),
            (
                "User root".to_owned(),
                vec!["root · Change password".to_owned(), "root · History".to_owned()]
            )
        ]
    );
    // Without a search: all pages, and no object.
    let blank = found(&mut browser, " ");
    assert_eq!(titles(&blank), ["Pages", "Add"]);
    assert!(
        blank[0].1.contains(&"Audit entries".to_owned()) || blank[0].1.contains(&"Log entries".to_owned()),
        "{blank:?}"
    );
    assert!(blank[0].1.contains(&"Timeline".to_owned()), "{blank:?}");
    assert_eq!(blank[1].1.len(), 8, "{blank:?}");

    // The same as a page, escaped.
    let page = browser.get("/admin/search/?q=markup").expect(200);
    assert_eq!(page.texts(".found h2"), ["Components", "Component <i>markup</i>"]);
    assert_eq!(
        page.texts(".found a bdi")[..2],
        ["<i>markup</i>", "<i>markup</i> · Hours"]
    );
    assert_eq!(page.attributes("#search-input", "value"), ["markup"]);
    let page = browser.get("/admin/search/?q=%3Cb%3E").expect(200);
    assert_eq!(page.text(".notice"), "Nothing is called “<b>”.");
    // Each address in the answer leads to a page.
    for search in ["", "api", "root"] {
        let page = browser.get(&format!("/admin/search/?q={search}")).expect(200);
        for address in page.attributes(".found a", "href") {
            browser.get(&address).expect(200);
        }
    }
    assert_eq!(browser.get("/admin/search").expect(301).location(), "/admin/search/");
}

/// What can be opened of the component `api`, as far as every user may who views it.
const READ: [&str; 4] = ["api · Hours", "api · Why now?", "api · Report", "api · History"];

fn what_can_be_opened_of_the_best_match_is_offered(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let (title, actions) = found(&mut browser, "api").pop().expect("groups");
    assert_eq!(title, "Component api");
    assert_eq!(
        actions,
        [
            "api · Hours",
            "api · Why now?",
            "api · Except on…",
            "api · Report",
            "api · History",
            "api · Edit"
        ]
    );
    // An object with a page to read is opened there, its hours are those of it alone.
    let page = browser.get("/admin/search/?q=api").expect(200);
    let links = page.attributes(".found a", "href");
    let (object, hours) = (&links[0], &links[links.len() - 6]);
    assert!(object.ends_with("/view/"), "{object}");
    let timeline = browser.get(hours).expect(200);
    assert_eq!(timeline.texts("#timeline tbody th[scope='row'] a"), ["api"]);
    // Its page and its form have the same links.
    let page = browser.get(object).expect(200);
    let words: Vec<&str> = actions
        .iter()
        .map(|action| action.trim_start_matches("api · "))
        .collect();
    assert_eq!(page.texts(".object-tools a"), words);
    let form = browser.get(&object.replace("/view/", "/change/")).expect(200);
    assert_eq!(form.texts(".object-tools a")[0], "Summary");
    assert_eq!(form.texts(".object-tools a")[1..], words[..5]);

    // Several begin like this, and none is called so: the first two have theirs. In the middle of a name it has to be the only one.
    let groups = found(&mut browser, "api-");
    assert_eq!(titles(&groups), ["Components", "Component api-1", "Component api-2"]);
    let groups = found(&mut browser, "pi");
    assert_eq!(titles(&groups), ["Components", "Labels", "SLA windows", "Calendars"]);
    let groups = found(&mut browser, "of old");
    assert_eq!(titles(&groups), ["Components", "Component bbb"]);
    let groups = found(&mut browser, "api hours");
    let of_window = ["Components", "Edit", "Except on…", "History"].map(|words| format!("Api hours · {words}"));
    assert_eq!(titles(&groups), ["SLA windows", "SLA window Api hours"]);
    let mut offered = groups[1].1.clone();
    offered.sort();
    assert_eq!(offered, of_window);
}

fn the_last_words_may_name_what_is_to_be_opened(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    // So does a title that was copied.
    for (search, expected) in [
        ("api why", "api · Why now?"),
        ("API  edit", "api · Edit"),
        ("api Why now?", "api · Why now?"),
        ("api  why  now", "api · Why now?"),
        ("api except on", "api · Except on…"),
        ("api · Why now?", "api · Why now?"),
        ("api · Except on…", "api · Except on…"),
    ] {
        let groups = found(&mut browser, search);
        assert_eq!(groups, [("Component api".to_owned(), vec![expected.to_owned()])]);
    }
    for search in [
        "api zzz",
        "api why not",
        "api · zzz",
        "why now?",
        "api one two three four five why",
    ] {
        assert!(found(&mut browser, search).is_empty(), "{search}");
    }
    assert_eq!(
        found(&mut browser, "Api hours · Except on…"),
        [(
            "SLA window Api hours".to_owned(),
            vec!["Api hours · Except on…".to_owned()]
        )]
    );
}

fn no_action_is_offered_that_the_user_may_not_open(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    for (user, rights, expected) in [
        ("viewer", vec!["sla.view_component"], READ.to_vec()),
        (
            "editor",
            vec!["sla.change_component"],
            [&READ[..2], &["api · Except on…"], &READ[2..], &["api · Edit"]].concat(),
        ),
    ] {
        let mut browser = staff(database, &server, user, &rights);
        let page = browser.get("/admin/search/?q=api").expect(200);
        assert_eq!(page.texts(".found:last-of-type a"), expected, "{user}");
        for address in page.attributes(".found a", "href") {
            browser.get(&address).expect(200);
        }
        let object = page.attributes(".found a", "href").remove(0);
        let tools = browser.get(&object).expect(200).attributes(".object-tools a", "href");
        assert_eq!(tools.len(), expected.len(), "{user}");
        for address in tools {
            browser.get(&address).expect(200);
        }
    }
    // The components of a window are for users with the permission to view components.
    let mut browser = staff(database, &server, "planner", &["sla.view_slawindow"]);
    let groups = found(&mut browser, "api hours");
    assert_eq!(groups[1].1, ["Api hours · History"]);
    let except = format!("/admin/sla/component/{}/except/", key(database, "component", "api"));
    let mut viewer = staff(database, &server, "reader", &["sla.view_component"]);
    viewer.get(&except).expect(403);
}

fn no_user_finds_what_they_may_not_view(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut powerless = staff(database, &server, "powerless", &[]);
    assert!(found(&mut powerless, "api").is_empty());
    assert_eq!(titles(&found(&mut powerless, "")), ["Pages"]);
    let mut viewer = staff(database, &server, "viewer", &["sla.view_label"]);
    assert_eq!(titles(&found(&mut viewer, "api")), ["Labels", "Label team=api"]);
    assert!(found(&mut viewer, "root").is_empty());
    let mut adder = staff(database, &server, "adder", &["sla.add_component"]);
    assert_eq!(
        found(&mut adder, "component"),
        [("Add".to_owned(), vec!["Add component".to_owned()])]
    );
    assert!(found(&mut adder, "api").is_empty());
    let mut stranger = Browser::new(&server);
    for path in ["/admin/palette/?q=api", "/admin/search/?q=api"] {
        assert!(stranger.get(path).expect(302).location().starts_with("/admin/login/"));
    }
}

fn no_search_breaks_it(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let long = "x".repeat(201);
    let many = "w ".repeat(30);
    for search in [
        "%", "_", "\\", "'", "\"", "*", "[", "(?i", "\0", "\u{202e}", "😀", "ﬁ", &long, &many,
    ] {
        for path in ["palette", "search"] {
            browser
                .get(&format!("/admin/{path}/?q={}", percent(search)))
                .expect(200);
        }
    }
    let page = browser.get(&format!("/admin/search/?q={long}")).expect(200);
    assert!(page.text(".notice").contains("at most 200 characters"));
    for path in [
        "/admin/palette/?q=%ff%fe",
        "/admin/search/?q=a&q=b&nonsense",
        "/admin/palette/",
    ] {
        browser.get(path).expect(200);
    }
}

fn pages_are_found_by_what_they_answer(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut clerk = staff(database, &server, "clerk", &["sla.view_label"]);
    for (search, title) in [
        ("next 24", "The next 24 hours"),
        ("today", "Timeline"),
        ("changes", "The next 24 hours"),
        ("outside", "Outside now"),
        ("run out", "Calendars that run out"),
        ("log", "Log of changes"),
    ] {
        let pages = found(&mut root, search);
        let pages = pages.iter().find(|(group, _)| group == "Pages");
        assert!(
            pages.is_some_and(|(_, titles)| titles.iter().any(|found| found == title)),
            "{search}: {pages:?}"
        );
        let answer = root.get(&format!("/admin/palette/?q={}", percent(search))).expect(200);
        let answer: Value = serde_json::from_str(&answer.html()).expect("data is JSON");
        for item in answer["groups"][0]["items"].as_array().into_iter().flatten() {
            let url = item["url"].as_str().unwrap_or_default();
            let page = url.split_once('#').map_or(url, |(page, _)| page);
            root.get(page).expect(200);
        }
        let hidden = found(&mut clerk, search);
        assert!(
            !hidden
                .iter()
                .any(|(_, titles)| titles.iter().any(|found| found == title)),
            "{search}"
        );
    }
}
