//! Static files, embedded. Their names hold a hash of their content, so that browsers may keep them for ever.

use std::collections::HashMap;
use std::sync::LazyLock;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};

use super::error;

#[derive(rust_embed::RustEmbed)]
#[folder = "static/"]
struct Files;

/// Hashed name → file name.
static BY_HASHED_NAME: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    Files::iter()
        .filter_map(|name| Some((hashed_name(&name)?, name.into_owned())))
        .collect()
});

static STYLESHEET: LazyLock<String> = LazyLock::new(|| url("site.css"));
static ADMIN_SCRIPT: LazyLock<String> = LazyLock::new(|| url("admin.js"));
static ICON: LazyLock<String> = LazyLock::new(|| url("icon.svg"));

/// The address of the stylesheet.
#[must_use]
pub fn stylesheet() -> &'static str {
    &STYLESHEET
}

/// The address of the admin's script.
#[must_use]
pub fn admin_script() -> &'static str {
    &ADMIN_SCRIPT
}

/// The address of the icon.
#[must_use]
pub fn icon() -> &'static str {
    &ICON
}

/// `site.css` → `/static/site.1f3870be.css`.
fn url(name: &str) -> String {
    format!("/static/{}", hashed_name(name).unwrap_or_else(|| name.to_owned()))
}

fn hashed_name(name: &str) -> Option<String> {
    let hash = Files::get(name)?.metadata.sha256_hash();
    let hash: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let (stem, extension) = name.rsplit_once('.')?;
    Some(format!("{stem}.{hash}.{extension}"))
}

/// Sends a static file.
pub async fn asset(name: web::Path<String>) -> HttpResponse {
    let found = BY_HASHED_NAME
        .get(name.as_str())
        .and_then(|name| Some((name, Files::get(name)?)));
    let Some((name, file)) = found else {
        return error::text(StatusCode::NOT_FOUND, "There is no such file.");
    };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media_type(name)))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(file.data.into_owned())
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
