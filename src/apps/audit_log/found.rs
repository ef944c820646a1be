//! What a search has found among the entries in memory, narrowed and in order as a list wants it.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDateTime;
use memchr::memmem::Finder;

use super::list::EntryOrder;
use super::store::EntryQuery;
use super::texts::{EntryGroup, EntryTexts};
use crate::apps::blocks::bits::{BlockBits, first, places};
use crate::db::{self, limit};
use crate::text::folded;

/// The entries whose titles hold all terms of a search.
pub(super) struct FoundEntries {
    texts: Arc<EntryTexts>,
    /// A set for each block.
    bits: Vec<BlockBits>,
}

/// An entry that was found.
struct FoundEntry {
    id: i64,
    at: NaiveDateTime,
    /// The number of its group.
    group: usize,
}

/// What of the found entries a list wants.
struct WantedEntries<'a> {
    /// By the number of each group, which of its entries are wanted.
    groups: Vec<WantedOfGroup>,
    /// The keys of those that are wanted of a group that is not wanted as a whole, in ascending order.
    shown_keys: &'a [i64],
    between: Option<(NaiveDateTime, NaiveDateTime)>,
}

/// Which entries of a group a list wants.
#[derive(Clone, Copy)]
enum WantedOfGroup {
    Nothing,
    Named,
    All,
}

impl FoundEntries {
    /// Looks for terms, whatever their letters' case and accents.
    ///
    /// # Errors
    /// When the time of the request is over.
    pub(super) fn search(texts: Arc<EntryTexts>, terms: &[String]) -> db::Result<Self> {
        let mut terms: Vec<Cow<'_, str>> = terms.iter().map(|term| folded(term)).collect();
        // A term of marks alone is in each text.
        terms.retain(|term| !term.is_empty());
        // The longest finds the fewest, and leaves less to look at for the others.
        terms.sort_by_key(|term| Reverse(term.len()));
        let mut bits: Vec<BlockBits> = texts.blocks.iter().map(|block| first(block.len())).collect();
        for term in &terms {
            limit::check()?;
            let finder = Finder::new(term.as_bytes());
            for (block, bits) in texts.blocks.iter().zip(&mut bits) {
                *bits = block.titles.holding(&finder, bits);
            }
        }
        Ok(Self { texts, bits })
    }

    /// Returns how many of them are wanted, counted no further than `limit`.
    pub(super) fn count(&self, chosen: &EntryQuery, limit: usize) -> usize {
        self.entries(chosen, false).take(limit).count()
    }

    /// Returns the keys of wanted ones, at most `limit`.
    pub(super) fn keys(&self, chosen: &EntryQuery, limit: usize) -> Vec<i64> {
        self.entries(chosen, false).take(limit).map(|entry| entry.id).collect()
    }

    /// Returns the keys of some of the wanted ones, in their order; nothing if that is another order than by time.
    pub(super) fn keys_in_order(&self, chosen: &EntryQuery, (offset, limit): (usize, usize)) -> Option<Vec<i64>> {
        let (order, descends) = chosen.order.first()?;
        if *order != EntryOrder::Time {
            return None;
        }
        if chosen.between.is_none() {
            // As the database is asked: by their keys, which grow in the order in which changes took effect.
            let entries = self.entries(chosen, *descends).skip(offset).take(limit);
            return Some(entries.map(|entry| entry.id).collect());
        }
        let entries = self.entries(chosen, false).map(|entry| (entry.at, entry.id));
        let mut found: Vec<(NaiveDateTime, i64)> = entries.collect();
        found.sort_unstable();
        if *descends {
            found.reverse();
        }
        Some(found.into_iter().skip(offset).take(limit).map(|(_, id)| id).collect())
    }

    /// Returns the first or the last instant of the wanted ones.
    pub(super) fn time(&self, chosen: &EntryQuery, last: bool) -> Option<NaiveDateTime> {
        let wanted = self.wanted(chosen);
        let mut edge: Option<NaiveDateTime> = None;
        for index in self.blocks(last) {
            // Entries of other blocks are hardly ever beyond what was found: their times grow nearly as their keys do.
            let may_be_beyond = match (self.texts.blocks[index].span, edge) {
                (Some((_, latest)), Some(edge)) if last => latest > edge,
                (Some((earliest, _)), Some(edge)) => earliest < edge,
                _ => true,
            };
            if may_be_beyond {
                let instants = self.of_block(index, &wanted).into_iter().map(|entry| entry.at);
                edge = match last {
                    true => instants.chain(edge).max(),
                    false => instants.chain(edge).min(),
                };
            }
        }
        edge
    }

    /// Returns how many of the wanted ones have each value of what `of_group` says.
    pub(super) fn count_by<V: Ord>(&self, chosen: &EntryQuery, of_group: impl Fn(&EntryGroup) -> V) -> Vec<(V, i64)> {
        let mut counts = vec![0; self.texts.groups.len()];
        for entry in self.entries(chosen, false) {
            counts[entry.group] += 1;
        }
        let mut by_value: BTreeMap<V, i64> = BTreeMap::new();
        for (group, number) in &self.texts.groups {
            let count: i64 = counts[*number as usize];
            if count > 0 {
                *by_value.entry(of_group(group)).or_default() += count;
            }
        }
        by_value.into_iter().collect()
    }

    /// Returns the wanted ones by their keys, block by block.
    fn entries(&self, chosen: &EntryQuery, descends: bool) -> impl Iterator<Item = FoundEntry> {
        let wanted = self.wanted(chosen);
        self.blocks(descends).flat_map(move |index| {
            let mut entries = self.of_block(index, &wanted);
            if descends {
                entries.reverse();
            }
            entries
        })
    }

    /// Returns the places of blocks, from the last to the first or the other way round.
    fn blocks(&self, descends: bool) -> impl Iterator<Item = usize> {
        let count = self.bits.len();
        (0..count).map(move |turn| if descends { count - 1 - turn } else { turn })
    }

    fn wanted<'a>(&self, chosen: &'a EntryQuery) -> WantedEntries<'a> {
        let mut groups = vec![WantedOfGroup::Nothing; self.texts.groups.len()];
        for (group, number) in &self.texts.groups {
            groups[*number as usize] = match (group.passes(chosen), group.is_hidden(chosen)) {
                (false, _) => WantedOfGroup::Nothing,
                (true, true) => WantedOfGroup::Named,
                (true, false) => WantedOfGroup::All,
            };
        }
        WantedEntries {
            groups,
            shown_keys: &chosen.shown_keys,
            between: chosen.between,
        }
    }

    /// Returns the wanted ones of a block.
    fn of_block(&self, index: usize, wanted: &WantedEntries<'_>) -> Vec<FoundEntry> {
        let block = &self.texts.blocks[index];
        if let (Some((from, to)), Some((earliest, latest))) = (wanted.between, block.span)
            && (latest < from || to <= earliest)
        {
            return Vec::new();
        }
        let entries = places(&self.bits[index]).map(|place| FoundEntry {
            id: block.ids[place],
            at: block.instants[place],
            group: block.groups[place] as usize,
        });
        let is_wanted = |entry: &FoundEntry| match wanted.groups[entry.group] {
            WantedOfGroup::Nothing => false,
            WantedOfGroup::Named => wanted.shown_keys.binary_search(&entry.id).is_ok(),
            WantedOfGroup::All => true,
        };
        let is_within = |at: NaiveDateTime| wanted.between.is_none_or(|(from, to)| from <= at && at < to);
        entries
            .filter(|entry| is_wanted(entry) && is_within(entry.at))
            .collect()
    }
}
