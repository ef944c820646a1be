//! What the address of the report asks for.

use super::period::{PERIOD_KINDS, kind_name, parse_at, parse_kind};
use super::read::ReportQuery;
use crate::admin::address::Address;
use crate::admin::listing::BadParameter;
use crate::admin::query::Query;
use crate::apps::sla::COMPONENT;
use crate::apps::sla::closed_report::model::ReportScope;
use crate::apps::sla::component_selector::label_selector;
use crate::apps::sla::promised_then::promised::Definitions;
use crate::calculus::attainment::attained::PromiseVerdict;
use crate::calculus::period::{Period, PeriodKind};
use crate::calculus::span::Span;
use crate::metrics::answer::selection::Selector;
use crate::zones::{self, Zone};

/// The name of the page in its address.
pub const NAME: &str = "report";

/// The parameters that are the report's own; the others are those of the list.
pub(super) const OWN: [&str; 12] = [
    "of",
    "period",
    "at",
    "zone",
    "group",
    "component",
    "match",
    "definitions",
    "verdict",
    "sort",
    "p",
    "format",
];

/// What rows are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReportOrder {
    Name,
    Promised,
    Down,
    Unknown,
    Attained,
    Left,
    Verdict,
}

impl ReportOrder {
    pub(super) const ALL: [Self; 7] = [
        Self::Name,
        Self::Promised,
        Self::Down,
        Self::Unknown,
        Self::Attained,
        Self::Left,
        Self::Verdict,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Name => "component",
            Self::Promised => "promised",
            Self::Down => "down",
            Self::Unknown => "unknown",
            Self::Attained => "attained",
            Self::Left => "left",
            Self::Verdict => "verdict",
        }
    }
}

/// What a report is asked for as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReportFormat {
    Page,
    Csv,
    Json,
}

/// What the address asks for.
#[derive(Clone, Debug)]
pub(super) struct AskedReport {
    pub(super) query: ReportQuery,
    /// Selectors of labels of which one has to match; none for all.
    pub(super) matches: Vec<Selector>,
    /// The name of the one component that is meant.
    pub(super) component: Option<String>,
    /// The name of the label by whose values components are grouped.
    pub(super) group: Option<String>,
    /// The verdict that is meant.
    pub(super) verdict: Option<PromiseVerdict>,
    pub(super) order: ReportOrder,
    /// Whether the order is turned round.
    pub(super) is_descending: bool,
    /// The page of rows, from 1; it may lie beyond the last.
    pub(super) page: i64,
    pub(super) format: ReportFormat,
    /// What is left for the list.
    pub(super) of_list: Query,
}

fn bad(name: &str, reason: impl Into<String>) -> BadParameter {
    BadParameter {
        name: name.to_owned(),
        reason: reason.into(),
    }
}

/// Reads a selector of labels.
///
/// # Errors
/// What is wrong with it, and what would be right.
pub(super) fn selector(text: &str) -> Result<Selector, BadParameter> {
    label_selector(text).map_err(|reason| {
        let reason = format!("`{text}` selects no components: {reason}. Give labels, e.g. {{team=\"blue\"}}");
        bad("match", reason)
    })
}

/// Reads what rows are sorted by, and whether that is turned round.
fn order(text: &str) -> Result<(ReportOrder, bool), BadParameter> {
    let turned = text.strip_prefix('-');
    let name = turned.unwrap_or(text);
    let order = ReportOrder::ALL.into_iter().find(|order| order.as_str() == name);
    let order = order.ok_or_else(|| bad("sort", format!("the report cannot be sorted by `{name}`")))?;
    Ok((order, turned.is_some()))
}

