//! Cells that were edited in a list: only rows that the user changed are checked and written, all of them or none.
//!
//! A row is changed if it differs from what the page showed: the hidden fields `form-…-initial` of our own pages say that, a digit a row; for a client
//! that does not send them, the audit log knows what the row was at the version that it names.

use std::collections::HashMap;

use super::cells::EditedCells;
use super::request::{back, bad_request, wanted_listing};
use super::show;
use crate::admin::context::Context;
use crate::admin::history;
use crate::admin::input::{FormInput, as_posted, is_ticked};
use crate::admin::listing::Listing;
use crate::admin::model::{ListCell, ListQuery, Object, Refusal, Saved};
use crate::admin::query::Query;
use crate::admin::reply::{Level, Message, Reply};
use crate::admin::site::SiteEntry;
use crate::admin::views::form::conflict::Author;
use crate::admin::views::messages::changed;
use crate::admin::views::{ViewError, ViewResult, forbidden};
use crate::audit::{self, Decision, Tx};
use crate::auth::Action;

/// The most rows of one form: it has at most twice as many fields.
const ROWS_MAX: usize = 10_000;
/// The most errors that are listed.
const ERRORS_MAX: usize = 20;

/// A row as it was posted.
struct PostedRow {
    id: i64,
    version: Option<i64>,
    /// For each editable column: its key, whether it is ticked, and whether the page showed it so, if the form says that.
    cells: Vec<(&'static str, bool, Option<bool>)>,
}

/// A row that its user changed, and the cells in question.
struct EditedRow {
    id: i64,
    version: i64,
    ticks: Vec<(&'static str, bool)>,
}

/// A row as it is stored.
struct StoredRow {
    version: i64,
    ticks: HashMap<&'static str, bool>,
}

/// A cell that its user changed: the row's key, the column's, and whether it is ticked.
type Tick = (i64, &'static str, bool);

/// What of a form its user changed.
#[derive(Default)]
struct EditedForm {
    rows: Vec<EditedRow>,
    ticks: Vec<Tick>,
    /// Changed rows that do not say what they were drawn from.
    errors: Vec<String>,
}

/// Why rows were not saved, and what is wrong with them.
enum NotSaved {
    /// Another session was faster.
    Conflict(Vec<String>),
    /// The model refuses them.
    Invalid(Vec<String>),
}

/// Saves edited cells.
pub(super) fn save_rows(context: &mut Context<'_>, entry: &SiteEntry, posted: &Query) -> ViewResult {
    let listing = match wanted_listing(context, entry) {
        Ok(listing) => listing,
        Err(bad) => return bad_request(context, entry, &bad),
    };
    let columns = editable_columns(entry, &listing);
    if columns.is_empty() || !entry.may(&context.account, Action::Change) {
        return forbidden(context);
    }
    let rows = match posted_rows(posted, &columns) {
        Ok(rows) => rows,
        Err(errors) => return again(context, entry, 422, errors, &[]),
    };
    let EditedForm {
        rows: edited,
        ticks,
        errors,
    } = changed_rows(context, entry, &columns, &rows)?;
    if !errors.is_empty() {
        return again(context, entry, 422, errors, &ticks);
    }
    let ids: Vec<i64> = edited.iter().map(|row| row.id).collect();
    if !entry.may_do_to_all(context.conn, &context.account, Action::Change, &ids)? {
        return forbidden(context);
    }
    match save_all(context, entry, &edited) {
        Err(Refusal::Audit(error)) => Err(error.into()),
        Err(refusal) => again(context, entry, 422, vec![refusal.to_string()], &ticks),
        Ok(Err(NotSaved::Conflict(errors))) => again(context, entry, 409, errors, &ticks),
        Ok(Err(NotSaved::Invalid(errors))) => again(context, entry, 422, errors, &ticks),
        Ok(Ok((count, warnings))) => {
            let mut messages = vec![if edited.is_empty() {
                let text = "Nothing was changed: no row of the form differs from what the page showed.";
                Message::new(Level::Info, text)
            } else {
                changed(entry, count, edited.len().saturating_sub(count))
            }];
            let warnings = warnings.into_iter().take(ERRORS_MAX);
            messages.extend(warnings.map(|warning| Message::new(Level::Warning, warning)));
            Ok(Reply::Redirect {
                to: back(context, entry),
                messages,
            })
        }
    }
}

/// Draws the list with the cells as they were posted and `note` above it, and saves nothing. Rows that were changed meanwhile are shown
/// as they are now, with these ticks.
pub(in crate::admin::views) fn redraw(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    posted: &Query,
    (status, note): (u16, &str),
) -> ViewResult {
    let listing = match wanted_listing(context, entry) {
        Ok(listing) => listing,
        Err(bad) => return bad_request(context, entry, &bad),
    };
    let columns = editable_columns(entry, &listing);
    if columns.is_empty() || !entry.may(&context.account, Action::Change) {
        return forbidden(context);
    }
    match posted_rows(posted, &columns) {
        Ok(rows) => {
            let ticks = changed_rows(context, entry, &columns, &rows)?.ticks;
            again(context, entry, status, vec![note.to_owned()], &ticks)
        }
        Err(errors) => again(context, entry, 422, errors, &[]),
    }
}

/// Returns the editable columns that the list shows. A column that it does not show has no tick boxes, which is not the same as unticked
/// ones.
fn editable_columns(entry: &SiteEntry, listing: &Listing) -> Vec<&'static str> {
    let shown = listing.shown_columns(&entry.spec).into_iter();
    let columns = shown.map(|place| &entry.spec.columns[place]);
    columns
        .filter(|column| column.editable)
        .map(|column| column.key)
        .collect()
}

/// Returns the list again, with what its user changed; all other rows are shown as they are now.
fn again(context: &mut Context<'_>, entry: &SiteEntry, status: u16, errors: Vec<String>, ticks: &[Tick]) -> ViewResult {
    let edited = EditedCells {
        status,
        errors,
        ticks: ticks.to_vec(),
    };
    show(context, entry, &edited)
}

/// Returns the rows of the form, or why it did not arrive whole.
fn posted_rows(posted: &Query, columns: &[&'static str]) -> Result<Vec<PostedRow>, Vec<String>> {
    let total = posted
        .get("form-TOTAL_FORMS")
        .and_then(|total| total.trim().parse::<usize>().ok());
    let Some(total) = total else {
        return Err(vec![
            "The rows did not arrive whole: form-TOTAL_FORMS is missing or is no number.".to_owned(),
        ]);
    };
    if total > ROWS_MAX {
        return Err(vec![format!(
            "{total} rows are too many; {ROWS_MAX} can be saved at once."
        )]);
    }
    // A form may have thousands of fields, each looked for by name.
    let fields: HashMap<&str, &str> = posted.pairs().collect();
    let (mut rows, mut errors) = (Vec::new(), Vec::new());
    for index in 0..total {
        let value = |name: &str| fields.get(format!("form-{index}-{name}").as_str()).copied();
        let Some(id) = value("id").and_then(|id| id.trim().parse().ok()) else {
            errors.push(format!("Row {} has no key.", index + 1));
            if errors.len() >= ERRORS_MAX {
                break;
            }
            continue;
        };
        let cell = |key: &&'static str| {
            let ticked = is_ticked(value(key));
            let shown = fields.get(format!("form-{key}-initial").as_str());
            let shown = shown.and_then(|digits| digits.as_bytes().get(index));
            (*key, ticked, shown.map(|digit| *digit == b'1'))
        };
        rows.push(PostedRow {
            id,
            version: value("_version").and_then(|version| version.trim().parse().ok()),
            cells: columns.iter().map(cell).collect(),
        });
    }
    if errors.is_empty() { Ok(rows) } else { Err(errors) }
}

/// Returns the posted rows as they are stored, by key.
fn stored_rows(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    rows: &[PostedRow],
) -> Result<HashMap<i64, StoredRow>, ViewError> {
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let wanted = ListQuery {
        keys: Some(rows.iter().map(|row| row.id).collect()),
        ..ListQuery::default()
    };
    let limit = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let list = entry.admin.list(context.conn)?;
    let stored = list.rows(context.conn, &wanted, 0, limit)?.into_iter();
    Ok(stored
        .map(|row| {
            let cells = entry.spec.columns.iter().zip(row.cells);
            let ticks = cells.filter_map(|(column, cell)| match cell {
                ListCell::Flag(flag) if column.editable => Some((column.key, flag)),
                _ => None,
            });
            let stored = StoredRow {
                version: row.version,
                ticks: ticks.collect(),
            };
            (row.id, stored)
        })
        .collect())
}

/// Returns what its user changed.
fn changed_rows(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    columns: &[&'static str],
    rows: &[PostedRow],
) -> Result<EditedForm, ViewError> {
    let stored = stored_rows(context, entry, rows)?;
    let mut changed = EditedForm::default();
    for row in rows {
        let stored = stored.get(&row.id);
        let has_initials = row.cells.iter().all(|(.., shown)| shown.is_some());
        let shown = match (row.version, stored) {
            _ if has_initials => HashMap::new(),
            (Some(version), Some(stored)) if stored.version == version => stored.ticks.clone(),
            (Some(version), _) => match ticks_at(context, entry, row.id, version, columns)? {
                Some(ticks) => ticks,
                None => stored.map(|stored| stored.ticks.clone()).unwrap_or_default(),
            },
            (None, Some(stored)) => stored.ticks.clone(),
            (None, None) => HashMap::new(),
        };
        let differs = |(key, ticked, posted): &(&'static str, bool, Option<bool>)| {
            let shown = posted.or_else(|| shown.get(key).copied());
            (shown != Some(*ticked)).then_some((*key, *ticked))
        };
        let ticks: Vec<_> = row.cells.iter().filter_map(differs).collect();
        if ticks.is_empty() {
            continue;
        }
        changed
            .ticks
            .extend(ticks.iter().map(|(key, ticked)| (row.id, *key, *ticked)));
        match row.version {
            Some(version) => changed.rows.push(EditedRow {
                id: row.id,
                version,
                ticks,
            }),
            None if changed.errors.len() < ERRORS_MAX => changed.errors.push(format!(
                "The row with the key {} has no version: load the page again, so that no change is lost.",
                row.id
            )),
            None => {}
        }
    }
    Ok(changed)
}

/// Returns what a row's cells were at a version, as far as the audit log knows.
fn ticks_at(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    id: i64,
    version: i64,
    columns: &[&'static str],
) -> Result<Option<HashMap<&'static str, bool>>, ViewError> {
    let content_type = entry.spec.model.to_string();
    let state = audit::store::state_at(context.conn, &content_type, id, version)?;
    let Some(state) = state.as_deref().and_then(history::read_state) else {
        return Ok(None);
    };
    let tick = |key: &&'static str| Some((*key, state.get(*key)?.as_bool()?));
    Ok(Some(columns.iter().filter_map(tick).collect()))
}

/// Saves rows in one transaction: how many were changed, and what to mind.
fn save_all(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    rows: &[EditedRow],
) -> Result<Result<(usize, Vec<String>), NotSaved>, Refusal> {
    let actor = context.actor();
    let account = std::sync::Arc::clone(&context.account);
    let zone = context.zone();
    audit::attempt(context.conn, &actor, context.now, |tx| {
        let (mut conflicts, mut invalid) = (Vec::new(), Vec::new());
        let (mut count, mut warnings) = (0, Vec::new());
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let stored = entry.admin.objects(tx.reader(), &ids)?;
        let stored: HashMap<i64, &Object> = stored.iter().map(|object| (object.id, object)).collect();
        let mut objects = Vec::new();
        for row in rows {
            match stored.get(&row.id) {
                Some(object) if object.version == row.version => objects.push((row, object)),
                // What is ticked here is stored already.
                Some(object) if row.ticks.iter().all(|tick| has_tick(object, *tick)) => {}
                Some(object) => {
                    let author = match conflicts.len() {
                        0..ERRORS_MAX => Author::since(tx.reader(), entry, &account, row.id, row.version)?,
                        _ => Author::Unknown,
                    };
                    let who = author.words(&object.title, "the page was loaded", zone);
                    conflicts.push(format!(
                        "{who} It is shown as it is now, with your ticks; save again to go on."
                    ));
                }
                None => conflicts.push(format!(
                    "The {} with the key {} was deleted meanwhile.",
                    entry.spec.singular, row.id
                )),
            }
        }
        for (row, object) in objects.into_iter().filter(|_| conflicts.is_empty()) {
            match save_row(tx, entry, row, object)? {
                Ok(saved) => {
                    count += usize::from(saved.changed);
                    warnings.extend(saved.warnings);
                }
                Err(errors) => invalid.extend(errors.into_iter().map(|error| format!("“{}”: {error}", object.title))),
            }
        }
        conflicts.truncate(ERRORS_MAX);
        invalid.truncate(ERRORS_MAX);
        Ok(match (conflicts.is_empty(), invalid.is_empty()) {
            (true, true) => Decision::Commit(Ok((count, warnings))),
            (true, false) => Decision::RollBack(Err(NotSaved::Invalid(invalid))),
            (false, _) => Decision::RollBack(Err(NotSaved::Conflict(conflicts))),
        })
    })
}

/// Saves an object with the ticks of its row, or returns why the model refuses them.
fn save_row(
    tx: &mut Tx<'_>,
    entry: &SiteEntry,
    row: &EditedRow,
    object: &Object,
) -> Result<Result<Saved, Vec<String>>, Refusal> {
    let mut values = object.values.clone();
    for (key, ticked) in &row.ticks {
        let value = if *ticked { vec!["on".to_owned()] } else { Vec::new() };
        values.insert((*key).to_owned(), value);
    }
    let posted = Query::new(as_posted(&values));
    let mut input = FormInput::new(&posted);
    match entry.admin.save(tx, Some(row.id), &mut input) {
        Ok(saved) => Ok(Ok(saved)),
        Err(Refusal::Input) => Ok(Err(input.into_errors().into_values().flatten().collect())),
        Err(Refusal::Fields(errors)) => Ok(Err(errors.into_iter().map(|error| error.message).collect())),
        Err(Refusal::Rule(error)) => Ok(Err(vec![error])),
        Err(other) => Err(other),
    }
}

/// Returns whether a cell of an object is ticked as the user wants it.
fn has_tick(object: &Object, (key, ticked): (&'static str, bool)) -> bool {
    let stored = object.values.get(key).and_then(|values| values.last());
    is_ticked(stored.map(String::as_str)) == ticked
}
