//! Indicators and corrections by forms: what is kept, refused, found, protected and restored.

use super::EXAMPLE;
use crate::support::browser::{Browser, Page};
use crate::support::client::dechunked;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::{apply, run_on};
use crate::support::server::Server;

on_both_databases!(
    an_indicator_is_added_changed_and_kept,
    what_an_indicator_cannot_be_stands_beside_its_field,
    an_indicator_that_is_named_stays,
    a_correction_is_added_and_changed,
    what_a_correction_cannot_be_stands_beside_its_field,
    a_component_with_corrections_stays,
    lists_find_and_narrow,
    a_component_that_may_not_be_viewed_is_not_named,
    a_deleted_correction_is_restored,
    tables_go_out_and_in,
);

const INDICATORS: &str = "/admin/sla/indicator/";
const CORRECTIONS: &str = "/admin/sla/correction/";

fn opened(database: &Database) -> (Server, Browser) {
    apply(database, EXAMPLE);
    let server = Server::start(database, &[]);
    let root = superuser(database, &server);
    (server, root)
}

/// The key of a row.
fn key(database: &Database, table: &str, condition: &str) -> i64 {
    database.number(&format!("SELECT id AS value FROM {table} WHERE {condition}"))
}

/// The errors beside a field, or of the whole form.
fn errors(page: &Page, field: &str) -> String {
    match field {
        "" => page.text("ul.errorlist.nonfield"),
        field => page.text(&format!("#id_{field}_error")),
    }
}

fn an_indicator_is_added_changed_and_kept(database: &Database) {
    let (_server, mut root) = opened(database);
    let form = root
        .get(&format!("{INDICATORS}add/"))
        .expect(200)
        .form("#indicator_form");
    let blank = ["kind", "step_s", "unknown", "threshold"].map(|name| form.values(name).concat());
    assert_eq!(blank, ["mean", "60", "separate", ""]);
    let form = form
        .set("name", "Jobs")
        .set("source", "other")
        .set("expression", "job_ok{job=$component}\n  or vector(0)")
        .set("kind", "state")
        .set("threshold", "0.9")
        .set("step_s", "15")
        .set("selector", "{}");
    root.submit(&form, ("_save", "")).expect(302);
    let id = key(database, "indicator", "name = 'Jobs'");
    let change = format!("{INDICATORS}{id}/change/");
    let form = root.get(&change).expect(200).form("#indicator_form");
    let expression = form.values("expression").concat().replace("\r\n", "\n");
    assert_eq!(expression, "job_ok{job=$component}\n  or vector(0)");
    assert_eq!(
        (form.values("threshold"), form.values("step_s")),
        (vec!["0.9"], vec!["15"])
    );
    root.submit(&form.set("threshold", "").set("unknown", "up"), ("_save", ""))
        .expect(302);
    let export = run_on(database, &["export"]).ok();
    assert!(
        export.contains("    threshold: null\n    unknown: up\n    selector: \"{}\"\n"),
        "{export}"
    );
    let history = root
        .get(&format!("{INDICATORS}{id}/history/"))
        .expect(200)
        .text("#change-history");
    for words in ["Threshold", "0.9", "none", "separate"] {
        assert!(history.contains(words), "{words}: {history}");
    }
    // A component chooses it.
    let component = key(database, "component", "name = 'payments-api'");
    let change = format!("/admin/sla/component/{component}/change/");
    let form = root.get(&change).expect(200).form("#component_form");
    root.submit(&form.set("indicator", &id.to_string()), ("_save", ""))
        .expect(302);
    let chosen = database.number("SELECT indicator_id AS value FROM component WHERE name = 'payments-api'");
    assert_eq!(chosen, id);
}

