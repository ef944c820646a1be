//! Chooses the format and the coding of an answer, above all of an exposition, from what a client says it accepts.
//!
//! Pure text in, plain values out: nothing here knows HTTP types, bodies or the database. There is no refusal:
//! a header that is missing, absurd or satisfied by nothing gets text 0.0.4 and no coding, because a scraper
//! that is answered 406 loses its metrics, and every scraper reads that format.

use std::borrow::Cow;

use crate::metrics::format::encoder::Dialect;

/// A longer header is treated as missing: real ones have less than 400 bytes.
const HEADER_LENGTH_MAX: usize = 4096;

/// A format that `/metrics` can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpositionFormat {
    /// Prometheus text, `text/plain; version=0.0.4`.
    Text004,
    /// Prometheus text, `text/plain; version=1.0.0`: the same bytes as 0.0.4 while all names are classic ones.
    Text100,
    /// OpenMetrics text, `application/openmetrics-text; version=1.0.0`.
    OpenMetrics100,
}

impl ExpositionFormat {
    const ALL: [Self; 3] = [Self::Text004, Self::Text100, Self::OpenMetrics100];

    /// Returns the rules by which the encoder writes this format.
    #[must_use]
    pub const fn dialect(self) -> Dialect {
        match self {
            Self::Text004 | Self::Text100 => Dialect::Text,
            Self::OpenMetrics100 => Dialect::OpenMetrics,
        }
    }

    /// Returns the last word between formats that were asked for with equal weight and equal precision.
    ///
    /// Who names OpenMetrics gets it; who only says `*/*` (browsers, curl) gets the oldest format.
    const fn preference(self, specificity: Specificity) -> u8 {
        match (self, specificity) {
            (Self::OpenMetrics100, Specificity::Subtype | Specificity::Version) => 3,
            (Self::Text004, _) => 2,
            (Self::Text100, _) => 1,
            (Self::OpenMetrics100, _) => 0,
        }
    }
}

/// How metric names beyond `[a-zA-Z0-9_:]` would be written, as the answer states it.
///
/// All names here are classic, so every scheme leaves them as they are and the answer only has to name one that
/// the scraper knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escaping {
    /// Names are written as they are.
    AllowUtf8,
    /// Other characters would be underscores; also the answer to `dots`, under which `_` would have to be doubled.
    Underscores,
}

impl Escaping {
    /// Reads the parameter `escaping`; an unknown scheme is answered like `underscores`, which changes no name.
    fn parse(value: &str) -> Self {
        if value.eq_ignore_ascii_case("allow-utf-8") {
            Self::AllowUtf8
        } else {
            Self::Underscores
        }
    }
}

/// What a request for metrics is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Negotiated {
    /// The format of the body.
    pub format: ExpositionFormat,
    /// Stated only to a scraper that asked for version 1.0.0 and named a scheme; older ones do not expect it.
    pub escaping: Option<Escaping>,
}

impl Negotiated {
    /// What everyone can read.
    const FALLBACK: Self = Self {
        format: ExpositionFormat::Text004,
        escaping: None,
    };

    /// Returns the value of the header `Content-Type`; Prometheus 3 refuses a scrape without a known one.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match (self.format, self.escaping) {
            (ExpositionFormat::Text004, _) => "text/plain; version=0.0.4; charset=utf-8",
            (ExpositionFormat::Text100, None) => "text/plain; version=1.0.0; charset=utf-8",
            (ExpositionFormat::Text100, Some(Escaping::AllowUtf8)) => {
                "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8"
            }
            (ExpositionFormat::Text100, Some(Escaping::Underscores)) => {
                "text/plain; version=1.0.0; charset=utf-8; escaping=underscores"
            }
            (ExpositionFormat::OpenMetrics100, None) => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            (ExpositionFormat::OpenMetrics100, Some(Escaping::AllowUtf8)) => {
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8"
            }
            (ExpositionFormat::OpenMetrics100, Some(Escaping::Underscores)) => {
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"
            }
        }
    }
}

/// Chooses a format by the header `Accept` (RFC 9110 section 12.5.1).
///
/// Several header lines are joined by a comma before they come here. For each format the most specific range that
/// covers it gives its weight; the heaviest format wins, then the one named more precisely, then
/// the server's own order. An entry that cannot be read is skipped.
#[must_use]
pub fn format(accept: Option<&str>) -> Negotiated {
    let ranges: Vec<MediaRange> = list(accept).filter_map(MediaRange::parse).collect();
    ExpositionFormat::ALL
        .into_iter()
        .filter_map(|format| best_range(&ranges, format).map(|(specificity, range)| (format, specificity, range)))
        .filter(|(_, _, range)| range.quality > 0)
        .max_by_key(|(format, specificity, range)| (range.quality, *specificity, format.preference(*specificity)))
        .map_or(Negotiated::FALLBACK, |(format, specificity, range)| Negotiated {
            format,
            escaping: range
                .escaping
                .filter(|_| format != ExpositionFormat::Text004 && specificity == Specificity::Version),
        })
}

