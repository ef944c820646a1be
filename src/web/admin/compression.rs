//! Pages in gzip, for browsers that take it.
//!
//! The length of a compressed page tells how much of what an address made it repeat stands elsewhere in it, to anyone who has a browser
//! ask and sees the bytes pass (BREACH). So a page is compressed only if no other site had the browser ask for it, CSRF tokens are masked
//! anew for each page, and a name of random length in the header of gzip blurs the length.

use std::sync::{Mutex, PoisonError};

use actix_web::HttpRequest;
use actix_web::http::header::ACCEPT_ENCODING;
use flate2::{Compress, Compression, Crc, FlushCompress, Status};

use crate::auth::secret;
use crate::metrics::answer::negotiation::{self, Coding};

/// Level 5 takes 0.4 ms for a list of 100 rows; level 1 takes 0.15 ms and is half as large again, level 6 takes 0.5 ms for 1 % less.
const LEVEL: u32 = 5;
/// Less than this fits into the first packet of an answer anyway.
const LENGTH_MIN: usize = 1024;
/// The header's name is up to so many bytes long.
const PADDING_MAX: u8 = 128;
/// The header: deflate, with a name, no time, any system (RFC 1952 section 2.3).
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 255];
/// So many compressors are kept. Each has a quarter of a megabyte, which the system would clear for every page.
const SPARE_MAX: usize = 4;

static SPARE: Mutex<Vec<Compress>> = Mutex::new(Vec::new());

/// Returns whether the answer to a request may be compressed. `is_foreign` says that its `Origin` or `Referer` is another site's.
pub(super) fn is_wanted(request: &HttpRequest, is_foreign: bool) -> bool {
    let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or(""));
    // Without the header the browser is an old one, or the page came over plain http, where every reader of the traffic sees all of it.
    let is_of_site = matches!(header("sec-fetch-site"), None | Some("same-origin" | "none"));
    is_of_site && !is_foreign && negotiation::coding(header(ACCEPT_ENCODING.as_str())) == Coding::Gzip
}

/// Returns the text in gzip; nothing if that is not worth its time.
pub(super) fn packed(text: &str) -> Option<Vec<u8>> {
    if text.len() < LENGTH_MIN {
        return None;
    }
    let [random] = secret::bytes::<1>();
    let padding = usize::from(random % PADDING_MAX) + 1;
    let mut packed = Vec::with_capacity(text.len() / 5 + usize::from(PADDING_MAX));
    packed.extend(HEADER);
    packed.extend(std::iter::repeat_n(b'-', padding));
    packed.push(0);
    let spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let mut compress = spare.unwrap_or_else(|| Compress::new(Compression::new(LEVEL), false));
    deflate(&mut compress, text.as_bytes(), &mut packed)?;
    let mut kept = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() < SPARE_MAX {
        kept.push(compress);
    }
    drop(kept);
    let mut checksum = Crc::new();
    checksum.update(text.as_bytes());
    packed.extend(checksum.sum().to_le_bytes());
    packed.extend(checksum.amount().to_le_bytes());
    Some(packed)
}

/// Appends the bytes as one deflate stream; nothing if the compressor fails.
fn deflate(compress: &mut Compress, plain: &[u8], out: &mut Vec<u8>) -> Option<()> {
    compress.reset();
    loop {
        let position = usize::try_from(compress.total_in()).ok()?;
        let left = plain.get(position..)?;
        match compress.compress_vec(left, out, FlushCompress::Finish).ok()? {
            Status::StreamEnd => return Some(()),
            Status::Ok | Status::BufError => out.reserve(out.capacity()),
        }
    }
}
