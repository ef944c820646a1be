//! The kinds of events of the security log.

/// A kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecurityEvent {
    /// A user logged in.
    Login,
    /// A wrong user name or password, or a user without access to the admin.
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
    /// A request to the API without a valid token.
    ApiTokenRefused,
    /// A request to the API that was not looked at, because of refused tokens before it.
    ApiTokenBlocked,
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

impl SecurityEvent {
    /// All kinds.
    pub const ALL: [Self; 18] = [
        Self::Login,
        Self::LoginFailed,
        Self::LoginBlocked,
        Self::Logout,
        Self::SessionEnded,
        Self::PasswordChanged,
        Self::OldPasswordWrong,
        Self::OldPasswordBlocked,
        Self::ApiTokenRefused,
        Self::ApiTokenBlocked,
        Self::PermissionDenied,
        Self::Export,
        Self::Import,
        Self::MetricsRefused,
        Self::HostRefused,
        Self::OriginRefused,
        Self::TokenRefused,
        Self::BadRequest,
    ];

    /// Returns the name in lines of the log, labels of metrics and the column `kind`.
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
            Self::ApiTokenRefused => "api_token_failed",
            Self::ApiTokenBlocked => "api_token_blocked",
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

    /// Returns what happened, in words.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::Login => "a user logged in",
            Self::LoginFailed => "a login failed",
            Self::LoginBlocked => "a login was refused because of earlier failures",
            Self::Logout => "a user logged out",
            Self::SessionEnded => "a session was ended",
            Self::PasswordChanged => "a password was changed",
            Self::OldPasswordWrong => "the old password was wrong",
            Self::OldPasswordBlocked => "an old password was refused because of earlier failures",
            Self::ApiTokenRefused => "a request without a valid API token was refused",
            Self::ApiTokenBlocked => "a request with an API token was refused because of earlier failures",
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
    #[must_use]
    pub fn is_refusal(self) -> bool {
        !matches!(
            self,
            Self::Login | Self::Logout | Self::SessionEnded | Self::PasswordChanged | Self::Export | Self::Import
        )
    }
}
