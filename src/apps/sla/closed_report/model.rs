//! Rows of closed reports, and what a report is of.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use crate::admin::address::Address;
use crate::admin::query::Query;
use crate::apps::sla::COMPONENT;
use crate::apps::sla::report::NAME;
use crate::apps::sla::report::period::{kind_name, parse_kind, title};
use crate::apps::sla::report::read::ReportQuery;
use crate::calculus::period::Period;
use crate::db::schema::closed_report;

/// Of which components a report is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportScope {
    /// Key and name of the only one.
    pub component: Option<(i64, String)>,
    /// The selector of their labels, in the form that is the same for selectors that mean the same; empty for none.
    pub selector: String,
}

/// A closed report without its figures.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = closed_report)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct ClosedReport {
    pub id: i64,
    pub period: String,
    pub first_day: NaiveDate,
    pub timezone: String,
    pub definitions: String,
    pub component_id: i64,
    pub component_name: String,
    pub selector: String,
    pub members: i64,
    pub digest: String,
    pub closed_by: String,
    pub closed_at: NaiveDateTime,
}

/// A closed report as it is stored.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = closed_report)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct ClosedReportColumns {
    pub period: &'static str,
    pub first_day: NaiveDate,
    pub range_start: i64,
    pub range_end: i64,
    pub timezone: String,
    pub definitions: &'static str,
    pub component_id: i64,
    pub component_name: String,
    pub selector: String,
    pub members: i64,
    pub components: String,
    pub figures: String,
    pub digest: String,
    pub closed_by: String,
    pub closed_at: NaiveDateTime,
}

/// The period, zone and definitions of closed reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedPeriod {
    /// The name of its kind.
    pub period: &'static str,
    /// Its first day.
    pub first_day: NaiveDate,
    /// The zone of its midnights.
    pub timezone: String,
    /// What counts as promised.
    pub definitions: &'static str,
}

impl ReportScope {
    /// Returns whether it is all components.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.component.is_none() && self.selector.is_empty()
    }

    /// Returns whether a closed report has this scope.
    #[must_use]
    pub fn is_of(&self, closed: &ClosedReport) -> bool {
        let component = self.component.as_ref().map_or(0, |(id, _)| *id);
        component == closed.component_id && self.selector == closed.selector
    }
}

impl ClosedPeriod {
    /// Returns those of a report.
    #[must_use]
    pub fn of(query: &ReportQuery) -> Self {
        Self {
            period: kind_name(query.period.kind()),
            first_day: query.period.first(),
            timezone: query.zone.name().to_owned(),
            definitions: query.definitions.as_str(),
        }
    }

    /// Returns whether a closed report of the same days is by the midnights of the same zone, and of the same definitions.
    #[must_use]
    pub fn is_of(&self, closed: &ClosedReport) -> bool {
        self.timezone == closed.timezone && self.definitions == closed.definitions
    }
}

impl ClosedReport {
    /// Returns whether it is of all components.
    #[must_use]
    pub fn is_of_all(&self) -> bool {
        self.component_id == 0 && self.selector.is_empty()
    }

    /// Returns the components that it is of, in words.
    #[must_use]
    pub fn scope_words(&self) -> &str {
        match (self.component_id, self.selector.as_str()) {
            (0, "") => "all components",
            (0, selector) => selector,
            _ => &self.component_name,
        }
    }

    /// Returns the period in words; as it is stored if it has none.
    #[must_use]
    pub fn period_words(&self) -> String {
        match parse_kind(&self.period) {
            Ok(kind) => title(&Period::containing(kind, self.first_day)),
            Err(_) => format!("{} from {}", self.period, self.first_day),
        }
    }

    /// Returns when it was closed, RFC 3339.
    #[must_use]
    pub fn instant_text(&self) -> String {
        self.closed_at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// Returns how people call it: period, zone and components.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}, {}, {}", self.period_words(), self.timezone, self.scope_words())
    }

    /// Returns the address of the report that it is of, whose component is called `component` by now; nothing if that is not there any more.
    #[must_use]
    pub fn url(&self, component: Option<&str>) -> Option<String> {
        let mut pairs = vec![
            ("period", self.period.clone()),
            ("at", self.first_day.to_string()),
            ("zone", self.timezone.clone()),
            ("definitions", self.definitions.clone()),
        ];
        match (self.component_id, self.selector.as_str()) {
            (0, "") => {}
            (0, selector) => pairs.push(("match", selector.to_owned())),
            _ => pairs.push(("component", component?.to_owned())),
        }
        let owned = pairs.into_iter().map(|(name, value)| (name.to_owned(), value));
        let page = String::from(Address::AppPage(COMPONENT.app, NAME));
        Some(format!("{page}{}", Query::new(owned.collect()).link()))
    }
}
