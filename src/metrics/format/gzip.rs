//! Parts of a gzip member (RFC 1952), compressed apart and put together without being touched again.
//!
//! A segment is raw deflate (RFC 1951) that ends with a full flush: it ends at a byte, and what follows it refers to nothing in it.
//! Segments in any order, and a last block that is empty, are one deflate stream; with a header before and the checksum of all
//! behind they are one gzip member. Members one after the other would be allowed too, but some clients stop after the first.

use std::cell::RefCell;

use flate2::{Compress, Compression, Crc, FlushCompress};

/// How much trouble is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    /// It is little beside what it is sent with: its bytes are taken as they are.
    Stored,
    /// Somebody waits for it.
    Quick,
    /// It will be sent more than once.
    Settled,
}

impl Effort {
    /// Returns the first level costs a fifth of the usual sixth for less than twice the bytes.
    fn level(self) -> Compression {
        match self {
            Self::Stored => Compression::none(),
            Self::Quick => Compression::new(1),
            Self::Settled => Compression::new(6),
        }
    }
}

/// The fixed header: deflate, no name, no time, any system (RFC 1952 section 2.3).
pub const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// A last block that holds nothing (RFC 1951 section 3.2.6: final, fixed codes, end of block).
const LAST_BLOCK: [u8; 2] = [0x03, 0x00];

/// A checksum and a length, of which several can be added up.
#[derive(Debug, Default)]
pub struct Sum(Crc);

impl Clone for Sum {
    fn clone(&self) -> Self {
        let mut sum = Self::default();
        sum.add(self);
        sum
    }
}

impl Sum {
    /// Of these bytes.
    #[must_use]
    pub fn of(plain: &[u8]) -> Self {
        let mut crc = Crc::new();
        crc.update(plain);
        Self(crc)
    }

    /// Becomes the sum of its bytes followed by those of `next`.
    pub fn add(&mut self, next: &Self) {
        self.0.combine(&next.0);
    }
}

/// Compresses segments, one after the other.
pub struct Deflater {
    compress: Compress,
    buffer: Vec<u8>,
}

impl Deflater {
    /// One that takes so much trouble.
    #[must_use]
    pub fn new(effort: Effort) -> Self {
        Self {
            compress: Compress::new(effort.level(), false),
            buffer: Vec::new(),
        }
    }

    /// Returns the bytes as a segment; nothing is nothing. Good until the next call.
    pub fn deflate(&mut self, plain: &[u8]) -> &[u8] {
        self.buffer.clear();
        if plain.is_empty() {
            return &self.buffer;
        }
        self.compress.reset();
        self.buffer.reserve(plain.len() / 4 + 1024);
        loop {
            let position = usize::try_from(self.compress.total_in()).unwrap_or(plain.len());
            self.compress
                .compress_vec(&plain[position..], &mut self.buffer, FlushCompress::Full)
                .expect("a compressor that was just reset takes every byte");
            // A flush is done when it left room in what it was given.
            if self.buffer.len() < self.buffer.capacity() {
                return &self.buffer;
            }
            self.buffer.reserve(self.buffer.capacity().max(1024));
        }
    }
}

thread_local! {
    static STORED: RefCell<Deflater> = RefCell::new(Deflater::new(Effort::Stored));
    static QUICK: RefCell<Deflater> = RefCell::new(Deflater::new(Effort::Quick));
}

/// Appends the bytes as a segment, quickly. The compressor is kept for the next call on this thread: to make one takes longer than
/// to compress a little.
pub fn deflate_quickly(plain: &[u8], out: &mut Vec<u8>) {
    QUICK.with_borrow_mut(|deflater| out.extend_from_slice(deflater.deflate(plain)));
}

/// Appends the bytes as a segment as they are.
pub fn store(plain: &[u8], out: &mut Vec<u8>) {
    STORED.with_borrow_mut(|deflater| out.extend_from_slice(deflater.deflate(plain)));
}

/// Returns what stands behind segments whose plain bytes have this sum.
#[must_use]
pub fn trailer(sum: &Sum) -> Vec<u8> {
    [
        &LAST_BLOCK[..],
        &sum.0.sum().to_le_bytes(),
        &sum.0.amount().to_le_bytes(),
    ]
    .concat()
}
