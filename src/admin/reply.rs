//! What a view answers: a page, a way elsewhere, or data. No framework's type.

use super::transfer::format::write::ExportFile;
pub use crate::auth::session::{Level, Message};

/// An answer.
#[derive(Debug)]
pub enum Reply {
    /// A page.
    Html {
        /// The status code.
        status: u16,
        /// The page.
        body: String,
    },
    /// Elsewhere, by GET.
    Redirect {
        /// A path on this host.
        to: String,
        /// What the next page says.
        messages: Vec<Message>,
    },
    /// Elsewhere for good, by GET.
    Moved(String),
    /// Data.
    Json(String),
    /// A small file, to be stored.
    File {
        /// Its name: letters, digits, dots and hyphens.
        name: String,
        /// The media type.
        media_type: &'static str,
        /// Its content.
        body: Vec<u8>,
    },
    /// A file that is sent as it is made.
    Export {
        /// What is left of it.
        export: Box<ExportFile>,
        /// Its beginning.
        first: Vec<u8>,
    },
}

impl Reply {
    /// Returns whether this says that the method is not one that the page takes.
    #[must_use]
    pub fn is_method_not_allowed(&self) -> bool {
        matches!(self, Self::Html { status: 405, .. })
    }
}

/// Returns a page with status 200.
#[must_use]
pub fn html(body: String) -> Reply {
    Reply::Html { status: 200, body }
}

/// Redirects with one message.
#[must_use]
pub fn redirect(to: impl Into<String>, message: Message) -> Reply {
    Reply::Redirect {
        to: to.into(),
        messages: vec![message],
    }
}
