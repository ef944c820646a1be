//! Scrapes around instants at which windows open or close, of one component in a hundred and of all.
//!
//! Real time passes: the windows are made to open and close while the server runs. One scrape begins at the instant itself,
//! and must show what holds from then on.

use std::time::Duration;

use crate::Bench;
use crate::client::{Client, GZIP};
use crate::everyone::{self, ALL_AT_ONCE_MS};
use crate::page;
use crate::report::{Quartiles, milliseconds};
use crate::server::{self, Server};
use crate::support::Kind;
use crate::world;

const SOME: &str = "Some";
const REST: &str = "Rest";
/// One component in so many has the window that opens and closes most often.
const ONE_IN: usize = 100;
/// The most that a scrape may take longer when 1,000 components are new to it.
const SOME_MORE_MS: f64 = 60.0;
/// The time between scrapes, milliseconds.
const STEP_MS: i32 = 200;
/// How many scrapes come before the instant and how many after the one that begins at it.
const BEFORE: i32 = 10;
const AFTER: i32 = 3;

/// When windows open or close, in seconds from the first instant; some components alone, or all.
const SOME_FLIP: [i64; 5] = [0, 7, 14, 21, 28];
const ALL_FLIP: [i64; 3] = [36, 46, 56];
/// As above, after a minute without a scrape each.
const SOME_FLIP_UNSEEN: i64 = 122;
const ALL_FLIP_UNSEEN: i64 = 188;

/// The first instant, and what follows from it.
struct Timeline {
    first: i64,
    some: usize,
    rest: usize,
}

impl Timeline {
    /// The instants at which the window of some, or that of the rest, opens and closes, in turns.
    fn flips(some: bool) -> Vec<i64> {
        let mut flips = ALL_FLIP.to_vec();
        flips.push(ALL_FLIP_UNSEEN);
        if some {
            flips.extend(SOME_FLIP);
            flips.push(SOME_FLIP_UNSEEN);
        }
        flips.sort_unstable();
        flips
    }

    fn open_times(&self, some: bool) -> Vec<(i64, i64)> {
        let flips = Self::flips(some);
        flips
            .chunks_exact(2)
            .map(|pair| (self.first + pair[0], self.first + pair[1]))
            .collect()
    }

    /// How many components are in a window in a second.
    fn inside(&self, second: i64) -> usize {
        let open = |some| {
            let open_times = self.open_times(some);
            open_times.iter().any(|(start, end)| (*start..*end).contains(&second))
        };
        usize::from(open(true)) * self.some + usize::from(open(false)) * self.rest
    }
}

/// Scrapes around one instant.
struct Seen {
    before: Vec<Duration>,
    first: Duration,
    /// How long after the instant the first scrape began, in seconds.
    late: f64,
    after: Vec<Duration>,
}

pub(crate) fn measure(bench: &mut Bench) {
    let database = bench.world.database(Kind::Sqlite);
    let mut conn = world::open(&database);
    world::window(&mut conn, SOME, &format!("component.id % {ONE_IN} = 0"));
    world::window(&mut conn, REST, &format!("component.id % {ONE_IN} <> 0"));
    #[expect(clippy::cast_possible_truncation, reason = "the second is meant")]
    let now = server::now() as i64;
    let some = bench.world.components / ONE_IN;
    let timeline = Timeline {
        first: now + 15,
        some,
        rest: bench.world.components - some,
    };
    world::open_times(&mut conn, SOME, &timeline.open_times(true));
    world::open_times(&mut conn, REST, &timeline.open_times(false));
    drop(conn);
    let server = bench.world.serve(&database, &[]);
    server.client().get(&GZIP).expect("the server answers");
    let time_left = timeline.first as f64 - server::now();
    assert!(
        time_left > 3.0,
        "the server is ready before the first instant: {time_left:.1} s"
    );
    bench.report.section(&format!(
        "Scrapes of {} components in gzip, every {STEP_MS} ms, around instants at which windows open or close",
        bench.world.components
    ));
    some_flip(bench, &server, &timeline);
    all_flip(bench, &server, &timeline);
    unseen(bench, &server, &timeline);
}

fn some_flip(bench: &mut Bench, server: &Server, timeline: &Timeline) {
    let mut client = server.client();
    let (mut more, mut steady, mut first) = (Vec::new(), Vec::new(), Vec::new());
    for flip in SOME_FLIP {
        let seen = around(bench, &mut client, timeline, timeline.first + flip, BEFORE);
        more.push(everyone::more(seen.first, &seen.before));
        steady.extend(seen.before);
        first.push(seen.first);
    }
    let more = Quartiles::of(more);
    bench
        .report
        .row("before", &format!("{} ms", Quartiles::of_times(&steady)));
    bench.report.row(
        &format!("the first after {} components", timeline.some),
        &format!("{} ms", Quartiles::of_times(&first)),
    );
    let figure = format!("{more} ms, at worst {:.1} ms, {} instants", more.worst, SOME_FLIP.len());
    bench
        .report
        .limited_row("more than before", &figure, more.median, SOME_MORE_MS, " ms");
}

