//! Corrections in the admin.

use serde_json::{Map, Value};

use super::about;
use super::judged::faults;
use super::list::{self, CorrectionColumn, CorrectionFilter, CorrectionOrder};
use super::state::{CorrectionEffect, CorrectionState, corrections, stored_corrections};
use super::store;
use crate::admin::input::FormInput;
use crate::admin::model::{
    AboutState, ChangeWords, Deletion, ModelAdmin, ModelList, Object, Refusal, Saved, TakenKeys,
};
use crate::admin::spec::{Sort, Spec};
use crate::admin::transfer::Exchange;
use crate::apps::list_key::{ListKey, columns};
use crate::apps::listed;
use crate::apps::sla::closed_report::model::ClosedReport;
use crate::apps::sla::declarative::form;
use crate::apps::sla::declarative::import::exchange;
use crate::apps::sla::properties::form::LinkOptions;
use crate::apps::sla::properties::{self, ObjectState, fieldsets};
use crate::apps::sla::stored::Stored;
use crate::apps::sla::{CORRECTION, closed_report, label_texts};
use crate::audit::Tx;
use crate::db::{self, Conn};

/// Corrections.
pub struct CorrectionAdmin;

/// Returns how a correction is called where its title may not be viewed.
pub(super) fn numbered(id: i64) -> String {
    format!("correction {id}")
}

fn load(conn: &mut Conn, id: i64) -> db::Result<Option<Stored<CorrectionState>>> {
    Ok(corrections(conn, Some(&[id]))?.pop())
}

/// Returns whether another correction of the same scope has the same span.
fn is_taken(conn: &mut Conn, id: Option<i64>, after: &CorrectionState) -> db::Result<bool> {
    let rows = store::of_span(conn, after.start, after.end)?;
    let others = stored_corrections(conn, rows)?.into_iter();
    let mut others = others.filter(|other| Some(other.id) != id).map(|other| other.state);
    Ok(others.any(|other| (&other.component, &other.selector) == (&after.component, &after.selector)))
}

/// Returns warnings of closed reports that have time of the correction: they stay as they are. Those of one other component are left out.
fn closed_reports(conn: &mut Conn, after: &CorrectionState) -> db::Result<Vec<String>> {
    let closed = closed_report::store::touching(conn, after.start, after.end)?.into_iter();
    let is_about =
        |closed: &ClosedReport| closed.component_id == 0 || after.component.as_ref() == Some(&closed.component_name);
    let warning = |closed: ClosedReport| {
        format!(
            "{} is closed: its report stays as it was, and shows the correction as a difference.",
            closed.title()
        )
    };
    Ok(closed.filter(is_about).map(warning).collect())
}

impl ModelAdmin for CorrectionAdmin {
    fn spec(&self) -> Spec {
        Spec {
            model: CORRECTION,
            singular: "correction",
            plural: "corrections",
            purpose: "A correction says what a span of time counts as, whatever was measured: planned work that is not accounted for, or an outage that no probe saw.",
            columns: columns::<CorrectionColumn, CorrectionOrder>(CorrectionColumn::column),
            default_sort: &[Sort {
                key: "start",
                descending: true,
            }],
            search: Some("selector and reason"),
            filters: list::filters(),
            ranges: list::ranges(),
            date_hierarchy: None,
            fieldsets: fieldsets::<CorrectionState>(),
            add_fieldsets: None,
            inline: None,
            actions: Vec::new(),
            read_only: false,
        }
    }

    fn taken(&self) -> TakenKeys {
        listed::taken_by(self)
    }

