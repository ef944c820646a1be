//! The answer to COMMIT is lost.

use rustix::process::Signal;

use super::{ADD, Said, count, said, save};
use crate::support::browser::Browser;
use crate::support::database::Database;
use crate::support::people;
use crate::support::postgres::Postgres;
use crate::support::program::{self, Ran};
use crate::support::relay::{Fault, Relay};
use crate::support::server::Server;

/// A server behind a relay, and a user of it.
struct Behind {
    database: Database,
    relay: Relay,
    _server: Server,
    root: Browser,
}

fn start() -> Behind {
    let database = Database::postgres();
    let (relay, url) = Relay::before(&database.url);
    let through = Database::at(&url);
    let server = Server::start(&through, &[]);
    let root = people::superuser(&database, &server);
    Behind {
        database,
        relay,
        _server: server,
        root,
    }
}

mod postgres {
    use super::*;

    #[test]
    fn a_commit_whose_answer_is_lost_is_found() {
        let mut behind = start();
        behind.relay.fail_next(Fault::LoseAnswer, false);
        let page = save(&mut behind.root, "found");
        assert_eq!(said(&page), Said::Saved);
        assert_eq!(behind.relay.happened(), 1);
        assert_eq!(count(&behind.database, "found"), 1);
        let entries = "SELECT count(DISTINCT write_id) AS value FROM log_entry WHERE object_repr = 'fault=found'";
        assert_eq!(behind.database.number(entries), 1);
        // The next page says so, over a connection that works.
        let list = behind.root.visit(&page.location()).expect(200);
        assert!(list.has("ul.messagelist > li.success"));
    }

    #[test]
    fn a_commit_that_never_arrives_changes_nothing_and_keeps_the_form() {
        let mut behind = start();
        behind.relay.fail_next(Fault::LoseCommit, false);
        let page = save(&mut behind.root, "typed");
        assert_eq!(said(&page), Said::Nothing);
        assert_eq!(behind.relay.happened(), 1);
        assert_eq!(count(&behind.database, "typed"), 0);
        let form = page.form("#label_form");
        assert_eq!(form.values("value"), ["typed"]);
        assert_eq!(said(&behind.root.submit(&form, ("_save", ""))), Said::Saved);
        assert_eq!(count(&behind.database, "typed"), 1);
    }

    #[test]
    fn an_outcome_that_cannot_be_found_out_is_reported_as_unknown() {
        let mut behind = start();
        save(&mut behind.root, "first").expect(302);
        let id = behind.database.number("SELECT id AS value FROM label");
        let change = format!("/admin/sla/label/{id}/change/");
        let form = behind.root.get(&change).expect(200).form("#label_form");
        behind.relay.fail_next(Fault::LoseAnswer, true);
        let page = behind
            .root
            .submit(&form.set("value", "second").set("description", "typed"), ("_save", ""));
        assert_eq!(said(&page), Said::Unknown);
        let history = format!("/admin/sla/label/{id}/history/");
        assert!(page.attributes("a", "href").contains(&history), "{}", page.html());
        assert!(page.html().contains("typed"), "what was typed stays");
        behind.relay.open();
        assert_eq!(count(&behind.database, "second"), 1);
        behind.root.get(&history).expect(200);
        behind.root.get(ADD).expect(200);
    }

    #[test]
    fn a_deletion_and_a_logout_are_found_too() {
        let mut behind = start();
        save(&mut behind.root, "first").expect(302);
        let id = behind.database.number("SELECT id AS value FROM label");
        behind.relay.fail_next(Fault::LoseAnswer, false);
        let delete = format!("/admin/sla/label/{id}/delete/");
        behind.root.post(&delete, &[("post", "yes")]).expect(302);
        assert_eq!((behind.relay.happened(), count(&behind.database, "first")), (1, 0));
        behind.relay.fail_next(Fault::LoseAnswer, false);
        behind.root.post("/admin/logout/", &[]).expect(200);
        assert_eq!(behind.relay.happened(), 2);
        let sessions = behind.database.number("SELECT count(*) AS value FROM login_session");
        assert_eq!(sessions, 0);
    }

    #[test]
    fn apply_says_what_became_of_its_commit() {
        let database = Database::postgres();
        let (relay, url) = Relay::before(&database.url);
        let through = Database::at(&url);
        let apply = |value: &str, fault: Fault, closes: bool| -> Ran {
            relay.fail_next(fault, closes);
            let file = format!("labels: [{{name: fault, value: {value}}}]");
            program::run_on_input(&through, &["apply", "-"], &file)
        };
        assert_eq!(apply("found", Fault::LoseAnswer, false).code, 0);
        assert_eq!(count(&database, "found"), 1);
        let refused = apply("lost", Fault::LoseCommit, false).refused();
        assert!(!refused.contains("not known"), "{refused}");
        assert_eq!(count(&database, "lost"), 0);
        let unknown = apply("unknown", Fault::LoseAnswer, true);
        assert_eq!(unknown.code, 3, "{unknown:?}");
        assert!(
            unknown.err.contains("it is not known whether this was saved"),
            "{unknown:?}"
        );
        assert_eq!(count(&database, "unknown"), 1);
    }

    #[test]
    fn a_commit_that_waits_for_a_standby_and_is_terminated_is_found() {
        let mut postgres = Postgres::start();
        let database = Database::at(&postgres.url("postgres"));
        database.migrate();
        let server = Server::start(&database, &[]);
        let mut root = people::superuser(&database, &server);
        postgres.execute(&[
            "ALTER SYSTEM SET synchronous_standby_names = 'absent'",
            "SELECT pg_reload_conf()",
        ]);
        let waiting =
            "SELECT count(*) AS value FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query = 'COMMIT'";
        let saving = std::thread::spawn(move || save(&mut root, "local"));
        postgres.wait_until("COMMIT waits for the standby", |postgres| postgres.number(waiting) == 1);
        assert_eq!(count(&database, "local"), 0);
        postgres.execute(&[
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query = 'COMMIT'",
        ]);
        postgres.wait_until("it is committed here", |_| count(&database, "local") == 1);
        postgres.execute(&[
            "ALTER SYSTEM RESET synchronous_standby_names",
            "SELECT pg_reload_conf()",
        ]);
        let page = saving.join().expect("the save is answered");
        assert_eq!(said(&page), Said::Saved);
        drop(server);
        postgres.end(Signal::INT);
    }

    #[test]
    fn a_commit_that_still_waits_for_a_standby_is_not_said_to_be_rolled_back() {
        let mut postgres = Postgres::start();
        let database = Database::at(&postgres.url("postgres"));
        database.migrate();
        let (relay, url) = Relay::before(&database.url);
        let server = Server::start(&Database::at(&url), &[]);
        let mut root = people::superuser(&database, &server);
        root.get(ADD).expect(200);
        postgres.execute(&[
            "ALTER SYSTEM SET synchronous_standby_names = 'absent'",
            "SELECT pg_reload_conf()",
        ]);
        relay.fail_next(Fault::LoseAnswer, false);
        let page = save(&mut root, "waits");
        assert_eq!(said(&page), Said::Unknown);
        assert_eq!(count(&database, "waits"), 0);
        postgres.execute(&[
            "ALTER SYSTEM RESET synchronous_standby_names",
            "SELECT pg_reload_conf()",
        ]);
        postgres.wait_until("it is committed", |_| count(&database, "waits") == 1);
        drop(server);
        postgres.end(Signal::INT);
    }
}
