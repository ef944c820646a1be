//! What comes of a request to a server, and of one that is sent a second time because it is not known.

use std::io::ErrorKind;
use std::time::Duration;

use ureq::http::Response;
use ureq::http::header::RETRY_AFTER;
use ureq::{Body, Timeout};

use crate::api::answers::ProblemAnswer;
use crate::api::refusal::{BUSY, OUTCOME_UNKNOWN, TOO_MANY_REQUESTS};

/// The most bytes of an answer.
const ANSWER_MAX: u64 = 1 << 30;
/// The longest text of an answer that is no problem of the API and is shown, in characters.
const SHOWN_MAX: usize = 200;
/// How long a busy server is asked again.
const BUSY_MAX: Duration = Duration::from_secs(300);
/// The longest wait before a request is sent again, whatever a server asks for.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// What came of a request.
pub(super) enum RequestOutcome {
    /// A response with a status of success.
    Done(Vec<u8>),
    /// A problem, and how long the server wants to be left alone.
    Refused(ProblemAnswer, Duration),
    /// The server may have carried it out, and nothing is known of it.
    Lost(String),
    /// It was not sent, or the answer is not one of the API.
    Failed(String),
}

impl RequestOutcome {
    /// Returns why it is not known whether the request was carried out, if so.
    fn doubt(&self) -> Option<&str> {
        match self {
            Self::Lost(reason) => Some(reason),
            Self::Refused(problem, _) if problem.kind.ends_with(OUTCOME_UNKNOWN) => Some(&problem.detail),
            Self::Done(_) | Self::Refused(..) | Self::Failed(_) => None,
        }
    }

    /// Returns whether others are served first, and nothing was done.
    fn is_busy(&self) -> bool {
        let kinds = [BUSY, TOO_MANY_REQUESTS];
        matches!(self, Self::Refused(problem, _) if kinds.iter().any(|kind| problem.kind.ends_with(kind)))
    }

    /// Returns how long the server wants to be left alone.
    fn pause(&self) -> Duration {
        match self {
            Self::Refused(_, pause) => *pause,
            Self::Done(_) | Self::Lost(_) | Self::Failed(_) => Duration::ZERO,
        }
    }
}

/// Returns what came of a request that `send` sends: again after a `wait` while the server is busy, for at most [`BUSY_MAX`], and once more if it is
/// not known whether it was carried out. With that comes the reason of the doubt, which an answer to the second alone can end.
pub(super) fn outcome_until_answered(
    mut send: impl FnMut() -> RequestOutcome,
    mut wait: impl FnMut(Duration),
) -> (RequestOutcome, Option<String>) {
    let (mut doubt, mut left) = (None, BUSY_MAX);
    loop {
        let outcome = send();
        let pause = outcome.pause();
        let new_doubt = outcome.doubt().filter(|_| doubt.is_none()).map(str::to_owned);
        let is_waited_for = outcome.is_busy() && !pause.is_zero() && pause <= left;
        if new_doubt.is_none() && !is_waited_for {
            return (outcome, doubt);
        }
        doubt = doubt.or(new_doubt);
        left = left.saturating_sub(pause);
        wait(pause);
    }
}

/// Waits until a server may be asked again.
#[expect(
    clippy::disallowed_methods,
    reason = "a server does not report that it is well again; it says how long to wait"
)]
pub(super) fn wait(pause: Duration) {
    std::thread::sleep(pause);
}

/// Returns what came of a request.
pub(super) fn understood(response: Result<Response<Body>, ureq::Error>) -> RequestOutcome {
    let mut response = match response {
        Ok(response) => response,
        Err(error) => return without_answer(&error),
    };
    let status = response.status().as_u16();
    let retry_after = response.headers().get(RETRY_AFTER);
    let pause = pause_of(retry_after.and_then(|value| value.to_str().ok()));
    let body = response.body_mut().with_config().limit(ANSWER_MAX).read_to_vec();
    let body = match body {
        Ok(body) => body,
        Err(error) => return RequestOutcome::Lost(format!("its answer broke off: {error}")),
    };
    if status == 200 {
        return RequestOutcome::Done(body);
    }
    match serde_json::from_slice::<ProblemAnswer>(&body) {
        Ok(problem) => RequestOutcome::Refused(problem, pause),
        // Proxies in front of a server say in their own words that it did not answer.
        Err(_) if matches!(status, 502 | 504) => {
            RequestOutcome::Lost(format!("no answer came from behind its proxy (status {status})"))
        }
        Err(_) => RequestOutcome::Failed(format!(
            "it did not answer as this API does (status {status}): {}; check --server",
            shown(&body)
        )),
    }
}

