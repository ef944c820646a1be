//! From an empty database to five metrics, by forms alone.

use crate::support::client::{get, sample};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::superuser;
use crate::support::server::Server;

fn a_newcomer_sees_five_metrics(database: &Database) {
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);

    let form = browser.get("/admin/sla/label/add/").expect(200).form("#label_form");
    let form = form.set("name", "team").set("value", "payments");
    browser.submit(&form, ("_save", "Save")).expect(302);

    let form = browser
        .get("/admin/sla/calendar/add/")
        .expect(200)
        .form("#calendar_form");
    let form = form
        .set("name", "Holidays")
        .set("rules-0-dates", "2990-12-25 Christmas");
    browser.submit(&form, ("_save", "Save")).expect(302);

    let page = browser.get("/admin/sla/slawindow/add/").expect(200);
    let calendar = page.attributes("#id_calendars option", "value")[0].clone();
    let form = page
        .form("#slawindow_form")
        .set("name", "Nights")
        .set("timezone", "Europe/Berlin")
        .add("calendars", &calendar)
        .set("rules-0-kind", "weekly")
        .add("rules-0-weekdays", "MO")
        .add("rules-0-weekdays", "FR")
        .set("rules-0-start_time", "22:00")
        .set("rules-0-end_time", "06:00");
    browser.submit(&form, ("_save", "Save")).expect(302);

    let page = browser.get("/admin/sla/component/add/").expect(200);
    let window = page.attributes("#id_windows option", "value")[0].clone();
    let label = page.attributes("#id_labels option", "value")[0].clone();
    let form = page
        .form("#component_form")
        .set("name", "payments-api")
        .add("windows", &window)
        .add("labels", &label);
    let page = browser.submit(&form, ("_save", "Save")).expect(302);
    let list = browser.get(&page.location()).expect(200);
    assert_eq!(list.texts("#result_list td.field-name"), ["payments-api"]);
    assert!(list.text("ul.messagelist > li.success").contains("payments-api"));

    let exposition = get(&format!("{}/metrics", server.url)).text();
    for fact in ["last_start", "last_end", "next_start", "next_end", "in_window"] {
        let series = format!("payments_api_service_window_{fact}{{component=\"payments-api\",team=\"payments\"}}");
        assert!(
            sample(&exposition, &series).is_some(),
            "{series} is missing in\n{exposition}"
        );
    }
}

on_both_databases!(a_newcomer_sees_five_metrics);
