//! The properties of indicators.

use super::state::{IndicatorKind, IndicatorState, UnknownPolicy};
use crate::admin::transfer::FileColumn;
use crate::apps::sla::INDICATOR;
use crate::apps::sla::component_selector::check_selector;
use crate::apps::sla::properties::text::check_name;
use crate::apps::sla::properties::{
    ChoiceLens, FormGroup, Lens, NameRule, ObjectState, Property, PropertyKind, file_columns, is_whole,
};
use crate::auth::Model;
use crate::prometheus_api::source::check_source_name;

/// The properties, in the order of files.
pub const PROPERTIES: [Property<IndicatorState>; 8] = [
    Property::new(
        "name",
        "Name",
        PropertyKind::Name(
            Lens::new(|state: &IndicatorState| &state.name, |state| &mut state.name),
            NameRule::new(check_name),
        ),
    )
    .searched(),
    Property::new(
        "source",
        "Source",
        PropertyKind::Checked(Lens::new(|state: &IndicatorState| &state.source, |state| &mut state.source), check_source_name),
    )
    .help("The name that the server was given with --prometheus NAME=URL.")
    .searched()
    .bulk(),
    Property::new(
        "expression",
        "Expression",
        PropertyKind::Text(Lens::new(|state: &IndicatorState| &state.expression, |state| &mut state.expression)),
    )
    .help(
        "PromQL with one series for each component. $component and $label_NAME stand for the component's name and the value of one of its \
         labels, as texts in quotes: probe_success{component=$component}.",
    )
    .searched(),
    Property::new(
        "kind",
        "Kind",
        PropertyKind::Choice(ChoiceLens {
            choices: &IndicatorKind::CHOICES,
            get: |state: &IndicatorState| state.kind.as_str(),
            set: |state, word| IndicatorKind::parse(word).map(|kind| state.kind = kind).is_some(),
        }),
    )
    .help("mean is for selectors of series that are 1 or 0, and exact; state is for any other expression."),
    Property::new(
        "step_s",
        "Step, seconds",
        PropertyKind::Number(Lens::new(|state: &IndicatorState| &state.step_s, |state| &mut state.step_s), 1..=3600),
    )
    .help("The distance of the instants at which it is evaluated; for a state at most the interval of the probe.")
    .bulk(),
    Property::new(
        "threshold",
        "Threshold",
        PropertyKind::Decimal(Lens::new(|state: &IndicatorState| &state.threshold, |state| &mut state.threshold)),
    )
    .help("For a state: up from this value on. Empty: the value itself is the share that is up, from 0 to 1.")
    .bulk(),
    Property::new(
        "unknown",
        "Without samples",
        PropertyKind::Choice(ChoiceLens {
            choices: &UnknownPolicy::CHOICES,
            get: |state: &IndicatorState| state.unknown.as_str(),
            set: |state, word| UnknownPolicy::parse(word).map(|policy| state.unknown = policy).is_some(),
        }),
    )
    .help("What time without samples counts as in reports.")
    .bulk(),
    Property::new(
        "selector",
        "Selector",
        PropertyKind::Checked(Lens::new(|state: &IndicatorState| &state.selector, |state| &mut state.selector), check_selector),
    )
    .help(
        "The components that it measures unless they name another indicator: {team=\"payments\"}, or {} for all. Empty: those alone that \
         name it.",
    )
    .searched()
    .bulk(),
];

const FORM: [FormGroup; 2] = [
    FormGroup {
        title: "",
        properties: &["name", "source", "expression", "selector"],
    },
    FormGroup {
        title: "Samples",
        properties: &["kind", "step_s", "threshold", "unknown"],
    },
];

const _: () = assert!(is_whole(&FORM, &PROPERTIES), "the form has a field for each property");

impl ObjectState for IndicatorState {
    const MODEL: Model = INDICATOR;
    const NAME: &'static str = "indicator";
    const PROPERTIES: &'static [Property<Self>] = &PROPERTIES;
    const FORM: &'static [FormGroup] = &FORM;
    const COLUMNS: &'static [FileColumn] = &file_columns(&PROPERTIES);

    fn title(&self) -> String {
        self.name.clone()
    }

    fn blank() -> Self {
        Self {
            name: String::new(),
            source: String::new(),
            expression: String::new(),
            kind: IndicatorKind::Mean,
            step_s: 60,
            threshold: None,
            unknown: UnknownPolicy::Separate,
            selector: String::new(),
        }
    }
}
