//! A way to PostgreSQL that can be cut for one replica, while the database goes on for the others.

use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Carries connections to a server until it is cut.
pub(super) struct Proxy {
    address: SocketAddr,
    /// Both ends of each connection; nothing once it is cut.
    streams: Arc<Mutex<Option<Vec<TcpStream>>>>,
}

impl Proxy {
    /// A proxy to `target`, which is HOST:PORT.
    fn start(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let streams = Arc::new(Mutex::new(Some(Vec::new())));
        let carried = Arc::clone(&streams);
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let mut carried = carried.lock().expect("no user panics with the streams");
                // Once cut, a connection is closed as soon as it is made.
                if let Some(streams) = carried.as_mut() {
                    let far = TcpStream::connect(&target).expect("the server listens");
                    streams.extend([share(&near), share(&far)]);
                    carry(share(&near), share(&far));
                    carry(far, near);
                }
            }
        });
        Self { address, streams }
    }

    /// A proxy to the server of a URL, and the URL that goes through it.
    pub(super) fn of(url: &str) -> (Self, String) {
        let (_, rest) = url.split_once('@').expect("the URL names a user");
        let (target, _) = rest.split_once('/').expect("the URL ends with a database");
        let proxy = Self::start(target.to_owned());
        let through = url.replacen(target, &proxy.address.to_string(), 1);
        (proxy, through)
    }

    /// Ends all connections, and those to come at once.
    pub(super) fn cut(&self) {
        let streams = self.streams.lock().expect("no user panics with the streams").take();
        for stream in streams.expect("it is cut once") {
            // The other side may have closed it before.
            drop(stream.shutdown(Shutdown::Both));
        }
    }
}

fn share(stream: &TcpStream) -> TcpStream {
    stream.try_clone().expect("a stream can be shared")
}

/// Copies what comes in at one end to the other until either is closed.
fn carry(mut from: TcpStream, mut to: TcpStream) {
    std::thread::spawn(move || {
        // An error is the end of the connection, as is the end of what comes.
        drop(std::io::copy(&mut from, &mut to));
        drop(to.shutdown(Shutdown::Both));
    });
}
