//! The properties of corrections.

use super::state::{CorrectionEffect, CorrectionState};
use crate::admin::transfer::FileColumn;
use crate::apps::sla::component_selector::check_selector;
use crate::apps::sla::properties::text::instant_text;
use crate::apps::sla::properties::{
    ChoiceLens, FormGroup, Lens, ObjectState, Property, PropertyKind, file_columns, is_whole,
};
use crate::apps::sla::{CORRECTION, component};
use crate::auth::Model;

/// The properties, in the order of files.
pub const PROPERTIES: [Property<CorrectionState>; 6] = [
    Property::new(
        "component",
        "Component",
        PropertyKind::Link(
            Lens::new(|state: &CorrectionState| &state.component, |state| &mut state.component),
            &component::TARGET,
        ),
    )
    .help("The component that it is about; empty if it is about those of a selector."),
    Property::new(
        "selector",
        "Selector",
        PropertyKind::Checked(Lens::new(|state: &CorrectionState| &state.selector, |state| &mut state.selector), check_selector),
    )
    .help("The components that it is about, by their labels: {team=\"payments\"}, or {} for all. Empty if it is about one component."),
    Property::new(
        "start",
        "Start",
        PropertyKind::Instant(Lens::new(|state: &CorrectionState| &state.start, |state| &mut state.start)),
    )
    .help("With its UTC offset: 2026-11-16T10:00:00+01:00."),
    Property::new(
        "end",
        "End",
        PropertyKind::Instant(Lens::new(|state: &CorrectionState| &state.end, |state| &mut state.end)),
    )
    .help("The first second that it is not about."),
    Property::new(
        "effect",
        "Effect",
        PropertyKind::Choice(ChoiceLens {
            choices: &CorrectionEffect::CHOICES,
            get: |state: &CorrectionState| state.effect.as_str(),
            set: |state, word| CorrectionEffect::parse(word).map(|effect| state.effect = effect).is_some(),
        }),
    )
    .help("What its time counts as, whatever was measured.")
    .bulk(),
    Property::new(
        "reason",
        "Reason",
        PropertyKind::Text(Lens::new(|state: &CorrectionState| &state.reason, |state| &mut state.reason)),
    )
    .help("Stands beside the figures in reports.")
    .searched()
    .bulk(),
];

const FORM: [FormGroup; 3] = [
    FormGroup {
        title: "",
        properties: &["component", "selector"],
    },
    FormGroup {
        title: "Time",
        properties: &["start", "end"],
    },
    FormGroup {
        title: "Correction",
        properties: &["effect", "reason"],
    },
];

const _: () = assert!(is_whole(&FORM, &PROPERTIES), "the form has a field for each property");

impl ObjectState for CorrectionState {
    const MODEL: Model = CORRECTION;
    const NAME: &'static str = "correction";
    const PROPERTIES: &'static [Property<Self>] = &PROPERTIES;
    const FORM: &'static [FormGroup] = &FORM;
    const COLUMNS: &'static [FileColumn] = &file_columns(&PROPERTIES);

    fn title(&self) -> String {
        let scope = self.component.as_deref().unwrap_or(&self.selector);
        format!("{scope}, {} to {}", instant_text(self.start), instant_text(self.end))
    }

    fn blank() -> Self {
        Self {
            component: None,
            selector: String::new(),
            start: 0,
            end: 0,
            effect: CorrectionEffect::Exclude,
            reason: String::new(),
        }
    }
}
