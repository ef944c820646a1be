//! `apply --dry-run --impact`: whose hours a file would change, and by how much.

use serde_json::Value;

use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{apply, run, run_on_input};

on_both_databases!(
    a_changed_window_changes_the_hours_of_its_users,
    calendars_change_the_hours_of_all_that_they_cut,
    components_may_be_added_deleted_enabled_and_disabled,
    what_changes_no_hours_has_no_impact,
    what_cannot_be_read_counts_as_no_hours,
);

const DOCUMENT: &str = "
calendars:
- {name: Spare, rules: [{type: dates, dates: [2000-01-01], start: '00:00', duration_s: 86400}]}
windows:
- name: Office
  timezone: UTC
  calendars: [Spare]
  rules: [{type: weekly, days: [MO, TU, WE, TH, FR], start: '08:00', duration_s: 36000}]
- {name: Night, timezone: UTC, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: '22:00', duration_s: 3600}]}
components:
- {name: shop, windows: [Office]}
- {name: batch, windows: [Office, Night]}
- {name: night, windows: [Night]}
- {name: retired, enabled: false, windows: [Office]}
";

/// Seconds of 70 days, in which each weekday is ten times, whenever they begin.
const RANGE: &str = "70d";
const HOUR: i64 = 3_600;

/// Returns the difference that a file makes, and its impact in lines.
fn impact(database: &Database, arguments: &[&str], file: &str) -> (String, Vec<Value>) {
    let fixed = ["apply", "-", "--dry-run", "--impact", RANGE, "--format", "json"];
    let out = run_on_input(database, &[&fixed[..], arguments].concat(), file).ok();
    let (impacts, rest): (Vec<&str>, Vec<&str>) = out.lines().partition(|line| line.starts_with('{'));
    let value = |line: &str| serde_json::from_str(line).expect("a line of JSON");
    (rest.join("\n"), impacts.into_iter().map(value).collect())
}

/// What a line says: component, before, after, and the change if it is named.
fn facts(line: &Value) -> (String, i64, i64, Option<String>) {
    let number = |key: &str| line[key].as_i64().expect("a number");
    assert_eq!(number("difference"), number("after") - number("before"), "{line}");
    assert!(number("first") > 1_700_000_000, "{line}");
    (
        line["component"].as_str().expect("a name").to_owned(),
        number("before"),
        number("after"),
        line["change"].as_str().map(str::to_owned),
    )
}

fn fact(name: &str, before: i64, after: i64, change: Option<&str>) -> (String, i64, i64, Option<String>) {
    (name.to_owned(), before * HOUR, after * HOUR, change.map(str::to_owned))
}

fn a_changed_window_changes_the_hours_of_its_users(database: &Database) {
    apply(database, DOCUMENT);
    let shorter = "windows: [{name: Office, rules: [\
        {type: weekly, days: [MO, TU, WE, TH], start: '08:00', duration_s: 36000},\
        {type: weekly, days: [FR], start: '08:00', duration_s: 32400}]}]";
    let (difference, lines) = impact(database, &[], shorter);
    assert!(difference.starts_with("~ window Office\n"), "{difference}");
    assert!(
        difference.ends_with("0 would be added, 1 would be changed, 0 would be deleted"),
        "{difference}"
    );
    let facts: Vec<_> = lines.iter().map(facts).collect();
    assert_eq!(facts, [fact("batch", 570, 560, None), fact("shop", 500, 490, None)]);
    // The first instant is the next Friday at 17:00, or now in the hour after it.
    let first = lines[0]["first"].as_i64().expect("an instant");
    let friday = 86_400 + 17 * HOUR;
    assert!(
        (friday..friday + HOUR).contains(&first.rem_euclid(7 * 86_400)),
        "{first} is on no Friday at 17:00"
    );
    // People get a table, and nothing was changed in any of this.
    let arguments = ["apply", "-", "--dry-run", "--impact", "10w"];
    let out = run_on_input(database, &arguments, shorter).ok();
    assert!(
        out.contains("The hours of 2 components would change in the next 70 days:"),
        "{out}"
    );
    let squeezed = out.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "component before after difference a week first",
        "batch 570 h 560 h −10 h −1 h Fri 20",
        "UTC shop 500 h 490 h −10 h −1 h Fri 20",
        "together −20 h",
    ] {
        assert!(squeezed.contains(words), "{words}: {out}");
    }
}

