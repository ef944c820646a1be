//! Why a query has no answer.

use std::fmt;
use std::time::Duration;

/// Why a query has no answer. Each message names the source and the way out; none holds credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryError {
    /// No option of this process names the source.
    UnknownSource {
        /// The name.
        source: String,
        /// The names of those that it knows.
        known: Vec<String>,
    },
    /// The file of credentials cannot be used.
    Credentials {
        /// The source.
        source: String,
    },
    /// No connection, or one that broke off.
    Unreachable {
        /// The source.
        source: String,
        /// What the network or TLS says.
        reason: String,
    },
    /// No answer, or not all of it, in time.
    TimedOut {
        /// The source.
        source: String,
        /// How long it was waited for.
        timeout: Duration,
    },
    /// The server says that it does not answer.
    Refused {
        /// The source.
        source: String,
        /// The status of the response.
        status: u16,
        /// What the server says.
        message: String,
        /// Where in the expression it stumbled.
        place: Option<ExpressionPlace>,
    },
    /// The server does not answer so much at once: too many points or samples.
    TooMuch {
        /// The source.
        source: String,
        /// What the server says.
        message: String,
    },
    /// What came is no answer of this API.
    NotUnderstood {
        /// The source.
        source: String,
        /// The status of the response.
        status: u16,
        /// What was expected.
        reason: String,
    },
    /// The answer has histograms instead of numbers.
    NoNumbers {
        /// The source.
        source: String,
    },
    /// The answer has more bytes than are read.
    TooLarge {
        /// The source.
        source: String,
        /// How many are read.
        bytes_max: u64,
    },
}

/// A place in an expression, both numbers from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpressionPlace {
    /// The line.
    pub line: u32,
    /// The column, counted as the server counts.
    pub column: u32,
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownSource { source, known } if known.is_empty() => {
                write!(
                    f,
                    "source `{source}` is not known to this process; give it --prometheus {source}=URL"
                )
            }
            Self::UnknownSource { source, known } => write!(
                f,
                "source `{source}` is not known to this process, which knows {}; give it --prometheus {source}=URL",
                known.join(", ")
            ),
            Self::Credentials { source } => {
                write!(
                    f,
                    "source `{source}`: its file of credentials cannot be used; the log says why"
                )
            }
            Self::Unreachable { source, reason } => write!(f, "source `{source}` cannot be reached: {reason}"),
            Self::TimedOut { source, timeout } => {
                write!(f, "source `{source}` did not answer within {} s", timeout.as_secs_f64())
            }
            Self::Refused {
                source,
                status,
                message,
                ..
            } => {
                write!(f, "source `{source}` refuses the query: {message} (status {status})")
            }
            Self::TooMuch { source, message } => {
                write!(f, "source `{source}` does not answer so much at once: {message}")
            }
            Self::NotUnderstood { source, status, reason } => write!(
                f,
                "source `{source}` did not answer as Prometheus' HTTP API does: {reason} (status {status}); check its URL"
            ),
            Self::NoNumbers { source } => write!(
                f,
                "source `{source}` answers with histograms, which are no numbers; make numbers of them, as with histogram_count(…)"
            ),
            Self::TooLarge { source, bytes_max } => write!(
                f,
                "the answer of source `{source}` has more than {bytes_max} bytes; select fewer series"
            ),
        }
    }
}

impl std::error::Error for QueryError {}

impl QueryError {
    /// The kinds, as metrics name them.
    pub const KINDS: [&'static str; 9] = [
        "unknown_source",
        "credentials",
        "unreachable",
        "timeout",
        "refused",
        "too_much",
        "not_understood",
        "no_numbers",
        "too_large",
    ];

    /// Returns the kind, one of [`Self::KINDS`].
    #[must_use]
    pub fn kind(&self) -> &'static str {
        let [
            unknown_source,
            credentials,
            unreachable,
            timeout,
            refused,
            too_much,
            not_understood,
            no_numbers,
            too_large,
        ] = Self::KINDS;
        match self {
            Self::UnknownSource { .. } => unknown_source,
            Self::Credentials { .. } => credentials,
            Self::Unreachable { .. } => unreachable,
            Self::TimedOut { .. } => timeout,
            Self::Refused { .. } => refused,
            Self::TooMuch { .. } => too_much,
            Self::NotUnderstood { .. } => not_understood,
            Self::NoNumbers { .. } => no_numbers,
            Self::TooLarge { .. } => too_large,
        }
    }

    /// Returns whether the same query may have an answer later, without a change of the expression or of an option.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Credentials { .. }
            | Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::NotUnderstood { .. } => true,
            Self::Refused { status, .. } => *status >= 500 || matches!(status, 300..=399 | 401 | 403 | 404 | 408 | 429),
            Self::UnknownSource { .. } | Self::TooMuch { .. } | Self::NoNumbers { .. } | Self::TooLarge { .. } => false,
        }
    }

    /// Returns whether a query takes too long for the client, or for the server, whose own limit may be shorter.
    #[must_use]
    pub fn is_too_slow(&self) -> bool {
        match self {
            Self::TimedOut { .. } => true,
            Self::Refused {
                status: 503, message, ..
            } => message.contains("query timed out"),
            _ => false,
        }
    }

    /// Returns whether a query of a shorter range may have an answer.
    #[must_use]
    pub fn is_too_much(&self) -> bool {
        matches!(self, Self::TooMuch { .. } | Self::TooLarge { .. })
    }

    /// Returns the error that a server reports.
    pub(super) fn reported(source: &str, status: u16, message: &str) -> Self {
        let (source, message) = (source.to_owned(), message.trim().to_owned());
        if is_about_size(status, &message) {
            return Self::TooMuch { source, message };
        }
        Self::Refused {
            source,
            status,
            place: place(&message),
            message,
        }
    }
}

/// Words of errors that a shorter range does not help, although they have the status of those that it does.
const NOT_ABOUT_SIZE: [&str; 4] = ["duplicate series", "many-to-many", "multiple matches", "same labelset"];

/// Returns whether a server says that the query asks for too many points or samples. Those that imitate Prometheus say it in other words,
/// with the same status.
fn is_about_size(status: u16, message: &str) -> bool {
    match status {
        400 => message.contains("exceeded maximum resolution"),
        413 => true,
        422 => !NOT_ABOUT_SIZE.iter().any(|words| message.contains(words)),
        _ => false,
    }
}

/// Finds the place in `invalid parameter "query": 1:9: parse error: …`.
fn place(message: &str) -> Option<ExpressionPlace> {
    let (before, _) = message.split_once(": parse error:")?;
    let (before, column) = before.rsplit_once(':')?;
    let line = before.rsplit(|letter: char| !letter.is_ascii_digit()).next()?;
    Some(ExpressionPlace {
        line: line.parse().ok()?,
        column: column.parse().ok()?,
    })
}
