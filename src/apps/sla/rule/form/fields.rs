//! The fields of a rule in a form: how each is shown, what is posted in it, and its value for a stored rule.

use super::dates;
use crate::admin::input::FormInput;
use crate::admin::model::FormValues;
use crate::admin::spec::{Choices, Field, Widget};
use crate::apps::sla::rule::describe::words_with_effect;
use crate::apps::sla::rule::fields::RuleFields;
use crate::apps::sla::rule::kind::{RuleField, RuleKind};
use crate::apps::sla::rule::{Effect, RuleDefinition};
use crate::calculus::civil::DurationMode;

/// The field of whether a rule includes or excludes.
pub(super) const EFFECT: &str = "effect";

/// Returns how a field is entered; nothing for one that forms do not have.
pub(super) fn field(field: RuleField) -> Option<Field> {
    let (label, widget, help) = match field {
        RuleField::Kind => ("Kind", Widget::Select(Choices::Listed), ""),
        RuleField::Note => ("Note", Widget::Text, "For people: why this rule is there."),
        RuleField::Weekdays => (
            "Weekdays",
            Widget::Checks(Choices::Listed),
            "The days on which it starts.",
        ),
        RuleField::Recurrence => (
            "Recurrence",
            Widget::Text,
            "RFC 5545, e.g. FREQ=MONTHLY;BYDAY=-1FR for the last Friday of the month: what follows RRULE: in a calendar.",
        ),
        RuleField::Anchor => (
            "Anchor date",
            Widget::Date,
            "A date on which it applies; fixes the phase of INTERVAL.",
        ),
        RuleField::Dates => (
            "Dates",
            Widget::Area,
            "One a line: YYYY-MM-DD or a range YYYY-MM-DD – YYYY-MM-DD, and perhaps a name, e.g. 2027-12-25 Christmas.",
        ),
        RuleField::Start => ("Start time", Widget::Text, "HH:MM, local."),
        RuleField::End => (
            "End time",
            Widget::Text,
            "HH:MM or 24:00; an end that is not after the start is on the next day.",
        ),
        RuleField::EndDay => (
            "Days to the end",
            Widget::Text,
            "0 to 31; empty: the end is on the same day or the next.",
        ),
        RuleField::Length => return None,
        RuleField::Mode => (
            "Length",
            Widget::Select(Choices::Listed),
            "Matters where clocks change in between.",
        ),
        RuleField::StartLocal => ("Start", Widget::Text, "YYYY-MM-DDTHH:MM, local."),
        RuleField::EndLocal => (
            "End",
            Widget::Text,
            "YYYY-MM-DDTHH:MM, local; 24:00 is the end of that day.",
        ),
    };
    let shown = Field::new(field.as_str(), label, widget).help(help);
    let shown = match field {
        RuleField::Kind | RuleField::Mode => shown.required(),
        _ => shown,
    };
    Some(match group(field) {
        Some(title) => shown.group(title, field.kinds()),
        None => shown,
    })
}

/// Returns the title above a field and its neighbours; nothing for fields of all kinds.
fn group(field: RuleField) -> Option<&'static str> {
    match field {
        RuleField::Kind | RuleField::Note => None,
        RuleField::Weekdays => Some("Weekly"),
        RuleField::Recurrence | RuleField::Anchor => Some("Recurrence"),
        RuleField::Dates => Some("Dates"),
        RuleField::Start | RuleField::End | RuleField::EndDay | RuleField::Length | RuleField::Mode => {
            Some("Time of day")
        }
        RuleField::StartLocal | RuleField::EndLocal => Some("Once"),
    }
}

/// Returns the posted fields of a rule, and whether all of them could be read; the note aside.
pub(super) fn posted(
    input: &mut FormInput<'_>,
    row: &str,
    kind: RuleKind,
    stored: Option<&RuleDefinition>,
) -> (RuleFields, bool) {
    let name = |field: RuleField| format!("{row}-{}", field.as_str());
    let dates = name(RuleField::Dates);
    let has_dates = kind.fields().contains(&RuleField::Dates) && !input.text(&dates).is_empty();
    let listed = has_dates.then(|| {
        let now = stored.map_or(&[][..], |stored| stored.listed.as_slice());
        // As it was typed, because errors count its lines.
        let typed = input.raw(&dates);
        input.take(&dates, |_| dates::read(typed, now))
    });
    let is_read = !matches!(listed, Some(None));
    let codes = input.many(&name(RuleField::Weekdays));
    let text = |field: RuleField| {
        let text = input.text(&name(field));
        (!text.is_empty()).then(|| text.to_owned())
    };
    let fields = RuleFields {
        kind,
        note: String::new(),
        weekdays: Some(codes.into_iter().map(str::to_owned).collect()),
        recurrence: text(RuleField::Recurrence),
        anchor: text(RuleField::Anchor),
        dates: listed.flatten(),
        start: text(RuleField::Start),
        end: text(RuleField::End),
        end_day: text(RuleField::EndDay),
        // Forms have an end.
        length_s: None,
        mode: text(RuleField::Mode),
        start_local: text(RuleField::StartLocal),
        end_local: text(RuleField::EndLocal),
    };
    (fields, is_read)
}

/// Returns the values of a rule; without an `effect` to choose it excludes. Its title is the rule in words.
#[must_use]
pub fn values(definition: &RuleDefinition, effect: Option<Effect>, id: Option<i64>) -> FormValues {
    let RuleFields {
        kind,
        note,
        weekdays,
        recurrence,
        anchor,
        dates: listed,
        start,
        end,
        end_day,
        // Forms have an end.
        length_s: _,
        mode,
        start_local,
        end_local,
    } = RuleFields::of(definition);
    let mode = mode.unwrap_or_else(|| DurationMode::default().as_str().to_owned());
    let fields = [
        (RuleField::Kind, Some(kind.as_str().to_owned())),
        (RuleField::Note, Some(note).filter(|note| !note.is_empty())),
        (RuleField::Recurrence, recurrence),
        (RuleField::Anchor, anchor),
        (RuleField::Dates, listed.map(|listed| dates::written(&listed))),
        (RuleField::Start, start),
        (RuleField::End, end),
        (RuleField::EndDay, end_day),
        (RuleField::Mode, Some(mode)),
        (RuleField::StartLocal, start_local),
        (RuleField::EndLocal, end_local),
    ];
    let mut values = FormValues::new();
    for (field, value) in fields {
        if let Some(value) = value {
            values.insert(field.as_str().to_owned(), vec![value]);
        }
    }
    if let Some(codes) = weekdays {
        values.insert(RuleField::Weekdays.as_str().to_owned(), codes);
    }
    values.insert("id".to_owned(), id.map(|id| id.to_string()).into_iter().collect());
    let effect_value = effect.unwrap_or(Effect::Exclude).as_str();
    values.insert(EFFECT.to_owned(), vec![effect_value.to_owned()]);
    values.insert("title".to_owned(), vec![words_with_effect(definition, effect)]);
    values
}
