//! Several writers at once on PostgreSQL, without the program between them: versions come in the order of commits.
//! SQLite has one write lock and needs no such test.

mod postgres {
    use std::collections::BTreeMap;
    use std::sync::Barrier;
    use std::thread;

    use diesel::connection::SimpleConnection;

    use crate::schema::data_version::version;
    use crate::schema::{FIXTURE, execute, number, refusal, texts};
    use crate::support::database::Database;

    fn filled() -> Database {
        let database = Database::postgres();
        database.execute(FIXTURE);
        database
    }

    fn stamp(id: i64) -> String {
        format!("SELECT row_version AS value FROM component WHERE id = {id}")
    }

    #[test]
    fn a_transaction_moves_the_version_once() {
        let database = filled();
        let mut conn = database.connect();
        let before = version(&mut conn);
        execute(
            &mut conn,
            "BEGIN; UPDATE component SET display_name = 'A'; DELETE FROM component_label; UPDATE calendar SET enabled = FALSE; \
             SAVEPOINT s; DELETE FROM component WHERE id = 4; RELEASE s; COMMIT",
        );
        assert_eq!(version(&mut conn), before + 1);
        assert_eq!(number(&mut conn, &stamp(1)), before + 1);
        assert_eq!(number(&mut conn, "SELECT version AS value FROM tombstone"), before + 1);
        execute(&mut conn, "UPDATE component SET display_name = 'B' WHERE id = 1");
        assert_eq!(number(&mut conn, &stamp(1)), before + 2);
    }

    #[test]
    fn a_setting_that_was_left_behind_does_no_harm() {
        let database = filled();
        let mut conn = database.connect();
        let left_behind = [
            "SET sla_monitor.data_version = '1:1'",
            "SET sla_monitor.data_version = 'nonsense'",
            "SET sla_monitor.data_version = ''",
            // The mark of a transaction that is over.
            "BEGIN; UPDATE component SET display_name = 'A' WHERE id = 3; \
             SELECT set_config('sla_monitor.data_version', current_setting('sla_monitor.data_version'), false); COMMIT",
            // The number of this transaction alone must not pass for that of a longer one.
            "SELECT set_config('sla_monitor.data_version', left(txid_current()::text, -1) || ':1', false)",
        ];
        for sql in left_behind {
            execute(&mut conn, sql);
            let before = version(&mut conn);
            execute(&mut conn, "UPDATE component SET display_name = 'B' WHERE id = 1");
            assert_eq!(version(&mut conn), before + 1, "{sql}");
            assert_eq!(number(&mut conn, &stamp(1)), before + 1, "{sql}");
        }
    }

    #[test]
    fn a_rolled_back_version_is_taken_by_the_next() {
        let database = filled();
        let mut conn = database.connect();
        let before = version(&mut conn);
        execute(&mut conn, "BEGIN; DELETE FROM component; ROLLBACK");
        assert_eq!(version(&mut conn), before);
        execute(&mut conn, "UPDATE component SET display_name = 'A' WHERE id = 2");
        assert_eq!(number(&mut conn, &stamp(2)), before + 1);
        assert_eq!(number(&mut conn, "SELECT count(*) AS value FROM tombstone"), 0);
    }

    #[test]
    fn a_writer_waits_for_the_one_before_whatever_it_writes() {
        let database = filled();
        let (mut first, mut second) = (database.connect(), database.connect());
        execute(
            &mut first,
            "BEGIN; UPDATE component SET display_name = 'A' WHERE id = 1",
        );
        execute(&mut second, "SET lock_timeout = '50ms'");
        for sql in [
            "UPDATE component SET display_name = 'B' WHERE id = 2",
            "INSERT INTO component (name) VALUES ('new')",
            "DELETE FROM component WHERE id = 4",
            "INSERT INTO component_window VALUES (3, 1)",
            "DELETE FROM rule WHERE id = 2",
            "UPDATE label SET value = 'green' WHERE id = 4",
            "INSERT INTO label (name, value) VALUES ('a', 'b')",
            "UPDATE calendar SET enabled = FALSE",
        ] {
            let error = refusal(&mut second, sql);
            assert!(error.to_string().contains("lock timeout"), "{sql}: {error}");
        }
        let before = version(&mut second);
        execute(&mut first, "COMMIT");
        execute(&mut second, "UPDATE component SET display_name = 'B' WHERE id = 2");
        assert_eq!(number(&mut second, &stamp(1)), before + 1);
        assert_eq!(number(&mut second, &stamp(2)), before + 2);
    }