/// How a body is packed for the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// Not at all.
    Identity,
    /// `Content-Encoding: gzip`.
    Gzip,
}

/// Chooses a coding by the header `Accept-Encoding` (RFC 9110 section 12.5.3).
///
/// gzip only for a client that speaks of it (`gzip`, `x-gzip` or `*`) and does not like plain bytes better; a client
/// that refuses everything still gets plain bytes.
#[must_use]
pub fn coding(accept_encoding: Option<&str>) -> Coding {
    let (mut gzip, mut anything, mut identity) = (None, None, None);
    for (name, quality) in list(accept_encoding).filter_map(weighted_coding) {
        let slot = match name.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => &mut gzip,
            "*" => &mut anything,
            "identity" => &mut identity,
            _ => continue,
        };
        *slot = (*slot).max(Some(quality));
    }
    let gzip = gzip.or(anything).unwrap_or(0);
    if gzip > 0 && gzip >= identity.unwrap_or(0) {
        Coding::Gzip
    } else {
        Coding::Identity
    }
}

/// Chooses a media type by the header `Accept`: of those `offered` the heaviest, then the one named more precisely, then the first. A client that
/// takes none of them gets the first.
#[must_use]
pub fn preferred<'a>(accept: Option<&str>, offered: &[&'a str]) -> &'a str {
    let ranges: Vec<(&str, u16)> = list(accept).filter_map(weighted_type).collect();
    let judged = |media_type: &'a str| {
        let covering = ranges
            .iter()
            .filter_map(|(range, quality)| Some((precision(range, media_type)?, *quality)));
        let (precision, quality) = covering.max()?;
        Some((quality, precision, media_type))
    };
    let taken = offered.iter().rev().filter_map(|media_type| judged(media_type));
    let best = taken
        .filter(|(quality, ..)| *quality > 0)
        .max_by_key(|(quality, precision, _)| (*quality, *precision));
    best.map_or_else(
        || offered.first().copied().unwrap_or_default(),
        |(_, _, media_type)| media_type,
    )
}

/// Returns how precisely a range names a media type; `None` if it does not cover it.
fn precision(range: &str, media_type: &str) -> Option<Specificity> {
    let (kind, subtype) = range.split_once('/')?;
    match media_type.split_once('/')? {
        _ if range == "*/*" => Some(Specificity::Anything),
        (own, _) if subtype == "*" && kind.eq_ignore_ascii_case(own) => Some(Specificity::Type),
        _ if range.eq_ignore_ascii_case(media_type) => Some(Specificity::Subtype),
        _ => None,
    }
}

/// Reads one entry of `Accept` without its other parameters, with its weight in thousandths.
fn weighted_type(entry: &str) -> Option<(&str, u16)> {
    let mut parts = split_outside_quotes(entry, ';').map(trim);
    let range = parts.next()?;
    let weight = parts.filter_map(|part| part.split_once('='));
    let mut weight = weight.filter(|(name, _)| name.eq_ignore_ascii_case("q"));
    match weight.next() {
        Some((_, value)) => Some((range, quality(value)?)),
        None => Some((range, 1000)),
    }
}

/// How precisely a range names a format; a more precise one overrules the others, whatever their weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Specificity {
    /// `*/*`
    Anything,
    /// `text/*`
    Type,
    /// `text/plain`
    Subtype,
    /// `text/plain;version=0.0.4`
    Version,
}

/// The formats a range is about, before its version is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Anything,
    AnyText,
    AnyApplication,
    TextPlain,
    OpenMetrics,
}

/// One entry of `Accept` that concerns a format of ours.
///
/// Parameters other than these three are ignored: a charset changes nothing, and a scraper of tomorrow shall not
/// lose its format over a parameter that it merely would like to have.
#[derive(Debug)]
struct MediaRange<'a> {
    scope: Scope,
    version: Option<Cow<'a, str>>,
    escaping: Option<Escaping>,
    quality: u16,
}

