//! The response to a scrape, and its body.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;

use crate::metrics::answer::exposition::{Exposition, GzipMember};
use crate::metrics::answer::negotiation::{Coding, Negotiated};
use crate::web::request::InFlightGauge;

/// The form of a response.
#[derive(Clone, Copy)]
pub(super) struct AnswerForm {
    pub(super) negotiated: Negotiated,
    pub(super) coding: Coding,
    pub(super) is_head: bool,
}

/// An answer that is ready to be sent.
pub(super) enum EncodedAnswer {
    /// Compressed.
    Gzip(GzipMember),
    /// To be rendered while it is sent; its length is known.
    Identity(Exposition, u64),
}

impl EncodedAnswer {
    fn length(&self) -> u64 {
        match self {
            Self::Gzip(member) => member.length(),
            Self::Identity(_, length) => *length,
        }
    }

    fn into_chunks(self) -> Box<dyn Iterator<Item = Bytes>> {
        match self {
            Self::Gzip(member) => Box::new(member.into_chunks()),
            Self::Identity(exposition, _) => Box::new(exposition.into_chunks()),
        }
    }
}

/// What a scrape holds until its client has the whole answer or has left.
pub(super) struct Held {
    pub(super) _permit: OwnedSemaphorePermit,
    pub(super) _in_flight: InFlightGauge,
}

/// Returns the response.
pub(super) fn respond(answer: EncodedAnswer, form: AnswerForm, held: Held) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, form.negotiated.content_type()))
        .insert_header((VARY, "Accept, Accept-Encoding"))
        .insert_header((CACHE_CONTROL, "no-store"));
    if form.coding == Coding::Gzip {
        response.insert_header((CONTENT_ENCODING, "gzip"));
    }
    let length = answer.length();
    if form.is_head {
        return response.no_chunking(length).body(HeadBody);
    }
    response.body(ChunkBody {
        chunks: answer.into_chunks(),
        length,
        _held: held,
    })
}

/// A body in chunks, each made when the ones before it are with the system.
struct ChunkBody {
    chunks: Box<dyn Iterator<Item = Bytes>>,
    length: u64,
    _held: Held,
}

impl MessageBody for ChunkBody {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.length)
    }

    fn poll_next(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        // The library takes an empty chunk for the end.
        Poll::Ready(self.chunks.find(|chunk| !chunk.is_empty()).map(Ok))
    }
}

/// The body of an answer to HEAD. The library must not count its bytes: there is a length in a header, and none are sent.
struct HeadBody;

impl MessageBody for HeadBody {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(None)
    }
}
