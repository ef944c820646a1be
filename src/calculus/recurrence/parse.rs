//! Reads and writes the text of a recurrence rule.

use std::fmt::Write as _;

use chrono::{Datelike, NaiveDate, Weekday};

use super::super::civil;
use super::super::error::DefinitionError;
use super::{DEFAULT_ANCHOR, Frequency, Positions, Recurrence, Weekdays};

/// The longest text read, in bytes. The longest useful rule, every list full, stays below.
const TEXT_MAX: usize = 500;

/// The names of the parts that are understood, in the order in which they are written.
const NAMES: [&str; 7] = ["FREQ", "INTERVAL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS", "WKST"];

/// Properties of iCalendar that people paste together with a recurrence rule.
const PROPERTIES: [&str; 6] = ["DTSTART", "DTEND", "DURATION", "EXDATE", "EXRULE", "RDATE"];

/// What divides a long line of iCalendar (RFC 5545 section 3.1), even within a word.
const LINE_FOLDS: [&str; 4] = ["\r\n ", "\r\n\t", "\n ", "\n\t"];

/// The values of the parts, in the order of [`NAMES`].
type RecurrenceParts<'a> = [Option<&'a str>; NAMES.len()];

pub(super) fn parse(text: &str, anchor: Option<NaiveDate>) -> Result<Recurrence, DefinitionError> {
    if text.len() > TEXT_MAX {
        return Err(DefinitionError::new(format!(
            "the recurrence rule is longer than {TEXT_MAX} characters; use several rules, or a list of dates"
        )));
    }
    let upper = LINE_FOLDS
        .iter()
        .fold(text.trim().to_ascii_uppercase(), |text, fold| text.replace(fold, ""));
    let rule = rule_alone(&upper)?;
    let [frequency, interval, months, month_days, weekdays, positions, week_start] = split(rule)?;

    let frequency = parse_frequency(frequency)?;
    let mut recurrence = Recurrence {
        text: String::new(),
        anchor,
        frequency,
        interval: parse_interval(interval, anchor)?,
        months: months.map(parse_months).transpose()?,
        month_days: month_days.map(parse_month_days).transpose()?,
        weekdays: weekdays.map(parse_weekdays).transpose()?,
        positions: positions.map(parse_positions).transpose()?,
        week_start: week_start.map_or(Ok(Weekday::Mon), parse_week_start)?,
    };
    check_combination(&recurrence)?;
    fill_from_anchor(&mut recurrence);
    // Places among the days of a year that has one month are places among the days of that month. With INTERVAL the phase
    // still counts years.
    if recurrence.positions.is_some() && recurrence.interval == 1 {
        recurrence.frequency = Frequency::Monthly;
    }
    recurrence.text = write(&recurrence);
    Ok(recurrence)
}

/// Returns the rule without the name of its property; refuses further properties, which a paste from a calendar holds.
fn rule_alone(text: &str) -> Result<&str, DefinitionError> {
    if let Some(property) = PROPERTIES.iter().find(|property| text.contains(**property)) {
        return Err(refused_part(property));
    }
    let rule = text
        .strip_prefix("RRULE")
        .and_then(|rest| rest.trim_start().strip_prefix(':'))
        .map_or(text, str::trim_start);
    if rule.contains("RRULE") {
        return Err(DefinitionError::new(
            "the text holds more than a recurrence rule; paste only what follows one “RRULE:”, and use a rule of its own for each",
        ));
    }
    Ok(rule)
}

