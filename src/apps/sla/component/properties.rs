//! The properties of components.

use super::model::ComponentText;
use super::state::ComponentState;
use crate::admin::transfer::FileColumn;
use crate::apps::sla::properties::{
    FormGroup, Lens, NameRule, ObjectState, Property, PropertyKind, file_columns, is_whole, searched_count,
};
use crate::apps::sla::{COMPONENT, calendar, indicator, label, window};
use crate::auth::Model;
use crate::metrics::format::names::check_component_name;

/// The properties, in the order of files.
pub const PROPERTIES: [Property<ComponentState>; 9] = [
    Property::new(
        "name",
        "Name",
        PropertyKind::Name(
            Lens::new(|state: &ComponentState| &state.name, |state| &mut state.name),
            NameRule::new(|name| check_component_name(name).map_err(|error| error.to_string())),
        ),
    )
    .help(
        "1 to 200 printable characters, at least one ASCII letter or digit; becomes the label component and the beginning of the \
         metric names.",
    )
    .searched(),
    Property::new(
        "display_name",
        "Display name",
        PropertyKind::Line(Lens::new(|state: &ComponentState| &state.display_name, |state| &mut state.display_name)),
    )
    .help("For people; any characters.")
    .searched(),
    Property::new(
        "description",
        "Description",
        PropertyKind::Text(Lens::new(|state: &ComponentState| &state.description, |state| &mut state.description)),
    )
    .searched()
    .bulk(),
    Property::new(
        "enabled",
        "Enabled",
        PropertyKind::Flag(Lens::new(|state: &ComponentState| &state.enabled, |state| &mut state.enabled)),
    )
    .help("A disabled component has no metrics.")
    .bulk(),
    Property::new(
        "slo",
        "SLO",
        PropertyKind::Percent(Lens::new(|state: &ComponentState| &state.slo_millipercent, |state| &mut state.slo_millipercent)),
    )
    .help("Percent of service time, with at most three decimals, e.g. 99.9; may be empty.")
    .bulk(),
    Property::new(
        "labels",
        "Labels",
        PropertyKind::Labels(Lens::new(|state: &ComponentState| &state.labels, |state| &mut state.labels), &label::TARGET),
    )
    .help("One value of each label name.")
    .bulk(),
    Property::new(
        "windows",
        "SLA windows",
        PropertyKind::Links(Lens::new(|state: &ComponentState| &state.windows, |state| &mut state.windows), &window::TARGET),
    )
    .help("In service when any of them says so.")
    .bulk(),
    Property::new(
        "calendars",
        "Calendars",
        PropertyKind::Links(
            Lens::new(|state: &ComponentState| &state.calendars, |state| &mut state.calendars),
            &calendar::TARGET,
        ),
    )
    .help("Exclude time from every window of this component.")
    .bulk(),
    Property::new(
        "indicator",
        "Indicator",
        PropertyKind::Link(
            Lens::new(|state: &ComponentState| &state.indicator, |state| &mut state.indicator),
            &indicator::TARGET,
        ),
    )
    .help("What measures it; empty: the indicator whose selector finds it, if there is one.")
    .bulk()
    .newer(),
];

const FORM: [FormGroup; 3] = [
    FormGroup {
        title: "",
        properties: &["name", "display_name", "description", "enabled"],
    },
    FormGroup {
        title: "Promise",
        properties: &["windows", "calendars", "slo", "indicator"],
    },
    FormGroup {
        title: "Labels",
        properties: &["labels"],
    },
];

const _: () = assert!(is_whole(&FORM, &PROPERTIES), "the form has a field for each property");
const _: () = assert!(
    ComponentText::COUNT == searched_count(&PROPERTIES),
    "the read model has each text that is searched"
);

impl ObjectState for ComponentState {
    const MODEL: Model = COMPONENT;
    const NAME: &'static str = "component";
    const PROPERTIES: &'static [Property<Self>] = &PROPERTIES;
    const FORM: &'static [FormGroup] = &FORM;
    const COLUMNS: &'static [FileColumn] = &file_columns(&PROPERTIES);

    fn title(&self) -> String {
        self.name.clone()
    }

    fn blank() -> Self {
        Self {
            name: String::new(),
            display_name: String::new(),
            description: String::new(),
            enabled: true,
            slo_millipercent: None,
            indicator: None,
            labels: std::collections::BTreeMap::new(),
            windows: Vec::new(),
            calendars: Vec::new(),
        }
    }
}
