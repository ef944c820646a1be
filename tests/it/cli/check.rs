//! `check`: findings with stable ids, and the exit code that scripts rely on.

use super::{EXAMPLE, folder, text, write};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{Ran, apply, run, run_on, run_on_input, run_with};

on_both_databases!(
    data_that_makes_sense_has_no_finding,
    what_is_probably_not_meant_is_warned_of,
    what_cannot_be_read_is_an_error,
    a_database_that_lacks_its_schema_is_an_error,
);

/// What the admin asks for where others rely on it.
const BEHIND_A_PROXY: &[&str] = &["--allowed-hosts", "sla.example.org", "--trusted-proxy", "127.0.0.1"];

/// The example, with dates that no test can outlive.
fn example() -> String {
    EXAMPLE.replace("\"2027-", "\"2927-")
}

/// The ids of the findings, and the sum below them; but for those about the zone data, which depend on the host and on today's date.
#[track_caller]
fn findings(ran: &Ran) -> (Vec<&str>, String) {
    let mut lines: Vec<&str> = ran.out.lines().collect();
    let sum = lines.pop().expect("a sum is there");
    assert_eq!(ran.err, "", "findings are results, not talk");
    let id = |line: &&str| line.split(": ").next().unwrap_or_default().to_owned();
    let count = |lines: &[&str]| {
        let errors = lines.iter().filter(|line| id(line).contains(".E")).count();
        format!("{errors} errors, {} warnings", lines.len() - errors)
    };
    assert_eq!(sum, count(&lines));
    assert_eq!(i32::from(!sum.starts_with("0 errors, ")), ran.code, "{ran:?}");
    lines.retain(|line| !line.starts_with("tzdata."));
    let sum = count(&lines);
    (
        lines
            .into_iter()
            .map(|line| line.split(": ").next().unwrap_or(line))
            .collect(),
        sum,
    )
}

/// Asserts that there is nothing to find.
#[track_caller]
fn finds_nothing(ran: &Ran) {
    assert_eq!(
        findings(ran),
        (Vec::new(), "0 errors, 0 warnings".to_owned()),
        "{ran:?}"
    );
}

/// Makes `document` all that there is; what it leaves out is as it is in something new.
#[track_caller]
fn replace(database: &Database, document: &str) {
    run_on_input(database, &["apply", "--prune", "-"], "{}").ok();
    apply(database, document);
}

#[test]
fn a_database_that_cannot_store_every_text_is_warned_of() {
    let beside = Database::unmigrated_postgres();
    let name = beside.url.rsplit('/').next().expect("the URL ends with a database");
    beside.execute(&format!(
        "CREATE DATABASE {name}_latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'"
    ));
    let database = Database::at(&format!("{}_latin", beside.url));
    database.migrate();
    let ran = run_on(&database, &["check"]);
    assert_eq!(
        findings(&ran),
        (vec!["database.W003"], "0 errors, 1 warnings".to_owned()),
        "{ran:?}"
    );
    // What the encoding lacks is refused with what is wrong, and what it has is stored.
    let refused = run_on_input(&database, &["apply", "-"], "labels: [{name: city, value: Łódź}]").refused();
    for words in ["another encoding than UTF8", "\"LATIN1\"", "made with ENCODING 'UTF8'"] {
        assert!(refused.contains(words), "{words} was expected: {refused}");
    }
    apply(&database, "labels: [{name: city, value: Köln}]");
    beside.execute(&format!("DROP DATABASE {name}_latin WITH (FORCE)"));
}

/// Checks `document` alone: one finding with this id that speaks of `words`.
#[track_caller]
fn warns(database: &Database, document: &str, id: &str, words: &str) {
    replace(database, document);
    let ran = run_on(database, &["check"]);
    let (ids, sum) = findings(&ran);
    assert_eq!(
        (ids.as_slice(), sum.as_str()),
        (&[id][..], "0 errors, 1 warnings"),
        "{document}: {ran:?}"
    );
    assert!(ran.out.contains(words), "{words} was expected: {ran:?}");
}