fn what_an_indicator_cannot_be_stands_beside_its_field(database: &Database) {
    let (_server, mut root) = opened(database);
    let right = [
        ("name", "New"),
        ("source", "main"),
        ("expression", "up"),
        ("kind", "mean"),
        ("step_s", "60"),
        ("threshold", ""),
        ("unknown", "separate"),
        ("selector", ""),
    ];
    for (field, value, words) in [
        ("name", "", "required"),
        ("name", "PROBE", "already exists: “Probe”"),
        ("source", "", "give the source a name"),
        ("source", "a/b", "give the source a name"),
        ("expression", " ", "An indicator needs one"),
        ("expression", "up{a=$b}", "$b is no placeholder"),
        ("kind", "best", "none of the choices"),
        ("step_s", "4000", "no whole number from 1 to 3600"),
        ("threshold", "x", "is no number"),
        ("threshold", "0.5", "a mean is the share that is up itself"),
        ("unknown", "x", "none of the choices"),
        ("selector", "{a=~\"b\"}", "selects no components"),
    ] {
        let posted: Vec<(&str, &str)> = right
            .iter()
            .map(|(name, right)| (*name, if *name == field { value } else { right }))
            .collect();
        let page = root.post(&format!("{INDICATORS}add/"), &posted).expect(422);
        let error = errors(&page, field).to_lowercase();
        assert!(error.contains(&words.to_lowercase()), "{field}={value}: {error}");
    }
    let sum = root
        .post(
            &format!("{INDICATORS}add/"),
            &[("name", "New"), ("source", "main"), ("expression", "sum(up)")],
        )
        .expect(422);
    assert!(errors(&sum, "kind").contains("choose the kind state"));
    assert_eq!(database.number("SELECT count(*) AS value FROM indicator"), 2);
}

fn an_indicator_that_is_named_stays(database: &Database) {
    let (_server, mut root) = opened(database);
    let id = key(database, "indicator", "name = 'Latency'");
    let page = root
        .post(&format!("{INDICATORS}{id}/delete/"), &[("post", "yes")])
        .expect(409);
    assert!(
        page.html().contains("component shop-web names Latency"),
        "{}",
        page.html()
    );
    let page = root.get(&format!("{INDICATORS}{id}/change/")).expect(200);
    assert!(page.html().contains("Named by 1 component"));
    // That none names it is not that it measures none.
    let probe = key(database, "indicator", "name = 'Probe'");
    let page = root.get(&format!("{INDICATORS}{probe}/change/")).expect(200);
    assert_eq!(page.texts(".remark h2")[0], "Named by no component");
    assert_eq!(page.texts(".remark li")[0], "It measures what its selector finds.");
    database.execute(&format!("UPDATE component SET indicator_id = {probe}"));
    let page = root.get(&format!("{INDICATORS}{probe}/change/")).expect(200);
    assert_eq!(
        page.texts(".remark h2")[0],
        "Named by 2 components, beside those that its selector finds"
    );
    database.execute("UPDATE component SET indicator_id = NULL");
    root.post(&format!("{INDICATORS}{id}/delete/"), &[("post", "yes")])
        .expect(302);
    assert_eq!(database.number("SELECT count(*) AS value FROM indicator"), 1);
}

fn a_correction_is_added_and_changed(database: &Database) {
    let (_server, mut root) = opened(database);
    let component = key(database, "component", "name = 'payments-api'").to_string();
    let form = root
        .get(&format!("{CORRECTIONS}add/"))
        .expect(200)
        .form("#correction_form");
    assert_eq!(form.values("effect"), ["exclude"]);
    let form = form
        .set("component", &component)
        .set("start", "2026-12-01T10:00:00+01:00")
        .set("end", "2026-12-01 09:30")
        .set("effect", "up")
        .set("reason", "The probe was broken");
    root.submit(&form, ("_save", "")).expect(302);
    let id = key(database, "correction", "reason LIKE 'The probe%'");
    let page = root.get(&format!("{CORRECTIONS}{id}/change/")).expect(200);
    let form = page.form("#correction_form");
    assert_eq!(form.values("start"), ["2026-12-01T09:00:00Z"]);
    assert_eq!(form.values("end"), ["2026-12-01T09:30:00Z"]);
    let form = form
        .set("component", "")
        .set("selector", "{team=\"payments\"}")
        .set("effect", "unknown");
    root.submit(&form, ("_save", "")).expect(302);
    let export = run_on(database, &["export"]).ok();
    let expected = "  - component: null\n    selector: \"{team=\\\"payments\\\"}\"\n    start: \"2026-12-01T09:00:00Z\"\n    end: \"2026-12-01T09:30:00Z\"\n    effect: unknown\n";
    assert!(export.contains(expected), "{export}");
    let history = root
        .get(&format!("{CORRECTIONS}{id}/history/"))
        .expect(200)
        .text("#change-history");
    assert!(
        history.contains("payments-api") && history.contains("unknown"),
        "{history}"
    );
}

