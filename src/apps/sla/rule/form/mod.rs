//! Rules as rows of a form: fields in, a rule out, each refusal beside its field; and back.

mod dates;
mod shown;

use chrono::{NaiveTime, Timelike};

pub use self::shown::{said, values};

use super::{Effect, NOTE_LENGTH_MAX, RuleDefinition, RuleRow};
use crate::admin::input::{FormInput, InputRow};
use crate::admin::model::FormValues;
use crate::admin::spec::{Choices, Field, Inline, Widget};
use crate::apps::sla::store::rules_that_exist;
use crate::calculus::civil::{self, DurationMode, OccurrenceLength, WeekdaySet};
use crate::calculus::recurrence::Recurrence;
use crate::calculus::rule::{Rule, Schedule};
use crate::db::{self, Conn};
use crate::text;

/// The most rules of a window or calendar.
pub const RULES_MAX: usize = 100;

/// A blank row of a window: the selects have their first choices.
const BLANK_IN_WINDOW: [(&str, &str); 3] = [("effect", "include"), ("kind", "weekly"), ("duration_mode", "wall")];

/// A blank row of a calendar: whole days, as holidays are.
const BLANK_IN_CALENDAR: [(&str, &str); 4] = [
    ("kind", "dates"),
    ("start_time", "00:00"),
    ("end_time", "24:00"),
    ("duration_mode", "wall"),
];

/// Seconds of a day on the clock.
const DAY: i64 = 86_400;

/// Returns the inline of a window, or of a calendar, whose rules have no effect to choose.
#[must_use]
pub fn inline(with_effect: bool) -> Inline {
    let timed: &[&str] = &["weekly", "rrule", "dates"];
    let mut fields = vec![
        Field::new("kind", "Kind", Widget::Select(Choices::Listed)).required(),
        Field::new("note", "Note", Widget::Text).help("For people: why this rule is there."),
        Field::new("weekdays", "Weekdays", Widget::Checks(Choices::Listed))
            .help("The days on which it starts.")
            .group("Weekly", &["weekly"]),
        Field::new("rrule", "Recurrence", Widget::Text)
            .help("RFC 5545, e.g. FREQ=MONTHLY;BYDAY=-1FR for the last Friday of the month: what follows RRULE: in a calendar.")
            .group("Recurrence", &["rrule"]),
        Field::new("anchor_date", "Anchor date", Widget::Date)
            .help("A date on which it applies; fixes the phase of INTERVAL.")
            .group("Recurrence", &["rrule"]),
        Field::new("dates", "Dates", Widget::Area)
            .help("One a line: YYYY-MM-DD or a range YYYY-MM-DD – YYYY-MM-DD, and perhaps a name, e.g. 2027-12-25 Christmas.")
            .group("Dates", &["dates"]),
        Field::new("start_time", "Start time", Widget::Text)
            .help("HH:MM, local.")
            .group("Time of day", timed),
        Field::new("end_time", "End time", Widget::Text)
            .help("HH:MM or 24:00; an end that is not after the start is on the next day.")
            .group("Time of day", timed),
        Field::new("end_day_offset", "Days to the end", Widget::Text)
            .help("0 to 31; empty: the end is on the same day or the next.")
            .group("Time of day", timed),
        Field::new("duration_mode", "OccurrenceLength", Widget::Select(Choices::Listed))
            .required()
            .help("Matters where clocks change in between.")
            .group("Time of day", timed),
        Field::new("start_local", "Start", Widget::Text)
            .help("YYYY-MM-DDTHH:MM, local.")
            .group("Once", &["once"]),
        Field::new("end_local", "End", Widget::Text)
            .help("YYYY-MM-DDTHH:MM, local; 24:00 is the end of that day.")
            .group("Once", &["once"]),
    ];
    if with_effect {
        fields.insert(
            0,
            Field::new("effect", "Effect", Widget::Select(Choices::Listed)).required(),
        );
    }
    Inline {
        prefix: "rules",
        title: "rules",
        singular: "rule",
        fields,
        blank: if with_effect {
            &BLANK_IN_WINDOW
        } else {
            &BLANK_IN_CALENDAR
        },
        rows_max: RULES_MAX,
        extra: 3,
        zone: Some((
            "timezone",
            if with_effect {
                "the time zone above"
            } else {
                "the time zone of each window that uses the calendar"
            },
        )),
    }
}

