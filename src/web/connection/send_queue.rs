//! What a connection sends after all that was written to it: a body, from where it lies.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::io::{Error, IoSlice, Result};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use actix_web::body::{BodySize, MessageBody};
use actix_web::rt::net::TcpStream;
use bytes::{Buf, Bytes};
use tokio::io::AsyncWrite;

/// About how many bytes are handed to the system at a time: more would leave the processor's cache before they are sent.
pub(super) const AT_ONCE: usize = 256 * 1024;

/// How many pieces that may be.
const PIECES_AT_ONCE: usize = 64;

/// What is to be sent on a connection after all that was written to it: one body at a time.
#[derive(Clone, Default)]
pub struct SendQueue(pub(super) Rc<RefCell<Option<Outgoing>>>);

pub(super) struct Outgoing {
    pieces: Pieces,
    /// How many bytes the pieces have that are not taken yet.
    left: u64,
    /// Whether any piece was taken.
    pub(super) is_begun: bool,
    /// Pieces that are sent next, and how long they are together.
    pub(super) next: VecDeque<Bytes>,
    pub(super) length: usize,
    /// Who waits for the end.
    pub(super) waiting: Waker,
}

type Pieces = Box<dyn Iterator<Item = Bytes>>;

/// A body that goes into the queue of a connection. Its answer has to tell the length.
pub struct Queued {
    queue: SendQueue,
    /// The pieces and how many bytes they have, until they are in the queue.
    pieces: Option<(Pieces, u64)>,
}

impl SendQueue {
    /// Returns whether there is nothing to be sent.
    pub(super) fn is_empty(&self) -> bool {
        self.0.borrow().is_none()
    }

    /// Returns a body of these pieces, together `length` bytes, which are taken as they can be sent. Whatever `pieces` holds is held until
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
    pub(super) fn new(pieces: Pieces, length: u64, waiting: Waker) -> Self {
        Self {
            pieces,
            left: length,
            is_begun: false,
            next: VecDeque::new(),
            length: 0,
            waiting,
        }
    }

    /// Puts bytes before all pieces.
    pub(super) fn put_before(&mut self, bytes: &[u8]) {
        self.length += bytes.len();
        self.next.push_back(Bytes::copy_from_slice(bytes));
    }

    /// Takes pieces until there are enough to send; false if there are none left.
    ///
    /// # Errors
    /// When they have more or fewer bytes than was told.
    pub(super) fn fill(&mut self) -> Result<bool> {
        self.is_begun = true;
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

    /// Sends some of what is next: how many bytes.
    pub(super) fn poll_send(&mut self, stream: &mut TcpStream, context: &mut Context<'_>) -> Poll<Result<usize>> {
        let slices: Vec<IoSlice<'_>> = self.next.iter().map(|piece| IoSlice::new(piece)).collect();
        let count = ready!(Pin::new(stream).poll_write_vectored(context, &slices))?;
        self.sent(count);
        Poll::Ready(Ok(count))
    }

    /// Forgets what was sent.
    pub(super) fn sent(&mut self, mut count: usize) {
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
            *queue = Some(Outgoing::new(pieces, left, waiting));
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