/// Returns what came of a request whose answer is of this media type. A page where people log in has a status of success, too.
pub(super) fn understood_as(response: Result<Response<Body>, ureq::Error>, media_type: &str) -> RequestOutcome {
    let given = response.as_ref().ok().map(|response| {
        let given = response.body().mime_type().unwrap_or("no type").trim();
        given.to_ascii_lowercase()
    });
    match (understood(response), given) {
        (RequestOutcome::Done(body), Some(given)) if given != media_type => RequestOutcome::Failed(format!(
            "it did not answer as this API does ({} in place of {media_type}): {}; check --server",
            shown(given.as_bytes()),
            shown(&body)
        )),
        (outcome, _) => outcome,
    }
}

/// Returns the wait that a header `Retry-After` asks for in seconds, as this API does.
fn pause_of(retry_after: Option<&str>) -> Duration {
    let seconds = retry_after.and_then(|text| text.trim().parse().ok());
    Duration::from_secs(seconds.unwrap_or(0)).min(WAIT_MAX)
}

/// Returns what it means that no response came. Whether the request arrived is known only if no connection was made.
fn without_answer(error: &ureq::Error) -> RequestOutcome {
    match error {
        ureq::Error::HostNotFound => RequestOutcome::Failed("its host is not known".to_owned()),
        ureq::Error::ConnectionFailed | ureq::Error::Tls(_) | ureq::Error::NativeTls(_) | ureq::Error::BadUri(_) => {
            RequestOutcome::Failed(error.to_string())
        }
        ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
            RequestOutcome::Failed("no connection came about in time".to_owned())
        }
        ureq::Error::Io(io) if io.kind() == ErrorKind::ConnectionRefused => {
            RequestOutcome::Failed("it refuses connections; is it running?".to_owned())
        }
        ureq::Error::Io(io) if matches!(io.kind(), ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable) => {
            RequestOutcome::Failed(io.to_string())
        }
        error => RequestOutcome::Lost(format!("no answer came: {error}")),
    }
}

/// Returns the beginning of an answer, in one line.
fn shown(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(4 * SHOWN_MAX)]);
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(SHOWN_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(kind: &str, pause: u64) -> RequestOutcome {
        let problem = ProblemAnswer {
            kind: format!("urn:sla-monitor:problem:{kind}"),
            title: String::new(),
            status: 503,
            detail: "Not now.".to_owned(),
            errors: Vec::new(),
        };
        RequestOutcome::Refused(problem, Duration::from_secs(pause))
    }

    /// Asks a server that answers like this, one after the other; returns how many answers are left, the waits and the doubt.
    fn ask(mut answers: Vec<RequestOutcome>) -> (usize, Vec<u64>, Option<String>) {
        let mut waited = Vec::new();
        answers.reverse();
        let send = || answers.pop().expect("it is not asked more often");
        let (_, doubt) = outcome_until_answered(send, |pause| waited.push(pause.as_secs()));
        (answers.len(), waited, doubt)
    }

    #[test]
    fn what_is_not_known_is_asked_for_once_more_after_the_wait_that_the_server_asks_for() {
        let done = || RequestOutcome::Done(Vec::new());
        let lost = || RequestOutcome::Lost("gone".to_owned());
        let unknown = || refused(OUTCOME_UNKNOWN, 5);
        assert_eq!(ask(vec![unknown(), done()]), (0, vec![5], Some("Not now.".to_owned())));
        assert_eq!(ask(vec![lost(), done()]), (0, vec![0], Some("gone".to_owned())));
        assert_eq!(ask(vec![lost(), lost(), done()]), (1, vec![0], Some("gone".to_owned())));
        assert_eq!(ask(vec![lost(), refused("unauthorized", 5), done()]).0, 1);
        for known in [refused("unavailable", 5), done(), RequestOutcome::Failed(String::new())] {
            assert_eq!(ask(vec![known, done()]), (1, vec![], None));
        }
    }

    #[test]
    fn a_busy_server_is_asked_again_for_some_minutes() {
        let done = || RequestOutcome::Done(Vec::new());
        let busy = |pause| refused(BUSY, pause);
        assert_eq!(
            ask(vec![busy(10), refused(TOO_MANY_REQUESTS, 3), done()]),
            (0, vec![10, 3], None)
        );
        assert_eq!(ask(vec![busy(0), done()]), (1, vec![], None));
        let (left, waited, _) = ask((0..40).map(|_| busy(10)).collect());
        assert_eq!((left, waited.iter().sum::<u64>()), (9, 300));
        let lost = RequestOutcome::Lost("gone".to_owned());
        assert_eq!(
            ask(vec![lost, busy(10), done()]),
            (0, vec![0, 10], Some("gone".to_owned()))
        );
    }

    #[test]
    fn a_wait_has_a_limit() {
        for (header, seconds) in [
            (None, 0),
            (Some("0"), 0),
            (Some(" 5 "), 5),
            (Some("86400"), 30),
            (Some("-1"), 0),
            (Some("Mon, 30 Nov 2026 08:00:00 GMT"), 0),
        ] {
            assert_eq!(pause_of(header).as_secs(), seconds, "{header:?}");
        }
    }
}