/// Returns what the selects of a rule offer.
#[must_use]
pub fn choices(field: &str) -> Vec<(String, String)> {
    let pairs: &[(&str, &str)] = match field {
        "effect" => &[("include", "include: service"), ("exclude", "exclude: no service")],
        "kind" => &[
            ("weekly", "weekly: on weekdays"),
            ("rrule", "rrule: RFC 5545"),
            ("dates", "dates: on listed dates"),
            ("once", "once: one time"),
        ],
        "duration_mode" => &[("wall", "wall: by the clock"), ("elapsed", "elapsed: exact")],
        "weekdays" => &[
            ("MO", "Monday"),
            ("TU", "Tuesday"),
            ("WE", "Wednesday"),
            ("TH", "Thursday"),
            ("FR", "Friday"),
            ("SA", "Saturday"),
            ("SU", "Sunday"),
        ],
        _ => &[],
    };
    pairs
        .iter()
        .map(|(value, words)| ((*value).to_owned(), (*words).to_owned()))
        .collect()
}

/// A rule as the database has it.
pub struct StoredRule {
    /// The row's key.
    pub id: i64,
    /// Whether it grants or takes time.
    pub effect: Effect,
    /// What it says.
    pub definition: RuleDefinition,
}

/// Returns the stored rules that can be read, in the order of their rows in a form: what includes time first.
#[must_use]
pub fn stored(rows: &[RuleRow]) -> Vec<StoredRule> {
    let read = |row: &RuleRow| {
        Some(StoredRule {
            id: row.id,
            effect: row.effect(),
            definition: row.read().ok()?,
        })
    };
    let mut rules: Vec<StoredRule> = rows.iter().filter_map(read).collect();
    rules.sort_by_key(|rule| rule.effect == Effect::Exclude);
    rules
}

/// Returns the rows of a form for these rules, which have an effect to choose or not.
#[must_use]
pub fn rows(rules: &[StoredRule], with_effect: bool) -> Vec<FormValues> {
    let effect = |rule: &StoredRule| with_effect.then_some(rule.effect);
    let row = |rule: &StoredRule| values(&rule.definition, effect(rule), Some(rule.id));
    rules.iter().map(row).collect()
}

/// Reads one row, its effect aside: while it is typed.
pub fn read_one(input: &mut FormInput<'_>, row: &str) -> Option<RuleDefinition> {
    let row = InputRow {
        prefix: row.to_owned(),
        id: None,
        deleted: false,
    };
    definition(input, &row, None)
}

/// Reads all rows: includes and excludes. Of an object that is there, `stored` are its rules, and a rule that the form does not speak of
/// stays; the key of a rule of something else is refused. Of a new object or a copy all rules are new.
pub fn read(
    conn: &mut Conn,
    input: &mut FormInput<'_>,
    with_effect: bool,
    stored: Option<Vec<StoredRule>>,
) -> db::Result<(Vec<RuleDefinition>, Vec<RuleDefinition>)> {
    let (mut includes, mut excludes) = (Vec::new(), Vec::new());
    let mut put = |effect, definition| match effect {
        Effect::Include => includes.push(definition),
        Effect::Exclude => excludes.push(definition),
    };
    let is_copy = stored.is_none();
    let mut stored = stored.unwrap_or_default();
    let rows = input.rows(&inline(with_effect));
    let unknown = rows.iter().filter_map(|row| row.id);
    let unknown: Vec<i64> = unknown.filter(|id| stored.iter().all(|rule| rule.id != *id)).collect();
    let foreign = if is_copy || unknown.is_empty() {
        Vec::new()
    } else {
        rules_that_exist(conn, &unknown)?
    };
    for row in &rows {
        let mut now = None;
        if let (Some(id), false) = (row.id, is_copy) {
            match stored.iter().position(|rule| rule.id == id) {
                Some(place) => now = Some(stored.remove(place).definition),
                None if foreign.contains(&id) => {
                    input.refuse(&row.prefix, "This rule belongs to something else.");
                    continue;
                }
                // It was deleted since the form was drawn, which the form's version speaks of: whoever sends it wants it back.
                None => {}
            }
        }
        if row.deleted {
            continue;
        }
        let effect = if with_effect {
            effect(input, row)
        } else {
            Some(Effect::Exclude)
        };
        if let (Some(effect), Some(definition)) = (effect, definition(input, row, now.as_ref())) {
            put(effect, definition);
        }
    }
    stored.into_iter().for_each(|rule| put(rule.effect, rule.definition));
    let count = includes.len() + excludes.len();
    if count > RULES_MAX && input.is_valid() {
        input.refuse(
            "rules",
            format!("{count} rules are too many; the limit is {RULES_MAX}."),
        );
    }
    Ok((includes, excludes))
}

