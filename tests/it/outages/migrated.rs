//! A database whose migrations are reverted under a running server: 503 with the reason, until they are applied again.

use std::time::Instant;

use super::DEADLINE;
use crate::scrape::scrape;
use crate::support::browser::Browser;
use crate::support::client::get;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::superuser;
use crate::support::program::{apply, run_on};
use crate::support::server::Server;

on_both_databases!(
    a_schema_that_went_back_is_an_outage_with_a_reason,
    a_column_that_went_back_is_an_outage_with_a_reason,
);

const LABEL: [(&str, &str); 3] = [("name", "team"), ("value", "blue"), ("_save", "Save")];

fn ready(server: &Server, parameters: &str) -> (u16, String) {
    let answer = get(&format!("{}/-/ready{parameters}", server.url));
    (answer.status, answer.text())
}

fn go_back(database: &Database, version: &str) {
    run_on(database, &["migrate", "--yes", "--to", version]).ok();
}

fn a_schema_that_went_back_is_an_outage_with_a_reason(database: &Database) {
    apply(database, "components: [{name: shop-api}]");
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut user = Browser::new(&server);
    user.get("/admin/login/").expect(200);
    scrape(&server);
    go_back(database, "zero");
    let page = root.post("/admin/sla/label/add/", &LABEL).expect(503);
    assert!(page.text("body").contains("sla-monitor migrate"), "{}", page.html());
    assert_eq!(page.answer.header("retry-after"), "5");
    // Nothing but this request has met the schema, and nothing was scraped.
    for parameters in ["", "?for=admin"] {
        let (status, reason) = ready(&server, parameters);
        assert_eq!(status, 503, "{parameters}: {reason}");
        assert!(reason.contains("migrations are pending"), "{reason}");
    }
    for path in ["/admin/", "/admin/sla/component/", "/admin/sla/component/?q=shop"] {
        let page = root.get(path).expect(503);
        assert!(page.text("body").contains("migrations are pending"), "{}", page.html());
    }
    root.post("/admin/sla/label/add/", &LABEL).expect(503);
    let fields = [("username", "ada"), ("password", "wrong")];
    assert_eq!(user.post("/admin/login/", &fields).status(), 503);
    let page = scrape(&server);
    assert!(page.contains("shop_api_service_window_in_window"), "metrics go on");

    run_on(database, &["migrate"]).ok();
    let started = Instant::now();
    while ready(&server, "").0 != 200 {
        assert!(started.elapsed() < DEADLINE, "it does not get ready again");
    }
    Browser::new(&server).get("/admin/login/").expect(200);
}

fn a_column_that_went_back_is_an_outage_with_a_reason(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    root.get("/admin/").expect(200);
    go_back(database, "20261129000100");
    let page = root.post("/admin/sla/label/add/", &LABEL).expect(503);
    assert!(page.text("body").contains("sla-monitor migrate"), "{}", page.html());
    let (status, reason) = ready(&server, "");
    assert_eq!(status, 503, "{reason}");
    assert!(reason.contains("log_entry_origin"), "{reason}");
    run_on(database, &["migrate"]).ok();
    root.post("/admin/sla/label/add/", &LABEL).expect(302);
    assert_eq!(ready(&server, "").0, 200);
}
