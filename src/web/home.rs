//! The start page: what this is, how many components there are, where to look.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::shared::Shared;
use super::{access, assets, error};
use crate::metrics::snapshot::Counts;

/// How long the page waits for the database before it shows what was last known.
const REFRESH_LIMIT: Duration = Duration::from_secs(2);

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage<'a> {
    stylesheet: &'a str,
    version: &'a str,
    icon: &'a str,
    visible: bool,
    loaded: bool,
    counts: Counts,
    in_window: usize,
    next_transition: Option<String>,
}

/// The start page. Who may not read the metrics sees no numbers here either.
pub async fn home(request: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    let visible = access::refusal(&shared.scraping.access, request.headers(), request.peer_addr()).is_none();
    if visible {
        // The page and the scrape never disagree: both ask for what is committed now.
        shared.collector.refresher().refresh(REFRESH_LIMIT).await;
    }
    let state = shared.collector.state();
    let components = state
        .as_ref()
        .map(|state| state.snapshot().components.as_slice())
        .unwrap_or_default();
    let in_window = state.as_ref().map_or(0, |state| {
        components
            .iter()
            .filter(|component| state.values(component).in_window)
            .count()
    });
    let next_transition = state.as_ref().and_then(|state| state.next_transition());
    let page = HomePage {
        stylesheet: assets::stylesheet(),
        version: env!("CARGO_PKG_VERSION"),
        icon: assets::icon(),
        visible,
        loaded: state.is_some(),
        counts: state.as_ref().map(|state| state.snapshot().counts).unwrap_or_default(),
        in_window,
        next_transition: next_transition
            .and_then(|at| chrono::DateTime::from_timestamp(at, 0))
            .map(|at| at.format("%Y-%m-%d %H:%M:%S UTC").to_string()),
    };
    match page.render() {
        Ok(html) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
            .body(html),
        Err(error) => {
            tracing::error!(%error, "the start page could not be rendered");
            error::text(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The page could not be rendered; the log says why.",
            )
        }
    }
}
