//! `backup` and `restore`: whole files that only their owner may read, and nothing destroyed on the way.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::save;
use crate::support::database::Database;
use crate::support::people::superuser;
use crate::support::program::{Ran, apply, run_on};
use crate::support::server::Server;

const ONE: &str = "components: [{name: one}]";
const TWO: &str = "components: [{name: two}]";

fn beside(database: &Database, name: &str) -> PathBuf {
    database.path().with_file_name(name)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("temporary paths are UTF-8")
}

fn mode(path: &Path) -> u32 {
    let metadata = std::fs::metadata(path).expect("the file is there");
    metadata.permissions().mode() & 0o777
}

fn names(database: &Database) -> Vec<String> {
    database.texts("SELECT name AS value FROM component ORDER BY id")
}

/// The names of the files beside a database, its log and index aside.
fn files(database: &Database) -> Vec<String> {
    let folder = database.path();
    let folder = std::fs::read_dir(folder.parent().expect("it is in a folder")).expect("the folder can be read");
    let names = folder.map(|entry| {
        entry
            .expect("it can be read")
            .file_name()
            .to_string_lossy()
            .into_owned()
    });
    let mut names: Vec<String> = names
        .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
        .collect();
    names.sort();
    names
}

fn backup(database: &Database, file: &Path) -> Ran {
    run_on(database, &["backup", text(file)])
}

fn restore(database: &Database, file: &Path) -> Ran {
    run_on(database, &["restore", text(file)])
}

#[test]
fn a_backup_replaces_nothing_but_regular_files() {
    let database = Database::sqlite();
    let other = beside(&database, "other");
    std::fs::write(&other, "other").expect("a file can be written");
    let link = beside(&database, "link");
    std::os::unix::fs::symlink(&other, &link).expect("a link can be made");
    let socket = beside(&database, "socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket can be made");
    for target in [&link, &socket, &beside(&database, "")] {
        for force in [&["backup"][..], &["backup", "--force"]] {
            let ran = run_on(&database, &[force, &[text(target)]].concat());
            assert_eq!(ran.code, 1, "{target:?}: {ran:?}");
        }
    }
    assert!(link.is_symlink());
    assert_eq!(std::fs::read_to_string(&other).expect("it is there"), "other");
}

#[test]
fn a_backup_restores_what_there_was() {
    let database = Database::sqlite();
    apply(&database, ONE);
    let file = beside(&database, "backup.sqlite3");
    let said = backup(&database, &file).ok();
    assert!(
        said.contains(" bytes written to ") && said.contains("backup.sqlite3"),
        "{said}"
    );
    assert_eq!(mode(&file), 0o600);
    apply(&database, TWO);
    let said = restore(&database, &file).ok();
    assert_eq!(names(&database), ["one"]);
    assert_eq!(mode(&database.path()), 0o600);
    let kept = said
        .lines()
        .find_map(|line| line.strip_prefix("the former database is kept as "))
        .expect("it says where the former one is");
    assert!(run_on(&database, &["check"]).out.contains("0 errors"));
    let former = crate::support::program::run(&["export", "--database-url", kept]).ok();
    assert!(former.contains("one") && former.contains("two"), "{former}");
    assert_eq!(files(&database).len(), 3, "{:?}", files(&database));
}

#[test]
fn a_backup_replaces_no_file_unasked() {
    let database = Database::sqlite();
    let file = beside(&database, "backup.sqlite3");
    std::fs::write(&file, "mine").expect("it can be written");
    let refusal = backup(&database, &file).refused();
    assert!(
        refusal.contains("exists; name another file, or give --force"),
        "{refusal}"
    );
    assert_eq!(std::fs::read(&file).expect("it is there"), b"mine");
    run_on(&database, &["backup", "--force", text(&file)]).ok();
    assert_eq!(mode(&file), 0o600);
    assert!(
        std::fs::read(&file)
            .expect("it is there")
            .starts_with(b"SQLite format 3")
    );
    for part in ["", "-wal"] {
        let _open = database.connect();
        let itself = PathBuf::from(format!("{}{part}", text(&database.path())));
        let refusal = run_on(&database, &["backup", "--force", text(&itself)]).refused();
        assert!(refusal.contains("is the database itself"), "{refusal}");
    }
    let refusal = backup(&database, &beside(&database, "nowhere/backup")).refused();
    assert!(refusal.contains("nowhere"), "{refusal}");
    assert_eq!(
        files(&database).len(),
        2,
        "nothing is left behind: {:?}",
        files(&database)
    );
}

