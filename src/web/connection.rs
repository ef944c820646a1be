//! A connection that sends large bodies from where they lie.
//!
//! The HTTP library copies each piece of a body into its write buffer first, which costs as much as sending it. Instead a body may be
//! put into the connection's queue: the library is told that there is nothing to write yet, flushes what it has, the head of the
//! answer, and the flush sends the queue. Until that is done the body is not at its end, so nothing else can come between. As the
//! library does not see the body, it is here that it must have the length that was told.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::io::{Error, ErrorKind, IoSlice, Result};
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::rt::net::TcpStream;
use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// About how many bytes are handed to the system at a time: more would leave the processor's cache before they are sent.
const AT_ONCE: usize = 256 * 1024;

/// How many pieces that may be.
const PIECES_AT_ONCE: usize = 64;

/// How many times in a row that is done before others have their turn.
const TIMES_IN_A_ROW: usize = 32;

/// A TCP connection and what is to be sent on it after all that was written.
pub struct Connection {
    stream: TcpStream,
    queue: SendQueue,
    /// How long sending may stand still.
    patience: Duration,
    /// Ends when that is over; nothing while sending goes on.
    stalled: Option<Pin<Box<Sleep>>>,
}

/// What is to be sent on a connection after all that was written to it: one body at a time.
#[derive(Clone, Default)]
pub struct SendQueue(Rc<RefCell<Option<Outgoing>>>);

struct Outgoing {
    pieces: Pieces,
    /// How many bytes the pieces have that are not taken yet.
    left: u64,
    /// Pieces that are sent next, and how long they are together.
    next: VecDeque<Bytes>,
    length: usize,
    /// Who waits for the end.
    waiting: Waker,
}

type Pieces = Box<dyn Iterator<Item = Bytes>>;

/// A body that goes into the queue of a connection. Its answer has to tell the length.
pub struct Queued {
    queue: SendQueue,
    /// The pieces and how many bytes they have, until they are in the queue.
    pieces: Option<(Pieces, u64)>,
}

impl Connection {
    /// Takes a connection that was accepted, and tells its other side. It is cut when nothing could be sent for as long as
    /// `patience`: the library would wait for ever, and whoever never reads holds what an answer holds.
    #[must_use]
    pub fn new(stream: TcpStream, patience: Duration) -> (Self, Option<SocketAddr>) {
        // Answers are written in large pieces; waiting to fill a packet would only delay what is left. Without it they come as well.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection may delay what it sends");
        }
        let peer = stream.peer_addr().ok();
        let connection = Self {
            stream,
            queue: SendQueue::default(),
            patience,
            stalled: None,
        };
        (connection, peer)
    }

    /// What a write came to: it fails when it has had to wait for too long.
    fn timed(&mut self, written: Poll<Result<usize>>, context: &mut Context<'_>) -> Poll<Result<usize>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let patience = self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(patience)));
        stalled.as_mut().poll(context).map(|()| Err(ErrorKind::TimedOut.into()))
    }

    /// What is to be sent after all that was written.
    #[must_use]
    pub fn queue(&self) -> &SendQueue {
        &self.queue
    }
}

impl SendQueue {
    /// A body of these pieces, together `length` bytes, which are taken as they can be sent. Whatever `pieces` holds is held until
    /// then, or until the client is gone. If they have another length, the connection is cut: no client takes it for whole then.
    #[must_use]
    pub fn body(&self, pieces: impl Iterator<Item = Bytes> + 'static, length: u64) -> Queued {
        Queued {
            queue: self.clone(),
            pieces: Some((Box::new(pieces.fuse()), length)),
        }
    }
}

impl Outgoing {
    /// Takes pieces until there are enough to send; false if there are none left.
    ///
    /// # Errors
    /// When they have more or fewer bytes than was told.
    fn fill(&mut self) -> Result<bool> {
        while self.length < AT_ONCE && self.next.len() < PIECES_AT_ONCE {
            let Some(piece) = self.pieces.next() else {
                if self.left > 0 {
                    return Err(Error::other("a body is shorter than was told"));
                }
                break;
            };
            let Some(left) = self.left.checked_sub(piece.len() as u64) else {
                return Err(Error::other("a body is longer than was told"));
            };
            self.left = left;
            if !piece.is_empty() {
                self.length += piece.len();
                self.next.push_back(piece);
            }
        }
        Ok(self.length > 0)
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
        if let Some((pieces, left)) = pieces {
            *queue = Some(Outgoing {
                pieces,
                left,
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
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.timed(written, context)
    }

    /// Sends what is queued: whatever was written before is with the system already.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let queue = self.queue.clone();
        let mut queue = queue.0.borrow_mut();
        if let Some(outgoing) = queue.as_mut() {
            let mut times = 0;
            while outgoing.fill()? {
                if times == TIMES_IN_A_ROW {
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                times += 1;
                let slices: Vec<IoSlice<'_>> = outgoing.next.iter().map(|piece| IoSlice::new(piece)).collect();
                let written = Pin::new(&mut self.stream).poll_write_vectored(context, &slices);
                let count = ready!(self.timed(written, context))?;
                if count == 0 {
                    return Poll::Ready(Err(ErrorKind::WriteZero.into()));
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether pieces of these lengths can be sent as a body that was told to have `told` bytes.
    fn is_taken(lengths: &[usize], told: u64) -> bool {
        let pieces: Vec<Bytes> = lengths.iter().map(|length| Bytes::from(vec![0; *length])).collect();
        let mut outgoing = Outgoing {
            pieces: Box::new(pieces.into_iter()),
            left: told,
            next: VecDeque::new(),
            length: 0,
            waiting: Waker::noop().clone(),
        };
        loop {
            match outgoing.fill() {
                Ok(true) => outgoing.sent(outgoing.length.div_ceil(3)),
                Ok(false) => return outgoing.next.is_empty(),
                Err(_) => return false,
            }
        }
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
