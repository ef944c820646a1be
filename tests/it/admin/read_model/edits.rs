//! Random statements on the rows of components.

use chrono::DateTime;
use proptest::prelude::*;

/// 2026-01-01, from which rows have their instants.
pub(super) const START: i64 = 1_767_225_600;
/// Names end in a number, so that none is twice.
const NAMES: [&str; 6] = [
    "payments-api",
    "Payments Gateway",
    "ÉCLAIR",
    "eclair",
    "مدفوعات x",
    "Ωmega ﬁne",
];
const TEXTS: [&str; 7] = [
    "",
    "Ärzte & Söhne",
    "ärzte",
    "Hello WORLD",
    "100% sure",
    "שָׁלוֹם",
    "straße ①",
];

/// One statement on the rows.
#[derive(Clone, Debug)]
pub(super) enum Edit {
    Add(usize, usize),
    Rename(i64, usize),
    Describe(i64, usize),
    Enable(i64, bool),
    Promise(i64, Option<i32>),
    Touch(i64, i64),
    Delete(i64),
    Link(&'static str, i64, i64),
    Unlink(&'static str, i64, i64),
    EnableWindow(i64, bool),
    RenameLabel(i64),
}

pub(super) fn edit() -> impl Strategy<Value = Edit> {
    let id = || 1..40_i64;
    let link = || {
        (
            prop::sample::select(vec!["label", "window", "calendar"]),
            id(),
            1..4_i64,
        )
    };
    prop_oneof![
        6 => (0..NAMES.len(), 0..TEXTS.len()).prop_map(|(name, text)| Edit::Add(name, text)),
        2 => (id(), 0..NAMES.len()).prop_map(|(id, name)| Edit::Rename(id, name)),
        2 => (id(), 0..TEXTS.len()).prop_map(|(id, text)| Edit::Describe(id, text)),
        2 => (id(), any::<bool>()).prop_map(|(id, enabled)| Edit::Enable(id, enabled)),
        2 => (id(), prop::option::of(prop::sample::select(vec![99_000, 99_900, 100_000])))
            .prop_map(|(id, slo)| Edit::Promise(id, slo)),
        2 => (id(), 0..9_i64).prop_map(|(id, days)| Edit::Touch(id, days)),
        1 => id().prop_map(Edit::Delete),
        4 => link().prop_map(|(table, id, target)| Edit::Link(table, id, target)),
        2 => link().prop_map(|(table, id, target)| Edit::Unlink(table, id, target)),
        1 => (1..4_i64, any::<bool>()).prop_map(|(id, enabled)| Edit::EnableWindow(id, enabled)),
        1 => (1..4_i64).prop_map(Edit::RenameLabel),
    ]
}

/// Returns the statement of an edit; one that touches nothing is as good as any.
pub(super) fn statement(edit: &Edit, number: &mut usize) -> String {
    *number += 1;
    let at = |days: i64| {
        let at = DateTime::from_timestamp(START + days * 86_400, 0).expect("it is an instant");
        at.format("%Y-%m-%d %H:%M:%S").to_string()
    };
    let of = |id: &i64| format!("(SELECT id FROM component ORDER BY id LIMIT 1 OFFSET {id})");
    match edit {
        Edit::Add(name, text) => format!(
            "INSERT INTO component (name, display_name, created_at, updated_at) VALUES ('{} {number}', '{}', '{}', '{}');",
            NAMES[*name],
            TEXTS[*text],
            at(i64::try_from(*number % 9).unwrap_or(0)),
            at(i64::try_from(*number % 7).unwrap_or(0)),
        ),
        Edit::Rename(id, name) => format!(
            "UPDATE component SET name = '{} {number}' WHERE id = {};",
            NAMES[*name],
            of(id)
        ),
        Edit::Describe(id, text) => format!(
            "UPDATE component SET description = '{}' WHERE id = {};",
            TEXTS[*text],
            of(id)
        ),
        Edit::Enable(id, enabled) => format!("UPDATE component SET enabled = {enabled} WHERE id = {};", of(id)),
        Edit::Promise(id, slo) => format!(
            "UPDATE component SET slo_millipercent = {} WHERE id = {};",
            slo.map_or_else(|| "NULL".to_owned(), |slo| slo.to_string()),
            of(id)
        ),
        Edit::Touch(id, days) => format!(
            "UPDATE component SET updated_at = '{}' WHERE id = {};",
            at(*days),
            of(id)
        ),
        Edit::Delete(id) => format!("DELETE FROM component WHERE id = {};", of(id)),
        Edit::Link("label", id, target) => format!(
            "INSERT INTO component_label (component_id, label_id, label_name) SELECT component.id, label.id, label.name \
             FROM component, label WHERE component.id = {} AND label.id = {target} ON CONFLICT DO NOTHING;",
            of(id)
        ),
        Edit::Link(table, id, target) => format!(
            "INSERT INTO component_{table} (component_id, {table}_id) SELECT component.id, {target} FROM component \
             WHERE component.id = {} ON CONFLICT DO NOTHING;",
            of(id)
        ),
        Edit::Unlink(table, id, target) => format!(
            "DELETE FROM component_{table} WHERE component_id = {} AND {table}_id = {target};",
            of(id)
        ),
        Edit::EnableWindow(id, enabled) => format!("UPDATE sla_window SET enabled = {enabled} WHERE id = {id};"),
        Edit::RenameLabel(id) => format!("UPDATE label SET value = 'Blüte {number}' WHERE id = {id};"),
    }
}
