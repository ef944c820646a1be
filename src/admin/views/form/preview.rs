//! What saving a posted form would come to, below the form as it was typed. Computed from what is stored, and nothing is written.

use std::time::Duration;

use super::conflict::changed_meanwhile;
use super::save::{drawn_again, opened, refused, target};
use super::state::{FormState, Purpose};
use crate::admin::context::Context;
use crate::admin::input::FormInput;
use crate::admin::model::{PreviewImpact, Refusal, SavePreview};
use crate::admin::pages::form::ShownPreview;
use crate::admin::query::Query;
use crate::admin::site::SiteEntry;
use crate::admin::views::{ViewResult, hidden};
use crate::db::dialect;

/// How long a query of a preview may last.
const QUERY_LIMIT: Duration = Duration::from_secs(10);

/// Answers the button `_preview`. What saving would refuse is refused in the same way.
pub(super) fn preview(context: &mut Context<'_>, entry: &SiteEntry, purpose: Purpose, posted: &Query) -> ViewResult {
    let Some(previewing) = entry.admin.form_preview() else {
        let shown = FormState {
            note: format!("Nothing was saved: there is no preview of a {}.", entry.spec.singular),
            ..FormState::status(200)
        };
        return drawn_again(context, entry, purpose, posted, shown);
    };
    let stored = match opened(context, entry, purpose, posted) {
        Ok(stored) => stored,
        Err(answer) => return answer,
    };
    let mut input = FormInput::new(posted);
    let previewed = match target(purpose, &mut input) {
        None => Err(Refusal::Input),
        Some(target) => {
            if let (Some((_, version)), Some(stored)) = (target, &stored)
                && stored.version != version
            {
                return changed_meanwhile(context, entry, posted, stored);
            }
            let account = &context.account;
            hidden::refuse_chosen(entry, stored.as_ref(), &mut input, |permission| account.may(permission));
            let id = target.map(|(id, _)| id);
            dialect::read_snapshot(context.conn, QUERY_LIMIT, |conn| {
                previewing.preview(conn, id, &mut input)
            })
        }
    };
    match previewed {
        Ok(preview) if input.is_valid() => {
            let shown = FormState {
                preview: Some(visible(context, preview)),
                ..FormState::status(200)
            };
            drawn_again(context, entry, purpose, posted, shown)
        }
        Ok(_) => refused(context, entry, purpose, posted, (input, Refusal::Input)),
        Err(refusal) => refused(context, entry, purpose, posted, (input, refusal)),
    }
}

/// Returns what of a preview the user may see: objects that they may not view are counted and not named.
fn visible(context: &Context<'_>, mut preview: SavePreview) -> ShownPreview {
    let mut links = Vec::new();
    if let Some(PreviewImpact {
        model, rows, rest, sum, ..
    }) = &mut preview.impact
    {
        if hidden::of_model(context, *model).is_some() {
            rows.clear();
            *rest = (sum.count > 0).then(|| sum.clone());
        }
        let link = |id: Option<i64>| hidden::link_to(context, Some((*model, id?)));
        links.extend(rows.iter().map(|row| link(row.id).unwrap_or_default()));
    }
    ShownPreview { preview, links }
}
