//! GET and HEAD /metrics: who may, what is wanted, is it fresh, and the answer in the form that the client takes.

pub mod access;
pub mod guesses;

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, MessageBody, SizedStream};
use actix_web::http::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName,
    HeaderValue, RETRY_AFTER, VARY,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use futures_util::stream;
use prometheus::proto::{Gauge, MetricFamily};
use tokio::sync::OwnedSemaphorePermit;

use crate::auth::throttle::Verdict;
use crate::config::OnError;
use crate::metrics::answer::exposition::{Components, Exposition, Member, OwnFamilies};
use crate::metrics::answer::negotiation::{self, Coding, Negotiated};
use crate::metrics::answer::selected::Page;
use crate::metrics::answer::selection::Selection;
use crate::metrics::cache::page::FeedKey;
use crate::metrics::collector::gather_without_components;
use crate::metrics::format::render::Layout;
use crate::metrics::own::instruments::{UP, of_shard};
use crate::metrics::state::refresher::Outcome;
use crate::web::connection::send_queue::SendQueue;
use crate::web::error;
use crate::web::request::InFlightGauge;
use crate::web::request::record::{RequestRecord, block};
use crate::web::request::security_log::{EventDetails, SecurityEvent};
use crate::web::state::AppState;

/// What Prometheus says about its patience (`scrape_timeout`), in seconds.
const SCRAPE_TIMEOUT: &str = "x-prometheus-scrape-timeout-seconds";

/// How much of a scraper's patience is left for rendering and sending.
const SCRAPE_TIMEOUT_OFFSET: Duration = Duration::from_millis(500);

/// The shortest wait for the database, however impatient the scraper is.
const REFRESH_LIMIT_MIN: Duration = Duration::from_millis(50);

/// What a scrape asks for.
struct Wanted {
    layout: Layout,
    selection: Selection,
    negotiated: Negotiated,
    coding: Coding,
    head: bool,
}

/// An answer that lacks the components and what is told of the data.
struct Answer {
    wanted: Wanted,
    outcome: Outcome,
    /// Those of the program.
    own: OwnFamilies,
    /// How long they took.
    taken: Duration,
}

/// An answer that is ready to be sent.
enum Body {
    /// Compressed.
    Gzip(Member),
    /// To be rendered while it is sent; its length is known.
    Identity(Exposition, u64),
}

impl Body {
    fn length(&self) -> u64 {
        match self {
            Self::Gzip(member) => member.length(),
            Self::Identity(_, length) => *length,
        }
    }
}

/// An answer until its client has all of it or is gone: so long the scrape counts as in flight.
struct Sending {
    body: Body,
    _held: Held,
}

impl Sending {
    /// Part number `index`; nothing after the last.
    fn chunk(&self, index: usize) -> Option<Bytes> {
        match &self.body {
            Body::Gzip(member) => member.chunk(index),
            Body::Identity(exposition, _) => exposition.chunk(index),
        }
    }
}

/// Returns the refusal of an address from which too many wrong credentials came.
fn too_many_guesses(request: &HttpRequest, shared: &AppState, is_right: bool) -> Option<HttpResponse> {
    let scraping = &shared.scraping;
    if !scraping.access.is_protected() || !request.headers().contains_key(AUTHORIZATION) {
        return None;
    }
    let address = RequestRecord::of(request).client.address;
    let Verdict::Wait(seconds) = scraping.guesses.judge(address, is_right, shared.clock.now()) else {
        return None;
    };
    let message = "Too many wrong credentials came from this address.";
    let mut response = error::text(StatusCode::TOO_MANY_REQUESTS, message);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    Some(response)
}

