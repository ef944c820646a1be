//! The components of a state, rendered and compressed, kept so that the next state costs only what changed.
//!
//! Each frame of each column is one segment (see `segment`). Segments lie together in groups, because what is sent in few pieces is
//! sent faster. A feed never moves: the next one shares every group that is the same, and every segment within the others.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::metrics::format::gzip::{Deflater, Effort, Sum};
use crate::metrics::format::names::Fact;
use crate::metrics::format::render::{Column, Layout, Picks, whole};
use crate::metrics::state::shard::Shard;
use crate::metrics::state::{Frame, State};

/// How many frames a group holds: some 200 KB in the layout by names, about what is written at once.
const GROUP_FRAMES: usize = 32;

/// Below so many segments a second thread is not worth its start.
const SEGMENTS_ALONE: usize = 32;

/// What a feed is a feed of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedKey {
    /// How facts are named.
    pub layout: Layout,
    /// Which share of the components.
    pub shard: Option<Shard>,
}

impl FeedKey {
    /// Returns the key of a share of the components; one share of one is all of them.
    #[must_use]
    pub fn new(layout: Layout, shard: Option<Shard>) -> Self {
        Self {
            layout,
            shard: shard.filter(|shard| shard.total().get() > 1),
        }
    }

    /// Returns what is shown of a frame.
    fn picks(&self, frame: &Frame) -> Picks {
        let mut picks = whole(frame);
        if let Some(shard) = self.shard {
            let components = frame.block().components();
            picks.retain(|(index, _)| shard.holds(components[*index].name()));
        }
        picks
    }
}

/// The components of a state, ready to be sent.
#[derive(Clone, Debug)]
pub struct Feed {
    key: FeedKey,
    state: Arc<State>,
    columns: Vec<Part>,
    deflated: Vec<Bytes>,
    deflated_length: u64,
    sum: Sum,
    length: u64,
}

/// A column of a feed.
#[derive(Clone, Debug)]
struct Part {
    column: Column,
    groups: Vec<Arc<Group>>,
    has_head: bool,
}

/// Segments that follow each other.
#[derive(Debug)]
struct Group {
    segments: Vec<Segment>,
    bytes: Bytes,
    sum: Sum,
    length: u64,
    settled: usize,
}

/// A frame within a group.
#[derive(Debug)]
struct Segment {
    frame: Arc<Frame>,
    range: Range<usize>,
    sum: Sum,
    length: u64,
    effort: Effort,
    made: Instant,
}

/// What a group is to be made of.
struct Plan<'a> {
    column: Column,
    frames: &'a [Arc<Frame>],
    /// For each frame the segment that is there already.
    known: Vec<Option<Known<'a>>>,
}

type Known<'a> = (&'a Group, &'a Segment);

impl Feed {
    /// Returns the feed of `state`, out of what the `known` feeds of the same key have of it and what has to be made.
    /// Returns with it how many segments were made.
    #[must_use]
    pub fn next(key: FeedKey, state: &Arc<State>, known: &[&Self]) -> (Self, usize) {
        let known: Vec<&Self> = known.iter().copied().filter(|feed| feed.key == key).collect();
        let mut plans = Vec::new();
        let mut columns: Vec<(Column, Vec<Option<Arc<Group>>>)> = Vec::new();
        for (number, column) in key.layout.columns().iter().copied().enumerate() {
            let parts: Vec<&Part> = known.iter().map(|feed| &feed.columns[number]).collect();
            let groups: Vec<Option<Arc<Group>>> = state
                .frames()
                .chunks(GROUP_FRAMES)
                .enumerate()
                .map(|(index, frames)| same_group(&parts, index, frames))
                .collect();
            let segments = known_segments(&parts, &groups);
            for (frames, _) in state
                .frames()
                .chunks(GROUP_FRAMES)
                .zip(&groups)
                .filter(|(_, group)| group.is_none())
            {
                let known = frames.iter().map(|frame| segments.get(&Arc::as_ptr(frame)).copied());
                plans.push(Plan {
                    column,
                    frames,
                    known: known.collect(),
                });
            }
            columns.push((column, groups));
        }
        let made = plans
            .iter()
            .flat_map(|plan| &plan.known)
            .filter(|known| known.is_none())
            .count();
        let mut new = carry_out(&key, &plans, made).into_iter();
        let columns = columns.into_iter().map(|(column, groups)| {
            let groups = groups.into_iter().filter_map(|group| group.or_else(|| new.next()));
            Part::new(column, groups.collect())
        });
        (Self::of(key, Arc::clone(state), columns.collect()), made)
    }

    fn of(key: FeedKey, state: Arc<State>, columns: Vec<Part>) -> Self {
        let mut feed = Self {
            key,
            state,
            columns: Vec::new(),
            deflated: Vec::new(),
            deflated_length: 0,
            sum: Sum::default(),
            length: 0,
        };
        for part in &columns {
            if part.has_head {
                let head = head(part.column);
                feed.push(&head.bytes, &head.sum, head.length);
            }
            for group in &part.groups {
                feed.push(&group.bytes, &group.sum, group.length);
            }
        }
        feed.columns = columns;
        feed
    }

