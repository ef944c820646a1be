//! One answer to a scrape: the registry's families, the components and what ends it, in the order in which they are sent.

use std::sync::Arc;

use bytes::Bytes;
use prometheus::proto::MetricFamily;

use super::selected::SelectedPage;
use super::selection::Selection;
use crate::metrics::cache::page::CachedPage;
use crate::metrics::format::encoder::{self, Dialect, OPEN_METRICS_EOF};
use crate::metrics::format::gzip::{self, Checksum};

/// What an answer shows of the components.
#[derive(Clone, Debug)]
pub enum ComponentPage {
    /// Nothing: none were ever loaded, or they are too old.
    None,
    /// All of them, or all of a shard.
    Cached(Arc<CachedPage>),
    /// What a selection wants of them.
    Selected(SelectedPage),
}

/// What stands before the components: the application's own families, added as they become known.
#[derive(Clone, Debug)]
pub struct OwnFamilies {
    dialect: Dialect,
    plain: Vec<u8>,
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Exposition {
    own: OwnFamilies,
    components: ComponentPage,
}

/// A whole answer as one gzip member, in the chunks in which it is sent.
#[derive(Clone, Debug)]
pub struct GzipMember(Vec<Bytes>);

impl OwnFamilies {
    /// Returns nothing yet.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            plain: Vec::new(),
        }
    }

    /// Adds those families that `selection` wants behind those that are there.
    pub fn add(&mut self, mut families: Vec<MetricFamily>, selection: &Selection) {
        families.retain(|family| selection.own_family(family.name()));
        let left_out = encoder::encode(&families, self.dialect, &mut self.plain);
        debug_assert_eq!(
            left_out, 0,
            "the registry holds families that OpenMetrics cannot distinguish"
        );
    }
}

impl Exposition {
    /// Returns the answer of `own` families and the components behind them.
    #[must_use]
    pub fn new(own: OwnFamilies, components: ComponentPage) -> Self {
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
            ComponentPage::None => 0,
            ComponentPage::Cached(page) => page.length(),
            ComponentPage::Selected(page) => page.length(),
        };
        (self.own.plain.len() + self.tail().len()) as u64 + components
    }

    /// Returns the plain bytes in chunks, in order, each rendered when it is asked for. A chunk may be empty.
    pub fn into_chunks(self) -> impl Iterator<Item = Bytes> {
        let tail = Bytes::from_static(self.tail());
        let components = self.components;
        let rendered = (0..).map_while(move |index| match &components {
            ComponentPage::None => None,
            ComponentPage::Cached(page) => page.plain_chunk(index),
            ComponentPage::Selected(page) => page.plain_chunk(index),
        });
        std::iter::once(Bytes::from(self.own.plain))
            .chain(rendered.map(Bytes::from))
            .chain([tail])
    }

    /// Returns the answer as one gzip member. Only what is not compressed yet is compressed.
    #[must_use]
    pub fn gzip(self) -> GzipMember {
        let tail = self.tail();
        let mut front = Vec::from(gzip::HEADER);
        gzip::deflate(&self.own.plain, &mut front);
        let mut checksum = Checksum::of(&self.own.plain);
        let mut chunks = Vec::new();
        match self.components {
            ComponentPage::None => chunks.push(front.into()),
            ComponentPage::Cached(page) => {
                chunks.push(front.into());
                checksum.append(page.checksum());
                chunks.extend(page.gzip_chunks().cloned());
            }
            ComponentPage::Selected(page) => {
                for plain in page.plain_chunks() {
                    checksum.append(&Checksum::of(&plain));
                    gzip::deflate(&plain, &mut front);
                }
                chunks.push(front.into());
            }
        }
        let mut back = Vec::new();
        gzip::deflate(tail, &mut back);
        checksum.append(&Checksum::of(tail));
        back.extend_from_slice(&gzip::trailer(&checksum));
        chunks.push(back.into());
        chunks.retain(|chunk| !chunk.is_empty());
        GzipMember(chunks)
    }
}

impl GzipMember {
    /// Returns the exact number of bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.0.iter().map(|chunk| chunk.len() as u64).sum()
    }

    /// Returns the bytes in chunks, in order.
    pub fn into_chunks(self) -> impl Iterator<Item = Bytes> {
        self.0.into_iter()
    }
}
