//! Static files, embedded. Their addresses hold a hash of their content, so that browsers may keep them for ever.
//!
//! The files of `style/` are one stylesheet, in the order of `STYLE`. The files of `scripts/` are modules that import each other by
//! relative paths, so they share one hash, of all of them, as the name of their folder.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::LazyLock;

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::admin::address::Address;
use crate::metrics::answer::negotiation::{self, Coding};
use crate::web::error;

#[derive(rust_embed::RustEmbed)]
#[folder = "static/"]
struct EmbeddedFiles;

/// The parts of the stylesheet. What stands later wins over what is as specific.
const STYLE: [&str; 25] = [
    "tokens",
    "base",
    "frame",
    "sidebar",
    "content",
    "controls",
    "messages",
    "tables",
    "lists",
    "filters",
    "selection",
    "bulk",
    "start",
    "hours",
    "measured",
    "reading",
    "report",
    "options",
    "forms",
    "rows",
    "data",
    "pages",
    "keyboard",
    "narrow",
    "print",
];
/// The module that starts the others.
const ENTRANCE: &str = "admin.js";

/// A file as it is sent.
struct StaticFile {
    media_type: &'static str,
    plain: Bytes,
    gzip: Option<Bytes>,
}

/// All files by their addresses below `/static/`.
struct StaticFiles {
    files: BTreeMap<String, StaticFile>,
    stylesheet: String,
    script: String,
    icon: String,
}

static STATIC_FILES: LazyLock<StaticFiles> = LazyLock::new(StaticFiles::load);

/// Returns the address of the stylesheet.
#[must_use]
pub fn stylesheet() -> &'static str {
    &STATIC_FILES.stylesheet
}

/// Returns the address of the module that imports the others.
#[must_use]
pub fn script() -> &'static str {
    &STATIC_FILES.script
}

/// Returns the address of the icon.
#[must_use]
pub fn icon() -> &'static str {
    &STATIC_FILES.icon
}

impl StaticFiles {
    fn load() -> Self {
        let style: Vec<Vec<u8>> = STYLE.iter().map(|part| content(&format!("style/{part}.css"))).collect();
        let style = style.join(&b'\n');
        let icon = content("icon.svg");
        let mut modules: Vec<(String, Vec<u8>)> = EmbeddedFiles::iter()
            .filter_map(|path| Some((path.strip_prefix("scripts/")?.to_owned(), content(&path))))
            .collect();
        modules.sort();
        let all: Vec<u8> = modules.iter().flat_map(|(_, content)| content).copied().collect();
        let folder = format!("scripts.{}", hash(&all));
        let mut assets = Self {
            files: BTreeMap::new(),
            stylesheet: String::new(),
            script: Address::Static(format!("{folder}/{ENTRANCE}")).to_string(),
            icon: String::new(),
        };
        assets.stylesheet = assets.add(format!("site.{}.css", hash(&style)), style);
        assets.icon = assets.add(format!("icon.{}.svg", hash(&icon)), icon);
        for (name, content) in modules {
            assets.add(format!("{folder}/{name}"), content);
        }
        assets
    }

    /// Adds a file and gives its address.
    fn add(&mut self, name: String, plain: Vec<u8>) -> String {
        let address = Address::Static(name.clone()).to_string();
        let asset = StaticFile {
            media_type: media_type(&name),
            gzip: gzip(&plain).map(Bytes::from),
            plain: plain.into(),
        };
        self.files.insert(name, asset);
        address
    }
}

fn content(path: &str) -> Vec<u8> {
    EmbeddedFiles::get(path)
        .map(|file| file.data.into_owned())
        .unwrap_or_default()
}

/// Returns the beginning of a SHA-256, in hexadecimal.
fn hash(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the same, smaller; nothing if it does not get smaller.
fn gzip(plain: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).ok()?;
    encoder.finish().ok().filter(|packed| packed.len() < plain.len())
}

/// Sends a static file.
pub async fn asset(name: web::Path<String>, request: HttpRequest) -> HttpResponse {
    let Some(asset) = STATIC_FILES.files.get(name.as_str()) else {
        return error::text(StatusCode::NOT_FOUND, "There is no such file.");
    };
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, asset.media_type))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((VARY, ACCEPT_ENCODING.as_str()));
    match &asset.gzip {
        Some(packed) if takes_gzip(&request) => response.insert_header((CONTENT_ENCODING, "gzip")).body(packed.clone()),
        _ => response.body(asset.plain.clone()),
    }
}

fn takes_gzip(request: &HttpRequest) -> bool {
    let accepted = request.headers().get(ACCEPT_ENCODING);
    let accepted = accepted.and_then(|value| value.to_str().ok());
    negotiation::coding(accepted) == Coding::Gzip
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
