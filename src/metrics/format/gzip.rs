//! Segments of a gzip member (RFC 1952), compressed apart and put together without being touched again.
//!
//! A segment is raw deflate (RFC 1951) that ends with a full flush: it ends at a byte, and what follows it refers to nothing in it.
//! Segments in any order, and a last block that is empty, are one deflate stream; with a header before and the checksum of all
//! behind they are one gzip member. Members one after the other would be allowed too, but some clients stop after the first.

use std::cell::RefCell;

use flate2::{Compress, Compression, Crc, FlushCompress};

/// The level of compression, from 1 to 9.
const LEVEL: u32 = 3;

/// The fixed header: deflate, no name, no time, any system (RFC 1952 section 2.3).
pub const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// A last block that holds nothing (RFC 1951 section 3.2.6: final, fixed codes, end of block).
const LAST_BLOCK: [u8; 2] = [0x03, 0x00];

/// A checksum and a length, of which several can be added up.
#[derive(Debug, Default)]
pub struct Checksum(Crc);

impl Clone for Checksum {
    fn clone(&self) -> Self {
        let mut checksum = Self::default();
        checksum.append(self);
        checksum
    }
}

impl Checksum {
    /// Returns the checksum of these bytes.
    #[must_use]
    pub fn of(plain: &[u8]) -> Self {
        let mut crc = Crc::new();
        crc.update(plain);
        Self(crc)
    }

    /// Becomes the checksum of its bytes followed by those of `next`.
    pub fn append(&mut self, next: &Self) {
        self.0.combine(&next.0);
    }
}

thread_local! {
    /// Kept for the next call on this thread: to make one takes longer than to compress a little.
    static COMPRESS: RefCell<Compress> = RefCell::new(Compress::new(Compression::new(LEVEL), false));
}

/// Appends the bytes as a segment; nothing for nothing.
pub fn deflate(plain: &[u8], out: &mut Vec<u8>) {
    if !plain.is_empty() {
        COMPRESS.with_borrow_mut(|compress| deflate_with(compress, plain, out));
    }
}

fn deflate_with(compress: &mut Compress, plain: &[u8], out: &mut Vec<u8>) {
    compress.reset();
    out.reserve(plain.len() / 4 + 1024);
    loop {
        let position = usize::try_from(compress.total_in()).unwrap_or(plain.len());
        compress
            .compress_vec(&plain[position..], out, FlushCompress::Full)
            .expect("a compressor that was just reset takes every byte");
        // A flush is done when it left room in what it was given.
        if out.len() < out.capacity() {
            return;
        }
        out.reserve(out.capacity().max(1024));
    }
}

/// Returns what stands behind segments whose plain bytes have this checksum.
#[must_use]
pub fn trailer(checksum: &Checksum) -> Vec<u8> {
    [
        &LAST_BLOCK[..],
        &checksum.0.sum().to_le_bytes(),
        &checksum.0.amount().to_le_bytes(),
    ]
    .concat()
}