/// Splits the text into its parts; refuses what is not a part, parts that are not understood and parts given twice.
fn split(rule: &str) -> Result<RecurrenceParts<'_>, DefinitionError> {
    if rule.is_empty() {
        return Err(DefinitionError::new(
            "the recurrence rule is empty; write for example FREQ=MONTHLY;BYDAY=-1FR",
        ));
    }
    let mut parts: RecurrenceParts<'_> = [None; NAMES.len()];
    for part in rule.split(';').map(str::trim) {
        if part.is_empty() {
            return Err(DefinitionError::new(
                "the recurrence rule has an empty part; remove the superfluous “;”",
            ));
        }
        // A whole iCalendar property may have been pasted, and its separator is a colon.
        let Some((name, value)) = part.split_once(['=', ':']) else {
            return Err(DefinitionError::new(format!(
                "“{part}” in the recurrence rule is not of the form NAME=VALUE"
            )));
        };
        let is_assigned = part.as_bytes()[name.len()] == b'=';
        let (name, value) = (name.trim_end(), value.trim_start());
        let Some(index) = NAMES.iter().position(|known| *known == name) else {
            return Err(refused_part(name));
        };
        if value.is_empty() || !is_assigned {
            return Err(DefinitionError::new(format!("{name} needs a value: {name}=…")));
        }
        if value.contains('=') {
            return Err(DefinitionError::new(format!(
                "“{part}” in the recurrence rule holds more than one part; put “;” between them, as in FREQ=MONTHLY;BYDAY=-1FR"
            )));
        }
        if parts[index].replace(value).is_some() {
            return Err(DefinitionError::new(format!(
                "{name} is given twice in the recurrence rule"
            )));
        }
    }
    Ok(parts)
}

fn refused_part(name: &str) -> DefinitionError {
    let instead = match name {
        "DTSTART" => {
            "paste only what follows “RRULE:”; put its time into the start, its date into the anchor if there is an INTERVAL, and \
             into valid_from if nothing is to happen before it"
        }
        "DTEND" | "DURATION" => "paste only what follows “RRULE:”; put the end into the end or the length of the rule",
        "UNTIL" => "set valid_until to end on a date",
        "COUNT" => "set valid_until to end on a date, or list the dates",
        "BYHOUR" | "BYMINUTE" | "BYSECOND" => "the start time is a field of its own; use one rule for each start time",
        "BYWEEKNO" | "BYYEARDAY" => "use BYMONTH with BYMONTHDAY or BYDAY, or list the dates",
        "BYEASTER" => "list the dates",
        "EXDATE" | "EXRULE" | "RDATE" => "paste only what follows “RRULE:”, and use exclude rules and lists of dates",
        _ => {
            return DefinitionError::new(format!(
                "“{name}” is not a part of a recurrence rule; use {}",
                NAMES.join(", ")
            ));
        }
    };
    DefinitionError::new(format!("{name} is not supported in a recurrence rule; {instead}"))
}

fn parse_frequency(value: Option<&str>) -> Result<Frequency, DefinitionError> {
    match value {
        Some("DAILY") => Ok(Frequency::Daily),
        Some("WEEKLY") => Ok(Frequency::Weekly),
        Some("MONTHLY") => Ok(Frequency::Monthly),
        Some("YEARLY") => Ok(Frequency::Yearly),
        Some(value @ ("HOURLY" | "MINUTELY" | "SECONDLY")) => Err(DefinitionError::new(format!(
            "FREQ={value} is not supported; a rule recurs on days, so use FREQ=DAILY with one rule for each start time"
        ))),
        Some(value) => Err(DefinitionError::new(format!(
            "FREQ={value} is unknown; use DAILY, WEEKLY, MONTHLY or YEARLY"
        ))),
        None => Err(DefinitionError::new(
            "FREQ is missing; use FREQ=DAILY, WEEKLY, MONTHLY or YEARLY",
        )),
    }
}

fn parse_interval(value: Option<&str>, anchor: Option<NaiveDate>) -> Result<i64, DefinitionError> {
    let interval = match value.map(|value| (value, number(value))) {
        None => 1,
        Some((value, Some(interval @ 1..=999))) if !value.starts_with(['+', '-']) => interval,
        Some((value, _)) => {
            return Err(DefinitionError::new(format!(
                "INTERVAL={value} is not a number from 1 to 999"
            )));
        }
    };
    if interval > 1 && anchor.is_none() {
        return Err(DefinitionError::new(format!(
            "INTERVAL={interval} needs an anchor: a date on which the rule applies"
        )));
    }
    Ok(i64::from(interval))
}

fn parse_months(list: &str) -> Result<u16, DefinitionError> {
    items(list).try_fold(0, |months, value| match number(value) {
        Some(month @ 1..=12) if !value.starts_with(['+', '-']) => Ok(months | 1 << month),
        _ => Err(DefinitionError::new(format!(
            "“{value}” in BYMONTH is not a month; use the numbers 1 to 12"
        ))),
    })
}

