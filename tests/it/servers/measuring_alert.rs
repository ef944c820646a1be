//! The alert about measuring, from docs/operations.md, on a real Prometheus: it fires while a source does not answer, and not once it does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sla_monitor::clock::{Clock, SystemClock};

use super::prometheus::Prometheus;
use crate::measuring::apply_at;
use crate::support::database::Database;
use crate::support::documents::blocks;
use crate::support::server::Server;
use crate::support::stand_in::{Reply, StandIn};

const WORLD: &str = r#"
indicators: [{name: probe, source: main, expression: 'probe{component=$component}', selector: '{}'}]
windows:
  - name: Always
    timezone: UTC
    rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: "00:00", duration_s: 86400}]
components: [{name: c0, windows: [Always]}]
"#;

/// The documented rules, evaluated every second and without waiting.
fn rules() -> String {
    let mut found = blocks("yaml").into_iter();
    let block = found.find(|block| block.file.ends_with("operations.md") && block.has_key("groups"));
    let text = block.expect("docs/operations.md has rules").text;
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("for: "));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_alert_about_measuring_fires_while_a_source_does_not_answer() {
    let database = Database::sqlite();
    apply_at(&database, SystemClock.now_seconds() - 4 * 86_400, WORLD);
    let answers = Arc::new(AtomicBool::new(false));
    let is_well = Arc::clone(&answers);
    let source = StandIn::answering(move |_| match is_well.load(Ordering::SeqCst) {
        true => Reply::result("vector", "[]"),
        false => Reply::error(503, "TSDB not ready"),
    });
    let options = ["--prometheus", &format!("main={}", source.url)];
    let fires = |fires: bool| {
        let server = Server::start(&database, &options);
        let address = server.url.trim_start_matches("http://");
        let config = format!(
            "global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}\nrule_files: [rules.yml]\nscrape_configs:\n  \
             - {{job_name: sla-monitor, static_configs: [{{targets: ['{address}']}}]}}\n"
        );
        let words = if fires {
            "what was promised is not measured"
        } else {
            "what was promised was measured"
        };
        server.wait_for_log(words, 1);
        let prometheus = Prometheus::configured(&config, &[("rules.yml".to_owned(), rules())]);
        // Rules are evaluated each second, as often as it is scraped.
        let scrapes = server.log().matches("path=\"/metrics\"").count();
        server.wait_for_log("path=\"/metrics\"", scrapes + 6);
        let firing = prometheus.value("ALERTS{alertname='MeasuringBehind',alertstate='firing'}");
        assert_eq!(firing.is_some(), fires, "{}", server.log());
        let labels = prometheus.value("count(ALERTS{alertname='MeasuringBehind',source='main',job='sla-monitor'})");
        assert_eq!(labels.is_some(), fires);
    };
    fires(true);
    answers.store(true, Ordering::SeqCst);
    database.execute("UPDATE job_lease SET expires_at = '2020-01-01 00:00:00'");
    fires(false);
}
