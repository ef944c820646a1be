//! Whose names an entry of the audit log has.

use serde_json::Value;

use crate::admin::history;
use crate::admin::model::{AboutState, ModelAdmin, StateWords, StoredState};
use crate::apps::MODELS;
use crate::audit::store::LogEntry;
use crate::auth::Model;

/// Returns the model of a kind of object, if there still is one.
pub(super) fn model_of(content_type: &str) -> Option<Model> {
    MODELS.into_iter().find(|model| model.to_string() == content_type)
}

/// A model whose objects the log speaks of.
struct LoggedModel {
    model: Model,
    /// What it calls the properties of its states, and how it says what changed in them.
    words: StateWords,
    /// The properties by which its objects name others, and the models of these.
    links: Vec<(&'static str, Model)>,
    /// How it says of which others its objects speak beside these.
    about: AboutState,
    /// Whether those that speak of others are called after them.
    is_called_after_others: bool,
}

impl LoggedModel {
    fn of(admin: &dyn ModelAdmin) -> Self {
        let spec = admin.spec();
        let fields = spec.fieldsets.iter().flat_map(|set| &set.fields);
        let links = fields.filter_map(|field| Some((field.name, field.widget.related()?)));
        Self {
            model: spec.model,
            words: StateWords::new(&spec, (admin.change_words(), admin.outcome_words())),
            links: links.collect(),
            about: admin.about(),
            is_called_after_others: admin.is_called_after_others(),
        }
    }

    /// Adds the models of whose objects a state speaks by its texts.
    fn add_about(&self, state: Option<&StoredState>, models: &mut Vec<Model>) {
        models.extend((self.about)(state).into_iter().flat_map(|about| about.models));
    }

    /// Adds the models of whose objects a state may speak at all.
    fn add_named(&self, state: Option<&StoredState>, models: &mut Vec<Model>) {
        let links = self.links.iter().filter(|(property, _)| names_any(state, property));
        models.extend(links.map(|(_, model)| *model));
        self.add_about(state, models);
    }
}

/// Returns whether a property of a state names objects, or may: nothing stands for a state that cannot be read.
fn names_any(state: Option<&StoredState>, property: &str) -> bool {
    let Some(state) = state else { return true };
    match state.get(property) {
        None | Some(Value::Null) => false,
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Object(items)) => !items.is_empty(),
        Some(Value::String(name)) => !name.is_empty(),
        // What it says is unknown.
        Some(Value::Bool(_) | Value::Number(_)) => true,
    }
}

/// The models whose objects the log speaks of.
pub(super) struct LoggedModels(Vec<LoggedModel>);

impl LoggedModels {
    pub(super) fn of(admins: &[Box<dyn ModelAdmin>]) -> Self {
        Self(admins.iter().map(|admin| LoggedModel::of(&**admin)).collect())
    }

    fn get(&self, model: Model) -> Option<&LoggedModel> {
        self.0.iter().find(|logged| logged.model == model)
    }

    /// Returns the words for changes of a kind of object.
    pub(super) fn words(&self, content_type: &str) -> StateWords {
        let logged = model_of(content_type).and_then(|model| self.get(model));
        logged.map(|logged| logged.words.clone()).unwrap_or_default()
    }

    /// Returns the models of whose objects an entry speaks: that of its own, and those that its states, before and after, name. A state that cannot
    /// be read, for which nothing stands, may name all that objects of its kind can name. Of a kind that there is not any more, each way to name
    /// others is looked for.
    pub(super) fn of_entry(&self, content_type: &str, states: &[Option<StoredState>; 2]) -> Vec<Model> {
        let own = model_of(content_type);
        let mut models: Vec<Model> = own.into_iter().collect();
        for logged in self.0.iter().filter(|logged| own.is_none_or(|own| own == logged.model)) {
            for state in states {
                logged.add_named(state.as_ref(), &mut models);
            }
        }
        models
    }

    /// Returns the models of whose objects the title of an entry's object speaks: that of its own, and those that it is called after.
    pub(super) fn of_title(&self, content_type: &str, states: &[Option<StoredState>; 2]) -> Vec<Model> {
        let own = model_of(content_type);
        let mut models: Vec<Model> = own.into_iter().collect();
        let logged = own.and_then(|own| self.get(own));
        if let Some(logged) = logged.filter(|logged| logged.is_called_after_others) {
            for state in states {
                logged.add_about(state.as_ref(), &mut models);
            }
        }
        models
    }

    /// Returns the models whose objects are called after others, if some of their titles are not shown to users without the permission to view
    /// those in `hidden`, and the others are.
    pub(super) fn partly_shown(&self, hidden: &[Model]) -> Vec<Model> {
        let may_be_hidden = |logged: &&LoggedModel| {
            // Of a state that cannot be read, it says all of which objects may speak.
            let about = (logged.about)(None).filter(|_| logged.is_called_after_others);
            !hidden.contains(&logged.model) && about.is_some_and(|about| about.is_of_any(hidden))
        };
        self.0.iter().filter(may_be_hidden).map(|logged| logged.model).collect()
    }

    /// Returns whether the title of an entry's object is shown to users without the permission to view the models in `hidden`.
    pub(super) fn is_title_shown(&self, entry: &LogEntry, hidden: &[Model]) -> bool {
        let models = self.of_title(&entry.content_type, &history::before_and_after(entry));
        !models.iter().any(|model| hidden.contains(model))
    }
}
