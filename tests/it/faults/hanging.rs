//! The primary hangs while a standby is promoted, as a stopped process does: its connections neither answer nor break.

use std::time::{Duration, Instant};

use super::{Said, count, said, save};
use crate::support::browser::Browser;
use crate::support::client::{self, sample};
use crate::support::database::Database;
use crate::support::people;
use crate::support::postgres::Postgres;
use crate::support::server::Server;

/// How long a request may take at most: its deadline, and what it takes to give it up.
const ANSWER_LIMIT: Duration = Duration::from_secs(13);

/// When saves work again after the promotion.
const RECOVERY_LIMIT: Duration = Duration::from_secs(15);

mod postgres {
    use super::*;

    /// Saves again and again, as a user does, until it works; each attempt is answered in time. Returns how many did not work.
    fn save_until_it_works(browser: &mut Browser, server: &Server) -> usize {
        let began = Instant::now();
        let mut attempts = 0;
        loop {
            let started = Instant::now();
            let page = save(browser, &format!("after-{attempts}"));
            assert!(started.elapsed() < ANSWER_LIMIT, "{:?}", started.elapsed());
            if page.status() == 302 {
                return attempts;
            }
            assert!(began.elapsed() < RECOVERY_LIMIT, "saves do not work: {}", server.log());
            attempts += 1;
        }
    }

    #[test]
    fn a_primary_that_hangs_does_not_take_the_program_along() {
        let old = Postgres::start();
        let on_old = Database::at(&old.url("postgres"));
        on_old.migrate();
        let new = old.standby();
        let on_new = Database::at(&new.url("postgres"));
        let both = Database::at(&format!(
            "postgres://sla@127.0.0.1:{},127.0.0.1:{}/postgres?target_session_attrs=read-write",
            old.port, new.port
        ));
        let server = Server::start(&both, &["--metrics-on-error", "stale"]);
        let root = people::add_user(&on_old, &people::superuser_state("root"), None);
        let mut browser = people::at_admin(&on_old, &server, root);
        let mut other = people::at_admin(&on_old, &server, root);
        assert_eq!(said(&save(&mut browser, "before")), Said::Saved);
        let at_standby = "SELECT count(*) AS value FROM label WHERE value = 'before'";
        new.wait_until("the standby has it", |new| new.number(at_standby) == 1);
        let up = |server: &Server| {
            sample(
                &client::get(&format!("{}/metrics", server.url)).text(),
                "sla_monitor_collector_up",
            )
        };
        assert_eq!(up(&server), Some(1.0));

        old.hang();
        let hung = Instant::now();
        let saving = std::thread::spawn(move || (save(&mut other, "hanging"), hung.elapsed()));
        let scrape = client::get(&format!("{}/metrics", server.url));
        assert_eq!(scrape.status, 200);
        assert_eq!(sample(&scrape.text(), "sla_monitor_collector_up"), Some(0.0));
        new.promote();
        let promoted = Instant::now();
        let (page, elapsed) = saving.join().expect("it is answered");
        assert!(elapsed < ANSWER_LIMIT, "{elapsed:?}");
        assert_eq!(said(&page), Said::Nothing, "nothing was sent to be committed");
        let attempts = save_until_it_works(&mut browser, &server);
        assert!(promoted.elapsed() < RECOVERY_LIMIT, "{:?}", promoted.elapsed());
        assert_eq!(count(&on_new, &format!("after-{attempts}")), 1);
        new.wait_until("scrapes are fresh", |_| up(&server) == Some(1.0));

        old.wake();
        server.wait_for_log("claim to be the primary", 1);
        let ready = client::get(&format!("{}/-/ready", server.url)).text();
        assert!(ready.contains("claim to be the primary"), "{ready}");
        let metrics = client::get(&format!("{}/metrics", server.url)).text();
        assert_eq!(sample(&metrics, "sla_monitor_database_primaries"), Some(2.0));
        for number in 0..5 {
            let value = format!("awake-{number}");
            assert_eq!(said(&save(&mut browser, &value)), Said::Saved);
            assert_eq!((count(&on_old, &value), count(&on_new, &value)), (0, 1));
        }
        assert_eq!(
            count(&on_old, "hanging"),
            0,
            "what was given up is not written when the primary wakes"
        );
        assert_eq!(count(&on_new, "hanging"), 0);
    }
}
