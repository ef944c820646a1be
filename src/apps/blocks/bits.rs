//! A bit for each slot of a block: which of about a thousand rows in memory are meant.

/// How many slots a word has.
const WORD: usize = u64::BITS as usize;
/// How many words the slots of a block take.
const BLOCK_WORDS: usize = 16;
/// How many slots a block has.
pub(in crate::apps) const BLOCK_SLOTS: usize = BLOCK_WORDS * WORD;

/// A bit for each slot of a block.
pub(in crate::apps) type BlockBits = [u64; BLOCK_WORDS];

/// Returns the bits of the first places, so many.
pub(in crate::apps) fn first(length: usize) -> BlockBits {
    std::array::from_fn(|index| match length.saturating_sub(index * WORD) {
        rest if rest >= WORD => u64::MAX,
        rest => (1_u64 << rest) - 1,
    })
}

/// Returns how many bits are set.
pub(in crate::apps) fn count(bits: &BlockBits) -> usize {
    bits.iter().map(|word| word.count_ones() as usize).sum()
}

/// Returns whether the bit of a place is set.
pub(in crate::apps) fn has(bits: &BlockBits, place: usize) -> bool {
    bits[place / WORD] >> (place % WORD) & 1 == 1
}

/// Sets or clears the bit of a place.
pub(in crate::apps) fn set(bits: &mut BlockBits, place: usize, value: bool) {
    let mask = 1 << (place % WORD);
    match value {
        true => bits[place / WORD] |= mask,
        false => bits[place / WORD] &= !mask,
    }
}

/// Returns the places whose bits are set, in their order.
pub(in crate::apps) fn places(bits: &BlockBits) -> impl Iterator<Item = usize> {
    bits.iter().enumerate().flat_map(|(index, word)| {
        let mut left = *word;
        std::iter::from_fn(move || {
            let place = (left != 0).then(|| index * WORD + left.trailing_zeros() as usize);
            left &= left.wrapping_sub(1);
            place
        })
    })
}
