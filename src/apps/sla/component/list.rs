//! The list of components: its columns, orders, filters and ranges. What finds its rows is in `opened`.

use chrono::{DateTime, SecondsFormat, Utc};

use super::asked_time::{AT, DAY, ZONE};
use super::model::{ComponentText, ListedComponent};
use super::standing::Standing;
use super::then::ComponentThen;
use crate::admin::model::{ListCell, ListRow, NamedObject};
use crate::admin::query::Query;
use crate::admin::spec::{Choices, Filter, FilterInput, ListColumn, Range, RangeKind};
use crate::apps::list_key::{ListKey, list_keys};
use crate::apps::sla::read_model::links::Link;
use crate::apps::sla::read_model::order::Order;
use crate::apps::sla::{CALENDAR, INDICATOR, LABEL, WINDOW};
use crate::calculus::coverage::CoverageValues as Hours;

list_keys! {
    /// A column of the list.
    #[expect(missing_docs, reason = "the variants are the columns")]
    pub enum ComponentColumn {
        Name => "name",
        DisplayName => "display_name",
        Labels => "labels",
        Windows => "windows",
        Enabled => "enabled",
        State => "state",
        NextTransition => "next_transition",
        UpdatedAt => "updated_at",
    }
}

list_keys! {
    /// What the list can be sorted by; each has an order in the read model or is by hours. The keys are those of columns.
    #[expect(missing_docs, reason = "the variants are the columns")]
    pub enum ComponentOrder {
        Name => ComponentColumn::Name.key(),
        DisplayName => ComponentColumn::DisplayName.key(),
        Enabled => ComponentColumn::Enabled.key(),
        UpdatedAt => ComponentColumn::UpdatedAt.key(),
        State => ComponentColumn::State.key(),
        NextTransition => ComponentColumn::NextTransition.key(),
    }
}

list_keys! {
    /// A filter of the list.
    pub enum ComponentFilter {
        /// By their state at an instant.
        State => "state",
        /// By how much of a day their hours cover.
        Covered => "covered",
        /// By their labels.
        Label => "labels__id__exact",
        /// By their windows.
        Window => "windows__id__exact",
        /// By whether there are metrics of them.
        Enabled => "enabled__exact",
        /// By labels that they do not have.
        NotLabel => "labels__id__not",
        /// By whether they have a label.
        HavingLabels => "labels__isnull",
        /// By whether they have an enabled window: those that are disabled promise nothing.
        HavingWindows => "windows__isnull",
        /// By their own calendars, those of their windows aside.
        Calendar => "calendars__id__exact",
        /// By the calendars that cut them, by themselves or through windows.
        CutBy => "cut_by__id__exact",
        /// By whether they have a calendar of their own.
        HavingCalendars => "calendars__isnull",
        /// By the indicator that they name.
        Indicator => "indicator__id__exact",
        /// By whether they promise a share.
        HavingSlo => "slo__isnull",
    }
}

list_keys! {
    /// Instants by which the list can be narrowed.
    pub enum ComponentPeriod {
        /// When they were added; the date hierarchy.
        CreatedAt => "created_at",
        /// When they were changed.
        UpdatedAt => "updated_at",
    }
}

list_keys! {
    /// Numbers by which the list can be narrowed.
    pub enum ComponentNumber {
        /// The promised share.
        Slo => "slo",
    }
}

/// A component of a page of the list.
pub(super) struct ComponentLine<'a> {
    pub(super) row: ListedComponent,
    pub(super) labels: Vec<NamedObject>,
    pub(super) windows: Vec<NamedObject>,
    pub(super) standing: &'a Standing,
    /// How it stands at the time that the list is asked about, if that is not now.
    pub(super) then: Option<ComponentThen>,
}

impl ComponentColumn {
    /// Returns what the list declares of the column.
    pub(super) fn column(self) -> ListColumn {
        match self {
            Self::Name => ListColumn::new(self.key(), "Name").links().early(),
            Self::DisplayName => ListColumn::new(self.key(), "Display name").early(),
            Self::Labels => ListColumn::new(self.key(), "Labels").wide(),
            Self::Windows => ListColumn::new(self.key(), "Windows"),
            Self::Enabled => ListColumn::new(self.key(), "Enabled").editable(),
            Self::State => ListColumn::new(self.key(), "State now").early(),
            Self::NextTransition => ListColumn::new(self.key(), "Next transition").early(),
            Self::UpdatedAt => ListColumn::new(self.key(), "Updated"),
        }
    }

