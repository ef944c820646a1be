//! The body of an export. Nothing is held while its client is slow: no thread, no connection. Where it cannot go on, the transfer breaks, so
//! that half a file is not taken for a whole one; so too when the session that asked for it ends, or its right to export.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, HttpResponseBuilder, web};
use bytes::Bytes;

use crate::admin::context::SessionCheck;
use crate::admin::transfer;
use crate::admin::transfer::format::write::ExportFile;
use crate::db::request_writes::RequestWrites;
use crate::web::request::deadline::{self, WorkFailure};
use crate::web::state::AppState;

/// Returns the answer that sends `first`, and then what is left as long as the session goes on; without one, only the head is sent.
pub(super) fn respond(
    response: &mut HttpResponseBuilder,
    shared: &web::Data<AppState>,
    export: ExportFile,
    first: Vec<u8>,
    session: Option<SessionCheck>,
) -> HttpResponse {
    // Names are made of letters, digits, dots and hyphens alone.
    let disposition = format!("attachment; filename=\"{}\"", export.file_name);
    response
        .insert_header((CONTENT_TYPE, export.format.media_type()))
        .insert_header((CONTENT_DISPOSITION, disposition))
        .body(ExportBody {
            shared: shared.clone(),
            state: match &session {
                Some(_) => ExportState::First(first, export),
                None => ExportState::Over,
            },
            session,
        })
}

type ExportPortion = (ExportFile, Result<Option<Vec<u8>>, String>);
type ExportRead = Result<(ExportPortion, RequestWrites), WorkFailure>;

enum ExportState {
    First(Vec<u8>, ExportFile),
    Idle(ExportFile),
    ExportRead(Pin<Box<dyn Future<Output = ExportRead>>>),
    Over,
}

struct ExportBody {
    shared: web::Data<AppState>,
    session: Option<SessionCheck>,
    state: ExportState,
}

impl ExportBody {
    fn read(&self, mut export: ExportFile) -> ExportState {
        let shared = self.shared.clone();
        let session = self.session.clone();
        let threads = shared.low_priority.threads();
        ExportState::ExportRead(Box::pin(deadline::beside_on(threads, (), move || {
            let portion = if session.is_some_and(|session| !may_go_on(&shared, &session, &export)) {
                Err("the session has ended, or its right to export".to_owned())
            } else {
                export.piece().map_err(|error| error.to_string())
            };
            (export, portion)
        })))
    }
}

/// Returns whether the session that asked for the export may still have it. A database that cannot be asked at the moment stops nothing.
fn may_go_on(shared: &AppState, session: &SessionCheck, export: &ExportFile) -> bool {
    session.account_now().is_none_or(|account| {
        let entry = shared.admin.site.get(export.model);
        account
            .zip(entry)
            .is_some_and(|(account, entry)| transfer::export::may(entry, &account))
    })
}

impl MessageBody for ExportBody {
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        loop {
            match std::mem::replace(&mut self.state, ExportState::Over) {
                ExportState::Over => return Poll::Ready(None),
                ExportState::First(first, export) => {
                    self.state = ExportState::Idle(export);
                    if !first.is_empty() {
                        return Poll::Ready(Some(Ok(first.into())));
                    }
                }
                ExportState::Idle(export) => self.state = self.read(export),
                ExportState::ExportRead(mut reading) => {
                    let done = match reading.as_mut().poll(context) {
                        Poll::Pending => {
                            self.state = ExportState::ExportRead(reading);
                            return Poll::Pending;
                        }
                        Poll::Ready(done) => done,
                    };
                    let (export, portion) = match done {
                        Ok((done, _)) => done,
                        Err(error) => return Poll::Ready(Some(Err(error.into()))),
                    };
                    match portion {
                        Ok(None) => return Poll::Ready(None),
                        Ok(Some(bytes)) => {
                            self.state = ExportState::Idle(export);
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
