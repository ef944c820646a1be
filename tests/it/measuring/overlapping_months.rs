//! Sums of months that overlap, as older builds stored them after a window was moved to another zone: their time counts once, and reports say
//! so.

use serde_json::{Value, json};
use sla_monitor::apps::sla::availability::row::AvailabilityRow;
use sla_monitor::apps::sla::availability::store;
use sla_monitor::audit;

use super::measured_time::month;
use super::{apply_at, at, instant};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::superuser;
use crate::support::program::{Ran, apply, run_on};
use crate::support::server::Server;

on_both_databases!(
    a_month_of_another_zone_counts_beside_the_first_alone,
    what_cannot_be_separated_is_unknown,
    a_report_of_one_of_the_months_is_as_before,
    a_report_of_the_month_of_which_less_is_known_says_where_more_is,
    a_report_names_all_zones_of_whose_months_more_is_known,
);

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

const HOURS: &str = "
windows:
- {name: Always, timezone: UTC, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: '00:00', duration_s: 86400}]}
components:
- {name: moved, windows: [Always], slo: 99.9}
";

/// The zone of a month, when it begins and ends, and how many seconds of it were up and down and are unknown.
type SummedMonth<'a> = (&'a str, (&'a str, &'a str), (i64, i64, i64));

/// Stores sums of March 2025 in UTC, ten minutes of which were down, and of another month.
fn stored(database: &Database, other: (&str, &str), zone: &str, parts: (i64, i64, i64)) {
    let march = ("2025-03-01T00:00:00Z", "2025-04-01T00:00:00Z");
    store_months(
        database,
        &[("UTC", march, (31 * DAY - 600, 600, 0)), (zone, other, parts)],
    );
}

/// Stores a component and sums of its months.
fn store_months(database: &Database, months: &[SummedMonth<'_>]) {
    apply_at(database, at("2024-12-01T00:00:00Z"), HOURS);
    let id = database.number("SELECT id AS value FROM component");
    let row = |(zone, (start, end), parts): &SummedMonth<'_>| AvailabilityRow {
        timezone: (*zone).to_owned(),
        ..month(0, id, (at(start), at(end)), *parts)
    };
    let rows: Vec<AvailabilityRow> = months.iter().map(row).collect();
    let now = instant(at("2026-01-01T00:00:00Z"));
    let added = audit::record(&mut database.connect(), store::KEY, now, |writer| {
        store::append(writer, &rows)
    });
    added.expect("rows are added");
}

/// Stores what a version made that summed the last day of New York's March alone: all but that day is unknown.
fn new_york(database: &Database) {
    stored(
        database,
        ("2025-03-01T05:00:00Z", "2025-04-01T04:00:00Z"),
        "America/New_York",
        (DAY, 0, 30 * DAY - HOUR),
    );
}

fn report(database: &Database, period: &str, at: &str) -> Ran {
    let period = ["report", "--period", period, "--at", at, "--format", "json"];
    run_on(database, &period)
}

fn line(ran: &Ran) -> Value {
    serde_json::from_str(ran.out.trim()).expect("it is one line of JSON")
}

const OVERLAP: &str =
    "`moved`: sums of months overlap, as an older build stored them after a window was moved to another zone";

fn a_month_of_another_zone_counts_beside_the_first_alone(database: &Database) {
    new_york(database);
    for (period, days) in [("quarter", 90), ("year", 365)] {
        let ran = report(database, period, "2025-03");
        let figures = line(&ran);
        assert_eq!(figures["promised"], json!(days * DAY), "{figures}");
        assert_eq!(figures["accounted"], json!(days * DAY), "{figures}");
        assert_eq!(
            (&figures["up"], &figures["down"]),
            (&json!(31 * DAY - 600), &json!(600)),
            "{figures}"
        );
        // New York's March ends four hours after the quarter, which has no whole one beside that of UTC.
        assert_eq!(ran.err.contains(OVERLAP), period == "year", "{ran:?}");
        if period == "year" {
            assert!(ran.err.contains("; 4 h of the rest are not known"), "{ran:?}");
        }
    }
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let year = "/admin/sla/report/?period=year&at=2025&zone=UTC";
    let page = browser.get(year).expect(200);
    let note = page.text("table#report tbody th small");
    assert!(note.starts_with("sums of months overlap"), "{note}");
    assert_eq!(
        page.attributes("table#report tbody td.promised", "data-value"),
        [(365 * DAY).to_string()]
    );
    let page = browser.get(&format!("{year}&component=moved")).expect(200);
    let notes = page.texts("p.note");
    assert!(
        notes.iter().any(|note| note.starts_with("sums of months overlap")),
        "{notes:?}"
    );
}

