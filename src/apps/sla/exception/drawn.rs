//! The page of an exception.

use askama::Template;

use super::offered::ExceptionOffer;
use super::stored::ExceptedObject;
use crate::admin::address::{Address, ModelPage};
use crate::admin::context::{Context, PageFrame};
use crate::admin::input::Errors;
use crate::admin::pages::form::ShownPreview;
use crate::admin::query::Query;
use crate::admin::reply::Reply;
use crate::admin::site::SiteEntry;
use crate::admin::views::ViewError;
use crate::apps::sla::READ;
use crate::text::capitalised;

/// What a page of an exception shows beside the object.
pub(super) struct ExceptionState {
    status: u16,
    values: [String; 5],
    errors: Errors,
    shown: Option<ShownPreview>,
}

/// The fields, in the order of [`ExceptionState::values`].
const FIELDS: [&str; 5] = ["service", "date", "start", "end", "note"];
/// What they are called.
const LABELS: [&str; 5] = ["Service", "Date", "From", "To", "Note"];

impl ExceptionState {
    /// Returns the state with the values of a query.
    pub(super) fn new(values: &Query) -> Self {
        Self {
            status: 200,
            values: FIELDS.map(|name| values.get(name).unwrap_or_default().to_owned()),
            errors: Errors::new(),
            shown: None,
        }
    }

    pub(super) fn refused(mut self, status: u16, errors: Errors) -> Self {
        (self.status, self.errors) = (status, errors);
        self
    }

    pub(super) fn previewed(mut self, shown: ShownPreview) -> Self {
        self.shown = Some(shown);
        self
    }
}

/// The page.
#[derive(Template)]
#[template(path = "sla/except.html", whitespace = "minimize")]
struct ExceptionDrawing {
    frame: PageFrame,
    name: String,
    version: i64,
    zone: &'static str,
    /// Whether it is of a component alone.
    is_alone: bool,
    offers: Vec<ExceptionOffer>,
    /// The value of the offer that is chosen.
    chosen: &'static str,
    values: [String; 5],
    errors: Errors,
    preview: Option<ShownPreview>,
    back: String,
}

impl ExceptionDrawing {
    /// Returns what is wrong with a field; without a name what is wrong with none of them.
    fn errors(&self, name: &str) -> &[String] {
        self.errors.get(name).map_or(&[], Vec::as_slice)
    }

    /// Returns what is wrong with fields: where each is on the page, what it is called, and the reason.
    fn summary(&self) -> Vec<(String, &'static str, String)> {
        let mut summary = Vec::new();
        for (name, label) in FIELDS.into_iter().zip(LABELS) {
            let element = match name {
                "service" => format!("id_service_{}", self.chosen),
                _ => format!("id_{name}"),
            };
            let reasons = self.errors(name).iter();
            summary.extend(reasons.map(|reason| (element.clone(), label, capitalised(reason))));
        }
        summary
    }
}

/// Renders the page.
pub(super) fn page(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    object: &ExceptedObject,
    offers: Vec<ExceptionOffer>,
    state: ExceptionState,
) -> Result<Reply, ViewError> {
    let ExceptionState {
        status,
        values,
        errors,
        shown,
    } = state;
    let is_alone = matches!(object, ExceptedObject::Component(..));
    let back: String = entry.address(ModelPage::Added(object.id().into(), READ)).into();
    let way = vec![
        ("Home".to_owned(), Some(Address::Index.into())),
        (capitalised(entry.spec.plural), Some(entry.url())),
        (object.name().to_owned(), Some(back.clone())),
        ("Except on…".to_owned(), None),
    ];
    let chosen = offers.iter().find(|offer| offer.value == values[0]).or(offers.first());
    let chosen = chosen.map_or("", |offer| offer.value);
    let prefix = if status == 200 {
        ""
    } else {
        crate::admin::context::ERROR_PREFIX
    };
    let title = format!("{prefix}Except on…");
    let class = format!("app-{} model-{} except", entry.spec.model.app, entry.spec.model.name);
    let drawing = ExceptionDrawing {
        frame: context.frame(&title, way, &class),
        name: object.name().to_owned(),
        version: object.version(),
        zone: object.zone().name(),
        is_alone,
        offers,
        chosen,
        values,
        errors,
        preview: shown,
        back,
    };
    Ok(Reply::Html {
        status,
        body: drawing.render()?,
    })
}
