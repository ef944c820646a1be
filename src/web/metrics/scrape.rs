//! One scrape: what it asks for, and its answer.

use std::time::{Duration, Instant};

use actix_web::http::Method;
use actix_web::http::header::{ACCEPT, ACCEPT_ENCODING};
use actix_web::{HttpRequest, web};
use prometheus::proto::{Gauge, MetricFamily};

use super::body::{AnswerForm, EncodedAnswer};
use crate::metrics::answer::exposition::{ComponentPage, Exposition, OwnFamilies};
use crate::metrics::answer::negotiation::{self, Coding, Negotiated};
use crate::metrics::answer::selected::SelectedPage;
use crate::metrics::answer::selection::Selection;
use crate::metrics::cache::page::PageKey;
use crate::metrics::collector::gather_without_components;
use crate::metrics::format::render::Layout;
use crate::metrics::own::instruments::{UP, of_shard};
use crate::metrics::state::refresher::RefreshOutcome;
use crate::web::request::headers::joined;
use crate::web::state::AppState;

/// What a scrape asks for.
pub(super) struct ScrapeRequest {
    layout: Layout,
    selection: Selection,
    negotiated: Negotiated,
    coding: Coding,
    is_head: bool,
}

impl ScrapeRequest {
    /// Reads the query and the headers; `layout` is the one if the query names none.
    ///
    /// # Errors
    /// What in the query makes no sense.
    pub(super) fn read(request: &HttpRequest, layout: Layout) -> Result<Self, String> {
        let query = web::Query::<Vec<(String, String)>>::from_query(request.query_string());
        let query = query.map_err(|error| format!("The query cannot be read: {error}"))?;
        let (selection, asked_layout) = Selection::from_query(query.into_inner()).map_err(|error| error.to_string())?;
        Ok(Self {
            layout: asked_layout.unwrap_or(layout),
            selection,
            negotiated: negotiation::format(joined(request.headers(), &ACCEPT).as_deref()),
            coding: negotiation::coding(joined(request.headers(), &ACCEPT_ENCODING).as_deref()),
            is_head: request.method() == Method::HEAD,
        })
    }

    /// Returns the form in which it is answered.
    pub(super) fn form(&self) -> AnswerForm {
        AnswerForm {
            negotiated: self.negotiated,
            coding: self.coding,
            is_head: self.is_head,
        }
    }
}

/// A scrape whose answer lacks the components and the metrics about the data.
pub(super) struct Scrape {
    asked: ScrapeRequest,
    own: OwnFamilies,
    /// How long it took so far, without waiting.
    taken: Duration,
}

impl Scrape {
    /// Begins the answer with the metrics about the program.
    pub(super) fn begin(asked: ScrapeRequest, gather: impl FnOnce() -> Vec<MetricFamily>) -> Self {
        let started = Instant::now();
        let mut own = OwnFamilies::new(asked.negotiated.format.dialect());
        if asked.selection.takes_own_families() {
            own.add(gather(), &asked.selection);
        }
        Self {
            asked,
            own,
            taken: started.elapsed(),
        }
    }

    /// Makes the answer. That may take long if something changed: it is work for a thread that serves no connections.
    pub(super) fn finish(mut self, shared: &AppState, outcome: RefreshOutcome) -> EncodedAnswer {
        let started = Instant::now();
        let components = self.components(shared, outcome);
        let selection = &self.asked.selection;
        if selection.takes_own_families() {
            let mut families = gather_without_components(&shared.registry);
            show_whether_fresh(&mut families, outcome);
            families.extend(selection.shard.into_iter().flat_map(of_shard));
            families.sort_by(|a, b| a.name().cmp(b.name()));
            self.own.add(families, selection);
        }
        let exposition = Exposition::new(self.own, components);
        let encoded = match self.asked.coding {
            Coding::Gzip => EncodedAnswer::Gzip(exposition.gzip()),
            Coding::Identity => {
                let length = exposition.length();
                EncodedAnswer::Identity(exposition, length)
            }
        };
        let phase = &shared.collector.instruments().duration;
        let taken = self.taken + started.elapsed();
        phase.with_label_values(&["render"]).set(taken.as_secs_f64());
        encoded
    }

    /// Returns the components as they are now, as far as they are asked for; nothing if those in memory are too old.
    fn components(&self, shared: &AppState, outcome: RefreshOutcome) -> ComponentPage {
        if outcome != RefreshOutcome::Fresh && is_too_old(shared) {
            return ComponentPage::None;
        }
        let (layout, selection) = (self.asked.layout, &self.asked.selection);
        let page = if selection.is_whole_shard() {
            let page = shared.collector.cache().page(PageKey::new(layout, selection.shard));
            page.map(ComponentPage::Cached)
        } else {
            let state = shared.collector.current().state_now();
            state.map(|state| ComponentPage::Selected(SelectedPage::new(state, layout, selection)))
        };
        page.unwrap_or(ComponentPage::None)
    }
}

/// Sets whether this very scrape shows the newest data: the gauge is shared, and another scrape may have set it meanwhile.
fn show_whether_fresh(families: &mut [MetricFamily], outcome: RefreshOutcome) {
    for family in families.iter_mut().filter(|family| family.name() == UP) {
        for metric in family.mut_metric() {
            let mut gauge = Gauge::default();
            gauge.set_value(if outcome == RefreshOutcome::Fresh { 1.0 } else { 0.0 });
            metric.set_gauge(gauge);
        }
    }
}

/// Returns whether the components were last known to be right longer ago than they may be.
fn is_too_old(shared: &AppState) -> bool {
    let Some(max_stale) = shared.scraping.max_stale else {
        return false;
    };
    #[expect(clippy::cast_precision_loss, reason = "instants stay far below 2^53")]
    let now = shared.clock.now_seconds() as f64;
    now - shared.collector.instruments().last_success.get() > max_stale.as_secs_f64()
}
