//! A scrape after a change that all components show, while another scraper never stops.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::Bench;
use crate::client::{Client, GZIP};
use crate::page;
use crate::report::{Quartiles, milliseconds};
use crate::server;
use crate::support::Kind;
use crate::world;

const WINDOW: &str = "Everyone";
const CHANGES: i64 = 5;
/// When all windows end at first: in a year.
const AHEAD: i64 = 31_536_000;

/// The most that a scrape may take when all 100,000 components are new to it.
pub(crate) const ALL_AT_ONCE_MS: f64 = 1_500.0;

pub(crate) fn measure(bench: &mut Bench) {
    for kind in bench.world.kinds() {
        let database = bench.world.database(kind);
        all_at_once(bench, kind, &database);
    }
}

fn all_at_once(bench: &mut Bench, kind: Kind, database: &str) {
    let mut conn = world::open(database);
    #[expect(clippy::cast_possible_truncation, reason = "the second is meant")]
    let now = server::now() as i64;
    world::window(&mut conn, WINDOW, "1 = 1");
    world::open_times(&mut conn, WINDOW, &[(now - 3_600, now + AHEAD)]);
    let server = bench.world.serve(database, &[]);
    bench.report.section(&format!(
        "A scrape of {} components in gzip after the window changed that all of them have, {kind}",
        bench.world.components
    ));
    let mut client = server.client();
    let (mut body, mut text) = (Vec::new(), Vec::new());
    let mut times = Vec::new();
    let mut meanwhile = Vec::new();
    for change in 1..=CHANGES {
        let end = now + AHEAD + change;
        let (time, others) = beside(server.client(), || {
            world::change(
                &mut conn,
                &format!(
                    "UPDATE rule SET end_local = '{}' WHERE window_id = (SELECT id FROM sla_window WHERE name = '{WINDOW}')",
                    world::local(end)
                ),
            );
            client.read(&GZIP, &mut body).expect("the server answers")
        });
        times.push(time);
        match others {
            Ok(others) => meanwhile.extend(others),
            Err(error) => bench.report.wrong(&format!("a scrape meanwhile failed: {error}")),
        }
        match page::text(&body, &mut text) {
            Ok(()) => {
                let shown = page::ending(&text, end);
                if shown != bench.world.components {
                    bench
                        .report
                        .wrong(&format!("change {change} is shown by {shown} components"));
                }
            }
            Err(error) => bench.report.wrong(&error),
        }
    }
    let first = Quartiles::of_times(&times);
    let figure = format!("{first} ms, at worst {:.0} ms, {CHANGES} changes", first.worst);
    bench.report.limited_row(
        "the first scrape after the commit",
        &figure,
        first.median,
        ALL_AT_ONCE_MS,
        " ms",
    );
    report_meanwhile(bench, &meanwhile);
}

/// Reports how long the scrapes beside took: none may take longer than the change of all.
pub(crate) fn report_meanwhile(bench: &mut Bench, times: &[Duration]) {
    let others = Quartiles::of_times(times);
    let figure = format!("{others} ms, at worst {:.0} ms, {} scrapes", others.worst, times.len());
    bench.report.limited_row(
        "scrapes meanwhile, all answered; the worst",
        &figure,
        others.worst,
        ALL_AT_ONCE_MS,
        " ms",
    );
}

/// Does something while `client` scrapes all the time, and returns how long its scrapes took.
pub(crate) fn beside<T>(mut client: Client, work: impl FnOnce() -> T) -> (T, std::io::Result<Vec<Duration>>) {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let scraper = scope.spawn(|| {
            let mut times = Vec::new();
            while !stop.load(Ordering::Acquire) {
                times.push(client.get(&GZIP)?.0);
            }
            Ok(times)
        });
        let done = work();
        stop.store(true, Ordering::Release);
        (done, scraper.join().expect("the scraper does not panic"))
    })
}

/// How much longer one scrape took than others, in milliseconds.
pub(crate) fn more(time: Duration, others: &[Duration]) -> f64 {
    milliseconds(time) - Quartiles::of_times(others).median
}
