//! Deleting one object or many: what goes along is shown first, what is in use is not deleted.

use askama::Template;

use super::form::draw::{kept_filters, way_back};
use super::{ViewResult, forbidden, hidden, missing, way};
use crate::admin::address::ModelPage;
use crate::admin::context::Context;
use crate::admin::model::{Deletion, NamedObject, Refusal};
use crate::admin::pages::delete::{DeletePage, ShownNamed};
use crate::admin::query::Query;
use crate::admin::reply::{Level, Message, Reply, redirect};
use crate::admin::site::SiteEntry;
use crate::audit;
use crate::auth::Action;

/// Asks before an object is deleted, or deletes it.
pub fn delete(context: &mut Context<'_>, entry: &SiteEntry, id: &str, posted: Option<&Query>) -> ViewResult {
    if !entry.may(&context.account, Action::Delete) {
        return forbidden(context);
    }
    let found = id.parse::<i64>().ok();
    let object = match found {
        Some(key) => entry.admin.object(context.conn, key)?,
        None => None,
    };
    let Some(object) = object else {
        return missing(context, entry, id);
    };
    if !entry.may_do(context.conn, &context.account, Action::Delete, object.id)? {
        return forbidden(context);
    }
    let object = hidden::covered(context, entry, object);
    let deletion = entry.admin.deletion(context.conn, &[object.id])?;
    let what = format!("the {} “{}”", entry.spec.singular, object.title);
    let action = format!(
        "{}{}",
        entry.address(ModelPage::Delete(object.id.into())),
        kept_filters(context)
    );
    if posted.is_none() || !deletion.protected.is_empty() {
        let status = if posted.is_some() { 409 } else { 200 };
        return ask(
            context,
            entry,
            status,
            what,
            action,
            deletion,
            vec![("post".to_owned(), "yes".to_owned())],
        );
    }
    match delete_all(context, entry, &[object.id]) {
        Ok(()) => {
            let to = way_back(context, entry);
            Ok(redirect(
                to,
                Message::new(
                    Level::Success,
                    format!(
                        "The {} “{}” was deleted successfully.",
                        entry.spec.singular, object.title
                    ),
                ),
            ))
        }
        Err(refusal) => refused(context, entry, what, action, deletion, refusal),
    }
}

/// Deletes in one transaction.
pub(super) fn delete_all(context: &mut Context<'_>, entry: &SiteEntry, ids: &[i64]) -> Result<(), Refusal> {
    let actor = context.actor();
    audit::transaction(context.conn, &actor, context.now, |tx| entry.admin.delete(tx, ids))
}

/// Returns the page for a deletion that was refused.
pub(super) fn refused(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    what: String,
    action: String,
    mut deletion: Deletion,
    refusal: Refusal,
) -> ViewResult {
    match refusal {
        Refusal::Rule(message) => deletion.protected = vec![message.into()],
        Refusal::Audit(audit::Error::Denied(_)) => return forbidden(context),
        Refusal::Audit(error) => return Err(error.into()),
        refusal @ (Refusal::Input | Refusal::Fields(_)) => deletion.protected = vec![refusal.to_string().into()],
    }
    ask(context, entry, 409, what, action, deletion, Vec::new())
}

/// Returns the page that asks, or says why not.
pub(super) fn ask(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    status: u16,
    what: String,
    action: String,
    deletion: Deletion,
    hidden: Vec<(String, String)>,
) -> ViewResult {
    let title = if deletion.protected.is_empty() {
        "Delete".to_owned()
    } else {
        format!("Cannot delete {}", entry.spec.singular)
    };
    let body = format!(
        "app-{} model-{} delete-confirmation",
        entry.spec.model.app, entry.spec.model.name
    );
    let shown = |named: NamedObject| ShownNamed {
        link: hidden::link_to(context, named.object),
        words: named.words,
    };
    let is_covered = deletion
        .about
        .iter()
        .any(|model| hidden::of_model(context, *model).is_some());
    let tree = deletion
        .tree
        .into_iter()
        .map(|(mut named, parts)| {
            let parts = hidden::visible(context, parts).into_iter();
            if let Some((_, id)) = named.object.filter(|_| is_covered) {
                named.words = format!("{} {id}", entry.spec.singular);
            }
            (shown(named), parts.map(shown).collect())
        })
        .collect();
    let protected = hidden::visible(context, deletion.protected);
    let protected = protected.into_iter().map(shown).collect();
    // The objects themselves are counted first, what goes with them behind.
    let amount = match deletion.counts.first() {
        Some((_, count)) if *count > 1 => entry.amount(i64::try_from(*count).unwrap_or(i64::MAX)),
        _ => entry.spec.singular.to_owned(),
    };
    let page = DeletePage {
        what,
        amount,
        action,
        counts: deletion.counts,
        tree,
        notes: deletion.notes,
        protected,
        hidden,
        cancel_url: way_back(context, entry),
        frame: context.frame(&title, way(entry, &[("Delete", None)]), &body),
    };
    Ok(Reply::Html {
        status,
        body: page.render()?,
    })
}
