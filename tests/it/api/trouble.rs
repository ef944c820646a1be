//! A database that fails: the answer never says what is not so.

use super::{Client, json, problem};
use crate::support::client::Answer;
use crate::support::database::Database;
use crate::support::relay::{Fault, Relay};
use crate::support::server::Server;

mod postgres {
    use super::*;

    #[test]
    fn an_unknown_outcome_has_a_type_of_its_own_and_is_found_by_its_key() {
        let database = Database::postgres();
        let (relay, url) = Relay::before(&database.url);
        let server = Server::start(&Database::at(&url), &[]);
        let client = Client::root(&database, &server);
        let send = |key: &str, file: &str| -> Answer {
            client.post(
                "/apply",
                "application/yaml",
                &[("idempotency-key", key)],
                file.as_bytes(),
            )
        };
        // The first use of a token is noted over a connection of its own, and so are events.
        let wait_for = |query: &str, count: i64| {
            while database.number(query) < count {
                std::thread::yield_now();
            }
        };
        let imports = "SELECT count(*) AS value FROM security_event WHERE kind = 'import'";
        assert_eq!(client.apply("", "{}").status, 200);
        wait_for("SELECT count(last_used_at) AS value FROM api_token", 1);
        wait_for(imports, 1);
        relay.fail_next(Fault::LoseAnswer, false);
        assert_eq!(send("a", "components: [{name: found}]").status, 200, "it was looked up");
        wait_for(imports, 2);
        relay.fail_next(Fault::LoseCommit, false);
        let lost = send("b", "components: [{name: lost}]");
        let (status, kind, _) = problem(&lost);
        assert_eq!((status, kind.as_str()), (503, "unavailable"));
        assert!(!lost.header("retry-after").is_empty());
        assert_eq!(database.number("SELECT count(*) AS value FROM component"), 1);
        assert_eq!(json(&send("b", "components: [{name: lost}]"))["added"], 1);

        wait_for(imports, 3);
        relay.fail_next(Fault::LoseAnswer, true);
        let unknown = send("c", "components: [{name: unknown}]");
        let (status, kind, _) = problem(&unknown);
        assert_eq!((status, kind.as_str()), (503, "outcome-unknown"), "{}", unknown.text());
        let detail_of = |answer: &Answer| problem(answer).2["detail"].as_str().unwrap_or_default().to_owned();
        assert!(
            detail_of(&unknown).contains("with the same Idempotency-Key"),
            "{}",
            unknown.text()
        );
        relay.open();
        let again = send("c", "components: [{name: unknown}]");
        assert_eq!(
            (again.status, again.header("idempotency-replayed")),
            (200, "true"),
            "{}",
            again.text()
        );
        assert_eq!(json(&again)["added"], 1);

        relay.fail_next(Fault::LoseAnswer, true);
        let without_key = client.apply("", "components: [{name: keyless}]");
        assert_eq!(problem(&without_key).1, "outcome-unknown", "{}", without_key.text());
        let detail = detail_of(&without_key);
        assert!(
            detail.contains("dry_run=1") && !detail.contains("Idempotency-Key"),
            "{detail}"
        );
    }
}
