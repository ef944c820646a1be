//! Where a save leads, and what the next page says.

use serde_json::json;

use super::draw::{is_in_dialog, kept, way_back};
use super::state::Purpose;
use crate::admin::address::ModelPage;
use crate::admin::context::Context;
use crate::admin::model::Saved;
use crate::admin::pages::form::SAVE_AS_NEW;
use crate::admin::query::Query;
use crate::admin::reply::{Level, Message, Reply};
use crate::admin::site::SiteEntry;
use crate::auth::Action;

/// Where a save leads, and what the next page says, as far as that is known before.
pub(super) struct Way {
    is_in_dialog: bool,
    existed: bool,
    may_view: bool,
    next: NextPage,
    hint: &'static str,
}

/// The page after a save.
enum NextPage {
    /// The one of the object, with this query.
    Object(String),
    /// The one at this address.
    At(String),
}

impl Way {
    /// Returns where a save of this form leads.
    pub(super) fn of(context: &Context<'_>, entry: &SiteEntry, posted: &Query, purpose: Purpose) -> Self {
        let may = |action| entry.may(&context.account, action);
        let existed = matches!(purpose, Purpose::Change(_));
        let is_copy = matches!(purpose, Purpose::Copy(_)) || posted.get(SAVE_AS_NEW).is_some() && !existed;
        let adds_another = posted.get("_addanother").is_some() && may(Action::Add);
        // A form of its own for new objects is only the first half: the other one follows.
        let has_second_half = !existed && entry.spec.add_fieldsets.is_some() && !adds_another;
        let continues = may(Action::View) && (posted.get("_continue").is_some() || is_copy || has_second_half);
        let kept = kept(context);
        let (next, hint) = if continues && may(Action::Change) {
            (NextPage::Object(kept), " You may edit it again below.")
        } else if continues {
            (NextPage::Object(kept), "")
        } else if adds_another {
            let address = format!("{}{kept}", entry.address(ModelPage::Add));
            (NextPage::At(address), " You may add another one below.")
        } else {
            (NextPage::At(way_back(context, entry)), "")
        };
        Self {
            is_in_dialog: is_in_dialog(context),
            existed,
            may_view: may(Action::View),
            next,
            hint,
        }
    }

    /// Returns where a save leads, and what the next page says.
    pub(super) fn reply(&self, entry: &SiteEntry, saved: Saved) -> Reply {
        let Saved {
            id,
            title,
            changed,
            outcome,
            warnings,
        } = saved;
        if self.is_in_dialog {
            let saved = json!({"id": id.to_string(), "title": title, "changed": changed, "warnings": warnings});
            return Reply::Json(saved.to_string());
        }
        let object_url = entry.change_url(id);
        let to = match &self.next {
            NextPage::Object(query) => format!("{object_url}{query}"),
            NextPage::At(address) => address.clone(),
        };
        let did = match (self.existed, changed) {
            (true, false) => "needed no change",
            (true, true) => "was changed successfully",
            (false, _) => "was added successfully",
        };
        let before = format!("The {} “", entry.spec.singular);
        let outcome = outcome.map(|outcome| format!(" {outcome}.")).unwrap_or_default();
        let after = format!("” {did}.{outcome}{}", self.hint);
        let mut messages = vec![if self.may_view {
            Message {
                level: Level::Success,
                text: before,
                link: Some((object_url, title)),
                after,
            }
        } else {
            Message::new(Level::Success, format!("{before}{title}{after}"))
        }];
        let warnings = warnings.into_iter();
        messages.extend(warnings.map(|warning| Message::new(Level::Warning, warning)));
        Reply::Redirect { to, messages }
    }
}
