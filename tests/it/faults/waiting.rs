//! Commands that do not give up say what they wait for.

use std::process::Stdio;

use diesel::connection::SimpleConnection;

use crate::support::database::Database;
use crate::support::program::command;
use crate::support::server::Log;

mod postgres {
    use super::*;

    #[test]
    fn migrate_and_apply_say_who_holds_a_lock() {
        let database = Database::postgres();
        let mut holder = database.connect();
        holder
            .batch_execute("SET application_name = 'holder'; BEGIN; LOCK TABLE data_version; SELECT pg_advisory_xact_lock(91586978213742)")
            .expect("the locks are free");
        let mut children: Vec<_> = [&["migrate"][..], &["apply", "/dev/null"]]
            .into_iter()
            .map(|arguments| {
                let mut child = command()
                    .args(arguments)
                    .args(["--database-url", &database.url])
                    .stdout(Stdio::null())
                    .stderr(Stdio::piped())
                    .spawn()
                    .expect("the program starts");
                let log = Log::follow(child.stderr.take().expect("standard error is piped"));
                (child, log)
            })
            .collect();
        for (_, log) in &children {
            log.wait_for("waiting for the database for 1", 1);
            log.wait_for(" s: a lock, held by pid ", 1);
            log.wait_for(", application holder, since ", 1);
        }
        holder.batch_execute("ROLLBACK").expect("the transaction is open");
        for (child, log) in &mut children {
            assert!(child.wait().expect("it ends").success(), "{}", log.text());
        }
    }
}
