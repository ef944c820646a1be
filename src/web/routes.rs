//! Every route. Which addresses there are is in [`crate::admin::address`]; those of the admin are answered in [`super::admin`].

use actix_web::http::Method;
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, guard, web};

use super::{admin, api, error, health, metrics, static_files};
use crate::admin::address::Address;
use crate::web::request::record::RequestRecord;

/// Adds every route.
pub fn configure(config: &mut web::ServiceConfig) {
    let readable = |address: &Address| {
        web::resource(address.pattern())
            .route(web::method(Method::OPTIONS).to(error::options))
            .default_service(web::to(error::method_not_allowed))
    };
    let read = || web::route().guard(guard::Any(guard::Get()).or(guard::Head()));
    config
        .service(readable(&Address::Root).route(read().to(to_admin)))
        .service(web::resource("/admin").route(web::to(admin::handle)))
        .service(web::resource("/admin/{tail:.*}").route(web::to(admin::handle)))
        .service(readable(&Address::Metrics).route(read().to(metrics::metrics)))
        .service(readable(&Address::Healthy).route(read().to(health::healthy)))
        .service(readable(&Address::Ready).route(read().to(health::ready)))
        .service(readable(&Address::Static(String::new())).route(read().to(static_files::asset)))
        .configure(api::routes::configure)
        .default_service(web::to(error::not_found));
}

/// Leads to the admin, the start page.
async fn to_admin(request: HttpRequest) -> HttpResponse {
    let root = &RequestRecord::of(&request).client.root;
    HttpResponse::Found()
        .insert_header((LOCATION, format!("{root}{}", Address::Index)))
        .finish()
}
