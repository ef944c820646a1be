//! Carries orders out on rows in one transaction, which a preview takes back.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::edits::FieldEdit;
use crate::admin::context::{Context, capitalised};
use crate::admin::input::FormInput;
use crate::admin::input::as_posted;
use crate::admin::model::{Object, PreviewImpact, Refusal, Saved};
use crate::admin::query::Query;
use crate::admin::site::SiteEntry;
use crate::admin::spec::Spec;
use crate::admin::views::form::conflict::Author;
use crate::admin::views::{hidden, impact};
use crate::audit::{self, Decision, Tx};
use crate::auth::Account;
use crate::db::dialect;

/// The most conflicts that are listed one by one.
const CONFLICTS_MAX: usize = 20;
/// Rows that are read and changed together, so that memory does not grow with the number of all rows.
const PORTION: usize = 5_000;

/// The most rows that are shown as they were and as they will be.
const SAMPLE: usize = 100;

/// A chosen row: its key, and the version that its user has seen.
pub(super) type ChosenRow = (i64, Option<i64>);

/// A row that the model refused.
pub(super) struct RefusedRow {
    pub(super) id: i64,
    pub(super) title: String,
    pub(super) errors: Vec<String>,
}

/// What became of the rows, or would.
#[derive(Default)]
pub(super) struct BulkOutcome {
    /// Whether it was written.
    pub(super) is_done: bool,
    /// How many rows change.
    pub(super) changed: usize,
    /// How many are so already.
    pub(super) unchanged: usize,
    /// How many were deleted before.
    pub(super) deleted: usize,
    /// What stands against writing: rows that are not what the preview saw, the first of them.
    pub(super) conflicts: Vec<String>,
    /// How many more of them there are.
    more_conflicts: usize,
    /// What the model refuses.
    pub(super) refused: Vec<RefusedRow>,
    /// Some of the rows that change, before and after.
    pub(super) sample: Vec<(Object, Object)>,
    /// All rows that are there, and their versions.
    pub(super) versions: Vec<(i64, i64)>,
    /// What to mind.
    pub(super) warnings: Vec<String>,
}

