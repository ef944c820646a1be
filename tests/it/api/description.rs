//! The description of the API: the committed one is the one that is served, and it names what there is.

use serde_json::Value;
use sla_monitor::api::operation::ApiOperation;
use sla_monitor::web::api::problem::ProblemKind;

use crate::support::client::{get, request};
use crate::support::database::Database;
use crate::support::server::Server;

/// The committed description.
const FILE: &str = "docs/openapi.json";

#[test]
fn the_description_is_committed_as_it_is_served() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    let url = format!("{}/api/v1/openapi.json", server.url);
    let served = get(&url);
    assert_eq!(
        (served.status, served.header("content-type")),
        (200, "application/json")
    );
    let committed = std::fs::read_to_string(format!("{}/{FILE}", env!("CARGO_MANIFEST_DIR"))).unwrap_or_default();
    assert!(
        committed == served.text(),
        "{FILE} is not what /api/v1/openapi.json answers; start a server and run: curl -s {url} > {FILE}"
    );
    let description: Value = serde_json::from_str(&committed).expect("it is JSON");
    assert_eq!(description["openapi"], "3.1.0");
    let paths = description["paths"].as_object().expect("there are paths");
    assert_eq!(paths.len(), ApiOperation::ALL.len());
    for operation in ApiOperation::ALL {
        let path = operation.path();
        let method = if operation.takes_body() { "post" } else { "get" };
        assert!(paths[path][method]["responses"]["200"].is_object(), "{path}");
        // Without a token nothing but the description is answered, and nothing is missing.
        let answer = request(&method.to_uppercase(), &format!("{}{path}", server.url), &[]);
        let expected = if operation.scope().is_some() { 401 } else { 200 };
        assert_eq!(answer.status, expected, "{path}");
    }
    every_reference_leads_somewhere(&description, &description);
}

#[test]
fn the_documentation_names_every_kind_of_problem() {
    let path = format!("{}/docs/api.md", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("it is there");
    for kind in ProblemKind::ALL {
        let (name, status) = (kind.name(), kind.status().as_u16().to_string());
        let mut rows = text
            .lines()
            .filter(|line| line.starts_with("| ") && line.contains(&format!("`{name}`")));
        let row = rows
            .next()
            .unwrap_or_else(|| panic!("docs/api.md does not name {name}"));
        assert!(row.contains(&status), "{name} has the status {status}: {row}");
    }
}

/// Asserts that each `$ref` below `value` is in the description.
fn every_reference_leads_somewhere(description: &Value, value: &Value) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get("$ref") {
                let pointer = reference
                    .strip_prefix('#')
                    .expect("references lead into the description");
                assert!(description.pointer(pointer).is_some(), "{reference} leads nowhere");
            }
            object
                .values()
                .for_each(|value| every_reference_leads_somewhere(description, value));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|value| every_reference_leads_somewhere(description, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
