//! The date hierarchy of a list: years, months or days below the chosen date, in the viewer's zone.
//!
//! Asks for the first instant after each period that it knows, so that no more is read than periods are shown, however many rows
//! there are.

use chrono::NaiveDateTime;

use crate::admin::context::Context;
use crate::admin::date_hierarchy::{local_date, period};
use crate::admin::links::ShownDates;
use crate::admin::model::{ListQuery, ModelList};
use crate::admin::query::Query;
use crate::admin::site::SiteEntry;
use crate::admin::views::ViewError;
use crate::zones::Zone;

/// The most periods of one level that are shown: a century of years.
const PERIODS_MAX: usize = 100;

/// Words and link of each period, and whether it leads back up.
type PeriodLinks = Vec<(String, String, bool)>;

/// A year, month or day, as far as known.
type Date = (Option<i32>, Option<u32>, Option<u32>);

/// Returns the hierarchy as the page shows it. It is as rare as the range of the same dates.
pub(super) fn dates(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    list: &dyn ModelList,
    asked: Date,
    wanted: &ListQuery,
    query: &Query,
) -> Result<ShownDates, ViewError> {
    let column = entry.spec.date_hierarchy;
    let mut ranges = entry.spec.ranges.iter();
    Ok(ShownDates {
        links: links(context, entry, list, asked, wanted, query)?,
        is_used: asked.0.is_some(),
        is_rare: ranges.any(|range| range.rare && column == Some(range.key)),
    })
}

/// Returns the links of the hierarchy; none for a list without one, or without rows. Goes down by itself to the first level with a choice.
fn links(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    list: &dyn ModelList,
    asked: Date,
    wanted: &ListQuery,
    query: &Query,
) -> Result<PeriodLinks, ViewError> {
    let Some(column) = entry.spec.date_hierarchy else {
        return Ok(Vec::new());
    };
    let names = ["year", "month", "day"].map(|part| format!("{column}__{part}"));
    let base = query.without(&["p", &names[0], &names[1], &names[2]]);
    let link = |date: Date| {
        let parts = [date.0.map(|year| year.to_string()), text(date.1), text(date.2)];
        let query = names.iter().zip(parts).fold(base.clone(), |query, (name, part)| {
            part.map_or(query.clone(), |part| query.with(name, &part))
        });
        query.link()
    };
    let item = |date: Date, back: bool| (words(date), link(date), back);
    let zone = context.zone();
    if let (Some(year), Some(month), Some(day)) = asked {
        return Ok(vec![
            item((Some(year), Some(month), None), true),
            item((Some(year), Some(month), Some(day)), false),
        ]);
    }
    let is_empty = wanted.keys.as_ref().is_some_and(Vec::is_empty);
    let mut edge = |last| {
        if is_empty {
            return Ok(None);
        }
        list.date(context.conn, wanted, last)
    };
    let (Some(first), Some(last)) = (edge(false)?, edge(true)?) else {
        return Ok(match asked {
            (None, ..) => Vec::new(),
            (year, Some(_), _) => vec![item((year, None, None), true)],
            _ => vec![("All dates".to_owned(), base.link(), true)],
        });
    };
    let ((first_year, first_month, _), (last_year, last_month, _)) = (local_date(first, zone), local_date(last, zone));
    let chosen: Date = match asked {
        (None, ..) if first_year != last_year => (None, None, None),
        (None, ..) | (Some(_), None, _) if first_month != last_month => (Some(first_year), None, None),
        (None, ..) => (Some(first_year), Some(first_month), None),
        // Rows of one month alone: the month is a choice already, and what was asked for stays in sight.
        (Some(year), None, _) => (Some(year), None, None),
        (Some(year), month, _) => (Some(year), month, None),
    };
    let mut links = match chosen {
        (Some(year), Some(_), _) => vec![item((Some(year), None, None), true)],
        (Some(_), ..) => vec![("All dates".to_owned(), base.link(), true)],
        _ => Vec::new(),
    };
    for date in periods(context, list, wanted, chosen, (first, last), zone)? {
        links.push(item(date, false));
    }
    Ok(links)
}

/// Returns the periods one level below `chosen` that have rows, the first and the last instant of which are known.
fn periods(
    context: &mut Context<'_>,
    list: &dyn ModelList,
    wanted: &ListQuery,
    chosen: Date,
    (first, last): (NaiveDateTime, NaiveDateTime),
    zone: Zone,
) -> Result<Vec<Date>, ViewError> {
    let of = |at: NaiveDateTime| -> Date {
        let (year, month, day) = local_date(at, zone);
        match chosen {
            (_, Some(_), _) => (Some(year), Some(month), Some(day)),
            (Some(_), ..) => (Some(year), Some(month), None),
            _ => (Some(year), None, None),
        }
    };
    let mut found = vec![of(first)];
    let last_of_all = of(last);
    while found.last() != Some(&last_of_all) && found.len() < PERIODS_MAX {
        let known = found.last().copied().unwrap_or(last_of_all);
        // The instants come from the database, where no rule keeps them within the years that can be asked for.
        let Ok(Some((_, after))) = period(known, zone) else {
            break;
        };
        let rest = ListQuery {
            between: Some((after, last + chrono::Duration::seconds(1))),
            ..wanted.clone()
        };
        match list.date(context.conn, &rest, false)? {
            Some(next) => found.push(of(next)),
            None => break,
        }
    }
    Ok(found)
}

fn text(number: Option<u32>) -> Option<String> {
    number.map(|number| number.to_string())
}

fn words(date: Date) -> String {
    match date {
        (Some(year), Some(month), Some(day)) => format!("{year}-{month:02}-{day:02}"),
        (Some(year), Some(month), None) => format!("{year}-{month:02}"),
        (year, ..) => year.map_or_else(|| "All dates".to_owned(), |year| year.to_string()),
    }
}
