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
    /// A page that still waits for another server.
    Unfinished(UnfinishedPage),
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

/// A page whose view has read all that it needs of the database: it is finished once the connection is given back, because another
/// server may take its time.
pub struct UnfinishedPage(Box<dyn FnOnce() -> askama::Result<String> + Send>);

impl UnfinishedPage {
    /// Returns the page that `finish` makes.
    #[must_use]
    pub fn new(finish: impl FnOnce() -> askama::Result<String> + Send + 'static) -> Self {
        Self(Box::new(finish))
    }

    /// Waits for what is missing, and returns the page.
    ///
    /// # Errors
    /// Those of the template.
    pub fn finish(self) -> askama::Result<String> {
        (self.0)()
    }
}

impl std::fmt::Debug for UnfinishedPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UnfinishedPage")
    }
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
