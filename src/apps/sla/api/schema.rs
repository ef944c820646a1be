//! JSON schemas of files and of evaluations, made of the tables by which they are read. Scalars may be written as texts, as in YAML.

use serde_json::{Map, Value, json};

use crate::apps::sla::declarative::kinds::{FileKind, KindVisitor, walk};
use crate::apps::sla::properties::{LABELS_MAX, ObjectState, Property, PropertyKind, name_parts};
use crate::apps::sla::rule::{RULES_MAX, schema as rule};

/// The schemas of the kinds of objects by name, and the sections of a file.
#[derive(Default)]
struct KindSchemas {
    schemas: Map<String, Value>,
    sections: Map<String, Value>,
    lists: Vec<Value>,
}

/// Returns all schemas by name.
pub(super) fn all() -> Map<String, Value> {
    let mut kinds = KindSchemas::default();
    let Ok(()) = walk(&mut kinds);
    let KindSchemas {
        mut schemas,
        sections,
        lists,
    } = kinds;
    let file = json!({
        "type": "object",
        "description": "Everything, or a part of it. A key that is left out of an existing object leaves that property as it is; null or an empty \
                        list clears it.",
        "properties": sections,
        "additionalProperties": false,
    });
    let mut forms = vec![file, json!({"type": "null"})];
    forms.extend(lists);
    schemas.insert("File".to_owned(), json!({ "anyOf": forms }));
    schemas.insert("Rule".to_owned(), rule::rule());
    schemas.insert("Evaluation".to_owned(), evaluation());
    schemas.insert("EvaluatedWindow".to_owned(), evaluated_window());
    schemas
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// Returns the name of the schema of a kind: `Component`.
fn name_of<S: FileKind>() -> String {
    let mut name = S::NAME.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    name
}

impl KindVisitor for KindSchemas {
    type Error = std::convert::Infallible;

    fn visit<S: FileKind>(&mut self) -> Result<(), Self::Error> {
        let name = name_of::<S>();
        let list = json!({"type": "array", "items": reference(&name)});
        self.sections
            .insert(S::SECTION.to_owned(), json!({"anyOf": [list, {"type": "null"}]}));
        self.lists.push(list);
        self.schemas.insert(name, object::<S>());
        Ok(())
    }
}

fn object<S: ObjectState>() -> Value {
    let property = |property: &Property<S>| {
        let mut schema = value(&property.kind);
        if let (false, Value::Object(schema)) = (property.help.is_empty(), &mut schema) {
            let description = match &property.kind {
                PropertyKind::Instant(_) => format!("{} Without an offset it is UTC.", property.help),
                _ => property.help.to_owned(),
            };
            schema.insert("description".to_owned(), json!(description));
        }
        (property.name.to_owned(), schema)
    };
    json!({
        "type": "object",
        "required": name_parts::<S>(),
        "properties": S::PROPERTIES.iter().map(property).collect::<Map<String, Value>>(),
        "additionalProperties": false,
    })
}

fn value<S>(kind: &PropertyKind<S>) -> Value {
    match kind {
        PropertyKind::Name(..) => json!({"type": ["string", "number", "boolean"], "minLength": 1}),
        PropertyKind::Line(_) | PropertyKind::Checked(..) | PropertyKind::Text(_) | PropertyKind::Link(..) => {
            json!({"type": ["string", "number", "boolean", "null"]})
        }
        PropertyKind::Choice(lens) => {
            json!({"enum": lens.choices.iter().map(|(word, _)| *word).collect::<Vec<&str>>()})
        }
        PropertyKind::Number(_, bounds) => {
            json!({"anyOf": [{"type": "integer", "minimum": bounds.start(), "maximum": bounds.end()}, rule::digits()]})
        }
        PropertyKind::Decimal(_) => json!({"type": ["number", "string", "null"]}),
        PropertyKind::Percent(_) => json!({"type": ["number", "string", "null"], "minimum": 0, "maximum": 100}),
        PropertyKind::Instant(_) | PropertyKind::Zone(_) => json!({"type": "string"}),
        PropertyKind::OptionalZone(_) | PropertyKind::Date(_) => json!({"type": ["string", "null"]}),
        PropertyKind::Flag(_) => rule::flag(),
        PropertyKind::Links(..) => {
            json!({"type": ["array", "null"], "items": {"type": ["string", "number", "boolean"]}})
        }
        PropertyKind::Labels(..) => json!({
            "type": ["object", "null"],
            "maxProperties": LABELS_MAX,
            "additionalProperties": {"type": ["string", "number", "boolean"], "minLength": 1},
        }),
        PropertyKind::Rules(_) => json!({"type": "array", "maxItems": RULES_MAX, "items": reference("Rule")}),
    }
}

fn evaluation() -> Value {
    let number = json!({"anyOf": [{"type": "integer"}, rule::digits()]});
    json!({
        "type": "object",
        "description": "Windows, and an instant or a range of time in Unix seconds. Other keys are passed through.",
        "required": ["windows"],
        "properties": {
            "windows": {"type": "array", "maxItems": 100, "items": reference("EvaluatedWindow")},
            "now": number,
            "from": number,
            "to": number,
        },
        "oneOf": [{"required": ["now"]}, {"required": ["from", "to"]}],
    })
}

fn evaluated_window() -> Value {
    json!({
        "type": "object",
        "required": ["timezone", "rules"],
        "properties": {
            "name": {},
            "description": {},
            "timezone": {"type": "string"},
            "enabled": rule::flag(),
            "valid_from": {"type": ["string", "null"]},
            "valid_until": {"type": ["string", "null"]},
            "rules": {"type": "array", "maxItems": RULES_MAX, "items": reference("Rule")},
            "excludes": {"type": ["array", "null"], "items": rule::rule_with_zone()},
        },
        "additionalProperties": false,
    })
}
