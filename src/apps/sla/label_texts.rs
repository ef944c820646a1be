//! Texts of objects that name labels, as selectors do: they are for users with the permission to view labels. Expressions of indicators are
//! not among them: a placeholder has the name of a label, and neither a value nor who has it.

use serde_json::Value;

use super::LABEL;
use super::component_selector::ComponentSelector;
use super::properties::{ObjectState, PropertyKind};
use crate::admin::input::FormInput;
use crate::admin::model::{About, NOT_SHOWN, StoredState};
use crate::auth::{Action, Permission};

/// Returns that an object with this selector speaks of labels in these fields, if it does.
#[must_use]
pub fn about_labels(selector: &str, fields: &'static [&'static str]) -> Option<About> {
    names_labels(selector).then(|| About {
        models: vec![LABEL],
        fields,
    })
}

/// Returns the texts of these properties of a state; that of one that it lacks is empty. Nothing where one of them is no text or the state cannot be
/// read: what it names is unknown.
#[must_use]
pub fn stored_texts<'a, const N: usize>(state: Option<&'a StoredState>, names: [&str; N]) -> Option<[&'a str; N]> {
    let state = state?;
    let mut texts = [""; N];
    for (text, name) in texts.iter_mut().zip(names) {
        *text = match state.get(name) {
            None | Some(Value::Null) => "",
            Some(value) => value.as_str()?,
        };
    }
    Some(texts)
}

/// Returns whether a selector names labels. One that cannot be read may.
fn names_labels(selector: &str) -> bool {
    !selector.trim().is_empty() && !matches!(selector.parse::<ComponentSelector>(), Ok(ComponentSelector::All))
}

/// Returns whether an object speaks of what may not be viewed.
#[must_use]
pub fn is_hidden(about: Option<&About>, may: impl Fn(Permission) -> bool) -> bool {
    let mut models = about.into_iter().flat_map(|about| &about.models);
    models.any(|model| !may(model.permission(Action::View)))
}

/// Takes the words that stand for what who saves may not view out of a form; returns the fields that had them.
pub fn take_out(
    about: Option<&About>,
    input: &mut FormInput<'_>,
    may: impl Fn(Permission) -> bool,
) -> Vec<&'static str> {
    let fields = about.filter(|about| is_hidden(Some(*about), may));
    let fields = fields.map_or(&[][..], |about| about.fields).iter().copied();
    fields
        .filter(|field| input.retain(field, |value| value.trim() != NOT_SHOWN))
        .collect()
}

/// Gives fields the texts back that are stored.
pub fn put_back<S: ObjectState>(fields: &[&str], stored: &S, after: &mut S) {
    for property in S::PROPERTIES {
        if let PropertyKind::Checked(lens, _) | PropertyKind::Text(lens) = &property.kind
            && fields.contains(&property.name)
        {
            lens.set(after, lens.of(stored).clone());
        }
    }
}
