//! Whether the process lives, and whether it can tell anything yet.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::error;
use super::shared::Shared;

/// 200 while the process lives.
pub async fn healthy() -> HttpResponse {
    error::text(StatusCode::OK, "healthy")
}

/// 200 once the first components are loaded, until the server is told to stop. That the schema is migrated, the pool live and the collector registered was proved
/// before the server started to listen.
pub async fn ready(shared: web::Data<Shared>) -> HttpResponse {
    if shared.stopping.is_begun() {
        return error::text(StatusCode::SERVICE_UNAVAILABLE, "not ready: the server is stopping");
    }
    if shared.collector.instruments().snapshot_loaded.get() == 1 {
        return error::text(StatusCode::OK, "ready");
    }
    error::text(
        StatusCode::SERVICE_UNAVAILABLE,
        "not ready: the components are not loaded from the database yet",
    )
}
