//! The security log and its counters: logins, refusals and their reasons, and what left the admin as a file. Events also go into the queue
//! from which they are stored for the admin.
//!
//! Lines have the target `security`, so that they can be kept when other lines are not. Each holds all that it needs: the event, the user,
//! the client's address and the request's id. A password is never in them, nor what was typed as a user name unless such a user exists:
//! people type passwords into that field.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use prometheus::core::Collector;
use prometheus::{IntCounterVec, Opts};

pub use crate::auth::event::SecurityEvent;

use crate::auth::event::{EventQueue, LoggedEvent};
use crate::clock::Clock;
use crate::web::request::record::RequestRecord;

/// What a line says beside the event, as far as it is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct EventDetails<'a> {
    /// The user, if it is another one than that of the session.
    pub user: Option<&'a str>,
    /// Why something was refused.
    pub reason: Option<&'a str>,
    /// What it was done to.
    pub object: Option<&'a str>,
}

/// Returns the label of `sla_monitor_logins_total`, for what becomes of a login.
fn login_result(event: SecurityEvent) -> Option<&'static str> {
    match event {
        SecurityEvent::Login => Some("success"),
        SecurityEvent::LoginFailed => Some("failure"),
        SecurityEvent::LoginBlocked => Some("blocked"),
        _ => None,
    }
}

/// The queue by which events are stored for the admin.
struct EventSink {
    queue: EventQueue,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for EventSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventSink")
    }
}

/// The counters, which every line moves.
#[derive(Debug)]
pub struct SecurityLog {
    logins: IntCounterVec,
    events: IntCounterVec,
    stored: Option<EventSink>,
}

impl SecurityLog {
    /// Returns counters that stand at zero, each label among them: what was never there cannot be seen to rise.
    #[must_use]
    pub fn new() -> Self {
        let counter = |name: &str, help: &str, label: &str| {
            IntCounterVec::new(Opts::new(name, help), &[label]).expect("the names are constant and valid")
        };
        let security = Self {
            logins: counter("sla_monitor_logins_total", "Attempts to log in, by result.", "result"),
            events: counter(
                "sla_monitor_security_events_total",
                "Lines of the security log, by event.",
                "event",
            ),
            stored: None,
        };
        for event in SecurityEvent::ALL {
            security.events.with_label_values(&[event.name()]).inc_by(0);
            if let Some(result) = login_result(event) {
                security.logins.with_label_values(&[result]).inc_by(0);
            }
        }
        security
    }

    /// Returns the log, which stores its events by way of `queue` as well.
    #[must_use]
    pub fn storing(mut self, queue: EventQueue, clock: Arc<dyn Clock>) -> Self {
        self.stored = Some(EventSink { queue, clock });
        self
    }

    /// Returns the collectors, for the registry.
    #[must_use]
    pub fn collectors(&self) -> Vec<Box<dyn Collector>> {
        vec![Box::new(self.logins.clone()), Box::new(self.events.clone())]
    }

    /// Logs and counts an event of a request.
    pub fn log(&self, event: SecurityEvent, record: &RequestRecord, details: EventDetails<'_>) {
        let user = details.user.map(str::to_owned).or_else(|| record.user());
        let user = user.as_deref();
        self.write(
            event,
            record.client.address,
            Some(record),
            EventDetails { user, ..details },
        );
    }

    /// Logs and counts a request that the HTTP library refused; it has no id.
    pub fn log_unread(&self, client: Option<IpAddr>, reason: &str) {
        let details = EventDetails {
            reason: Some(reason),
            ..EventDetails::default()
        };
        self.write(SecurityEvent::BadRequest, client, None, details);
    }

    fn write(
        &self,
        event: SecurityEvent,
        client: Option<IpAddr>,
        record: Option<&RequestRecord>,
        details: EventDetails<'_>,
    ) {
        self.events.with_label_values(&[event.name()]).inc();
        if let Some(result) = login_result(event) {
            self.logins.with_label_values(&[result]).inc();
        }
        let EventDetails { user, reason, object } = details;
        let client = client.map(|client| client.to_canonical());
        let request_id = record.map(|record| record.id.as_str());
        let path = record.map(|record| record.path.as_str());
        // Without the span of the request, which says the same again.
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    target: "security",
                    parent: None::<tracing::Id>,
                    event = event.name(),
                    user,
                    client = client.map(display),
                    request_id = request_id.map(display),
                    path,
                    reason,
                    object,
                    "{}",
                    event.message()
                )
            };
        }
        if event.is_refusal() {
            line!(warn);
        } else {
            line!(info);
        }
        let Some(EventSink { queue, clock }) = &self.stored else {
            return;
        };
        let refused_path =
            path.filter(|_| matches!(event, SecurityEvent::PermissionDenied | SecurityEvent::TokenRefused));
        let detail: Vec<&str> = [refused_path, object, reason].into_iter().flatten().collect();
        queue.send(LoggedEvent {
            time: clock.now(),
            kind: event,
            username: user.unwrap_or_default().to_owned(),
            address: client.map(|client| client.to_string()).unwrap_or_default(),
            request_id: request_id.unwrap_or_default().to_owned(),
            detail: detail.join(": "),
            occurrences: 1,
        });
    }
}

impl Default for SecurityLog {
    fn default() -> Self {
        Self::new()
    }
}
