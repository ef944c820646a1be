//! Taking objects out as a file: all that a list finds, or chosen ones.

use askama::Template;

use super::format::write::{ExportFile, FileColumns, MakeError, Outline};
use super::format::xlsx;
use super::{Exchange, FileColumn, FileFormat};
use crate::admin::address::ModelPage;
use crate::admin::context::Context;
use crate::admin::listing::BadParameter;
use crate::admin::model::ListQuery;
use crate::admin::pages::export::ExportPage;
use crate::admin::query::Query;
use crate::admin::reply::{Reply, html};
use crate::admin::site::SiteEntry;
use crate::admin::views::list::request::{back, bad_request, hidden_models, wanted_listing};
use crate::admin::views::{ViewResult, capitalised, forbidden, message_page, not_found, way};
use crate::auth::{Account, Action, Model};
use crate::db;

/// The action that takes out chosen rows.
pub const ACTION: &str = "export_selected";
/// The parameter that says in which form.
const FORMAT: &str = "_format";
/// The parameter that asks for a byte order mark before the text of a CSV.
const BOM: &str = "bom";

/// Returns whether an account may export objects of a model, which includes viewing them.
#[must_use]
pub fn may(entry: &SiteEntry, account: &Account) -> bool {
    entry.admin.exchange().is_some() && entry.may(account, Action::Export) && entry.may(account, Action::View)
}

/// Returns the action's value and words, for users with the permission.
pub(in crate::admin) fn action(context: &Context<'_>, entry: &SiteEntry) -> Option<(String, String)> {
    let words = format!("Export selected {}", entry.spec.plural);
    may(entry, &context.account).then(|| (ACTION.to_owned(), words))
}

/// Returns everything that a list finds, or the choice of a form.
pub fn export(context: &mut Context<'_>, entry: &SiteEntry) -> ViewResult {
    if entry.admin.exchange().is_none() {
        return not_found(context);
    }
    if !may(entry, &context.account) {
        return forbidden(context);
    }
    let form = FileOptions::of(&context.query);
    context.query = context.query.without(&[FORMAT, BOM]);
    let listing = match wanted_listing(context, entry) {
        Ok(listing) => listing,
        Err(bad) => return bad_request(context, entry, &bad),
    };
    context.query = listing.canonical(&entry.spec, &context.query);
    let wanted = listing.wanted;
    match form {
        Err(bad) => bad_request(context, entry, &bad),
        Ok(Some(form)) => file(context, entry, form, &wanted),
        Ok(None) => {
            let list = entry.admin.list(context.conn)?;
            let count = list.count(context.conn, &wanted, i64::MAX)?;
            let hidden = context
                .query
                .pairs()
                .map(|(name, value)| (name.to_owned(), value.to_owned()));
            let target = ExportTarget {
                method: "get",
                action: entry.address(ModelPage::Export).into(),
                hidden: hidden.collect(),
            };
            choice(context, entry, count, target)
        }
    }
}

/// Returns the rows that were chosen in a list, or the choice of a form.
pub(in crate::admin) fn chosen(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    posted: &Query,
    wanted: &ListQuery,
    ids: &[i64],
) -> ViewResult {
    if !entry.may_do_to_all(context.conn, &context.account, Action::View, ids)? {
        return forbidden(context);
    }
    match FileOptions::of(posted) {
        Err(bad) => bad_request(context, entry, &bad),
        Ok(Some(form)) => {
            let sort = entry.spec.default_sort.to_vec();
            let wanted = match &wanted.keys {
                Some(_) => ListQuery { sort, ..wanted.clone() },
                None => wanted.clone(),
            };
            file(context, entry, form, &wanted)
        }
        Ok(None) => {
            let across = posted.get("select_across") == Some("1");
            let keys = posted.all("_selected_action");
            let keys = keys.iter().take(if across { 1 } else { usize::MAX });
            let mut hidden = vec![
                ("csrfmiddlewaretoken".to_owned(), context.csrf_token.clone()),
                ("action".to_owned(), ACTION.to_owned()),
                ("select_across".to_owned(), i64::from(across).to_string()),
            ];
            hidden.extend(keys.map(|key| ("_selected_action".to_owned(), (*key).to_owned())));
            let target = ExportTarget {
                method: "post",
                action: back(context, entry),
                hidden,
            };
            let count = i64::try_from(ids.len()).unwrap_or(i64::MAX);
            choice(context, entry, count, target)
        }
    }
}

/// The form of a file.
#[derive(Clone, Copy)]
struct FileOptions {
    format: FileFormat,
    has_bom: bool,
}

impl FileOptions {
    /// Reads the form that a query or a posted form asks for; nothing if it asks for none.
    ///
    /// # Errors
    /// The parameter that has no such value.
    fn of(query: &Query) -> Result<Option<Self>, BadParameter> {
        let bad = |name: &str, reason: &str| BadParameter {
            name: name.to_owned(),
            reason: reason.to_owned(),
        };
        let Some(format) = query.get(FORMAT).filter(|format| !format.is_empty()) else {
            return Ok(None);
        };
        let format = FileFormat::named(format).ok_or_else(|| bad(FORMAT, "it is csv, json or xlsx"))?;
        let has_bom = match query.get(BOM) {
            None | Some("" | "0") => false,
            Some("1" | "on") => true,
            Some(_) => return Err(bad(BOM, "it is 1 or 0")),
        };
        Ok(Some(Self { format, has_bom }))
    }
}