fn what_a_correction_cannot_be_stands_beside_its_field(database: &Database) {
    let (_server, mut root) = opened(database);
    let component = key(database, "component", "name = 'payments-api'").to_string();
    let right = [
        ("component", component.as_str()),
        ("selector", ""),
        ("start", "2026-12-01T09:00:00Z"),
        ("end", "2026-12-01T10:00:00Z"),
        ("effect", "down"),
        ("reason", ""),
    ];
    let refused = |root: &mut Browser, changed: &[(&str, &str)]| {
        let posted: Vec<(&str, &str)> = right
            .iter()
            .map(|(name, right)| {
                let other = changed.iter().find(|(field, _)| field == name);
                (*name, other.map_or(*right, |(_, value)| *value))
            })
            .collect();
        root.post(&format!("{CORRECTIONS}add/"), &posted).expect(422)
    };
    for (field, value, words) in [
        ("start", "", "required"),
        ("start", "tomorrow", "is no instant"),
        ("end", "2026-12-01T10:00:00.5Z", "whole seconds"),
        ("end", "2026-12-01T09:00:00Z", "not after the start"),
        ("end", "2026-12-01T08:00:00Z", "not after the start"),
        ("component", "999999", "is not one of the choices"),
        ("component", "", "name a component, or give a selector"),
        ("selector", "{}", "not both"),
        ("selector", "{", "selects no components"),
        ("effect", "none", "none of the choices"),
    ] {
        let page = refused(&mut root, &[(field, value)]);
        let error = errors(&page, field).to_lowercase();
        assert!(error.contains(words), "{field}={value}: {error}");
    }
    let same = [("start", "2026-11-16T09:00:00Z"), ("end", "2026-11-16T09:05:00Z")];
    let page = refused(&mut root, &same);
    assert!(
        page.html()
            .contains("Correction with this scope, Start and End already exists.")
    );
    let same = [
        ("component", ""),
        ("selector", "{team=\"shop\"}"),
        ("start", "2026-11-17T00:00:00Z"),
        ("end", "2026-11-17T01:00:00Z"),
    ];
    let page = refused(&mut root, &same);
    assert!(
        page.html()
            .contains("Correction with this scope, Start and End already exists.")
    );
    assert_eq!(database.number("SELECT count(*) AS value FROM correction"), 2);
}

fn a_component_with_corrections_stays(database: &Database) {
    let (_server, mut root) = opened(database);
    let id = key(database, "component", "name = 'payments-api'");
    let page = root
        .post(&format!("/admin/sla/component/{id}/delete/"), &[("post", "yes")])
        .expect(409);
    let words = "correction of payments-api, 2026-11-16T09:00:00Z to 2026-11-16T09:05:00Z";
    assert!(page.html().contains(words), "{}", page.html());
    let correction = key(database, "correction", "component_id IS NOT NULL");
    root.post(&format!("{CORRECTIONS}{correction}/delete/"), &[("post", "yes")])
        .expect(302);
    root.post(&format!("/admin/sla/component/{id}/delete/"), &[("post", "yes")])
        .expect(302);
}

