//! Every route.

use actix_web::http::Method;
use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, guard, web};

use super::{admin, error, health, metrics, static_files};

/// Adds every route.
pub fn configure(config: &mut web::ServiceConfig) {
    let readable = |path: &str| {
        web::resource(path)
            .route(web::method(Method::OPTIONS).to(error::options))
            .default_service(web::to(error::method_not_allowed))
    };
    let read = || web::route().guard(guard::Any(guard::Get()).or(guard::Head()));
    config
        .service(readable("/").route(read().to(to_admin)))
        .service(web::resource("/admin").route(web::to(admin::admin)))
        .service(web::resource("/admin/{tail:.*}").route(web::to(admin::admin)))
        .service(readable("/metrics").route(read().to(metrics::metrics)))
        .service(readable("/-/healthy").route(read().to(health::healthy)))
        .service(readable("/-/ready").route(read().to(health::ready)))
        .service(readable("/static/{name:.*}").route(read().to(static_files::asset)))
        .default_service(web::to(error::not_found));
}

/// Returns the admin is the start page.
async fn to_admin() -> HttpResponse {
    HttpResponse::Found().insert_header((LOCATION, "/admin/")).finish()
}
