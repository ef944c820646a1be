//! Every fault of a server, over HTTP, through `measure` and through the job: each is reported, nothing is booked twice, and the job goes on.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use sla_monitor::apps::sla::availability::store;
use sla_monitor::audit;
use sla_monitor::clock::{Clock, SystemClock};

use super::apply_at;
use super::commands::{MEASURED, measure};
use super::computed::{ComputedServer, reply, too_much};
use super::measured_time::row;
use crate::support::client;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, at_admin, superuser_state};
use crate::support::program::run_on;
use crate::support::server::Server;
use crate::support::stand_in::{ApiRequest, Reply, StandIn};

on_both_databases!(
    a_server_that_does_not_answer_leaves_nothing_and_is_named,
    answers_that_say_nothing_are_unknown_with_the_reason,
    the_job_reports_a_fault_and_goes_on,
    a_server_killed_at_any_query_leaves_whole_spans,
    nothing_is_read_again_until_something_ends_or_changes,
    a_sum_that_fails_holds_up_no_measuring,
    old_rows_are_summed_without_a_source,
);

/// Components by a source `main`, and one by another; all are promised ten hours a day.
const HOURS: &str = "indicators:\n  - {name: probe, source: main, expression: 'probe{component=$component}', step_s: 60, selector: '{}'}\n  \
                     - {name: elsewhere, source: other, expression: 'probe{component=$component}', step_s: 60, selector: '{}'}\n\
                     windows:\n  - {name: W, timezone: UTC, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: \"08:00\", duration_s: 36000}]}\n\
                     components:\n";

fn document(names: &[&str]) -> String {
    let component = |name: &&str| {
        let indicator = if *name == "o0" { "elsewhere" } else { "probe" };
        format!("  - {{name: {name}, windows: [W], indicator: {indicator}}}\n")
    };
    format!("{HOURS}{}", names.iter().map(component).collect::<String>())
}

/// The fields of a run over a day that is over.
const DAY: [&str; 8] = [
    "--from",
    "2026-01-12",
    "--to",
    "2026-01-13",
    "--definitions",
    "now",
    "--prometheus-timeout",
    "1",
];

const ROWS: &str = "SELECT count(*) AS value FROM availability";
const TWICE: &str = "SELECT count(*) - count(DISTINCT component_id || ' ' || range_start) AS value FROM availability";

/// A server that answers like this until it is healed.
struct Faulty {
    stand_in: StandIn,
    fault: Arc<Mutex<Option<Fault>>>,
}

/// A fault: its name, what it answers, and what is said about it.
#[derive(Clone, Copy)]
struct Fault {
    reply: fn() -> Reply,
    words: &'static str,
    kind: &'static str,
}

const FAULTS: [Fault; 7] = [
    Fault {
        reply: || Reply::Silence,
        words: "did not answer within 1 s",
        kind: "timeout",
    },
    Fault {
        reply: || Reply::Drip,
        words: "did not answer within 1 s",
        kind: "timeout",
    },
    Fault {
        reply: || Reply::Broken,
        words: "cannot be reached",
        kind: "unreachable",
    },
    Fault {
        reply: || Reply::Status(200, "<html>Welcome to nginx!</html>".to_owned()),
        words: "did not answer as Prometheus' HTTP API does",
        kind: "not_understood",
    },
    Fault {
        reply: || Reply::error(503, "TSDB not ready"),
        words: "TSDB not ready",
        kind: "refused",
    },
    Fault {
        reply: || Reply::Status(401, "no".to_owned()),
        words: "it wants other credentials",
        kind: "refused",
    },
    Fault {
        reply: || Reply::Header(302, "location", "http://127.0.0.1:1/login"),
        words: "it redirects; give the URL that it leads to",
        kind: "refused",
    },
];

