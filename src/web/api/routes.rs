//! The addresses of the API.

use actix_web::http::Method;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, guard, web};

use super::handlers;
use super::problem::{ProblemDetails, ProblemKind};
use crate::api::operation::ApiOperation;
use crate::web::state::AppState;

/// Adds every route.
pub fn configure(config: &mut web::ServiceConfig) {
    for (operation, path) in ApiOperation::ALL.into_iter().flat_map(paths) {
        let route = match operation.takes_body() {
            true => web::post(),
            false => web::route().guard(guard::Any(guard::Get()).or(guard::Head())),
        };
        let handler = move |request: HttpRequest, payload: web::Payload, shared: web::Data<AppState>| {
            handlers::answer(operation, request, payload, shared)
        };
        let resource = web::resource(path)
            .route(route.to(handler))
            .route(web::method(Method::OPTIONS).to(move || options(operation)))
            .default_service(web::to(move || method_not_allowed(operation)));
        config.service(resource);
    }
    config
        .service(web::resource("/api").route(web::to(not_found)))
        .service(web::resource("/api/{tail:.*}").route(web::to(not_found)));
}

/// Returns an operation with each of its paths. Where a name is left out, the answer is that no component has it, with similar ones.
fn paths(operation: ApiOperation) -> Vec<(ApiOperation, String)> {
    let path = operation.path();
    let mut paths = vec![(operation, path.to_owned())];
    if operation.names_component() {
        paths.push((operation, path.replace("{name}", "")));
    }
    paths
}

/// Returns the methods of an operation.
fn methods(operation: ApiOperation) -> HeaderValue {
    HeaderValue::from_static(match operation.takes_body() {
        true => "POST, OPTIONS",
        false => "GET, HEAD, OPTIONS",
    })
}

async fn options(operation: ApiOperation) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((ALLOW, methods(operation)))
        .finish()
}

async fn method_not_allowed(operation: ApiOperation) -> HttpResponse {
    let detail = match operation.takes_body() {
        true => "Use POST here.",
        false => "Use GET here.",
    };
    let mut response = ProblemDetails::new(ProblemKind::MethodNotAllowed, detail).respond();
    response.headers_mut().insert(ALLOW, methods(operation));
    response
}

async fn not_found() -> HttpResponse {
    let detail = format!(
        "There is nothing at this address; {} describes what there is.",
        ApiOperation::Description.path()
    );
    ProblemDetails::new(ProblemKind::NotFound, detail).respond()
}
