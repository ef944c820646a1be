//! How often SQLite waits for the disk: at each commit that is acknowledged, and never for what is not worth it.

use std::path::Path;

use sla_monitor::clock::{Clock, SystemClock};
use sla_monitor::db::{Conn, dialect};
use tempfile::TempDir;

use super::save;
use crate::support::browser::Browser;
use crate::support::database::Database;
use crate::support::people::{add_user, superuser, superuser_state};
use crate::support::program::{PROGRAM, without_settings};
use crate::support::server::Server;

/// A server whose waits for the disk are recorded.
struct Traced {
    server: Server,
    folder: TempDir,
}

impl Traced {
    fn start(database: &Database, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mut command = without_settings("strace");
        // The tracer is a grandchild, so that the process that tests end is the server itself.
        command
            .args(["-D", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o"])
            .arg(trace(folder.path()))
            .arg(PROGRAM)
            .args(["serve", "--bind", "127.0.0.1:0", "--database-url", &database.url])
            .args(arguments);
        Self {
            server: Server::spawn(command),
            folder,
        }
    }

    /// How often the server has waited so far. Each call is recorded before the server goes on.
    fn waits(&self) -> usize {
        let text = std::fs::read_to_string(trace(self.folder.path())).expect("there is a record");
        text.lines()
            .filter(|line| line.contains("fsync(") || line.contains("fdatasync("))
            .count()
    }

    /// How often the server waits during `work`.
    fn waits_of(&self, work: impl FnOnce()) -> usize {
        let before = self.waits();
        work();
        self.waits() - before
    }
}

fn trace(folder: &Path) -> std::path::PathBuf {
    folder.join("trace")
}

#[test]
fn a_save_waits_for_the_disk_and_a_page_does_not() {
    let database = Database::sqlite();
    let traced = Traced::start(&database, &[]);
    let mut root = superuser(&database, &traced.server);
    root.get("/admin/").expect(200);
    for number in 0..3 {
        let waits = traced.waits_of(|| drop(save(&mut root, &number.to_string()).expect(302)));
        assert!(
            (1..=2).contains(&waits),
            "a save waits once, or twice for a new log: {waits}"
        );
        let waits = traced.waits_of(|| {
            let page = root.get("/admin/sla/label/").expect(200);
            assert!(
                page.has(".messagelist .success"),
                "the message is taken out of the database"
            );
        });
        assert_eq!(waits, 0, "a page with a message");
    }
    // Longer ago than a minute, and not so long that the session has ended.
    let now = SystemClock.now();
    let ago = |minutes: i64| (now - chrono::TimeDelta::minutes(minutes)).format("%Y-%m-%d %H:%M:%S");
    database.execute(&format!("UPDATE login_session SET last_seen_at = '{}'", ago(10)));
    let waits = traced.waits_of(|| drop(root.get("/admin/").expect(200)));
    assert_eq!(waits, 0, "a page that notes the visit");
    let seen = format!(
        "SELECT count(*) AS value FROM login_session WHERE last_seen_at > '{}'",
        ago(5)
    );
    assert_eq!(database.number(&seen), 1, "the visit was noted");
}

#[test]
fn logins_and_logouts_wait_for_the_disk() {
    const PASSWORD: &str = "correct horse battery";
    let database = Database::sqlite();
    add_user(&database, &superuser_state("ada"), Some(PASSWORD));
    let traced = Traced::start(&database, &[]);
    let mut ada = Browser::new(&traced.server);
    let form = ada.get("/admin/login/").expect(200).form("#login-form");
    let form = form.set("username", "ada").set("password", PASSWORD);
    let waits = traced.waits_of(|| drop(ada.submit(&form, ("", "")).expect(302)));
    assert!(waits >= 1, "the session is on the disk");
    let waits = traced.waits_of(|| drop(ada.post("/admin/logout/", &[]).expect(200)));
    assert!(waits >= 1, "its end is on the disk");
}

#[test]
fn who_knows_better_waits_at_checkpoints_alone() {
    let database = Database::sqlite();
    let traced = Traced::start(&database, &["--sqlite-synchronous", "normal"]);
    let mut root = superuser(&database, &traced.server);
    save(&mut root, "first").expect(302);
    let waits = traced.waits_of(|| drop(save(&mut root, "second").expect(302)));
    assert_eq!(waits, 0);
}

#[test]
fn connections_wait_for_the_disk_but_where_it_is_not_worth_it() {
    fn synchronous(conn: &mut Conn) -> i32 {
        use diesel::prelude::*;
        use diesel::sql_types::Integer;
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Integer)]
            synchronous: i32,
        }
        let row = diesel::sql_query("PRAGMA synchronous").get_result::<Row>(conn);
        row.expect("SQLite says it").synchronous
    }
    let mut conn = Database::sqlite().connect();
    assert_eq!(synchronous(&mut conn), 2);
    let within = dialect::without_sync(&mut conn, |conn| Ok(synchronous(conn)));
    assert_eq!(within.expect("nothing fails"), 1);
    assert_eq!(synchronous(&mut conn), 2);
}
