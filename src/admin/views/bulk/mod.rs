//! Setting fields on many chosen objects: a page that asks what to set, a preview that does it and takes it back, and the change.
//!
//! The chosen rows travel with the form, each key with the version that the preview saw: what is changed is what was looked at, or
//! nothing. All three steps are posted to the list, as its other actions are.

pub(super) mod edits;
mod execute;

use std::collections::HashSet;

use askama::Template;

use self::edits::{FieldEdit, ROWS, fields};
use self::execute::{BulkOutcome, ChosenRow, RefusedRow};
use super::form::options::{FieldOptions, finds};
use super::list::request::{ROWS_MAX, back};
use super::messages::changed;
use super::{ViewError, ViewResult, forbidden, hidden, impact, way};
use crate::admin::context::{Context, ERROR_PREFIX};
use crate::admin::model::{PreviewImpact, Refusal};
use crate::admin::pages::bulk::{BulkPage, BulkPreviewPage, ShownBulkChange};
use crate::admin::query::Query;
use crate::admin::reply::{Level, Message, Reply, redirect};
use crate::admin::site::SiteEntry;
use crate::audit;
use crate::auth::Action;

/// The action's value in the select.
pub(super) const ACTION: &str = "change_selected";
/// The most refused rows that are shown.
const REFUSED_SHOWN: usize = 500;
/// The most warnings that are shown.
const WARNINGS_SHOWN: usize = 10;

/// Asks what to set on these rows.
pub(super) fn begin(context: &mut Context<'_>, entry: &SiteEntry, ids: &[i64]) -> ViewResult {
    let rows: Vec<ChosenRow> = ids.iter().map(|id| (*id, None)).collect();
    ask(context, entry, &rows, &Query::default(), Vec::new())
}

/// Goes on with rows that a page of ours names.
pub(super) fn go_on(context: &mut Context<'_>, entry: &SiteEntry, posted: &Query) -> ViewResult {
    if !entry.may(&context.account, Action::Change) || fields(&entry.spec).next().is_none() {
        return forbidden(context);
    }
    let Some(rows) = chosen(posted.get(ROWS).unwrap_or("")) else {
        let text = "The chosen rows did not arrive whole. Choose them again. Nothing was changed.";
        return Ok(redirect(back(context, entry), Message::new(Level::Warning, text)));
    };
    let ids: Vec<i64> = rows.iter().map(|(id, _)| *id).collect();
    if !entry.may_do_to_all(context.conn, &context.account, Action::Change, &ids)? {
        return forbidden(context);
    }
    if posted.get("_edit").is_some() || finds(posted).is_some() {
        return ask(context, entry, &rows, posted, Vec::new());
    }
    let orders = match edits::read(&entry.spec, &context.account, posted) {
        Ok(orders) => orders,
        Err(errors) => return ask(context, entry, &rows, posted, errors),
    };
    let applies = posted.get("_apply").is_some();
    if applies && rows.iter().any(|(_, version)| version.is_none()) {
        let error = "Which versions of the rows you have seen did not arrive. Look at the preview first.".to_owned();
        return ask(context, entry, &rows, posted, vec![(String::new(), error)]);
    }
    let outcome = match applies {
        true => execute::execute(context, entry, &rows, &orders),
        false => execute::preview(context, entry, &rows, &orders),
    };
    match outcome {
        Ok(ran) if ran.is_done => Ok(done(context, entry, &ran)),
        Ok(ran) => {
            let impact = impact(context, entry, &rows, &orders, &ran)?;
            preview(context, entry, posted, &orders, (ran, impact), applies)
        }
        Err(Refusal::Audit(audit::Error::Denied(_))) => forbidden(context),
        Err(Refusal::Audit(error)) => Err(error.into()),
        Err(refusal) => ask(
            context,
            entry,
            &rows,
            posted,
            vec![(String::new(), refusal.to_string())],
        ),
    }
}

