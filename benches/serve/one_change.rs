//! A scrape after one component changed, in turns with one after nothing did.

use crate::Bench;
use crate::client::GZIP;
use crate::page;
use crate::report::{Quartiles, milliseconds};
use crate::support::Kind;
use crate::world::{self, REVISION};

/// How many components change, one at a time and each more than once.
const CHANGING: usize = 20;
const CHANGES: usize = 40;

pub(crate) fn measure(bench: &mut Bench) {
    for kind in bench.world.kinds() {
        let database = bench.world.database(kind);
        one_at_a_time(bench, kind, &database);
    }
}

fn one_at_a_time(bench: &mut Bench, kind: Kind, database: &str) {
    let mut conn = world::open(database);
    for number in 0..CHANGING {
        let component = bench.world.component(number * (bench.world.components / CHANGING));
        world::label(&mut conn, &value(number, 0), &[component]);
    }
    let server = bench.world.serve(database, &[]);
    bench.report.section(&format!(
        "A scrape of {} components in gzip after one of them changed, {kind}",
        bench.world.components
    ));
    let mut client = server.client();
    let (mut body, mut text) = (Vec::new(), Vec::new());
    let (mut steady, mut changed) = (Vec::new(), Vec::new());
    for change in 1..=CHANGES {
        steady.push(client.read(&GZIP, &mut body).expect("the server answers"));
        let number = change % CHANGING;
        world::change(
            &mut conn,
            &format!(
                "UPDATE label SET value = '{}' WHERE name = '{REVISION}' AND value = '{}'",
                value(number, change),
                value(number, change.saturating_sub(CHANGING))
            ),
        );
        changed.push(client.read(&GZIP, &mut body).expect("the server answers"));
        let shown = page::text(&body, &mut text)
            .map(|()| page::find(&text, format!("\"{}\"", value(number, change)).as_bytes()));
        match shown {
            Ok(Some(_)) => {}
            Ok(None) => bench.report.wrong(&format!("change {change} is not shown")),
            Err(error) => bench.report.wrong(&error),
        }
    }
    let more = Quartiles::of(
        changed
            .iter()
            .zip(&steady)
            .map(|(changed, steady)| milliseconds(*changed) - milliseconds(*steady)),
    );
    bench
        .report
        .row("nothing changed", &format!("{} ms", Quartiles::of_times(&steady)));
    bench
        .report
        .row("one changed", &format!("{} ms", Quartiles::of_times(&changed)));
    bench.report.limited_row(
        "more, pair by pair",
        &format!("{more} ms, {CHANGES} pairs"),
        more.median,
        15.0,
        " ms",
    );
}

/// What a page shows of a change, and of no other.
fn value(number: usize, change: usize) -> String {
    format!("component-{number}-change-{change}")
}
