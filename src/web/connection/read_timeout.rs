//! How long a connection waits for its client to send: for the head of a request, and between requests.
//!
//! The library knows a deadline for the head of the first request alone, and one for a connection on which nothing is sent at all
//! after an answer. One byte of the next request would hold it for ever.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::time::{Sleep, sleep_until};

use crate::web::connection::stopping::Stopping;

/// How long the library keeps a connection open on which nothing is sent after an answer.
pub const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// How long an idle connection stays open at a stop: a request that its client had sent by then is answered.
const CLOSING_GRACE: Duration = Duration::from_millis(500);

/// What a connection and the requests on it know of each other.
#[derive(Clone)]
pub struct Activity(Rc<ActivityState>);

struct ActivityState {
    stopping: Stopping,
    /// How many requests are in flight.
    in_flight: Cell<u32>,
    /// How many were.
    ended: Cell<u64>,
    /// Wakes what reads from the connection.
    reader: RefCell<Waker>,
}

/// A request in flight, from its complete head to the end of its answer's body.
pub struct ActiveRequest(Activity);

impl Activity {
    /// Counts a request as in flight until the value is dropped.
    #[must_use]
    pub fn begin(&self) -> ActiveRequest {
        self.0.in_flight.set(self.0.in_flight.get() + 1);
        ActiveRequest(self.clone())
    }

    fn is_in_flight(&self) -> bool {
        self.0.in_flight.get() > 0
    }
}

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        let state = &self.0.0;
        state.in_flight.set(state.in_flight.get() - 1);
        state.ended.set(state.ended.get() + 1);
        // Nothing else may come on this connection that would have it look at the stop.
        if state.stopping.is_begun() {
            state.reader.borrow().wake_by_ref();
        }
    }
}

/// What a wait for the client came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadTimeout {
    /// The head of a request did not come in time.
    HeadIsLate,
    /// The client sent nothing in time, or the server stops.
    Idle,
}

/// The deadlines of a connection's reads.
pub(super) struct ReadDeadline {
    activity: Activity,
    read_timeout: Duration,
    /// How many requests had ended when the deadline was set.
    ended: u64,
    /// Whether bytes of the next request have come.
    has_head: bool,
    deadline: Instant,
    timer: Pin<Box<Sleep>>,
    /// Ends when idle connections are closed; none after that.
    closing: Option<Pin<Box<dyn Future<Output = ()>>>>,
}

impl ReadDeadline {
    /// Begins with a connection that was just accepted: its first request's head has to come within `read_timeout`.
    pub(super) fn new(read_timeout: Duration, stopping: &Stopping) -> Self {
        let deadline = Instant::now() + read_timeout;
        let closing: Pin<Box<dyn Future<Output = ()>>> = Box::pin(stopping.closing());
        let state = ActivityState {
            stopping: stopping.clone(),
            in_flight: Cell::new(0),
            ended: Cell::new(0),
            reader: RefCell::new(Waker::noop().clone()),
        };
        Self {
            activity: Activity(Rc::new(state)),
            read_timeout,
            ended: 0,
            has_head: false,
            deadline,
            timer: Box::pin(sleep_until(deadline.into())),
            closing: Some(closing),
        }
    }

    /// Returns what the requests of the connection know of it.
    pub(super) fn activity(&self) -> &Activity {
        &self.activity
    }

    /// Notes that bytes came.
    pub(super) fn received(&mut self) {
        self.notice_ended();
        if !self.activity.is_in_flight() && !self.has_head {
            self.has_head = true;
            // The first request has its time from the beginning of the connection.
            if self.ended > 0 {
                self.deadline = Instant::now() + self.read_timeout;
            }
        }
    }

    /// Ends when the client has not sent in time what it has to send. Bodies have deadlines of their own.
    pub(super) fn poll_waited(&mut self, context: &mut Context<'_>) -> Poll<ReadTimeout> {
        self.notice_ended();
        if self
            .closing
            .as_mut()
            .is_some_and(|closing| closing.as_mut().poll(context).is_ready())
        {
            self.closing = None;
            if !self.has_head {
                self.deadline = self.deadline.min(Instant::now() + CLOSING_GRACE);
            }
        }
        self.activity.0.reader.borrow_mut().clone_from(context.waker());
        if self.activity.is_in_flight() {
            return Poll::Pending;
        }
        // A timer that ends too early is set again when it ends: most requests come before.
        if self.timer.deadline() > self.deadline.into() {
            self.timer.as_mut().reset(self.deadline.into());
        }
        while self.timer.as_mut().poll(context).is_ready() {
            if Instant::now() >= self.deadline {
                let waited = if self.has_head {
                    ReadTimeout::HeadIsLate
                } else {
                    ReadTimeout::Idle
                };
                return Poll::Ready(waited);
            }
            self.timer.as_mut().reset(self.deadline.into());
        }
        Poll::Pending
    }

    /// Begins to wait for the next request if one has ended since the last look.
    fn notice_ended(&mut self) {
        let ended = self.activity.0.ended.get();
        if self.ended != ended {
            self.ended = ended;
            self.has_head = false;
            // The library closes the connection sooner, unless it already has bytes of a next request.
            let left = match self.closing.is_none() {
                true => CLOSING_GRACE,
                false => KEEP_ALIVE + self.read_timeout,
            };
            self.deadline = Instant::now() + left;
        }
    }
}
