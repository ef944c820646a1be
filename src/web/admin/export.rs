//! A file that is made while it is sent. Nothing is held while its client is slow: no thread, no connection. Where it cannot go on,
//! the transfer breaks, so that nobody takes half a file for a whole one.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, HttpResponseBuilder, web};
use bytes::Bytes;

use crate::admin::exchange::write::Export;
use crate::admin::views;
use crate::auth::session;
use crate::db;
use crate::web::shared::Shared;

/// The answer that sends `first`, and then what is left while the session of `token` goes on and its user may still take objects out.
/// Without `first` it is a head alone.
pub(super) fn respond(
    response: &mut HttpResponseBuilder,
    shared: &web::Data<Shared>,
    export: Export,
    first: Option<Vec<u8>>,
    token: Option<String>,
) -> HttpResponse {
    // Names are made of letters, digits, dots and hyphens alone.
    let disposition = format!("attachment; filename=\"{}\"", export.file_name);
    response
        .insert_header((CONTENT_TYPE, export.format.media_type()))
        .insert_header((CONTENT_DISPOSITION, disposition))
        .body(Rows {
            shared: shared.clone(),
            token: token.unwrap_or_default(),
            state: match first {
                Some(first) => State::First(first, export),
                None => State::Over,
            },
        })
}

type Portion = (Export, db::Result<Option<Vec<u8>>>);

enum State {
    First(Vec<u8>, Export),
    Idle(Export),
    Reading(Pin<Box<dyn Future<Output = Result<Portion, actix_web::error::BlockingError>>>>),
    Over,
}

struct Rows {
    shared: web::Data<Shared>,
    token: String,
    state: State,
}

/// The next bytes of a file, if its user may still have them.
fn portion(shared: &Shared, token: &str, export: &mut Export) -> db::Result<Option<Vec<u8>>> {
    let mut conn = shared.admin.pool.get()?;
    let session = session::find(&mut conn, token, shared.clock.now())?;
    let entry = shared.admin.site.get(export.model);
    let may = session
        .zip(entry)
        .is_some_and(|(session, entry)| session.account.is_staff && views::export::may(entry, &session.account));
    if !may {
        return Err(db::Error::Other(
            "the user was logged out or may not export these objects any more".to_owned(),
        ));
    }
    export.portion(&shared.admin.site, &mut conn)
}

impl Rows {
    fn read(&self, mut export: Export) -> State {
        let (shared, token) = (self.shared.clone(), self.token.clone());
        State::Reading(Box::pin(web::block(move || {
            let portion = portion(&shared, &token, &mut export);
            (export, portion)
        })))
    }
}

impl MessageBody for Rows {
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        loop {
            match std::mem::replace(&mut self.state, State::Over) {
                State::Over => return Poll::Ready(None),
                State::First(first, export) => {
                    self.state = State::Idle(export);
                    if !first.is_empty() {
                        return Poll::Ready(Some(Ok(first.into())));
                    }
                }
                State::Idle(export) => self.state = self.read(export),
                State::Reading(mut reading) => {
                    let done = match reading.as_mut().poll(context) {
                        Poll::Pending => {
                            self.state = State::Reading(reading);
                            return Poll::Pending;
                        }
                        Poll::Ready(done) => done,
                    };
                    let (export, portion) = match done {
                        Ok(done) => done,
                        Err(error) => return Poll::Ready(Some(Err(error.into()))),
                    };
                    match portion {
                        Ok(None) => return Poll::Ready(None),
                        Ok(Some(bytes)) => {
                            self.state = State::Idle(export);
                            // An empty piece would read as the end of the body.
                            if !bytes.is_empty() {
                                return Poll::Ready(Some(Ok(bytes.into())));
                            }
                        }
                        Err(error) => {
                            tracing::error!(%error, file = export.file_name, "an export broke off");
                            return Poll::Ready(Some(Err(error.into())));
                        }
                    }
                }
            }
        }
    }
}