/// Answers a scrape.
pub async fn metrics(request: HttpRequest, shared: web::Data<AppState>) -> HttpResponse {
    let scraping = &shared.scraping;
    let record = RequestRecord::of(&request);
    let refusal = access::refusal(&request, &shared);
    let refused = |reason| {
        let details = EventDetails {
            reason: Some(reason),
            ..EventDetails::default()
        };
        record.event(SecurityEvent::MetricsRefused, details);
    };
    if let Some(too_many) = too_many_guesses(&request, &shared, refusal.is_none()) {
        refused("too many unknown credentials before");
        return too_many;
    }
    if let Some(refusal) = refusal {
        refused(access::reason(&refusal, request.headers()));
        return refusal;
    }
    let Ok(permit) = Arc::clone(&scraping.permits).try_acquire_owned() else {
        return unavailable("Too many scrapes are being answered; --metrics-max-in-flight allows more.");
    };
    let wanted = match Wanted::read(&request, scraping.layout) {
        Ok(wanted) => wanted,
        Err(message) => return error::text(StatusCode::BAD_REQUEST, &message),
    };
    let held = Held {
        _permit: permit,
        _in_flight: InFlightGauge::enter(&shared.http_metrics.scrapes_in_flight),
    };
    let limit = scrape_limit(request.headers(), &shared);
    let refreshed = shared.collector.refresher().refresh(limit);
    // What the refresh does not change is done while it runs.
    let started = Instant::now();
    let mut own = OwnFamilies::new(wanted.negotiated.format.dialect());
    wanted.add(&mut own, || shared.program_registry.gather());
    let taken = started.elapsed();
    let outcome = record.waiting(refreshed).await;
    if outcome != Outcome::Fresh && scraping.on_error == OnError::Unavailable {
        return unavailable(
            "The database did not answer; --metrics-on-error stale shows the last good components instead.",
        );
    }
    let (negotiated, coding, head) = (wanted.negotiated, wanted.coding, wanted.head);
    let answer = Answer {
        wanted,
        outcome,
        own,
        taken,
    };
    let started = Instant::now();
    let body = match answer.components_at_hand(&shared) {
        // What is left to do takes less time than to have another thread do it.
        Some(components) => Ok(answer.body(&shared, components, started)),
        None => {
            let context = shared.clone();
            block(&record, move || {
                let started = Instant::now();
                let components = answer.components(&context);
                answer.body(&context, components, started)
            })
            .await
        }
    };
    match body {
        Ok(body) => respond(body, negotiated, coding, head, held, request.conn_data()),
        Err(_) => error::text(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The metrics could not be rendered; the log says why.",
        ),
    }
}

impl Wanted {
    fn read(request: &HttpRequest, layout: Layout) -> Result<Self, String> {
        let query = web::Query::<Vec<(String, String)>>::from_query(request.query_string());
        let query = query
            .map_err(|error| format!("The query cannot be read: {error}"))?
            .into_inner();
        let (selection, wanted_layout) = Selection::from_query(query).map_err(|error| error.to_string())?;
        Ok(Self {
            layout: wanted_layout.unwrap_or(layout),
            selection,
            negotiated: negotiation::format(joined(request.headers(), &ACCEPT).as_deref()),
            coding: negotiation::coding(joined(request.headers(), &ACCEPT_ENCODING).as_deref()),
            head: request.method() == Method::HEAD,
        })
    }

    /// Puts those families in that are wanted.
    fn add(&self, own: &mut OwnFamilies, gather: impl FnOnce() -> Vec<MetricFamily>) {
        if !self.selection.takes_own_families() {
            return;
        }
        own.add(gather(), &self.selection);
    }

    /// Returns the feed that has just these components, if it is one that is kept.
    fn feed_key(&self) -> Option<FeedKey> {
        let is_kept = self.selection.is_whole_shard();
        is_kept.then(|| FeedKey::new(self.layout, self.selection.shard))
    }
}

/// Returns all lines of a header as one (RFC 9110 section 5.3); nothing if it is absent.
fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let lines: Vec<&str> = headers.get_all(name).filter_map(|value| value.to_str().ok()).collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}

/// Returns how long this scrape may wait for the database.
fn scrape_limit(headers: &HeaderMap, shared: &AppState) -> Duration {
    let own = shared.scraping.refresh_timeout;
    let Some(header) = headers.get(SCRAPE_TIMEOUT) else {
        return own;
    };
    let seconds = header
        .to_str()
        .ok()
        .and_then(|text| text.trim().parse::<f64>().ok())
        .filter(|seconds| *seconds > 0.0 && *seconds < 86_400.0);
    match seconds {
        Some(seconds) => own.min(
            Duration::from_secs_f64(seconds)
                .saturating_sub(SCRAPE_TIMEOUT_OFFSET)
                .max(REFRESH_LIMIT_MIN),
        ),
        None => {
            shared.http_metrics.timeout_headers_invalid.inc();
            own
        }
    }
}

