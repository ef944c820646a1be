//! The description of the API (OpenAPI 3.1), made of the table of operations, the shapes of the answers and the tables by which files are read.

use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::problem::{PROBLEM_JSON, ProblemKind};
use crate::api::answers::{ApplyReport, ExplanationAnswer, ProblemAnswer, SpansAnswer};
use crate::api::operation::ApiOperation;
use crate::api::parameters::ApiParameter;
use crate::api::requests::ApiOperations;

/// The name of the way in which requests are authorized.
const TOKEN: &str = "token";

/// What stands at the beginning of the description.
const ABOUT: &str = "What the commands apply, export, explain, spans and evaluate do, for programs. Instants are Unix seconds. Names, limits and \
                     refusals are those of the commands.";

/// Returns the description of what `operations` carry out.
///
/// # Errors
/// None that happens: shapes are written as JSON.
pub(super) fn description(operations: &dyn ApiOperations) -> serde_json::Result<Value> {
    let mut all = answers()?;
    all.extend(operations.schemas());
    let mut paths = Map::new();
    for operation in ApiOperation::ALL {
        let method = if operation.takes_body() { "post" } else { "get" };
        paths.insert(
            operation.path().to_owned(),
            json!({ method: described(operation, operations) }),
        );
    }
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "SLA Monitor",
            "version": "1",
            "description": ABOUT,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": all,
            "responses": problems(),
            "securitySchemes": {
                TOKEN: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token that `sla-monitor createtoken` or the admin made. What it permits are its user's permissions, as far as \
                                    its scopes go.",
                },
            },
        },
    }))
}

/// Returns the schemas of the answers by name, with those that they refer to.
fn answers() -> serde_json::Result<Map<String, Value>> {
    let mut schemas: Vec<(String, RefOr<Schema>)> = Vec::new();
    put::<ApplyReport>(&mut schemas);
    put::<ExplanationAnswer>(&mut schemas);
    put::<SpansAnswer>(&mut schemas);
    put::<ProblemAnswer>(&mut schemas);
    let schemas = schemas
        .into_iter()
        .map(|(name, schema)| Ok((name, serde_json::to_value(schema)?)));
    schemas.collect()
}

fn put<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), <T as PartialSchema>::schema()));
    T::schemas(schemas);
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn described(operation: ApiOperation, operations: &dyn ApiOperations) -> Value {
    let mut described = json!({
        "operationId": operation.id(),
        "summary": operation.summary(),
        "parameters": parameters(operation),
        "responses": responses(operation),
    });
    let mut put = |key: &str, value: Value| {
        if let Value::Object(described) = &mut described {
            described.insert(key.to_owned(), value);
        }
    };
    if let Some(scope) = operation.scope() {
        put("security", json!([{ TOKEN: [] }]));
        put(
            "description",
            json!(format!(
                "Needs the scope {}. {}",
                scope.name(),
                operations.rights(operation)
            )),
        );
    }
    match operation {
        ApiOperation::Apply => put(
            "requestBody",
            json!({"required": true, "content": {
                "application/json": {"schema": reference("File")},
                "application/yaml": {"schema": reference("File")},
            }}),
        ),
        ApiOperation::Evaluate => put(
            "requestBody",
            json!({"required": true, "content": {"application/json": {"schema": reference("Evaluation")}}}),
        ),
        ApiOperation::Export | ApiOperation::Explain | ApiOperation::Spans | ApiOperation::Description => {}
    }
    described
}

fn parameters(operation: ApiOperation) -> Vec<Value> {
    let mut parameters = Vec::new();
    if operation.names_component() {
        parameters.push(json!({
            "name": "name",
            "in": "path",
            "required": true,
            "description": "The component's name, percent-encoded.",
            "schema": {"type": "string", "minLength": 1},
        }));
    }
    parameters.extend(operation.parameters().iter().map(in_query));
    if operation == ApiOperation::Apply {
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "required": false,
            "description": "Such as a UUID. A request that is sent again with the same key within a day is carried out once, and gets the same answer.",
            "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
        }));
    }
    parameters
}

fn in_query(parameter: &ApiParameter) -> Value {
    json!({
        "name": parameter.name,
        "in": "query",
        "required": parameter.is_required,
        "description": parameter.about,
        "schema": parameter.form.schema(),
    })
}

fn responses(operation: ApiOperation) -> Map<String, Value> {
    let content = match operation {
        ApiOperation::Apply => json!({"application/json": {"schema": reference("ApplyReport")}}),
        ApiOperation::Export => json!({"application/json": {"schema": reference("File")}, "application/yaml": {}}),
        ApiOperation::Explain => {
            json!({"application/json": {"schema": reference("ExplanationAnswer")}, "text/plain": {"schema": {"type": "string"}}})
        }
        ApiOperation::Spans => json!({"application/json": {"schema": reference("SpansAnswer")}}),
        ApiOperation::Evaluate | ApiOperation::Description => {
            json!({"application/json": {"schema": {"type": "object"}}})
        }
    };
    let mut answer = json!({"description": "It was done.", "content": content});
    if let (ApiOperation::Apply, Value::Object(answer)) = (operation, &mut answer) {
        let about = "true if an earlier request with the same Idempotency-Key did it";
        let header = json!({"description": about, "schema": {"type": "string"}});
        answer.insert("headers".to_owned(), json!({"Idempotency-Replayed": header}));
    }
    let mut responses = Map::from_iter([("200".to_owned(), answer)]);
    for status in statuses(operation) {
        let name = format!("Problem{status}");
        responses.insert(
            status.to_string(),
            json!({"$ref": format!("#/components/responses/{name}")}),
        );
    }
    responses
}

/// Returns the statuses of an operation's problems.
fn statuses(operation: ApiOperation) -> Vec<u16> {
    let mut statuses = vec![400];
    if operation.scope().is_some() {
        statuses.extend([401, 403, 429, 500, 503]);
    }
    if operation.takes_body() {
        statuses.extend([408, 413, 415, 422]);
    }
    if operation.names_component() {
        statuses.extend([404, 422]);
    }
    if operation.scope().is_some() && operation != ApiOperation::Evaluate {
        statuses.push(409);
    }
    statuses.sort_unstable();
    statuses
}

/// Returns the responses with problems by name, one for each status.
fn problems() -> Map<String, Value> {
    let mut problems: Map<String, Value> = Map::new();
    for kind in ProblemKind::ALL {
        let status = kind.status().as_u16();
        let about = format!("`{}`: {}", kind.urn(), kind.title());
        let problem = problems.entry(format!("Problem{status}")).or_insert_with(|| {
            json!({
                "description": "",
                "headers": headers(status),
                "content": {PROBLEM_JSON: {"schema": reference("ProblemAnswer")}},
            })
        });
        if let Some(Value::String(description)) = problem.get_mut("description") {
            if !description.is_empty() {
                description.push_str("; ");
            }
            description.push_str(&about);
        }
    }
    problems
}

/// Returns the headers that responses with a problem have beside the usual ones.
fn headers(status: u16) -> Map<String, Value> {
    let text = |about: &str| json!({"description": about, "schema": {"type": "string"}});
    let seconds = || json!({"description": "Seconds to wait", "schema": {"type": "integer", "minimum": 0}});
    match status {
        401 => Map::from_iter([("WWW-Authenticate".to_owned(), text("Bearer, and why (RFC 6750)"))]),
        429 | 503 => Map::from_iter([("Retry-After".to_owned(), seconds())]),
        _ => Map::new(),
    }
}
