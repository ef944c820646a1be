//! Choices as data, for users with the permission to view them.

use serde_json::Value;

use super::typed::key;
use crate::support::browser::Browser;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::server::Server;

fn address(query: &str) -> String {
    format!("/admin/autocomplete/?{query}")
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn choices_come_in_pages(database: &Database) {
    let rows: Vec<String> = (0..45).map(|number| format!("('Window {number:02}', 'UTC')")).collect();
    database.execute(&format!(
        "INSERT INTO sla_window (name, timezone) VALUES {}",
        rows.join(", ")
    ));
    database.execute("INSERT INTO sla_window (name, timezone) VALUES ('100%_\\x <b>', 'UTC')");
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let of = "app_label=sla&model_name=component&field_name=windows";
    let mut ask = |query: &str| -> (Vec<(String, String)>, bool) {
        let page = root.get(&address(query)).expect(200);
        assert!(page.answer.header("content-type").starts_with("application/json"));
        let value: Value = serde_json::from_str(&page.html()).expect("the answer is JSON");
        let results = value["results"].as_array().expect("results are a list").iter();
        let text = |item: &Value, key: &str| item[key].as_str().expect("ids and texts are strings").to_owned();
        (
            results.map(|item| (text(item, "id"), text(item, "text"))).collect(),
            value["pagination"]["more"].as_bool().expect("more is yes or no"),
        )
    };
    let (first, more) = ask(of);
    assert_eq!((first.len(), more), (20, true));
    let (second, more) = ask(&format!("{of}&page=2"));
    assert_eq!((second.len(), more), (20, true));
    let (third, more) = ask(&format!("{of}&page=3&term="));
    assert_eq!((third.len(), more), (6, false));
    assert!(first.iter().chain(&second).all(|choice| !third.contains(choice)));
    let (found, more) = ask(&format!("{of}&term=wINDOW+07"));
    assert_eq!(
        (found, more),
        (
            vec![(
                key(database, "sla_window", "Window 07").to_string(),
                "Window 07".to_owned()
            )],
            false
        )
    );
    for term in ["%25_%5C", "%25", "_", "%5C", "%3Cb%3E"] {
        assert_eq!(ask(&format!("{of}&term={term}")).0.len(), 1, "{term} is no wildcard");
    }
    for term in ["nothing", "%00", "Window%00", "%F0%9F%92%A9"] {
        assert_eq!(ask(&format!("{of}&term={term}")), (Vec::new(), false), "{term}");
    }
    for query in [
        format!("{of}&page=4"),
        format!("{of}&page=0"),
        format!("{of}&page=-1"),
        format!("{of}&page=x"),
        format!("{of}&page=99999999999999999999"),
        format!("{of}&term=nothing&page=2"),
    ] {
        root.get(&address(&query)).expect(404);
    }
    for query in [
        "",
        "app_label=sla&model_name=component",
        "app_label=sla&model_name=component&field_name=name",
        "app_label=sla&model_name=component&field_name=password",
        "app_label=sla&model_name=nothing&field_name=windows",
        "app_label=auth&model_name=user&field_name=user_permissions",
        "app_label=auth&model_name=user&field_name=password",
        "app_label=sla&model_name=slawindow&field_name=components",
    ] {
        root.get(&address(query)).expect(403);
    }
    let to = Browser::new(&server).get(&address(of)).expect(302).location();
    assert!(to.starts_with("/admin/login/?next="), "{to}");
}

fn both_ends_need_a_permission(database: &Database) {
    let server = Server::start(database, &[]);
    let of = address("app_label=sla&model_name=component&field_name=windows");
    let cases: [(&[&str], u16); 6] = [
        (&[], 403),
        (&["sla.view_component"], 403),
        (&["sla.change_component", "sla.add_slawindow"], 403),
        (&["sla.view_slawindow"], 403),
        (&["sla.view_slawindow", "sla.add_component"], 200),
        (&["sla.change_slawindow", "sla.view_component"], 200),
    ];
    for (index, (permissions, status)) in cases.into_iter().enumerate() {
        let mut browser = staff(database, &server, &format!("user{index}"), permissions);
        assert_eq!(browser.get(&of).status(), status, "{permissions:?}");
    }
}

on_both_databases!(choices_come_in_pages, both_ends_need_a_permission);
