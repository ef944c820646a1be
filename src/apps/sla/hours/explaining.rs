//! The question why a component is inside or outside, as commands and the API ask it: a component by name and an instant in any form.

use std::collections::BTreeSet;

use super::book::HoursBook;
use super::explanation::{ExplainedState, Explanation};
use super::stored::{ComponentHours, StoredHours};
use super::typed_instant::{self, InstantArgument};
use super::{explanation_text, json};
use crate::api::answers::ExplanationAnswer;
use crate::apps::sla::component;
use crate::apps::sla::object_names::{NoSuchObject, ObjectNames};
use crate::db::{self, Conn};
use crate::zones::{self, Zone};

/// The question.
#[derive(Clone, Copy, Debug)]
pub struct ExplainQuestion<'a> {
    /// The component's name.
    pub component: &'a str,
    /// The instant; now without it.
    pub at: Option<InstantArgument>,
    /// The zone of a local time; that of the component's windows without it.
    pub zone: Option<Zone>,
}

/// Why there is no explanation.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// There is no such component.
    #[error(transparent)]
    NoSuch(#[from] NoSuchObject),
    /// The zone of a local time has to be given.
    #[error("{0}")]
    Zone(String),
    /// The database's.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// The answer.
#[derive(Debug)]
pub struct ExplainedQuestion {
    explanation: Explanation,
    /// How a local time was read that the clock skips or shows twice.
    note: Option<String>,
}

impl ExplainQuestion<'_> {
    /// Answers the question at `now`, in Unix seconds. Call it in one transaction.
    ///
    /// # Errors
    /// [`ExplainError`]
    pub fn answer(self, conn: &mut Conn, now: i64) -> Result<ExplainedQuestion, ExplainError> {
        let id = ObjectNames::new("component", component::store::names(conn)?).find(self.component)?;
        let hours = StoredHours::of_components(conn, &[id])?;
        let component = hours.component(id).ok_or(db::Error::NotFound)?;
        let (at, note) = match self.at {
            None => (now, None),
            Some(InstantArgument::Instant(at)) => (at, None),
            Some(InstantArgument::Local(local)) => {
                typed_instant::in_zone_noted(local, zone_of(self.zone, component, &hours)?)
            }
        };
        let explanation = Explanation::new(&hours, &mut HoursBook::new(&hours), component, at);
        Ok(ExplainedQuestion { explanation, note })
    }
}

impl ExplainedQuestion {
    /// Returns the answer for scripts.
    #[must_use]
    pub fn for_scripts(&self) -> ExplanationAnswer {
        json::explanation(&self.explanation, self.note.as_deref())
    }

    /// Returns the answer for people.
    ///
    /// # Errors
    /// None that happens: a text takes everything.
    pub fn for_people(&self) -> Result<String, std::fmt::Error> {
        explanation_text::of(&self.explanation, self.note.as_deref())
    }

    /// Returns why the component cannot be evaluated, if so.
    #[must_use]
    pub fn unreadable(&self) -> Option<String> {
        match &self.explanation.state {
            ExplainedState::Unreadable(reason) => Some(unreadable_words(&self.explanation.component, reason)),
            ExplainedState::Inside | ExplainedState::Outside | ExplainedState::NoHours => None,
        }
    }
}

/// Says that a component cannot be evaluated.
#[must_use]
pub fn unreadable_words(component: &str, reason: &str) -> String {
    format!("`{component}` cannot be evaluated: {reason}")
}

/// Returns the zone in which a local time is meant: the one that is given, otherwise the only one of the enabled windows.
fn zone_of(given: Option<Zone>, component: &ComponentHours, hours: &StoredHours) -> Result<Zone, ExplainError> {
    if let Some(zone) = given {
        return Ok(zone);
    }
    let windows = hours.windows.iter().map(|window| &window.stored.state);
    let zones: BTreeSet<&str> = windows
        .filter(|window| window.enabled)
        .map(|window| window.timezone.name())
        .collect();
    let name = &component.name;
    let mut names = zones.iter();
    match (names.next(), names.next()) {
        (None, _) => Err(ExplainError::Zone(format!(
            "`{name}` has no enabled window in whose zone the local time could be read; give the zone, such as Europe/Berlin"
        ))),
        (Some(zone), None) => zones::parse(zone).map_err(|error| ExplainError::Zone(error.to_string())),
        _ => Err(ExplainError::Zone(format!(
            "the windows of `{name}` are in several zones; give the zone that the local time is meant in: {}",
            zones.into_iter().collect::<Vec<_>>().join(", ")
        ))),
    }
}
