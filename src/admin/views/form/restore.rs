//! What an earlier state had and a form cannot bring back: each by name, with the way to bring that back first.

use super::options::FieldOptions;
use crate::admin::address::ModelPage;
use crate::admin::context::Context;
use crate::admin::model::{NotRestored, Object};
use crate::admin::pages::form::ShownMissing;
use crate::admin::site::SiteEntry;
use crate::admin::spec::Widget;
use crate::admin::views::hidden::link_to;
use crate::admin::views::{ViewError, capitalised, hidden};
use crate::audit::store;
use crate::auth::Action;

/// The most missing things that a page names.
const MISSING_MAX: usize = 200;

/// Lists what of the restored `object` is missing: what is not there any more, and, for a new object whose first form has few fields,
/// what that form does not take.
pub(super) fn missing(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    object: &Object,
    is_new: bool,
) -> Result<Vec<ShownMissing>, ViewError> {
    let mut shown = Vec::new();
    for missing in object.missing.iter().take(MISSING_MAX) {
        shown.push(explained(context, missing)?);
    }
    if is_new && entry.spec.add_fieldsets.is_some() {
        shown.extend(left_for_later(context, entry, object)?);
    }
    Ok(shown)
}

/// Returns what became of something that is missing, as far as the audit log knows, and where the user can bring it back or look at it.
fn explained(context: &mut Context<'_>, missing: &NotRestored) -> Result<ShownMissing, ViewError> {
    let what = format!("{} “{}”", capitalised(missing.kind), missing.title);
    let site = context.site;
    let Some(entry) = missing.model.and_then(|model| site.get(model)) else {
        return Ok(ShownMissing {
            words: format!("{what}: there is none any more."),
            link: None,
        });
    };
    if !entry.may(&context.account, Action::View) {
        return Ok(ShownMissing {
            words: format!("{}: deleted or renamed meanwhile.", hidden::words(entry, 1)),
            link: None,
        });
    }
    let known = store::newest_of_title(context.conn, &entry.spec.model.to_string(), &missing.title)?;
    let Some(known) = known else {
        return Ok(ShownMissing {
            words: format!("{what}: there is none, and the audit log does not know it."),
            link: None,
        });
    };
    let may = |action| entry.may(&context.account, action);
    if let Some(present) = entry.admin.object(context.conn, known.object_id)? {
        let link = link_to(context, Some((entry.spec.model, present.id)));
        return Ok(ShownMissing {
            words: format!(
                "{what}: it is called “{}” now. Choose it below to keep it.",
                present.title
            ),
            link: link.map(|link| (format!("Open {}", present.title), link)),
        });
    }
    let link = if may(Action::View) && may(Action::Add) {
        let url = format!("{}?restore={}", entry.address(ModelPage::Add), known.id);
        Some((format!("Restore {} first", missing.title), url))
    } else if may(Action::View) {
        let url = entry.history_url(known.object_id);
        Some((format!("History of {}", missing.title), url))
    } else {
        None
    };
    Ok(ShownMissing {
        words: format!("{what}: it was deleted."),
        link,
    })
}

/// Returns the values that the first form of a new object does not take.
fn left_for_later(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    object: &Object,
) -> Result<Vec<ShownMissing>, ViewError> {
    let first = || entry.spec.form(true).iter().flat_map(|set| &set.fields);
    let mut offers = FieldOptions::default();
    let mut left = Vec::new();
    for field in entry.spec.form(false).iter().flat_map(|set| &set.fields) {
        let values = object.values.get(field.name).map(Vec::as_slice).unwrap_or_default();
        let is_blank = values.iter().all(|value| value.trim().is_empty());
        if is_blank || field.widget == Widget::Password || first().any(|first| first.name == field.name) {
            continue;
        }
        let words = offers.words(context, entry, field, values)?;
        left.push(ShownMissing {
            words: format!("{}: {words}. Set it on the page that follows.", field.label),
            link: None,
        });
    }
    Ok(left)
}
