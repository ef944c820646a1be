//! A server that computes its answers, and refuses what Prometheus refuses.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use sla_monitor::apps::sla::measuring::measure::Queries;
use sla_monitor::prometheus_api::client::{QueriedSample, QueriedSeries, QueryAnswer, QueryRange};
use sla_monitor::prometheus_api::error::QueryError;

use crate::support::stand_in::{ApiRequest, Reply};

/// Points of a series that Prometheus refuses to exceed.
const POINTS_MAX: i64 = 11_001;

/// The value of a component's indicator in the cell that begins at an instant in milliseconds.
type Values = dyn Fn(&str, i64) -> Option<f64> + Send + Sync;

/// A fault for one query: what it is asked for, if the fault is of that query.
type Fault = dyn Fn(&str) -> Option<QueryError> + Send + Sync;

/// Answers from values, and counts what it is asked for. Expressions are `probe{component="NAME"}`, means over steps.
pub(super) struct ComputedServer {
    values: Arc<Values>,
    fault: Arc<Fault>,
    /// How far it moves the samples of ranges.
    pub(super) moved_ms: i64,
    /// Samples that one query may touch.
    pub(super) samples_max: i64,
    /// Components that have a second series.
    pub(super) twins: Vec<&'static str>,
    /// Components that have a second series, which is never up.
    pub(super) lost_twins: Vec<&'static str>,
    pub(super) queries: usize,
    pub(super) ranges: usize,
    pub(super) points: i64,
}

/// An expression of a joined query.
struct Asked<'a> {
    mark: &'a str,
    component: &'a str,
    /// The length of the subquery that is counted; none for samples.
    counted_ms: Option<i64>,
    step_ms: i64,
}

impl ComputedServer {
    pub(super) fn new(values: impl Fn(&str, i64) -> Option<f64> + Send + Sync + 'static) -> Self {
        Self {
            values: Arc::new(values),
            fault: Arc::new(|_| None),
            moved_ms: 0,
            samples_max: 50_000_000,
            twins: Vec::new(),
            lost_twins: Vec::new(),
            queries: 0,
            ranges: 0,
            points: 0,
        }
    }

    pub(super) fn failing(self, fault: impl Fn(&str) -> Option<QueryError> + Send + Sync + 'static) -> Self {
        Self {
            fault: Arc::new(fault),
            ..self
        }
    }

    fn series(&self, asked: &Asked<'_>, samples: Vec<QueriedSample>) -> Vec<QueriedSeries> {
        if samples.is_empty() {
            return Vec::new();
        }
        let labels = |more: &[(&str, &str)]| -> BTreeMap<String, String> {
            let all = [("sla_monitor_component", asked.mark), ("component", asked.component)];
            let all = all.iter().chain(more);
            all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let one = QueriedSeries {
            labels: labels(&[]),
            samples,
        };
        let is_lost = self.lost_twins.contains(&asked.component);
        if !is_lost && !self.twins.contains(&asked.component) {
            return vec![one];
        }
        let mut twin = QueriedSeries {
            labels: labels(&[("instance", "b")]),
            ..one.clone()
        };
        if is_lost {
            twin.samples.iter_mut().for_each(|sample| sample.value = 0.0);
        }
        vec![one, twin]
    }
}

pub(super) fn too_much(source: &str, message: &str) -> QueryError {
    QueryError::TooMuch {
        source: source.to_owned(),
        message: message.to_owned(),
    }
}

impl Queries for ComputedServer {
    fn query(&mut self, source: &str, expression: &str, at_ms: i64) -> Result<QueryAnswer, QueryError> {
        self.queries += 1;
        if let Some(error) = (self.fault)(expression) {
            return Err(error);
        }
        let mut answer = QueryAnswer::default();
        let mut samples = 0;
        for asked in asked(expression) {
            let length = asked.counted_ms.expect("only counts are asked for at an instant");
            let mut at = (at_ms - length + asked.step_ms - 1).div_euclid(asked.step_ms) * asked.step_ms;
            let mut count: Option<i32> = None;
            while at <= at_ms {
                // The mean of the step that ends a millisecond before.
                let value = (self.values)(asked.component, at - asked.step_ms);
                if value.is_some() {
                    count = Some(count.unwrap_or(0) + i32::from(value == Some(1.0)));
                }
                samples += 4;
                at += asked.step_ms;
            }
            let found = count.map(|count| QueriedSample {
                at_ms,
                value: f64::from(count),
            });
            answer.series.extend(self.series(&asked, found.into_iter().collect()));
        }
        match samples > self.samples_max {
            true => Err(too_much(
                source,
                "query processing would load too many samples into memory",
            )),
            false => Ok(answer),
        }
    }

