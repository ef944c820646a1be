//! A file that is looked at: where its text comes from, and its rows.

use crate::admin::context::Context;
use crate::admin::query::Query;
use crate::admin::site::SiteEntry;
use crate::admin::transfer::format::known::ColumnNames;
use crate::admin::transfer::format::read::{self, detected};
use crate::admin::transfer::format::xlsx;
use crate::admin::transfer::{Batch, Exchange, FileFormat, pending};
use crate::admin::views::ViewError;

/// A file that is looked at.
pub(super) struct ImportSource {
    pub(super) text: String,
    pub(super) format: FileFormat,
    /// The sheet that the text was, if it was one of a workbook.
    pub(super) sheet: Option<SourceSheet>,
    /// Whether rows may rename objects.
    pub(super) renames: bool,
    /// The key under which the text is kept already.
    pub(super) kept: Option<i64>,
}

/// Where a text comes from.
pub(super) struct SourceSheet {
    pub(super) name: String,
    /// How many sheets the workbook has.
    pub(super) count: usize,
}

impl ImportSource {
    /// Returns the file that these bytes are. A workbook is known by what it begins with, whatever `format` the form says.
    ///
    /// # Errors
    /// What is wrong with the file as a whole, in sentences.
    pub(super) fn read(bytes: &[u8], entry: &SiteEntry, format: &str, renames: bool) -> Result<Self, String> {
        let wanted = FileFormat::named(format);
        if xlsx::is_workbook(bytes) {
            let model = entry.spec.model;
            let sheet = xlsx::read(bytes, &[entry.spec.plural, entry.spec.singular, model.name])?;
            if sheet.text.contains('\0') {
                return Err(
                    "A cell of the workbook holds a NUL character. Delete it and send the file again.".to_owned(),
                );
            }
            return Ok(Self {
                text: sheet.text,
                format: FileFormat::Csv,
                sheet: Some(SourceSheet {
                    name: sheet.name,
                    count: sheet.count,
                }),
                renames,
                kept: None,
            });
        }
        if wanted == Some(FileFormat::Xlsx) {
            return Err(
                "The file is no workbook (.xlsx). Leave the format to be found out, or choose another file.".to_owned(),
            );
        }
        let text = read::text(bytes)?;
        Ok(Self {
            format: wanted.unwrap_or_else(|| detected(text)),
            text: text.to_owned(),
            sheet: None,
            renames,
            kept: None,
        })
    }

    /// Returns what was read of a workbook, in a sentence.
    pub(super) fn origin(&self) -> Option<String> {
        let sheet = self.sheet.as_ref()?;
        let among = if sheet.count > 1 {
            format!(", one of {}", sheet.count)
        } else {
            String::new()
        };
        Some(format!("Read from the sheet “{}”{among}.", sheet.name))
    }

    /// Returns the rows of the file.
    ///
    /// # Errors
    /// What is wrong with the file as a whole, in sentences.
    pub(super) fn batch(&self, entry: &SiteEntry, exchange: &dyn Exchange) -> Result<Batch, String> {
        let known = ColumnNames::new(exchange.columns(), &entry.spec);
        Ok(Batch {
            rows: read::rows(&self.text, self.format, &known)?,
            renames: self.renames,
        })
    }
}

/// Returns whether a form asks for objects to be renamed.
pub(super) fn asks_to_rename(posted: &Query) -> bool {
    posted.get("rename").is_some_and(|value| !value.is_empty())
}

/// Returns the user whose texts are kept.
pub(super) fn owner(context: &Context<'_>, entry: &SiteEntry) -> pending::PendingOwner {
    pending::PendingOwner {
        user_id: context.account.id,
        model: entry.spec.model.to_string(),
    }
}

/// Returns the file that a form names, if it is still kept.
pub(super) fn kept(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    posted: &Query,
) -> Result<Option<ImportSource>, ViewError> {
    let Some(key) = posted.get("pending").and_then(|key| key.parse::<i64>().ok()) else {
        return Ok(None);
    };
    let owner = owner(context, entry);
    let found = pending::find(context.conn, &owner, key, context.now)?;
    Ok(found.and_then(|found| {
        Some(ImportSource {
            format: FileFormat::named(&found.format)?,
            text: found.body,
            sheet: None,
            renames: asks_to_rename(posted),
            kept: Some(key),
        })
    }))
}
