//! Files that are replaced, deleted or robbed of their log under a running server: what it acknowledges afterwards is in the file that has
//! the name, and no connection reads the former one for ever.

use std::fs::{copy, remove_file, rename};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sla_monitor::db::pool::Pool;
use sla_monitor::db::{self, Conn, Error, dialect};

use super::save;
use crate::support::browser::Browser;
use crate::support::client::get;
use crate::support::database::Database;
use crate::support::people::superuser;
use crate::support::program::{apply, run_on};
use crate::support::server::Server;

/// Saves after each accident.
const SAVES: usize = 100;

/// A server on a database of which a backup was made.
struct Served {
    database: Database,
    server: Server,
    root: Browser,
    backup: PathBuf,
}

impl Served {
    fn start() -> Self {
        let database = Database::sqlite();
        apply(&database, "components: [{name: before}]");
        let server = Server::start(&database, &[]);
        let mut root = superuser(&database, &server);
        let backup = database.path().with_file_name("backup.sqlite3");
        run_on(&database, &["backup", backup.to_str().expect("paths are UTF-8")]).ok();
        save(&mut root, "in the log").expect(302);
        get(&format!("{}/metrics", server.url));
        Self {
            database,
            server,
            root,
            backup,
        }
    }

    fn part(&self, ending: &str) -> PathBuf {
        self.database.path().with_file_name(format!("test.sqlite3{ending}"))
    }

    /// Saves often and returns the values that were acknowledged; the first few may be refused.
    fn save_often(&mut self) -> Vec<String> {
        let mut acknowledged = Vec::new();
        for number in 0..SAVES {
            let value = format!("later-{number}");
            let page = save(&mut self.root, &value);
            match page.status() {
                302 => acknowledged.push(value),
                503 => assert!(number < 5, "it goes on: {}", page.html()),
                status => panic!("{status}: {}", page.html()),
            }
        }
        acknowledged
    }

    /// Saves until it goes on, which takes a second where a file was written over.
    fn save_at_last(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while save(&mut self.root, "at last").status() != 302 {
            assert!(Instant::now() < deadline, "it never goes on: {}", self.server.log());
        }
    }

    /// Stops the server and returns the values in the file, which is whole.
    fn stored(mut self) -> Vec<String> {
        self.server.signal("TERM");
        self.server.wait();
        let whole = self
            .database
            .texts("SELECT integrity_check AS value FROM pragma_integrity_check");
        assert_eq!(whole, ["ok"]);
        self.database.texts("SELECT value AS value FROM label ORDER BY id")
    }

    #[track_caller]
    fn loses_nothing(mut self, keeps_the_log: bool) {
        let acknowledged = self.save_often();
        assert!(acknowledged.len() >= SAVES - 5);
        let listed = self.root.get("/admin/sla/label/?q=in+the+log").expect(200);
        let values = listed.texts("#result_list .field-value");
        assert_eq!(
            values.len(),
            usize::from(keeps_the_log),
            "pages read the file that is there: {values:?}"
        );
        let mut stored = self.stored();
        assert_eq!(stored.iter().any(|value| value == "in the log"), keeps_the_log);
        stored.retain(|value| value.starts_with("later-"));
        assert_eq!(stored, acknowledged);
    }
}

#[test]
fn a_backup_moved_over_the_file_loses_no_save() {
    let served = Served::start();
    rename(&served.backup, served.database.path()).expect("it can be renamed");
    served.loses_nothing(false);
}

#[test]
fn a_backup_in_the_place_of_file_and_log_loses_no_save() {
    let served = Served::start();
    for ending in ["-wal", "-shm", ""] {
        remove_file(served.part(ending)).expect("it is there");
    }
    copy(&served.backup, served.database.path()).expect("it can be copied");
    served.loses_nothing(false);
}

/// The file is the same by its inode; only its content tells.
#[test]
fn a_backup_copied_over_the_file_loses_no_save() {
    let mut served = Served::start();
    copy(&served.backup, served.database.path()).expect("it can be copied");
    served.save_at_last();
    served.loses_nothing(false);
}

#[test]
fn a_log_that_was_deleted_loses_no_save() {
    let served = Served::start();
    remove_file(served.part("-wal")).expect("it is there");
    served.loses_nothing(true);
}

#[test]
fn a_log_that_was_moved_away_with_its_index_loses_no_save() {
    let served = Served::start();
    for ending in ["-wal", "-shm"] {
        rename(served.part(ending), served.part(&format!("{ending}.away"))).expect("it is there");
    }
    served.loses_nothing(true);
}

#[test]
fn a_file_that_is_gone_is_said_to_be_gone_until_it_is_back() {
    let mut served = Served::start();
    let away = served.part(".away");
    rename(served.database.path(), &away).expect("it can be renamed");
    for _ in 0..3 {
        let page = save(&mut served.root, "nowhere").expect(503);
        assert!(page.html().contains("was replaced or deleted"), "{}", page.html());
    }
    assert!(!served.database.path().exists(), "no empty file is made");
    rename(&away, served.database.path()).expect("it can be renamed");
    served.loses_nothing(true);
}

#[test]
fn a_file_of_something_else_is_refused_until_the_right_one_is_there() {
    let mut served = Served::start();
    remove_file(served.database.path()).expect("it is there");
    std::fs::write(served.database.path(), "").expect("it can be written");
    for _ in 0..3 {
        let page = save(&mut served.root, "nowhere").expect(503);
        assert!(page.html().contains("migrations are pending"), "{}", page.html());
    }
    rename(&served.backup, served.database.path()).expect("it can be renamed");
    served.loses_nothing(false);
}

fn replace(database: &Path, by: &Path) {
    let other = by.with_extension("copy");
    copy(by, &other).expect("it can be copied");
    rename(other, database).expect("it can be renamed");
}

fn insert(conn: &mut Conn) -> db::Result<()> {
    use diesel::connection::SimpleConnection;
    Ok(conn.batch_execute("INSERT INTO component (name) VALUES ('written')")?)
}

#[test]
fn a_connection_notices_before_it_writes_and_before_it_acknowledges() {
    let database = Database::sqlite();
    let other = Database::sqlite();
    let pool = Pool::connect(&database.url.parse().expect("it is a URL"), 2).expect("it answers");
    let count = |database: &Database| database.number("SELECT count(*) AS value FROM component");

    let mut conn = pool.pool().get().expect("there is one");
    let done = dialect::write_transaction(&mut conn, None, |conn| {
        insert(conn)?;
        replace(&database.path(), &other.path());
        Ok::<_, Error>(())
    });
    assert!(matches!(done, Err(Error::OutcomeUnknown(_))), "{done:?}");
    let before = dialect::write_transaction(&mut conn, None, insert);
    assert!(matches!(before, Err(Error::FileChanged(_))), "{before:?}");
    let keyed = dialect::keyed_transaction(&mut conn, "key", insert);
    assert!(matches!(keyed, Err(Error::FileChanged(_))), "{keyed:?}");
    let single = dialect::write_statement(&mut conn, insert);
    assert!(matches!(single, Err(Error::FileChanged(_))), "{single:?}");
    let refused = pool.pool().get().map(drop);
    assert!(
        matches!(refused, Err(Error::FileChanged(_))),
        "the former connection is still open: {refused:?}"
    );
    drop(conn);
    let mut conn = pool.pool().get().expect("the file is opened anew");
    dialect::write_transaction(&mut conn, None, insert).expect("nothing is in the way");
    drop(conn);
    drop(pool);
    assert_eq!(count(&database), 1);
    assert_eq!(count(&other), 0);
}
