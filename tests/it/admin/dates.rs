//! The date hierarchy, in the viewer's zone.

use sla_monitor::zones::Zone;

use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, at_admin, superuser_state};
use crate::support::program::apply;
use crate::support::server::Server;
use crate::support::zone;

const LIST: &str = "/admin/sla/component/";

fn at(database: &Database, server: &Server, name: &str, zone: Zone) -> Browser {
    let mut state = superuser_state(name);
    state.timezone = Some(zone);
    let id = add_user(database, &state, None);
    at_admin(database, server, id)
}

fn links(page: &Page) -> Vec<String> {
    page.texts("nav.toplinks a")
}

fn names(page: &Page) -> Vec<String> {
    page.texts("#result_list td.field-name")
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn dates_are_those_of_the_viewer(database: &Database) {
    apply(database, "components: [{name: a}, {name: b}, {name: c}]");
    for (name, made) in [
        ("a", "2026-12-31 23:30:00"),
        ("b", "2026-12-31 12:00:00"),
        ("c", "2027-03-05 00:30:00"),
    ] {
        database.execute(&format!(
            "UPDATE component SET created_at = '{made}', updated_at = '{made}' WHERE name = '{name}'"
        ));
    }
    let server = Server::start(database, &[]);
    let mut london = at(database, &server, "london", zone("Europe/London"));
    let mut berlin = at(database, &server, "berlin", zone("Europe/Berlin"));

    let page = london.get(LIST).expect(200);
    assert_eq!(links(&page), ["2026", "2027"]);
    assert!(!page.has("nav.toplinks a.date-back"));
    let link = page.attributes("nav.toplinks a", "href")[0].clone();
    assert_eq!(link, "?created_at__year=2026");
    let page = london
        .get(&format!("{LIST}?created_at__year=2026&o=-name&p=1"))
        .expect(200);
    assert_eq!(names(&page), ["b", "a"]);
    assert_eq!(links(&page), ["All dates", "2026-12"]);
    assert_eq!(page.attributes("nav.toplinks a.date-back", "href"), ["?o=-name"]);
    let page = london
        .get(&format!("{LIST}?created_at__year=2026&created_at__month=12"))
        .expect(200);
    assert_eq!(links(&page), ["2026", "2026-12-31"]);

    let page = berlin.get(&format!("{LIST}?created_at__year=2026")).expect(200);
    assert_eq!(names(&page), ["b"]);
    let page = berlin.get(&format!("{LIST}?created_at__year=2027")).expect(200);
    assert_eq!(names(&page), ["a", "c"]);
    assert_eq!(links(&page), ["All dates", "2027-01", "2027-03"]);
    let query = "?created_at__year=2027&created_at__month=1&created_at__day=1";
    let page = berlin.get(&format!("{LIST}{query}")).expect(200);
    assert_eq!(names(&page), ["a"]);
    assert_eq!(links(&page), ["2027-01", "2027-01-01"]);
    assert_eq!(page.texts("td.field-updated_at"), ["2027-01-01 00:30"]);
    let page = london.get(&format!("{LIST}{query}")).expect(200);
    assert!(names(&page).is_empty());

    // The first level with a choice is shown at once; a search counts.
    let page = london.get(&format!("{LIST}?q=c")).expect(200);
    assert_eq!(links(&page), ["2027", "2027-03-05"]);
    assert_eq!(
        page.attributes("nav.toplinks a", "href"),
        [
            "?q=c&created_at__year=2027",
            "?q=c&created_at__year=2027&created_at__month=3&created_at__day=5"
        ]
    );
    let page = london.get(&format!("{LIST}?q=nothing")).expect(200);
    assert!(links(&page).is_empty());

    database.execute("UPDATE component SET created_at = '2027-05-01 10:00:00' WHERE name IN ('a', 'b')");
    let page = london.get(LIST).expect(200);
    assert_eq!(
        links(&page),
        ["All dates", "2027-03", "2027-05"],
        "one year is no choice"
    );

    let page = london.get("/admin/audit/logentry/").expect(200);
    assert!(page.has("nav.toplinks"), "the audit log has dates as well");
    let day = page.attributes("nav.toplinks a", "href").pop().expect("a day");
    let page = london.get(&format!("/admin/audit/logentry/{day}&o=user")).expect(200);
    assert!(page.texts("#result_list tbody tr").len() >= 3);
}

on_both_databases!(dates_are_those_of_the_viewer);
