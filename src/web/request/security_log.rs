//! The security log and its counters: who logged in, who was refused and why, and what left the admin as a file.
//!
//! Lines have the target `security`, so that they can be kept when other lines are not. Each holds all that it needs: the event, the user,
//! the client's address and the request's id. A password is never in them, nor what was typed as a user name unless such a user exists:
//! people type passwords into that field.

use std::net::IpAddr;

use prometheus::core::Collector;
use prometheus::{IntCounterVec, Opts};

use crate::web::request::record::RequestRecord;

/// What is logged and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityEvent {
    /// A user logged in.
    Login,
    /// A wrong user name or password, or a user who may not use the admin.
    LoginFailed,
    /// A login that was not tried, because of failures before it.
    LoginBlocked,
    /// A user logged out.
    Logout,
    /// A user ended one of their sessions.
    SessionEnded,
    /// A password was changed or taken away, which ends the sessions that stand on it.
    PasswordChanged,
    /// The old password was wrong in a form that asks for it.
    OldPasswordWrong,
    /// An old password that was not tried, because of failures before it.
    OldPasswordBlocked,
    /// A user lacks the permission for a page or a change.
    PermissionDenied,
    /// Objects left the admin as a file.
    Export,
    /// A file was taken in.
    Import,
    /// A scrape without the right credentials, or from an address that may not read the metrics.
    MetricsRefused,
    /// A request under a host name that is not allowed.
    HostRefused,
    /// A form that a page of another site sent.
    OriginRefused,
    /// A form without a valid CSRF token.
    TokenRefused,
    /// A request that the HTTP library could not read.
    BadRequest,
}

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

impl SecurityEvent {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Login,
        Self::LoginFailed,
        Self::LoginBlocked,
        Self::Logout,
        Self::SessionEnded,
        Self::PasswordChanged,
        Self::OldPasswordWrong,
        Self::OldPasswordBlocked,
        Self::PermissionDenied,
        Self::Export,
        Self::Import,
        Self::MetricsRefused,
        Self::HostRefused,
        Self::OriginRefused,
        Self::TokenRefused,
        Self::BadRequest,
    ];

    /// Returns the name in lines and labels.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::LoginFailed => "login_failed",
            Self::LoginBlocked => "login_blocked",
            Self::Logout => "logout",
            Self::SessionEnded => "session_ended",
            Self::PasswordChanged => "password_changed",
            Self::OldPasswordWrong => "old_password_failed",
            Self::OldPasswordBlocked => "old_password_blocked",
            Self::PermissionDenied => "permission_denied",
            Self::Export => "export",
            Self::Import => "import",
            Self::MetricsRefused => "metrics_refused",
            Self::HostRefused => "host_refused",
            Self::OriginRefused => "origin_refused",
            Self::TokenRefused => "token_refused",
            Self::BadRequest => "bad_request",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::Login => "a user logged in",
            Self::LoginFailed => "a login failed",
            Self::LoginBlocked => "a login was refused because of earlier failures",
            Self::Logout => "a user logged out",
            Self::SessionEnded => "a session was ended",
            Self::PasswordChanged => "a password was changed",
            Self::OldPasswordWrong => "the old password was wrong",
            Self::OldPasswordBlocked => "an old password was refused because of earlier failures",
            Self::PermissionDenied => "a permission is missing",
            Self::Export => "objects were exported",
            Self::Import => "a file was imported",
            Self::MetricsRefused => "a scrape was refused",
            Self::HostRefused => "a host name was refused",
            Self::OriginRefused => "a form from another site was refused",
            Self::TokenRefused => "a form without a valid CSRF token was refused",
            Self::BadRequest => "a request could not be read",
        }
    }

    /// Returns whether something was refused.
    fn is_refusal(self) -> bool {
        !matches!(
            self,
            Self::Login | Self::Logout | Self::SessionEnded | Self::PasswordChanged | Self::Export | Self::Import
        )
    }

    /// Returns the label of `sla_monitor_logins_total`, for what becomes of a login.
    fn login_result(self) -> Option<&'static str> {
        match self {
            Self::Login => Some("success"),
            Self::LoginFailed => Some("failure"),
            Self::LoginBlocked => Some("blocked"),
            _ => None,
        }
    }
}

/// The counters, which every line moves.
#[derive(Debug)]
pub struct SecurityLog {
    logins: IntCounterVec,
    events: IntCounterVec,
}

impl SecurityLog {
    /// Counters that stand at zero, each label among them: what was never there cannot be seen to rise.
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
        };
        for event in SecurityEvent::ALL {
            security.events.with_label_values(&[event.name()]).inc_by(0);
            if let Some(result) = event.login_result() {
                security.logins.with_label_values(&[result]).inc_by(0);
            }
        }
        security
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
        if let Some(result) = event.login_result() {
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
    }
}

impl Default for SecurityLog {
    fn default() -> Self {
        Self::new()
    }
}
