//! Closed reports in the admin: to be read, never changed. The page of the report adds them.

use super::exchange::ClosedReportExchange;
use super::figures::{ClosedFigures, ClosedLine};
use super::list::{self, ClosedColumn, ClosedFilter, ClosedOrder};
use super::model::ClosedReport;
use super::store;
use crate::admin::input::FormInput;
use crate::admin::model::{
    About, AboutState, Deletion, FormValues, ModelAdmin, ModelList, Object, Refusal, Saved, SidePanel, StoredState,
    TakenKeys,
};
use crate::admin::spec::{Field, Fieldset, Sort, Spec, Widget};
use crate::admin::transfer::Exchange;
use crate::apps::list_key::{ListKey, columns};
use crate::apps::listed;
use crate::apps::sla::component;
use crate::apps::sla::hours::words;
use crate::apps::sla::label_texts::stored_texts;
use crate::apps::sla::{CLOSED_REPORT, COMPONENT, LABEL};
use crate::audit::Tx;
use crate::db::{self, Conn};

/// So many components are shown with their figures; files have all.
const LINES_MAX: usize = 200;

const NOT_CHANGED: &str = "A closed report cannot be changed.";

/// Closed reports.
pub struct ClosedReportAdmin;

fn fieldset() -> Fieldset {
    let shown = |name, label| Field::new(name, label, Widget::Text).read_only();
    Fieldset {
        title: "",
        fields: vec![
            shown("period_words", "Period"),
            shown("zone", "Time zone"),
            shown("definitions_words", "Promised"),
            shown("scope", "Components"),
            shown("members", "Number of components"),
            shown("closed_by", "Closed by"),
            Field::new("closed_at", "Closed", Widget::Instant).read_only(),
            shown("digest", "Digest").help("SHA-256 of what `report --closed --format json` prints."),
        ],
    }
}

/// The value that leads to the report; it is left out for users without the permission to view what it is of.
const URL: &str = "url";

fn values(closed: &ClosedReport, component: Option<&str>) -> FormValues {
    let definitions = match closed.definitions.as_str() {
        "now" => "as defined when it was closed",
        _ => "as defined at each instant",
    };
    let shown = [
        ("period_words", closed.period_words()),
        ("definitions_words", definitions.to_owned()),
        ("scope", closed.scope_words().to_owned()),
        ("members", closed.members.to_string()),
        ("closed_by", closed.closed_by.clone()),
        ("closed_at", closed.closed_at.format("%Y-%m-%dT%H:%M:%S").to_string()),
        ("digest", closed.digest.clone()),
    ];
    let url = closed.url(component).map(|url| (URL, url));
    let shown = [("zone", closed.timezone.clone())].into_iter().chain(shown).chain(url);
    shown.map(|(name, value)| (name.to_owned(), vec![value])).collect()
}