    fn list(&self, _: &mut Conn) -> db::Result<Box<dyn ModelList + '_>> {
        Ok(listed::open(self))
    }

    fn change_words(&self) -> ChangeWords {
        properties::past::change_words::<CorrectionState>
    }

    fn exchange(&self) -> Option<&dyn Exchange> {
        Some(exchange::<CorrectionState>())
    }

    fn about(&self) -> AboutState {
        about::of_state
    }

    fn version(&self, conn: &mut Conn, id: i64) -> db::Result<Option<i64>> {
        store::version(conn, id)
    }

    fn object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>> {
        let Some(stored) = load(conn, id)? else { return Ok(None) };
        let mut object = LinkOptions::of(conn, &[&stored.state])?.object(&stored.state);
        (object.id, object.version) = (stored.id, stored.version);
        object.about = about::of(&stored.state);
        object.side_panels.extend(stored.unreadable.map(|reason| {
            let title = "This correction cannot be read, and corrects nothing";
            (title.to_owned(), vec![reason]).into()
        }));
        Ok(Some(object))
    }

    fn blank(&self) -> Object {
        properties::form::blank::<CorrectionState>()
    }

    fn is_filter_value(&self, filter: &str, value: &str) -> bool {
        CorrectionFilter::parse(filter).is_none() || CorrectionEffect::parse(value).is_some()
    }

    fn choices(&self, _conn: &mut Conn, name: &str, _term: &str, _limit: i64) -> db::Result<Vec<(String, String)>> {
        match CorrectionFilter::parse(name) {
            // A field of the form, too.
            Some(CorrectionFilter::Effect) => Ok(list::offers()),
            None => Ok(Vec::new()),
        }
    }

    fn titles(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<(i64, String)>> {
        let stored = corrections(conn, Some(ids))?.into_iter();
        Ok(stored.map(|stored| (stored.id, stored.state.title())).collect())
    }

    fn save(&self, tx: &mut Tx<'_>, id: Option<i64>, input: &mut FormInput<'_>) -> Result<Saved, Refusal> {
        let stored = match id {
            Some(id) => load(tx.reader(), id)?,
            None => None,
        };
        let now = stored.as_ref().map(|stored| &stored.state);
        let about = now.and_then(about::of);
        let kept = label_texts::take_out(about.as_ref(), input, |permission| tx.actor().may(permission));
        let mut after = LinkOptions::posted::<CorrectionState>(tx.reader(), &[&*input])?.read(input, now);
        if let Some(now) = now {
            label_texts::put_back(&kept, now, &mut after);
        }
        // What could not be read has an error of its own already.
        if input.is_valid() {
            for (property, message) in faults(&after) {
                input.refuse(property, message);
            }
        }
        if !input.is_valid() {
            return Err(Refusal::Input);
        }
        if is_taken(tx.reader(), id, &after)? {
            input.refuse("", "Correction with this scope, Start and End already exists.");
            return Err(Refusal::Input);
        }
        let warnings = closed_reports(tx.reader(), &after)?;
        let about = about::of(&after);
        let is_hidden = label_texts::is_hidden(about.as_ref(), |permission| tx.actor().may(permission));
        let mut saved = form::store(tx, stored, after, warnings)?;
        if is_hidden {
            saved.title = numbered(saved.id);
        }
        Ok(saved)
    }

    fn deletion(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Deletion> {
        let stored = corrections(conn, Some(ids))?;
        let amount = stored.len() as u64;
        let about = stored.iter().flat_map(|stored| about::models(&stored.state)).collect();
        let titles = stored.iter().map(|stored| (stored.id, stored.state.title()));
        Ok(Deletion {
            counts: vec![("corrections".to_owned(), amount)],
            tree: listed::tree(CORRECTION, titles, amount, listed::ObjectParts::new()),
            about,
            notes: Vec::new(),
            protected: Vec::new(),
        })
    }

    fn delete(&self, tx: &mut Tx<'_>, ids: &[i64]) -> Result<(), Refusal> {
        let stored = corrections(tx.reader(), Some(ids))?;
        form::delete(tx, stored)
    }

    fn restored(&self, conn: &mut Conn, state: &Map<String, Value>) -> db::Result<Option<Object>> {
        let restored = properties::form::restored::<CorrectionState>(conn, state)?;
        let about = about::of_state(Some(state));
        Ok(restored.map(|restored| Object { about, ..restored }))
    }
}
