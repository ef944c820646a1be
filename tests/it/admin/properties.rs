//! The tables of properties say all of a state: what one of them forgets would be lost by files, forms and the audit log.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use sla_monitor::apps::sla::calendar::state::CalendarState;
use sla_monitor::apps::sla::component::state::ComponentState;
use sla_monitor::apps::sla::correction::state::{CorrectionEffect, CorrectionState};
use sla_monitor::apps::sla::declarative::document::node::{At, Node};
use sla_monitor::apps::sla::indicator::state::{IndicatorKind, IndicatorState, UnknownPolicy};
use sla_monitor::apps::sla::label::state::LabelState;
use sla_monitor::apps::sla::properties::{ObjectState, json};
use sla_monitor::apps::sla::rule::RuleDefinition;
use sla_monitor::apps::sla::rule::file::rules as rules_of_file;
use sla_monitor::apps::sla::window::state::WindowState;
use sla_monitor::zones;

fn text(value: &str) -> String {
    value.to_owned()
}

fn rules(note: &str) -> Vec<RuleDefinition> {
    let rule =
        serde_json::json!([{"type": "weekly", "days": ["MO"], "start": "09:00", "duration_s": 3600, "note": note}]);
    let node = Node::from_json(&rule, 1);
    rules_of_file(&At::root(&node)).expect("a rule")
}

fn check<S: ObjectState + std::fmt::Debug>(state: &S) {
    let kept = state.to_json();
    let blank = S::blank().to_json();
    let same: Vec<_> = kept
        .iter()
        .filter(|(name, value)| blank.get(*name) == Some(value))
        .collect();
    assert!(
        same.is_empty(),
        "the sample differs from a blank object in each property: {same:?}"
    );
    assert_eq!(
        json::read::<S>(&kept).as_ref(),
        Ok(state),
        "what is written is read back"
    );

    let names: Vec<&str> = S::PROPERTIES.iter().map(|property| property.name).collect();
    assert_eq!(kept.keys().map(String::as_str).collect::<Vec<_>>(), names);
    assert_eq!(
        names.iter().collect::<BTreeSet<_>>().len(),
        names.len(),
        "no name stands twice: {names:?}"
    );
    for property in S::PROPERTIES.iter().filter(|property| !property.is_newer) {
        let mut without = kept.clone();
        without.shift_remove(property.name);
        let error = json::read::<S>(&without).expect_err("a property is missing");
        assert!(error.contains(property.name), "{error}");
    }
}

#[test]
fn labels_are_written_and_read_with_every_property() {
    check(&LabelState {
        name: text("team"),
        value: text("shop"),
        description: text("d"),
    });
}

#[test]
fn calendars_are_written_and_read_with_every_property() {
    check(&CalendarState {
        name: text("Holidays"),
        description: text("d"),
        timezone: zones::current().get("Europe/Berlin"),
        enabled: false,
        rules: rules("r"),
    });
}

#[test]
fn windows_are_written_and_read_with_every_property() {
    check(&WindowState {
        name: text("Office"),
        description: text("d"),
        timezone: zones::current().get("Europe/Berlin").expect("a zone"),
        valid_from: NaiveDate::from_ymd_opt(2026, 1, 1),
        valid_until: NaiveDate::from_ymd_opt(2026, 12, 31),
        enabled: false,
        calendars: vec![text("Holidays")],
        rules: rules("r"),
        excludes: rules("x"),
    });
}

#[test]
fn components_are_written_and_read_with_every_property() {
    check(&ComponentState {
        name: text("shop-api"),
        display_name: text("Shop"),
        description: text("d"),
        enabled: false,
        slo_millipercent: Some(99_950),
        indicator: Some(text("Probe")),
        labels: BTreeMap::from([(text("team"), text("shop"))]),
        windows: vec![text("Office")],
        calendars: vec![text("Holidays")],
    });
}

#[test]
fn indicators_are_written_and_read_with_every_property() {
    check(&IndicatorState {
        name: text("Probe"),
        source: text("main"),
        expression: text("up"),
        kind: IndicatorKind::State,
        step_s: 15,
        threshold: Some(0.995),
        unknown: UnknownPolicy::Down,
        selector: text("{}"),
    });
}

#[test]
fn corrections_are_written_and_read_with_every_property() {
    check(&CorrectionState {
        component: Some(text("shop-api")),
        selector: text("{}"),
        start: 1_763_283_600,
        end: 1_763_283_900,
        effect: CorrectionEffect::Unknown,
        reason: text("r"),
    });
}
