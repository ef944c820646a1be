//! A property that names one other object or none, proven by a state of the test's own: a task has a calendar, perhaps.

use std::collections::HashMap;

use serde_json::{Value, json};
use sla_monitor::admin::input::FormInput;
use sla_monitor::admin::query::Query;
use sla_monitor::admin::spec::{Choices, Widget};
use sla_monitor::admin::transfer::{ColumnKind, FileColumn};
use sla_monitor::apps::sla::calendar;
use sla_monitor::apps::sla::declarative::document::draft::Draft;
use sla_monitor::apps::sla::declarative::document::node::{At, Node};
use sla_monitor::apps::sla::declarative::link_names::{LinkNames, PlannedLinks};
use sla_monitor::apps::sla::declarative::merge::merged;
use sla_monitor::apps::sla::properties::form::LinkOptions;
use sla_monitor::apps::sla::properties::{
    FormGroup, Lens, NameRule, ObjectState, Property, PropertyKind, fieldsets, file_columns, is_whole, json,
    link_targets,
};
use sla_monitor::apps::sla::stored::Stored;
use sla_monitor::auth::Model;

use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::apply;

on_both_databases!(a_form_chooses_one_by_its_key);

#[derive(Clone, Debug, PartialEq)]
struct Task {
    name: String,
    calendar: Option<String>,
}

const PROPERTIES: [Property<Task>; 2] = [
    Property::new(
        "name",
        "Name",
        PropertyKind::Name(
            Lens::new(|task: &Task| &task.name, |task| &mut task.name),
            NameRule::new(|_| Ok(())),
        ),
    ),
    Property::new(
        "calendar",
        "Calendar",
        PropertyKind::Link(
            Lens::new(|task: &Task| &task.calendar, |task| &mut task.calendar),
            &calendar::TARGET,
        ),
    ),
];

const FORM: [FormGroup; 1] = [FormGroup {
    title: "",
    properties: &["name", "calendar"],
}];

const _: () = assert!(is_whole(&FORM, &PROPERTIES), "the form has a field for each property");

impl ObjectState for Task {
    const MODEL: Model = Model {
        app: "desk",
        name: "task",
        title: "task",
    };
    const NAME: &'static str = "task";
    const PROPERTIES: &'static [Property<Self>] = &PROPERTIES;
    const FORM: &'static [FormGroup] = &FORM;
    const COLUMNS: &'static [FileColumn] = &file_columns(&PROPERTIES);

    fn title(&self) -> String {
        self.name.clone()
    }

    fn blank() -> Self {
        task("", None)
    }
}

fn task(name: &str, calendar: Option<&str>) -> Task {
    Task {
        name: name.to_owned(),
        calendar: calendar.map(str::to_owned),
    }
}

fn links(names: &[&str]) -> PlannedLinks {
    let names: HashMap<i64, String> = (1..).zip(names.iter().map(|name| (*name).to_owned())).collect();
    let mut links = PlannedLinks::default();
    links.add(calendar::TARGET.model, LinkNames::existing(&calendar::TARGET, &names));
    links
}

/// Returns what a file makes of a task.
fn read(file: &Value, stored: Option<&Task>, links: &PlannedLinks) -> Result<Task, String> {
    let node = Node::from_json(file, 1);
    let draft = Draft::<Task>::read(&At::root(&node)).map_err(|error| error.to_string())?;
    let stored = stored.map(|state| Stored {
        id: 1,
        version: 1,
        state: state.clone(),
        unreadable: None,
    });
    merged(&draft, stored.as_ref(), links).map_err(|error| error.to_string())
}

#[test]
fn a_select_searches_and_a_column_may_be_empty() {
    let fields = fieldsets::<Task>();
    let field = &fields[0].fields[1];
    assert_eq!(field.widget, Widget::Select(Choices::Related(calendar::TARGET.model)));
    assert!(!field.required);
    assert_eq!(Task::COLUMNS[1].kind, ColumnKind::Optional);
    let targets: Vec<Model> = link_targets::<Task>().map(|target| target.model).collect();
    assert_eq!(targets, [calendar::TARGET.model]);
}

