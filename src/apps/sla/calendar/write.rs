//! Calendars in files: how they are read, planned and written.

use super::state::{CalendarState, calendars};
use super::store;
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::keys::LinkKeys;
use crate::apps::sla::declarative::kinds::{Aspect, EachKind, FileKind};
use crate::apps::sla::declarative::write::{SingleWrites, delete_singly, rules, save_singly};
use crate::apps::sla::rule::{Effect, NewRule, RuleOwner};
use crate::apps::sla::stored::Stored;
use crate::audit::{Error, Tx, Writer};
use crate::db::{self, Conn};

impl FileKind for CalendarState {
    const SECTION: &'static str = "calendars";

    fn of<A: Aspect>(all: &EachKind<A>) -> &Vec<A::Of<Self>> {
        &all.calendars
    }

    fn of_mut<A: Aspect>(all: &mut EachKind<A>) -> &mut Vec<A::Of<Self>> {
        &mut all.calendars
    }

    fn load(conn: &mut Conn, ids: Option<&[i64]>) -> db::Result<Vec<Stored<Self>>> {
        calendars(conn, ids)
    }

    fn titles(conn: &mut Conn) -> db::Result<Vec<(i64, String)>> {
        store::names(conn)
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

impl SingleWrites for CalendarState {
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

    fn replace_parts(&self, writer: &mut Writer<'_>, id: i64, _keys: &LinkKeys) -> db::Result<()> {
        let rules: Vec<NewRule> = rules(RuleOwner::Calendar(id), Effect::Exclude, &self.rules).collect();
        store::replace_rules(writer, id, &rules)
    }
}
