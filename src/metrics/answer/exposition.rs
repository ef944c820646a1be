//! One answer to a scrape: the registry's families, the components and what ends it, in the order in which they are sent.

use std::sync::Arc;

use bytes::Bytes;
use prometheus::proto::MetricFamily;

use crate::metrics::answer::selected::Page;
use crate::metrics::answer::selection::Selection;
use crate::metrics::cache::page::Feed;
use crate::metrics::format::encoder::{self, Dialect, OPEN_METRICS_EOF};
use crate::metrics::format::gzip::{self, Sum};

/// The application's own families are not compressed where the components are so many times as long: it would take longer than to
/// send them.
const OWN_IS_LITTLE: u64 = 64;

/// What an answer tells of the components.
#[derive(Clone, Debug)]
pub enum Components {
    /// Nothing: none were ever loaded, or they are too old.
    None,
    /// All of them, or all of a shard.
    Feed(Arc<Feed>),
    /// What a selection wants of them.
    Page(Page),
}

/// What stands before the components: the application's own families, put in as they become known.
#[derive(Clone, Debug)]
pub struct OwnFamilies {
    dialect: Dialect,
    plain: Vec<u8>,
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Exposition {
    own: OwnFamilies,
    components: Components,
}

/// A whole answer as one gzip member, in the pieces in which it is sent.
#[derive(Clone, Debug)]
pub struct Member {
    front: Bytes,
    middle: Middle,
    back: Bytes,
}

#[derive(Clone, Debug)]
enum Middle {
    None,
    Feed(Arc<Feed>),
    Segment(Bytes),
}

impl OwnFamilies {
    /// Returns nothing yet.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            plain: Vec::new(),
        }
    }

    /// Puts those families that `selection` wants behind those that are there.
    pub fn add(&mut self, mut families: Vec<MetricFamily>, selection: &Selection) {
        families.retain(|family| selection.own_family(family.name()));
        let left_out = encoder::encode(&families, self.dialect, &mut self.plain);
        debug_assert_eq!(
            left_out, 0,
            "the registry holds families that OpenMetrics cannot tell apart"
        );
    }
}

impl Exposition {
    /// Puts `own` before the components.
    #[must_use]
    pub fn new(own: OwnFamilies, components: Components) -> Self {
        Self { own, components }
    }

    /// Returns what stands behind the components.
    fn tail(&self) -> &'static [u8] {
        match self.own.dialect {
            Dialect::Text => b"",
            Dialect::OpenMetrics => OPEN_METRICS_EOF,
        }
    }

    /// Returns the exact number of plain bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        let components = match &self.components {
            Components::None => 0,
            Components::Feed(feed) => feed.length(),
            Components::Page(page) => page.length(),
        };
        (self.own.plain.len() + self.tail().len()) as u64 + components
    }

    /// Part number `index` of the plain bytes, rendered now; nothing after the last. A part may be empty.
    #[must_use]
    pub fn chunk(&self, index: usize) -> Option<Bytes> {
        let Some(index) = index.checked_sub(1) else {
            return Some(Bytes::copy_from_slice(&self.own.plain));
        };
        let pieces = match &self.components {
            Components::None => 0,
            Components::Feed(feed) => feed.pieces(),
            Components::Page(page) => page.pieces(),
        };
        if index == pieces {
            return Some(Bytes::from_static(self.tail()));
        }
        match &self.components {
            Components::Feed(feed) if index < pieces => feed.plain(index).map(Bytes::from),
            Components::Page(page) if index < pieces => {
                let mut chunk = Vec::new();
                page.render_piece(index, &mut chunk);
                Some(chunk.into())
            }
            _ => None,
        }
    }

    /// Returns all parts, in order.
    pub fn chunks(&self) -> impl Iterator<Item = Bytes> + '_ {
        (0..).map_while(|index| self.chunk(index))
    }

    /// Returns the answer as one gzip member. Only what is not compressed yet is compressed.
    #[must_use]
    pub fn gzip(self) -> Member {
        let tail = self.tail();
        let own = &self.own.plain;
        let mut front = Vec::from(gzip::HEADER);
        let mut sum = Sum::of(own);
        match &self.components {
            Components::Feed(feed) if feed.deflated_length() / OWN_IS_LITTLE > own.len() as u64 => {
                gzip::store(own, &mut front);
            }
            _ => gzip::deflate_quickly(own, &mut front),
        }
        let middle = match self.components {
            Components::None => Middle::None,
            Components::Feed(feed) => {
                sum.add(feed.sum());
                Middle::Feed(feed)
            }
            Components::Page(page) => {
                let (mut plain, mut deflated) = (Vec::new(), Vec::new());
                for index in 0..page.pieces() {
                    plain.clear();
                    page.render_piece(index, &mut plain);
                    sum.add(&Sum::of(&plain));
                    gzip::deflate_quickly(&plain, &mut deflated);
                }
                Middle::Segment(deflated.into())
            }
        };
        let mut back = Vec::new();
        gzip::deflate_quickly(tail, &mut back);
        sum.add(&Sum::of(tail));
        back.extend_from_slice(&gzip::trailer(&sum));
        Member {
            front: front.into(),
            middle,
            back: back.into(),
        }
    }
}

impl Member {
    /// Returns the exact number of bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        let middle = match &self.middle {
            Middle::None => 0,
            Middle::Feed(feed) => feed.deflated_length(),
            Middle::Segment(bytes) => bytes.len() as u64,
        };
        (self.front.len() + self.back.len()) as u64 + middle
    }

    /// Part number `index`; nothing after the last. A part may be empty.
    #[must_use]
    pub fn chunk(&self, index: usize) -> Option<Bytes> {
        let Some(index) = index.checked_sub(1) else {
            return Some(self.front.clone());
        };
        let middle = match &self.middle {
            Middle::None => &[],
            Middle::Feed(feed) => feed.deflated(),
            Middle::Segment(bytes) => std::slice::from_ref(bytes),
        };
        match index.cmp(&middle.len()) {
            std::cmp::Ordering::Less => Some(middle[index].clone()),
            std::cmp::Ordering::Equal => Some(self.back.clone()),
            std::cmp::Ordering::Greater => None,
        }
    }

    /// Returns all parts, in order.
    pub fn chunks(&self) -> impl Iterator<Item = Bytes> + '_ {
        (0..).map_while(|index| self.chunk(index))
    }
}
