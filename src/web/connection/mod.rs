//! A connection with timeouts: for the heads of requests, and for clients that do not take what is sent. The library has neither.

pub mod limit;
pub mod presence;
pub mod read_timeout;
pub mod stopping;

use std::io::{ErrorKind, Result};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::web::connection::limit::ConnectionSlot;
use crate::web::connection::presence::Presence;
use crate::web::connection::read_timeout::{Activity, ReadDeadline, ReadTimeout};
use crate::web::connection::stopping::Stopping;
use crate::web::request::metrics::ConnectionMetrics;

/// The answer to a head that does not come to its end.
const LATE: &[u8] = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// A TCP connection.
pub struct Connection {
    stream: TcpStream,
    presence: Presence,
    /// How long sending may stand still.
    send_timeout: Duration,
    /// Ends when that is over; nothing while sending goes on.
    stalled: Option<Pin<Box<Sleep>>>,
    reading: ReadDeadline,
    /// Whether nothing more is read, as if the client had closed its side.
    is_over: bool,
    metrics: ConnectionMetrics,
    _slot: ConnectionSlot,
}

/// What connections share.
#[derive(Clone)]
pub struct Rules {
    /// How long sending may stand still before the connection is cut: the library would wait for ever, and a client that never reads
    /// holds what an answer holds.
    pub send_timeout: Duration,
    /// How long the head of a request may take.
    pub read_timeout: Duration,
    /// Whether the server stops.
    pub stopping: Stopping,
    /// Counts of what was cut.
    pub metrics: ConnectionMetrics,
}

impl Connection {
    /// Takes a connection that was accepted and has its `slot`, and tells its other side.
    #[must_use]
    pub fn new(stream: TcpStream, slot: ConnectionSlot, rules: &Rules) -> (Self, Option<SocketAddr>) {
        // Answers are written in large pieces; waiting to fill a packet would only delay what is left. Without it they come as well.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection may delay what it sends");
        }
        let peer = stream.peer_addr().ok();
        let connection = Self {
            stream,
            presence: Presence::default(),
            send_timeout: rules.send_timeout,
            stalled: None,
            reading: ReadDeadline::new(rules.read_timeout, &rules.stopping),
            is_over: false,
            metrics: rules.metrics.clone(),
            _slot: slot,
        };
        (connection, peer)
    }

    /// Returns what a write came to: it fails when it has had to wait for too long.
    fn timed(&mut self, written: Poll<Result<usize>>, context: &mut Context<'_>) -> Poll<Result<usize>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let send_timeout = self.send_timeout;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(send_timeout)));
        ready!(stalled.as_mut().poll(context));
        self.metrics.timed_out("send");
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }

    /// Ends the reading of a connection whose client has not sent what it has to send. The library then closes it.
    fn end(&mut self, waited: ReadTimeout) {
        self.is_over = true;
        if waited == ReadTimeout::HeadIsLate {
            self.metrics.timed_out("head");
            // No answer is on its way, unless the client does not take it. One that cannot be sent at once is not sent.
            if self.stalled.is_none() {
                drop(self.stream.try_write(LATE));
            }
        }
    }

    /// Returns what the requests of this connection tell it.
    #[must_use]
    pub fn activity(&self) -> &Activity {
        self.reading.activity()
    }

    /// Returns whether the client is still there.
    #[must_use]
    pub fn presence(&self) -> &Presence {
        &self.presence
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.presence.set_disconnected();
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        if self.is_over {
            return Poll::Ready(Ok(()));
        }
        let length = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_pending() {
            let waited = ready!(self.reading.poll_waited(context));
            self.end(waited);
            return Poll::Ready(Ok(()));
        }
        if buffer.filled().len() > length {
            self.reading.received();
        } else if read.is_ready() && buffer.remaining() > 0 {
            self.presence.set_disconnected();
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.timed(written, context)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
