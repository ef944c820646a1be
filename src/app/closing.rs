//! The end of a socket that listens, without the loss of connections that were made and not yet accepted.
//!
//! Closing it resets those, with the requests that their clients have sent already. So the system is first made to drop attempts to
//! connect: their clients try again a second later and are refused, so that they go elsewhere, while all that are connected
//! are accepted.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long connections that were being made may take until they are accepted.
const ACCEPT_WAIT: Duration = Duration::from_millis(200);

/// A second handle of the socket on which the server listens. Copies share it.
#[derive(Clone)]
pub struct Listening(Arc<Mutex<Option<TcpListener>>>);

impl Listening {
    /// Takes a second handle of a socket.
    ///
    /// # Errors
    /// The operating system's.
    pub(super) fn of(listener: &TcpListener) -> std::io::Result<Self> {
        Ok(Self(Arc::new(Mutex::new(Some(listener.try_clone()?)))))
    }

    /// Takes no more attempts to connect, waits until those that were made are accepted, and gives the handle back. The server has to
    /// go on accepting meanwhile, and closes the socket afterwards.
    pub(super) async fn end(&self) {
        let listener = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(listener) = listener else { return };
        match drop_attempts(&listener) {
            Ok(()) => tokio::time::sleep(ACCEPT_WAIT).await,
            Err(error) => tracing::debug!(%error, "connections that are being made are reset"),
        }
    }
}

/// Has the system drop segments of TCP that begin a connection. Connections that are made later inherit the filter, and never see such
/// a segment.
#[cfg(target_os = "linux")]
fn drop_attempts(listener: &TcpListener) -> std::io::Result<()> {
    use socket2::{SockFilter, SockRef};

    /// Byte 13 of a segment has the flags, and this is SYN (RFC 9293 section 3.1).
    const FLAGS: u32 = 13;
    const SYN: u32 = 2;
    const LOAD_BYTE: u16 = 0x30;
    const JUMP_IF_SET: u16 = 0x45;
    const RETURN: u16 = 0x06;
    SockRef::from(listener).attach_filter(&[
        SockFilter::new(LOAD_BYTE, 0, 0, FLAGS),
        SockFilter::new(JUMP_IF_SET, 0, 1, SYN),
        SockFilter::new(RETURN, 0, 0, 0),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
    ])
}

/// Does nothing: other systems have no such filter.
#[cfg(not(target_os = "linux"))]
fn drop_attempts(_listener: &TcpListener) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}