impl Answer {
    /// Returns what is wanted of the components as they are now; nothing of those that are too old. What is not made yet is made now, which
    /// may take long: it is work for a thread that serves no connections.
    fn components(&self, shared: &AppState) -> Components {
        if self.outcome != Outcome::Fresh && is_too_old(shared) {
            return Components::None;
        }
        let collected = shared.collector.shared();
        let components = match self.wanted.feed_key() {
            Some(key) => collected.feed_now(key).map(Components::Feed),
            None => collected
                .state_now()
                .map(|state| Components::Page(Page::new(state, self.wanted.layout, &self.wanted.selection))),
        };
        components.unwrap_or(Components::None)
    }

    /// Returns what [`Self::components`] returns, if nothing has to be made or waited for: so it is if nothing changed since the last
    /// scrape.
    fn components_at_hand(&self, shared: &AppState) -> Option<Components> {
        let key = self.wanted.feed_key().filter(|_| self.outcome == Outcome::Fresh)?;
        let feed = shared.collector.shared().feed_at_hand(key);
        feed.map(Components::Feed)
    }

    fn body(self, shared: &AppState, components: Components, started: Instant) -> Body {
        let wanted = &self.wanted;
        let mut own = self.own;
        wanted.add(&mut own, || {
            let mut families = gather_without_components(&shared.registry);
            say_whether_fresh(&mut families, self.outcome);
            families.extend(wanted.selection.shard.into_iter().flat_map(of_shard));
            families.sort_by(|a, b| a.name().cmp(b.name()));
            families
        });
        let exposition = Exposition::new(own, components);
        let body = match wanted.coding {
            Coding::Gzip => Body::Gzip(exposition.gzip()),
            Coding::Identity => {
                let length = exposition.length();
                Body::Identity(exposition, length)
            }
        };
        let phase = &shared.collector.instruments().duration;
        let taken = self.taken + started.elapsed();
        phase.with_label_values(&["render"]).set(taken.as_secs_f64());
        body
    }
}

/// Every scrape says of itself whether it shows the newest data: the gauge is shared, and another scrape may have set it meanwhile.
fn say_whether_fresh(families: &mut [MetricFamily], outcome: Outcome) {
    for family in families.iter_mut().filter(|family| family.name() == UP) {
        for metric in family.mut_metric() {
            let mut gauge = Gauge::default();
            gauge.set_value(if outcome == Outcome::Fresh { 1.0 } else { 0.0 });
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

fn respond(
    body: Body,
    negotiated: Negotiated,
    coding: Coding,
    head: bool,
    held: Held,
    queue: Option<&SendQueue>,
) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, negotiated.content_type()))
        .insert_header((VARY, "Accept, Accept-Encoding"))
        .insert_header((CACHE_CONTROL, "no-store"));
    if coding == Coding::Gzip {
        response.insert_header((CONTENT_ENCODING, "gzip"));
    }
    let length = body.length();
    if head {
        return response.no_chunking(length).body(NoBody);
    }
    let sending = Sending { body, _held: held };
    match queue {
        Some(queue) => {
            let chunks = (0..).map_while(move |index| sending.chunk(index));
            response.no_chunking(length).body(queue.body(chunks, length))
        }
        // No connection of ours: a test calls the application itself.
        None => {
            let chunks = (0..).map_while(move |index| sending.chunk(index).map(Ok::<_, Infallible>));
            response.body(SizedStream::new(length, stream::iter(chunks)))
        }
    }
}

fn unavailable(message: &str) -> HttpResponse {
    let mut response = error::text(StatusCode::SERVICE_UNAVAILABLE, message);
    response
        .headers_mut()
        .insert(RETRY_AFTER, actix_web::http::header::HeaderValue::from_static("1"));
    response
}

/// The body of an answer to HEAD. The library must not count its bytes, of which the length is told and none are sent.
struct NoBody;

impl MessageBody for NoBody {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(None)
    }
}

/// What a scrape holds from its start to its end.
struct Held {
    _permit: OwnedSemaphorePermit,
    _in_flight: InFlightGauge,
}
