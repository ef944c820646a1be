//! PostgreSQL is restarted while people save. Every answer is held against what is stored afterwards.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustix::process::Signal;

use super::{Said, said, save};
use crate::support::database::Database;
use crate::support::people;
use crate::support::postgres::Postgres;
use crate::support::server::Server;

const WRITERS: usize = 4;

/// Saves that must be answered well before and after each restart.
const STEP: usize = 20;

/// How often both ways to restart are tried; a longer run sets the variable.
fn rounds() -> usize {
    let rounds = std::env::var("SLA_MONITOR_TEST_FAULT_ROUNDS");
    rounds.map_or(1, |rounds| rounds.parse().expect("it is a number"))
}

mod postgres {
    use super::*;

    #[test]
    fn no_answer_is_false_while_the_server_is_restarted() {
        let mut postgres = Postgres::start();
        let database = Database::at(&postgres.url("postgres"));
        database.migrate();
        let server = Server::start(&database, &[]);
        let root = people::add_user(&database, &people::superuser_state("root"), None);
        let (ends, saved) = (AtomicBool::new(false), AtomicUsize::new(0));
        let mut browsers: Vec<_> = (0..WRITERS)
            .map(|_| people::at_admin(&database, &server, root))
            .collect();
        let answers: Vec<(String, Said)> = std::thread::scope(|scope| {
            let (ends, saved) = (&ends, &saved);
            let writers: Vec<_> = browsers
                .iter_mut()
                .enumerate()
                .map(|(writer, browser)| {
                    scope.spawn(move || {
                        let mut answers = Vec::new();
                        while !ends.load(Ordering::Relaxed) {
                            let value = format!("{writer}-{}", answers.len());
                            let answer = said(&save(browser, &value));
                            saved.fetch_add(usize::from(answer == Said::Saved), Ordering::Relaxed);
                            answers.push((value, answer));
                        }
                        answers
                    })
                })
                .collect();
            let wait_for_saves = |postgres: &Postgres| {
                let goal = saved.load(Ordering::Relaxed) + STEP;
                postgres.wait_until("people save", |_| saved.load(Ordering::Relaxed) >= goal);
            };
            for _ in 0..rounds() {
                for how in [Signal::QUIT, Signal::INT] {
                    wait_for_saves(&postgres);
                    postgres.end(how);
                    postgres.run_again();
                }
            }
            wait_for_saves(&postgres);
            ends.store(true, Ordering::Relaxed);
            let answers = writers
                .into_iter()
                .map(|writer| writer.join().expect("every answer says something"));
            answers.flatten().collect()
        });
        drop(server);
        check_answers(&database, &answers);
    }

    /// Checks that every save whose answer says so is stored, and none whose answer denies it.
    fn check_answers(database: &Database, answers: &[(String, Said)]) {
        let stored: BTreeSet<String> = database.texts("SELECT value FROM label").into_iter().collect();
        let number = |wanted: fn(Said, bool) -> bool| {
            let found = answers
                .iter()
                .filter(|(value, said)| wanted(*said, stored.contains(value)));
            found.count()
        };
        let lost = number(|said, is_stored| said == Said::Saved && !is_stored);
        let denied = number(|said, is_stored| said == Said::Nothing && is_stored);
        let unknown = number(|said, _| said == Said::Unknown);
        println!(
            "restarts={} answers={} lost={lost} false={denied} unknown={unknown}",
            2 * rounds(),
            answers.len()
        );
        assert_eq!((lost, denied), (0, 0), "{answers:?}");
    }
}