impl Faulty {
    fn start(fault: Option<Fault>) -> Self {
        let fault = Arc::new(Mutex::new(fault));
        let current = Arc::clone(&fault);
        let computed = Mutex::new(ComputedServer::new(|_, _| Some(1.0)));
        let stand_in = StandIn::answering(move |request| {
            let fault = *current.lock().expect("no thread panics");
            match fault {
                Some(fault) => (fault.reply)(),
                None => reply(&mut computed.lock().expect("no thread panics"), request),
            }
        });
        Self { stand_in, fault }
    }

    fn set(&self, fault: Option<Fault>) {
        *self.fault.lock().expect("no thread panics") = fault;
    }
}

fn a_server_that_does_not_answer_leaves_nothing_and_is_named(database: &Database) {
    apply_at(database, SystemClock.now_seconds(), &document(&["c0", "c1"]));
    let server = Faulty::start(None);
    for fault in FAULTS {
        server.set(Some(fault));
        let ran = measure(database, &server.stand_in.url, &DAY);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(
            ran.err.contains("2 spans were not measured: source `main`") && ran.err.contains(fault.words),
            "{}",
            ran.err
        );
        assert_eq!(database.number(ROWS), 0, "{}", fault.words);
    }
    server.set(None);
    measure(database, &server.stand_in.url, &DAY).ok();
    assert_eq!((database.number(ROWS), database.number(TWICE)), (2, 0));
    // What is known stays while the server does not answer.
    server.set(Some(FAULTS[2]));
    assert_eq!(measure(database, &server.stand_in.url, &DAY).code, 1);
    assert_eq!(database.number(ROWS), 2);
}

/// Components, seconds up, down and unknown of ten hours, and what is said.
const SAID: [(&str, [i64; 3], &str); 6] = [
    ("c0", [35_700, 300, 0], ""),
    ("nan", [35_940, 0, 60], "1 sample was no number from 0 to 1"),
    ("nothing", [0, 0, 36_000], "the expression has no series here"),
    ("refused", [0, 0, 36_000], "found duplicate series for the match group"),
    (
        "too-much",
        [0, 0, 36_000],
        "query processing would load too many samples",
    ),
    ("twins", [0, 0, 36_000], "the expression has 2 series"),
];

/// A server with a fault for each component.
fn answering_oddly(moved_ms: i64, ten: i64) -> StandIn {
    let mut computed = ComputedServer::new(move |component, cell| match component {
        "nothing" => None,
        "nan" if cell == ten => Some(f64::NAN),
        "nan" => Some(1.0),
        _ => Some(if (ten..ten + 300_000).contains(&cell) { 0.0 } else { 1.0 }),
    });
    computed.twins = vec!["twins"];
    computed.moved_ms = moved_ms;
    let computed = Mutex::new(computed.failing(|query| {
        let has = |name: &str| query.contains(&format!("\"{name}\""));
        match (has("too-much"), has("refused")) {
            (true, _) => Some(too_much("main", "query processing would load too many samples")),
            (false, true) => Some(too_much("main", "found duplicate series for the match group {}")),
            (false, false) => None,
        }
    }));
    StandIn::answering(move |request| reply(&mut computed.lock().expect("no thread panics"), request))
}

