//! A connection that sends large bodies from where they lie in memory, in vectored writes.
//!
//! The HTTP library copies each piece of a body into its write buffer first, which costs as much as sending it. Instead a body may be
//! put into the connection's queue: the library is told that there is nothing to write yet, writes what it has, the head of the
//! answer, and flushes; that goes before the queue, and the flush sends both. Until that is done the body is not at its end, so
//! nothing else can come between. As the library does not see the body, it is here that it must have the length that was told.

pub mod limit;
pub mod presence;
pub mod read_timeout;
pub mod send_queue;
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
use crate::web::connection::send_queue::SendQueue;
use crate::web::connection::stopping::Stopping;
use crate::web::request::metrics::ConnectionMetrics;

/// How many bytes are sent in a row before others have their turn.
const IN_A_ROW: usize = 8 * 1024 * 1024;

/// The answer to a head that does not come to its end.
const LATE: &[u8] = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// A TCP connection and what is to be sent on it after all that was written.
pub struct Connection {
    stream: TcpStream,
    queue: SendQueue,
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
            queue: SendQueue::default(),
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
            if self.stalled.is_none() && self.queue.is_empty() {
                drop(self.stream.try_write(LATE));
            }
        }
    }

    /// Returns what the requests of this connection tell it.
    #[must_use]
    pub fn activity(&self) -> &Activity {
        self.reading.activity()
    }

    /// Returns what is to be sent after all that was written.
    #[must_use]
    pub fn queue(&self) -> &SendQueue {
        &self.queue
    }

    /// Returns whether the client is still there.
    #[must_use]
    pub fn presence(&self) -> &Presence {
        &self.presence
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.presence.leave();
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
            self.presence.leave();
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        if let Some(outgoing) = self.queue.0.borrow_mut().as_mut().filter(|outgoing| !outgoing.is_begun) {
            outgoing.put_before(bytes);
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.timed(written, context)
    }

    /// Sends what is queued: whatever was written before is with the system already, or before it in the queue.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let queue = self.queue.clone();
        let mut queue = queue.0.borrow_mut();
        if let Some(outgoing) = queue.as_mut() {
            let mut in_a_row = 0;
            while outgoing.fill()? {
                if in_a_row >= IN_A_ROW {
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                let sent = outgoing.poll_send(&mut self.stream, context);
                let count = ready!(self.timed(sent, context))?;
                if count == 0 {
                    return Poll::Ready(Err(ErrorKind::WriteZero.into()));
                }
                in_a_row += count;
            }
            outgoing.waiting.wake_by_ref();
            *queue = None;
        }
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use actix_web::body::MessageBody;
    use bytes::Bytes;

    use super::*;
    use crate::web::connection::limit::ConnectionLimit;
    use crate::web::connection::send_queue::{AT_ONCE, Outgoing};

    /// Returns whether pieces of these lengths can be sent as a body that was told to have `told` bytes.
    fn is_taken(lengths: &[usize], told: u64) -> bool {
        let pieces: Vec<Bytes> = lengths.iter().map(|length| Bytes::from(vec![0; *length])).collect();
        let mut outgoing = Outgoing::new(Box::new(pieces.into_iter()), told, Waker::noop().clone());
        loop {
            match outgoing.fill() {
                Ok(true) => outgoing.sent(outgoing.length.div_ceil(3)),
                Ok(false) => return outgoing.next.is_empty(),
                Err(_) => return false,
            }
        }
    }

    /// Sends a head and a body over a connection. Returns how that ended, and what the client has read who began late: so much may
    /// be more than the system takes at once.
    fn sent(head: &'static [u8], pieces: Vec<Bytes>) -> (Result<()>, Vec<u8>) {
        let length = pieces.iter().map(|piece| piece.len() as u64).sum();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let address = listener.local_addr().expect("it has an address");
        let (begin, begun) = std::sync::mpsc::channel::<()>();
        let reader = std::thread::spawn(move || {
            let mut stream = std::net::TcpStream::connect(address).expect("it is listened on");
            begun
                .recv()
                .expect_err("the other side lets go when it waits, or at its end");
            let mut read = Vec::new();
            std::io::Read::read_to_end(&mut stream, &mut read).expect("it comes to its end");
            read
        });
        let sent = actix_web::rt::System::new().block_on(async move {
            let (stream, _) = listener.accept().expect("it comes");
            stream.set_nonblocking(true).expect("it can be set");
            let stream = TcpStream::from_std(stream).expect("it is registered");
            let rules = Rules {
                send_timeout: Duration::from_secs(60),
                read_timeout: Duration::from_secs(60),
                stopping: Stopping::new(),
                metrics: ConnectionMetrics::new(),
            };
            let slot = ConnectionLimit::new(1, &[], ConnectionMetrics::new()).admit(None).ok();
            let (mut connection, _) = Connection::new(stream, slot.expect("there is a place"), &rules);
            let mut body = Box::pin(connection.queue().body(pieces.into_iter(), length));
            let mut head = Some(head);
            let mut begin = Some(begin);
            std::future::poll_fn(|context| {
                if let Poll::Ready(piece) = body.as_mut().poll_next(context) {
                    assert!(piece.is_none());
                    return Poll::Ready(Ok(()));
                }
                if let Some(head) = head.take() {
                    let written = Pin::new(&mut connection).poll_write(context, head);
                    assert!(matches!(written, Poll::Ready(Ok(count)) if count == head.len()));
                }
                let flushed = Pin::new(&mut connection).poll_flush(context);
                if flushed.is_pending() {
                    begin.take();
                }
                flushed
            })
            .await?;
            let end = std::future::poll_fn(|context| body.as_mut().poll_next(context)).await;
            assert!(end.is_none());
            Ok(())
        });
        (sent, reader.join().expect("it reads"))
    }

    #[test]
    fn a_body_is_sent_behind_its_head_in_order() {
        let large: Vec<u8> = (0..9_000_000_u32).flat_map(u32::to_le_bytes).collect();
        let pieces = vec![
            Bytes::from_static(b"front"),
            Bytes::from(large.clone()),
            Bytes::new(),
            Bytes::from_static(b"between"),
            Bytes::from(large.clone()),
            Bytes::from_static(b"back"),
        ];
        let whole = [b"head, front", &large[..], b"between", &large, b"back"];
        let (sent, read) = sent(b"head, ", pieces);
        assert!(sent.is_ok() && read == whole.concat(), "{sent:?}");
    }

    #[test]
    fn a_body_has_the_length_that_was_told() {
        let large = 3 * AT_ONCE;
        for lengths in [&[][..], &[0], &[1], &[5, 0, 7, 0], &[large, 1, large], &[1; 200]] {
            let length = lengths.iter().sum::<usize>() as u64;
            assert!(is_taken(lengths, length), "{lengths:?}");
            assert!(!is_taken(lengths, length + 1), "{lengths:?}");
            assert!(length == 0 || !is_taken(lengths, length - 1), "{lengths:?}");
        }
    }
}
