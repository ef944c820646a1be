//! Labels in files.

use crate::apps::sla::declarative::document::draft::{Place, Written, area, label_value, place};
use crate::apps::sla::declarative::document::node::{At, ReadError};
use crate::metrics::format::names::check_label_name;

/// The keys of a label.
pub const LABEL_KEYS: [&str; 3] = ["name", "value", "description"];

/// A label of the `labels` list.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the keys of the file form")]
pub struct LabelDraft {
    pub place: Place,
    pub name: String,
    pub value: Written,
    pub description: Option<String>,
}

/// Returns what a file says about a label.
///
/// # Errors
/// The first thing that is refused.
pub fn label(at: &At<'_>) -> Result<LabelDraft, ReadError> {
    at.expect_keys(&LABEL_KEYS)?;
    Ok(LabelDraft {
        place: place(at),
        name: at
            .required("name")?
            .parsed(|name| check_label_name(name).map(|()| name.to_owned()))?,
        value: label_value(&at.required("value")?)?,
        description: area(at, "description")?,
    })
}
