//! What the address of the timeline asks for.

use chrono::{Datelike, Days, NaiveDate};

use crate::admin::dates;
use crate::admin::listing::BadParameter;
use crate::admin::query::Query;
use crate::apps::sla::{COMPONENT, WINDOW};
use crate::auth::Model;
use crate::calculus::civil::{is_year, parse_date};
use crate::calculus::period::{Period, PeriodKind};
use crate::calculus::span::Span;
use crate::zones::{self, Zone};

/// The name of the page in its address.
pub const NAME: &str = "timeline";

/// The parameters that are the timeline's own; the others are those of the list.
pub(super) const OWN: [&str; 8] = ["of", "component", "group", "scale", "at", "zone", "p", "format"];

/// The most characters of a value that is repeated.
const VALUE_MAX: usize = 100;

/// How much time a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    Day,
    Week,
    TwoWeeks,
    Month,
    Quarter,
}

/// What a page is asked for as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Page,
    Csv,
    Json,
}

/// What the address asks for.
#[derive(Clone, Debug)]
pub(super) struct TimelineQuery {
    /// Whose hours are shown: components or windows.
    pub(super) of: Model,
    /// The name of the one component that is meant.
    pub(super) component: Option<String>,
    /// The name of the label by whose values components are grouped.
    pub(super) group: Option<String>,
    pub(super) scale: Scale,
    /// A date in the range that is shown.
    pub(super) at: NaiveDate,
    /// The zone of dates and times.
    pub(super) zone: Zone,
    /// The page of rows, from 1; it may lie beyond the last.
    pub(super) page: i64,
    pub(super) format: Format,
    /// What is left for the list.
    pub(super) of_list: Query,
}

impl Scale {
    pub(super) const ALL: [Self; 5] = [Self::Day, Self::Week, Self::TwoWeeks, Self::Month, Self::Quarter];

    /// Returns the value of the parameter.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::TwoWeeks => "2weeks",
            Self::Month => "month",
            Self::Quarter => "quarter",
        }
    }

    /// Returns what people call it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Day => "Day",
            Self::Week => "Week",
            Self::TwoWeeks => "2 weeks",
            Self::Month => "Month",
            Self::Quarter => "Quarter",
        }
    }

    /// Returns the next smaller scale; none of a day.
    pub(super) fn smaller(self) -> Option<Self> {
        let place = Self::ALL.iter().position(|scale| *scale == self)?;
        Self::ALL.get(place.checked_sub(1)?).copied()
    }

    fn kind(self) -> PeriodKind {
        match self {
            Self::Day => PeriodKind::Day,
            Self::Week | Self::TwoWeeks => PeriodKind::Week,
            Self::Month => PeriodKind::Month,
            Self::Quarter => PeriodKind::Quarter,
        }
    }

    /// Returns the first and the last date of the range with this date.
    pub(super) fn dates(self, at: NaiveDate) -> (NaiveDate, NaiveDate) {
        let first = Period::containing(self.kind(), at);
        let last = match self {
            Self::TwoWeeks => first.next().unwrap_or(first),
            Self::Day | Self::Week | Self::Month | Self::Quarter => first,
        };
        (first.first(), last.last())
    }
}

impl TimelineQuery {
    /// Returns the model whose hours are asked for: `first` where nothing says which.
    ///
    /// # Errors
    /// The parameter, if there is no such model.
    pub(super) fn model(query: &Query, first: Model) -> Result<Model, BadParameter> {
        let is_of_components = ["component", "group"].iter().any(|name| given(query, name).is_some());
        match given(query, "of") {
            None if is_of_components => Ok(COMPONENT),
            None => Ok(first),
            Some("components") => Ok(COMPONENT),
            Some("windows") => Ok(WINDOW),
            Some(other) => Err(unknown("of", other, "components and windows")),
        }
    }