fn parse_month_days(list: &str) -> Result<Positions, DefinitionError> {
    positions(list).map_err(|value| {
        DefinitionError::new(format!(
            "“{value}” in BYMONTHDAY is not a day of the month; use 1 to 31, or -1 (the last day) to -31"
        ))
    })
}

fn parse_positions(list: &str) -> Result<Positions, DefinitionError> {
    positions(list).map_err(|value| {
        DefinitionError::new(format!(
            "“{value}” in BYSETPOS is not a place among the days of a month; use 1 to 31, or -1 (the last) to -31"
        ))
    })
}

/// Returns the items of a list, without the blanks around them.
fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim)
}

/// Returns a list of ±1 to ±31; returns the first item that is not one.
fn positions(list: &str) -> Result<Positions, &str> {
    let mut positions = Positions::default();
    for value in items(list) {
        match number(value) {
            Some(place @ 1..=31) => positions.from_first |= 1 << (place - 1),
            Some(place @ -31..=-1) => positions.from_last |= 1 << (-place - 1),
            _ => return Err(value),
        }
    }
    Ok(positions)
}

fn parse_weekdays(list: &str) -> Result<Weekdays, DefinitionError> {
    let mut weekdays = Weekdays::default();
    for value in items(list) {
        let refused = || {
            DefinitionError::new(format!(
                "“{value}” in BYDAY is not a weekday; use MO to SU, in a month also with a number from 1 to 5 or -1 to -5 before it, such as -1FR"
            ))
        };
        let (ordinal, code) = value
            .split_at_checked(value.len().saturating_sub(2))
            .ok_or_else(refused)?;
        let weekday = civil::weekday(code).ok_or_else(refused)?;
        let bit = 1 << weekday.num_days_from_monday();
        let set = match number(ordinal) {
            None if ordinal.is_empty() => &mut weekdays.every,
            Some(1) => &mut weekdays.from_first[0],
            Some(2) => &mut weekdays.from_first[1],
            Some(3) => &mut weekdays.from_first[2],
            Some(4) => &mut weekdays.from_first[3],
            Some(5) => &mut weekdays.from_first[4],
            Some(-1) => &mut weekdays.from_last[0],
            Some(-2) => &mut weekdays.from_last[1],
            Some(-3) => &mut weekdays.from_last[2],
            Some(-4) => &mut weekdays.from_last[3],
            Some(-5) => &mut weekdays.from_last[4],
            _ => return Err(refused()),
        };
        *set |= bit;
    }
    Ok(weekdays)
}

fn parse_week_start(value: &str) -> Result<Weekday, DefinitionError> {
    civil::weekday(value).ok_or_else(|| DefinitionError::new(format!("WKST={value} is not a weekday; use MO to SU")))
}

/// Returns a signed number of at most three digits, as iCalendar writes it.
fn number(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plausible = matches!(digits.len(), 1..=3) && digits.bytes().all(|byte| byte.is_ascii_digit());
    plausible.then(|| text.parse().ok()).flatten()
}

/// Refuses parts that do not go together (RFC 5545 section 3.3.10, and the limits of [`Recurrence::parse`]).
fn check_combination(recurrence: &Recurrence) -> Result<(), DefinitionError> {
    let frequency = recurrence.frequency;
    let months_given = recurrence.months.is_some();
    let ordinals_given = recurrence
        .weekdays
        .is_some_and(|weekdays| weekdays.from_first != [0; 5] || weekdays.from_last != [0; 5]);
    let ordinals_allowed = frequency == Frequency::Monthly || (frequency == Frequency::Yearly && months_given);
    let other_part = months_given || recurrence.month_days.is_some() || recurrence.weekdays.is_some();

    if frequency == Frequency::Weekly && recurrence.month_days.is_some() {
        return Err(DefinitionError::new(
            "BYMONTHDAY does not go with FREQ=WEEKLY; use FREQ=MONTHLY, with BYDAY if the weekday matters",
        ));
    }
    if ordinals_given && !ordinals_allowed {
        return Err(DefinitionError::new(
            "BYDAY with a number, such as 1MO, is allowed only with FREQ=MONTHLY, or with FREQ=YEARLY and BYMONTH",
        ));
    }
    if recurrence.positions.is_some() && frequency == Frequency::Yearly {
        let months = recurrence.months.map_or(0, u16::count_ones);
        if months != 1 {
            return Err(DefinitionError::new(
                "BYSETPOS with FREQ=YEARLY counts through all days of the year, which is not supported; give one month in BYMONTH, \
                 or use FREQ=MONTHLY, which counts through the days of each month",
            ));
        }
    } else if recurrence.positions.is_some() && frequency != Frequency::Monthly {
        return Err(DefinitionError::new(
            "BYSETPOS is allowed only with FREQ=MONTHLY, or with FREQ=YEARLY and one month in BYMONTH",
        ));
    }
    if recurrence.positions.is_some() && !other_part {
        return Err(DefinitionError::new(
            "BYSETPOS needs another part to choose among, such as BYDAY=MO,TU,WE,TH,FR",
        ));
    }
    Ok(())
}

