//! A way to PostgreSQL that can fail at the worst moment: when COMMIT is on its way.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

/// COMMIT as libpq sends it: a simple query.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";

/// What only transactions that write ask.
const WRITES: &[u8] = b"txid_current()";

/// What the names of prepared statements begin with.
const STATEMENT: &[u8] = b"__diesel_stmt_";

/// What becomes of the next COMMIT that comes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It arrives; the connection breaks before its answer comes back.
    LoseAnswer,
    /// The connection breaks before it arrives.
    LoseCommit,
}

#[derive(Default)]
struct State {
    /// The fault, and whether no connection is let through afterwards.
    next: Option<(Fault, bool)>,
    happened: usize,
    is_closed: bool,
}

type Shared = Arc<Mutex<State>>;

/// Passes bytes on between clients and a server, until the test ends.
pub struct Relay {
    shared: Shared,
}

impl Relay {
    /// Starts one before the server of `url`. Returns the URL that leads through it.
    pub fn before(url: &str) -> (Self, String) {
        let (user, rest) = url.rsplit_once('@').expect("the URL names a user");
        let (host, name) = rest.split_once('/').expect("the URL names a database");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it listens").port();
        let shared = Shared::default();
        let (of_thread, server) = (Arc::clone(&shared), host.to_owned());
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if lock(&of_thread).is_closed {
                    continue;
                }
                // A server that is away refuses the relay's connection, and so the client's breaks.
                if let Ok(server) = TcpStream::connect(&server) {
                    pass_on(client, server, &of_thread);
                }
            }
        });
        (Self { shared }, format!("{user}@127.0.0.1:{port}/{name}"))
    }

    /// Has the next COMMIT of a transaction that writes fail; no connection is let through afterwards if `closes`.
    pub fn fail_next(&self, fault: Fault, closes: bool) {
        let mut state = lock(&self.shared);
        state.next = Some((fault, closes));
        state.is_closed = false;
    }

    /// Lets connections through again.
    pub fn open(&self) {
        lock(&self.shared).is_closed = false;
    }

    /// Returns how many faults have happened.
    pub fn happened(&self) -> usize {
        lock(&self.shared).happened
    }
}

/// Passes bytes on in both directions until either side ends.
fn pass_on(client: TcpStream, server: TcpStream, shared: &Shared) {
    let copies = (
        client.try_clone().expect("a socket can be shared"),
        server.try_clone().expect("a socket can be shared"),
    );
    let (from_client, of_thread) = ((client, server), Arc::clone(shared));
    std::thread::spawn(move || {
        let (mut client, mut server) = from_client;
        let mut buffer = [0; 16 * 1024];
        let (mut writes, mut statements) = (false, Vec::new());
        while let Ok(count @ 1..) = client.read(&mut buffer) {
            let bytes = &buffer[..count];
            writes |= asks_to_write(bytes, &mut statements);
            let is_commit = bytes.ends_with(COMMIT);
            let fault = match is_commit && std::mem::take(&mut writes) {
                true => lock(&of_thread).next.take(),
                false => None,
            };
            match fault {
                None => {
                    if server.write_all(bytes).is_err() {
                        break;
                    }
                }
                Some(fault) => {
                    break_off(fault, &client, &mut server, bytes, &of_thread);
                    return;
                }
            }
        }
        close(&client);
        close(&server);
    });
    std::thread::spawn(move || {
        let (mut client, mut server) = copies;
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = server.read(&mut buffer) {
            if client.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        close(&client);
        close(&server);
    });
}

/// Returns whether a client asks what only transactions that write ask, by its text or by the name of a statement that was prepared from it
/// on this connection, which is added to `statements`.
fn asks_to_write(bytes: &[u8], statements: &mut Vec<Vec<u8>>) -> bool {
    let find = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).position(|other| other == part);
    if let Some(text) = find(bytes, WRITES) {
        let before = &bytes[..text];
        let name = before.windows(STATEMENT.len()).rposition(|part| part == STATEMENT);
        let name = name.and_then(|start| Some(&before[start..=start + find(&before[start..], b"\0")?]));
        statements.extend(name.map(<[u8]>::to_vec));
        return true;
    }
    statements.iter().any(|name| find(bytes, name).is_some())
}

/// Carries the fault out. The client's side breaks first, so that it never sees an answer.
fn break_off(
    (fault, closes): (Fault, bool),
    client: &TcpStream,
    server: &mut TcpStream,
    bytes: &[u8],
    shared: &Shared,
) {
    let mut state = lock(shared);
    state.happened += 1;
    state.is_closed = closes;
    close(client);
    if fault == Fault::LoseAnswer {
        // A server that has ended takes nothing any more.
        drop(server.write_all(bytes));
    } else {
        close(server);
    }
}

fn lock(shared: &Shared) -> MutexGuard<'_, State> {
    shared.lock().expect("no thread panics")
}

/// Closes a socket, also if the other side has closed it already.
fn close(socket: &TcpStream) {
    drop(socket.shutdown(Shutdown::Both));
}
