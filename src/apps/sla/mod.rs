//! Components, their labels, SLA windows and calendars, what measures them and what corrects that: rows, the files that describe them,
//! and what the metrics see of them.

pub mod api;
pub mod availability;
pub mod calendar;
pub mod closed_report;
pub mod component;
pub mod component_selector;
pub mod correction;
pub mod declarative;
pub mod drawing;
pub mod exception;
pub mod explain;
pub mod hours;
pub mod indicator;
pub mod label;
pub mod label_texts;
pub mod lint;
pub mod measuring;
pub mod metric_lines;
pub mod names;
pub mod object_names;
pub mod outcome;
pub mod preview;
pub mod promised_then;
pub mod properties;
pub mod read_model;
pub mod reading;
pub mod report;
pub mod rule;
pub mod selecting;
pub mod snapshot;
pub mod start;
pub mod store;
pub mod stored;
pub mod timeline;
pub mod trying;
pub mod visible_names;
pub mod window;

use crate::admin::address::ModelPage;
use crate::auth::Model;

/// Components.
pub const COMPONENT: Model = Model {
    app: "sla",
    name: "component",
    title: "component",
};
/// Labels.
pub const LABEL: Model = Model {
    app: "sla",
    name: "label",
    title: "label",
};
/// SLA windows.
pub const WINDOW: Model = Model {
    app: "sla",
    name: "slawindow",
    title: "SLA window",
};
/// Calendars.
pub const CALENDAR: Model = Model {
    app: "sla",
    name: "calendar",
    title: "calendar",
};

/// Indicators.
pub const INDICATOR: Model = Model {
    app: "sla",
    name: "indicator",
    title: "indicator",
};
/// Corrections.
pub const CORRECTION: Model = Model {
    app: "sla",
    name: "correction",
    title: "correction",
};

/// Closed reports, which are added and never changed.
pub const CLOSED_REPORT: Model = Model {
    app: "sla",
    name: "closedreport",
    title: "closed report",
};

/// All of them, in the order in which pages offer their permissions.
pub const MODELS: [Model; 7] = [CALENDAR, CLOSED_REPORT, COMPONENT, CORRECTION, INDICATOR, LABEL, WINDOW];

/// The name of the page that explains why a component is inside or outside, in its address.
pub const EXPLAIN: &str = ModelPage::EXPLAIN;

/// The name of the page that excepts one day from the hours of a component or a window, in its address.
pub const EXCEPT: &str = "except";

/// The name of the page that tries an indicator out, in its address.
pub const TRY: &str = "try";

/// The name of the page to read of a component, a window or a calendar, in its address.
pub const READ: &str = ModelPage::READ;