    fn query_range(&mut self, source: &str, expression: &str, range: QueryRange) -> Result<QueryAnswer, QueryError> {
        self.ranges += 1;
        if let Some(error) = (self.fault)(expression) {
            return Err(error);
        }
        let points = (range.end_ms - range.start_ms) / range.step_ms + 1;
        if points > POINTS_MAX {
            return Err(too_much(
                source,
                "exceeded maximum resolution of 11,000 points per timeseries",
            ));
        }
        let mut answer = QueryAnswer::default();
        let all = asked(expression);
        if points * 4 * i64::try_from(all.len()).expect("there are few") > self.samples_max {
            return Err(too_much(
                source,
                "query processing would load too many samples into memory",
            ));
        }
        for asked in all {
            assert_eq!(asked.counted_ms, None, "a count over a range");
            let mut samples = Vec::new();
            let mut at_ms = range.start_ms;
            while at_ms <= range.end_ms {
                self.points += 1;
                let value = (self.values)(asked.component, at_ms + self.moved_ms - (asked.step_ms - 1));
                samples.extend(value.map(|value| QueriedSample {
                    at_ms: at_ms + self.moved_ms,
                    value,
                }));
                at_ms += range.step_ms;
            }
            answer.series.extend(self.series(&asked, samples));
        }
        Ok(answer)
    }
}

/// Reads a joined query.
fn asked(expression: &str) -> Vec<Asked<'_>> {
    let parts = expression.split("label_replace(").skip(1);
    parts
        .map(|part| read(part).expect("this server understands what the program asks"))
        .collect()
}

fn read(part: &str) -> Option<Asked<'_>> {
    let (inner, rest) = part.split_once(", \"sla_monitor_component\", \"")?;
    let (mark, _) = rest.split_once('"')?;
    let (_, named) = inner.split_once("probe{component=\"")?;
    let (component, rest) = named.split_once('"')?;
    let (_, step) = rest.split_once('[')?;
    let (step, rest) = step.split_once("s]")?;
    let counted_ms = match inner.strip_prefix("sum_over_time(") {
        None => None,
        Some(_) => {
            rest.strip_prefix(" offset 1ms) == bool 1)[")?;
            Some(rest.split_once('[')?.1.split_once("ms:")?.0.parse().ok()?)
        }
    };
    Some(Asked {
        mark,
        component,
        counted_ms,
        step_ms: step.parse::<i64>().ok()? * 1_000,
    })
}

/// Answers over HTTP as a computed server does.
pub(super) fn reply(server: &mut ComputedServer, request: &ApiRequest) -> Reply {
    let query = request.field("query");
    let answer = match request.path.as_str() {
        "/api/v1/query" => server.query("main", query, request.milliseconds("time")),
        _ => {
            let range = QueryRange {
                start_ms: request.milliseconds("start"),
                end_ms: request.milliseconds("end"),
                step_ms: request.milliseconds("step"),
            };
            server.query_range("main", query, range)
        }
    };
    match answer {
        Ok(QueryAnswer { series, .. }) => {
            let one = |series: &QueriedSeries| {
                let samples = series.samples.iter();
                #[expect(clippy::cast_precision_loss, reason = "instants of tests are small")]
                let values = samples.map(|sample| json!([sample.at_ms as f64 / 1000.0, sample.value.to_string()]));
                json!({"metric": series.labels, "values": values.collect::<Vec<_>>()})
            };
            let result: Vec<_> = series.iter().map(one).collect();
            Reply::result("matrix", &json!(result).to_string())
        }
        Err(error) => Reply::error(422, &error.to_string()),
    }
}
