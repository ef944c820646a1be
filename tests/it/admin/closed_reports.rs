//! Closed reports: what was closed stays, and what has changed since is shown beside it.

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};
use sla_monitor::auth::secret;

use super::report::{COMMAND, DAY, FROM, PAGE, REPORT, api, days, job, measure, measured, printed, started};
use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::staff;
use crate::support::program::{apply, run_on};
use crate::support::server::Server;

on_both_databases!(
    a_closed_report_shows_what_has_changed_since,
    a_report_is_closed_once,
    only_whole_periods_that_are_over_are_closed,
    figures_that_were_not_seen_are_not_closed,
    closing_takes_its_own_permission,
    a_component_and_a_selector_are_closed_alone,
    links_follow_a_component_that_is_renamed,
    selectors_are_for_users_with_the_permission_to_view_labels,
    the_log_names_what_a_report_is_of_as_the_list_does,
    figures_that_were_restored_are_shown_again,
    a_closed_report_stays_in_the_database,
    the_digest_is_that_of_what_the_command_prints,
);

const LIST: &str = "/admin/sla/closedreport/";

pub(super) fn close(browser: &mut Browser, query: &str) -> Page {
    let page = browser.get(&format!("{REPORT}{query}")).expect(200);
    browser.submit(&page.form(".close-report form"), ("_close", "1"))
}

fn closed(database: &Database) -> (Server, Browser) {
    let (server, mut browser) = started(database);
    close(&mut browser, PAGE).expect(302);
    (server, browser)
}

fn of_page(browser: &mut Browser, query: &str) -> Vec<Value> {
    let page = browser.get(&format!("{REPORT}{query}&format=json")).expect(200);
    serde_json::from_str(&page.html()).expect("it is JSON")
}

/// The line without what was closed, and that.
fn parted(mut line: Value) -> (Value, Value) {
    let closed = line.as_object_mut().expect("a line is an object").remove("closed");
    (line, closed.expect("the report was closed"))
}

