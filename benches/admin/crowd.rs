//! Many clients at once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::Pair;
use crate::client::Client;
use crate::form::{Form, listed};
use crate::report::{Report, median};
use crate::site::{LIST, Site};

/// How many work at once, and for how long.
const CLIENTS: usize = 8;
const TIME: Duration = Duration::from_secs(3);
/// How many search at once.
const SEARCHERS: usize = 16;
/// How often the list of another user is measured at most beside them, and for how long.
const LISTS: usize = 100;
const LISTS_TIME: Duration = Duration::from_secs(5);
/// A search with as many words as one may have, each of which every component has, and with all facets.
const WORST: &str =
    "/admin/sla/component/?_facets=True&q=s+e+r+v+i+c+se+er+rv+vi+ic+ce+e-+-0+ser+erv+rvi+vic+ice+service-0";

/// How many lists a second there must be, what part of the bare commits saves must reach, and how many times slower a list may be
/// beside the searches.
const LISTS_MIN: f64 = 1000.0;
const SAVES_MIN: f64 = 0.5;
const BESIDE_MAX: f64 = 5.0;

/// Measures with many components.
pub(crate) fn measure(pair: &Pair, report: &mut Report) {
    let site = &pair.many;
    report.section(&format!(
        "Many clients at once, {} components, {}",
        site.components, site.kind
    ));
    let lists = rate(|_| {
        let mut client = site.client();
        move || client.get(LIST).status == 200
    });
    let name = format!("lists a second, {CLIENTS} clients");
    report.at_least(&name, &format!("{:.0}", lists.0), lists.0, LISTS_MIN);
    saves(site, report);
    worst(site, report);
}

fn saves(site: &Site, report: &mut Report) {
    let mut client = site.client();
    // Each saves a component of its own: of eight savers of one component seven would get a conflict.
    let keys = listed(&mut client, LIST);
    let commits = |row: fn(usize) -> usize| {
        let (commits, _) = rate(|worker| {
            let mut bare = site.bare.connect();
            move || bare.commit(row(worker)) > Duration::ZERO
        });
        commits
    };
    // Changes of one database wait for each other, because each has the next data version.
    let (in_turn, apart) = (commits(|_| 0), commits(|worker| worker));
    let (saves, failed) = rate(|worker| {
        let mut client = site.client();
        let mut form = Form::open(&mut client, &format!("{LIST}{}/change/", keys[worker]), "_version");
        let mut number = 0;
        move || {
            number += 1;
            form.save(&mut client, number).status == 302
        }
    });
    if failed > 0 {
        report.refused(&format!("{failed} saves at once"), 0);
    }
    let part = saves / in_turn;
    let figure = format!("{saves:.0}, {part:.2} of {in_turn:.0}");
    let name = format!("saves a second, {CLIENTS} clients, beside bare commits to one row");
    report.at_least(&name, &figure, part, SAVES_MIN);
    report.row(
        "bare commits a second, each client to a row of its own",
        &format!("{apart:.0}"),
    );
}

/// Returns how many a second succeeded, and how many failed: each client does its work until the time is over.
fn rate<W: FnMut() -> bool>(begin: impl Fn(usize) -> W + Sync) -> (f64, usize) {
    let (done, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let ready = std::sync::Barrier::new(CLIENTS);
    let begun = std::sync::OnceLock::new();
    std::thread::scope(|scope| {
        for worker in 0..CLIENTS {
            let (begin, done, failed, ready, begun) = (&begin, &done, &failed, &ready, &begun);
            scope.spawn(move || {
                let mut work = begin(worker);
                work();
                ready.wait();
                let begun = begun.get_or_init(Instant::now);
                while begun.elapsed() < TIME {
                    let count = if work() { done } else { failed };
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let seconds = begun.get().map_or(f64::NAN, |begun| begun.elapsed().as_secs_f64());
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let count = done.into_inner() as f64;
    (count / seconds, failed.into_inner())
}

/// Measures the list of one user while another one searches as much as possible.
fn worst(site: &Site, report: &mut Report) {
    let mut client = site.client();
    let viewer = site.viewer();
    let mut one = viewer.another();
    let alone = one.get(WORST);
    let quiet = median(&lists(&mut client));
    let stop = AtomicBool::new(false);
    let (answered, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let beside = std::thread::scope(|scope| {
        for _ in 0..SEARCHERS {
            let (stop, answered, refused) = (&stop, &answered, &refused);
            let mut viewer = viewer.another();
            scope.spawn(move || {
                while !stop.load(Ordering::Acquire) {
                    let count = match viewer.get(WORST).status {
                        200 => answered,
                        _ => refused,
                    };
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        // Until the searches have begun, and all that they may use at once is in use.
        lists(&mut client);
        let times = lists(&mut client);
        stop.store(true, Ordering::Release);
        times
    });
    let beside = median(&beside);
    report.row(
        "the worst search, alone",
        &format!("{:.1} ms, status {}", median(&[alone.time]), alone.status),
    );
    let ratio = beside / quiet;
    let figure = format!(
        "{ratio:.2} times: {beside:.1} ms of {quiet:.1}; {} searches answered, {} refused",
        answered.into_inner(),
        refused.into_inner()
    );
    let name = format!("a list of another user beside {SEARCHERS} such searches");
    report.at_most(&name, &figure, ratio, BESIDE_MAX);
}

fn lists(client: &mut Client) -> Vec<Duration> {
    let started = Instant::now();
    let mut times = Vec::new();
    while times.len() < LISTS && started.elapsed() < LISTS_TIME {
        let reply = client.get(LIST);
        assert_eq!(reply.status, 200, "other users have their lists");
        times.push(reply.time);
    }
    times
}
