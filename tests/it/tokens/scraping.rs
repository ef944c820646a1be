//! Tokens that open /metrics.

use sla_monitor::auth::Actor;
use sla_monitor::auth::token::{TokenScope, TokenSecret};
use sla_monitor::clock::{Clock, SystemClock};

use super::{add_token, revoke};
use crate::scrape::{beside, say};
use crate::support::client::{Answer, get, request};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, staff_state};
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    a_token_opens_the_metrics_until_it_is_revoked,
    the_last_use_is_noted_once_a_minute,
    unknown_tokens_are_slowed_down,
    a_token_that_cannot_be_read_stops_no_scrape,
    a_token_opens_what_its_user_may_view,
);

const METRICS: &[TokenScope] = &[TokenScope::Metrics];

/// What a user needs whose token opens the metrics.
const VIEW: &[&str] = &["sla.view_component", "sla.view_label"];

/// Adds a token of ada that begins now.
fn token(database: &Database, name: &str, scopes: &[TokenScope]) -> (i64, TokenSecret) {
    let conn = &mut database.connect();
    let ada = sla_monitor::apps::accounts::user::store::id_of(conn, "ada").expect("the database answers");
    let ada = ada.expect("ada is there");
    add_token(conn, ada, (name, scopes), (SystemClock.now(), 30)).expect("it can be made")
}

/// Scrapes through a proxy that is not trusted, so that only a token opens the metrics.
fn scrape_with(server: &Server, secret: &TokenSecret) -> Answer {
    let authorization = format!("Bearer {}", secret.as_str());
    let headers = [
        ("authorization", authorization.as_str()),
        ("x-forwarded-for", "192.0.2.9"),
    ];
    request("GET", &format!("{}/metrics", server.url), &headers)
}

fn a_token_opens_the_metrics_until_it_is_revoked(database: &Database) {
    add_user(database, &staff_state("ada", VIEW), None);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("tokens");
    std::fs::write(&file, "of-the-file\n").expect("the file can be written");
    let file = file.to_str().expect("temporary paths are UTF-8");
    let (id, secret) = token(database, "prometheus", METRICS);
    let (_, other) = token(database, "ci", &[TokenScope::Read, TokenScope::Apply]);
    for options in [
        &[][..],
        &["--metrics-token-file", file],
        &["--allowed-hosts", "sla.example.org"],
    ] {
        let server = Server::start(
            database,
            &[&["--log-format", "json", "--log-level", "debug"], options].concat(),
        );
        assert_eq!(scrape_with(&server, &secret).status, 200, "{options:?}");
        assert_eq!(scrape_with(&server, &secret).status, 200, "{options:?}");
        for wrong in [&other, &TokenSecret::random()] {
            let answer = scrape_with(&server, wrong);
            assert_eq!(answer.status, 401, "{options:?}");
            assert!(answer.header("www-authenticate").contains("Bearer realm=\"metrics\""));
        }
        let proxied = [("x-forwarded-for", "192.0.2.9")];
        let without = request("GET", &format!("{}/metrics", server.url), &proxied);
        assert!(
            [400, 401, 403].contains(&without.status),
            "{options:?}: {}",
            without.status
        );
        // What was made and ended after the start counts with the next scrape.
        let (late, of_late) = token(database, "late", METRICS);
        assert_eq!(scrape_with(&server, &of_late).status, 200, "{options:?}");
        revoke(
            &mut database.connect(),
            &Actor::Command("test"),
            late,
            SystemClock.now(),
        )
        .expect("it can be revoked");
        assert_eq!(scrape_with(&server, &of_late).status, 401, "{options:?}");
        database.execute("UPDATE user_account SET is_active = FALSE");
        assert_eq!(scrape_with(&server, &secret).status, 401, "{options:?}");
        database.execute("UPDATE user_account SET is_active = TRUE");
        assert_eq!(scrape_with(&server, &secret).status, 200, "{options:?}");
        server.wait_for_log("\"event\":\"metrics_refused\"", 5);
        for secret in [&secret, &other, &of_late] {
            assert!(!server.log().contains(&secret.as_str()[5..]), "{}", server.log());
        }
    }
    let server = Server::start(database, &[]);
    assert_eq!(scrape_with(&server, &secret).status, 200);
    revoke(&mut database.connect(), &Actor::Command("test"), id, SystemClock.now()).expect("it can be revoked");
    assert_eq!(scrape_with(&server, &secret).status, 401);
}

