//! A connection that sends large bodies from where they lie.
//!
//! The HTTP library copies each piece of a body into its write buffer first, which costs as much as sending it. Instead a body may be
//! put into the connection's queue: the library is told that there is nothing to write yet, flushes what it has, the head of the
//! answer, and the flush sends the queue. Until that is done the body is not at its end, so nothing else can come between.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::io::{IoSlice, Result};
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use actix_web::body::{BodySize, MessageBody};
use actix_web::rt::net::TcpStream;
use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// About how many bytes are handed to the system at a time: more would leave the processor's cache before they are sent.
const AT_ONCE: usize = 256 * 1024;

/// How many pieces that may be.
const PIECES_AT_ONCE: usize = 64;

/// A TCP connection and what is to be sent on it after all that was written.
pub struct Connection {
    stream: TcpStream,
    queue: SendQueue,
}

/// What is to be sent on a connection after all that was written to it.
#[derive(Clone, Default)]
pub struct SendQueue(Rc<RefCell<Option<Outgoing>>>);

struct Outgoing {
    pieces: Box<dyn Iterator<Item = Bytes>>,
    /// Pieces that are sent next, and how long they are together.
    next: VecDeque<Bytes>,
    length: usize,
    /// Who waits for the end.
    waiting: Waker,
}

/// A body that is in the queue of a connection. Its answer has to tell the length.
pub struct Queued {
    queue: SendQueue,
    pieces: Option<Box<dyn Iterator<Item = Bytes>>>,
}

impl Connection {
    /// Takes a connection that was accepted, and tells its other side.
    #[must_use]
    pub fn new(stream: TcpStream) -> (Self, Option<SocketAddr>) {
        // Answers are written in large pieces; waiting to fill a packet would only delay what is left. Without it they come as well.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection may delay what it sends");
        }
        let peer = stream.peer_addr().ok();
        let queue = SendQueue::default();
        (Self { stream, queue }, peer)
    }

    /// What is to be sent after all that was written.
    #[must_use]
    pub fn queue(&self) -> &SendQueue {
        &self.queue
    }
}

impl SendQueue {
    /// A body of these pieces, which are taken as they can be sent. Whatever `pieces` holds is held until then, or until the client
    /// is gone.
    #[must_use]
    pub fn body(&self, pieces: impl Iterator<Item = Bytes> + 'static) -> Queued {
        Queued {
            queue: self.clone(),
            pieces: Some(Box::new(pieces)),
        }
    }
}

impl Outgoing {
    /// Takes pieces until there are enough to send; false if there are none left.
    fn fill(&mut self) -> bool {
        while self.length < AT_ONCE && self.next.len() < PIECES_AT_ONCE {
            let Some(piece) = self.pieces.next() else {
                break;
            };
            if !piece.is_empty() {
                self.length += piece.len();
                self.next.push_back(piece);
            }
        }
        self.length > 0
    }

    /// Forgets what was sent.
    fn sent(&mut self, mut count: usize) {
        self.length -= count;
        while let Some(first) = self.next.front_mut().filter(|_| count > 0) {
            let part = count.min(first.len());
            first.advance(part);
            count -= part;
            if first.is_empty() {
                self.next.pop_front();
            }
        }
    }
}

impl MessageBody for Queued {
    type Error = Infallible;

    /// Of the library's view: it does not see what is sent, so it must not count.
    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Bytes, Infallible>>> {
        let waiting = context.waker().clone();
        let pieces = self.pieces.take();
        let mut queue = self.queue.0.borrow_mut();
        if let Some(pieces) = pieces {
            *queue = Some(Outgoing {
                pieces,
                next: VecDeque::new(),
                length: 0,
                waiting,
            });
            return Poll::Pending;
        }
        match queue.as_mut() {
            Some(outgoing) => {
                outgoing.waiting = waiting;
                Poll::Pending
            }
            None => Poll::Ready(None),
        }
    }
}

impl Drop for Queued {
    /// The client is gone, or all was sent.
    fn drop(&mut self) {
        *self.queue.0.borrow_mut() = None;
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    /// Sends what is queued: whatever was written before is with the system already.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let queue = self.queue.clone();
        let mut queue = queue.0.borrow_mut();
        if let Some(outgoing) = queue.as_mut() {
            while outgoing.fill() {
                let slices: Vec<IoSlice<'_>> = outgoing.next.iter().map(|piece| IoSlice::new(piece)).collect();
                let count = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, &slices))?;
                if count == 0 {
                    return Poll::Ready(Err(std::io::ErrorKind::WriteZero.into()));
                }
                outgoing.sent(count);
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