fn data_that_makes_sense_has_no_finding(database: &Database) {
    finds_nothing(&run_on(database, &["check"]));
    apply(database, &example());
    finds_nothing(&run_on(database, &["check"]));
    let password = [("SLA_MONITOR_SUPERUSER_PASSWORD", "correct-battery-9")];
    let add = [
        "createsuperuser",
        "--noinput",
        "--username",
        "ada",
        "--database-url",
        &database.url,
    ];
    run_with(&add, "", &password).ok();
    let folder = folder();
    let token = write(folder.path(), "token", "t\n");
    std::fs::set_permissions(&token, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("it is our own file");
    let asks = ["--metrics-token-file", text(&token)];
    let deploy = [&["check", "--deploy"], BEHIND_A_PROXY, &asks[..]].concat();
    finds_nothing(&run_on(database, &deploy));
}

#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn what_is_probably_not_meant_is_warned_of(database: &Database) {
    const OFFICE: &str = "{type: weekly, days: [MO], start: '09:00', duration_s: 3600}";
    const DAY: &str = "{type: weekly, days: [MO], start: '00:00', duration_s: 86400}";
    const ALWAYS: &str = "{type: rrule, rrule: FREQ=DAILY, start: '00:00', duration_s: 86400}";
    const LEAKY: &str = "{type: rrule, rrule: FREQ=DAILY, start: '00:00', duration_s: 86340}";
    const DATED: &str = "{type: dates, dates: [2020-01-01], start: '12:00', duration_s: 43200}";
    const NEVER: &str = "{type: rrule, rrule: FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30, start: '09:00', duration_s: 60}";
    let window = |more: &str| format!("windows: [{{name: W, timezone: Europe/Berlin, {more}}}]");
    let cases: &[(String, &str, &str)] = &[
        (
            "components: [{name: a}]".into(),
            "sla.W001",
            "component `a` has no enabled window",
        ),
        (
            format!(
                "{}\ncomponents: [{{name: a, windows: [W]}}]",
                window(&format!("enabled: false, rules: [{OFFICE}]"))
            ),
            "sla.W001",
            "component `a`",
        ),
        (
            window(&format!("rules: [{OFFICE}, {NEVER}]")),
            "sla.W002",
            "rule 2 of window `W`",
        ),
        (
            window(&format!("rules: [{OFFICE}], excludes: [{NEVER}]")),
            "sla.W002",
            "exclude rule 1 of window `W`",
        ),
        (
            format!("calendars: [{{name: C, rules: [{NEVER}]}}]"),
            "sla.W002",
            "rule 1 of calendar `C`",
        ),
        (
            window(&format!("rules: [{OFFICE}], excludes: [{DAY}]")),
            "sla.W003",
            "window `W` promises no service",
        ),
        (
            format!(
                "calendars: [{{name: C, rules: [{DAY}]}}]\n{}",
                window(&format!("rules: [{OFFICE}], calendars: [C]"))
            ),
            "sla.W003",
            "window `W`",
        ),
        (
            window("rules: [{type: once, start_local: 2090-03-26T02:30, end_local: 2090-03-26T05:00}]"),
            "sla.W004",
            "rule 1 of window `W` starts on 2090-03-26 at 03:30 and is 1 h shorter, because the clocks in Europe/Berlin skip 02:30",
        ),
        (
            window(&format!(
                "rules: [{{type: once, start_local: 2090-03-26T02:00, end_local: 2090-03-26T03:00}}, {OFFICE}]"
            )),
            "sla.W004",
            "rule 1 of window `W` does not take place on 2090-03-26, because the clocks in Europe/Berlin skip 02:00 that day; choose another time, or",
        ),
        (
            format!("calendars: [{{name: C, rules: [{DATED}]}}]"),
            "sla.W007",
            "calendar `C` has run out: the last date of its rules “Listed days” and “Once” was 2020-01-01; add the dates to come",
        ),
        (
            window(&format!("valid_until: 2020-01-31, rules: [{OFFICE}]")),
            "sla.W008",
            "window `W` has ended: it was valid until 2020-01-31",
        ),
        (
            window(&format!("rules: [{DATED}]")),
            "sla.W008",
            "window `W` has ended: its last hours were on 2020-01-01, and no rule of it recurs",
        ),
        (
            window(&format!("rules: [{LEAKY}]")),
            "sla.W009",
            "rule 1 of window `W` leaves a hole of 1 min before the next occurrence",
        ),
        (
            window(&format!("rules: [{ALWAYS}], excludes: [{LEAKY}]")),
            "sla.W009",
            "exclude rule 1 of window `W` leaves a hole of 1 min",
        ),
        (
            format!("calendars: [{{name: C, rules: [{LEAKY}]}}]"),
            "sla.W009",
            "rule 1 of calendar `C` leaves a hole of 1 min",
        ),
        (
            format!(
                "{}\ncomponents: [{{name: a-b, windows: [W]}}, {{name: a_b, windows: [W]}}]",
                window(&format!("rules: [{OFFICE}]"))
            ),
            "sla.W005",
            "a-b, a_b share the metric names a_b_service_window_",
        ),
        (
            format!(
                "{}\ncomponents: [{{name: -x, windows: [W]}}, {{name: éx, windows: [W]}}]",
                window(&format!("rules: [{OFFICE}]"))
            ),
            "sla.W005",
            "-x, éx share the metric names c__x_service_window_",
        ),
        (window("rules: []"), "sla.W006", "window `W` has no rules"),
    ];
    for (document, id, words) in cases {
        warns(database, document, id, words);
    }
    // A one-off is not bound by the validity: what is to come has not ended.
    replace(
        database,
        "windows: [{name: W, timezone: UTC, valid_until: 2020-01-01, rules: [{type: weekly, days: [MO], start: '09:00', duration_s: 60}, \
         {type: once, start_local: '2927-01-01T00:00', end_local: '2927-01-02T00:00'}]}]",
    );
    finds_nothing(&run_on(database, &["check"]));
    let disabled = format!(
        "components: [{{name: a, enabled: false}}]\nwindows: [{{name: W, timezone: UTC, enabled: false, valid_until: 2020-01-31}}]\n\
         calendars: [{{name: C, enabled: false, rules: [{DATED}]}}]"
    );
    replace(database, &disabled);
    assert_eq!(
        run_on(database, &["check"]).ok(),
        "0 errors, 0 warnings\n",
        "what is disabled is left alone"
    );
}