/// Returns the figures of a component in a line.
fn line_words(line: &ClosedLine) -> String {
    let ClosedLine {
        name,
        is_deleted,
        figures,
    } = line;
    let deleted = if *is_deleted { " (deleted)" } else { "" };
    let left = figures
        .left
        .map(|left| format!("{} of the budget left", words::length(left)));
    let parts = [
        Some(figures.attained_words()),
        Some(format!("{} promised", words::length(figures.promised))),
        Some(format!("{} down", words::length(figures.down))),
        Some(format!("{} unknown", words::length(figures.unknown))),
        left,
        Some(figures.verdict_words().to_owned()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    format!("{name}{deleted}: {}", parts.join(", "))
}

/// Returns of which other objects a closed report with this state speaks, if it does; of one whose state cannot be read, of which it may speak.
fn about_state(state: Option<&StoredState>) -> Option<About> {
    let models = match stored_texts(state, ["component", "selector"]) {
        Some(["", ""]) => return None,
        Some([_, ""]) => vec![COMPONENT],
        Some(["", _]) => vec![LABEL],
        Some(_) | None => vec![COMPONENT, LABEL],
    };
    Some(About {
        models,
        fields: &["component", "selector"],
    })
}

fn panel(conn: &mut Conn, closed: &ClosedReport) -> db::Result<SidePanel> {
    let (components, lines) = store::figures(conn, closed.id)?.unwrap_or_default();
    let lines = match ClosedFigures::read(&components, &lines, &closed.digest) {
        Ok(figures) => {
            let shown = figures.lines.iter().take(LINES_MAX);
            let more = figures.lines.len().saturating_sub(LINES_MAX);
            let more = (more > 0).then(|| format!("And {more} more, which files have"));
            shown.map(|(_, line)| line_words(line)).chain(more).collect()
        }
        Err(reason) => vec![format!("They cannot be read: {reason}")],
    };
    Ok(("Figures when it was closed".to_owned(), lines).into())
}

impl ModelAdmin for ClosedReportAdmin {
    fn spec(&self) -> Spec {
        Spec {
            model: CLOSED_REPORT,
            singular: "closed report",
            plural: "closed reports",
            purpose: "A closed report keeps the figures of a period as they were then: what is measured or corrected later shows as a difference. Reports are closed on their page.",
            columns: columns::<ClosedColumn, ClosedOrder>(ClosedColumn::column),
            default_sort: &[Sort {
                key: "closed_at",
                descending: true,
            }],
            search: Some("time zone, selector and user"),
            filters: list::filters(),
            ranges: list::ranges(),
            date_hierarchy: None,
            fieldsets: vec![fieldset()],
            add_fieldsets: None,
            inline: None,
            actions: Vec::new(),
            read_only: true,
        }
    }

    fn taken(&self) -> TakenKeys {
        listed::taken_by(self)
    }

    fn list(&self, _: &mut Conn) -> db::Result<Box<dyn ModelList + '_>> {
        Ok(listed::open(self))
    }

    fn exchange(&self) -> Option<&dyn Exchange> {
        Some(&ClosedReportExchange)
    }

    fn about(&self) -> AboutState {
        about_state
    }

    fn object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>> {
        let Some(closed) = store::by_ids(conn, &[id])?.pop() else {
            return Ok(None);
        };
        let names = component::store::names_by_keys(conn, &[closed.component_id])?;
        Ok(Some(Object {
            id,
            title: closed.title(),
            values: values(&closed, names.first().map(|(_, name)| name.as_str())),
            side_panels: vec![panel(conn, &closed)?],
            about: Some(About {
                // What has which labels is said by a selector and those that it took.
                models: match closed.selector.is_empty() {
                    true => vec![COMPONENT],
                    false => vec![COMPONENT, LABEL],
                },
                fields: &["scope", URL],
            }),
            ..Object::default()
        }))
    }

    fn is_filter_value(&self, filter: &str, value: &str) -> bool {
        match ClosedFilter::declared(filter) {
            ClosedFilter::Period => list::offers().iter().any(|(name, _)| name == value),
        }
    }

    fn choices(&self, _conn: &mut Conn, name: &str, _term: &str, _limit: i64) -> db::Result<Vec<(String, String)>> {
        Ok(match ClosedFilter::parse(name) {
            Some(ClosedFilter::Period) => list::offers(),
            None => Vec::new(),
        })
    }

    fn tools(&self, object: &Object) -> Vec<(&'static str, String)> {
        let url = object.values.get(URL).and_then(|values| values.first());
        let url = url.filter(|url| url.starts_with('/'));
        url.map(|url| ("The report", url.clone())).into_iter().collect()
    }

    fn save(&self, _tx: &mut Tx<'_>, _id: Option<i64>, _input: &mut FormInput<'_>) -> Result<Saved, Refusal> {
        Err(Refusal::Rule(NOT_CHANGED.to_owned()))
    }

    fn deletion(&self, _conn: &mut Conn, _ids: &[i64]) -> db::Result<Deletion> {
        Ok(Deletion::default())
    }

    fn delete(&self, _tx: &mut Tx<'_>, _ids: &[i64]) -> Result<(), Refusal> {
        Err(Refusal::Rule(NOT_CHANGED.to_owned()))
    }
}