fn effect(input: &mut FormInput<'_>, row: &InputRow) -> Option<Effect> {
    input.take(&format!("{}-effect", row.prefix), |text| match text {
        "include" | "" => Ok(Effect::Include),
        "exclude" => Ok(Effect::Exclude),
        other => Err(format!("“{other}” is neither include nor exclude.")),
    })
}

/// Reads a row; `stored` is what the rule says now.
fn definition(input: &mut FormInput<'_>, row: &InputRow, stored: Option<&RuleDefinition>) -> Option<RuleDefinition> {
    let name = |field: &str| format!("{}-{field}", row.prefix);
    let note = input.take(&name("note"), |text| {
        remark(stored.map(|stored| stored.note.as_str()), text)
    });
    let rule = match input.text(&name("kind")) {
        "weekly" => {
            let days = WeekdaySet::parse(input.many(&name("weekdays")))
                .map_err(|error| input.refuse(&name("weekdays"), error))
                .ok();
            let schedule = schedule(input, row);
            days.zip(schedule)
                .map(|(days, schedule)| Rule::Weekly { days, schedule })
        }
        "rrule" => {
            let anchor = input.take_optional(&name("anchor_date"), civil::parse_date);
            let recurrence =
                anchor.and_then(|anchor| input.take_required(&name("rrule"), |text| Recurrence::parse(text, anchor)));
            let schedule = schedule(input, row);
            recurrence
                .zip(schedule)
                .map(|(recurrence, schedule)| Rule::Recurring { recurrence, schedule })
        }
        "dates" => {
            let now = stored.map_or(&[][..], |stored| stored.listed.as_slice());
            // As it was typed, because errors count its lines.
            let typed = input.raw(&name("dates"));
            let listed = input.take_required(&name("dates"), |_| dates::read(typed, now));
            let schedule = schedule(input, row);
            return RuleDefinition::dated(listed?, schedule?, note?)
                .map_err(|error| input.refuse(&name("dates"), error))
                .ok();
        }
        "once" => {
            let start = input.take_required(&name("start_local"), civil::parse_date_time);
            let end = input.take_required(&name("end_local"), civil::parse_date_time);
            start.zip(end).and_then(|(start, end)| {
                Rule::once(start, end)
                    .map_err(|error| input.refuse(&name("end_local"), error))
                    .ok()
            })
        }
        "" => {
            input.refuse(&name("kind"), "Choose a kind.");
            None
        }
        other => {
            let message = format!("“{other}” is no kind of rule; choose weekly, rrule, dates or once.");
            input.refuse(&name("kind"), message);
            None
        }
    };
    Some(RuleDefinition::new(rule?, note?))
}

/// Returns a note, or the name of a date, and what is stored of it.
fn remark(stored: Option<&str>, text: &str) -> Result<String, String> {
    text::settle_line(stored, text, |text| text::check_line(text, NOTE_LENGTH_MAX))
}

fn schedule(input: &mut FormInput<'_>, row: &InputRow) -> Option<Schedule> {
    let name = |field: &str| format!("{}-{field}", row.prefix);
    let start = input.take_required(&name("start_time"), civil::parse_time);
    let end = input.take_required(&name("end_time"), civil::parse_end);
    let offset = input.take_optional(&name("end_day_offset"), |text| {
        text.parse::<i64>()
            .ok()
            .filter(|days| (0..=31).contains(days))
            .ok_or("Give a number of days from 0 to 31, or nothing.")
    });
    let mode = input.take(&name("duration_mode"), |text| {
        if text.is_empty() {
            Ok(DurationMode::Wall)
        } else {
            DurationMode::parse(text)
        }
    });
    let (start, end, offset, mode) = (start?, end?, offset?, mode?);
    match OccurrenceLength::until(start, end, offset, mode) {
        Ok(length) => Some(Schedule { start, length }),
        Err(error) => {
            let field = if offset.is_some() { "end_day_offset" } else { "end_time" };
            input.refuse(&name(field), error);
            None
        }
    }
}

fn seconds(time: NaiveTime) -> i64 {
    i64::from(time.num_seconds_from_midnight())
}
