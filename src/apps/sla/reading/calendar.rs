//! The page to read of a calendar: a year of it, and what uses it.

use std::sync::Arc;

use askama::Template;
use chrono::Datelike;

use super::parts::{NamedPage, ReadingLinks, UserCount, component_users, rendered};
use super::year::{self, ExcludedDays, YearMonth};
use crate::admin::added_page::bad_request;
use crate::admin::context::{Context, PageFrame};
use crate::admin::dates;
use crate::admin::listing::BadParameter;
use crate::admin::query::Query;
use crate::admin::reply::Reply;
use crate::admin::site::SiteEntry;
use crate::admin::views::ViewError;
use crate::apps::sla::WINDOW;
use crate::apps::sla::calendar::state::calendars;
use crate::apps::sla::component::list;
use crate::apps::sla::lint::expiry;
use crate::apps::sla::read_model::newest::ReadModels;
use crate::apps::sla::rule::describe::words_with_note;
use crate::apps::sla::visible_names::VisibleNames;

/// The years that are shown.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=9998;

/// The heads of the columns of a month, short and long.
const WEEKDAYS: [(&str, &str); 7] = [
    ("M", "Monday"),
    ("T", "Tuesday"),
    ("W", "Wednesday"),
    ("T", "Thursday"),
    ("F", "Friday"),
    ("S", "Saturday"),
    ("S", "Sunday"),
];

/// The page.
#[derive(Template)]
#[template(path = "sla/calendar.html", whitespace = "minimize")]
struct CalendarReading {
    frame: PageFrame,
    links: ReadingLinks,
    description: String,
    enabled: bool,
    unreadable: Option<String>,
    /// The zone in which its days are shown, and whether it floats, so that others see them in theirs.
    zone: String,
    floats: bool,
    year: i32,
    before: Option<String>,
    this_year: Option<String>,
    after: Option<String>,
    /// The heads of the columns of a month, short and long.
    weekdays: [(&'static str, &'static str); 7],
    months: Vec<YearMonth>,
    days: Vec<ExcludedDays>,
    /// How many days are excluded as a whole, and how many in part.
    totals: String,
    /// The last listed date, if it lies before the year.
    listed_until: Option<String>,
    sentences: Vec<String>,
    windows: Vec<NamedPage>,
    hidden_windows: usize,
    users: UserCount,
}

/// Returns the page, if there is such a calendar.
pub(super) fn page(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    id: i64,
    read_models: &Arc<ReadModels>,
) -> Result<Option<Reply>, ViewError> {
    let Some(stored) = calendars(context.conn, Some(&[id]))?.pop() else {
        return Ok(None);
    };
    let viewer = context.zone();
    let zone = stored.state.timezone.unwrap_or(viewer);
    let today = zone.local_at(context.now.and_utc().timestamp()).date();
    let year = match asked_year(&context.query, today.year()) {
        Ok(year) => year,
        Err(bad) => return bad_request(context, entry, &bad).map(Some),
    };
    let excluded = year::excluded(&stored.state.rules, zone, year)?;
    let names = VisibleNames::of(&context.account);
    let model = read_models.current(context.conn)?;
    let windows: Vec<(i64, String)> = model
        .windows()
        .iter()
        .filter(|(_, window)| window.calendars.contains(&id))
        .map(|(id, window)| (*id, window.name.clone()))
        .collect();
    let cut = u64::try_from(model.cut_by(id).count()).unwrap_or(u64::MAX);
    let filter = Some(list::cut_by(id).link());
    let whole = excluded.values().filter(|day| day.is_whole).count();
    let link = |year: i32| Query::default().with("year", &year.to_string()).link();
    let (frame, links) = ReadingLinks::framed(context, entry, (id, &stored.state.name))?;
    let frame = frame.in_zone(zone);
    let page = CalendarReading {
        description: stored.state.description.clone(),
        enabled: stored.state.enabled,
        unreadable: stored.unreadable.clone(),
        zone: zone.name().to_owned(),
        floats: stored.state.timezone.is_none(),
        year,
        before: YEARS.contains(&(year - 1)).then(|| link(year - 1)),
        this_year: (year != today.year()).then(|| link(today.year())),
        after: YEARS.contains(&(year + 1)).then(|| link(year + 1)),
        weekdays: WEEKDAYS,
        months: year::months(year, &excluded, today),
        days: year::lines(&excluded),
        totals: totals(whole, excluded.len() - whole),
        listed_until: expiry::last_date(&stored.state)
            .filter(|last| last.year() < year)
            .map(dates::date),
        sentences: stored.state.rules.iter().map(words_with_note).collect(),
        hidden_windows: if names.windows { 0 } else { windows.len() },
        windows: windows
            .iter()
            .filter(|_| names.windows)
            .map(|(id, name)| NamedPage::new(WINDOW, *id, name))
            .collect(),
        users: component_users(context, cut, filter),
        frame,
        links,
    };
    rendered(&page)
}

/// Returns the year that is asked for; without one, this year.
fn asked_year(query: &Query, this_year: i32) -> Result<i32, BadParameter> {
    let bad = |name: &str, reason: &str| BadParameter {
        name: name.to_owned(),
        reason: reason.to_owned(),
    };
    // A link from a list says how to get back to it.
    if let Some((name, _)) = query
        .pairs()
        .find(|(name, _)| *name != "year" && !name.starts_with('_'))
    {
        return Err(bad(name, "there is no such parameter"));
    }
    let Some(text) = query.get("year").map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(this_year);
    };
    let digits = text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    let year = digits.then(|| text.parse::<i32>().ok()).flatten();
    let (first, last) = (YEARS.start(), YEARS.end());
    year.filter(|year| YEARS.contains(year))
        .ok_or_else(|| bad("year", &format!("the year must be from {first} to {last}")))
}

fn totals(whole: usize, part: usize) -> String {
    let days = |count: usize| if count == 1 { "day" } else { "days" };
    match (whole, part) {
        (0, 0) => "No day is excluded".to_owned(),
        (_, 0) => format!("{whole} {} excluded", days(whole)),
        (0, _) => format!("{part} {} excluded in part", days(part)),
        _ => format!("{whole} {} excluded, {part} in part", days(whole)),
    }
}