#[test]
fn json_has_the_name_or_null() {
    for (state, expected) in [
        (
            task("a", Some("Holidays")),
            json!({"name": "a", "calendar": "Holidays"}),
        ),
        (task("a", None), json!({"name": "a", "calendar": null})),
    ] {
        let written = state.to_json();
        assert_eq!(Value::Object(written.clone()), expected);
        assert_eq!(json::read::<Task>(&written), Ok(state));
    }
    for broken in [json!(1), json!(["Holidays"]), json!({})] {
        let kept = json!({"name": "a", "calendar": broken});
        let read = json::read::<Task>(kept.as_object().expect("it is an object"));
        assert_eq!(read, Err("`calendar`: no text".to_owned()));
    }
}

#[test]
fn a_file_names_one_and_null_clears_it() {
    let known = links(&["Holidays", "Nights"]);
    let stored = task("a", Some("Holidays"));
    let of = |calendar: Value, stored| read(&json!({"name": "a", "calendar": calendar}), stored, &known);
    assert_eq!(of(json!("Nights"), None), Ok(task("a", Some("Nights"))));
    assert_eq!(of(json!("NIGHTS"), None), Ok(task("a", Some("Nights"))), "by its key");
    assert_eq!(of(json!("Nights"), Some(&stored)), Ok(task("a", Some("Nights"))));
    assert_eq!(of(json!("holidays"), Some(&stored)), Ok(stored.clone()), "the same one");
    assert_eq!(of(Value::Null, Some(&stored)), Ok(task("a", None)));
    assert_eq!(
        read(&json!({"name": "a"}), Some(&stored), &known),
        Ok(stored.clone()),
        "left out"
    );
    let error = of(json!("Days"), Some(&stored)).expect_err("no calendar has the name");
    assert!(
        error.contains("calendar") && error.contains("there is no calendar `Days`"),
        "{error}"
    );
    let error = of(json!(["Nights"]), None).expect_err("a list is no name");
    assert!(error.contains("a single value is needed here, not a list"), "{error}");
    let error = read(&json!({"name": "a"}), Some(&stored), &links(&["Nights"])).expect_err("it would dangle");
    assert!(error.contains("would be pruned but is still used here"), "{error}");
}

fn a_form_chooses_one_by_its_key(database: &Database) {
    apply(database, "calendars: [{name: Holidays}, {name: Nights}]");
    let mut conn = database.connect();
    let stored = task("a", Some("Nights"));
    let options = LinkOptions::of(&mut conn, &[&stored]).expect("the names can be read");
    let key = |name: &str| {
        database.texts(&format!(
            "SELECT CAST(id AS TEXT) AS value FROM calendar WHERE name = '{name}'"
        ))
    };
    assert_eq!(options.object(&stored).values["calendar"], key("Nights"));
    assert!(options.object(&task("a", None)).values["calendar"].is_empty());
    assert!(options.missing(&stored).is_empty());
    let missing = options.missing(&task("a", Some("Days")));
    assert_eq!(missing.len(), 1);
    assert_eq!((missing[0].kind, missing[0].title.as_str()), ("calendar", "Days"));

    let mut posted = |value: &str| {
        let query = Query::new(vec![
            ("name".to_owned(), "a".to_owned()),
            ("calendar".to_owned(), value.to_owned()),
        ]);
        let mut input = FormInput::new(&query);
        let options = LinkOptions::posted::<Task>(&mut conn, &[&input]).expect("the names can be read");
        let state = options.read(&mut input, Some(&stored));
        let errors = input.into_errors().remove("calendar").unwrap_or_default();
        (state.calendar, errors)
    };
    assert_eq!(posted(&key("Holidays")[0]), (Some("Holidays".to_owned()), Vec::new()));
    assert_eq!(posted(""), (None, Vec::new()));
    for unknown in ["999", "x", "-1", "99999999999999999999"] {
        let message = format!("“{unknown}” is not one of the choices. Perhaps it was deleted meanwhile.");
        assert_eq!(posted(unknown), (None, vec![message]));
    }
}
