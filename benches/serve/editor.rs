//! Many scrapers at once while an editor saves all the time: no page is torn, late, or a mixture of two saves.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::Bench;
use crate::client::{Ask, Client, GZIP, LABELS_GZIP};
use crate::page;
use crate::report::Quartiles;
use crate::server::{self, Server};
use crate::support::Kind;
use crate::world::{self, REVISION};

const SCRAPERS: usize = 64;
const TIME: Duration = Duration::from_secs(60);
/// The editor's rest between two saves; without one it would be SQLite that is measured.
const REST: Duration = Duration::from_millis(20);
/// A save's number has so many digits, so that pages keep their length.
const DIGITS: usize = 9;
/// How far from its place on an earlier page a label is looked for: other lines grow and shrink.
const AROUND: usize = 128 * 1024;

/// How many pages are in memory as text at a time.
const TEXTS: usize = 4;

/// A page and where on it the saves are to be seen.
struct Marked {
    ask: Ask,
    places: Vec<usize>,
}

/// What one scraper saw.
#[derive(Default)]
struct Seen {
    times: Vec<Duration>,
    bytes: usize,
    faults: Vec<String>,
}

pub(crate) fn measure(bench: &mut Bench) {
    for kind in bench.world.kinds() {
        let database = bench.world.database(kind);
        scrape_and_save(bench, kind, &database);
    }
}

fn scrape_and_save(bench: &mut Bench, kind: Kind, database: &str) {
    let last = bench.world.components - 1;
    let edited = [0, last / 2, last].map(|number| bench.world.component(number));
    world::label(&mut world::open(database), &value(0), &edited);
    let server = bench.world.serve(database, &["--metrics-max-in-flight", "100"]);
    let pages = [GZIP, LABELS_GZIP].map(|ask| marked(&server, ask));
    let (stop, saved) = (AtomicBool::new(false), AtomicU64::new(0));
    let texts: Vec<Mutex<Vec<u8>>> = (0..TEXTS).map(|_| Mutex::new(Vec::new())).collect();
    let started = Instant::now();
    let seen: Vec<Seen> = std::thread::scope(|scope| {
        let (stop, saved, server) = (&stop, &saved, &server);
        scope.spawn(move || edit(database, stop, saved));
        let scrapers: Vec<_> = (0..SCRAPERS)
            .map(|number| {
                let (page, text) = (&pages[number % pages.len()], &texts[number / pages.len() % TEXTS]);
                scope.spawn(move || scrape(server.client(), page, text, stop, saved))
            })
            .collect();
        server::pause(TIME);
        stop.store(true, Ordering::Release);
        let ended = scrapers.into_iter().map(|scraper| scraper.join());
        ended.map(|seen| seen.expect("no scraper panics")).collect()
    });
    report(bench, kind, &seen, started.elapsed(), saved.load(Ordering::Acquire));
}

fn report(bench: &mut Bench, kind: Kind, seen: &[Seen], elapsed: Duration, saves: u64) {
    bench.report.section(&format!(
        "{SCRAPERS} scrapers at once, half of them in each layout, all in gzip, of {} components, and an editor, {kind}",
        bench.world.components
    ));
    let mut times: Vec<Duration> = seen.iter().flat_map(|seen| seen.times.iter().copied()).collect();
    times.sort_unstable();
    let faults: Vec<&String> = seen.iter().flat_map(|seen| &seen.faults).collect();
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let (scrapes, bytes, faults_count) = (
        times.len() as f64,
        seen.iter().map(|seen| seen.bytes).sum::<usize>() as f64,
        faults.len() as f64,
    );
    let seconds = elapsed.as_secs_f64();
    let figure = format!(
        "{scrapes:.0} in {seconds:.0} s, {:.1}/s, {:.0} MB/s on the wire",
        scrapes / seconds,
        bytes / seconds / 1e6
    );
    bench
        .report
        .row("scrapes, each read in full and its checksum compared", &figure);
    let quartiles = Quartiles::of_times(&times);
    let late = times.get(times.len() * 99 / 100).copied().unwrap_or_default();
    bench.report.row(
        "their time",
        &format!(
            "{quartiles} ms, 99 % below {:.0} ms, at worst {:.0} ms",
            late.as_secs_f64() * 1000.0,
            quartiles.worst
        ),
    );
    bench.report.row("saves", &format!("{saves}"));
    bench.report.limited_row(
        "failed, torn, or older than the last save",
        &format!("{faults_count:.0}"),
        faults_count,
        0.0,
        "",
    );
    for fault in faults.iter().take(5) {
        bench.report.wrong(fault);
    }
}

/// Saves numbers that grow, each in a transaction of its own, and publishes the newest only once it is committed.
fn edit(database: &str, stop: &AtomicBool, saved: &AtomicU64) {
    let mut conn = world::open(database);
    for number in 1.. {
        if stop.load(Ordering::Acquire) {
            return;
        }
        let update = format!("UPDATE label SET value = '{}' WHERE name = '{REVISION}'", value(number));
        world::change(&mut conn, &update);
        saved.store(number, Ordering::Release);
        server::pause(REST);
    }
}

fn value(number: u64) -> String {
    format!("{number:0width$}", width = DIGITS)
}

/// Looks through a page for the edited label once, for others to look only there.
fn marked(server: &Server, ask: Ask) -> Marked {
    let (mut body, mut text) = (Vec::new(), Vec::new());
    server.client().read(&ask, &mut body).expect("the server answers");
    page::text(&body, &mut text).expect("the page is whole");
    let places = page::find_all(&text, mark().as_bytes());
    assert!(
        places.len() >= 15,
        "three components with five samples each: {}",
        places.len()
    );
    Marked { ask, places }
}

fn mark() -> String {
    format!("{REVISION}=\"")
}

fn scrape(mut client: Client, page: &Marked, text: &Mutex<Vec<u8>>, stop: &AtomicBool, saved: &AtomicU64) -> Seen {
    let mut body = Vec::new();
    let mut seen = Seen::default();
    while !stop.load(Ordering::Acquire) {
        let newest = saved.load(Ordering::Acquire);
        match client.read(&page.ask, &mut body) {
            Ok(time) => {
                seen.times.push(time);
                seen.bytes += body.len();
                let mut text = text.lock().expect("no scraper panics");
                if let Err(fault) = page::text(&body, &mut text).and_then(|()| look(&text, page, newest)) {
                    seen.faults.push(fault);
                }
            }
            Err(error) => {
                seen.faults.push(error.to_string());
                client.disconnect();
            }
        }
    }
    seen
}

/// Every sample of the edited components shows one save, and none before `newest`.
fn look(text: &[u8], page: &Marked, newest: u64) -> Result<(), String> {
    let mark = mark();
    let mut shown = None;
    let mut from = 0;
    for place in &page.places {
        let start = place.saturating_sub(AROUND).max(from).min(text.len());
        let end = (place + AROUND).min(text.len());
        let found = page::find(text.get(start..end).unwrap_or_default(), mark.as_bytes());
        let at = start + found.ok_or("an edited component lacks a sample")? + mark.len();
        let number = text
            .get(at..at + DIGITS)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let number: u64 = number
            .and_then(|digits| digits.parse().ok())
            .ok_or("an edited label has no number")?;
        if number < newest {
            return Err(format!(
                "save {newest} was committed before the scrape, which shows save {number}"
            ));
        }
        if *shown.get_or_insert(number) != number {
            return Err(format!("the page mixes saves {shown:?} and {number}"));
        }
        from = at;
    }
    Ok(())
}
