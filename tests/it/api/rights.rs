//! What a token may do: no more than its scopes and its user's permissions, as they are at the moment.

use sla_monitor::auth::Actor;
use sla_monitor::auth::token::TokenScope;
use sla_monitor::clock::{Clock, SystemClock};

use super::{Client, DOCUMENT, entries, problem};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff_state, superuser_state};
use crate::support::program::apply;
use crate::support::server::Server;
use crate::tokens::revoke;

on_both_databases!(
    a_scope_does_not_reach_beyond_itself,
    permissions_are_those_of_the_user,
    what_ends_in_between_is_refused,
    no_cookie_and_no_token_of_another_kind_opens_it,
);

/// The models of files, as permissions name them.
const MODELS: [&str; 6] = ["calendar", "component", "correction", "indicator", "label", "slawindow"];

/// Returns a permission on each model of files.
pub(super) fn on_all(action: &str) -> Vec<String> {
    MODELS.iter().map(|model| format!("sla.{action}_{model}")).collect()
}

fn a_scope_does_not_reach_beyond_itself(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let before = entries(database);
    let reader = Client::of(database, &server, &superuser_state("reader"), &[TokenScope::Read]);
    for query in ["", "?dry_run=1"] {
        let (status, kind, _) = problem(&reader.apply(query, "components: [{name: new}]"));
        assert_eq!((status, kind.as_str()), (403, "scope-missing"));
    }
    let writer = Client::of(database, &server, &superuser_state("writer"), &[TokenScope::Apply]);
    for path in [
        "/export",
        "/components/shop/explain",
        "/components/shop/spans?from=0&to=1",
    ] {
        let (status, kind, _) = problem(&writer.get(path, &[]));
        assert_eq!((status, kind.as_str()), (403, "scope-missing"), "{path}");
    }
    let evaluated = writer.post("/evaluate", "application/json", &[], b"{\"windows\": [], \"now\": 0}");
    assert_eq!(problem(&evaluated).0, 403);
    let refused = reader.run(&["apply", "-"], "components: [{name: new}]").refused();
    assert!(refused.contains("lacks the scope apply"), "{refused}");
    // Two users and their tokens.
    assert_eq!(entries(database), before + 4, "nothing else was written");
    assert_eq!(database.number("SELECT count(*) AS value FROM component"), 2);
}

#[expect(clippy::too_many_lines, reason = "a matrix of users and requests")]
fn permissions_are_those_of_the_user(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let nothing = Client::staff(database, &server, "nothing", &[]);
    let view = on_all("view");
    let view: Vec<&str> = view.iter().map(String::as_str).collect();
    let viewer = Client::staff(database, &server, "viewer", &view);
    let mut some = view.clone();
    some.extend(["sla.change_component", "sla.add_component"]);
    let editor = Client::staff(database, &server, "editor", &some);
    let export = on_all("export");
    let exporter = Client::staff(
        database,
        &server,
        "exporter",
        &export.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    let before = entries(database);

    let gets = [
        "/export",
        "/components/shop/explain",
        "/components/shop/spans?from=0&to=1",
    ];
    let allowed = |client: &Client| gets.map(|path| client.get(path, &[]).status);
    assert_eq!(allowed(&nothing), [403, 403, 403]);
    assert_eq!(allowed(&viewer), [403, 200, 200]);
    assert_eq!(allowed(&exporter), [200, 403, 403]);
    let (status, kind, details) = problem(&viewer.get("/export", &[]));
    assert_eq!((status, kind.as_str()), (403, "permission-missing"));
    assert_eq!(
        details["detail"],
        "token ci of viewer has no permission sla.export_label."
    );

    let changed = "components: [{name: shop, slo: 99}]";
    let added = "components: [{name: new, labels: {team: web}}]";
    let with_label = "components: [{name: newer, labels: {team: new}}]";
    for query in ["?dry_run=1", ""] {
        let status = |client: &Client, file: &str| client.apply(query, file).status;
        for file in [changed, added, "{}"] {
            assert_eq!(status(&nothing, file), 403, "{query} {file}");
            assert_eq!(status(&exporter, file), 403, "{query} {file}");
        }
        assert_eq!(status(&viewer, "{}"), 200, "it changes nothing");
        let (_, _, refused) = problem(&viewer.apply(query, changed));
        assert_eq!(refused["status"], 403);
        let detail = refused["detail"].to_string();
        assert!(detail.ends_with(" Nothing was written.\""), "{detail}");
        assert_eq!(status(&editor, with_label), 403);
        assert_eq!(
            editor
                .apply(
                    &format!("{query}{}prune=1", if query.is_empty() { "?" } else { "&" }),
                    "{}"
                )
                .status,
            403
        );
        if !query.is_empty() {
            assert_eq!((status(&editor, changed), status(&editor, added)), (200, 200));
            assert_eq!(entries(database), before, "nothing was written");
        }
    }
    assert_eq!(entries(database), before, "nothing was written");
    assert_eq!(
        (editor.apply("", changed).status, editor.apply("", added).status),
        (200, 200)
    );
    assert_eq!(entries(database), before + 2);
    let refused = viewer
        .run(&["apply", "-"], "components: [{name: shop, slo: 98}]")
        .refused();
    assert!(
        refused.contains("token ci of viewer has no permission sla.change_component"),
        "{refused}"
    );
    server.wait_for_log("permission_denied", 1);
}

fn what_ends_in_between_is_refused(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let client = Client::root(database, &server);
    assert_eq!(client.apply("", "components: [{name: first}]").status, 200);
    revoke(
        &mut database.connect(),
        &Actor::Command("test"),
        client.token,
        SystemClock.now(),
    )
    .expect("it can be revoked");
    let before = entries(database);
    let answer = client.apply("", "components: [{name: second}]");
    assert_eq!(problem(&answer).0, 401);
    assert!(answer.header("www-authenticate").starts_with("Bearer"));
    let refused = client.run(&["apply", "-"], "components: [{name: second}]").refused();
    assert!(refused.contains("was revoked"), "{refused}");
    assert_eq!(entries(database), before);

    let fired = Client::of(
        database,
        &server,
        &staff_state("fired", &["sla.view_component"]),
        &[TokenScope::Read],
    );
    assert_eq!(fired.get("/components/shop/spans?from=0&to=1", &[]).status, 200);
    database.execute("DELETE FROM user_permission");
    assert_eq!(fired.get("/components/shop/spans?from=0&to=1", &[]).status, 403);
    database.execute("UPDATE user_account SET is_active = FALSE WHERE username = 'fired'");
    assert_eq!(fired.get("/components/shop/spans?from=0&to=1", &[]).status, 401);
}

fn no_cookie_and_no_token_of_another_kind_opens_it(database: &Database) {
    let server = Server::start(database, &[]);
    let mut browser = crate::support::people::superuser(database, &server);
    assert_eq!(browser.get("/admin/").status(), 200);
    let answer = browser.get("/api/v1/export");
    assert_eq!(answer.status(), 401);
    let scraper = Client::of(database, &server, &superuser_state("scraper"), &[TokenScope::Metrics]);
    assert_eq!(problem(&scraper.get("/export", &[])).0, 403);
}
