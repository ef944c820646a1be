//! Names and texts of files: one spelling of a name for another, and no difference that only normalization makes.

use icu_normalizer::DecomposingNormalizerBorrowed;
use proptest::prelude::*;
use sla_monitor::apps::sla::names::ByName;
use sla_monitor::text;

use super::counts;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{apply, run_on, run_on_input};

on_both_databases!(
    a_decomposed_file_changes_nothing_of_composed_data,
    what_is_stored_is_composed,
    links_and_explain_find_names_in_every_spelling,
    texts_that_differ_by_blanks_alone_are_no_difference,
    old_rows_go_out_and_come_in_as_they_are,
    names_that_look_alike_are_listed,
);

const NOTHING: &str = "0 added, 0 changed, 0 deleted\n";

const UMLAUTS: &str = "
labels:
- {name: team, value: Zürich, description: Für Zürich}
calendars:
- {name: Feiertage Österreich, description: Für alle, rules: [{type: dates, dates: [{date: '2990-12-25', name: Christtag für alle}], start: '00:00', duration_s: 60}]}
windows:
- name: Bürozeiten
  description: Für alle
  timezone: Europe/Vienna
  calendars: [Feiertage Österreich]
  rules: [{type: weekly, days: [MO], start: '09:00', duration_s: 3600, note: Früh}]
components:
- {name: prüfung-1, display_name: Prüfung, description: Für alle, labels: {team: Zürich}, windows: [Bürozeiten], calendars: [Feiertage Österreich]}
";

fn decomposed(text: &str) -> String {
    DecomposingNormalizerBorrowed::new_nfd().normalize(text).into_owned()
}

fn export(database: &Database) -> String {
    run_on(database, &["export"]).ok()
}

/// Applies a file of which no run may find a difference.
#[track_caller]
fn changes_nothing(database: &Database, document: &str) {
    let before = counts(database);
    let difference = run_on_input(database, &["apply", "--dry-run", "-"], document).ok();
    assert!(
        difference.ends_with(NOTHING) || difference.lines().count() == 1,
        "{difference}"
    );
    assert_eq!(apply(database, document), NOTHING);
    assert_eq!(counts(database), before);
}

fn a_decomposed_file_changes_nothing_of_composed_data(database: &Database) {
    apply(database, UMLAUTS);
    let state = export(database);
    let file = decomposed(UMLAUTS);
    assert_ne!(file, UMLAUTS);
    changes_nothing(database, &file);
    let pruned = run_on_input(database, &["apply", "--prune", "-"], &file).ok();
    assert_eq!(pruned, NOTHING);
    assert_eq!(export(database), state);
}

fn what_is_stored_is_composed(database: &Database) {
    apply(database, &decomposed(UMLAUTS));
    let state = export(database);
    assert_ne!(state, decomposed(&state), "the export is composed");
    assert_eq!(state, text::area(&state) + "\n");
    changes_nothing(database, UMLAUTS);
}

fn links_and_explain_find_names_in_every_spelling(database: &Database) {
    apply(database, UMLAUTS);
    let file = "components:\n- {name: x1, windows: [bu\u{308}ROzeiten], calendars: [FEIERTAGE ÖSTERREICH]}\n";
    assert_eq!(apply(database, file), "1 added, 0 changed, 0 deleted\n");
    let linked = database.texts("SELECT name AS value FROM sla_window WHERE id IN (SELECT window_id FROM component_window GROUP BY window_id HAVING count(*) = 2)");
    assert_eq!(linked, ["Bürozeiten"]);
    for name in ["prüfung-1", "pru\u{308}fung-1", "PRÜFUNG-1", " prüfung-1 "] {
        let said = run_on(database, &["explain", name]).ok();
        assert!(said.starts_with("prüfung-1 is "), "{name}: {said}");
    }
    // A name in another case is written anew, as before; a link that says it otherwise is no change.
    assert_eq!(
        apply(database, "windows: [{name: BÜROZEITEN}]"),
        "0 added, 1 changed, 0 deleted\n"
    );
    assert_eq!(database.texts("SELECT name AS value FROM sla_window"), ["BÜROZEITEN"]);
    changes_nothing(database, "components: [{name: x1, windows: [Bürozeiten]}]");
}

