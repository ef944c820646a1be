//! Answers of the API, read without a copy of the whole as a tree.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::client::{QueriedSample, QueriedSeries, QueryAnswer};

/// The whole of an answer.
#[derive(Deserialize)]
struct Envelope {
    status: String,
    data: Option<QueriedData>,
    error: Option<String>,
    #[serde(default)]
    warnings: Vec<String>,
    #[serde(default)]
    infos: Vec<String>,
}

#[derive(Deserialize)]
struct QueriedData {
    #[serde(rename = "resultType")]
    result_type: String,
    result: Vec<Element>,
}

/// An element of a result: a series of a vector or a matrix; of a scalar first the time, then the value.
enum Element {
    Series(SeriesElement),
    Time(f64),
    Text(String),
}

#[derive(Deserialize)]
struct SeriesElement {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    value: Option<Point>,
    #[serde(default)]
    values: Vec<Point>,
    histogram: Option<IgnoredAny>,
    histograms: Option<IgnoredAny>,
}

/// A time in seconds and a value.
#[derive(Deserialize)]
struct Point(f64, SampleValue);

/// A value, which the API writes as text: `1.5`, `NaN`, `+Inf`.
struct SampleValue(f64);

impl<'de> Deserialize<'de> for SampleValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(ValueVisitor)
    }
}

struct ValueVisitor;

impl Visitor<'_> for ValueVisitor {
    type Value = SampleValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number as text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<SampleValue, E> {
        let number = text.parse().map(SampleValue);
        number.map_err(|_| E::custom(format_args!("`{text}` is no number")))
    }
}

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ElementVisitor)
    }
}

struct ElementVisitor;

impl<'de> Visitor<'de> for ElementVisitor {
    type Value = Element;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a series, or the time and the value of a scalar")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Element, A::Error> {
        SeriesElement::deserialize(MapAccessDeserializer::new(map)).map(Element::Series)
    }

    fn visit_f64<E: Error>(self, time: f64) -> Result<Element, E> {
        Ok(Element::Time(time))
    }

    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are exact in a f64")]
    fn visit_u64<E: Error>(self, time: u64) -> Result<Element, E> {
        Ok(Element::Time(time as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are exact in a f64")]
    fn visit_i64<E: Error>(self, time: i64) -> Result<Element, E> {
        Ok(Element::Time(time as f64))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Element, E> {
        Ok(Element::Text(text.to_owned()))
    }
}

impl Element {
    fn has_histograms(&self) -> bool {
        match self {
            Self::Series(series) => series.histogram.is_some() || series.histograms.is_some(),
            Self::Time(_) | Self::Text(_) => false,
        }
    }
}

/// What an answer is.
pub(super) enum Understood {
    /// A result.
    Answer(QueryAnswer),
    /// A result with histograms, which are no numbers.
    Histograms,
    /// An error that the server reports.
    Reported(String),
}

/// Reads an answer.
///
/// # Errors
/// In words, what is expected and was not found.
pub(super) fn understood(body: &[u8]) -> Result<Understood, String> {
    let envelope: Envelope = serde_json::from_slice(body).map_err(|error| format!("no such JSON, {error}"))?;
    let Envelope {
        status,
        data,
        error,
        mut warnings,
        infos,
    } = envelope;
    match (status.as_str(), data, error) {
        ("success", Some(data), _) if data.result.iter().any(Element::has_histograms) => Ok(Understood::Histograms),
        ("success", Some(data), _) => {
            warnings.extend(infos);
            let series = series(data)?;
            Ok(Understood::Answer(QueryAnswer { series, warnings }))
        }
        ("error", _, Some(error)) => Ok(Understood::Reported(error)),
        ("success", None, _) => Err("`data` is missing".to_owned()),
        ("error", _, None) => Err("`error` is missing".to_owned()),
        (other, _, _) => Err(format!("its status is `{other}`")),
    }
}

fn series(data: QueriedData) -> Result<Vec<QueriedSeries>, String> {
    let QueriedData { result_type, result } = data;
    match result_type.as_str() {
        "vector" | "matrix" => result.into_iter().map(one_series).collect(),
        "scalar" => match <[Element; 2]>::try_from(result) {
            Ok([Element::Time(time), Element::Text(value)]) => {
                let value = value.parse().map_err(|_| format!("`{value}` is no number"))?;
                Ok(vec![QueriedSeries {
                    labels: BTreeMap::new(),
                    samples: vec![sample(&Point(time, SampleValue(value)))?],
                }])
            }
            _ => Err("a scalar is a time and a value".to_owned()),
        },
        other => Err(format!("the result is a {other}, which has no numbers")),
    }
}

fn one_series(element: Element) -> Result<QueriedSeries, String> {
    let Element::Series(SeriesElement {
        metric, value, values, ..
    }) = element
    else {
        return Err("a series is a mapping".to_owned());
    };
    let points = value.iter().chain(&values);
    Ok(QueriedSeries {
        labels: metric,
        samples: points.map(sample).collect::<Result<_, _>>()?,
    })
}

/// The last second of a time that is understood: beyond the year 9999.
const SECONDS_MAX: f64 = 300_000_000_000.0;

#[expect(clippy::cast_possible_truncation, reason = "the bound is checked")]
fn sample(Point(seconds, SampleValue(value)): &Point) -> Result<QueriedSample, String> {
    if seconds.is_finite() && seconds.abs() <= SECONDS_MAX {
        return Ok(QueriedSample {
            at_ms: (seconds * 1000.0).round() as i64,
            value: *value,
        });
    }
    Err(format!("`{seconds}` is no time"))
}
