//! Taking a file in: what it would do is shown first, and done only when that is still what would be done.
//!
//! Between the two the text waits in the database, for its user and for an hour: so any replica can go on with it, and a page need
//! not carry megabytes. What is confirmed is a digest of the plan that the page showed; the plan is made anew in the transaction that
//! writes, and another one is shown instead of carried out.

mod rows;
mod source;

use askama::Template;
use rows::{SHOWN_MAX, shown_rows};
use source::{ImportSource, asks_to_rename, kept, owner};

use super::{ColumnKind, Exchange, ImportCounts, ImportPlan, Upload, digest, pending};
use crate::admin::address::ModelPage;
use crate::admin::context::{Context, ERROR_PREFIX};
use crate::admin::model::Refusal;
use crate::admin::pages::import::{ImportPage, ImportPreview};
use crate::admin::query::Query;
use crate::admin::reply::{Level, Message, Reply, redirect};
use crate::admin::site::SiteEntry;
use crate::admin::views::messages::counted;
use crate::admin::views::{ViewError, ViewResult, capitalised, forbidden, impact, not_found, way};
use crate::audit::{self, Decision};
use crate::auth::permission::Denied;
use crate::auth::{Account, Acting, Action};

/// Returns whether an account may import objects of a model.
#[must_use]
pub fn may(entry: &SiteEntry, account: &Account) -> bool {
    let takes = entry.admin.exchange().is_some_and(Exchange::takes);
    let writes = entry.may(account, Action::Add) || entry.may(account, Action::Change);
    takes && writes && entry.may(account, Action::View)
}

/// What is shown beside the form.
#[derive(Default)]
struct ImportState {
    status: u16,
    errors: Vec<String>,
    text: String,
    format: String,
    renames: bool,
    preview: Option<ImportPreview>,
}

/// Returns the form, what a file would do, or doing it.
pub fn import(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    posted: Option<&Query>,
    upload: Option<&Upload>,
) -> ViewResult {
    let Some(exchange) = entry.admin.exchange().filter(|exchange| exchange.takes()) else {
        return not_found(context);
    };
    if !may(entry, &context.account) {
        return forbidden(context);
    }
    match posted {
        None => page(
            context,
            entry,
            exchange,
            ImportState {
                status: 200,
                ..ImportState::default()
            },
        ),
        Some(posted) if posted.get("_confirm").is_some() => confirm(context, entry, exchange, posted),
        Some(posted) if posted.get("_again").is_some() => again(context, entry, exchange, posted),
        Some(posted) => dry_run(context, entry, exchange, posted, upload),
    }
}

/// Shows what a file would do.
fn dry_run(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    exchange: &dyn Exchange,
    posted: &Query,
    upload: Option<&Upload>,
) -> ViewResult {
    // Forms send lines with carriage returns, whatever was pasted.
    let pasted = posted.get("text").unwrap_or("").replace("\r\n", "\n");
    let mut shown = ImportState {
        status: 422,
        format: posted.get("format").unwrap_or("").to_owned(),
        renames: asks_to_rename(posted),
        ..ImportState::default()
    };
    let uploaded = upload.filter(|upload| !upload.bytes.is_empty() || !upload.name.is_empty());
    let bytes = match uploaded {
        Some(_) if !pasted.trim().is_empty() => Err("Choose a file or paste a text, not both.".to_owned()),
        Some(upload) => Ok(upload.bytes.as_slice()),
        None if pasted.trim().is_empty() => Err("Choose a file or paste a text.".to_owned()),
        None => Ok(pasted.as_bytes()),
    };
    let source = bytes.and_then(|bytes| ImportSource::read(bytes, entry, &shown.format, shown.renames));
    shown.text = pasted;
    let source = match source {
        Ok(source) => source,
        Err(error) => {
            shown.errors = vec![error];
            return page(context, entry, exchange, shown);
        }
    };
    look(context, entry, exchange, shown, &source)
}

/// Shows what a file would do that was looked at before, with another decision about names.
fn again(context: &mut Context<'_>, entry: &SiteEntry, exchange: &dyn Exchange, posted: &Query) -> ViewResult {
    let Some(source) = kept(context, entry, posted)? else {
        return conflict(context, entry, exchange, NO_LONGER_KEPT);
    };
    let shown = ImportState {
        status: 422,
        format: source.format.name().to_owned(),
        renames: source.renames,
        ..ImportState::default()
    };
    look(context, entry, exchange, shown, &source)
}

