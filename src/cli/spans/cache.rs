//! Spans of equal coverages, evaluated once, in bounded memory.

use std::collections::HashMap;
use std::sync::Arc;

use crate::apps::sla::hours::book::HoursBook;
use crate::apps::sla::snapshot::compile::ScheduleKey;
use crate::calculus::span::Span;

/// How many spans are kept for components to come; what is beyond is evaluated again.
const KEPT_MAX: usize = 2_000_000;

/// Spans by what they are of, as long as another one with the same is to come.
pub(super) struct SpanCache<'a> {
    /// How many are to come.
    left: HashMap<&'a ScheduleKey, usize>,
    kept: HashMap<&'a ScheduleKey, Arc<Vec<Span>>>,
    spans: usize,
}

impl<'a> SpanCache<'a> {
    /// Returns a cache for questions about these keys, each asked as often as it is given.
    pub(super) fn new(keys: impl Iterator<Item = &'a ScheduleKey>) -> Self {
        let mut left: HashMap<&ScheduleKey, usize> = HashMap::new();
        for key in keys {
            *left.entry(key).or_default() += 1;
        }
        Self {
            left,
            kept: HashMap::new(),
            spans: 0,
        }
    }

    /// Returns the spans of a key in `[from, to)`.
    ///
    /// # Errors
    /// The window or calendar that cannot be read, and why.
    pub(super) fn spans(
        &mut self,
        book: &mut HoursBook,
        key: &'a ScheduleKey,
        from: i64,
        to: i64,
    ) -> Result<Arc<Vec<Span>>, String> {
        let left = self.left.entry(key).or_default();
        *left = left.saturating_sub(1);
        let is_last = *left == 0;
        if let Some(kept) = self.kept.get(key).cloned() {
            if is_last {
                self.kept.remove(key);
                self.spans -= kept.len();
            }
            return Ok(kept);
        }
        let spans = Arc::new(book.coverage(key)?.spans(from, to));
        if !is_last && self.spans + spans.len() <= KEPT_MAX {
            self.spans += spans.len();
            self.kept.insert(key, Arc::clone(&spans));
        }
        Ok(spans)
    }
}