#[expect(clippy::too_many_lines, reason = "one report, from its closing to each later change")]
fn a_closed_report_shows_what_has_changed_since(database: &Database) {
    let (_server, mut browser) = closed(database);
    let page = browser.get(&format!("{REPORT}{PAGE}")).expect(200);
    assert!(
        page.text(".closed-report").contains("by root"),
        "{}",
        page.text(".closed-report")
    );
    assert_eq!(page.attributes(".closed-report", "data-changes"), ["0"]);
    assert!(!page.has(".close-report"), "it is closed");
    let (line, beside) = parted(of_page(&mut browser, PAGE).remove(0));
    assert_eq!(line, api());
    assert_eq!(
        (&beside["changed"], &beside["down"], &beside["by"]),
        (&json!(false), &json!(300), &json!("root"))
    );

    // The second day of api is measured again, with ten minutes down; job gets the day that it lacked.
    let start = days().nth(1).expect("a month has days");
    measure(database, "api", start, &[(0, 600_000, Some(0))]);
    measure(database, "job", FROM + 29 * DAY + 9 * 3_600, &[]);
    let lines = of_page(&mut browser, PAGE);
    let (line, beside) = parted(lines[0].clone());
    assert_eq!(
        (&line["down"], &line["left"], &line["verdict"]),
        (&json!(900), &json!(-108), &json!("missed"))
    );
    assert_eq!(
        (&beside["changed"], &beside["down"], &beside["left"]),
        (&json!(true), &json!(300), &json!(492))
    );
    assert_eq!(beside["verdict"], "met");
    let (line, beside) = parted(lines[2].clone());
    assert_eq!((&line["unknown"], &beside["unknown"]), (&json!(0), &json!(36_000)));
    assert_eq!(lines, printed(database, &[]));

    let page = browser.get(&format!("{REPORT}{PAGE}")).expect(200);
    assert_eq!(
        page.attributes(".closed-changes tr.then", "data-changed"),
        ["api", "job"]
    );
    assert_eq!(
        page.attributes(".closed-changes tr.then td.down", "data-value"),
        ["300", "0"]
    );
    assert_eq!(
        page.attributes(".closed-changes tr.now td.down", "data-value"),
        ["900", "0"]
    );
    // What differs is marked, and the sum of then stands beside that of now.
    let first = ".closed-changes tbody tr:nth-child(2)";
    assert_eq!(
        page.attributes(&format!("{first} td.differs"), "data-label"),
        ["Attained", "Budget left", "Verdict", "Up", "Down"]
    );
    assert_eq!(
        page.attributes(".closed-changes tfoot td.down", "data-value"),
        ["300", "900"]
    );
    assert_eq!(
        page.attributes(".closed-changes tfoot td.verdict", "data-value"),
        ["met", "missed"]
    );
    assert!(
        page.text(".closed-report .digest")
            .starts_with("SHA-256 of its figures: ")
    );
    let page = browser.get(&format!("{REPORT}{PAGE}&component=api")).expect(200);
    assert_eq!(page.attributes(".closed-changes tr.then", "data-changed"), ["api"]);
    assert!(
        page.text(".closed-report")
            .contains("with the report of all components")
    );

    let csv = browser.get(&format!("{REPORT}{PAGE}&format=csv")).expect(200).html();
    let head = csv.lines().next().unwrap_or_default();
    assert!(head.ends_with("verdict,closed_at,closed_by,closed_changed,closed_promised,closed_accounted,closed_up,closed_down,\
                            closed_unknown,closed_excluded,closed_attained_millipercent,closed_slo_millipercent,closed_budget,closed_left,\
                            closed_verdict"), "{head}");
    let of_api = csv.lines().find(|line| line.starts_with("api,")).unwrap_or_default();
    assert!(
        of_api.ends_with(",root,true,792000,792000,791700,300,0,0,99962,99900,792,492,met"),
        "{of_api}"
    );

    let said = run_on(database, &COMMAND);
    assert!(
        said.err.contains("by root: figures of 2 of its components differ now"),
        "{}",
        said.err
    );
    assert!(said.err.contains("`api`: up was 219 h 55 min and is"), "{}", said.err);
    assert!(said.err.contains("down was 5 min and is 15 min"), "{}", said.err);

    // A correction that takes it back, and an SLO of another height.
    apply(database, "components: [{name: web, slo: 98}]");
    let page = browser.get(&format!("{REPORT}{PAGE}")).expect(200);
    assert_eq!(
        page.attributes(".closed-changes tr.then", "data-changed"),
        ["api", "job", "web"]
    );
}

fn a_report_is_closed_once(database: &Database) {
    let (_server, mut browser) = started(database);
    let page = browser.get(&format!("{REPORT}{PAGE}")).expect(200);
    let form = page.form(".close-report form");
    browser.submit(&form, ("_close", "1")).expect(302);
    let again = browser.submit(&form, ("_close", "1")).expect(409);
    assert!(again.html().contains("was closed at"), "{}", again.html());
    assert!(again.html().contains("by root"), "{}", again.html());
    assert_eq!(database.number("SELECT count(*) AS value FROM closed_report"), 1);
    let entries = "SELECT count(*) AS value FROM log_entry WHERE content_type = 'sla.closedreport' AND action = 'add'";
    assert_eq!(database.number(entries), 1);
    // Another zone is another report.
    close(&mut browser, "?at=2026-10&zone=UTC&definitions=now").expect(302);
    assert_eq!(database.number("SELECT count(*) AS value FROM closed_report"), 2);

    let list = browser.get(LIST).expect(200);
    assert_eq!(list.texts("#result_list td.field-members"), ["4", "4"]);
    let key = database.number("SELECT min(id) AS value FROM closed_report");
    let object = browser.get(&format!("{LIST}{key}/change/")).expect(200);
    assert!(
        object.html().contains("October 2026, Europe/Berlin, all components"),
        "{}",
        object.html()
    );
    assert!(object.html().contains("api: 99.962 %"), "{}", object.html());
    let digest = database
        .texts("SELECT digest AS value FROM closed_report ORDER BY id LIMIT 1")
        .remove(0);
    assert!(object.html().contains(&digest));
    let lines = database
        .texts("SELECT figures AS value FROM closed_report ORDER BY id LIMIT 1")
        .remove(0);
    let first: Value = serde_json::from_str(lines.lines().next().unwrap_or_default()).expect("it is JSON");
    assert_eq!(first, api());
}