fn what_cannot_be_read_is_an_error(database: &Database) {
    let cases = [
        (
            "UPDATE rule SET rrule = 'FREQ=HOURLY' WHERE kind = 'rrule'",
            "calendar `Holidays DE` cannot be read (rule 1: ",
        ),
        (
            "UPDATE rule SET start_time = 'noon' WHERE note = 'team lunch'",
            "window `Business hours DE` cannot be read (rule 1: ",
        ),
        ("UPDATE sla_window SET timezone = 'Mars/Base'", "Mars/Base"),
    ];
    for (sql, words) in cases {
        apply(database, &example());
        database.execute(sql);
        let ran = run_on(database, &["check"]);
        assert_eq!(
            findings(&ran),
            (vec!["sla.E001"], "1 errors, 0 warnings".to_owned()),
            "{sql}: {ran:?}"
        );
        assert!(ran.out.contains(words), "{words} was expected: {ran:?}");
    }
    apply(database, &example());
    assert_eq!(
        run_on(database, &["check"]).ok(),
        "0 errors, 0 warnings\n",
        "`apply` puts it right"
    );

    database.execute("DROP TABLE component_calendar");
    let ran = run_on(database, &["check"]);
    assert_eq!(findings(&ran).0, ["database.E003"], "{ran:?}");
}

fn a_database_that_lacks_its_schema_is_an_error(database: &Database) {
    run_on(database, &["migrate", "--to", "windows"]).ok();
    let ran = run_on(database, &["check"]);
    assert_eq!(
        findings(&ran),
        (vec!["database.E002"], "1 errors, 0 warnings".to_owned())
    );
    assert!(ran.out.contains("run `sla-monitor migrate`"), "{ran:?}");
}

