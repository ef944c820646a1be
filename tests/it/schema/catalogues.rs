//! Both databases hold the same tables, and the program's table definitions are those.

use std::collections::BTreeSet;
use std::path::Path;

use sla_monitor::db::Conn;
use sla_monitor::db::migrate::{self, MigrationTarget};

use super::{FIXTURE, execute, number, texts};
use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(
    a_migration_that_goes_back_and_forth_leaves_the_same_schema,
    all_migrations_that_go_back_leave_nothing,
    rows_survive_migrations_beside_them,
    the_program_and_the_database_have_the_same_columns,
);

/// Not ours: diesel's table of migrations.
const MIGRATIONS_TABLE: &str = "__diesel_schema_migrations";

const SQLITE_COLUMNS: &str = r#"
    SELECT t.name || '.' || c.name || ' ' || CASE WHEN c.pk = 1 AND c.type = 'INTEGER' THEN 'bigint' ELSE lower(c.type) END
        || CASE WHEN c."notnull" THEN ' not null' ELSE '' END || CASE WHEN c.dflt_value IS NULL THEN '' ELSE ' default' END AS value
    FROM sqlite_master AS t JOIN pragma_table_info(t.name) AS c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\'"#;
const POSTGRES_COLUMNS: &str = "
    SELECT table_name || '.' || column_name || ' ' || replace(data_type, ' without time zone', '')
        || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END || CASE WHEN column_default IS NULL THEN '' ELSE ' default' END AS value
    FROM information_schema.columns WHERE table_schema = current_schema()";

const SQLITE_INDEXES: &str = r"
    SELECT tbl_name || CASE WHEN sql LIKE 'CREATE UNIQUE %' THEN ' unique ' ELSE ' index ' END || name || ' ' || substr(sql, instr(sql, '(')) AS value
    FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL
    UNION ALL SELECT t.name || ' key (' || (SELECT group_concat(c.name, ', ' ORDER BY c.pk) FROM pragma_table_info(t.name) AS c WHERE c.pk > 0) || ')'
    FROM sqlite_master AS t WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\'";
const POSTGRES_INDEXES: &str = r#"
    SELECT t.relname || CASE WHEN indisprimary THEN ' key' WHEN indisunique THEN ' unique ' || i.relname ELSE ' index ' || i.relname END || ' ('
        || (SELECT string_agg(replace(replace(pg_get_indexdef(indexrelid, k, true), ' COLLATE "C"', ''), '"', ''), ', ' ORDER BY k)
            FROM generate_series(1, indnkeyatts) AS k) || ')' AS value
    FROM pg_index JOIN pg_class AS i ON i.oid = indexrelid JOIN pg_class AS t ON t.oid = indrelid
    WHERE t.relnamespace = current_schema()::regnamespace"#;

const SQLITE_KEYS: &str = "
    SELECT t.name || ' (' || group_concat(k.\"from\", ', ' ORDER BY k.seq) || ') -> ' || k.\"table\" || '(' || group_concat(k.\"to\", ', ' ORDER BY k.seq)
        || ') on update ' || lower(k.on_update) || ' on delete ' || lower(k.on_delete) AS value
    FROM sqlite_master AS t JOIN pragma_foreign_key_list(t.name) AS k WHERE t.type = 'table' GROUP BY t.name, k.id";
const POSTGRES_KEYS: &str = "
    SELECT conrelid::regclass || replace(replace(split_part(pg_get_constraintdef(oid), ' ON ', 1), 'FOREIGN KEY', ''), 'REFERENCES', '->')
        || ' on update ' || rule(confupdtype) || ' on delete ' || rule(confdeltype) AS value FROM pg_constraint WHERE contype = 'f'";

/// The lines of a catalogue. A query that finds nothing must not pass for equality, so there is a least number of them.
fn lines(conn: &mut Conn, sql: &str, at_least: usize) -> BTreeSet<String> {
    let lines: BTreeSet<String> = texts(conn, sql)
        .into_iter()
        .filter(|line| !line.starts_with(MIGRATIONS_TABLE))
        .collect();
    assert!(lines.len() >= at_least, "the catalogue was found: {lines:?}");
    lines
}

/// `confdeltype` and its like as words.
fn with_words(sql: &str) -> String {
    ["confupdtype", "confdeltype"].iter().fold(sql.to_owned(), |sql, column| {
        let words = format!("CASE {column} WHEN 'a' THEN 'no action' WHEN 'c' THEN 'cascade' WHEN 'r' THEN 'restrict' ELSE 'other' END");
        sql.replace(&format!("rule({column})"), &words)
    })
}

/// Apart, so that a filter can leave PostgreSQL out.
mod side_by_side {
    mod postgres {
        use crate::schema::catalogues::*;

        #[test]
        fn both_databases_have_the_same_columns_indexes_and_keys() {
            let (sqlite, postgres) = (Database::sqlite(), Database::postgres());
            let (sqlite, postgres) = (&mut sqlite.connect(), &mut postgres.connect());
            assert_eq!(lines(sqlite, SQLITE_COLUMNS, 70), lines(postgres, POSTGRES_COLUMNS, 70));
            assert_eq!(lines(sqlite, SQLITE_INDEXES, 25), lines(postgres, POSTGRES_INDEXES, 25));
            assert_eq!(
                lines(sqlite, SQLITE_KEYS, 10),
                lines(postgres, &with_words(POSTGRES_KEYS), 10)
            );
        }
    }
}

fn the_program_and_the_database_have_the_same_columns(database: &Database) {
    let sql = if database.is_postgres() {
        POSTGRES_COLUMNS
    } else {
        SQLITE_COLUMNS
    };
    let columns = lines(&mut database.connect(), sql, 70);
    let columns: BTreeSet<String> = columns
        .iter()
        .map(|line| line.trim_end_matches(" default").to_owned())
        .collect();
    assert_eq!(definitions(), columns);
}

/// The columns of `src/db/schema.rs`, as lines of the catalogue.
fn definitions() -> BTreeSet<String> {
    let mut table = "";
    let mut columns = BTreeSet::new();
    for line in include_str!("../../../src/db/schema.rs").lines().map(str::trim) {
        if let Some((column, kind)) = line
            .trim_end_matches(',')
            .split_once(" -> ")
            .filter(|_| !line.starts_with("diesel"))
        {
            let (kind, null) = match kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>')) {
                Some(kind) => (kind, ""),
                None => (kind, " not null"),
            };
            let kind = kind
                .to_lowercase()
                .replace("bool", "boolean")
                .replace("double", "double precision");
            columns.insert(format!("{table}.{column} {kind}{null}"));
        } else if let Some((name, _)) = line.strip_suffix('{').and_then(|line| line.split_once(" (")) {
            table = name;
        }
    }
    columns
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |database: &str| -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database);
        let entries = std::fs::read_dir(folder).expect("the folder is there");
        let names = entries.map(|entry| {
            let entry = entry.expect("the entry can be read").path();
            for file in ["up.sql", "down.sql"] {
                assert!(entry.join(file).is_file(), "{} has {file}", entry.display());
            }
            entry
                .file_name()
                .expect("an entry has a name")
                .to_string_lossy()
                .into_owned()
        });
        names.collect()
    };
    let sqlite = names("sqlite");
    assert!(sqlite.len() >= 4, "the migrations were found");
    assert_eq!(sqlite, names("postgres"));
}