    fn push(&mut self, bytes: &Bytes, sum: &Sum, length: u64) {
        if !bytes.is_empty() {
            self.deflated.push(bytes.clone());
            self.deflated_length += bytes.len() as u64;
            self.sum.add(sum);
            self.length += length;
        }
    }

    /// Returns what it is a feed of.
    #[must_use]
    pub fn key(&self) -> FeedKey {
        self.key
    }

    /// Returns the state that it shows.
    #[must_use]
    pub fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// Returns all segments, to be sent one after the other.
    #[must_use]
    pub fn deflated(&self) -> &[Bytes] {
        &self.deflated
    }

    /// Their length in bytes.
    #[must_use]
    pub fn deflated_length(&self) -> u64 {
        self.deflated_length
    }

    /// Returns the sum of the plain bytes.
    #[must_use]
    pub fn sum(&self) -> &Sum {
        &self.sum
    }

    /// Returns how many plain bytes there are.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Returns how many pieces the plain bytes have.
    #[must_use]
    pub fn pieces(&self) -> usize {
        self.columns.len() * self.state.frames().len()
    }

    /// Returns the plain bytes in pieces, rendered as they are asked for; nothing after the last piece. A piece may be empty.
    #[must_use]
    pub fn plain(&self, index: usize) -> Option<Vec<u8>> {
        let frames = self.state.frames();
        let part = self.columns.get(index.checked_div(frames.len())?)?;
        let frame = &frames[index % frames.len()];
        // Of a share, many frames have nothing.
        let number = index % frames.len();
        let segment = part
            .groups
            .get(number / GROUP_FRAMES)?
            .segments
            .get(number % GROUP_FRAMES)?;
        let mut bytes = Vec::with_capacity(usize::try_from(segment.length).unwrap_or_default() + 256);
        if index.is_multiple_of(frames.len()) && part.has_head {
            bytes.extend(part.column.head());
        }
        if segment.length > 0 {
            part.column.render(frame, &self.key.picks(frame), &mut bytes);
        }
        Some(bytes)
    }

    /// This feed with up to `limit` segments compressed better, those that have been the same for as long as `age`. Nothing if
    /// there is none.
    #[must_use]
    pub fn settled(&self, age: Duration, limit: usize) -> Option<Self> {
        let is_due = |segment: &Segment| segment.effort < Effort::Settled && segment.made.elapsed() >= age;
        let mut left = limit;
        let mut deflater = Deflater::new(Effort::Settled);
        let columns = self.columns.iter().map(|part| {
            let groups = part.groups.iter().map(|group| {
                let due = group.segments.iter().filter(|segment| is_due(segment)).count();
                if due == 0 || left == 0 {
                    return Arc::clone(group);
                }
                left = left.saturating_sub(due);
                let frames: Vec<Arc<Frame>> = group
                    .segments
                    .iter()
                    .map(|segment| Arc::clone(&segment.frame))
                    .collect();
                let known = group
                    .segments
                    .iter()
                    .map(|segment| (!is_due(segment)).then_some((&**group, segment)));
                let plan = Plan {
                    column: part.column,
                    frames: &frames,
                    known: known.collect(),
                };
                Arc::new(Group::new(&self.key, &plan, &mut deflater, Effort::Settled))
            });
            Part::new(part.column, groups.collect())
        });
        let columns = columns.collect();
        (left < limit).then(|| Self::of(self.key, Arc::clone(&self.state), columns))
    }

    /// About how many bytes of memory it takes.
    #[must_use]
    pub fn memory(&self) -> u64 {
        let groups = self.columns.iter().flat_map(|part| &part.groups);
        let segments: usize = groups.map(|group| group.segments.len()).sum();
        self.deflated_length + (segments * size_of::<Segment>()) as u64
    }

    /// Returns how long it is until all segments will have been the same for as long as `age`; nothing if none can be compressed better.
    #[must_use]
    pub fn settles_in(&self, age: Duration) -> Option<Duration> {
        let groups = self.columns.iter().flat_map(|part| &part.groups);
        let segments = groups.flat_map(|group| &group.segments);
        let unsettled = segments.filter(|segment| segment.effort < Effort::Settled);
        unsettled
            .map(|segment| age.saturating_sub(segment.made.elapsed()))
            .max()
    }
}

impl Part {
    fn new(column: Column, groups: Vec<Arc<Group>>) -> Self {
        let has_samples = groups.iter().any(|group| group.length > 0);
        Self {
            has_head: has_samples && column != Column::Prefixes,
            column,
            groups,
        }
    }
}

/// What stands before the samples of a column, compressed.
struct Head {
    bytes: Bytes,
    sum: Sum,
    length: u64,
}