    /// Returns the cell of the column, and takes out of the line what no other column shows.
    fn cell(self, line: &mut ComponentLine<'_>) -> ListCell {
        let row = &mut line.row;
        match self {
            Self::Name => ListCell::Text(row.name.clone()),
            Self::DisplayName => ListCell::Text(std::mem::take(&mut row.display_name)),
            Self::Labels => ListCell::Many(std::mem::take(&mut line.labels)),
            Self::Windows => ListCell::Many(std::mem::take(&mut line.windows)),
            Self::Enabled => ListCell::Flag(row.enabled),
            Self::State => line.state(),
            Self::NextTransition => {
                let next = match &line.then {
                    Some(then) => then.next_transition,
                    None => line.standing.hours(&row.name).and_then(Hours::next_transition),
                };
                let next = next.and_then(|at| DateTime::from_timestamp(at, 0));
                ListCell::Instant(next.map(|at| at.naive_utc()))
            }
            Self::UpdatedAt => ListCell::Instant(Some(row.updated_at)),
        }
    }
}

impl ComponentOrder {
    /// Returns the order of the read model; none for what changes with time.
    pub(super) fn stored(self) -> Option<Order<'static>> {
        match self {
            Self::Name => Some(Order::Text(ComponentText::Name)),
            Self::DisplayName => Some(Order::Text(ComponentText::DisplayName)),
            Self::Enabled => Some(Order::Enabled),
            Self::UpdatedAt => Some(Order::UpdatedAt),
            Self::State | Self::NextTransition => None,
        }
    }
}

impl ComponentLine<'_> {
    /// Returns the row that the list shows.
    pub(super) fn shown(mut self) -> ListRow {
        let cells = ComponentColumn::ALL
            .iter()
            .map(|column| column.cell(&mut self))
            .collect();
        ListRow {
            id: self.row.id,
            version: self.row.version,
            title: self.row.name,
            cells,
        }
    }

    fn state(&self) -> ListCell {
        if let Some(then) = &self.then {
            return ListCell::StateThen(then.state.clone());
        }
        let (name, standing) = (&self.row.name, self.standing);
        match standing.hours(name) {
            Some(_) if standing.has_no_hours(name) => ListCell::Text("no hours".to_owned()),
            Some(hours) if hours.in_window => ListCell::State(true, "inside".to_owned()),
            Some(_) => ListCell::State(false, "outside".to_owned()),
            None if self.row.enabled => ListCell::Text(standing.otherwise().to_owned()),
            None => ListCell::Text("disabled".to_owned()),
        }
    }
}

/// The value of a filter that finds components without what it is about, as in Django's admin.
pub(super) const WITHOUT: &str = "True";
/// Its other value.
pub(super) const WITH: &str = "False";

impl ComponentFilter {
    /// Returns whether few users ask for it.
    fn is_rare(self) -> bool {
        match self {
            Self::State | Self::Covered | Self::Label | Self::Window | Self::Enabled => false,
            Self::NotLabel
            | Self::HavingLabels
            | Self::HavingWindows
            | Self::Calendar
            | Self::CutBy
            | Self::HavingCalendars
            | Self::Indicator
            | Self::HavingSlo => true,
        }
    }

    /// Returns the links that lead to what a filter chooses from, if any do.
    pub(super) fn link(self) -> Option<Link> {
        match self {
            Self::Label | Self::NotLabel => Some(Link::Label),
            Self::Window => Some(Link::Window),
            Self::Calendar | Self::CutBy => Some(Link::Calendar),
            Self::Enabled
            | Self::HavingWindows
            | Self::HavingLabels
            | Self::HavingCalendars
            | Self::Indicator
            | Self::HavingSlo
            | Self::State
            | Self::Covered => None,
        }
    }

    /// Returns what a filter of listed values offers: value and words; none for the others.
    pub(super) fn offers(self) -> Option<Vec<(&'static str, &'static str)>> {
        let [without, with] = match self {
            Self::State => return Some(STATES.to_vec()),
            Self::Covered => return Some(COVERED.to_vec()),
            Self::HavingWindows => ["without enabled windows", "with enabled windows"],
            Self::HavingLabels => ["without labels", "with labels"],
            Self::HavingCalendars => ["without calendars of their own", "with calendars of their own"],
            Self::HavingSlo => ["without an SLO", "with an SLO"],
            Self::Enabled
            | Self::Label
            | Self::NotLabel
            | Self::Window
            | Self::Calendar
            | Self::CutBy
            | Self::Indicator => return None,
        };
        Some(vec![(WITHOUT, without), (WITH, with)])
    }
}

/// The states that components are found by.
const STATES: [(&str, &str); 6] = [
    (INSIDE, "inside"),
    (OUTSIDE, "outside"),
    (NO_HOURS, "no hours"),
    (DISABLED, "disabled"),
    (OPENING, "opening at that second"),
    (CLOSING, "closing at that second"),
];
/// Inside of its hours.
pub(super) const INSIDE: &str = "inside";
/// Outside of its hours.
pub(super) const OUTSIDE: &str = "outside";
/// Inside from the second on that is asked about.
pub(super) const OPENING: &str = "opening";
/// Outside from that second on.
pub(super) const CLOSING: &str = "closing";
/// Without an enabled window.
pub(super) const NO_HOURS: &str = "no_hours";
/// Without metrics.
pub(super) const DISABLED: &str = "disabled";

