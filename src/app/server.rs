//! The HTTP server, put together from the library's parts.

use std::future::ready;
use std::net::TcpListener;

use actix_http::HttpService;
use actix_server::Server;
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::dev::AppConfig;
use actix_web::middleware::from_fn;
use actix_web::{App, web};

use crate::config::ServeOptions;
use crate::web::connection::Connection;
use crate::web::shared::Shared;
use crate::web::{request, routes};

use std::time::Duration;

/// How long a client that was answered may take to hang up.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);

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
    shared: web::Data<Shared>,
) -> std::io::Result<Server> {
    let mut server = Server::build()
        .disable_signals()
        .shutdown_timeout(options.shutdown_timeout.as_secs().max(1));
    if let Some(workers) = options.workers {
        server = server.workers(usize::from(workers));
    }
    let stopping = server.graceful_shutdown_signal();
    let send_timeout = options.send_timeout;
    let server = server.listen("http", listener, move || {
        let app = App::new()
            .app_data(shared.clone())
            .wrap(from_fn(request::wrap))
            .configure(routes::configure)
            .into_factory()
            .map_err(|error: actix_web::Error| error.error_response());
        let stopping = stopping.clone();
        let http = HttpService::build()
            .client_disconnect_timeout(DISCONNECT_TIMEOUT)
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .on_connect_ext(|connection: &Connection, data| drop(data.insert(connection.queue().clone())))
            .h1(map_config(app, |()| AppConfig::default()));
        fn_service(move |stream| ready(Ok(Connection::new(stream, send_timeout)))).and_then(http)
    })?;
    Ok(server.run())
}