fn answers_that_say_nothing_are_unknown_with_the_reason(database: &Database) {
    let names = SAID.map(|(name, ..)| name);
    apply_at(database, SystemClock.now_seconds(), &document(&names));
    let ten = super::at("2026-01-12T10:00:00Z") * 1_000;
    let server = answering_oddly(0, ten);
    for turn in 0..2 {
        let ran = measure(database, &server.url, &DAY);
        assert_eq!(ran.code, 0, "a refusal is an answer: {ran:?}");
        assert!(ran.out.contains("5 with unknown time, 5 with warnings"), "{}", ran.out);
        assert_eq!(ran.out.contains("6 of them as before"), turn == 1, "{}", ran.out);
        for (name, [up, down, unknown], words) in SAID {
            let row = format!(
                "SELECT up_ms || ' ' || down_ms || ' ' || unknown_ms || ' ' || warnings AS value FROM availability WHERE component_name = '{name}'"
            );
            let rows = database.texts(&row);
            let parts = format!("{} {} {} ", up * 1_000, down * 1_000, unknown * 1_000);
            assert_eq!(rows.len(), 1, "{name}: {rows:?}");
            assert!(
                rows[0].starts_with(&parts) && rows[0].contains(words),
                "{name}: {rows:?}"
            );
            assert!(words.is_empty() || ran.err.contains(words), "{name}: {}", ran.err);
        }
    }
    // A server that moves its grid, and one whose answers have no end: a newer result counts.
    let moved = answering_oddly(-20_000, ten);
    let ran = measure(database, &moved.url, &[&DAY[..], &["--component", "c0"]].concat());
    assert!(ran.err.contains("moved the samples by up to 40000 ms"), "{}", ran.err);
    ran.ok();
    let newest = "SELECT down_ms || ' ' || unknown_ms AS value FROM availability WHERE component_name = 'c0' ORDER BY id DESC LIMIT 1";
    assert_eq!(database.texts(newest), ["300000 20000"]);
    let endless = StandIn::answering(|_| Reply::Endless);
    let long = [&DAY[..6], &["--component", "c0"]].concat();
    let ran = measure(database, &endless.url, &long);
    assert!(ran.err.contains("has more than 33554432 bytes"), "{}", ran.err);
    ran.ok();
    assert_eq!(database.texts(newest), ["0 36000000"]);
}

fn options(main: &StandIn, other: &StandIn) -> [String; 4] {
    [
        "--prometheus".to_owned(),
        format!("main={},other={}", main.url, other.url),
        "--prometheus-timeout".to_owned(),
        "1".to_owned(),
    ]
}

fn started(database: &Database, options: &[String]) -> Server {
    // As if the lease of another one had expired.
    database.execute("UPDATE job_lease SET expires_at = '2020-01-01 00:00:00'");
    Server::start(database, &options.iter().map(String::as_str).collect::<Vec<_>>())
}

#[expect(
    clippy::too_many_lines,
    reason = "each fault is looked at in every place that reports it"
)]
fn the_job_reports_a_fault_and_goes_on(database: &Database) {
    apply_at(
        database,
        SystemClock.now_seconds() - 3 * 86_400,
        &document(&["c0", "o0"]),
    );
    let (main, other) = (Faulty::start(None), Faulty::start(None));
    let options = options(&main.stand_in, &other.stand_in);
    let user = add_user(database, &superuser_state("root"), None);
    let of = |name: &str| format!("SELECT count(*) AS value FROM availability WHERE component_name = '{name}'");
    for (turn, fault) in FAULTS.into_iter().enumerate() {
        main.set(Some(fault));
        let server = started(database, &options);
        server.wait_for_log("what was promised is not measured", 1);
        let log = server.log();
        assert!(log.contains("source=\"main\"") && log.contains(fault.words), "{log}");
        if turn == 0 {
            // The other source is measured all the same.
            server.wait_for_log(MEASURED, 2);
        }
        assert!(database.number(&of("o0")) >= 2);
        assert_eq!(database.number(&of("c0")), 0);
        let metrics = client::get(&format!("{}/metrics", server.url)).text();
        let failures = format!(
            "sla_monitor_measuring_failures_total{{kind=\"{}\",source=\"main\"}} 1",
            fault.kind
        );
        assert!(metrics.contains(&failures), "{metrics}");
        let waits =
            |source: &str| format!("sla_monitor_measuring_oldest_waiting_timestamp_seconds{{source=\"{source}\"}}");
        assert!(
            metrics.contains(&waits("main")) && (turn == 0 || !metrics.contains(&waits("other"))),
            "{metrics}"
        );
        let id = database.number("SELECT id AS value FROM indicator WHERE name = 'probe'");
        let page = at_admin(database, &server, user).get(&format!("/admin/sla/indicator/{id}/change/"));
        let page = page.expect(200).html();
        assert!(page.contains("and nothing behind that"), "{page}");
        let words = fault.words.replace('\'', "&#39;");
        assert!(page.contains(&words), "{words}: {page}");
        let check = run_on(database, &["check", &options[0], &options[1], &options[2], &options[3]]).ok();
        assert!(
            check.contains("sla.W036: by source `main` nothing is measured"),
            "{check}"
        );
        assert!(
            check.contains("sources.W001: nothing can be measured by a source: ") && check.contains(fault.words),
            "{check}"
        );
        assert_eq!(
            check.matches("sources.W001").count(),
            1,
            "the other one answers: {check}"
        );
    }
    main.set(None);
    let server = started(database, &options);
    // Of three days, each is said once nothing of it waits; this source comes first.
    server.wait_for_log(MEASURED, 3);
    assert_eq!(database.number(&of("c0")), 3);
    assert_eq!(database.number(TWICE), 0);
    let metrics = client::get(&format!("{}/metrics", server.url)).text();
    assert!(
        !metrics.contains("oldest_waiting_timestamp_seconds{source=\"main\"}"),
        "{metrics}"
    );
    let check = run_on(database, &["check", &options[0], &options[1]]).ok();
    assert!(
        !check.contains("sla.W036") && !check.contains("sources.W001"),
        "{check}"
    );
    nothing_measured_is_reported(database, (&server, user), &options);
}