fn lists_find_and_narrow(database: &Database) {
    let (_server, mut root) = opened(database);
    let mut names = |path: &str, column: &str| {
        root.get(path)
            .expect(200)
            .texts(&format!("#result_list .field-{column}"))
    };
    assert_eq!(names(INDICATORS, "name"), ["Latency", "Probe"]);
    assert_eq!(names(&format!("{INDICATORS}?o=-name"), "components"), ["0", "1"]);
    assert_eq!(names(&format!("{INDICATORS}?q=quantile"), "name"), ["Latency"]);
    assert_eq!(names(&format!("{INDICATORS}?kind=mean"), "name"), ["Probe"]);
    assert_eq!(names(&format!("{INDICATORS}?source=main"), "name").len(), 2);
    assert_eq!(names(CORRECTIONS, "effect"), ["down", "exclude"]);
    assert_eq!(names(CORRECTIONS, "scope"), ["{team=\"shop\"}", "payments-api"]);
    assert_eq!(names(&format!("{CORRECTIONS}?q=planned"), "effect"), ["exclude"]);
    assert_eq!(names(&format!("{CORRECTIONS}?effect=down"), "effect"), ["down"]);
    assert_eq!(
        names(&format!("{CORRECTIONS}?start__gte=2026-11-17"), "effect"),
        ["down"]
    );
    for bad in [
        "indicator/?kind=best",
        "correction/?effect=none",
        "correction/?start__gte=x",
    ] {
        root.get(&format!("/admin/sla/{bad}")).expect(400);
    }
}

fn a_component_that_may_not_be_viewed_is_not_named(database: &Database) {
    let (server, _) = opened(database);
    let id = key(database, "correction", "component_id IS NOT NULL");
    let rights = ["sla.view_correction", "sla.change_correction"];
    let mut ada = staff(database, &server, "ada", &rights);
    for path in [CORRECTIONS.to_owned(), format!("{CORRECTIONS}{id}/change/")] {
        let page = ada.get(&path).expect(200);
        assert!(!page.html().contains("payments-api"), "{path}: {}", page.html());
    }
    // What is not shown is kept.
    let form = ada
        .get(&format!("{CORRECTIONS}{id}/change/"))
        .expect(200)
        .form("#correction_form");
    ada.submit(&form.set("effect", "up"), ("_save", "")).expect(302);
    let stored = format!("SELECT effect AS value FROM correction WHERE component_id IS NOT NULL AND id = {id}");
    assert_eq!(database.texts(&stored), ["up"]);
}

fn a_deleted_correction_is_restored(database: &Database) {
    let (_server, mut root) = opened(database);
    for (model, table, condition) in [
        ("correction", "correction", "component_id IS NOT NULL"),
        ("indicator", "indicator", "name = 'Probe'"),
    ] {
        let id = key(database, table, condition);
        let before = run_on(database, &["export"]).ok();
        root.post(&format!("/admin/sla/{model}/{id}/delete/"), &[("post", "yes")])
            .expect(302);
        let entry = database.number("SELECT max(id) AS value FROM log_entry");
        let page = root
            .get(&format!("/admin/sla/{model}/add/?restore={entry}"))
            .expect(200);
        root.submit(&page.form(&format!("#{model}_form")), ("_save", ""))
            .expect(302);
        let sorted = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort_unstable();
            lines
        };
        assert_eq!(sorted(&run_on(database, &["export"]).ok()), sorted(&before), "{model}");
    }
}

fn tables_go_out_and_in(database: &Database) {
    let (_server, mut root) = opened(database);
    for model in ["indicator", "correction"] {
        let list = format!("/admin/sla/{model}/");
        for format in ["csv", "json"] {
            let page = root.get(&format!("{list}export/?_format={format}")).expect(200);
            let text = String::from_utf8(dechunked(&page.answer.body)).expect("it is UTF-8");
            let file = ("rows", text.as_bytes());
            let page = root
                .upload(&format!("{list}import/"), &[("format", "")], Some(file))
                .expect(200);
            // New, changed, unchanged, refused.
            assert_eq!(page.texts(".tallies dd"), ["0", "0", "2", "0"], "{}", page.html());
            let (other, another) = match model {
                "indicator" => ("separate", "up"),
                _ => ("exclude", "up"),
            };
            let changed = text.replacen(other, another, 1);
            let file = ("rows", changed.as_bytes());
            let page = root
                .upload(&format!("{list}import/"), &[("format", "")], Some(file))
                .expect(200);
            assert_eq!(page.texts(".tallies dd"), ["0", "1", "1", "0"], "{}", page.html());
        }
    }
}
