//! Components, their labels, SLA windows and calendars: rows, the files that describe them, and what the metrics see of them.

pub mod calendar;
pub mod catalog;
pub mod component;
pub mod declarative;
pub mod ending;
pub mod label;
pub mod lint;
pub mod lint_words;
pub mod named_days;
pub mod names;
pub mod rule;
pub mod rule_form;
pub mod rule_reading;
pub mod rule_words;
pub mod selecting;
pub mod source;
pub mod store;
pub mod window;
pub mod zone_changes;

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