/// Returns the head of a column. There are few and they never change.
fn head(column: Column) -> &'static Head {
    static HEADS: [OnceLock<Head>; 2 + Fact::ALL.len()] = [const { OnceLock::new() }; 2 + Fact::ALL.len()];
    let place = match column {
        Column::Prefixes => 0,
        Column::Slo => 1,
        Column::Fact(fact) => 2 + fact as usize,
    };
    HEADS[place].get_or_init(|| {
        let plain = column.head();
        Head {
            bytes: Bytes::copy_from_slice(Deflater::new(Effort::Settled).deflate(&plain)),
            sum: Sum::of(&plain),
            length: plain.len() as u64,
        }
    })
}

/// Returns the group at this place of a known feed that has just these frames, unless another one has some of them compressed better.
fn same_group(parts: &[&Part], index: usize, frames: &[Arc<Frame>]) -> Option<Arc<Group>> {
    let groups = || parts.iter().filter_map(|part| part.groups.get(index));
    let best = groups()
        .filter(|group| group.has(frames))
        .max_by_key(|group| group.settled)?;
    let is_best = groups().all(|group| Arc::ptr_eq(group, best) || !group.has_better_than(best));
    is_best.then(|| Arc::clone(best))
}

/// Returns every segment of the known feeds that is in none of the groups that are taken over; of several the one that is compressed best.
fn known_segments<'a>(parts: &[&'a Part], taken: &[Option<Arc<Group>>]) -> HashMap<*const Frame, Known<'a>> {
    let mut segments: HashMap<*const Frame, Known<'a>> = HashMap::new();
    if taken.iter().all(Option::is_some) {
        return segments;
    }
    for part in parts {
        for (index, group) in part.groups.iter().enumerate() {
            let is_taken = taken
                .get(index)
                .and_then(Option::as_ref)
                .is_some_and(|taken| Arc::ptr_eq(taken, group));
            for segment in group.segments.iter().filter(|_| !is_taken) {
                let known = segments.entry(Arc::as_ptr(&segment.frame)).or_insert((group, segment));
                if known.1.effort < segment.effort {
                    *known = (group, segment);
                }
            }
        }
    }
    segments
}

/// Makes the groups, by several threads if there is much to do.
fn carry_out(key: &FeedKey, plans: &[Plan<'_>], segments: usize) -> Vec<Arc<Group>> {
    let make = |plans: &[Plan<'_>]| -> Vec<Arc<Group>> {
        let mut deflater = Deflater::new(Effort::Quick);
        let make = |plan| Arc::new(Group::new(key, plan, &mut deflater, Effort::Quick));
        plans.iter().map(make).collect()
    };
    if segments <= SEGMENTS_ALONE {
        return make(plans);
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let shares: Vec<_> = plans
            .chunks(plans.len().div_ceil(threads))
            .map(|share| {
                (
                    share,
                    std::thread::Builder::new().spawn_scoped(scope, move || make(share)),
                )
            })
            .collect();
        let finished = shares.into_iter().flat_map(|(share, thread)| match thread {
            // A panic there is a panic here.
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            // The system has no thread to give.
            Err(_) => make(share),
        });
        finished.collect()
    })
}

impl Group {
    fn new(key: &FeedKey, plan: &Plan<'_>, deflater: &mut Deflater, effort: Effort) -> Self {
        let mut bytes = Vec::new();
        let mut plain = Vec::new();
        let mut group = Self {
            segments: Vec::with_capacity(plan.frames.len()),
            bytes: Bytes::new(),
            sum: Sum::default(),
            length: 0,
            settled: 0,
        };
        for (frame, known) in plan.frames.iter().zip(&plan.known) {
            let start = bytes.len();
            let segment = match known {
                Some((group, segment)) => {
                    bytes.extend_from_slice(&group.bytes[segment.range.clone()]);
                    Segment {
                        frame: Arc::clone(frame),
                        range: start..bytes.len(),
                        sum: segment.sum.clone(),
                        length: segment.length,
                        effort: segment.effort,
                        made: segment.made,
                    }
                }
                None => {
                    plain.clear();
                    plan.column.render(frame, &key.picks(frame), &mut plain);
                    bytes.extend_from_slice(deflater.deflate(&plain));
                    Segment {
                        frame: Arc::clone(frame),
                        range: start..bytes.len(),
                        sum: Sum::of(&plain),
                        length: plain.len() as u64,
                        effort,
                        made: Instant::now(),
                    }
                }
            };
            group.sum.add(&segment.sum);
            group.length += segment.length;
            group.settled += usize::from(segment.effort == Effort::Settled);
            group.segments.push(segment);
        }
        // The vector has room for more, and there are many groups.
        group.bytes = Bytes::copy_from_slice(&bytes);
        group
    }

    /// Returns whether a frame that stands at the same place in both is compressed better here.
    fn has_better_than(&self, other: &Self) -> bool {
        let is_better =
            |(own, other): (&Segment, &Segment)| own.effort > other.effort && Arc::ptr_eq(&own.frame, &other.frame);
        self.segments.iter().zip(&other.segments).any(is_better)
    }

    fn has(&self, frames: &[Arc<Frame>]) -> bool {
        self.segments.len() == frames.len()
            && frames
                .iter()
                .zip(&self.segments)
                .all(|(frame, segment)| Arc::ptr_eq(frame, &segment.frame))
    }
}