    #[test]
    fn writers_of_the_same_rows_in_opposite_order_both_finish() {
        const ROUNDS: usize = 50;
        let database = filled();
        let before = version(&mut database.connect());
        let barrier = Barrier::new(2);
        let write = |ids: [i64; 2]| {
            let mut conn = database.connect();
            for _ in 0..ROUNDS {
                barrier.wait();
                for sql in [
                    "BEGIN".to_owned(),
                    format!(
                        "UPDATE component SET display_name = display_name || 'x' WHERE id = {}",
                        ids[0]
                    ),
                    format!(
                        "UPDATE component_window SET window_id = 3 WHERE component_id = {}",
                        ids[1]
                    ),
                    format!(
                        "UPDATE component SET display_name = display_name || 'x' WHERE id = {}",
                        ids[1]
                    ),
                    "COMMIT".to_owned(),
                ] {
                    conn.batch_execute(&sql).expect("no writer is the victim of a deadlock");
                }
            }
        };
        thread::scope(|scope| {
            scope.spawn(|| write([1, 2]));
            scope.spawn(|| write([2, 1]));
        });
        let mut conn = database.connect();
        let rounds = i64::try_from(ROUNDS).expect("the rounds are few");
        assert_eq!(version(&mut conn), before + 2 * rounds);
        let lengths = texts(
            &mut conn,
            "SELECT length(display_name) AS value FROM component WHERE id < 3",
        );
        assert_eq!(lengths, [(2 * ROUNDS).to_string(), (2 * ROUNDS).to_string()]);
    }

    #[test]
    fn nothing_is_truncated_behind_the_version() {
        let database = filled();
        let mut conn = database.connect();
        for table in [
            "component",
            "label",
            "sla_window",
            "calendar",
            "rule",
            "component_label",
            "component_window",
            "component_calendar",
            "window_calendar",
        ] {
            let error = refusal(&mut conn, &format!("TRUNCATE {table} CASCADE"));
            assert!(error.to_string().contains("use DELETE"), "{table}: {error}");
        }
    }

    /// Reads as the program does: the version and what was stamped after the last one seen, from one unmoving state.
    #[test]
    fn a_reader_that_follows_versions_misses_nothing() {
        const WRITERS: usize = 4;
        const ROUNDS: usize = 40;
        let database = filled();
        let write = &|writer: usize| {
            let mut conn = database.connect();
            for round in 0..ROUNDS {
                let (id, other) = ((writer + round) % 4 + 1, (writer * 3 + round) % 4 + 1);
                let sql = match round % 4 {
                    0 => format!("UPDATE component SET display_name = '{writer} {round}' WHERE id IN ({id}, {other})"),
                    1 => format!(
                        "BEGIN; UPDATE component SET description = '{writer} {round}' WHERE id = {id}; ROLLBACK"
                    ),
                    2 => format!(
                        "DELETE FROM component_window WHERE component_id = {id}; INSERT INTO component_window VALUES ({id}, {})",
                        other % 3 + 1
                    ),
                    _ => format!("UPDATE label SET value = '{writer} {round}' WHERE id = 1"),
                };
                conn.batch_execute(&sql)
                    .expect("writers go through one after the other");
            }
        };
        let row = "concat_ws('|', c.id, display_name, description, (SELECT string_agg(window_id::text, ',') FROM component_window w \
                   WHERE w.component_id = c.id), (SELECT string_agg(value, ',' ORDER BY value) FROM component_label l \
                   JOIN label ON label.id = label_id WHERE l.component_id = c.id))";
        let read = |seen: &mut BTreeMap<String, String>, last: &mut i64| {
            let mut conn = database.connect();
            execute(&mut conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
            let current = version(&mut conn);
            for text in texts(
                &mut conn,
                &format!("SELECT {row} AS value FROM component c WHERE row_version > {last}"),
            ) {
                let (id, rest) = text.split_once('|').expect("the key comes first");
                seen.insert(id.to_owned(), rest.to_owned());
            }
            execute(&mut conn, "COMMIT");
            *last = current;
        };
        let (mut seen, mut last) = (BTreeMap::new(), -1);
        thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || write(writer))).collect();
            while writers.iter().any(|writer| !writer.is_finished()) {
                read(&mut seen, &mut last);
            }
        });
        read(&mut seen, &mut last);
        let (mut all, mut from_nothing) = (BTreeMap::new(), -1);
        read(&mut all, &mut from_nothing);
        assert_eq!(seen, all);
        assert_eq!(last, from_nothing);
    }
}