fn all_flip(bench: &mut Bench, server: &Server, timeline: &Timeline) {
    let mut client = server.client();
    let (mut first, mut meanwhile, mut after) = (Vec::new(), Vec::new(), Vec::new());
    for flip in ALL_FLIP {
        let instant = timeline.first + flip;
        let start = instant as f64 - f64::from(BEFORE * STEP_MS) / 1000.0;
        server::wait_until(start - 0.5);
        let (seen, others) = everyone::beside(server.client(), || {
            around(bench, &mut client, timeline, instant, BEFORE)
        });
        first.push(seen.first);
        after.extend(seen.after);
        match others {
            Ok(others) => meanwhile.extend(others),
            Err(error) => bench.report.wrong(&format!("a scrape meanwhile failed: {error}")),
        }
    }
    let figures = Quartiles::of_times(&first);
    bench.report.limited_row(
        "the first after all components, beside another scraper",
        &format!(
            "{figures} ms, at worst {:.0} ms, {} instants",
            figures.worst,
            first.len()
        ),
        figures.median,
        ALL_AT_ONCE_MS,
        " ms",
    );
    bench
        .report
        .row("those that follow it", &format!("{} ms", Quartiles::of_times(&after)));
    everyone::report_meanwhile(bench, &meanwhile);
}

/// The same after a minute without a scrape.
fn unseen(bench: &mut Bench, server: &Server, timeline: &Timeline) {
    let mut client = server.client();
    let seen = around(bench, &mut client, timeline, timeline.first + SOME_FLIP_UNSEEN, 0);
    let more = everyone::more(seen.first, &seen.after);
    bench.report.limited_row(
        &format!(
            "the first for a minute, after {} components, more than those that follow",
            timeline.some
        ),
        &format!("{more:.2} ms, one instant"),
        more,
        SOME_MORE_MS,
        " ms",
    );
    let seen = around(bench, &mut client, timeline, timeline.first + ALL_FLIP_UNSEEN, 0);
    let time = milliseconds(seen.first);
    bench.report.limited_row(
        "the first for a minute, after all components",
        &format!("{time:.0} ms, {:.1} ms after the instant", seen.late * 1000.0),
        time,
        ALL_AT_ONCE_MS,
        " ms",
    );
}

/// Scrapes from before an instant until after it, and compares each page with the second in which it was asked for.
fn around(bench: &mut Bench, client: &mut Client, timeline: &Timeline, instant: i64, before: i32) -> Seen {
    let mut seen = Seen {
        before: Vec::new(),
        first: Duration::ZERO,
        late: 0.0,
        after: Vec::new(),
    };
    let mut pages = Vec::new();
    for step in -before..=AFTER {
        let planned = instant as f64 + f64::from(step * STEP_MS) / 1000.0;
        server::wait_until(planned);
        let mut body = Vec::new();
        let began = server::now();
        let time = client.read(&GZIP, &mut body).expect("the server answers");
        let ended = server::now();
        match step {
            ..0 => seen.before.push(time),
            0 => {
                seen.first = time;
                seen.late = began - instant as f64;
            }
            _ => seen.after.push(time),
        }
        if step.abs() <= 1 {
            pages.push((began, ended, body));
        }
    }
    let mut text = Vec::new();
    for (began, ended, body) in pages {
        compare(bench, timeline, began, ended, &body, &mut text);
    }
    seen
}

/// A page shows a second between the one in which it was asked for and the one in which it was there.
fn compare(bench: &mut Bench, timeline: &Timeline, began: f64, ended: f64, body: &[u8], text: &mut Vec<u8>) {
    if let Err(error) = page::text(body, text) {
        bench.report.wrong(&error);
        return;
    }
    let (all, inside) = page::components(text);
    #[expect(clippy::cast_possible_truncation, reason = "the second is meant")]
    let mut seconds = began as i64..=ended as i64;
    let expected: Vec<usize> = seconds.clone().map(|second| timeline.inside(second)).collect();
    if all != bench.world.components || !seconds.any(|second| timeline.inside(second) == inside) {
        bench.report.wrong(&format!(
            "a page asked for at {began:.3} has {all} components, {inside} in a window; expected {expected:?}"
        ));
    }
}
