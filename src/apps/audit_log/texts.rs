//! Entries of the audit log in memory, as searches need them: their keys, instants and folded titles, and of what few values differ a
//! number. A state never changes; the next one shares with it all blocks but the last.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDateTime;

use super::list::EntryFilter;
use super::store::EntryQuery;
use crate::apps::blocks::bits::BLOCK_SLOTS;
use crate::apps::blocks::position;
use crate::apps::blocks::texts::TextBlock;
use crate::text::folded;

/// What an entry takes beside its title.
const ENTRY_BYTES: usize = 32;

/// Who did what to which kind of object: few of these differ, however many entries there are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct EntryGroup {
    pub(super) user: Option<i64>,
    pub(super) action: String,
    pub(super) content_type: String,
}

impl EntryGroup {
    /// Returns whether entries of this group pass the filters of a list.
    pub(super) fn passes(&self, chosen: &EntryQuery) -> bool {
        let passes = |(filter, values): &(EntryFilter, Vec<String>)| match filter {
            EntryFilter::User => self
                .user
                .is_some_and(|user| values.iter().any(|value| value.parse::<i64>() == Ok(user))),
            EntryFilter::Action => values.contains(&self.action),
            EntryFilter::ContentType => values.contains(&self.content_type),
        };
        chosen.filters.iter().all(passes)
    }

    /// Returns whether a list leaves out the entries of this group, but for those that it names.
    pub(super) fn is_hidden(&self, chosen: &EntryQuery) -> bool {
        chosen.hidden_kinds.contains(&self.content_type)
    }
}

/// An entry, as far as searches ask.
pub(super) struct SearchedEntry {
    pub(super) id: i64,
    pub(super) at: NaiveDateTime,
    pub(super) group: EntryGroup,
    pub(super) title: String,
}

/// Neighbouring entries in columns.
#[derive(Clone, Debug, Default)]
pub(super) struct EntryBlock {
    pub(super) ids: Vec<i64>,
    pub(super) instants: Vec<NaiveDateTime>,
    /// The earliest and the latest of the instants.
    pub(super) span: Option<(NaiveDateTime, NaiveDateTime)>,
    /// Numbers of groups.
    pub(super) groups: Vec<u32>,
    /// Folded.
    pub(super) titles: TextBlock<1>,
}

impl EntryBlock {
    /// Returns how many entries it has.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    fn push(&mut self, (id, at): (i64, NaiveDateTime), group: u32, title: &str) {
        self.ids.push(id);
        self.instants.push(at);
        self.groups.push(group);
        self.titles.push([title.as_bytes()]);
        let (earliest, latest) = self.span.unwrap_or((at, at));
        self.span = Some((earliest.min(at), latest.max(at)));
        if self.len() == BLOCK_SLOTS {
            self.ids.shrink_to_fit();
            self.instants.shrink_to_fit();
            self.groups.shrink_to_fit();
            self.titles.shrink_to_fit();
        }
    }
}

/// Entries from the first one of the log on, in the order of their keys.
#[derive(Clone, Debug, Default)]
pub(super) struct EntryTexts {
    pub(super) blocks: Vec<Arc<EntryBlock>>,
    /// The number of each group.
    pub(super) groups: HashMap<EntryGroup, u32>,
    bytes: usize,
}

impl EntryTexts {
    /// Returns about how much memory they take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Appends an entry.
    pub(super) fn push(&mut self, entry: SearchedEntry) {
        let SearchedEntry { id, at, group, title } = entry;
        let next = position(self.groups.len());
        let group = *self.groups.entry(group).or_insert(next);
        let title = folded(&title);
        self.bytes += ENTRY_BYTES + title.len();
        if self.blocks.last().is_none_or(|block| block.len() == BLOCK_SLOTS) {
            self.blocks.push(Arc::default());
        }
        if let Some(block) = self.blocks.last_mut() {
            Arc::make_mut(block).push((id, at), group, &title);
        }
    }
}