fn only_whole_periods_that_are_over_are_closed(database: &Database) {
    let (_server, mut browser) = started(database);
    for (query, has_button) in [
        (PAGE.to_owned(), true),
        (format!("{PAGE}&sort=-down&group=team"), true),
        (format!("{PAGE}&q=api"), false),
        (format!("{PAGE}&verdict=met"), false),
        ("?at=2090-10&zone=UTC".to_owned(), false),
    ] {
        let page = browser.get(&format!("{REPORT}{query}")).expect(200);
        assert_eq!(page.has(".close-report"), has_button, "{query}");
        if !has_button {
            browser
                .post(&format!("{REPORT}{query}"), &[("_digest", "x")])
                .expect(422);
        }
    }
    browser
        .post(&format!("{REPORT}?at=nothing"), &[("_digest", "x")])
        .expect(400);
    assert_eq!(database.number("SELECT count(*) AS value FROM closed_report"), 0);
}

fn figures_that_were_not_seen_are_not_closed(database: &Database) {
    let (_server, mut browser) = started(database);
    let page = browser.get(&format!("{REPORT}{PAGE}")).expect(200);
    let form = page.form(".close-report form");
    measure(
        database,
        "api",
        days().next().expect("a month has days"),
        &[(0, 60_000, Some(0))],
    );
    let refused = browser.submit(&form, ("_close", "1")).expect(409);
    assert!(
        refused.html().contains("others than those that you saw"),
        "{}",
        refused.html()
    );
    assert_eq!(database.number("SELECT count(*) AS value FROM closed_report"), 0);
    close(&mut browser, PAGE).expect(302);
}

fn closing_takes_its_own_permission(database: &Database) {
    measured(database);
    let server = Server::start(database, &[]);
    let mut viewer = staff(
        database,
        &server,
        "viewer",
        &["sla.view_component", "sla.view_closedreport"],
    );
    let page = viewer.get(&format!("{REPORT}{PAGE}")).expect(200);
    assert!(!page.has(".close-report"));
    viewer.post(&format!("{REPORT}{PAGE}"), &[("_digest", "x")]).expect(403);
    let mut other = staff(database, &server, "other", &["sla.add_closedreport"]);
    other.post(&format!("{REPORT}{PAGE}"), &[("_digest", "x")]).expect(403);
    let mut closer = staff(
        database,
        &server,
        "closer",
        &["sla.view_component", "sla.add_closedreport"],
    );
    close(&mut closer, PAGE).expect(302);
    closer.get(LIST).expect(403);
    viewer.get(LIST).expect(200);
    // Users with the permission to view the report see that it was closed.
    let page = closer.get(&format!("{REPORT}{PAGE}")).expect(200);
    assert!(page.text(".closed-report").contains("by closer"));

    let mut blind = staff(
        database,
        &server,
        "blind",
        &["sla.view_closedreport", "sla.export_closedreport"],
    );
    let key = database.number("SELECT id AS value FROM closed_report");
    let object = blind.get(&format!("{LIST}{key}/change/")).expect(200);
    assert!(!object.html().contains("api"), "{}", object.html());
    let file = blind.get(&format!("{LIST}export/?_format=csv")).expect(200);
    assert!(!file.html().contains("figures"), "{}", file.html());
}

fn a_component_and_a_selector_are_closed_alone(database: &Database) {
    let (_server, mut browser) = started(database);
    close(&mut browser, &format!("{PAGE}&component=api")).expect(302);
    close(&mut browser, &format!("{PAGE}&match=%7B%20team%3D%22b%22%20%7D")).expect(302);
    let selector = database
        .texts("SELECT selector AS value FROM closed_report WHERE component_id = 0")
        .remove(0);
    assert_eq!(selector, "{team=\"b\"}");
    let page = browser.get(&format!("{REPORT}{PAGE}&component=api")).expect(200);
    assert!(page.has(".closed-report.same"));
    let page = browser.get(&format!("{REPORT}{PAGE}&component=job")).expect(200);
    assert!(page.text(".closed-report").contains("with the report of {team=\"b\"}"));
    // The report of all of them is not closed, and names the parts that are.
    let page = browser.get(&format!("{REPORT}{PAGE}")).expect(200);
    assert!(!page.has(".closed-report") && page.has(".close-report"));
    assert_eq!(page.attributes(".closed-parts a", "href").len(), 2);
    let lines = printed(database, &["--match", "{team=\"b\"}"]);
    assert_eq!(parted(lines[1].clone()).0, job());
    assert!(printed(database, &[]).iter().all(|line| line.get("closed").is_none()));
}

