//! The names that addresses hold beside the engine's own: those of models, and of the pages that apps and models add.

use super::address::{Address, ModelPage, ObjectKey};
use crate::auth::Model;

/// The names that addresses hold beside the engine's own.
#[derive(Clone, Debug, Default)]
pub struct AddressNames {
    /// The models.
    pub models: Vec<Model>,
    /// Pages that apps add: the app and the name of the page.
    pub app_pages: Vec<(&'static str, &'static str)>,
    /// Pages that models add to each object: the model and the name of the page.
    pub object_pages: Vec<(Model, &'static str)>,
}

impl AddressNames {
    /// Returns a model by its names.
    pub(super) fn model(&self, app: &str, name: &str) -> Option<Model> {
        let mut models = self.models.iter();
        models.find(|model| model.app == app && model.name == name).copied()
    }

    /// Returns the address of a page that an app adds.
    pub(super) fn app_page(&self, app: &str, name: &str) -> Option<Address> {
        let mut pages = self.app_pages.iter();
        let (app, name) = pages.find(|page| **page == (app, name))?;
        Some(Address::AppPage(app, name))
    }

    /// Returns the page of a model at the segments behind its name.
    pub(super) fn model_page(&self, model: Model, segments: &[&str]) -> Option<ModelPage> {
        if let Some(page) = ModelPage::parse(segments) {
            return Some(page);
        }
        let [id, name] = *segments else { return None };
        let (_, name) = self.object_pages.iter().find(|page| **page == (model, name))?;
        Some(ModelPage::Added(ObjectKey::written(id), name))
    }
}
