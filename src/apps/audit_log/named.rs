//! Whose names an entry of the audit log has.

use serde_json::Value;

use crate::admin::history;
use crate::admin::model::StoredState;
use crate::apps::MODELS;
use crate::apps::accounts::{GROUP, USER};
use crate::apps::sla::declarative::kinds::link_properties;
use crate::apps::sla::{COMPONENT, CORRECTION, INDICATOR, LABEL, correction, indicator};
use crate::audit::store::LogEntry;
use crate::auth::Model;

/// Returns the model of a kind of object, if there still is one.
pub(super) fn model_of(content_type: &str) -> Option<Model> {
    MODELS.into_iter().find(|model| model.to_string() == content_type)
}

fn vec_of(content_type: &str) -> Vec<Model> {
    model_of(content_type).into_iter().collect()
}

/// Returns the models of whose objects an entry speaks: that of its own, and those that its states, before and after, name by properties. A state
/// that cannot be read, for which nothing stands, may name objects by each of them.
pub(super) fn models_of(content_type: &str, states: &[Option<StoredState>; 2]) -> Vec<Model> {
    let own = model_of(content_type);
    let mut models = vec_of(content_type);
    let links = link_properties().into_iter();
    let links = links.map(|link| (link.owner, link.name, link.target));
    let links = links.chain([(USER, "groups", GROUP)]);
    for (_, property, model) in links.filter(|(owner, ..)| own.is_none_or(|own| own == *owner)) {
        let names_any = |state: &StoredState| match state.get(property) {
            Some(Value::Array(items)) => !items.is_empty(),
            Some(Value::Object(items)) => !items.is_empty(),
            Some(Value::String(name)) => !name.is_empty(),
            _ => false,
        };
        if states.iter().any(|state| state.as_ref().is_none_or(names_any)) {
            models.push(model);
        }
    }
    let about = states.iter().filter_map(|state| match own {
        Some(CORRECTION) => correction::about::of_state(state.as_ref()),
        Some(INDICATOR) => indicator::about::of_state(state.as_ref()),
        _ => None,
    });
    models.extend(about.flat_map(|about| about.models));
    models
}

/// Returns the models of whose objects the title of an entry's object speaks: that of its own, and those that it is called after.
pub(super) fn title_models(content_type: &str, states: &[Option<StoredState>; 2]) -> Vec<Model> {
    match model_of(content_type) == Some(CORRECTION) {
        true => models_of(content_type, states),
        false => vec_of(content_type),
    }
}

/// Returns the model whose objects are called after others, if some of their titles are not shown to users without the permission to view those in
/// `hidden`, and the others are.
pub(super) fn partly_shown(hidden: &[Model]) -> Option<Model> {
    let names_hidden = hidden.contains(&COMPONENT) || hidden.contains(&LABEL);
    (names_hidden && !hidden.contains(&CORRECTION)).then_some(CORRECTION)
}

/// Returns whether the title of an entry's object is shown to users without the permission to view the models in `hidden`.
pub(super) fn is_title_shown(entry: &LogEntry, hidden: &[Model]) -> bool {
    let models = title_models(&entry.content_type, &history::before_and_after(entry));
    !models.iter().any(|model| hidden.contains(model))
}