#[test]
fn a_database_that_does_not_answer_is_an_error() {
    let folder = folder();
    let missing = folder.path().join("missing.sqlite3");
    let rubbish = write(folder.path(), "rubbish.sqlite3", "words, not pages. ".repeat(100));
    let cases = [
        (text(&missing), "does not exist; `sla-monitor migrate` makes it"),
        (text(&rubbish), "file is not a database"),
        (text(folder.path()), "this is a directory"),
        ("postgres://user@127.0.0.1:1/nowhere", "127.0.0.1"),
    ];
    for (url, words) in cases {
        let ran = run(&["check", "--database-url", url]);
        assert_eq!(
            findings(&ran),
            (vec!["database.E001"], "1 errors, 0 warnings".to_owned()),
            "{url}: {ran:?}"
        );
        assert!(ran.out.contains(words), "{words} was expected: {ran:?}");
    }
    assert!(!missing.exists(), "looking makes nothing");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn deployment_findings_follow_the_options_of_serve() {
    let database = Database::sqlite();
    let folder = folder();
    let token = write(folder.path(), "token", "t\n");
    let open = write(folder.path(), "open", "u:p\n");
    let empty = write(folder.path(), "empty", "# no line\n");
    for (path, mode) in [(&token, 0o600), (&open, 0o644), (&empty, 0o600)] {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("our own file can be changed");
    }
    let (token, open, empty) = (text(&token), text(&open), text(&empty));
    let wide = "0.0.0.0:8000";
    let url = database.url.as_str();
    let cases: &[(&str, &[&str], &[&str])] = &[
        (url, &["--deploy"], &["deploy.W009", "deploy.W008"]),
        (url, &["--bind", wide], &[]),
        (
            url,
            &["--deploy", "--bind", wide, "--metrics-public"],
            &["deploy.W001", "deploy.W008"],
        ),
        (
            url,
            &["--deploy", "--bind", wide],
            &["deploy.W002", "deploy.W009", "deploy.W008"],
        ),
        (
            url,
            &["--deploy", "--bind", wide, "--metrics-token-file", token],
            &["deploy.W008"],
        ),
        (
            url,
            &[
                "--deploy",
                "--bind",
                wide,
                "--metrics-public",
                "--metrics-token-file",
                token,
            ],
            &["deploy.W008"],
        ),
        (
            url,
            &["--deploy", "--metrics-basic-auth-file", open],
            &["deploy.E001", "deploy.W008"],
        ),
        (url, &["--metrics-basic-auth-file", open], &[]),
        (url, &["--metrics-basic-auth-file", token], &["metrics.E001"]),
        (url, &["--metrics-token-file", empty], &["metrics.E001"]),
        (url, &["--metrics-token-file", "/nowhere/token"], &["metrics.E001"]),
        (
            "sqlite::memory:",
            &["--deploy"],
            &["deploy.W003", "deploy.W009", "database.E002"],
        ),
        (
            "missing-in-the-working-folder.sqlite3",
            &["--deploy"],
            &["deploy.W004", "deploy.W009", "database.E001"],
        ),
    ];
    for (url, arguments, expected) in cases {
        let ran = run(&[&["check", "--database-url", *url], *arguments, BEHIND_A_PROXY].concat());
        assert_eq!(findings(&ran).0, *expected, "{url} {arguments:?}: {ran:?}");
    }
    let of_the_admin: &[(&[&str], &[&str])] = &[
        (&[], &["deploy.W005", "deploy.W006", "deploy.W008"]),
        (
            &["--allowed-hosts", "a.example"],
            &["deploy.W006", "deploy.W009", "deploy.W008"],
        ),
        (
            &["--allowed-hosts", "a.example", "--trusted-proxy", "10.0.0.0/8"],
            &["deploy.W009", "deploy.W008"],
        ),
        (
            &["--allowed-hosts", "a.example", "--trusted-proxy", "10.0.0.1,0.0.0.0/0"],
            &["deploy.W007", "deploy.W009", "deploy.W008"],
        ),
    ];
    for (arguments, expected) in of_the_admin {
        let ran = run(&[&["check", "--deploy", "--database-url", url], *arguments].concat());
        assert_eq!(findings(&ran).0, *expected, "{arguments:?}: {ran:?}");
    }
    for arguments in [
        ["--trusted-proxy", "proxy.example"],
        ["--trusted-proxy", "10.0.0.0/33"],
        ["--allowed-hosts", "https://a.example"],
        ["--allowed-hosts", "a.example:8000"],
        ["--allowed-hosts", ""],
    ] {
        let ran = run(&[&["check", "--database-url", url], &arguments[..]].concat());
        assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
        assert!(ran.err.contains("give "), "{ran:?}");
    }
}

#[test]
fn damaged_and_open_files_are_found() {
    use std::os::unix::fs::PermissionsExt;
    let database = Database::sqlite();
    apply(&database, EXAMPLE);
    let set_mode = |mode: u32| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(database.path(), permissions).expect("the file is ours");
    };
    let check = || run_on(&database, &[&["check", "--deploy"], BEHIND_A_PROXY].concat());
    set_mode(0o600);
    assert!(!findings(&check()).0.contains(&"deploy.E002"));
    for mode in [0o644, 0o640, 0o602] {
        set_mode(mode);
        let ran = check();
        assert!(findings(&ran).0.contains(&"deploy.E002"), "{ran:?}");
    }
    assert!(!run_on(&database, &["check"]).out.contains("deploy."), "only asked for");
    let mut bytes = std::fs::read(database.path()).expect("it can be read");
    bytes[8192..].iter_mut().step_by(5).for_each(|byte| *byte ^= 0x5a);
    std::fs::write(database.path(), bytes).expect("it can be written");
    let ran = run_on(&database, &["check"]);
    assert_eq!(findings(&ran).0, ["database.E004"], "{ran:?}");
    assert!(ran.out.contains("restore a backup"), "{ran:?}");
}
