//! The properties of labels.

use super::state::LabelState;
use crate::admin::transfer::FileColumn;
use crate::apps::sla::LABEL;
use crate::apps::sla::properties::form::label_title;
use crate::apps::sla::properties::text::check_storable;
use crate::apps::sla::properties::{
    FormGroup, Lens, NameRule, ObjectState, Property, PropertyKind, file_columns, is_whole,
};
use crate::auth::Model;
use crate::metrics::format::names::{check_label_name, check_label_value};

/// The properties, in the order of files.
pub const PROPERTIES: [Property<LabelState>; 3] = [
    Property::new(
        "name",
        "Name",
        PropertyKind::Name(
            Lens::new(|state: &LabelState| &state.name, |state| &mut state.name),
            NameRule {
                in_file: check_name,
                when_new: check_name,
            },
        ),
    )
    .help("Letters, digits and _, not beginning with a digit or __; as in Prometheus.")
    .searched(),
    Property::new(
        "value",
        "Value",
        PropertyKind::Name(
            Lens::new(|state: &LabelState| &state.value, |state| &mut state.value),
            NameRule {
                in_file: check_value_given,
                when_new: |value| check_label_value(value).map_err(|error| error.to_string()),
            },
        ),
    )
    .searched(),
    Property::new(
        "description",
        "Description",
        PropertyKind::Text(Lens::new(
            |state: &LabelState| &state.description,
            |state| &mut state.description,
        )),
    )
    .bulk(),
];

const FORM: [FormGroup; 1] = [FormGroup {
    title: "",
    properties: &["name", "value", "description"],
}];

const _: () = assert!(is_whole(&FORM, &PROPERTIES), "the form has a field for each property");

impl ObjectState for LabelState {
    const MODEL: Model = LABEL;
    const NAME: &'static str = "label";
    const PROPERTIES: &'static [Property<Self>] = &PROPERTIES;
    const FORM: &'static [FormGroup] = &FORM;
    const COLUMNS: &'static [FileColumn] = &file_columns(&PROPERTIES);

    fn title(&self) -> String {
        label_title(&self.name, &self.value)
    }

    fn blank() -> Self {
        Self {
            name: String::new(),
            value: String::new(),
            description: String::new(),
        }
    }
}

fn check_name(name: &str) -> Result<(), String> {
    check_label_name(name).map_err(|error| error.to_string())
}

/// Checks that a file gives a label a value.
///
/// # Errors
/// A message for people.
pub fn check_value_given(value: &str) -> Result<(), String> {
    match value {
        "" => Err("Enter a label value: it must not be empty.".to_owned()),
        _ => check_storable(value),
    }
}