fn the_last_use_is_noted_once_a_minute(database: &Database) {
    add_user(database, &staff_state("ada", VIEW), None);
    let (id, secret) = token(database, "prometheus", METRICS);
    let server = Server::start(database, &["--log-level", "debug"]);
    assert_eq!(scrape_with(&server, &secret).status, 200);
    server.wait_for_log("the last use of a token was noted", 1);
    let noted = || {
        database.texts(&format!(
            "SELECT last_used_address || ' ' || last_used_at AS value FROM api_token WHERE id = {id}"
        ))
    };
    let first = noted().remove(0);
    assert!(first.starts_with("127.0.0.1 2"), "{first}");
    for _ in 0..5 {
        assert_eq!(scrape_with(&server, &secret).status, 200);
    }
    assert_eq!(noted(), [first], "not again within a minute");
}

fn unknown_tokens_are_slowed_down(database: &Database) {
    add_user(database, &staff_state("ada", VIEW), None);
    let (_, secret) = token(database, "prometheus", METRICS);
    let server = Server::start(database, &[]);
    for _ in 0..50 {
        assert_eq!(scrape_with(&server, &TokenSecret::random()).status, 401);
    }
    let blocked = scrape_with(&server, &TokenSecret::random());
    assert_eq!(blocked.status, 429);
    assert!(!blocked.header("retry-after").is_empty());
    assert_eq!(scrape_with(&server, &secret).status, 200, "a valid one counts");
}

fn a_token_that_cannot_be_read_stops_no_scrape(database: &Database) {
    apply(database, "components: [{name: shop-api}]");
    add_user(database, &staff_state("ada", VIEW), None);
    let (id, secret) = token(database, "prometheus", METRICS);
    let server = Server::start(database, &[]);
    assert_eq!(scrape_with(&server, &secret).status, 200);
    let expires = database.texts(&format!(
        "SELECT '' || expires_at AS value FROM api_token WHERE id = {id}"
    ));
    // Neither can be read as an instant.
    let unreadable = if database.is_postgres() {
        "infinity"
    } else {
        "2990-01-01 00:00:00 "
    };
    let expire = |at: &str| database.execute(&format!("UPDATE api_token SET expires_at = '{at}' WHERE id = {id}"));
    expire(unreadable);
    for _ in 0..2 {
        let answer = scrape_with(&server, &secret);
        assert_eq!(
            answer.status,
            503,
            "which tokens are valid is not known: {}",
            answer.text()
        );
        let local = get(&format!("{}/metrics", server.url));
        assert_eq!(local.status, 200);
        assert!(local.text().contains("sla_monitor_collector_up 1"), "{}", local.text());
    }
    assert_eq!(
        server.log().matches("tokens cannot be read").count(),
        1,
        "{}",
        server.log()
    );
    apply(database, "components: [{name: shop-web}]");
    let local = get(&format!("{}/metrics", server.url)).text();
    assert!(local.contains("shop_web_service_window_in_window"), "{local}");
    expire(&expires[0]);
    assert_eq!(scrape_with(&server, &secret).status, 200);
}

fn a_token_opens_what_its_user_may_view(database: &Database) {
    add_user(database, &staff_state("ada", VIEW), None);
    let (_, secret) = token(database, "prometheus", METRICS);
    let server = Server::start(database, &[]);
    assert_eq!(scrape_with(&server, &secret).status, 200);
    for permission in VIEW {
        let kept = "SELECT user_id, permission FROM user_permission";
        database.execute(&format!("CREATE TABLE kept AS {kept}"));
        database.execute(&format!(
            "DELETE FROM user_permission WHERE permission = '{permission}'"
        ));
        assert_eq!(scrape_with(&server, &secret).status, 401, "{permission}");
        database.execute("DELETE FROM user_permission");
        database.execute("INSERT INTO user_permission (user_id, permission) SELECT user_id, permission FROM kept");
        database.execute("DROP TABLE kept");
        assert_eq!(scrape_with(&server, &secret).status, 200, "{permission}");
    }
    database.execute("UPDATE user_permission SET permission = replace(permission, 'view_', 'change_')");
    assert_eq!(
        scrape_with(&server, &secret).status,
        200,
        "the permission to change includes the one to view"
    );
}

#[test]
fn scrapes_go_on_while_the_database_does_not_answer() {
    let database = Database::postgres();
    apply(&database, "components: [{name: shop-api}]");
    add_user(&database, &staff_state("ada", VIEW), None);
    let (_, secret) = token(&database, "prometheus", METRICS);
    let server = Server::start(&database, &[]);
    assert_eq!(scrape_with(&server, &secret).status, 200);
    let name = database.url.rsplit('/').next().expect("the URL ends with a database");
    let mut beside = beside(&database);
    say(&mut beside, &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS FALSE"));
    say(
        &mut beside,
        &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"),
    );
    let answer = scrape_with(&server, &secret);
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("sla_monitor_collector_up 0"));
    assert!(
        answer.text().contains("shop_api_service_window_in_window"),
        "metrics go on"
    );
    let unknown = scrape_with(&server, &TokenSecret::random());
    assert_eq!(unknown.status, 503, "whether there is such a token is not known");
    say(&mut beside, &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS TRUE"));
}
