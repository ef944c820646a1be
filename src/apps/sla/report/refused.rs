//! The page for selectors that cannot be read: what was typed, each beside what is wrong with it.

use askama::Template;

use super::asked::{self, NAME};
use super::drawn::{kept, way};
use crate::admin::address::Address;
use crate::admin::context::{Context, PageFrame};
use crate::admin::query::Query;
use crate::admin::reply::Reply;
use crate::admin::views::ViewResult;
use crate::apps::sla::COMPONENT;

/// The page.
#[derive(Template)]
#[template(path = "sla/report_refused.html", whitespace = "minimize")]
struct RefusedSelectors {
    frame: PageFrame,
    /// What else the address asks for.
    kept: Vec<(String, String)>,
    selectors: Vec<TypedSelector>,
}

/// A selector as it was typed.
struct TypedSelector {
    text: String,
    /// What is wrong with it; empty if nothing is.
    error: String,
}

/// Returns whether the page is asked for, and a selector cannot be read.
pub(super) fn is_needed(query: &Query) -> bool {
    let format = query.get("format").unwrap_or_default().trim();
    matches!(format, "" | "html") && typed(query).iter().any(|selector| !selector.error.is_empty())
}

/// Returns the page.
pub(super) fn page(context: &mut Context<'_>) -> ViewResult {
    let page = RefusedSelectors {
        kept: kept(&context.query, &["match", "p"]),
        selectors: typed(&context.query),
        frame: context.frame("Report", way(), "app-sla report"),
    };
    Ok(Reply::Html {
        status: 400,
        body: page.render()?,
    })
}

/// Returns the selectors of an address.
fn typed(query: &Query) -> Vec<TypedSelector> {
    let texts = query.all("match").into_iter().map(str::trim);
    let selector = |text: &str| TypedSelector {
        text: text.to_owned(),
        error: asked::selector(text)
            .err()
            .map_or_else(String::new, |refused| refused.reason),
    };
    texts.filter(|text| !text.is_empty()).map(selector).collect()
}

impl RefusedSelectors {
    /// Returns the address of the report.
    fn url(&self) -> String {
        self.frame.url(Address::AppPage(COMPONENT.app, NAME))
    }
}
