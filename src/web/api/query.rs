//! The query and the headers of a request to the API, checked against the table of parameters.

use actix_web::HttpRequest;
use actix_web::http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};
use percent_encoding::percent_decode_str;

use super::problem::{ProblemDetails, ProblemKind};
use crate::admin::query::Query;
use crate::api::answers::ProblemPlace;
use crate::api::operation::ApiOperation;
use crate::metrics::answer::negotiation;
use crate::web::request::headers::joined;

/// The longest query, in bytes.
const LENGTH_MAX: usize = 4_096;

/// The parameters of a request, each at most once and in its form.
#[derive(Clone, Debug, Default)]
pub(super) struct ApiQuery(Query);

impl ApiQuery {
    /// Reads the query of a request for `operation`.
    ///
    /// # Errors
    /// The problem with the first parameter that is not one, comes twice, has not its form or is missing.
    pub(super) fn read(operation: ApiOperation, text: &str) -> Result<Self, ProblemDetails> {
        if text.len() > LENGTH_MAX {
            return Err(ProblemDetails::new(
                ProblemKind::BadRequest,
                format!("The query of the address is longer than {LENGTH_MAX} bytes."),
            ));
        }
        let query = Query::parse(text);
        let known = operation.parameters();
        for (name, value) in query.pairs() {
            let Some(parameter) = known.iter().find(|parameter| parameter.name == name) else {
                let names: Vec<&str> = known.iter().map(|parameter| parameter.name).collect();
                let names = match names.is_empty() {
                    true => "there are none".to_owned(),
                    false => format!("there are {}", names.join(", ")),
                };
                return Err(bad(name, format!("there is no such parameter; {names}")));
            };
            if query.all(name).len() > 1 {
                return Err(bad(name, "it is there twice; give it once".to_owned()));
            }
            if !parameter.form.has(value) {
                let fault = match parameter.form.words() {
                    Some(words) => format!("its value is none of {}", words.join(", ")),
                    None => "its value has not the form of one".to_owned(),
                };
                return Err(bad(name, format!("{fault}. {}", parameter.about)));
            }
        }
        let mut missing = known
            .iter()
            .filter(|parameter| parameter.is_required && query.get(parameter.name).is_none());
        match missing.next() {
            Some(parameter) => Err(bad(parameter.name, format!("it is missing. {}", parameter.about))),
            None => Ok(Self(query)),
        }
    }

    /// Returns the value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).map(str::to_owned)
    }

    /// Returns whether a switch is on.
    pub(super) fn is_on(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some("1" | "true"))
    }
}

fn bad(name: &str, detail: String) -> ProblemDetails {
    // What a client made up may be long.
    let name: String = name.chars().take(100).collect();
    let problem = ProblemDetails::new(ProblemKind::BadRequest, format!("{name}: {detail}"));
    problem.with(ProblemPlace {
        parameter: Some(name),
        detail,
        ..ProblemPlace::default()
    })
}

/// Returns the name of the component in the path; nothing if that is no UTF-8.
pub(super) fn component(request: &HttpRequest) -> Option<String> {
    let name = request.match_info().get("name").unwrap_or_default();
    let name = percent_decode_str(name).decode_utf8().ok()?;
    Some(name.into_owned())
}

/// Returns which of these media types a client prefers; the first if it does not say.
pub(super) fn preferred<'a>(request: &HttpRequest, offered: &[&'a str]) -> &'a str {
    negotiation::preferred(joined(request.headers(), &ACCEPT).as_deref(), offered)
}

/// Returns whether the body is JSON; otherwise it is YAML, if the operation takes that.
///
/// # Errors
/// The problem with a body of another type.
pub(super) fn is_json(request: &HttpRequest, takes_yaml: bool) -> Result<bool, ProblemDetails> {
    let header = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(coding) = header(CONTENT_ENCODING).filter(|coding| !coding.eq_ignore_ascii_case("identity")) {
        let coding: String = coding.chars().take(50).collect();
        let detail = format!("A body with Content-Encoding: {coding} is not taken; send it as it is.");
        return Err(ProblemDetails::new(ProblemKind::UnsupportedMediaType, detail));
    }
    let given = header(CONTENT_TYPE).unwrap_or_default();
    match () {
        () if is_type(given, "application/json") => Ok(true),
        () if takes_yaml && is_type(given, "application/yaml") => Ok(false),
        () => {
            let taken = if takes_yaml {
                "application/yaml or application/json"
            } else {
                "application/json"
            };
            let detail = format!("Send the body with Content-Type: {taken}.");
            Err(ProblemDetails::new(ProblemKind::UnsupportedMediaType, detail))
        }
    }
}

/// Returns whether a text is a media type, whatever its parameters are.
fn is_type(text: &str, media_type: &str) -> bool {
    let name = text.split(';').next().unwrap_or_default();
    name.trim().eq_ignore_ascii_case(media_type)
}
