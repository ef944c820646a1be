//! The hours of what an exception is for, before it and after it.

use super::asked::AskedException;
use super::stored::ExceptedObject;
use crate::apps::sla::declarative::change_plan::ChangePlan;
use crate::apps::sla::drawing::bars;
use crate::apps::sla::hours::book::{HoursBook, NamedHours};
use crate::apps::sla::hours::stored::StoredHours;
use crate::apps::sla::hours::words;
use crate::apps::sla::preview::own::{OwnHours, SideHours};
use crate::apps::sla::snapshot::compile::ScheduleKey;
use crate::apps::sla::visible_names::VisibleNames;
use crate::calculus::span::{Span, intersections, without};
use crate::zones::Zone;

/// One side.
struct ExceptionSide {
    book: HoursBook,
    key: ScheduleKey,
}

/// The hours of what an exception is for, before it and after it.
pub(super) struct ExceptionSides {
    is_enabled: bool,
    zone: Zone,
    before: ExceptionSide,
    after: ExceptionSide,
}

/// What an exception comes to.
#[derive(Debug)]
pub(super) struct ExceptionOutcome {
    /// Whether hours are other than before.
    pub(super) changes: bool,
    /// What is to be said of it, in sentences.
    pub(super) warnings: Vec<String>,
}

impl ExceptionSide {
    fn new(hours: &StoredHours, key: ScheduleKey) -> Self {
        Self {
            book: HoursBook::of_keys(hours, [&key]),
            key,
        }
    }

    fn hours(&mut self, range: Span) -> Result<NamedHours, String> {
        self.book.hours(&self.key, range.start, range.end)
    }

    fn side(&mut self, is_enabled: bool) -> SideHours {
        match is_enabled {
            true => SideHours::Known(self.book.coverage(&self.key)),
            false => SideHours::Disabled,
        }
    }
}

impl ExceptionSides {
    /// Returns those of what is stored, of which `hours` has all that the object has.
    pub(super) fn new(hours: &StoredHours, plan: &ChangePlan, object: &ExceptedObject) -> Self {
        let after = hours.after(plan);
        let (is_enabled, before_key, after_key) = match object {
            ExceptedObject::Window(stored) => {
                let key: ScheduleKey = (vec![stored.id], Vec::new());
                (stored.state.enabled, key.clone(), key)
            }
            ExceptedObject::Component(stored, _) => {
                let key = |hours: &StoredHours| hours.component(stored.id).map(|component| component.key.clone());
                let before = key(hours).unwrap_or_default();
                (stored.state.enabled, before.clone(), key(&after).unwrap_or(before))
            }
        };
        Self {
            is_enabled,
            zone: object.zone(),
            before: ExceptionSide::new(hours, before_key),
            after: ExceptionSide::new(&after, after_key),
        }
    }

    /// Returns both as previews show them.
    pub(super) fn own(&mut self) -> OwnHours {
        let before = self.before.side(self.is_enabled);
        let after = self.after.side(self.is_enabled);
        let disabled = "It is disabled, so it promises no service.";
        OwnHours::promised(Some(before), after, Some(self.zone), disabled)
    }

    /// Returns what the exception comes to: it may say what is so already, what the clock skips, or what something else removes again.
    pub(super) fn outcome(&mut self, asked: &AskedException, names: VisibleNames, now: i64) -> ExceptionOutcome {
        let meant = asked.spans(self.zone);
        let mut outcome = ExceptionOutcome {
            changes: false,
            warnings: Vec::new(),
        };
        let (Some(first), Some(last)) = (meant.first(), meant.last()) else {
            outcome.say(format!("The clocks in {} skip this time: nothing changes.", self.zone));
            return outcome;
        };
        let range = Span {
            start: first.start,
            end: last.end,
        };
        if !asked.is_as_typed(range, self.zone) {
            let words = bars::words(range, self.zone);
            outcome.say(format!(
                "The clocks in {} skip a part of this time: it is {words}.",
                self.zone
            ));
        }
        if range.end <= now {
            outcome.say("This time is past.".to_owned());
        }
        if !self.is_enabled {
            outcome.say("It is disabled: nothing changes until it is enabled.".to_owned());
            return outcome;
        }
        let (Ok(before), Ok(after)) = (self.before.hours(range), self.after.hours(range)) else {
            outcome.changes = true;
            outcome.say("Its hours cannot be read, so what changes is not known.".to_owned());
            return outcome;
        };
        outcome.changes = before.spans != after.spans;
        if asked.is_extra {
            let missing = without(&meant, &after.spans);
            outcome.warnings.extend(removed(&meant, &missing, &after, names));
            if missing.is_empty() && !outcome.changes {
                outcome.say("Service is promised then already: nothing changes.".to_owned());
            }
        } else if !outcome.changes {
            outcome.say("No service is promised then anyway: nothing changes.".to_owned());
        }
        outcome
    }
}

impl ExceptionOutcome {
    fn say(&mut self, sentence: String) {
        self.warnings.push(sentence);
    }
}

/// Says what removes extra service again, if anything does.
fn removed(meant: &[Span], missing: &[Span], after: &NamedHours, names: VisibleNames) -> Option<String> {
    if missing.is_empty() {
        return None;
    }
    let cutting = after.cuts.iter();
    let cutting = cutting.filter(|cut| !intersections(&[cut.span], missing).is_empty());
    let mut owners: Vec<String> = cutting.map(|cut| names.owner_words(&cut.by)).collect();
    owners.sort();
    owners.dedup();
    let by = match owners.is_empty() {
        true => String::new(),
        false => format!(": it is removed by {}", owners.join(" and ")),
    };
    Some(match missing == meant {
        true => format!("No extra service is promised then{by}."),
        false => {
            let seconds = missing.iter().map(Span::seconds).sum();
            format!("{} of the extra service are not promised{by}.", words::length(seconds))
        }
    })
}