impl<'a> MediaRange<'a> {
    fn parse(entry: &'a str) -> Option<Self> {
        let mut parts = split_outside_quotes(entry, ';').map(trim);
        let scope = match parts.next()?.to_ascii_lowercase().as_str() {
            "*/*" => Scope::Anything,
            "text/*" => Scope::AnyText,
            "application/*" => Scope::AnyApplication,
            "text/plain" => Scope::TextPlain,
            "application/openmetrics-text" => Scope::OpenMetrics,
            _ => return None,
        };
        let (mut version, mut escaping, mut weight) = (None, None, None);
        for part in parts.filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').filter(|(name, _)| is_token(name))?;
            // The weight is not looked for last: RFC 9110 section 12.5.1 wants it found in any place.
            if name.eq_ignore_ascii_case("q") {
                if weight.replace(quality(value)?).is_some() {
                    return None;
                }
            } else if name.eq_ignore_ascii_case("version") {
                version = Some(unquote(value)?);
            } else if name.eq_ignore_ascii_case("escaping") {
                escaping = Some(Escaping::parse(&unquote(value)?));
            } else {
                unquote(value)?;
            }
        }
        Some(Self {
            scope,
            version,
            escaping,
            quality: weight.unwrap_or(1000),
        })
    }

    /// Returns how precisely this range names a format; `None` if it does not cover it.
    fn specificity(&self, format: ExpositionFormat) -> Option<Specificity> {
        let (own, version) = match format {
            ExpositionFormat::Text004 => (Scope::TextPlain, "0.0.4"),
            ExpositionFormat::Text100 => (Scope::TextPlain, "1.0.0"),
            ExpositionFormat::OpenMetrics100 => (Scope::OpenMetrics, "1.0.0"),
        };
        if self.version.as_deref().is_some_and(|wanted| wanted != version) {
            return None;
        }
        match (self.scope, own) {
            (Scope::Anything, _) => Some(Specificity::Anything),
            (Scope::AnyText, Scope::TextPlain) | (Scope::AnyApplication, Scope::OpenMetrics) => Some(Specificity::Type),
            (named, _) if named == own && self.version.is_some() => Some(Specificity::Version),
            (named, _) if named == own => Some(Specificity::Subtype),
            _ => None,
        }
    }
}

/// Returns the range that decides over a format; of equally precise ones the heaviest, of equally heavy ones the first.
fn best_range<'a, 'b>(
    ranges: &'b [MediaRange<'a>],
    format: ExpositionFormat,
) -> Option<(Specificity, &'b MediaRange<'a>)> {
    ranges
        .iter()
        .rev()
        .filter_map(|range| range.specificity(format).map(|specificity| (specificity, range)))
        .max_by_key(|(specificity, range)| (*specificity, range.quality))
}

/// Reads one entry of `Accept-Encoding`, with its weight in thousandths.
fn weighted_coding(entry: &str) -> Option<(&str, u16)> {
    let mut parts = entry.split(';').map(trim);
    let name = parts.next()?;
    let weight = match parts.next() {
        None => 1000,
        Some(part) => {
            let (_, value) = part
                .split_once('=')
                .filter(|(name, _)| name.eq_ignore_ascii_case("q"))?;
            quality(value)?
        }
    };
    parts.next().is_none().then_some((name, weight))
}

/// Returns the entries of a header that is a list (RFC 9110 section 5.6.1); none if it is missing or too long.
fn list(header: Option<&str>) -> impl Iterator<Item = &str> {
    let header = header.filter(|header| header.len() <= HEADER_LENGTH_MAX).unwrap_or("");
    split_outside_quotes(header, ',').map(trim)
}

fn split_outside_quotes(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |character| {
        let was_escaped = std::mem::take(&mut is_escaped);
        match character {
            _ if was_escaped => false,
            '\\' if is_quoted => {
                is_escaped = true;
                false
            }
            '"' => {
                is_quoted = !is_quoted;
                false
            }
            other => other == separator && !is_quoted,
        }
    })
}

/// Removes optional white space (RFC 9110 section 5.6.3), which is less than what Unicode calls so.
fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// Returns whether this is a token (RFC 9110 section 5.6.2).
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Returns the value of a parameter, a token or a quoted string (RFC 9110 section 5.6.4).
fn unquote(value: &str) -> Option<Cow<'_, str>> {
    let Some(quoted) = value.strip_prefix('"') else {
        return is_token(value).then_some(Cow::Borrowed(value));
    };
    let mut text = String::with_capacity(quoted.len());
    let mut characters = quoted.chars();
    loop {
        match characters.next()? {
            '"' => return characters.as_str().is_empty().then_some(Cow::Owned(text)),
            '\\' => text.push(characters.next()?),
            character => text.push(character),
        }
    }
}

/// Returns a weight in thousandths: 0 to 1 with at most three digits (RFC 9110 section 12.4.2).
fn quality(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(3);
    let thousandths = digits.fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    match (whole, thousandths) {
        ("0", _) => Some(thousandths),
        ("1", 0) => Some(1000),
        _ => None,
    }
}
