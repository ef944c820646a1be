//! What a row of a form says, as data: read back while it is typed. Nothing is stored.

use serde_json::{Map, json};

use crate::admin::address::Address;
use crate::admin::context::Context;
use crate::admin::input::FormInput;
use crate::admin::model::{FormValues, RowWords};
use crate::admin::query::Query;
use crate::admin::reply::Reply;
use crate::admin::site::SiteEntry;
use crate::admin::spec::Inline;
use crate::admin::views::{ViewResult, forbidden, message_page, not_found};
use crate::auth::Action;

/// The most digits of a row's number.
const DIGITS_MAX: usize = 6;

/// Answers `?row=3&rules-3-kind=weekly&…`, the form's own fields beside the row's, for users with the permission to see a form of the model.
pub fn read_row(context: &mut Context<'_>, entry: &SiteEntry) -> ViewResult {
    let may_see = [Action::View, Action::Add, Action::Change]
        .into_iter()
        .any(|action| entry.may(&context.account, action));
    if !may_see {
        return forbidden(context);
    }
    let Some(inline) = &entry.spec.inline else {
        return not_found(context);
    };
    let row = context.query.get("row").unwrap_or("");
    if !(1..=DIGITS_MAX).contains(&row.len()) || !row.bytes().all(|byte| byte.is_ascii_digit()) {
        let text = "The parameter row is the number of a row.";
        let link = ("Back to the start page", Address::Index.pattern());
        return message_page(context, 400, "Bad request", text, link);
    }
    let row = format!("{}-{row}", inline.prefix);
    let mut input = FormInput::new(&context.query);
    let Some(preview) = entry.admin.inline_preview() else {
        return not_found(context);
    };
    let read = preview.describe_row(&mut input, &row);
    let start = format!("{row}-");
    let errors: Map<String, serde_json::Value> = input
        .into_errors()
        .into_iter()
        .filter_map(|(name, errors)| Some((name.strip_prefix(&start)?.to_owned(), json!(errors))))
        .collect();
    let RowWords { words, next, notes } = read;
    let answer = json!({"words": words, "next": next, "notes": notes, "errors": errors});
    Ok(Reply::Json(answer.to_string()))
}

/// Returns what a row says that was posted and is shown again; nothing if it says nothing that is right.
pub(super) fn words(entry: &SiteEntry, inline: &Inline, row: &FormValues) -> String {
    let prefix = format!("{}-0", inline.prefix);
    let pairs = row.iter().flat_map(|(name, values)| {
        let prefix = &prefix;
        values
            .iter()
            .map(move |value| (format!("{prefix}-{name}"), value.clone()))
    });
    let query = Query::new(pairs.collect());
    match entry.admin.inline_preview() {
        Some(preview) => preview.describe_row(&mut FormInput::new(&query), &prefix).words,
        None => String::new(),
    }
}