    /// Reads what a query string asks for beside the model; what it leaves out is today, a week, the viewer's zone.
    ///
    /// # Errors
    /// The first parameter that cannot be understood.
    pub(super) fn read(of: Model, query: &Query, viewer: Zone, now: i64) -> Result<Self, BadParameter> {
        let given = |name: &str| given(query, name);
        let scale = match given("scale") {
            None => Scale::Week,
            Some(value) => {
                let scale = Scale::ALL.into_iter().find(|scale| scale.as_str() == value);
                scale.ok_or_else(|| unknown("scale", value, "day, week, 2weeks, month and quarter"))?
            }
        };
        let format = match given("format") {
            None | Some("html") => Format::Page,
            Some("csv") => Format::Csv,
            Some("json") => Format::Json,
            Some(other) => return Err(unknown("format", other, "html, csv and json")),
        };
        let zone = match given("zone") {
            None => viewer,
            Some(name) => zones::parse(name).map_err(|error| bad("zone", error.to_string()))?,
        };
        let at = match given("at") {
            None => zone.local_at(now).date(),
            Some(text) => parse_date(text).map_err(|error| bad("at", error.to_string()))?,
        };
        let group = given("group").map(str::to_owned);
        if group.is_some() && of == WINDOW {
            return Err(bad("group", "SLA windows have no labels to be grouped by".to_owned()));
        }
        let component = given("component").map(str::to_owned);
        if component.is_some() && of == WINDOW {
            return Err(bad("component", "SLA windows are no components".to_owned()));
        }
        let page = match given("p") {
            None => 1,
            Some(text) => {
                let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                let page = digits.then(|| text.parse().unwrap_or(i64::MAX));
                page.ok_or_else(|| unknown("p", text, "the numbers of pages"))?
            }
        };
        Ok(Self {
            of,
            component,
            group,
            scale,
            at,
            zone,
            page,
            format,
            of_list: query.without(&OWN),
        })
    }

    /// Returns whether the list is narrowed to less than all rows.
    pub(super) fn is_narrowed(&self) -> bool {
        self.of_list
            .pairs()
            .any(|(name, value)| name != "o" && !value.trim().is_empty())
    }

    /// Returns the range of time that is shown; nothing for a day that the clock of the zone skips as a whole.
    pub(super) fn range(&self) -> Option<Span> {
        let (first, last) = self.scale.dates(self.at);
        let end = last.succ_opt()?;
        Span::new(self.zone.start_of_day(first), self.zone.start_of_day(end))
    }

    /// Returns a date in the range before, and one in the range behind.
    pub(super) fn neighbours(&self) -> (Option<NaiveDate>, Option<NaiveDate>) {
        let (first, last) = self.scale.dates(self.at);
        let step = match self.scale {
            Scale::TwoWeeks => 14,
            Scale::Day | Scale::Week | Scale::Month | Scale::Quarter => 1,
        };
        let is_shown = |date: &NaiveDate| is_year(date.year());
        let before = first.checked_sub_days(Days::new(step));
        (before.filter(is_shown), last.succ_opt().filter(is_shown))
    }

    /// Returns the range in words: `30 Nov – 6 Dec 2026`.
    pub(super) fn title(&self) -> String {
        let (first, last) = self.scale.dates(self.at);
        match self.scale {
            Scale::Day => dates::day_title(first),
            Scale::Month => dates::month_title(first),
            Scale::Week | Scale::TwoWeeks | Scale::Quarter => dates::range(first, last),
        }
    }
}

/// Returns the value of a parameter that is not empty.
fn given<'a>(query: &'a Query, name: &str) -> Option<&'a str> {
    query.get(name).map(str::trim).filter(|value| !value.is_empty())
}

fn bad(name: &str, reason: String) -> BadParameter {
    BadParameter {
        name: name.to_owned(),
        reason,
    }
}

fn unknown(name: &str, value: &str, values: &str) -> BadParameter {
    let value: String = value.chars().take(VALUE_MAX).collect();
    bad(name, format!("`{value}` is none of {values}"))
}

/// Returns the query of the timeline for that of a list: a day that the list is asked about is the day that is shown.
pub(super) fn of_day(query: &Query) -> Query {
    let day = given(query, "day").or_else(|| given(query, "state_at")?.get(.."YYYY-MM-DD".len()));
    let Some(day) = day.filter(|day| parse_date(day).is_ok()) else {
        return query.clone();
    };
    let shown = query.set("at", day).set("scale", Scale::Day.as_str());
    match given(query, "day_zone") {
        Some(zone) => shown.set("zone", zone),
        None => shown,
    }
}
