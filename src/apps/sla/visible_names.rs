//! Which names a reader may view where hours are shown: those of windows and calendars follow the permissions for these.

use super::component::state::ComponentState;
use super::hours::book::{CutOwner, NamedHours};
use super::{CALENDAR, LABEL, WINDOW};
use crate::auth::{Account, Action};

/// What stands in the place of a name that the reader may not view.
const HIDDEN_CALENDAR: &str = "a calendar that you may not view";
const HIDDEN_WINDOW: &str = "exclude rules of a window that you may not view";

/// The names that a reader may view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VisibleNames {
    /// Those of windows, and their rules.
    pub windows: bool,
    /// Those of calendars, and their rules.
    pub calendars: bool,
    /// Those of labels, and their values.
    pub labels: bool,
}

impl VisibleNames {
    /// Returns what an account may view.
    #[must_use]
    pub fn of(account: &Account) -> Self {
        let may = |model: crate::auth::Model| account.may(model.permission(Action::View));
        Self {
            windows: may(WINDOW),
            calendars: may(CALENDAR),
            labels: may(LABEL),
        }
    }

    /// Returns whether the owner of a cut may be named.
    #[must_use]
    pub fn has(self, owner: &CutOwner) -> bool {
        match owner {
            CutOwner::Calendar(_) => self.calendars,
            CutOwner::Window(_) => self.windows,
        }
    }

    /// Returns the owner of a cut in words: `the calendar “Holidays DE”`.
    #[must_use]
    pub fn owner_words(self, owner: &CutOwner) -> String {
        match owner {
            CutOwner::Calendar(name) if self.calendars => format!("the calendar “{name}”"),
            CutOwner::Calendar(_) => HIDDEN_CALENDAR.to_owned(),
            CutOwner::Window(name) if self.windows => format!("exclude rules of the SLA window “{name}”"),
            CutOwner::Window(_) => HIDDEN_WINDOW.to_owned(),
        }
    }

    /// Returns why hours cannot be read, which names a window or a calendar; nothing where either may not be viewed.
    #[must_use]
    pub fn reason(self, reason: &str) -> Option<&str> {
        (self.windows && self.calendars).then_some(reason)
    }

    /// Returns a component without its labels, if those may not be viewed.
    #[must_use]
    pub fn in_component(self, state: &ComponentState) -> ComponentState {
        let mut visible = state.clone();
        if !self.labels {
            visible.labels.clear();
        }
        visible
    }

    /// Returns hours without the names that may not be viewed.
    #[must_use]
    pub fn in_hours(self, hours: &NamedHours) -> NamedHours {
        let mut visible = hours.clone();
        for cut in visible.cuts.iter_mut().filter(|cut| !self.has(&cut.by)) {
            cut.name.clear();
            match &mut cut.by {
                CutOwner::Calendar(name) => HIDDEN_CALENDAR.clone_into(name),
                CutOwner::Window(name) => HIDDEN_WINDOW.clone_into(name),
            }
        }
        visible
    }
}