fn what_cannot_be_separated_is_unknown(database: &Database) {
    // Berlin's April begins two hours before that of UTC. When its ten minutes were is not known.
    stored(
        database,
        ("2025-03-31T22:00:00Z", "2025-04-30T22:00:00Z"),
        "Europe/Berlin",
        (30 * DAY - 600, 600, 0),
    );
    let ran = report(database, "year", "2025");
    let figures = line(&ran);
    assert_eq!(figures["promised"], json!(365 * DAY), "{figures}");
    assert_eq!(
        (&figures["up"], &figures["down"]),
        (&json!(61 * DAY - 2 * HOUR - 600 - 600), &json!(600)),
        "{figures}"
    );
    assert!(
        ran.err.contains(OVERLAP) && ran.err.contains("; 10 min of the rest are not known"),
        "{ran:?}"
    );
    // A correction of both months says what they were.
    apply(
        database,
        "corrections:\n- {component: moved, start: 2025-03-01T00:00:00Z, end: 2025-04-30T22:00:00Z, effect: up}\n",
    );
    let ran = report(database, "year", "2025");
    let figures = line(&ran);
    assert_eq!(
        (&figures["up"], &figures["down"]),
        (&json!(61 * DAY - 2 * HOUR), &json!(0)),
        "{figures}"
    );
    assert!(ran.err.contains(OVERLAP) && !ran.err.contains("of the rest"), "{ran:?}");
}

fn a_report_of_one_of_the_months_is_as_before(database: &Database) {
    new_york(database);
    let ran = report(database, "month", "2025-03");
    let figures = line(&ran);
    assert_eq!(
        (
            &figures["promised"],
            &figures["up"],
            &figures["down"],
            &figures["unknown"]
        ),
        (&json!(31 * DAY), &json!(31 * DAY - 600), &json!(600), &json!(0)),
        "{figures}"
    );
    assert!(!ran.err.contains("overlap"), "{ran:?}");
}

fn a_report_of_the_month_of_which_less_is_known_says_where_more_is(database: &Database) {
    new_york(database);
    let month = || {
        let period = ["report", "--period", "month", "--at", "2025-03", "--format", "json"];
        run_on(database, &[&period[..], &["--zone", "America/New_York"]].concat())
    };
    let ran = month();
    let figures = line(&ran);
    assert_eq!(
        (&figures["up"], &figures["unknown"]),
        (&json!(DAY), &json!(30 * DAY - HOUR)),
        "{figures}"
    );
    let elsewhere = "up to 719 h of service are unknown here and may be known in whole months of UTC";
    assert!(ran.err.contains(&format!("{OVERLAP}: {elsewhere}")), "{ran:?}");
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let page = browser
        .get("/admin/sla/report/?period=month&at=2025-03&zone=America/New_York")
        .expect(200);
    let note = page.text("table#report tbody th small");
    assert!(note.ends_with(elsewhere), "{note}");
    // A correction of all of it says what it was.
    apply(
        database,
        "corrections:\n- {component: moved, start: 2025-03-01T00:00:00Z, end: 2025-04-01T04:00:00Z, effect: up}\n",
    );
    let ran = month();
    assert_eq!(line(&ran)["unknown"], json!(0), "{ran:?}");
    assert!(!ran.err.contains("overlap"), "{ran:?}");
}

fn a_report_names_all_zones_of_whose_months_more_is_known(database: &Database) {
    // At both ends New York's quarter has a part of a month of another zone.
    let zone = "America/New_York";
    store_months(
        database,
        &[
            (
                "UTC",
                ("2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z"),
                (31 * DAY, 0, 0),
            ),
            (
                zone,
                ("2025-01-01T05:00:00Z", "2025-02-01T05:00:00Z"),
                (DAY, 0, 30 * DAY),
            ),
            (
                zone,
                ("2025-03-01T05:00:00Z", "2025-04-01T04:00:00Z"),
                (DAY, 0, 30 * DAY - HOUR),
            ),
            (
                "Europe/Berlin",
                ("2025-03-31T22:00:00Z", "2025-04-30T22:00:00Z"),
                (30 * DAY, 0, 0),
            ),
        ],
    );
    let quarter = [
        "report", "--period", "quarter", "--at", "2025-03", "--format", "json", "--zone", zone,
    ];
    let ran = run_on(database, &quarter);
    let unknown = "up to 726 h of service are unknown here and may be known in whole months of Europe/Berlin and UTC";
    assert!(ran.err.contains(&format!("{OVERLAP}: {unknown}")), "{ran:?}");
}
