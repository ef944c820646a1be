//! Indicators in files: how they are read, planned and written.

use super::judged::faults;
use super::state::{IndicatorState, indicators};
use super::store;
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::document::draft::Draft;
use crate::apps::sla::declarative::document::node::ReadError;
use crate::apps::sla::declarative::keys::LinkKeys;
use crate::apps::sla::declarative::kinds::{Aspect, EachKind, FileKind};
use crate::apps::sla::declarative::link_names::PlannedLinks;
use crate::apps::sla::declarative::merge::merged;
use crate::apps::sla::declarative::write::{SingleWrites, delete_singly, save_singly};
use crate::apps::sla::stored::Stored;
use crate::audit::{Error, Tx, Writer};
use crate::db::{self, Conn};

impl FileKind for IndicatorState {
    const SECTION: &'static str = "indicators";
    const JUDGED: &'static [&'static str] = &["source", "expression", "kind", "threshold"];

    fn of<A: Aspect>(all: &EachKind<A>) -> &Vec<A::Of<Self>> {
        &all.indicators
    }

    fn of_mut<A: Aspect>(all: &mut EachKind<A>) -> &mut Vec<A::Of<Self>> {
        &mut all.indicators
    }

    fn load(conn: &mut Conn, ids: Option<&[i64]>) -> db::Result<Vec<Stored<Self>>> {
        indicators(conn, ids)
    }

    fn titles(conn: &mut Conn) -> db::Result<Vec<(i64, String)>> {
        store::names(conn)
    }

    fn merged(draft: &Draft<Self>, stored: Option<&Stored<Self>>, links: &PlannedLinks) -> Result<Self, ReadError> {
        let state = merged(draft, stored, links)?;
        let refused = |property: &str, message: String| {
            let line = draft.given(property).map_or(draft.place.line, |given| given.line);
            draft.place.error_at(property, line, message)
        };
        if state.source.is_empty() {
            return Err(refused("source", "an indicator needs a `source`, e.g. main".to_owned()));
        }
        match faults(&state).into_iter().next() {
            Some((property, message)) => Err(refused(property, message)),
            None => Ok(state),
        }
    }

    fn save(
        tx: &mut Tx<'_>,
        changes: &[ObjectChange<Self>],
        keys: &mut LinkKeys,
        report: &mut dyn FnMut(usize),
    ) -> Result<(), Error> {
        save_singly(tx, changes, keys, report)
    }

    fn delete(tx: &mut Tx<'_>, changes: &[ObjectChange<Self>], report: &mut dyn FnMut(usize)) -> Result<(), Error> {
        delete_singly(tx, changes, report, store::delete)
    }
}

impl SingleWrites for IndicatorState {
    fn insert(&self, writer: &mut Writer<'_>) -> db::Result<i64> {
        let row = self.columns(1, writer.now());
        store::insert(writer, &row)
    }

    fn update(&self, writer: &mut Writer<'_>, id: i64, version: i64) -> db::Result<()> {
        let row = self.columns(version, writer.now());
        store::update(writer, id, &row)
    }

    fn rename(&self, writer: &mut Writer<'_>, id: i64) -> db::Result<()> {
        store::set_key(writer, id, &self.name)
    }
}
