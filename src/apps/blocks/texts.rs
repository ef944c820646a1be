//! Texts of the rows of a block in one piece of memory, for one scan.

use memchr::memmem::Finder;

use super::bits::{BlockBits, count, has, places, set};
use super::position;

/// Follows each text. It is no byte of UTF-8, so that nothing is found across two texts.
const TEXT_END: u8 = 0xff;

/// If fewer than one in so many rows are looked at, each is searched by itself.
const SCANNED_MIN: usize = 8;

/// The texts of the rows of a block, so many of each row.
#[derive(Clone, Debug, Default)]
pub(in crate::apps) struct TextBlock<const TEXTS: usize> {
    texts: Vec<u8>,
    /// Where each text of a row ends.
    ends: Vec<[u32; TEXTS]>,
}

impl<const TEXTS: usize> TextBlock<TEXTS> {
    /// Returns how many rows it has.
    fn len(&self) -> usize {
        self.ends.len()
    }

    /// Appends the texts of a row.
    pub(in crate::apps) fn push(&mut self, texts: [&[u8]; TEXTS]) {
        let ends = texts.map(|text| {
            self.texts.extend_from_slice(text);
            let end = position(self.texts.len());
            self.texts.push(TEXT_END);
            end
        });
        self.ends.push(ends);
    }

    /// Gives back memory that it does not need.
    pub(in crate::apps) fn shrink_to_fit(&mut self) {
        self.texts.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// Returns an empty block with room for what `self` has.
    pub(in crate::apps) fn empty_like(&self) -> Self {
        Self {
            texts: Vec::with_capacity(self.texts.len() + 64),
            ends: Vec::with_capacity(self.len()),
        }
    }

    /// Returns a text of a row.
    pub(in crate::apps) fn text(&self, place: usize, text: usize) -> &[u8] {
        let ends = &self.ends[place];
        let start = match text.checked_sub(1) {
            Some(before) => ends[before] as usize + 1,
            None => self.row_start(place),
        };
        &self.texts[start..ends[text] as usize]
    }

    /// Returns where the texts of a row begin.
    fn row_start(&self, place: usize) -> usize {
        let before = place.checked_sub(1).map(|before| self.row_end(before) + 1);
        before.unwrap_or(0)
    }

    /// Returns where the last text of a row ends.
    fn row_end(&self, place: usize) -> usize {
        self.ends[place][TEXTS - 1] as usize
    }

    /// Returns those rows of `among` with a text that holds what the finder looks for.
    pub(in crate::apps) fn holding(&self, finder: &Finder<'_>, among: &BlockBits) -> BlockBits {
        let mut bits = BlockBits::default();
        if count(among) * SCANNED_MIN < self.len() {
            for place in places(among) {
                let texts = &self.texts[self.row_start(place)..self.row_end(place)];
                set(&mut bits, place, finder.find(texts).is_some());
            }
            return bits;
        }
        let (mut from, mut place) = (0, 0);
        while let Some(at) = self.texts.get(from..).and_then(|rest| finder.find(rest)) {
            let at = from + at;
            while place < self.len() && self.row_end(place) <= at {
                place += 1;
            }
            if place == self.len() {
                break;
            }
            set(&mut bits, place, has(among, place));
            // One text is enough: the next row follows.
            from = self.row_end(place) + 1;
        }
        bits
    }
}
