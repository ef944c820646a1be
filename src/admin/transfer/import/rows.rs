//! The rows of a planned import, as its page shows them.

use crate::admin::context::Context;
use crate::admin::history;
use crate::admin::pages::import::ImportRow;
use crate::admin::site::SiteEntry;
use crate::admin::transfer::{Fate, ImportPlan, PlannedRow};
use crate::admin::views::hidden;
use crate::text::{short, short_within};

/// Rows that a page shows.
pub(super) const SHOWN_MAX: usize = 1000;
/// Errors of one row that a page shows.
const FAULTS_MAX: usize = 20;

/// Returns the rows that a page shows: those that are refused first, those that stay as they are last.
pub(super) fn shown_rows(context: &Context<'_>, entry: &SiteEntry, plan: &dyn ImportPlan) -> Vec<ImportRow> {
    let rank = |row: &PlannedRow| match row.fate {
        Fate::Refused(_) => 0,
        Fate::New | Fate::Changed(_) => 1,
        Fate::Unchanged(_) => 2,
    };
    let mut order: Vec<usize> = (0..plan.rows().len()).collect();
    order.sort_by_key(|index| rank(&plan.rows()[*index]));
    order.truncate(SHOWN_MAX);
    let rows = order.into_iter().map(|index| shown_row(context, entry, plan, index));
    rows.collect()
}

fn shown_row(context: &Context<'_>, entry: &SiteEntry, plan: &dyn ImportPlan, index: usize) -> ImportRow {
    let row = &plan.rows()[index];
    let (class, words, id) = match &row.fate {
        Fate::New => ("new", "New", None),
        Fate::Changed(id) => ("changed", "Changed", Some(*id)),
        Fate::Unchanged(id) => ("unchanged", "Unchanged", Some(*id)),
        Fate::Refused(_) => ("refused", "Refused", None),
    };
    let (before, after) = plan.states(index);
    let is_new = before.is_none();
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    let states = [Some(&before), Some(&after)];
    let hidden_words = hidden::of_states(context, entry, states);
    let mut changes = history::differences(&before, &after, &entry.words, &hidden_words);
    if is_new {
        // Of what is new, what it has beside its title.
        changes.retain(|change| change.parts.iter().any(|part| part.after() != Some(row.title.as_str())));
    }
    let title = match id {
        Some(id) => hidden::title_of_states(context, entry, states, (row.title.as_str(), id)),
        None => row.title.clone(),
    };
    let mut faults = match &row.fate {
        Fate::Refused(faults) => faults.clone(),
        _ => Vec::new(),
    };
    for change in &mut changes {
        let parts = std::mem::take(&mut change.parts).into_iter();
        change.parts = parts.map(|part| part.map(short)).collect();
    }
    for (column, fault) in &mut faults {
        (*column, *fault) = (short(column), short_within(fault));
    }
    let more = faults.len().saturating_sub(FAULTS_MAX);
    faults.truncate(FAULTS_MAX);
    if more > 0 {
        faults.push((String::new(), format!("and {more} more")));
    }
    ImportRow {
        number: row.number,
        title: short(&title),
        link: id.map(|id| entry.change_url(id)),
        class,
        words,
        is_new,
        changes,
        faults,
    }
}