/// Returns what a change that would be made does to other objects.
fn impact(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    rows: &[ChosenRow],
    orders: &[FieldEdit<'_>],
    ran: &BulkOutcome,
) -> Result<Option<PreviewImpact>, ViewError> {
    if ran.changed == 0 || !ran.refused.is_empty() {
        return Ok(None);
    }
    match execute::impact(context, entry, rows, orders) {
        Ok(impact) => Ok(impact),
        Err(Refusal::Audit(error)) => Err(error.into()),
        // Another change came between the two; what is refused now is said when the rows are written.
        Err(Refusal::Input | Refusal::Fields(_) | Refusal::Rule(_)) => Ok(None),
    }
}

/// Returns keys and versions; nothing if they are not whole.
fn chosen(text: &str) -> Option<Vec<ChosenRow>> {
    let row = |part: &str| -> Option<ChosenRow> {
        match part.split_once(':') {
            Some((id, version)) => Some((id.parse().ok()?, Some(version.parse().ok()?))),
            None => Some((part.parse().ok()?, None)),
        }
    };
    let mut rows: Vec<ChosenRow> = text.split(',').take(ROWS_MAX + 1).map(row).collect::<Option<_>>()?;
    if rows.len() > ROWS_MAX {
        return None;
    }
    // Of one row that came twice, the one that says what was seen counts.
    rows.sort_unstable_by_key(|(id, version)| (*id, std::cmp::Reverse(*version)));
    rows.dedup_by_key(|(id, _)| *id);
    Some(rows)
}

fn written(rows: impl Iterator<Item = (i64, Option<i64>)>) -> String {
    let row = |(id, version): ChosenRow| match version {
        Some(version) => format!("{id}:{version}"),
        None => id.to_string(),
    };
    rows.map(row).collect::<Vec<_>>().join(",")
}

/// Returns the page that asks what to set, with what was posted to it.
fn ask(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    rows: &[ChosenRow],
    posted: &Query,
    mut errors: Vec<(String, String)>,
) -> ViewResult {
    let is_refused = !errors.is_empty();
    let mut offers = FieldOptions::finding(finds(posted).unwrap_or_default());
    let fields = edits::shown(context, entry, posted, &mut offers, &mut errors)?;
    let what = entry.amount(rows.len());
    let prefix = if is_refused { ERROR_PREFIX } else { "" };
    let page = BulkPage {
        has_zone: fields.iter().any(|bulk| bulk.field.widget == "zone"),
        fields,
        rows: written(rows.iter().copied()),
        action: back(context, entry),
        errors: errors.into_iter().map(|(_, error)| error).collect(),
        frame: context.frame(
            &format!("{prefix}Change {what}"),
            way(entry, &[("Change selected", None)]),
            &body_class(entry),
        ),
        what,
    };
    Ok(Reply::Html {
        status: if is_refused { 422 } else { 200 },
        body: page.render()?,
    })
}

fn body_class(entry: &SiteEntry) -> String {
    let model = entry.spec.model;
    format!("app-{} model-{} bulk-change", model.app, model.name)
}

/// Draws the form for many objects as it was posted, with `note` above it, and changes nothing.
pub(super) fn redraw(context: &mut Context<'_>, entry: &SiteEntry, posted: &Query, note: &str) -> ViewResult {
    if !entry.may(&context.account, Action::Change) || fields(&entry.spec).next().is_none() {
        return forbidden(context);
    }
    let rows = chosen(posted.get(ROWS).unwrap_or("")).unwrap_or_default();
    let ids: Vec<i64> = rows.iter().map(|(id, _)| *id).collect();
    if !entry.may_do_to_all(context.conn, &context.account, Action::Change, &ids)? {
        return forbidden(context);
    }
    ask(context, entry, &rows, posted, vec![(String::new(), note.to_owned())])
}

/// Returns some of the changed rows, field by field.
fn sample(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    offers: &mut FieldOptions,
    orders: &[FieldEdit<'_>],
    ran: &BulkOutcome,
) -> Result<Vec<ShownBulkChange>, ViewError> {
    let mut sample = Vec::with_capacity(ran.sample.len());
    for (before, after) in &ran.sample {
        let [before, after] = [before, after].map(|object| hidden::covered(context, entry, object.clone()));
        let mut changes = Vec::new();
        for order in orders {
            changes.extend(edits::change(
                context,
                entry,
                offers,
                order.field,
                (&before.values, &after.values),
            )?);
        }
        sample.push(ShownBulkChange {
            url: entry.change_url(before.id),
            title: before.title,
            changes,
        });
    }
    Ok(sample)
}

/// Returns the first warnings, and how many more there are.
fn warnings(ran: &BulkOutcome) -> Vec<String> {
    let mut warnings: Vec<String> = ran.warnings.iter().take(WARNINGS_SHOWN).cloned().collect();
    let more = ran.warnings.len() - warnings.len();
    if more > 0 {
        warnings.push(format!("… and {more} more like these."));
    }
    warnings
}

/// Returns the page that says what would become of each row.
fn preview(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    posted: &Query,
    orders: &[FieldEdit<'_>],
    (ran, impact): (BulkOutcome, Option<PreviewImpact>),
    was_applied: bool,
) -> ViewResult {
    let mut offers = FieldOptions::default();
    let sample = sample(context, entry, &mut offers, orders, &ran)?;
    let status = match (was_applied && !ran.conflicts.is_empty(), ran.refused.is_empty()) {
        (true, _) => 409,
        (false, true) => 200,
        (false, false) => 422,
    };
    let prefix = if status == 200 { "" } else { ERROR_PREFIX };
    let refused = ran
        .refused
        .iter()
        .take(REFUSED_SHOWN)
        .map(|RefusedRow { id, title, errors }| {
            let url = entry.change_url(*id);
            (url, title.clone(), errors.clone())
        });
    let warnings = warnings(&ran);
    let refused_ids: HashSet<i64> = ran.refused.iter().map(|refused| refused.id).collect();
    let others = ran.versions.iter().filter(|(id, _)| !refused_ids.contains(id));
    let page = BulkPreviewPage {
        action: back(context, entry),
        rows: written(ran.versions.iter().map(|(id, version)| (*id, Some(*version)))),
        other_rows: written(others.map(|(id, version)| (*id, Some(*version)))),
        fields: edits::posted_fields(posted),
        orders: edits::words(context, entry, &mut offers, orders)?,
        changed: ran.changed,
        what: entry.amount(ran.changed),
        all: entry.amount(ran.versions.len()),
        unchanged: ran.unchanged,
        deleted: ran.deleted,
        conflicts: ran.conflicts,
        refused: refused.collect(),
        refused_count: ran.refused.len(),
        more: ran.changed.saturating_sub(sample.len()),
        sample,
        warnings,
        impact: impact.map(|impact| impact::shown(context, impact)),
        frame: context.frame(
            &format!("{prefix}Preview: change {}", entry.spec.plural),
            way(entry, &[("Change selected", None)]),
            &body_class(entry),
        ),
    };
    Ok(Reply::Html {
        status,
        body: page.render()?,
    })
}

fn done(context: &Context<'_>, entry: &SiteEntry, ran: &BulkOutcome) -> Reply {
    let mut messages = vec![changed(entry, ran.changed, ran.unchanged)];
    let warnings = ran.warnings.iter().take(WARNINGS_SHOWN);
    messages.extend(warnings.map(|warning| Message::new(Level::Warning, warning.clone())));
    Reply::Redirect {
        to: back(context, entry),
        messages,
    }
}