/// Shows the plan of a file, or what is wrong with the file as a whole.
fn look(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    exchange: &dyn Exchange,
    mut shown: ImportState,
    source: &ImportSource,
) -> ViewResult {
    let plan = match planned(context, entry, exchange, source)? {
        Ok(plan) => plan,
        Err(error) => {
            shown.errors = vec![match &source.sheet {
                Some(sheet) => format!("Sheet “{}”: {error}", sheet.name),
                None => error,
            }];
            return page(context, entry, exchange, shown);
        }
    };
    shown.status = 200;
    preview(context, entry, exchange, shown, &*plan, source)
}

/// Returns the plan of a file, or what is wrong with the file as a whole.
fn planned(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    exchange: &dyn Exchange,
    source: &ImportSource,
) -> Result<Result<Box<dyn ImportPlan>, String>, ViewError> {
    let batch = match source.batch(entry, exchange) {
        Ok(batch) => batch,
        Err(error) => return Ok(Err(error)),
    };
    let account = std::sync::Arc::clone(&context.account);
    let plan = exchange.plan(context.conn, &account, batch)?;
    Ok(plan.ok_or_else(|| "Files are not taken in here.".to_owned()))
}

/// Shows a plan, and keeps the text for it if it can be carried out, or could be if objects were renamed.
fn preview(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    exchange: &dyn Exchange,
    mut shown: ImportState,
    plan: &dyn ImportPlan,
    source: &ImportSource,
) -> ViewResult {
    let counts = ImportCounts::of(plan.rows());
    let is_possible = counts.refused == 0 && counts.new + counts.changed > 0;
    let renames = plan.renames();
    let impact = match is_possible {
        true => plan.impact(context.conn, context.now.and_utc().timestamp())?,
        false => None,
    };
    let key = match source.kept {
        Some(key) => Some(key),
        None if is_possible || renames > 0 => {
            let (actor, owner) = (context.actor(), owner(context, entry));
            let text = pending::PendingFile {
                format: source.format.name().to_owned(),
                body: source.text.clone(),
            };
            let check = |acting: &Acting| taker(entry, acting).map(drop);
            Some(pending::keep(context.conn, &actor, &owner, &text, context.now, check)?)
        }
        None => None,
    };
    if counts.refused > 0 {
        shown.status = if shown.status == 200 { 422 } else { shown.status };
        let rows = if counts.refused == 1 {
            "1 row is".to_owned()
        } else {
            format!("{} rows are", counts.refused)
        };
        shown.errors.push(format!(
            "Nothing was written: {rows} refused. Correct what is wrong and send the file again; it is taken as a whole or not at all."
        ));
    } else {
        shown.text.clear();
    }
    shown.preview = Some(ImportPreview {
        counts,
        notes: source.origin().into_iter().chain(plan.notes()).collect(),
        impact: impact.map(|impact| impact::shown(context, impact)),
        rows: shown_rows(context, entry, plan),
        total: plan.rows().len(),
        confirm: key.filter(|_| is_possible).map(|key| (key, digest(plan))),
        rename: key.filter(|_| renames > 0).map(|key| (key, entry.amount(renames))),
        button: format!("Import {}", entry.amount(counts.new + counts.changed)),
    });
    page(context, entry, exchange, shown)
}

/// What is said of a file that is no longer kept.
const NO_LONGER_KEPT: &str = "This import is no longer there: it was carried out, it is older than an hour, or others took its place. \
                    Nothing was written. Send the file again.";

