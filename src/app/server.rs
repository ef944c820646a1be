//! The HTTP server, put together from the library's parts.

use std::future::ready;
use std::io::Error;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, KeepAlive};
use actix_server::Server;
use actix_service::{IntoServiceFactory, Service, ServiceFactoryExt, apply_fn_factory, fn_service, map_config};
use actix_web::dev::AppConfig;
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::{App, web};
use socket2::SockRef;

use super::file_limit;
use crate::config::ServeOptions;
use crate::web::connection::limit::ConnectionLimit;
use crate::web::connection::read_timeout::KEEP_ALIVE;
use crate::web::connection::{Connection, Rules};
use crate::web::request::security_log::SecurityLog;
use crate::web::state::AppState;
use crate::web::{request, routes};

/// Connections that may wait until they are accepted; the system may allow fewer. When there are more, clients try again a second later.
const BACKLOG: i32 = 1024;

/// How long a client that was answered may take to hang up.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Listens on `address`.
///
/// # Errors
/// The operating system's.
pub(super) fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    // The standard library lets 128 wait, which a burst of clients exceeds.
    SockRef::from(&listener).listen(BACKLOG)?;
    Ok(listener)
}

/// Builds the server on a socket that listens. It answers once it is awaited.
///
/// It is made of the parts of actix-web's `HttpServer`, which knows no connections but its own. It has the same settings, but that an
/// answer to a request without a host would take `localhost:8080` for its own; nothing here asks for that. Signals are not its concern.
///
/// # Errors
/// The operating system's.
pub(super) fn server(
    options: &ServeOptions,
    listener: TcpListener,
    shared: web::Data<AppState>,
) -> std::io::Result<Server> {
    let mut server = Server::build()
        .disable_signals()
        .shutdown_timeout(options.shutdown_timeout.as_secs().max(1));
    if let Some(workers) = options.workers {
        server = server.workers(usize::from(workers));
    }
    let workers = options.workers.map_or_else(
        || std::thread::available_parallelism().map_or(2, NonZeroUsize::get) as u64,
        u64::from,
    );
    let connections_max =
        file_limit::connections(file_limit::raise(), options.pool_size, workers, options.max_connections);
    let metrics = &shared.http_metrics.connections;
    let limit = ConnectionLimit::new(connections_max, &options.trusted_proxy, metrics.clone());
    let rules = Rules {
        send_timeout: options.send_timeout,
        read_timeout: options.read_timeout,
        stopping: shared.stopping.clone(),
        metrics: metrics.clone(),
    };
    // The library leaves connections beyond its own limit to wait without an answer. It is above ours, and keeps a burst of connections
    // from taking all files before they are refused.
    let server = server.max_concurrent_connections(file_limit::of_worker(connections_max, workers));
    let server = server.listen("http", listener, move || {
        let app = App::new()
            .app_data(shared.clone())
            .wrap(from_fn(request::wrap))
            .configure(routes::configure)
            .into_factory()
            .map_err(|error: actix_web::Error| error.error_response());
        let http = HttpService::build()
            .keep_alive(KeepAlive::Timeout(KEEP_ALIVE))
            // Heads have deadlines of our own, which hold for every request of a connection; so does the end of idle ones at a stop.
            .client_request_timeout(Duration::ZERO)
            .client_disconnect_timeout(DISCONNECT_TIMEOUT)
            .on_connect_ext(|connection: &Connection, data| {
                data.insert(connection.activity().clone());
                data.insert(connection.presence().clone());
            })
            .h1(map_config(app, |()| AppConfig::default()));
        let security = Arc::clone(&shared.security);
        let http = apply_fn_factory(
            http,
            move |(connection, peer): (Connection, Option<SocketAddr>), service| {
                let (served, security) = (service.call((connection, peer)), Arc::clone(&security));
                async move { served.await.inspect_err(|error| log_unread(&security, peer, error)) }
            },
        );
        let (limit, rules) = (limit.clone(), rules.clone());
        fn_service(move |stream| ready(admitted(stream, &limit, &rules))).and_then(http)
    })?;
    Ok(server.run())
}

/// Takes a connection, or closes it at once if there are too many.
fn admitted(
    stream: TcpStream,
    limit: &ConnectionLimit,
    rules: &Rules,
) -> Result<(Connection, Option<SocketAddr>), DispatchError> {
    let address = stream.peer_addr().ok().map(|peer| peer.ip());
    match limit.admit(address) {
        Ok(slot) => Ok(Connection::new(stream, slot, rules)),
        Err(refusal) => Err(DispatchError::Io(Error::other(refusal.as_str()))),
    }
}

/// Logs why the HTTP library ended a connection; above all what it refused before any handler saw it.
fn log_unread(security: &SecurityLog, peer: Option<SocketAddr>, error: &DispatchError) {
    match error {
        DispatchError::Parse(_) | DispatchError::SlowRequestTimeout => {
            security.log_unread(peer.map(|peer| peer.ip()), &error.to_string());
        }
        DispatchError::InternalError | DispatchError::Service(_) => tracing::error!(%error, "a connection was ended"),
        // Clients that disconnected, and answers that broke off, which is logged where it happens.
        _ => tracing::debug!(%error, "a connection was ended"),
    }
}