fn links_follow_a_component_that_is_renamed(database: &Database) {
    let (_server, mut browser) = started(database);
    close(&mut browser, &format!("{PAGE}&component=api")).expect(302);
    let component = database.number("SELECT id AS value FROM component WHERE name = 'api'");
    database.execute(&format!(
        "UPDATE component SET name = 'gateway', name_key = 'gateway' WHERE id = {component}"
    ));
    apply(database, "components: [{name: api}]");
    let key = database.number("SELECT id AS value FROM closed_report");
    let links = |browser: &mut Browser| {
        let page = browser.get(&format!("{REPORT}{PAGE}")).expect(200);
        assert_eq!(page.texts(".closed-parts li").len(), 1);
        let object = browser.get(&format!("{LIST}{key}/change/")).expect(200);
        let mut links = page.attributes(".closed-parts a", "href");
        links.extend(object.attributes("ul.object-tools a", "href"));
        links.retain(|link| link.starts_with(REPORT));
        links
    };
    let found = links(&mut browser);
    assert_eq!(found.len(), 2);
    for link in found {
        let page = browser.get(&link).expect(200);
        assert!(
            link.contains("component=gateway") && page.has(".closed-report.same"),
            "{link}"
        );
    }
    browser
        .post(&format!("/admin/sla/component/{component}/delete/"), &[("post", "yes")])
        .expect(302);
    assert!(
        links(&mut browser).is_empty(),
        "what was deleted has no report of its own"
    );
}

/// Which components a selector took says who has which labels.
fn selectors_are_for_users_with_the_permission_to_view_labels(database: &Database) {
    let (server, mut browser) = started(database);
    close(&mut browser, &format!("{PAGE}&match={{team=%22b%22}}")).expect(302);
    let permissions = ["sla.view_component", "sla.view_closedreport", "sla.export_closedreport"];
    let mut viewer = staff(database, &server, "viewer", &permissions);
    let mut reader = staff(
        database,
        &server,
        "reader",
        &[&permissions[..], &["sla.view_label"]].concat(),
    );
    let key = database.number("SELECT id AS value FROM closed_report");
    for (browser, may) in [(&mut viewer, false), (&mut reader, true)] {
        for query in [PAGE.to_owned(), format!("{PAGE}&component=job")] {
            let page = browser.get(&format!("{REPORT}{query}")).expect(200);
            assert_eq!(
                page.html().contains("{team=&#34;b&#34;}"),
                may,
                "{query}: {}",
                page.html()
            );
        }
        let line = of_page(browser, &format!("{PAGE}&component=job")).remove(0);
        assert_eq!(line.get("closed").is_some(), may, "{line}");
        let object = browser.get(&format!("{LIST}{key}/change/")).expect(200);
        assert_eq!(object.html().contains("job"), may, "{}", object.html());
        for path in [LIST.to_owned(), format!("{LIST}export/?_format=csv")] {
            let page = browser.get(&path).expect(200);
            assert_eq!(page.html().contains("team"), may, "{path}: {}", page.html());
        }
    }
}