#[test]
fn backups_made_under_load_are_whole() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    let mut root = superuser(&database, &server);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut saved = 0;
            while !done.load(Ordering::Relaxed) {
                save(&mut root, &saved.to_string()).expect(302);
                saved += 1;
            }
            saved
        });
        let files = [0, 1, 2, 3, 4].map(|number| beside(&database, &format!("{number}.sqlite3")));
        let made = files.each_ref().map(|file| backup(&database, file));
        done.store(true, Ordering::Relaxed);
        assert!(writer.join().expect("every save is answered") > 0);
        for (file, made) in files.iter().zip(made) {
            made.ok();
            let other = Database::unmigrated_sqlite();
            restore(&other, file).ok();
            let labels = other.number("SELECT count(*) AS value FROM label");
            let entries = other.number("SELECT count(*) AS value FROM log_entry WHERE content_type = 'sla.label'");
            assert_eq!(labels, entries, "one state of the database");
        }
    });
}

#[test]
fn a_database_in_use_is_not_replaced() {
    let database = Database::sqlite();
    apply(&database, ONE);
    let file = beside(&database, "backup.sqlite3");
    backup(&database, &file).ok();
    apply(&database, TWO);
    let mut server = Server::start(&database, &[]);
    let refusal = restore(&database, &file).refused();
    assert!(refusal.contains("is in use; stop the server"), "{refusal}");
    let mut root = superuser(&database, &server);
    save(&mut root, "afterwards").expect(302);
    assert_eq!(names(&database), ["one", "two"]);
    server.signal("KILL");
    server.wait();
    // What was killed leaves its log behind, with the last save in it.
    assert!(beside(&database, "test.sqlite3-wal").exists());
    let said = restore(&database, &file).ok();
    assert_eq!(names(&database), ["one"]);
    let (_, kept) = said.split_once("kept as ").expect("it says where");
    let kept = crate::support::program::run(&["export", "--database-url", kept.trim()]).ok();
    assert!(kept.contains("afterwards") && kept.contains("two"), "{kept}");
}

#[test]
fn what_cannot_be_restored_is_refused_and_nothing_is_touched() {
    let database = Database::sqlite();
    apply(&database, ONE);
    let file = beside(&database, "backup.sqlite3");
    let refused = |reason: &str| {
        let refusal = restore(&database, &file).refused();
        assert!(refusal.contains(reason), "{reason} is expected: {refusal}");
        assert_eq!(names(&database), ["one"]);
        assert!(
            files(&database).len() <= 2,
            "nothing is left behind: {:?}",
            files(&database)
        );
    };
    refused("No such file");
    std::fs::write(&file, "no database").expect("it can be written");
    refused("backup.sqlite3 is no SQLite database; name a file made by `sla-monitor backup`");
    std::fs::write(&file, "").expect("it can be written");
    refused("is no database of sla-monitor");
    run_on(&database, &["backup", "--force", text(&file)]).ok();
    let whole = std::fs::read(&file).expect("it is there");
    let mut damaged = whole.clone();
    damaged[4096..].iter_mut().step_by(7).for_each(|byte| *byte ^= 0x55);
    std::fs::write(&file, &damaged).expect("it can be written");
    refused("cannot be restored");
    std::fs::write(&file, &whole[..whole.len() / 2]).expect("it can be written");
    refused("cannot be restored");
    std::fs::write(&file, &whole).expect("it can be written");
    std::fs::write(beside(&database, "backup.sqlite3-wal"), "frames").expect("it can be written");
    refused("a copy without its end");
    std::fs::remove_file(beside(&database, "backup.sqlite3-wal")).expect("it is there");
    let itself = restore(&database, &database.path()).refused();
    assert!(itself.contains("is the database itself"), "{itself}");
}