/// A component without a series: on the page of its indicator, and by `check`.
fn nothing_measured_is_reported(database: &Database, (server, user): (&Server, i64), options: &[String]) {
    let start = "SELECT max(range_start) AS value FROM availability WHERE component_name = 'c0'";
    let day = database.number(start).to_string();
    let end = (database.number(start) + 1).to_string();
    let empty = StandIn::answering(|_: &ApiRequest| Reply::result("vector", "[]"));
    let range = ["--from", &day, "--to", &end, "--component", "c0"];
    measure(database, &empty.url, &range).ok();
    let id = database.number("SELECT id AS value FROM indicator WHERE name = 'probe'");
    let page = at_admin(database, server, user).get(&format!("/admin/sla/indicator/{id}/change/"));
    let page = page.expect(200).html();
    assert!(
        page.contains("the expression has no series here") && page.contains("Measured is what ended by"),
        "{page}"
    );
    let check = run_on(database, &["check", &options[0], &options[1]]).ok();
    let words = "sla.W035: indicator `probe` measured nothing of the last span of 1 of 1 components, e.g. `c0`: the expression has no series here";
    assert!(check.contains(words), "{check}");
}

fn a_server_killed_at_any_query_leaves_whole_spans(database: &Database) {
    let names = ["c0", "c1", "c2"];
    apply_at(database, SystemClock.now_seconds() - 7 * 86_400, &document(&names));
    let computed = Mutex::new(ComputedServer::new(|_, _| Some(1.0)));
    let (asked, is_asked) = channel();
    let (asked, count) = (Mutex::new(asked), AtomicUsize::new(0));
    let source = StandIn::answering(move |request| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        // The test may be over.
        asked.lock().expect("no thread panics").send(number).ok();
        reply(&mut computed.lock().expect("no thread panics"), request)
    });
    let other = Faulty::start(None);
    let options = options(&source, &other.stand_in);
    let broken = "SELECT count(*) AS value FROM (SELECT range_start FROM availability GROUP BY range_start HAVING count(*) <> 3) AS spans";
    for wait in [0, 1, 1] {
        let mut server = started(database, &options);
        for _ in 0..=wait {
            is_asked.recv().expect("the source is there");
        }
        // Between this query and the next: before, within or after the booking.
        server.signal("KILL");
        server.wait();
        while is_asked.try_recv().is_ok() {}
        assert_eq!((database.number(broken), database.number(TWICE)), (0, 0));
    }
    let server = started(database, &options);
    server.wait_for_log(MEASURED, 3);
    assert_eq!((database.number(broken), database.number(TWICE)), (0, 0));
}

/// Adds what was measured of the component forty days ago.
fn add_old_row(database: &Database, now: i64) {
    let id = database.number("SELECT id AS value FROM component");
    let old = (now - 40 * 86_400).div_euclid(86_400) * 86_400;
    let rows = [row(0, id, (old, old + 3_600), None)];
    audit::record(&mut database.connect(), store::KEY, super::instant(old), |writer| {
        store::append(writer, &rows)
    })
    .expect("rows are added");
}