/// Returns what the edits would do.
pub(super) fn preview(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    rows: &[ChosenRow],
    orders: &[FieldEdit<'_>],
) -> Result<BulkOutcome, Refusal> {
    let viewer = (Arc::clone(&context.account), context.zone());
    let actor = context.actor();
    audit::preview(context.conn, &actor, context.now, |tx| {
        run(tx, entry, &viewer, rows, orders)
    })
}

/// Returns what the edits would do to other objects, if the model can say it: of the first rows only, if there are very many.
pub(super) fn impact(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    rows: &[ChosenRow],
    orders: &[FieldEdit<'_>],
) -> Result<Option<PreviewImpact>, Refusal> {
    let Some(previewing) = entry.admin.form_preview() else {
        return Ok(None);
    };
    let ids: Vec<i64> = rows.iter().take(PORTION).map(|(id, _)| *id).collect();
    let mut impact = dialect::read_snapshot(context.conn, impact::QUERY_LIMIT, |conn| {
        let objects = entry.admin.objects(conn, &ids)?;
        let posted = posted_forms(&entry.spec, &objects, orders);
        let mut forms = inputs(&posted);
        previewing.impact(conn, &mut forms)
    })?;
    if rows.len() > ids.len() {
        let note = format!(
            "Only the first {} of {} were looked at.",
            ids.len(),
            entry.amount(rows.len())
        );
        impact.notes.insert(0, note);
    }
    Ok(Some(impact))
}

/// Makes the edits, of all rows or, if one is refused or has changed since the preview, of none.
pub(super) fn execute(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    rows: &[ChosenRow],
    orders: &[FieldEdit<'_>],
) -> Result<BulkOutcome, Refusal> {
    let viewer = (Arc::clone(&context.account), context.zone());
    let actor = context.actor();
    audit::attempt(context.conn, &actor, context.now, |tx| {
        let mut ran = run(tx, entry, &viewer, rows, orders)?;
        ran.is_done = ran.conflicts.is_empty() && ran.refused.is_empty();
        Ok(match ran.is_done {
            true => Decision::Commit(ran),
            false => Decision::RollBack(ran),
        })
    })
}

fn run(
    tx: &mut Tx<'_>,
    entry: &SiteEntry,
    (account, zone): &(Arc<Account>, crate::zones::Zone),
    rows: &[ChosenRow],
    orders: &[FieldEdit<'_>],
) -> Result<BulkOutcome, Refusal> {
    let may = |permission| tx.actor().may(permission);
    if let Some(refusal) = orders.iter().find_map(|order| order.refusal(may)) {
        return Err(Refusal::Rule(refusal));
    }
    let mut ran = BulkOutcome::default();
    for portion in rows.chunks(PORTION) {
        run_portion(&mut ran, entry, tx, (account, *zone), portion, orders)?;
    }
    if ran.more_conflicts > 0 {
        ran.conflicts.push(format!("… and {} more.", ran.more_conflicts));
    }
    Ok(ran)
}

/// Carries the orders out on some of the rows, and notes what became of them.
fn run_portion(
    ran: &mut BulkOutcome,
    entry: &SiteEntry,
    tx: &mut Tx<'_>,
    viewer: (&Account, crate::zones::Zone),
    rows: &[ChosenRow],
    orders: &[FieldEdit<'_>],
) -> Result<(), Refusal> {
    let ids: Vec<i64> = rows.iter().map(|(id, _)| *id).collect();
    let mut objects = match (entry.admin.objects(tx.reader(), &ids), ran.refused.first()) {
        (Ok(objects), _) => objects,
        // After a statement that was refused, PostgreSQL takes no other in the same transaction.
        (Err(_), Some(refused)) => {
            let errors = refused.errors.join(" ");
            return Err(Refusal::Rule(format!("“{}”: {errors}", refused.title)));
        }
        (Err(error), None) => return Err(error.into()),
    };
    for object in &mut objects {
        hidden::cover_title(viewer.0, entry, object);
    }
    let mut conflicts = conflicts(ran, entry, tx, viewer, rows, &objects)?;
    ran.versions
        .extend(objects.iter().map(|object| (object.id, object.version)));
    ran.deleted += rows.len() - objects.len();
    let posted = posted_forms(&entry.spec, &objects, orders);
    let mut forms = inputs(&posted);
    let outcomes = entry.admin.save_many(tx, &mut forms)?;
    // A row that already has the values needs no change, no matter who changed it.
    let unchanged: HashSet<i64> = objects
        .iter()
        .zip(&outcomes)
        .filter(|(_, outcome)| outcome.as_ref().is_ok_and(|saved| !saved.changed))
        .map(|(object, _)| object.id)
        .collect();
    conflicts.retain(|(id, _)| !unchanged.contains(id));
    for (_, conflict) in conflicts {
        if ran.conflicts.len() < CONFLICTS_MAX {
            ran.conflicts.push(conflict);
        } else {
            ran.more_conflicts += 1;
        }
    }
    let changed = sort_out(ran, &objects, forms, outcomes)?;
    look(ran, entry, tx, &changed)
}

/// Returns the rows that are not what the preview saw: their keys, and what happened to them.
fn conflicts(
    ran: &BulkOutcome,
    entry: &SiteEntry,
    tx: &mut Tx<'_>,
    (account, zone): (&Account, crate::zones::Zone),
    rows: &[ChosenRow],
    objects: &[Object],
) -> Result<Vec<(i64, String)>, Refusal> {
    let found: HashMap<i64, &Object> = objects.iter().map(|object| (object.id, object)).collect();
    let mut conflicts = Vec::new();
    for (id, version) in rows {
        let conflict = match (found.get(id), version) {
            (Some(object), Some(version)) if object.version != *version => {
                let author = if ran.conflicts.len() + conflicts.len() < CONFLICTS_MAX {
                    Author::since(tx.reader(), entry, account, *id, *version)?
                } else {
                    Author::Unknown
                };
                author.words(&object.title, "the preview", zone)
            }
            (None, Some(_)) => format!(
                "{} with the key {id} was deleted since the preview.",
                capitalised(entry.spec.singular)
            ),
            _ => continue,
        };
        conflicts.push((*id, conflict));
    }
    Ok(conflicts)
}

/// Counts outcomes and keeps errors; gives the first objects that change.
fn sort_out<'a>(
    ran: &mut BulkOutcome,
    objects: &'a [Object],
    forms: Vec<(i64, FormInput<'_>)>,
    outcomes: Vec<Result<Saved, Refusal>>,
) -> Result<Vec<&'a Object>, Refusal> {
    let mut changed = Vec::new();
    for ((object, (_, input)), outcome) in objects.iter().zip(forms).zip(outcomes) {
        let errors = match outcome {
            Ok(saved) => {
                ran.warnings.extend(saved.warnings);
                if saved.changed {
                    ran.changed += 1;
                    if ran.sample.len() + changed.len() < SAMPLE {
                        changed.push(object);
                    }
                } else {
                    ran.unchanged += 1;
                }
                continue;
            }
            Err(Refusal::Input) => input.into_errors().into_values().flatten().collect(),
            Err(Refusal::Fields(errors)) => errors.into_iter().map(|error| error.message).collect(),
            Err(Refusal::Rule(message)) => vec![message],
            Err(refusal) => return Err(refusal),
        };
        ran.refused.push(RefusedRow {
            id: object.id,
            title: object.title.clone(),
            errors,
        });
    }
    Ok(changed)
}

/// Reads what became of some of the changed objects.
fn look(ran: &mut BulkOutcome, entry: &SiteEntry, tx: &mut Tx<'_>, changed: &[&Object]) -> Result<(), Refusal> {
    if changed.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = changed.iter().map(|object| object.id).collect();
    let after = match entry.admin.objects(tx.reader(), &ids) {
        Ok(after) => after,
        // After a statement that was refused, PostgreSQL takes no other in the same transaction; what was refused is reported.
        Err(_) if !ran.refused.is_empty() => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let mut after: HashMap<i64, Object> = after.into_iter().map(|object| (object.id, object)).collect();
    let pairs = changed
        .iter()
        .filter_map(|before| Some(((*before).clone(), after.remove(&before.id)?)));
    ran.sample.extend(pairs);
    Ok(())
}

/// Returns the forms of objects with their keys, each as the object's own page would post it, with the orders carried out.
fn posted_forms(spec: &Spec, objects: &[Object], orders: &[FieldEdit<'_>]) -> Vec<(i64, Query)> {
    let form = |object: &Object| (object.id, posted(spec, object, orders));
    objects.iter().map(form).collect()
}

/// Returns what models read posted forms from.
fn inputs(posted: &[(i64, Query)]) -> Vec<(i64, FormInput<'_>)> {
    posted.iter().map(|(id, form)| (*id, FormInput::new(form))).collect()
}

/// Returns the form of an object as its own page would post it, with the orders carried out.
fn posted(spec: &Spec, object: &Object, orders: &[FieldEdit<'_>]) -> Query {
    let mut values = object.values.clone();
    for order in orders {
        order.carry_out(&mut values);
    }
    let mut pairs = as_posted(&values);
    let mut put =
        |name: &str, values: &[String]| pairs.extend(values.iter().map(|value| (name.to_owned(), value.clone())));
    if let Some(inline) = &spec.inline {
        let prefix = inline.prefix;
        let count = vec![object.rows.len().to_string()];
        put(&format!("{prefix}-TOTAL_FORMS"), &count);
        put(&format!("{prefix}-INITIAL_FORMS"), &count);
        for (index, row) in object.rows.iter().enumerate() {
            for (name, values) in row {
                put(&format!("{prefix}-{index}-{name}"), values);
            }
        }
    }
    Query::new(pairs)
}