fn calendars_change_the_hours_of_all_that_they_cut(database: &Database) {
    apply(database, DOCUMENT);
    let mondays = "calendars: [{name: Spare, rules: [{type: weekly, days: [MO], start: '00:00', duration_s: 86400}]}]";
    let facts_of = |file: &str| impact(database, &[], file).1.iter().map(facts).collect::<Vec<_>>();
    assert_eq!(
        facts_of(mondays),
        [fact("batch", 570, 470, None), fact("shop", 500, 400, None)]
    );
    // A new calendar of a component, a new window, and a calendar of the same name as a window's.
    let file = "
calendars: [{name: Closed, rules: [{type: weekly, days: [TU], start: '22:00', duration_s: 3600}]}]
windows: [{name: Noon, timezone: UTC, rules: [{type: weekly, days: [SA], start: '12:00', duration_s: 7200}]}]
components: [{name: night, windows: [Night, Noon], calendars: [Closed]}]
";
    assert_eq!(facts_of(file), [fact("night", 70, 80, None)]);
}

fn components_may_be_added_deleted_enabled_and_disabled(database: &Database) {
    apply(database, DOCUMENT);
    let file = "
calendars: [{name: Spare}]
windows: [{name: Office}, {name: Night}]
components:
- {name: added, windows: [Night]}
- {name: idle}
- {name: shop, enabled: false}
- {name: retired, enabled: true}
- {name: night}
";
    let (_, lines) = impact(database, &["--prune"], file);
    let facts: Vec<_> = lines.iter().map(facts).collect();
    assert_eq!(
        facts,
        [
            fact("batch", 570, 0, Some("deleted")),
            fact("retired", 0, 500, Some("enabled")),
            fact("shop", 500, 0, Some("disabled")),
            fact("added", 0, 70, Some("added")),
        ]
    );
}

fn what_changes_no_hours_has_no_impact(database: &Database) {
    apply(database, DOCUMENT);
    let file = "
calendars: [{name: Spare, rules: [{type: dates, dates: [2001-01-01], start: '00:00', duration_s: 86400}]}]
windows:
- name: Office
  description: The same hours
  rules:
  - {type: weekly, days: [MO, TU, WE], start: '08:00', duration_s: 36000}
  - {type: weekly, days: [TH, FR], start: '08:00', duration_s: 36000, note: in two rules}
components: [{name: shop, description: text, labels: {a: b}}]
";
    let (difference, lines) = impact(database, &[], file);
    assert!(
        difference.ends_with("1 would be added, 3 would be changed, 0 would be deleted"),
        "{difference}"
    );
    assert!(lines.is_empty(), "{lines:?}");
    let out = run_on_input(database, &["apply", "-", "--dry-run", "--impact", "90d"], file).ok();
    assert!(out.ends_with("No hours would change in the next 90 days.\n"), "{out}");
}

fn what_cannot_be_read_counts_as_no_hours(database: &Database) {
    apply(database, DOCUMENT);
    database.execute("UPDATE rule SET start_time = 'noon' WHERE start_time = '22:00'");
    // Of what stays unreadable only a note is given.
    let ran = run_on_input(
        database,
        &["apply", "-", "--dry-run", "--impact", RANGE],
        "components: [{name: batch, windows: [Night]}, {name: shop, windows: [Office, Night]}]",
    );
    assert!(
        ran.err.contains("`batch` cannot be evaluated") && ran.err.contains("noon"),
        "{ran:?}"
    );
    let out = ran.ok();
    assert!(out.contains("(becomes unreadable)"), "{out}");
    let repaired = "windows: [{name: Night, rules: [{type: weekly, days: [SU], start: '22:00', duration_s: 3600}]}]";
    let (_, lines) = impact(database, &[], repaired);
    let facts: Vec<_> = lines.iter().map(facts).collect();
    let change = Some("was unreadable");
    assert_eq!(facts, [fact("batch", 0, 510, change), fact("night", 0, 10, change)]);
}

#[test]
fn an_impact_is_part_of_a_dry_run() {
    let cases: &[(&[&str], &str)] = &[
        (&["--impact", "90d"], "--dry-run"),
        (&["--dry-run", "--impact", "90x"], "write 90d, or 12w for weeks"),
        (&["--dry-run", "--impact", "0d"], "between 1 and 3660"),
        (&["--dry-run", "--impact", "9999w"], "between 1 and 3660"),
        (
            &["--dry-run", "--impact", "90d", "--format", "yaml"],
            "use table or json",
        ),
    ];
    for (arguments, words) in cases {
        let ran = run(&[&["apply", "services.yaml"], *arguments].concat());
        assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
        assert!(ran.err.contains(words), "{arguments:?}: {}", ran.err);
    }
}
