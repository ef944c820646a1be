//! What saving a posted form would come to, below the form as it was typed. Computed from what is stored, and nothing is written.

use super::conflict::changed_meanwhile;
use super::draw::PREVIEW;
use super::save::{drawn_again, opened, refused, target};
use super::state::{FormState, Purpose};
use crate::admin::context::Context;
use crate::admin::input::FormInput;
use crate::admin::model::Refusal;
use crate::admin::pages::form::ShownPreview;
use crate::admin::query::Query;
use crate::admin::reply::Reply;
use crate::admin::site::SiteEntry;
use crate::admin::views::{ViewResult, hidden, impact};
use crate::db::dialect;

/// What the button says in place of its words if a script asks, which shows the preview alone.
const BY_SCRIPT: &str = "beside";

/// Answers the button `_preview`. What saving would refuse is refused in the same way; to a script, which asks while the form is being
/// typed, with a status of success.
pub(super) fn preview(context: &mut Context<'_>, entry: &SiteEntry, purpose: Purpose, posted: &Query) -> ViewResult {
    Ok(answer_while_typing(answer(context, entry, purpose, posted)?, posted))
}

/// Returns the answer to a posted form, a refusal with a status of success if a script asked for a preview while the form is being typed:
/// what is not finished is no failure.
#[must_use]
pub fn answer_while_typing(answer: Reply, posted: &Query) -> Reply {
    match answer {
        Reply::Html {
            status: 409 | 422,
            body,
        } if posted.get(PREVIEW) == Some(BY_SCRIPT) => Reply::Html { status: 200, body },
        answer => answer,
    }
}

fn answer(context: &mut Context<'_>, entry: &SiteEntry, purpose: Purpose, posted: &Query) -> ViewResult {
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
            dialect::read_snapshot(context.conn, impact::QUERY_LIMIT, |conn| {
                previewing.preview(conn, id, &mut input, account)
            })
        }
    };
    match previewed {
        Ok(mut preview) if input.is_valid() => {
            let impact = preview.impact.take().map(|impact| impact::shown(context, impact));
            let shown = FormState {
                preview: Some(ShownPreview { preview, impact }),
                ..FormState::status(200)
            };
            drawn_again(context, entry, purpose, posted, shown)
        }
        Ok(_) => refused(context, entry, purpose, posted, (input, Refusal::Input)),
        Err(refusal) => refused(context, entry, purpose, posted, (input, refusal)),
    }
}
