//! An indicator tried out: what a source answers, as the page shows it.

use crate::support::browser::{Browser, Page, percent};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, at_admin, staff, superuser, superuser_state};
use crate::support::program::apply;
use crate::support::server::Server;
use crate::support::stand_in::{ApiRequest, Reply, StandIn};

on_both_databases!(
    the_answer_and_the_last_day_are_shown,
    what_is_no_answer_is_said,
    choosing_a_component_takes_the_permission_to_view_it,
    a_source_that_hangs_holds_nothing_up,
);

/// The components of each indicator's trial are in the same file.
const EXAMPLE: &str = r#"
indicators:
  - {name: Probe, source: main, expression: 'probe_success{component=$component}', step_s: 30, selector: '{team="a"}'}
  - {name: State, source: main, expression: 'sum(up{team=$label_team})', kind: state, threshold: 2, step_s: 600}
  - {name: Elsewhere, source: other, expression: up, selector: '{}'}
components:
  - {name: 'a "b" <c>', labels: {team: a}}
  - {name: plain, indicator: State}
"#;

struct Tried<'a> {
    database: &'a Database,
    source: StandIn,
    server: Server,
}

impl<'a> Tried<'a> {
    fn of(database: &'a Database, answer: impl Fn(&ApiRequest) -> Reply + Send + Sync + 'static) -> Self {
        apply(database, EXAMPLE);
        let source = StandIn::answering(answer);
        let option = format!("main={}", source.url);
        let server = Server::start(database, &["--prometheus", &option]);
        Self {
            database,
            source,
            server,
        }
    }

    fn url(&self, indicator: &str) -> String {
        let id = format!("SELECT id AS value FROM indicator WHERE name = '{indicator}'");
        format!("/admin/sla/indicator/{}/try/", self.database.number(&id))
    }

    fn tried(&self, root: &mut Browser, indicator: &str, component: &str) -> Page {
        let url = format!("{}?component={}", self.url(indicator), percent(component));
        root.get(&url).expect(200)
    }
}

/// Up but for an hour without samples and ten minutes at a quarter, counted from the first instant that is asked for.
fn a_day(asked: &ApiRequest) -> String {
    let (start, end, step) = (
        asked.milliseconds("start"),
        asked.milliseconds("end"),
        asked.milliseconds("step"),
    );
    let mut samples = Vec::new();
    let mut at = start;
    while at <= end {
        let minute = (at - start) / 60_000;
        let value = if (120..130).contains(&minute) { "0.25" } else { "1" };
        if !(60..120).contains(&minute) {
            samples.push(format!("[{}.{:03},\"{value}\"]", at / 1000, at % 1000));
        }
        at += step;
    }
    format!("[{{\"metric\":{{}},\"values\":[{}]}}]", samples.join(","))
}

fn the_answer_and_the_last_day_are_shown(database: &Database) {
    let tried = Tried::of(database, |asked| match asked.path.as_str() {
        "/api/v1/query" => Reply::result("vector", r#"[{"metric":{"job":"<b>"},"value":[0,"0.5"]}]"#),
        _ => Reply::result("matrix", &a_day(asked)),
    });
    let mut root = superuser(database, &tried.server);
    let start = root.get(&tried.url("Probe")).expect(200);
    assert!(start.has("#try-form") && !start.has("#trial"));
    assert_eq!(
        start.attributes(".module a[href^='?']", "href"),
        ["?component=a%20%22b%22%20%3Cc%3E"]
    );

    let page = tried.tried(&mut root, "Probe", "a \"B\" <c>");
    assert!(!page.has("#measured-by"));
    // What another indicator measures can be tried, and is said.
    let other = tried.tried(&mut root, "Probe", "plain");
    assert_eq!(
        other.text("#measured-by"),
        "What measures it is the indicator “State”, not this one."
    );
    assert_eq!(page.text("#answer-now"), "Now: 0.5, 50.000 % up. {job=\"<b>\"}");
    let summary = page.text("#last-day-summary");
    assert_eq!(
        summary,
        "The last 24 hours: 99.456 % up of 23 h with samples; 1 h without, at steps of 2 min."
    );
    let lines = page.texts("#last-day .as-list li");
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines[0].starts_with("Without samples: ") && lines[1].starts_with("25.000 % up: "),
        "{lines:?}"
    );
    let classes = page.attributes("#last-day rect", "class");
    assert_eq!(classes, ["up", "unmeasured", "up", "down", "up"]);
    let asked = tried.source.requests();
    assert_eq!(asked.len(), 4);
    assert_eq!(
        asked[0].field("query"),
        "avg_over_time(probe_success{component=\"a \\\"b\\\" <c>\"}\n[30s])"
    );
    assert!(asked[1].field("query").ends_with("\n[120s])"), "{asked:?}");
    assert_eq!(asked[1].milliseconds("start") % 120_000, 119_999);
    assert_eq!(
        asked[1].milliseconds("end") - asked[1].milliseconds("start"),
        (720 - 1) * 120_000
    );
    // The form leads there.
    let form = root.get("/admin/sla/indicator/1/change/").expect(200);
    assert!(form.html().contains("try/"), "{}", form.html());
}

