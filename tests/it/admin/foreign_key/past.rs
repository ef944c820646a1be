//! What is in use is not deleted; the history has names, and earlier states come back by them.

use super::{Desk, SERVICES, STORED, TEAMS};
use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(
    what_is_in_use_is_not_deleted,
    a_history_has_the_names,
    an_earlier_state_names_what_is_missing,
);

fn what_is_in_use_is_not_deleted(database: &Database) {
    let desk = Desk::open(database);
    let mut root = desk.root();
    let url = format!("{TEAMS}2/delete/");
    let page = root.get(&url).expect(200);
    assert_eq!(page.text("h1"), "Cannot delete team");
    for user in [
        "service api, whose backup is Payments",
        "service cron, whose owner is Payments",
    ] {
        assert!(page.html().contains(user), "{user}: {}", page.html());
    }
    assert!(page.has("a[href='/admin/desk/service/3/change/']"));
    root.post(&url, &[("post", "yes")]).expect(409);
    let mut chosen = vec![("action", "delete_selected"), ("index", "0"), ("post", "yes")];
    chosen.extend(["1", "2"].map(|id| ("_selected_action", id)));
    let page = root.post(TEAMS, &chosen).expect(409);
    assert!(page.html().contains("service batch, whose owner is Billing"));

    let mut remover = desk.staff("remover", &["delete_team"]);
    let page = remover.get(&url).expect(200);
    assert!(
        page.html().contains("2 services that you may not view"),
        "{}",
        page.html()
    );
    assert!(!page.html().contains("cron"));
    assert_eq!(desk.stored(), STORED);

    root.post(&format!("{SERVICES}1/delete/"), &[("post", "yes")])
        .expect(302);
    root.post(&format!("{SERVICES}3/delete/"), &[("post", "yes")])
        .expect(302);
    root.post(&url, &[("post", "yes")]).expect(302);
    assert_eq!(database.texts("SELECT name AS value FROM desk_team"), ["Billing"]);
}

fn a_history_has_the_names(database: &Database) {
    let desk = Desk::open(database);
    let mut root = desk.root();
    let url = format!("{SERVICES}1/change/");
    let form = root.get(&url).expect(200).form("#service_form");
    root.submit(&form.set("owner", "2").set("backup", ""), ("_save", ""))
        .expect(302);
    let history = format!("{SERVICES}1/history/");
    let changes = root.get(&history).expect(200).text("#change-history tbody");
    for part in ["Owner", "Billing", "Payments", "Backup"] {
        assert!(changes.contains(part), "{part}: {changes}");
    }
    let mut viewer = desk.staff("viewer", &["view_service"]);
    let page = viewer.get(&history).expect(200);
    assert!(page.html().contains("1 team that you may not view"));
    assert!(!page.html().contains("Payments") && !page.html().contains("Billing"));
}

fn an_earlier_state_names_what_is_missing(database: &Database) {
    let desk = Desk::open(database);
    let mut root = desk.root();
    root.post(&format!("{TEAMS}add/"), &[("name", "Night shift")])
        .expect(302);
    let form = root
        .get(&format!("{SERVICES}1/change/"))
        .expect(200)
        .form("#service_form");
    root.submit(&form.set("backup", "3"), ("_save", "")).expect(302);
    let form = root
        .get(&format!("{SERVICES}1/change/"))
        .expect(200)
        .form("#service_form");
    root.submit(&form.set("backup", "").set("owner", "2"), ("_save", ""))
        .expect(302);
    let history = root.get(&format!("{SERVICES}1/history/")).expect(200);
    let links = history.attributes("#change-history tbody a", "href");
    assert_eq!(links.len(), 2);
    let earlier = links
        .iter()
        .find(|link| root.get(link).expect(200).form("#service_form").values("backup") == ["3"])
        .expect("one of them is the state with the night shift")
        .clone();
    assert_eq!(
        root.get(&earlier).expect(200).form("#service_form").values("owner"),
        ["1"]
    );

    // Renamed, it is named with its new name; deleted, with the link that brings it back.
    let form = root.get(&format!("{TEAMS}3/change/")).expect(200).form("#team_form");
    root.submit(&form.set("name", "Nights"), ("_save", "")).expect(302);
    let page = root.get(&earlier).expect(200);
    assert!(page.html().contains("it is called “Nights” now"), "{}", page.html());
    assert_eq!(page.form("#service_form").values("backup"), [""]);
    root.post(&format!("{TEAMS}3/delete/"), &[("post", "yes")]).expect(302);
    let page = root.get(&earlier).expect(200);
    assert!(page.html().contains("Team “Night shift”: it was deleted."));
    let first = page.attributes("a[href*='team/add/?restore=']", "href");
    assert_eq!(first.len(), 1);
    let form = root.get(&first[0]).expect(200).form("#team_form");
    root.submit(&form, ("_save", "")).expect(302);
    let page = root.get(&earlier).expect(200);
    let form = page.form("#service_form");
    assert_eq!(form.values("backup"), ["4"], "a new object of that name");
    root.submit(&form, ("_save", "")).expect(302);
    assert_eq!(desk.stored()[0], "api: Billing / Night shift");
}
