//! A state as the `prometheus` crate's own families: what the registered collector returns, and the reference that tests hold
//! the rendered bytes against.

use std::collections::BTreeMap;

use prometheus::proto::{Gauge, LabelPair, Metric, MetricFamily, MetricType};

use crate::metrics::format::names::{Fact, LabelsFact};
use crate::metrics::format::render::{LabelsSample, Layout, labels_value, value};
use crate::metrics::state::ExposedState;
use crate::metrics::state::snapshot::Component;

/// Returns the families of `state`; one without a sample is left out.
#[must_use]
pub fn families(state: &ExposedState, layout: Layout) -> Vec<MetricFamily> {
    let mut metrics: BTreeMap<String, (&'static str, Vec<Metric>)> = BTreeMap::new();
    let places = state.blocks().iter().flat_map(|block| {
        let components = (0..block.len()).filter_map(|index| Some((block.get(index)?, (block, index))));
        components.collect::<Vec<_>>()
    });
    for ((component, values), (block, index)) in places {
        for fact in Fact::ALL {
            let Some(sample) = value(values, fact) else { continue };
            let name = match layout {
                Layout::Names => format!("{}{}", component.prefix(), fact.suffix()),
                Layout::Labels => fact.family().to_owned(),
            };
            #[expect(clippy::cast_precision_loss, reason = "instants stay far below 2^53")]
            metrics
                .entry(name)
                .or_insert((fact.help(), Vec::new()))
                .1
                .push(metric(component, sample as f64));
        }
        if layout == Layout::Labels {
            for fact in LabelsFact::ALL {
                let sample = labels_value(fact, component, block, index).map(LabelsSample::as_f64);
                let family = metrics.entry(fact.family().to_owned());
                let family = family.or_insert((fact.help(), Vec::new()));
                family.1.extend(sample.map(|sample| metric(component, sample)));
            }
        }
    }
    metrics.retain(|_, (_, metrics)| !metrics.is_empty());
    metrics
        .into_iter()
        .map(|(name, (help, metrics))| family(name, help, metrics))
        .collect()
}

fn family(name: String, help: &str, metrics: Vec<Metric>) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(name);
    family.set_help(help.to_owned());
    family.set_field_type(MetricType::GAUGE);
    family.set_metric(metrics);
    family
}

fn metric(component: &Component, sample: f64) -> Metric {
    let pair = |name: &str, value: &str| {
        let mut pair = LabelPair::default();
        pair.set_name(name.to_owned());
        pair.set_value(value.to_owned());
        pair
    };
    let own = component.labels().map(|(name, value)| pair(name, &value));
    let mut metric = Metric::from_label(
        std::iter::once(pair("component", component.name()))
            .chain(own)
            .collect(),
    );
    let mut gauge = Gauge::default();
    gauge.set_value(sample);
    metric.set_gauge(gauge);
    metric
}