fn what_is_no_answer_is_said(database: &Database) {
    let tried = Tried::of(database, |asked| {
        let query = asked.field("query");
        match asked.path.as_str() {
            "/api/v1/query" if query.contains("plain") => Reply::result("vector", "[]"),
            "/api/v1/query" if query.contains("avg") => Reply::result(
                "vector",
                r#"[{"metric":{"pod":"x"},"value":[0,"1"]},{"metric":{"pod":"y"},"value":[0,"1"]}]"#,
            ),
            "/api/v1/query" => Reply::error(400, "invalid parameter \"query\": 1:6: parse error: unexpected <by>"),
            _ => Reply::error(422, "too many samples"),
        }
    });
    let mut root = superuser(database, &tried.server);
    let several = tried.tried(&mut root, "Probe", "a \"b\" <c>");
    assert!(
        several
            .text(".errornote")
            .contains("2 series came, where one is needed")
    );
    assert_eq!(several.texts("#label-sets li"), ["{pod=\"x\"}", "{pod=\"y\"}"]);

    let nothing = tried.tried(&mut root, "Probe", "plain");
    assert_eq!(nothing.text("#answer-now"), "Now: no series, so it counts as unknown.");
    assert!(
        nothing
            .text(".errornote")
            .contains("no picture of the last 24 hours: source `main` does not answer so much")
    );

    let refused = tried.tried(&mut root, "State", "a \"b\" <c>");
    assert!(
        refused.text(".errornote").contains("parse error: unexpected <by>"),
        "{}",
        refused.html()
    );
    assert!(refused.html().contains("Line 1, column 6 of this query:"));
    assert!(refused.text("#query").contains("(sum(up{team=\"a\"})"));

    let before = tried.source.requests().len();
    let without = tried.tried(&mut root, "State", "plain");
    assert!(
        without
            .text(".errornote")
            .contains("component `plain` has no label `team`"),
        "{}",
        without.html()
    );
    let unknown = tried.tried(&mut root, "Elsewhere", "plain");
    assert!(
        unknown
            .text(".errornote")
            .contains("source `other` is not known to this process, which knows main")
    );
    let absent = tried.tried(&mut root, "Probe", "nothing <x>");
    assert!(
        absent
            .text(".errornote")
            .contains("There is no component “nothing <x>”")
    );
    assert_eq!(tried.source.requests().len(), before);
    root.get(&format!("{}?url=http://127.0.0.1:1", tried.url("Probe")))
        .expect(400);
    root.get("/admin/sla/indicator/999999/try/").expect(302);
}

fn choosing_a_component_takes_the_permission_to_view_it(database: &Database) {
    let tried = Tried::of(database, |_| Reply::result("vector", "[]"));
    let mut ada = staff(database, &tried.server, "ada", &["sla.view_indicator"]);
    let page = tried.tried(&mut ada, "Probe", "plain");
    assert!(page.html().contains("You may not view components") && !page.has("#trial"));
    assert!(!page.html().contains("&#60;c&#62;"), "{}", page.html());
    assert_eq!(tried.source.requests().len(), 0);
    // What a selector finds, and values of labels in an expression, say who has which labels.
    let viewing = ["sla.view_indicator", "sla.view_component"];
    let mut bob = staff(database, &tried.server, "bob", &viewing);
    let page = bob.get(&tried.url("Probe")).expect(200);
    assert!(!page.html().contains("&#60;c&#62;"), "{}", page.html());
    let page = tried.tried(&mut bob, "State", "a \"b\" <c>");
    assert!(
        page.html().contains("labels of the component, which you may not view"),
        "{}",
        page.html()
    );
    assert_eq!(tried.source.requests().len(), 0);
    let mut amy = staff(
        database,
        &tried.server,
        "amy",
        &[&viewing[..], &["sla.view_label"]].concat(),
    );
    let page = amy.get(&tried.url("Probe")).expect(200);
    assert!(page.html().contains("&#60;c&#62;"), "{}", page.html());
    tried.tried(&mut amy, "State", "a \"b\" <c>");
    assert!(!tried.source.requests().is_empty());
    let mut eve = staff(database, &tried.server, "eve", &["sla.view_component"]);
    eve.get(&tried.url("Probe")).expect(403);
}

fn a_source_that_hangs_holds_nothing_up(database: &Database) {
    let tried = Tried::of(database, |_| Reply::Silence);
    let mut root = superuser(database, &tried.server);
    let url = tried.url("Probe");
    let id = add_user(database, &superuser_state("many"), None);
    let waiting: Vec<_> = (0..6)
        .map(|_| {
            let mut browser = at_admin(tried.database, &tried.server, id);
            let url = format!("{url}?component=plain");
            std::thread::spawn(move || browser.get(&url).expect(200).text(".errornote"))
        })
        .collect();
    // Other pages are answered meanwhile.
    for _ in 0..5 {
        root.get("/admin/sla/component/").expect(200);
    }
    let said: Vec<String> = waiting
        .into_iter()
        .map(|thread| thread.join().expect("the page comes"))
        .collect();
    let late = said
        .iter()
        .filter(|text| text.contains("did not answer within 2.5 s"))
        .count();
    let busy = said
        .iter()
        .filter(|text| text.contains("Several trials are under way"))
        .count();
    assert_eq!(late + busy, 6, "{said:?}");
    assert!(late >= 1, "{said:?}");
    tried.tried(&mut root, "Probe", "plain");
}