fn a_sum_that_fails_holds_up_no_measuring(database: &Database) {
    let now = SystemClock.now_seconds();
    apply_at(database, now - 3 * 86_400, &document(&["c0"]));
    add_old_row(database, now);
    database.execute(match database.is_postgres() {
        true => {
            "CREATE FUNCTION kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'rows are kept'; END $$; \
             CREATE TRIGGER kept BEFORE DELETE ON availability FOR EACH ROW EXECUTE FUNCTION kept()"
        }
        false => "CREATE TRIGGER kept BEFORE DELETE ON availability BEGIN SELECT RAISE(ABORT, 'rows are kept'); END",
    });
    let (main, other) = (Faulty::start(None), Faulty::start(None));
    let mut options = options(&main.stand_in, &other.stand_in).to_vec();
    options.extend(["--availability-days".to_owned(), "32".to_owned()]);
    let server = started(database, &options);
    server.wait_for_log(MEASURED, 3);
    let log = server.log();
    assert!(
        log.contains("old rows of what was measured are not summed") && log.contains("rows are kept"),
        "{log}"
    );
    assert_eq!(database.number(ROWS), 1 + 3);
    let metrics = client::get(&format!("{}/metrics", server.url)).text();
    assert!(
        metrics.contains("sla_monitor_measuring_sum_failures_total 1"),
        "{metrics}"
    );
}

fn old_rows_are_summed_without_a_source(database: &Database) {
    let now = SystemClock.now_seconds();
    apply_at(database, now - 3 * 86_400, &document(&["c0"]));
    add_old_row(database, now);
    let options = ["--availability-days", "32", "--log-level", "debug"].map(str::to_owned);
    let server = started(database, &options);
    // Another process, which has sources, can measure.
    server.wait_for_log("the job of measuring was given back", 1);
    assert_eq!(database.number("SELECT count(*) AS value FROM job_lease"), 0);
    let kinds = database.texts("SELECT kind AS value FROM availability");
    assert!(!kinds.is_empty() && kinds.iter().all(|kind| kind == "day"), "{kinds:?}");
}

fn nothing_is_read_again_until_something_ends_or_changes(database: &Database) {
    use sla_monitor::apps::sla::measuring::book::Circumstances;
    use sla_monitor::apps::sla::measuring::due::DueRange;
    use sla_monitor::apps::sla::measuring::run::{RunPlan, RunScope};
    use sla_monitor::apps::sla::promised_then::promised::Definitions;
    use sla_monitor::apps::sla::promised_then::store::definitions_state;
    let monday = super::at("2026-01-12T00:00:00Z");
    apply_at(database, monday - 86_400, &document(&["c0", "o0"]));
    let next = |now: i64, source: &str| {
        let circumstances = Circumstances {
            definitions: Definitions::Then,
            now: super::instant(now),
            tzdata: "2026a".to_owned(),
        };
        let scope = RunScope {
            range: DueRange::Ending(now - 60, now),
            components: None,
            source: Some(source.to_owned()),
            again: false,
        };
        let plan = RunPlan::read(&mut database.connect(), &circumstances, &scope).expect("the database answers");
        (plan.len(), plan.next_end - monday)
    };
    let end = 18 * 3_600;
    assert_eq!(next(monday + end - 1, "main"), (0, end));
    assert_eq!(next(monday + end, "main"), (1, end + 86_400));
    assert_eq!(next(monday + 9 * 3_600, "other"), (0, end));
    assert_eq!(next(monday, "nowhere"), (0, 86_401), "a day ahead is looked at");
    let state = || definitions_state(&mut database.connect()).expect("the database answers");
    let before = state();
    assert_eq!(before, state());
    // Neither moves the data version.
    apply_at(
        database,
        monday,
        &document(&["c0", "o0"]).replace("step_s: 60", "step_s: 30"),
    );
    assert_ne!(before, state());
}