/// Writes into the rule what RFC 5545 takes from the first occurrence: the weekday, the day and the month left open.
fn fill_from_anchor(recurrence: &mut Recurrence) {
    let anchor = recurrence.anchor.unwrap_or(DEFAULT_ANCHOR);
    let day_open = recurrence.month_days.is_none() && recurrence.weekdays.is_none();
    match recurrence.frequency {
        Frequency::Weekly if day_open => {
            recurrence.weekdays = Some(Weekdays {
                every: 1 << anchor.weekday().num_days_from_monday(),
                ..Weekdays::default()
            });
        }
        Frequency::Monthly | Frequency::Yearly if day_open => {
            recurrence.month_days = Some(Positions {
                from_first: 1 << anchor.day0(),
                from_last: 0,
            });
            if recurrence.frequency == Frequency::Yearly && recurrence.months.is_none() {
                recurrence.months = Some(1 << anchor.month());
            }
        }
        Frequency::Daily | Frequency::Weekly | Frequency::Monthly | Frequency::Yearly => {}
    }
}

/// Returns the normal form: parts in the order of [`NAMES`], lists sorted, defaults that change nothing left out.
fn write(recurrence: &Recurrence) -> String {
    let mut text = String::from(match recurrence.frequency {
        Frequency::Daily => "FREQ=DAILY",
        Frequency::Weekly => "FREQ=WEEKLY",
        Frequency::Monthly => "FREQ=MONTHLY",
        Frequency::Yearly => "FREQ=YEARLY",
    });
    let mut part = |name: &str, values: &[String]| {
        write!(text, ";{name}={}", values.join(",")).expect("writing to a string cannot fail");
    };
    if recurrence.interval != 1 {
        part("INTERVAL", &[recurrence.interval.to_string()]);
    }
    if let Some(months) = recurrence.months {
        let listed = (1..=12).filter(|month| months & (1 << month) != 0);
        part(
            "BYMONTH",
            &listed.map(|month: i32| month.to_string()).collect::<Vec<_>>(),
        );
    }
    if let Some(month_days) = recurrence.month_days {
        part("BYMONTHDAY", &position_texts(month_days));
    }
    if let Some(weekdays) = &recurrence.weekdays {
        part("BYDAY", &weekday_texts(weekdays));
    }
    if let Some(positions) = recurrence.positions {
        part("BYSETPOS", &position_texts(positions));
    }
    if recurrence.week_start != Weekday::Mon {
        part("WKST", &[civil::weekday_code(recurrence.week_start).to_owned()]);
    }
    text
}

fn position_texts(positions: Positions) -> Vec<String> {
    let chosen = |bits: u32| (1..=31).filter(move |place| bits & (1 << (place - 1)) != 0);
    chosen(positions.from_first)
        .chain(chosen(positions.from_last).map(|place: i32| -place))
        .map(|place| place.to_string())
        .collect()
}

fn weekday_texts(weekdays: &Weekdays) -> Vec<String> {
    let ordinals = (1..).zip(weekdays.from_first);
    let from_last = (1..).zip(weekdays.from_last);
    let numbered = ordinals.chain(from_last.map(|(place, set)| (-place, set)));
    let every = (String::new(), weekdays.every);
    std::iter::once(every)
        .chain(numbered.map(|(place, set): (i32, u8)| (place.to_string(), set)))
        .flat_map(|(ordinal, set)| civil::codes_of(set).map(move |code| format!("{ordinal}{code}")))
        .collect()
}
