//! The properties of SLA windows.

use super::state::WindowState;
use crate::admin::transfer::FileColumn;
use crate::apps::sla::properties::text::check_name;
use crate::apps::sla::properties::{
    FormGroup, Lens, NameRule, ObjectState, Property, PropertyKind, file_columns, is_whole,
};
use crate::apps::sla::{WINDOW, calendar};
use crate::auth::Model;
use crate::zones::Zone;

/// The properties, in the order of files.
pub const PROPERTIES: [Property<WindowState>; 9] = [
    Property::new(
        "name",
        "Name",
        PropertyKind::Name(
            Lens::new(|state: &WindowState| &state.name, |state| &mut state.name),
            NameRule::new(check_name),
        ),
    )
    .searched(),
    Property::new(
        "description",
        "Description",
        PropertyKind::Text(Lens::new(
            |state: &WindowState| &state.description,
            |state| &mut state.description,
        )),
    )
    .searched(),
    Property::new(
        "timezone",
        "Time zone",
        PropertyKind::Zone(Lens::new(
            |state: &WindowState| &state.timezone,
            |state| &mut state.timezone,
        )),
    )
    .help("An IANA name, e.g. Europe/Berlin.")
    .bulk(),
    Property::new(
        "valid_from",
        "Valid from",
        PropertyKind::Date(Lens::new(
            |state: &WindowState| &state.valid_from,
            |state| &mut state.valid_from,
        )),
    )
    .help("The first date, in the window’s time zone, on which an occurrence may start.")
    .bulk(),
    Property::new(
        "valid_until",
        "Valid until",
        PropertyKind::Date(Lens::new(
            |state: &WindowState| &state.valid_until,
            |state| &mut state.valid_until,
        )),
    )
    .help("The last date on which an occurrence may start; it runs to its end.")
    .bulk(),
    Property::new(
        "enabled",
        "Enabled",
        PropertyKind::Flag(Lens::new(
            |state: &WindowState| &state.enabled,
            |state| &mut state.enabled,
        )),
    )
    .help("A disabled window promises nothing.")
    .bulk(),
    Property::new(
        "calendars",
        "Calendars",
        PropertyKind::Links(
            Lens::new(|state: &WindowState| &state.calendars, |state| &mut state.calendars),
            &calendar::TARGET,
        ),
    )
    .help("Exclude time from this window.")
    .bulk(),
    Property::new(
        "rules",
        "Rules",
        PropertyKind::Rules(Lens::new(|state: &WindowState| &state.rules, |state| &mut state.rules)),
    ),
    Property::new(
        "excludes",
        "Excludes",
        PropertyKind::Rules(Lens::new(
            |state: &WindowState| &state.excludes,
            |state| &mut state.excludes,
        )),
    ),
];

const FORM: [FormGroup; 2] = [
    FormGroup {
        title: "",
        properties: &["name", "description", "timezone", "enabled"],
    },
    FormGroup {
        title: "Validity",
        properties: &["valid_from", "valid_until", "calendars"],
    },
];

const _: () = assert!(is_whole(&FORM, &PROPERTIES), "the form has a field for each property");

impl ObjectState for WindowState {
    const MODEL: Model = WINDOW;
    const NAME: &'static str = "window";
    const PROPERTIES: &'static [Property<Self>] = &PROPERTIES;
    const FORM: &'static [FormGroup] = &FORM;
    const COLUMNS: &'static [FileColumn] = &file_columns(&PROPERTIES);

    fn title(&self) -> String {
        self.name.clone()
    }

    /// Returns a window in UTC, which is never kept: forms and files have to give a zone.
    fn blank() -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            timezone: Zone::utc(),
            valid_from: None,
            valid_until: None,
            enabled: true,
            calendars: Vec::new(),
            rules: Vec::new(),
            excludes: Vec::new(),
        }
    }
}