/// How much of a day may be covered.
const COVERED: [(&str, &str); 3] = [(FULL, "all day"), (PARTLY, "part of the day"), (NONE, "not at all")];
/// Every second of a day.
pub(super) const FULL: &str = "full";
/// Some of a day.
pub(super) const PARTLY: &str = "partly";
/// Nothing of a day.
pub(super) const NONE: &str = "none";

/// Returns the query of the list of the components whose hours begin at an instant, or end.
#[must_use]
pub fn turning_at(at: DateTime<Utc>, opens: bool) -> Query {
    let state = if opens { OPENING } else { CLOSING };
    let query = Query::default().with(ComponentFilter::State.key(), state);
    query.with(AT, &at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// Returns the query of the list of the components that a calendar cuts, by itself or through windows.
#[must_use]
pub fn cut_by(calendar: i64) -> Query {
    Query::default().with(ComponentFilter::CutBy.key(), &calendar.to_string())
}

/// What the filter by state is asked about.
const OF_STATE: [FilterInput; 1] = [FilterInput {
    key: AT,
    alias: "state_at",
    title: "At",
    kind: "text",
    example: "2026-12-25 14:00",
}];

/// What the filter by the hours of a day is asked about.
const OF_COVERED: [FilterInput; 2] = [
    FilterInput {
        key: DAY,
        alias: DAY,
        title: "Day",
        kind: "date",
        example: "",
    },
    FilterInput {
        key: ZONE,
        alias: "day_zone",
        title: "Time zone",
        kind: "text",
        example: "Europe/Berlin",
    },
];

/// Returns the filters that the list declares.
pub(super) fn filters() -> Vec<Filter> {
    let filter = |filter: &ComponentFilter| {
        let (title, choices) = match filter {
            ComponentFilter::Enabled => ("Enabled", Choices::Flag),
            ComponentFilter::Label => ("Label", Choices::Related(LABEL)),
            ComponentFilter::Window => ("Window", Choices::Related(WINDOW)),
            ComponentFilter::HavingWindows => ("Has windows", Choices::Listed),
            ComponentFilter::NotLabel => ("Without label", Choices::Related(LABEL)),
            ComponentFilter::HavingLabels => ("Has labels", Choices::Listed),
            ComponentFilter::Calendar => ("Calendar", Choices::Related(CALENDAR)),
            ComponentFilter::CutBy => ("Cut by calendar", Choices::Related(CALENDAR)),
            ComponentFilter::HavingCalendars => ("Has calendars", Choices::Listed),
            ComponentFilter::Indicator => ("Indicator", Choices::Related(INDICATOR)),
            ComponentFilter::HavingSlo => ("Has an SLO", Choices::Listed),
            ComponentFilter::State => ("State", Choices::Listed),
            ComponentFilter::Covered => ("Hours of a day", Choices::Listed),
        };
        Filter {
            key: filter.key(),
            title,
            choices,
            inputs: match filter {
                ComponentFilter::State => &OF_STATE,
                ComponentFilter::Covered => &OF_COVERED,
                ComponentFilter::Enabled
                | ComponentFilter::Label
                | ComponentFilter::Window
                | ComponentFilter::HavingWindows
                | ComponentFilter::NotLabel
                | ComponentFilter::HavingLabels
                | ComponentFilter::Calendar
                | ComponentFilter::CutBy
                | ComponentFilter::HavingCalendars
                | ComponentFilter::Indicator
                | ComponentFilter::HavingSlo => &[],
            },
            rare: filter.is_rare(),
        }
    };
    ComponentFilter::ALL.iter().map(filter).collect()
}

/// Returns the ranges that the list declares.
pub(super) fn ranges() -> Vec<Range> {
    let period = |period: &ComponentPeriod| Range {
        key: period.key(),
        title: match period {
            ComponentPeriod::CreatedAt => "Created",
            ComponentPeriod::UpdatedAt => "Updated",
        },
        kind: RangeKind::Date,
        rare: true,
    };
    let number = |number: &ComponentNumber| match number {
        ComponentNumber::Slo => Range {
            key: number.key(),
            title: "SLO, percent",
            kind: RangeKind::Number { decimals: 3 },
            rare: true,
        },
    };
    let periods = ComponentPeriod::ALL.iter().map(period);
    periods.chain(ComponentNumber::ALL.iter().map(number)).collect()
}
