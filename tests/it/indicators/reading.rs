//! The page to read of an indicator, the list of components by indicator, and names in the page that deletes corrections.

use super::EXAMPLE;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    an_indicator_has_a_page_to_read,
    corrections_are_deleted_without_names_that_may_not_be_viewed,
    components_are_found_by_the_indicator_that_they_name,
);

fn an_indicator_has_a_page_to_read(database: &Database) {
    apply(database, EXAMPLE);
    database.execute("UPDATE component SET indicator_id = (SELECT min(id) FROM indicator)");
    let id = database.number("SELECT min(id) AS value FROM indicator");
    let expression = database
        .texts("SELECT expression AS value FROM indicator ORDER BY id LIMIT 1")
        .remove(0);
    let server = Server::start(database, &[]);
    let path = format!("/admin/sla/indicator/{id}/view/");
    let mut root = superuser(database, &server);
    let page = root.get(&path).expect(200);
    assert_eq!(page.text("#expression"), expression);
    let components = database.number("SELECT count(*) AS value FROM component");
    assert_eq!(page.texts("#named li").len().to_string(), components.to_string());
    assert!(
        page.text("dl.figures").contains("nothing yet"),
        "{}",
        page.text("dl.figures")
    );
    let form = root.get(&format!("/admin/sla/indicator/{id}/change/")).expect(200);
    assert!(form.attributes("ul.object-tools a", "href").contains(&path));

    // Of a default that no component names, what it measures is what its selector finds.
    let (before, selector) = (page, "UPDATE indicator SET selector = '{}'");
    assert!(
        !before
            .text("section[aria-labelledby=measures]")
            .contains("its selector finds")
    );
    database.execute(selector);
    database.execute("UPDATE component SET indicator_id = NULL");
    let page = root.get(&path).expect(200);
    let measures = page.text("section[aria-labelledby=measures]");
    assert!(
        measures.contains("No component names it: it measures what its selector finds."),
        "{measures}"
    );
    database.execute("UPDATE component SET indicator_id = (SELECT min(id) FROM indicator)");

    let mut viewer = staff(database, &server, "viewer", &["sla.view_indicator"]);
    let page = viewer.get(&path).expect(200);
    assert!(
        !page.has("#named") && page.html().contains("that you may not view"),
        "{}",
        page.html()
    );
    let led = viewer.get(&format!("/admin/sla/indicator/{id}/")).expect(302);
    assert_eq!(led.location(), path);
    let mut other = staff(database, &server, "other", &["sla.view_component"]);
    other.get(&path).expect(403);
    // The report by its selector is for users with the permission to view labels.
    database.execute("UPDATE indicator SET selector = '{team=\"a\"}'");
    let selecting = "match=%7Bteam";
    assert!(root.get(&path).expect(200).html().contains(selecting));
    let mut blind = staff(
        database,
        &server,
        "blind",
        &["sla.view_component", "sla.view_indicator"],
    );
    assert!(!blind.get(&path).expect(200).html().contains(selecting));
    root.get("/admin/sla/indicator/999999/view/").expect(302);
}

fn corrections_are_deleted_without_names_that_may_not_be_viewed(database: &Database) {
    apply(database, EXAMPLE);
    let id = database.number("SELECT min(id) AS value FROM correction");
    let server = Server::start(database, &[]);
    let rights = ["sla.view_correction", "sla.delete_correction"];
    let mut blind = staff(database, &server, "blind", &rights);
    let path = format!("/admin/sla/correction/{id}/delete/");
    let page = blind.get(&path).expect(200);
    assert!(!page.html().contains("payments-api"), "{}", page.html());
    let selected = [("action", "delete_selected"), ("_selected_action", &id.to_string())];
    let page = blind.post("/admin/sla/correction/", &selected).expect(200);
    assert!(!page.html().contains("payments-api"), "{}", page.html());
    assert!(page.html().contains(&format!("correction {id}")), "{}", page.html());
    blind.post(&path, &[("post", "yes")]).expect(302);
    let page = blind.get("/admin/sla/correction/").expect(200);
    assert!(!page.html().contains("payments-api"), "{}", page.html());
}

fn components_are_found_by_the_indicator_that_they_name(database: &Database) {
    apply(database, EXAMPLE);
    let id = database.number("SELECT id AS value FROM indicator WHERE name = 'Latency'");
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    for query in [
        format!("indicator__id__exact={id}"),
        format!("indicator__id__exact={id}&_facets=True"),
    ] {
        let page = root.get(&format!("/admin/sla/component/?{query}")).expect(200);
        assert_eq!(page.texts("#result_list td.field-name"), ["shop-web"]);
    }
    let page = root
        .get("/admin/sla/component/?indicator__id__exact=999999")
        .expect(200);
    assert!(!page.has("#result_list td.field-name"));
    let mut viewer = staff(database, &server, "viewer", &["sla.view_component"]);
    let page = viewer.get("/admin/sla/component/").expect(200);
    assert!(!page.html().contains("Latency"), "{}", page.html());
}
