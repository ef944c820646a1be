//! A connection that sends large bodies from where they lie: from memory in vectored writes, from a file by `sendfile`.
//!
//! The HTTP library copies each piece of a body into its write buffer first, which costs as much as sending it. Instead a body may be
//! put into the connection's queue: the library is told that there is nothing to write yet, writes what it has, the head of the
//! answer, and flushes; that goes before the queue, and the flush sends both. Until that is done the body is not at its end, so
//! nothing else can come between. As the library does not see the body, it is here that it must have the length that was told.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::io::{Error, ErrorKind, IoSlice, Result};
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::rt::net::TcpStream;
use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::metrics::spool::{Piece, Spool};

/// About how many bytes in memory are handed to the system at a time: more would leave the processor's cache before they are sent.
const AT_ONCE: usize = 256 * 1024;

/// How many pieces that may be.
const PIECES_AT_ONCE: usize = 64;

/// How many bytes of a file are handed to the system at a time.
const OF_FILE_AT_ONCE: u64 = 2 * 1024 * 1024;

/// How many bytes are sent in a row before others have their turn.
const IN_A_ROW: usize = 8 * 1024 * 1024;

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
    /// Whether any piece was taken.
    is_begun: bool,
    /// Pieces that are sent next, and how long they are together.
    next: VecDeque<Bytes>,
    length: usize,
    /// What is sent after those, and how much of it was sent.
    file: Option<(Arc<Spool>, u64)>,
    /// Who waits for the end.
    waiting: Waker,
}

type Pieces = Box<dyn Iterator<Item = Piece>>;

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
    pub fn body(&self, pieces: impl Iterator<Item = Piece> + 'static, length: u64) -> Queued {
        Queued {
            queue: self.clone(),
            pieces: Some((Box::new(pieces.fuse()), length)),
        }
    }
}

impl Outgoing {
    fn new(pieces: Pieces, length: u64, waiting: Waker) -> Self {
        Self {
            pieces,
            left: length,
            is_begun: false,
            next: VecDeque::new(),
            length: 0,
            file: None,
            waiting,
        }
    }

    /// Puts bytes before all pieces.
    fn put_before(&mut self, bytes: &[u8]) {
        self.length += bytes.len();
        self.next.push_back(Bytes::copy_from_slice(bytes));
    }

    /// Takes pieces until there are enough to send; false if there are none left.
    ///
    /// # Errors
    /// When they have more or fewer bytes than was told.
    fn fill(&mut self) -> Result<bool> {
        self.is_begun = true;
        while self.file.is_none() && self.length < AT_ONCE && self.next.len() < PIECES_AT_ONCE {
            let Some(piece) = self.pieces.next() else {
                if self.left > 0 {
                    return Err(Error::other("a body is shorter than was told"));
                }
                break;
            };
            let Some(left) = self.left.checked_sub(piece.length()) else {
                return Err(Error::other("a body is longer than was told"));
            };
            self.left = left;
            match piece {
                piece if piece.length() == 0 => {}
                Piece::Bytes(bytes) => {
                    self.length += bytes.len();
                    self.next.push_back(bytes);
                }
                Piece::Spool(spool) => self.file = Some((spool, 0)),
            }
        }
        Ok(self.length > 0 || self.file.is_some())
    }

    /// Sends some of what is next: how many bytes.
    fn poll_send(&mut self, stream: &mut TcpStream, context: &mut Context<'_>) -> Poll<Result<usize>> {
        if let Some((spool, offset)) = self.file.as_mut().filter(|_| self.next.is_empty()) {
            let count = ready!(poll_send_file(stream, spool, *offset, context))?;
            *offset += count as u64;
            self.file.take_if(|(spool, offset)| spool.length() <= *offset);
            return Poll::Ready(Ok(count));
        }
        let slices: Vec<IoSlice<'_>> = self.next.iter().map(|piece| IoSlice::new(piece)).collect();
        let count = ready!(Pin::new(stream).poll_write_vectored(context, &slices))?;
        self.sent(count);
        Poll::Ready(Ok(count))
    }

    /// Forgets what was sent from memory.
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

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
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

/// Sends some of a file from `offset` on: how many bytes.
#[cfg(target_os = "linux")]
fn poll_send_file(stream: &TcpStream, spool: &Spool, offset: u64, context: &mut Context<'_>) -> Poll<Result<usize>> {
    let length = spool.length().saturating_sub(offset).min(OF_FILE_AT_ONCE);
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    loop {
        ready!(stream.poll_write_ready(context))?;
        let sent = stream.try_io(tokio::io::Interest::WRITABLE, || {
            let mut offset = offset;
            let send = || rustix::fs::sendfile(stream, spool.file(), Some(&mut offset), length);
            Ok(rustix::io::retry_on_intr(send)?)
        });
        match &sent {
            // It was not ready after all; that is known now.
            Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
            // The other side is gone.
            Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {}
            Err(error) => spool.give_up(error),
            Ok(0) => spool.give_up(&"it ends too early"),
            Ok(_) => {}
        }
        return Poll::Ready(sent);
    }
}

/// Elsewhere nothing is spooled.
#[cfg(not(target_os = "linux"))]
fn poll_send_file(
    _stream: &TcpStream,
    _spool: &Spool,
    _offset: u64,
    _context: &mut Context<'_>,
) -> Poll<Result<usize>> {
    Poll::Ready(Err(ErrorKind::Unsupported.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether pieces of these lengths can be sent as a body that was told to have `told` bytes.
    fn is_taken(lengths: &[usize], told: u64) -> bool {
        let pieces: Vec<Piece> = lengths
            .iter()
            .map(|length| Piece::Bytes(Bytes::from(vec![0; *length])))
            .collect();
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
    #[cfg(target_os = "linux")]
    fn sent(head: &'static [u8], pieces: Vec<Piece>) -> (Result<()>, Vec<u8>) {
        let length = pieces.iter().map(Piece::length).sum();
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
            let (mut connection, _) = Connection::new(stream, Duration::from_secs(60));
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

    #[cfg(target_os = "linux")]
    fn spool(bytes: &[u8]) -> Arc<Spool> {
        Arc::new(Spool::write(&[Bytes::copy_from_slice(bytes)]).expect("a file can be written"))
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_body_is_sent_from_memory_and_from_files() {
        let large: Vec<u8> = (0..9_000_000_u32).flat_map(u32::to_le_bytes).collect();
        let pieces = vec![
            Piece::Bytes(Bytes::from_static(b"front")),
            Piece::Spool(spool(&large)),
            Piece::Spool(spool(b"")),
            Piece::Spool(spool(b"little")),
            Piece::Bytes(Bytes::from_static(b"between")),
            Piece::Bytes(Bytes::from(large.clone())),
            Piece::Spool(spool(&large)),
            Piece::Bytes(Bytes::from_static(b"back")),
        ];
        let whole = [
            b"head, front",
            &large[..],
            b"little",
            b"between",
            &large,
            &large,
            b"back",
        ];
        let (sent, read) = sent(b"head, ", pieces);
        assert!(sent.is_ok() && read == whole.concat(), "{sent:?}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_is_too_short_cuts_the_connection_and_is_broken() {
        let spool = spool(&[7; 100_000]);
        spool.file().set_len(60_000).expect("it can be cut");
        let (sent, read) = sent(b"head", vec![Piece::Spool(Arc::clone(&spool))]);
        assert_eq!(sent.map_err(|error| error.kind()), Err(ErrorKind::WriteZero));
        assert_eq!(read.len(), 60_004);
        assert!(spool.is_broken());
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
