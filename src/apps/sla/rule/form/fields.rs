//! The fields of a rule in a form: how each is shown, what is posted in it, and its value for a stored rule.

use super::dates;
use super::repeat::{self, PostedRepeat};
use super::typed_date;
use crate::admin::input::FormInput;
use crate::admin::model::FormValues;
use crate::admin::spec::{Choices, Field, Widget};
use crate::apps::sla::rule::describe::words_with_effect;
use crate::apps::sla::rule::fields::RuleFields;
use crate::apps::sla::rule::kind::{RuleField, RuleKind};
use crate::apps::sla::rule::{Effect, RuleDefinition};
use crate::calculus::civil::DurationMode;
use crate::calculus::rule::Rule;

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
            "Recurrence rule",
            Widget::Text,
            "RFC 5545, e.g. FREQ=MONTHLY;BYDAY=-1FR for the last Friday of the month: what follows RRULE: in a calendar. If you change it, it \
             counts instead of the fields above.",
        ),
        RuleField::Anchor => (
            "Anchor date",
            Widget::Date,
            "A date on which it applies: every other week or month is counted from it.",
        ),
        RuleField::Dates => (
            "Dates",
            Widget::Area,
            "One a line: YYYY-MM-DD or a range YYYY-MM-DD – YYYY-MM-DD, and perhaps a name, e.g. 2027-12-25 Christmas. Also 25.12.2027 and 25 December 2027.",
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
    let shown = folded(field, shown);
    Some(match group(field) {
        Some(title) => shown.group(title, field.kinds()),
        None => shown,
    })
}

/// Says which fields a row must have, and which it folds away while they have their usual values.
fn folded(field: RuleField, shown: Field) -> Field {
    match field {
        RuleField::Kind => shown.required(),
        RuleField::Mode => shown
            .required()
            .rare(|row| is_one_of(row, RuleField::Mode, &["", DurationMode::Wall.as_str()])),
        RuleField::EndDay => shown.rare(|row| is_one_of(row, RuleField::EndDay, &[""])),
        RuleField::Recurrence => shown.rare(repeat::is_expressed),
        _ => shown,
    }
}

/// Returns whether a field of a row has one of these values.
fn is_one_of(row: &FormValues, field: RuleField, usual: &[&str]) -> bool {
    let value = row.get(field.as_str()).and_then(|values| values.last());
    usual.contains(&value.map_or("", |value| value.trim()))
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
    let recurrence = match kind {
        RuleKind::Rrule => repeat::posted(input, row),
        RuleKind::Weekly | RuleKind::Dates | RuleKind::Once => PostedRepeat::Rule(None),
    };
    let is_read = !matches!(listed, Some(None)) && !matches!(recurrence, PostedRepeat::Refused);
    let recurrence = match recurrence {
        PostedRepeat::Rule(text) => text,
        // What is refused beside another field is not missing here.
        PostedRepeat::Refused => Some("FREQ=DAILY".to_owned()),
    };
    let codes = input.many(&name(RuleField::Weekdays));
    let text = |field: RuleField| {
        let text = input.text(&name(field));
        (!text.is_empty()).then(|| text.to_owned())
    };
    let day = |field: RuleField| text(field).map(|typed| typed_date::normal(&typed));
    let fields = RuleFields {
        kind,
        note: String::new(),
        weekdays: Some(codes.into_iter().map(str::to_owned).collect()),
        recurrence,
        anchor: day(RuleField::Anchor),
        dates: listed.flatten(),
        start: text(RuleField::Start),
        end: text(RuleField::End),
        end_day: text(RuleField::EndDay),
        // Forms have an end.
        length_s: None,
        mode: text(RuleField::Mode),
        start_local: day(RuleField::StartLocal),
        end_local: day(RuleField::EndLocal),
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
    let recurrence = match &definition.rule {
        Rule::Recurring { recurrence, .. } => Some(recurrence),
        Rule::Weekly { .. } | Rule::Dates { .. } | Rule::Once { .. } => None,
    };
    for (name, value) in repeat::values(recurrence) {
        values.insert(name.to_owned(), value);
    }
    values.insert("id".to_owned(), id.map(|id| id.to_string()).into_iter().collect());
    let effect_value = effect.unwrap_or(Effect::Exclude).as_str();
    values.insert(EFFECT.to_owned(), vec![effect_value.to_owned()]);
    values.insert("title".to_owned(), vec![words_with_effect(definition, effect)]);
    values
}
