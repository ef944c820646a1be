//! Pages to read: what hours a component or a window has, what a calendar excludes, and what an indicator measures. Nothing is edited here; users with the permission
//! to change an object are led to its form.

mod calendar;
mod component;
mod hours_now;
mod indicator;
mod parts;
mod window;
mod year;
mod zones;

use std::sync::Arc;

use crate::admin::added_page::ObjectPage;
use crate::admin::context::Context;
use crate::admin::reply::Reply;
use crate::admin::site::SiteEntry;
use crate::admin::views::ViewError;
use crate::apps::sla::read_model::newest::ReadModels;
use crate::apps::sla::{CALENDAR, COMPONENT, INDICATOR, READ, WINDOW};
use crate::auth::Model;
use crate::metrics::format::render::Layout;

/// The page of a model's objects.
pub struct ReadingPage {
    model: Model,
    read_models: Arc<ReadModels>,
    layout: Layout,
}

impl ReadingPage {
    /// Returns the pages of components, windows, calendars and indicators, which count users by the read model and show metrics in this layout.
    #[must_use]
    pub fn all(read_models: &Arc<ReadModels>, layout: Layout) -> Vec<Box<dyn ObjectPage>> {
        let page = |model| {
            let read_models = Arc::clone(read_models);
            Box::new(Self {
                model,
                read_models,
                layout,
            }) as Box<dyn ObjectPage>
        };
        [COMPONENT, WINDOW, CALENDAR, INDICATOR].map(page).into()
    }
}

impl ObjectPage for ReadingPage {
    fn model(&self) -> Model {
        self.model
    }

    fn name(&self) -> &'static str {
        READ
    }

    fn view(&self, context: &mut Context<'_>, entry: &SiteEntry, id: i64) -> Result<Option<Reply>, ViewError> {
        let read_models = &self.read_models;
        if self.model == COMPONENT {
            component::page(context, entry, id, read_models, self.layout)
        } else if self.model == WINDOW {
            window::page(context, entry, id, read_models)
        } else if self.model == INDICATOR {
            indicator::page(context, entry, id)
        } else {
            calendar::page(context, entry, id, read_models)
        }
    }
}