fn the_log_names_what_a_report_is_of_as_the_list_does(database: &Database) {
    let (server, mut root) = started(database);
    close(&mut root, &format!("{PAGE}&component=api")).expect(302);
    close(&mut root, &format!("{PAGE}&match={{team=%22b%22}}")).expect(302);
    let log = "/admin/audit/logentry/";
    let mut pages = vec![format!("{log}?content_type=sla.closedreport")];
    let entries = "SELECT CAST(id AS TEXT) AS value FROM log_entry WHERE content_type = 'sla.closedreport'";
    let entries = database.texts(entries).into_iter();
    pages.extend(entries.map(|entry| format!("{log}{entry}/change/")));
    let keys = database
        .texts("SELECT CAST(id AS TEXT) AS value FROM closed_report")
        .into_iter();
    pages.extend(keys.map(|key| format!("{LIST}{key}/history/")));
    assert_eq!(pages.len(), 5);
    let readers: [&[&str]; 3] = [&[], &["sla.view_component"], &["sla.view_component", "sla.view_label"]];
    for (number, rights) in readers.into_iter().enumerate() {
        let own = ["sla.view_closedreport", "audit.view_logentry"];
        let mut reader = staff(
            database,
            &server,
            &format!("reader{number}"),
            &[&own[..], rights].concat(),
        );
        let html: String = pages.iter().map(|page| reader.get(page).expect(200).html()).collect();
        let may = [number >= 1, number >= 2];
        assert_eq!([", api", "{team="].map(|name| html.contains(name)), may, "{html}");
        assert_eq!(html.contains("Component: api"), may[0], "{html}");
        let found = ["api", "team"].map(|term| {
            let list = reader
                .get(&format!("{log}?content_type=sla.closedreport&q={term}"))
                .expect(200);
            list.texts("#result_list tbody tr").len() == 1
        });
        assert_eq!(found, may);
    }
}

fn figures_that_were_restored_are_shown_again(database: &Database) {
    let (_server, mut browser) = closed(database);
    database.execute(match database.is_postgres() {
        true => "DROP TRIGGER closed_report_not_changed ON closed_report",
        false => "DROP TRIGGER closed_report_not_updated",
    });
    let said = |browser: &mut Browser| {
        browser
            .get(&format!("{REPORT}{PAGE}"))
            .expect(200)
            .text(".closed-report")
    };
    let change = |from: &str, to: &str| {
        database.execute(&format!(
            "UPDATE closed_report SET figures = replace(figures, '{from}', '{to}')"
        ));
    };
    change("792000", "792001");
    assert!(said(&mut browser).contains("cannot be read"));
    change("792001", "792000");
    for _ in 0..2 {
        assert!(
            said(&mut browser).contains("The figures are those of then"),
            "{}",
            said(&mut browser)
        );
    }
}

fn a_closed_report_stays_in_the_database(database: &Database) {
    let (_server, mut browser) = closed(database);
    let key = database.number("SELECT id AS value FROM closed_report");
    for sql in ["UPDATE closed_report SET closed_by = 'x'", "DELETE FROM closed_report"] {
        let refused = database.connect().batch_execute(sql).expect_err("rows are only added");
        assert!(refused.to_string().contains("append-only"), "{sql}: {refused}");
    }
    browser
        .post(&format!("{LIST}{key}/change/"), &[("_version", "1")])
        .expect(403);
    browser.get(&format!("{LIST}{key}/delete/")).expect(403);
    browser.get(&format!("{LIST}add/")).expect(403);
}

fn the_digest_is_that_of_what_the_command_prints(database: &Database) {
    let (_server, mut browser) = closed(database);
    let printed_now = |format: &str| {
        let arguments = [&COMMAND[..], &["--closed", "--format", format]].concat();
        run_on(database, &arguments).ok()
    };
    let digest = browser
        .get(&format!("{REPORT}{PAGE}"))
        .expect(200)
        .attributes(".closed-report", "data-digest")
        .remove(0);
    // What changes later is not what was closed.
    let start = days().nth(1).expect("a month has days");
    measure(database, "api", start, &[(0, 600_000, Some(0))]);
    let lines = printed_now("json");
    assert_eq!(secret::digest(&lines), digest);
    let first = lines.lines().next().unwrap_or_default();
    assert_eq!(serde_json::from_str::<Value>(first).expect("it is JSON"), api());
    assert!(printed_now("csv").contains("792000,791700,300,0,0,99962,99900,792,492,met"));
    assert!(printed_now("table").contains("99.962 % (SLO 99.900 %)"));
    let refused = run_on(database, &["report", "--at", "2026-09", "--closed"]).refused();
    assert!(refused.contains("was not closed"), "{refused}");
}