/// Where the choice leads.
struct ExportTarget {
    method: &'static str,
    action: String,
    hidden: Vec<(String, String)>,
}

fn choice(context: &mut Context<'_>, entry: &SiteEntry, count: i64, target: ExportTarget) -> ViewResult {
    let title = format!("Export {}", entry.spec.plural);
    let body = format!("app-{} model-{} export", entry.spec.model.app, entry.spec.model.name);
    let Some(exchange) = entry.admin.exchange() else {
        return not_found(context);
    };
    let hidden = hidden_models(context);
    let columns = FileColumns::new(exchange, &hidden);
    let covered = covered(entry, exchange, &hidden);
    let may_be_empty = |column: &&FileColumn| exchange.named(column).is_none() && covered.contains(&column.name);
    let covered = columns.shown.iter().filter(may_be_empty);
    let page = ExportPage {
        what: entry.amount(count),
        is_some: !context.query.without(&["o", "p", "all", "_facets"]).is_empty() || target.method == "post",
        columns: columns.shown.iter().map(|column| column.name).collect(),
        covered: covered.map(|column| column.name).collect(),
        left_out: columns.left_out,
        taken: exchange.takes(),
        method: target.method,
        action: target.action,
        hidden: target.hidden,
        cancel_url: back(context, entry),
        frame: context.frame(&title, way(entry, &[("Export", None)]), &body),
    };
    Ok(html(page.render()?))
}

/// Returns the columns that may be empty in some rows of users without the permission to view the objects of the `hidden` models.
fn covered(entry: &SiteEntry, exchange: &dyn Exchange, hidden: &[Model]) -> Vec<&'static str> {
    // Of a state that cannot be read, it says all of which objects may speak.
    let about = entry.admin.about()(None).filter(|about| about.is_of_any(hidden));
    let of_about = about.map_or(&[][..], |about| about.fields).iter();
    let of_exchange = exchange.covered().iter().filter(|_| !hidden.is_empty());
    of_about.chain(of_exchange).copied().collect()
}

/// Makes the file; returns its beginning, and what is left of it.
fn file(context: &mut Context<'_>, entry: &SiteEntry, form: FileOptions, wanted: &ListQuery) -> ViewResult {
    let wanted = &ListQuery {
        hidden: hidden_models(context),
        ..wanted.clone()
    };
    let day = context
        .zone()
        .local_at(context.now.and_utc().timestamp())
        .format("%Y-%m-%d");
    let slug = entry.spec.plural.to_lowercase().replace(' ', "-");
    let outline = Outline {
        format: form.format,
        file_name: format!("{slug}-{day}.{}", form.format.name()),
        has_bom: form.has_bom && form.format == FileFormat::Csv,
        sheet: capitalised(entry.spec.plural),
    };
    let session_check = context.session_check.clone();
    let mut can_ask = true;
    let mut may_go_on = || {
        let answer = if can_ask { session_check.account_now() } else { None };
        can_ask = answer.is_some();
        answer.is_none_or(|account| account.is_some_and(|account| may(entry, &account)))
    };
    let made = ExportFile::make(entry, context.conn, wanted, outline, &mut may_go_on);
    let first = made.and_then(|mut export| Ok((export.piece()?, export)));
    let (first, export) = match first {
        Ok(made) => made,
        Err(MakeError::Denied) => return forbidden(context),
        Err(MakeError::Database(error)) => return unreadable(context, entry, error),
        Err(MakeError::Sheet(xlsx::write::SheetError::Unfit(reason))) => {
            return cannot_export(context, entry, 409, &reason);
        }
        Err(error) => {
            tracing::error!(%error, "an export was not made");
            let reason = if form.format == FileFormat::Xlsx {
                "No xlsx file can be made at the moment. Choose CSV or JSON."
            } else {
                "No file can be made at the moment: there is no room for it. Try again later."
            };
            return cannot_export(context, entry, 503, reason);
        }
    };
    // Files may hold personal data, and this is the last trace of them.
    tracing::info!(
        user = context.account.username,
        model = %entry.spec.model,
        rows = export.rows(),
        format = form.format.name(),
        "rows are exported"
    );
    Ok(Reply::Export {
        export: Box::new(export),
        first: first.unwrap_or_default(),
    })
}

/// Returns the page for rows that cannot be read; any other error of the database goes on.
fn unreadable(context: &mut Context<'_>, entry: &SiteEntry, error: db::Error) -> ViewResult {
    match error {
        db::Error::Corrupt(reason) => {
            let text = format!("Nothing was exported: {reason}. Correct it first, or choose other rows.");
            cannot_export(context, entry, 409, &text)
        }
        error => Err(error.into()),
    }
}

fn cannot_export(context: &mut Context<'_>, entry: &SiteEntry, status: u16, reason: &str) -> ViewResult {
    let url = entry.url();
    let link = ("Back to the list", url.as_str());
    message_page(context, status, "Cannot export", &capitalised(reason), link)
}
