//! The parts of the frame of pages that are the same on all of them, each drawn by a template of its own: a template that others extend is
//! compiled for each of these.

use askama::Template;
use askama::filters::HtmlSafe;

use super::context::PageFrame;

/// What stands above a page.
#[derive(Template)]
#[template(path = "admin/header.html", whitespace = "minimize")]
pub(crate) struct HeaderDrawing<'a> {
    frame: &'a PageFrame,
}

/// The models, beside a page.
#[derive(Template)]
#[template(path = "admin/navigation.html", whitespace = "minimize")]
pub(crate) struct NavigationDrawing<'a> {
    frame: &'a PageFrame,
}

/// What a page says once.
#[derive(Template)]
#[template(path = "admin/messages.html", whitespace = "minimize")]
pub(crate) struct MessagesDrawing<'a> {
    frame: &'a PageFrame,
}

/// What stands below a page.
#[derive(Template)]
#[template(path = "admin/footer.html", whitespace = "minimize")]
pub(crate) struct FooterDrawing<'a> {
    frame: &'a PageFrame,
}

// They escape what they hold.
impl HtmlSafe for HeaderDrawing<'_> {}
impl HtmlSafe for NavigationDrawing<'_> {}
impl HtmlSafe for MessagesDrawing<'_> {}
impl HtmlSafe for FooterDrawing<'_> {}

impl PageFrame {
    /// Returns what stands above the page.
    pub(crate) fn header(&self) -> HeaderDrawing<'_> {
        HeaderDrawing { frame: self }
    }

    /// Returns the models, beside the page.
    pub(crate) fn navigation(&self) -> NavigationDrawing<'_> {
        NavigationDrawing { frame: self }
    }

    /// Returns the messages of the page.
    pub(crate) fn drawn_messages(&self) -> MessagesDrawing<'_> {
        MessagesDrawing { frame: self }
    }

    /// Returns what stands below the page.
    pub(crate) fn footer(&self) -> FooterDrawing<'_> {
        FooterDrawing { frame: self }
    }
}
