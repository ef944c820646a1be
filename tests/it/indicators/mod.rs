//! Indicators and corrections: what they say, how they are entered by forms and files, and what is refused of them.

mod checked;
mod expressions;
mod files;
mod forms;
mod reading;
mod trying;

/// Two components of teams, an indicator of each kind, and corrections of each scope.
const EXAMPLE: &str = r#"
windows: [{name: Always, timezone: UTC, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: "00:00", duration_s: 86400}]}]
indicators:
  - {name: Probe, source: main, expression: 'probe_success{component=$component}', step_s: 30, selector: '{team="payments"}'}
  - name: Latency
    source: main
    expression: |
      histogram_quantile(0.99, sum by (le) (rate(request_seconds_bucket{team=$label_team}[5m]))) # of all
    kind: state
    threshold: 0.5
    unknown: down
components:
  - {name: payments-api, labels: {team: payments}, windows: [Always]}
  - {name: shop-web, labels: {team: shop}, windows: [Always], indicator: Latency}
corrections:
  - {component: payments-api, start: "2026-11-16T10:00:00+01:00", end: 2026-11-16T09:05:00Z, effect: exclude, reason: Planned}
  - {selector: '{team="shop"}', start: 2026-11-17T00:00:00Z, end: 2026-11-17T01:00:00Z, effect: down}
"#;