/// Everything that the schema holds, as the database itself would write it down.
fn everything(conn: &mut Conn, database: &Database) -> BTreeSet<String> {
    let sql = match database.is_postgres() {
        false => "SELECT tbl_name || ' ' || type || ' ' || name || ' ' || sql AS value FROM sqlite_master WHERE name NOT LIKE 'sqlite%'".to_owned(),
        true => format!(
            "{POSTGRES_COLUMNS} UNION ALL {POSTGRES_INDEXES}
             UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
                WHERE connamespace = current_schema()::regnamespace
             UNION ALL SELECT tgrelid::regclass || ' ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
             UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
             UNION ALL SELECT relname || ' ' || relkind::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace
             UNION ALL SELECT typname || ' type' FROM pg_type WHERE typnamespace = current_schema()::regnamespace AND typname NOT LIKE '\\_%'"
        ),
    };
    lines(conn, &sql, 0)
}

fn migrate_to(conn: &mut Conn, target: &str) {
    let target = match target {
        "latest" => MigrationTarget::Latest,
        other => MigrationTarget::To(other.to_owned()),
    };
    migrate::migrate(conn, &target).expect("the migrations go there");
}

fn a_migration_that_goes_back_and_forth_leaves_the_same_schema(database: &Database) {
    let conn = &mut database.connect();
    let versions: Vec<String> = migrate::status(conn)
        .expect("the migrations are known")
        .into_iter()
        .map(|status| status.version)
        .collect();
    migrate_to(conn, "zero");
    for pair in std::iter::once("zero")
        .chain(versions.iter().map(String::as_str))
        .collect::<Vec<_>>()
        .windows(2)
    {
        let before = everything(conn, database);
        migrate_to(conn, pair[1]);
        let after = everything(conn, database);
        assert_ne!(before, after, "{} does something", pair[1]);
        migrate_to(conn, pair[0]);
        assert_eq!(everything(conn, database), before, "{} is taken back whole", pair[1]);
        migrate_to(conn, pair[1]);
        assert_eq!(everything(conn, database), after, "{} does the same again", pair[1]);
    }
}

fn all_migrations_that_go_back_leave_nothing(database: &Database) {
    let conn = &mut database.connect();
    execute(conn, FIXTURE);
    let before = everything(conn, database);
    migrate_to(conn, "zero");
    assert_eq!(everything(conn, database), BTreeSet::new());
    migrate_to(conn, "latest");
    assert_eq!(everything(conn, database), before);
    assert_eq!(number(conn, "SELECT count(*) AS value FROM component"), 0);
}

fn rows_survive_migrations_beside_them(database: &Database) {
    let conn = &mut database.connect();
    execute(conn, FIXTURE);
    let tables = [
        "SELECT id || name || version || enabled || created_at AS value FROM component",
        "SELECT component_id || label_name || label_id AS value FROM component_label",
        "SELECT id || name || timezone AS value FROM sla_window",
        "SELECT id || kind || position AS value FROM rule",
        "SELECT component_id || ' ' || window_id AS value FROM component_window",
    ];
    let rows = |conn: &mut Conn| tables.map(|sql| texts(conn, sql).into_iter().collect::<BTreeSet<_>>());
    let before = rows(conn);
    migrate_to(conn, "windows");
    assert_eq!(rows(conn), before);
    migrate_to(conn, "latest");
    assert_eq!(rows(conn), before);
}
