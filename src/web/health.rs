//! Whether the process lives, and whether it can tell anything yet.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use tokio::sync::Semaphore;

use crate::admin::query::Query;
use crate::db;
use crate::db::dialect;
use crate::web::error;
use crate::web::request::deadline;
use crate::web::state::AppState;

/// How long the database may take to answer the question whether the admin is ready.
const ADMIN_LIMIT: Duration = Duration::from_secs(2);

/// One question at a time: of a database that hangs, each would keep a thread.
static ASKING: Semaphore = Semaphore::const_new(1);

/// Returns 200 while the process lives.
pub async fn healthy() -> HttpResponse {
    error::text(StatusCode::OK, "healthy")
}

/// Returns 200 once the first components are loaded, until the server begins to stop. That the schema is migrated, the pool live and the
/// collector registered was proved before the server started to listen. With `for=admin` 200 if the database answers, within two seconds.
pub async fn ready(request: HttpRequest, shared: web::Data<AppState>) -> HttpResponse {
    if shared.stopping.is_begun() {
        return error::text(StatusCode::SERVICE_UNAVAILABLE, "not ready: the server is stopping");
    }
    let query = Query::parse(request.query_string());
    let complaint = shared.admin.database.complaint();
    let refusal = match query.get("for").unwrap_or("metrics") {
        "metrics" => is_metrics_ready(&shared).await,
        "admin" => is_admin_ready(&shared).await,
        other => {
            let message = format!("for={other} is not known; use for=metrics or for=admin");
            return error::text(StatusCode::BAD_REQUEST, &message.chars().take(100).collect::<String>());
        }
    };
    match refusal {
        Ok(()) => error::text(StatusCode::OK, &with("ready", complaint)),
        Err(reason) => error::text(
            StatusCode::SERVICE_UNAVAILABLE,
            &with(&format!("not ready: {reason}"), complaint),
        ),
    }
}

/// Returns the answer, and what else is wrong with the servers of the database.
fn with(answer: &str, complaint: Option<String>) -> String {
    match complaint {
        None => answer.to_owned(),
        Some(complaint) => format!("{answer}, but {complaint}"),
    }
}

async fn is_metrics_ready(shared: &web::Data<AppState>) -> Result<(), String> {
    // Another version of the program may have migrated what this one started with.
    if shared.admin.pool.is_schema_doubtful()
        && let Err(reason) = is_admin_ready(shared).await
    {
        tracing::debug!(reason, "whether the schema can be used again was not found out");
    }
    if let Some(reason) = shared.admin.pool.schema_fault() {
        return Err(reason);
    }
    let is_loaded = shared.collector.instruments().snapshot_loaded.get() == 1;
    let reason = || "the components are not loaded from the database yet".to_owned();
    is_loaded.then_some(()).ok_or_else(reason)
}

/// Asks the database over a connection of the pool, as a page would.
async fn is_admin_ready(shared: &web::Data<AppState>) -> Result<(), String> {
    let shared = shared.clone();
    let asked = async {
        // No semaphore here is ever closed.
        let permit = ASKING.acquire().await.ok();
        deadline::beside(permit, move || -> db::Result<()> {
            shared.admin.pool.recheck_schema();
            let mut conn = shared.admin.pool.get_within(ADMIN_LIMIT)?;
            dialect::mark(&mut conn)?;
            Ok(())
        })
        .await
    };
    match tokio::time::timeout(ADMIN_LIMIT, asked).await {
        Ok(Ok((Ok(()), _))) => Ok(()),
        Ok(Ok((Err(error), _))) => {
            tracing::warn!(%error, "the admin is not ready");
            Err(error.in_words().trim_end_matches('.').to_owned())
        }
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!(
            "the database did not answer within {} s",
            ADMIN_LIMIT.as_secs()
        )),
    }
}