/// Does what was shown.
fn confirm(context: &mut Context<'_>, entry: &SiteEntry, exchange: &dyn Exchange, posted: &Query) -> ViewResult {
    let Some(source) = kept(context, entry, posted)? else {
        return conflict(context, entry, exchange, NO_LONGER_KEPT);
    };
    let batch = match source.batch(entry, exchange) {
        Ok(batch) => batch,
        Err(error) => return conflict(context, entry, exchange, &error),
    };
    let shown_digest = posted.get("digest").unwrap_or("");
    let actor = context.actor();
    let done = audit::attempt(context.conn, &actor, context.now, |tx| {
        let account = taker(entry, tx.actor()).map_err(audit::Error::Denied)?;
        let plan = exchange.plan(tx.reader(), &account, batch)?;
        let Some(plan) = plan.filter(|plan| digest(&**plan) == shown_digest) else {
            return Ok(Decision::RollBack(None));
        };
        let counts = ImportCounts::of(plan.rows());
        if counts.refused > 0 {
            return Ok(Decision::RollBack(None));
        }
        plan.carry_out(tx)?;
        Ok(Decision::Commit(Some(counts)))
    });
    match done {
        Ok(Some(counts)) => {
            let owner = owner(context, entry);
            if let Some(key) = source.kept
                && let Err(error) = pending::forget(context.conn, &owner, key)
            {
                // The rows are written; the text goes when it expires.
                tracing::warn!(%error, "the text of an import that was carried out was not deleted");
            }
            let (level, done) = summary(entry, counts);
            tracing::info!(user = context.account.username, model = %entry.spec.model, new = counts.new, changed = counts.changed, "rows were imported");
            Ok(redirect(entry.url(), Message::new(level, done)))
        }
        Ok(None) => {
            let plan = match planned(context, entry, exchange, &source)? {
                Ok(plan) => plan,
                Err(error) => return conflict(context, entry, exchange, &error),
            };
            let shown = ImportState {
                status: 409,
                errors: vec![
                    "Something changed since this was shown, so nothing was written. Below is what would be done now."
                        .to_owned(),
                ],
                format: source.format.name().to_owned(),
                renames: source.renames,
                ..ImportState::default()
            };
            preview(context, entry, exchange, shown, &*plan, &source)
        }
        Err(refusal @ (Refusal::Input | Refusal::Fields(_) | Refusal::Rule(_))) => {
            conflict(context, entry, exchange, &refusal.to_string())
        }
        Err(Refusal::Audit(audit::Error::Denied(_))) => forbidden(context),
        Err(Refusal::Audit(error)) => Err(error.into()),
    }
}

/// Returns the user who takes objects in, if they still may.
fn taker(entry: &SiteEntry, acting: &Acting) -> Result<std::sync::Arc<Account>, Denied> {
    let account = acting.account().filter(|account| may(entry, account));
    let denied = || acting.denied(entry.spec.model.permission(Action::Change));
    account.cloned().ok_or_else(denied)
}

/// Summarizes what was done, in a sentence. Where nothing was written, nothing succeeded.
fn summary(entry: &SiteEntry, counts: ImportCounts) -> (Level, String) {
    if counts.new + counts.changed == 0 {
        let text = "Nothing was imported: no row of the file needed a change.";
        return (Level::Info, text.to_owned());
    }
    let mut parts = Vec::new();
    if counts.new > 0 {
        parts.push(format!("{} added", counted(entry, counts.new)));
    }
    if counts.changed > 0 {
        parts.push(format!("{} changed", counted(entry, counts.changed)));
    }
    let unchanged = if counts.unchanged > 0 {
        format!(" {} needed no change.", counts.unchanged)
    } else {
        String::new()
    };
    (Level::Success, format!("{}.{unchanged}", parts.join(" and ")))
}

fn conflict(context: &mut Context<'_>, entry: &SiteEntry, exchange: &dyn Exchange, message: &str) -> ViewResult {
    let shown = ImportState {
        status: 409,
        errors: vec![message.to_owned()],
        ..ImportState::default()
    };
    page(context, entry, exchange, shown)
}

/// Returns what a column holds, in words.
fn explained(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Line => "text of one line",
        ColumnKind::Text => "text",
        ColumnKind::Date => "a day as 2026-01-31, or empty for none",
        ColumnKind::Optional => "text, or empty for none",
        ColumnKind::Flag => "true or false",
        ColumnKind::Number => "a number, or empty for none",
        ColumnKind::Names => "names, separated by semicolons",
        ColumnKind::Pairs => "name=value, separated by semicolons",
        ColumnKind::Json => "a JSON list, as the command export writes it",
    }
}

fn page(context: &mut Context<'_>, entry: &SiteEntry, exchange: &dyn Exchange, shown: ImportState) -> ViewResult {
    let has_errors = !shown.errors.is_empty();
    let title = format!(
        "{}Import {}",
        if has_errors { ERROR_PREFIX } else { "" },
        entry.spec.plural
    );
    let body = format!("app-{} model-{} import", entry.spec.model.app, entry.spec.model.name);
    let columns = exchange.columns().iter();
    let page = ImportPage {
        action: entry.address(ModelPage::Import).into(),
        list_url: entry.url(),
        plural: entry.spec.plural.to_owned(),
        columns: columns.map(|column| (column.name, explained(column.kind))).collect(),
        errors: shown.errors.iter().map(|error| capitalised(error)).collect(),
        text: shown.text,
        format: shown.format,
        renames: shown.renames,
        preview: shown.preview,
        shown_max: SHOWN_MAX,
        frame: context.frame(&title, way(entry, &[("Import", None)]), &body),
    };
    Ok(Reply::Html {
        status: shown.status,
        body: page.render()?,
    })
}