fn texts_that_differ_by_blanks_alone_are_no_difference(database: &Database) {
    let file = "
labels: [{name: team, value: ' red ', description: \"a\\n\"}]
windows:
- name: ' Office '
  timezone: UTC
  description: |
    one
    two
  rules: [{type: weekly, days: [MO], start: '09:00', duration_s: 60, note: ' early '}]
components:
- name: 'api '
  display_name: ' API '
  labels: {team: 'red '}
  windows: ['Office  ']
  description: |
    text
";
    assert_eq!(apply(database, file), "3 added, 0 changed, 0 deleted\n");
    let texts = database.texts("SELECT name || '|' || description AS value FROM sla_window");
    assert_eq!(texts, ["Office|one\ntwo"]);
    let texts = database.texts("SELECT name || '|' || display_name || '|' || description AS value FROM component");
    assert_eq!(texts, ["api|API|text"]);
    assert_eq!(
        database.texts("SELECT name || '=' || value AS value FROM label"),
        ["team=red"]
    );
    assert_eq!(database.texts("SELECT note AS value FROM rule"), ["early"]);
    changes_nothing(database, file);
    changes_nothing(database, &file.replace('\n', "\r\n"));
    changes_nothing(database, &export(database));
}

fn old_rows_go_out_and_come_in_as_they_are(database: &Database) {
    database.execute(
        "INSERT INTO component (name, display_name, description) VALUES ('pru\u{308}f-1', ' a\tb ', 'text\n'), ('prüf-1', '', ''), ('a\u{200b}1', '', '');
         INSERT INTO sla_window (name, timezone) VALUES ('Straße', 'UTC'), ('STRASSE', 'UTC'), (' Of\u{ad}fice ', 'UTC'), ('Office', 'UTC');
         INSERT INTO label (name, value) VALUES ('env', 'Prod'), ('env', 'prod'), ('team', ' r\u{200b}ed ');
         INSERT INTO component_label (component_id, label_id, label_name) VALUES (1, 3, 'team'), (2, 1, 'env'), (3, 2, 'env');
         INSERT INTO component_window (component_id, window_id) VALUES (1, 1), (2, 2), (3, 3), (3, 4);
         INSERT INTO rule (window_id, position, effect, kind, weekdays, start_time, duration_s, note)
             VALUES (1, 0, 'include', 'weekly', 31, '08:00', 3600, 'one\ntwo'), (3, 0, 'include', 'weekly', 31, '08:00', 3600, ' early ');",
    );
    let state = export(database);
    for format in ["yaml", "json"] {
        let out = run_on(database, &["export", "--format", format]).ok();
        changes_nothing(database, &out);
    }
    assert_eq!(run_on_input(database, &["apply", "--prune", "-"], &state).ok(), NOTHING);
    run_on(database, &["migrate"]).ok();
    changes_nothing(database, &state);
    // What differs by letter case means the oldest; its own name is exact.
    assert_eq!(
        apply(
            database,
            "windows: [{name: STRASSE, description: big}, {name: Straße, description: small}]"
        ),
        "0 added, 2 changed, 0 deleted\n"
    );
    let texts = database
        .texts("SELECT name || '=' || description AS value FROM sla_window WHERE description <> '' ORDER BY id");
    assert_eq!(texts, ["Straße=small", "STRASSE=big"]);
    let both = "windows: [{name: strasse}, {name: Straße}]";
    assert!(
        run_on_input(database, &["apply", "-"], both)
            .refused()
            .contains("stands in line 1 already")
    );
}

fn names_that_look_alike_are_listed(database: &Database) {
    database.execute(
        "INSERT INTO component (name) VALUES ('pru\u{308}f-1'), ('prüf-1'), ('api'), ('ａpi1'), ('a\u{200b}pi1');
         INSERT INTO sla_window (name, timezone) VALUES ('Straße', 'UTC'), ('STRASSE', 'UTC'), ('Office', 'UTC');
         INSERT INTO calendar (name) VALUES ('A  B'), ('a b');
         INSERT INTO label (name, value) VALUES ('env', 'Prod'), ('env', 'prod'), ('team', 'prod');
         INSERT INTO user_account (username, password) VALUES ('Ünal', 'x'), ('ünal', 'x'), ('ada', 'x');
         INSERT INTO user_group (name) VALUES ('Ärzte'), ('ärzte');",
    );
    let out = run_on(database, &["check"]).out;
    let lines: Vec<&str> = out
        .lines()
        .filter(|line| ["sla.W02", "accounts.W"].iter().any(|id| line.starts_with(id)))
        .collect();
    let expected = [
        "sla.W021: the names of the components `ａpi1`, `a\\u{200b}pi1` look alike; rename all but one",
        "sla.W021: the names of the components `pru\u{308}f-1`, `prüf-1` look alike; rename all but one",
        "sla.W021: the names of the SLA windows `Straße`, `STRASSE` look alike; rename all but one",
        "sla.W021: the names of the calendars `A  B`, `a b` look alike; rename all but one",
        "sla.W020: the values `Prod`, `prod` of the label `env` look alike, and are different values for Prometheus; use one of them",
        "accounts.W001: the names of the users `Ünal`, `ünal` look alike; rename all but one",
        "accounts.W002: the names of the groups `Ärzte`, `ärzte` look alike; rename all but one",
    ];
    assert_eq!(lines, expected, "{out}");
}

/// Names that are often equal but for letter case and normalization.
fn name() -> impl Strategy<Value = String> {
    let part = proptest::sample::select(vec![
        "é",
        "e\u{301}",
        "É",
        "E\u{301}",
        "ß",
        "ss",
        "SS",
        "ẞ",
        "ﬁ",
        "fi",
        "K",
        "k",
        "\u{212a}",
        "İ",
        "i\u{307}",
        "ς",
        "Σ",
        "σ",
        "ſ",
        "ᾳ",
        "ᾼ",
        "αι",
        "a",
        "Å",
        "\u{212b}",
        "A\u{30a}",
        "ệ",
        "e\u{323}\u{302}",
        "e\u{302}\u{323}",
        "한",
        "\u{1112}\u{1161}\u{11ab}",
        "1",
    ]);
    proptest::collection::vec(part, 1..4).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn a_key_is_one_for_all_spellings(name in name()) {
        let key = text::key(&name);
        prop_assert_eq!(&text::key(&decomposed(&name)), &key);
        prop_assert_eq!(&text::key(&text::line(&name)), &key);
        prop_assert_eq!(&text::key(&format!(" {name}\t")), &key);
        prop_assert_eq!(&text::key(&key), &key);
        let folded = text::folded(&name);
        let apart = decomposed(&name);
        prop_assert_eq!(&text::folded(&apart), &folded);
        prop_assert_eq!(&text::folded(&key), &folded);
        prop_assert_eq!(&text::folded(&folded), &folded);
        prop_assert!(text::holds_folded(&name, &folded));
        prop_assert_eq!(text::user_key(&text::user_name(&name)), text::user_key(&name));
        prop_assert!(name.to_ascii_lowercase() != name.to_ascii_uppercase() || text::key(&name.to_ascii_uppercase()) == key);
    }

    #[test]
    fn a_name_is_found_by_itself_first_and_else_by_its_key(names in proptest::collection::vec(name(), 1..8), wanted in name()) {
        let known: ByName<usize> = names.iter().map(String::as_str).zip(0..).collect();
        for name in &names {
            let found = *known.get(name).expect("a stored name is found");
            prop_assert_eq!(&names[found], name);
        }
        let first = names.iter().position(|name| text::key(name) == text::key(&wanted));
        prop_assert_eq!(known.get(&wanted).is_some(), first.is_some());
        prop_assert!(known.get(&wanted).is_none_or(|found| text::key(&names[*found]) == text::key(&wanted)));
    }
}