#[test]
fn a_backup_of_a_newer_version_is_refused_and_an_older_one_is_brought_up() {
    let database = Database::sqlite();
    apply(&database, ONE);
    let file = beside(&database, "backup.sqlite3");
    let newer = Database::sqlite();
    newer.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000000')");
    backup(&newer, &file).ok();
    let refusal = restore(&database, &file).refused();
    assert!(
        refusal.contains("newer version") && refusal.contains("29991231000000"),
        "{refusal}"
    );
    assert_eq!(names(&database), ["one"]);
    let older = Database::sqlite();
    apply(&older, TWO);
    run_on(&older, &["migrate", "--to", "20261122000800"]).ok();
    run_on(&older, &["backup", "--force", text(&file)]).ok();
    let said = restore(&database, &file).ok();
    assert!(
        said.contains("migrations are pending; `sla-monitor migrate` applies them"),
        "{said}"
    );
    run_on(&database, &["migrate"]).ok();
    assert_eq!(names(&database), ["two"]);
}

#[test]
fn a_backup_that_lacks_parts_is_refused_with_their_names() {
    let database = Database::sqlite();
    apply(&database, ONE);
    let file = beside(&database, "backup.sqlite3");
    let without = |sql: &str| {
        let other = Database::sqlite();
        other.execute(sql);
        run_on(&other, &["backup", "--force", text(&file)]).ok();
        (run_on(&other, &["check"]).out, restore(&database, &file))
    };
    for (sql, parts) in [
        ("DROP TABLE log_entry", ["table log_entry", "index log_entry_user_idx"]),
        (
            "DROP TRIGGER tombstone_pruned",
            ["missing: trigger tombstone_pruned;"; 2],
        ),
        (
            "DROP INDEX component_enabled_idx",
            ["missing: index component_enabled_idx;"; 2],
        ),
    ] {
        let (checked, restored) = without(sql);
        let refusal = restored.refused();
        for part in parts {
            assert!(refusal.contains(part), "{part} is expected: {refusal}");
            assert!(checked.contains("database.E005") && checked.contains(part), "{checked}");
        }
        assert_eq!(names(&database), ["one"]);
    }
    for version in ["20261122000100", "20261122000800"] {
        let sql = format!("DELETE FROM __diesel_schema_migrations WHERE version = '{version}'");
        let (checked, restored) = without(&sql);
        let refusal = restored.refused();
        assert!(refusal.contains("missing: migration 2026-11-22-000"), "{refusal}");
        assert!(checked.contains("database.E002"), "{checked}");
    }
    let (_, restored) = without("CREATE TABLE mine (id INTEGER PRIMARY KEY, text TEXT UNIQUE)");
    restored.ok();
    assert!(names(&database).is_empty());
}

#[test]
fn a_database_that_cannot_be_read_can_be_replaced() {
    let database = Database::sqlite();
    apply(&database, ONE);
    let file = beside(&database, "backup.sqlite3");
    backup(&database, &file).ok();
    std::fs::write(database.path(), "not a database any more, by whatever accident it was").expect("it can be written");
    std::fs::write(beside(&database, "test.sqlite3-wal"), "the log of something else").expect("it can be written");
    let said = restore(&database, &file).ok();
    assert_eq!(names(&database), ["one"]);
    let (_, kept) = said.split_once("kept as ").expect("it says where");
    let kept = std::fs::read_to_string(kept.trim()).expect("it is kept");
    assert!(kept.starts_with("not a database"), "{kept}");
    std::fs::remove_file(database.path()).expect("it is there");
    restore(&database, &file).ok();
    assert_eq!(names(&database), ["one"], "without a database there is nothing to keep");
}

#[test]
fn new_databases_are_their_owners_alone() {
    let database = Database::unmigrated_sqlite();
    run_on(&database, &["migrate"]).ok();
    assert_eq!(mode(&database.path()), 0o600);
    let server = Server::start(&database, &[]);
    for part in ["test.sqlite3", "test.sqlite3-wal", "test.sqlite3-shm"] {
        assert_eq!(mode(&beside(&database, part)), 0o600, "{part}");
    }
    drop(server);
}

mod postgres {
    use super::*;

    #[test]
    fn postgresql_is_backed_up_by_its_own_tools() {
        let database = Database::postgres();
        for (command, tool) in [("backup", "pg_dump --format=custom"), ("restore", "pg_restore --clean")] {
            let refusal = run_on(&database, &[command, "backup.dump"]).refused();
            assert!(refusal.contains(tool) && refusal.contains("backup.dump"), "{refusal}");
        }
    }
}
