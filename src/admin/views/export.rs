//! Taking objects out as a file: all that a list finds, or chosen ones.

use askama::Template;
use chrono::TimeZone;

use super::{Outcome, capitalised, forbidden, list, message_page, not_found, way};
use crate::admin::context::Context;
use crate::admin::exchange::Format;
use crate::admin::exchange::write::Export;
use crate::admin::listing::BadParameter;
use crate::admin::model::Wanted;
use crate::admin::pages::export::ExportPage;
use crate::admin::query::Query;
use crate::admin::reply::{Reply, html};
use crate::admin::site::Entry;
use crate::auth::{Account, Action};
use crate::db;

/// The action that takes out chosen rows.
pub const ACTION: &str = "export_selected";
/// The parameter that says in which form.
const FORMAT: &str = "_format";

/// Whether somebody may take out objects of a model: what they may not see they may not take along either.
#[must_use]
pub fn may(entry: &Entry, account: &Account) -> bool {
    entry.admin.exchange().is_some() && entry.may(account, Action::Export) && entry.may(account, Action::View)
}

/// The action's value and words, for who may.
pub(super) fn action(context: &Context<'_>, entry: &Entry) -> Option<(String, String)> {
    let words = format!("Export selected {}", entry.spec.plural);
    may(entry, &context.account).then(|| (ACTION.to_owned(), words))
}

/// Everything that a list finds, or the choice of a form.
///
/// # Errors
/// Those of the database and of the template.
pub fn export(context: &mut Context<'_>, entry: &Entry) -> Outcome {
    if entry.admin.exchange().is_none() {
        return not_found(context);
    }
    if !may(entry, &context.account) {
        return forbidden(context);
    }
    let format = context.query.get(FORMAT).filter(|format| !format.is_empty());
    let format = format.map(str::to_owned);
    context.query = context.query.without(&[FORMAT]);
    let listing = match list::wanted_listing(context, entry) {
        Ok(listing) => listing,
        Err(bad) => return list::bad_request(context, entry, &bad),
    };
    context.query = listing.canonical(&entry.spec, &context.query);
    let wanted = listing.wanted;
    match format.as_deref().map(Format::named) {
        Some(Some(format)) => {
            let keys = entry.admin.keys_in_order(context.conn, &wanted)?;
            file(context, entry, format, keys)
        }
        Some(None) => unknown_format(context, entry),
        None => {
            let count = entry.admin.count(context.conn, &wanted, i64::MAX)?;
            let hidden = context
                .query
                .pairs()
                .map(|(name, value)| (name.to_owned(), value.to_owned()));
            let form = Form {
                method: "get",
                action: format!("{}export/", entry.url()),
                hidden: hidden.collect(),
            };
            choice(context, entry, count, form)
        }
    }
}

/// The rows that were chosen in a list, or the choice of a form.
pub(super) fn chosen(
    context: &mut Context<'_>,
    entry: &Entry,
    posted: &Query,
    wanted: &Wanted,
    ids: &[i64],
) -> Outcome {
    if !entry.may_do_to_all(context.conn, &context.account, Action::View, ids)? {
        return forbidden(context);
    }
    let format = posted.get(FORMAT).filter(|format| !format.is_empty());
    match format.map(Format::named) {
        Some(Some(format)) => {
            let sort = entry.spec.default_sort.to_vec();
            let wanted = match &wanted.keys {
                Some(_) => Wanted { sort, ..wanted.clone() },
                None => wanted.clone(),
            };
            let keys = entry.admin.keys_in_order(context.conn, &wanted)?;
            file(context, entry, format, keys)
        }
        Some(None) => unknown_format(context, entry),
        None => {
            let across = posted.get("select_across") == Some("1");
            let keys = posted.all("_selected_action");
            let keys = keys.iter().take(if across { 1 } else { usize::MAX });
            let mut hidden = vec![
                ("csrfmiddlewaretoken".to_owned(), context.csrf_token.clone()),
                ("action".to_owned(), ACTION.to_owned()),
                ("select_across".to_owned(), i64::from(across).to_string()),
            ];
            hidden.extend(keys.map(|key| ("_selected_action".to_owned(), (*key).to_owned())));
            let form = Form {
                method: "post",
                action: super::select::back(context, entry),
                hidden,
            };
            choice(context, entry, i64::try_from(ids.len()).unwrap_or(i64::MAX), form)
        }
    }
}

/// Where the choice leads.
struct Form {
    method: &'static str,
    action: String,
    hidden: Vec<(String, String)>,
}

fn choice(context: &mut Context<'_>, entry: &Entry, count: i64, form: Form) -> Outcome {
    let title = format!("Export {}", entry.spec.plural);
    let body = format!("app-{} model-{} export", entry.spec.model.app, entry.spec.model.name);
    let columns = entry.admin.exchange().map_or(&[][..], |exchange| exchange.columns());
    let page = ExportPage {
        what: entry.amount(count),
        is_some: !context.query.without(&["o", "p", "all", "_facets"]).is_empty() || form.method == "post",
        columns: columns.iter().map(|column| column.name).collect(),
        taken: entry
            .admin
            .exchange()
            .is_some_and(crate::admin::exchange::Exchange::takes),
        method: form.method,
        action: form.action,
        hidden: form.hidden,
        cancel_url: super::select::back(context, entry),
        frame: context.frame(&title, way(entry, &[("Export", None)]), &body),
    };
    Ok(html(page.render()?))
}

fn unknown_format(context: &mut Context<'_>, entry: &Entry) -> Outcome {
    let bad = BadParameter {
        name: FORMAT.to_owned(),
        reason: "it is csv or json".to_owned(),
    };
    list::bad_request(context, entry, &bad)
}

/// The beginning of the file, and what is left of it.
fn file(context: &mut Context<'_>, entry: &Entry, format: Format, keys: Vec<i64>) -> Outcome {
    let day = context.zone().from_utc_datetime(&context.now).format("%Y-%m-%d");
    let slug = entry.spec.plural.to_lowercase().replace(' ', "-");
    let name = format!("{slug}-{day}.{}", format.name());
    let mut export = Export::new(entry.spec.model, format, name, keys);
    // Files may hold what is personal, and are seen by nobody here any more.
    tracing::info!(
        user = context.account.username,
        model = %entry.spec.model,
        rows = export.len(),
        format = format.name(),
        "rows are exported"
    );
    match export.portion(context.site, context.conn) {
        Ok(first) => Ok(Reply::Export {
            export: Box::new(export),
            first: first.unwrap_or_default(),
        }),
        Err(db::Error::Corrupt(reason)) => {
            let text = format!("Nothing was exported: {reason}. Correct it first, or choose other rows.");
            let url = entry.url();
            message_page(
                context,
                409,
                "Cannot export",
                &capitalised(&text),
                ("Back to the list", &url),
            )
        }
        Err(error) => Err(error.into()),
    }
}
