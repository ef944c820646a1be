//! The properties of calendars.

use super::state::CalendarState;
use crate::admin::transfer::FileColumn;
use crate::apps::sla::CALENDAR;
use crate::apps::sla::properties::text::check_name;
use crate::apps::sla::properties::{
    FormGroup, Lens, NameRule, ObjectState, Property, PropertyKind, file_columns, is_whole,
};
use crate::auth::Model;

/// The properties, in the order of files.
pub const PROPERTIES: [Property<CalendarState>; 5] = [
    Property::new(
        "name",
        "Name",
        PropertyKind::Name(
            Lens::new(|state: &CalendarState| &state.name, |state| &mut state.name),
            NameRule::new(check_name),
        ),
    )
    .searched(),
    Property::new(
        "description",
        "Description",
        PropertyKind::Text(Lens::new(
            |state: &CalendarState| &state.description,
            |state| &mut state.description,
        )),
    )
    .searched(),
    Property::new(
        "timezone",
        "Time zone",
        PropertyKind::OptionalZone(Lens::new(
            |state: &CalendarState| &state.timezone,
            |state| &mut state.timezone,
        )),
    )
    .help("An IANA name, e.g. Europe/Berlin; empty: its days are read in the zone of each window that uses it.")
    .bulk(),
    Property::new(
        "enabled",
        "Enabled",
        PropertyKind::Flag(Lens::new(
            |state: &CalendarState| &state.enabled,
            |state| &mut state.enabled,
        )),
    )
    .help("A disabled calendar excludes nothing.")
    .bulk(),
    Property::new(
        "rules",
        "Rules",
        PropertyKind::Rules(Lens::new(
            |state: &CalendarState| &state.rules,
            |state| &mut state.rules,
        )),
    ),
];

const FORM: [FormGroup; 1] = [FormGroup {
    title: "",
    properties: &["name", "description", "timezone", "enabled"],
}];

const _: () = assert!(is_whole(&FORM, &PROPERTIES), "the form has a field for each property");

impl ObjectState for CalendarState {
    const MODEL: Model = CALENDAR;
    const NAME: &'static str = "calendar";
    const PROPERTIES: &'static [Property<Self>] = &PROPERTIES;
    const FORM: &'static [FormGroup] = &FORM;
    const COLUMNS: &'static [FileColumn] = &file_columns(&PROPERTIES);

    fn title(&self) -> String {
        self.name.clone()
    }

    fn blank() -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            timezone: None,
            enabled: true,
            rules: Vec::new(),
        }
    }
}
