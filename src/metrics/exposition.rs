//! One answer to a scrape: the registry's families, the components' page and what ends it, in the order in which they are sent.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use prometheus::proto::MetricFamily;

use super::encoder::{self, Dialect, OPEN_METRICS_EOF};
use super::render::{Page, Selection};

/// Of the levels of gzip, the first costs a fifth of the usual sixth for less than twice the bytes.
const GZIP_LEVEL: u32 = 1;

/// What follows the name of a family in the names of its samples.
const SAMPLE_SUFFIXES: [&str; 4] = ["", "_bucket", "_sum", "_count"];

/// A whole answer, of which the components are rendered piece by piece.
#[derive(Clone, Debug)]
pub struct Exposition {
    head: Vec<u8>,
    page: Option<Page>,
    tail: &'static [u8],
}

impl Exposition {
    /// Puts `families` that `selection` wants before `page`.
    #[must_use]
    pub fn new(mut families: Vec<MetricFamily>, page: Option<Page>, dialect: Dialect, selection: &Selection) -> Self {
        families.retain(|family| {
            SAMPLE_SUFFIXES
                .iter()
                .any(|suffix| selection.has(&format!("{}{suffix}", family.name())))
        });
        let mut head = Vec::new();
        let left_out = encoder::encode(&families, dialect, &mut head);
        debug_assert_eq!(
            left_out, 0,
            "the registry holds families that OpenMetrics cannot tell apart"
        );
        let tail = match dialect {
            Dialect::Text => &b""[..],
            Dialect::OpenMetrics => OPEN_METRICS_EOF,
        };
        Self { head, page, tail }
    }

    /// The exact number of bytes of all chunks.
    #[must_use]
    pub fn length(&self) -> u64 {
        (self.head.len() + self.tail.len()) as u64 + self.page.as_ref().map_or(0, Page::length)
    }

    /// Part number `index` of the answer; nothing after the last.
    #[must_use]
    pub fn chunk(&self, index: usize) -> Option<Vec<u8>> {
        let pieces = self.page.as_ref().map_or(0, Page::pieces);
        match (index, &self.page) {
            (0, _) => Some(self.head.clone()),
            (index, Some(page)) if index <= pieces => {
                let mut chunk = Vec::with_capacity(64 * 1024);
                page.render_piece(index - 1, &mut chunk);
                Some(chunk)
            }
            (index, _) if index == pieces + 1 => Some(self.tail.to_vec()),
            _ => None,
        }
    }

    /// All chunks, in order.
    pub fn chunks(&self) -> impl Iterator<Item = Vec<u8>> + '_ {
        (0..).map_while(|index| self.chunk(index))
    }

    /// The answer as one gzip member.
    #[must_use]
    pub fn gzip(&self) -> Vec<u8> {
        let proof = "a vector takes every write";
        let mut gzip = GzEncoder::new(Vec::new(), Compression::new(GZIP_LEVEL));
        self.chunks().for_each(|chunk| gzip.write_all(&chunk).expect(proof));
        gzip.finish().expect(proof)
    }
}