impl AskedReport {
    /// Reads a query string; what it leaves out is this month in the viewer's zone.
    ///
    /// # Errors
    /// The first parameter that cannot be understood.
    pub(super) fn read(query: &Query, viewer: Zone, now: i64) -> Result<Self, BadParameter> {
        let given = |name: &str| query.get(name).map(str::trim).filter(|value| !value.is_empty());
        let kind = given("period")
            .map_or(Ok(PeriodKind::Month), parse_kind)
            .map_err(|error| bad("period", error))?;
        let zone = match given("zone") {
            None => viewer,
            Some(name) => zones::parse(name).map_err(|error| bad("zone", error.to_string()))?,
        };
        let today = zone.local_at(now).date();
        let at = given("at")
            .map_or(Ok(today), parse_at)
            .map_err(|error| bad("at", error))?;
        let definitions = match given("definitions") {
            None => Definitions::Then,
            Some(text) => Definitions::parse(text)
                .ok_or_else(|| bad("definitions", format!("`{text}` is neither then nor now")))?,
        };
        let format = match given("format") {
            None | Some("html") => ReportFormat::Page,
            Some("csv") => ReportFormat::Csv,
            Some("json") => ReportFormat::Json,
            Some(other) => return Err(bad("format", format!("`{other}` is none of html, csv and json"))),
        };
        let verdict = given("verdict").map(|words| {
            PromiseVerdict::parse(words).ok_or_else(|| bad("verdict", format!("`{words}` is no verdict")))
        });
        let matches = query.all("match").into_iter().map(str::trim);
        let matches: Result<Vec<Selector>, BadParameter> =
            matches.filter(|text| !text.is_empty()).map(selector).collect();
        let (order, is_descending) = given("sort").map_or(Ok((ReportOrder::Name, false)), order)?;
        let page = given("p")
            .map_or(Ok(1), str::parse::<i64>)
            .map_err(|_| bad("p", "a page has a number"))?;
        Ok(Self {
            query: ReportQuery {
                period: Period::containing(kind, at),
                zone,
                definitions,
                ids: None,
            },
            matches: matches?,
            component: given("component").map(str::to_owned),
            group: given("group").map(str::to_owned),
            verdict: verdict.transpose()?,
            order,
            is_descending,
            page,
            format,
            of_list: query.without(&OWN),
        })
    }

    /// Returns the components that the report is of, if they are ones of which a report can be closed: not those of several selectors, nor of
    /// a component whose key is not known yet.
    pub(super) fn scope(&self) -> Option<ReportScope> {
        let component = match (&self.component, &self.query.ids) {
            (None, _) => None,
            (Some(name), Some(ids)) => Some((*ids.first()?, name.clone())),
            (Some(_), None) => return None,
        };
        if self.matches.len() + usize::from(component.is_some()) > 1 {
            return None;
        }
        Some(ReportScope {
            component,
            selector: self.matches.first().map(ToString::to_string).unwrap_or_default(),
        })
    }

    /// Returns whether all components of its scope are shown: no search, filter or verdict narrows it. What the address of a component has of
    /// these leads back to where its name stood.
    pub(super) fn is_whole(&self) -> bool {
        self.component.is_some() || (self.of_list.is_empty() && self.verdict.is_none())
    }

    /// Returns the address of the whole report, with everything that it depends on.
    pub(super) fn whole_url(&self) -> String {
        let mut pairs = vec![
            ("period", kind_name(self.query.period.kind()).to_owned()),
            ("at", self.query.period.first().to_string()),
            ("zone", self.query.zone.name().to_owned()),
            ("definitions", self.query.definitions.as_str().to_owned()),
        ];
        pairs.extend(self.component.clone().map(|name| ("component", name)));
        pairs.extend(self.matches.iter().map(|selector| ("match", selector.to_string())));
        let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value));
        let page = String::from(Address::AppPage(COMPONENT.app, NAME));
        format!("{page}{}", Query::new(pairs.collect()).link())
    }

    /// Returns when the period is.
    ///
    /// # Errors
    /// A day that the clock of the zone skips as a whole.
    pub(super) fn span(&self) -> Result<Span, BadParameter> {
        let span = self.query.span();
        span.ok_or_else(|| bad("at", format!("the clock of {} skips this day", self.query.zone)))
    }
}

/// Returns the kinds of periods with their names and words.
pub(super) fn kinds() -> impl Iterator<Item = (PeriodKind, &'static str, &'static str)> {
    let words = ["Day", "Week", "Month", "Quarter", "Year"];
    PERIOD_KINDS
        .into_iter()
        .zip(words)
        .map(|(kind, words)| (kind, kind_name(kind), words))
}
