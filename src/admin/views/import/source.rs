//! A file that is looked at: where its text comes from, and its rows.

use super::super::Error;
use crate::admin::context::Context;
use crate::admin::exchange::known::Known;
use crate::admin::exchange::read;
use crate::admin::exchange::{Batch, Exchange, Format};
use crate::admin::query::Query;
use crate::admin::site::Entry;
use crate::auth::pending;

/// A file that is looked at.
pub(super) struct Source {
    pub(super) text: String,
    pub(super) format: Format,
    /// Whether rows may rename objects.
    pub(super) renames: bool,
    /// The key under which the text is kept already.
    pub(super) kept: Option<i64>,
}

impl Source {
    /// The rows of the file.
    ///
    /// # Errors
    /// What is wrong with the file as a whole, in sentences.
    pub(super) fn batch(&self, entry: &Entry, exchange: &dyn Exchange) -> Result<Batch, String> {
        let known = Known::new(exchange.columns(), &entry.spec);
        Ok(Batch {
            rows: read::rows(&self.text, self.format, &known)?,
            renames: self.renames,
        })
    }
}

/// Whether a form asks for objects to be renamed.
pub(super) fn asks_to_rename(posted: &Query) -> bool {
    posted.get("rename").is_some_and(|value| !value.is_empty())
}

/// Whose texts are kept.
pub(super) fn owner(context: &Context<'_>, entry: &Entry) -> pending::Owner {
    pending::Owner {
        user_id: context.account.id,
        model: entry.spec.model.to_string(),
    }
}

/// The file that a form names, if it is still kept.
pub(super) fn kept(context: &mut Context<'_>, entry: &Entry, posted: &Query) -> Result<Option<Source>, Error> {
    let Some(key) = posted.get("pending").and_then(|key| key.parse::<i64>().ok()) else {
        return Ok(None);
    };
    let owner = owner(context, entry);
    let found = pending::find(context.conn, &owner, key, context.now)?;
    Ok(found.and_then(|found| {
        Some(Source {
            format: Format::named(&found.format)?,
            text: found.body,
            renames: asks_to_rename(posted),
            kept: Some(key),
        })
    }))
}
