//! The states of one object, one after the other.

/// A state and since when it holds.
#[derive(Clone, Debug)]
pub(super) struct DatedState<T> {
    /// The first second.
    pub(super) since: i64,
    /// The state; nothing where the object is not there.
    pub(super) state: Option<T>,
}

/// The states of an object from the beginning of a range on, oldest first; the first holds from the beginning.
#[derive(Clone, Debug)]
pub(super) struct Timeline<T> {
    states: Vec<DatedState<T>>,
}

impl<T> Timeline<T> {
    /// Returns the timeline of an object that has had one state since an instant.
    pub(super) fn constant(since: i64, state: T) -> Self {
        if since == i64::MIN {
            return Self::beginning_with(Some(state));
        }
        let mut timeline = Self::beginning_with(None);
        timeline.push(since, Some(state));
        timeline
    }

    /// Returns the timeline of an object whose first state is this.
    pub(super) fn beginning_with(state: Option<T>) -> Self {
        Self {
            states: vec![DatedState { since: i64::MIN, state }],
        }
    }

    /// Adds the next state. Of several of one second the last one holds; a clock that went back does not make it earlier than the one before.
    pub(super) fn push(&mut self, since: i64, state: Option<T>) {
        let since = self.states.last().map_or(since, |last| last.since.max(since));
        if self.states.last().is_some_and(|last| last.since == since) {
            self.states.pop();
        }
        self.states.push(DatedState { since, state });
    }

    /// Returns the states.
    pub(super) fn states(&self) -> &[DatedState<T>] {
        &self.states
    }

    /// Returns the position of the state that holds at an instant.
    pub(super) fn position_at(&self, at: i64) -> usize {
        self.states.partition_point(|state| state.since <= at).saturating_sub(1)
    }

    /// Returns the state that holds at an instant.
    pub(super) fn at(&self, at: i64) -> Option<&T> {
        self.states.get(self.position_at(at))?.state.as_ref()
    }

    /// Returns the last state, in which the object is now.
    pub(super) fn last(&self) -> Option<&T> {
        self.states.last()?.state.as_ref()
    }

    /// Returns the last state in which the object was there.
    pub(super) fn last_known(&self) -> Option<&T> {
        self.states.iter().rev().find_map(|state| state.state.as_ref())
    }

    /// Returns the instants in `(from, to)` at which the state changes.
    pub(super) fn changes(&self, from: i64, to: i64) -> impl Iterator<Item = i64> {
        let changes = self.states.iter().skip(1).map(|state| state.since);
        changes.filter(move |at| from < *at && *at < to)
    }

    /// Leaves out states that are the same as the one before, as `is_same` judges.
    pub(super) fn without_repetitions(mut self, is_same: impl Fn(&T, &T) -> bool) -> Self {
        self.states
            .dedup_by(|later, earlier| match (&later.state, &earlier.state) {
                (Some(later), Some(earlier)) => is_same(later, earlier),
                (None, None) => true,
                _ => false,
            });
        self
    }
}
