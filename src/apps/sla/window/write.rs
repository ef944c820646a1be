//! SLA windows in files: how they are read, planned and written.

use super::merge::merged_window;
use super::model::WindowCalendar;
use super::state::{WindowState, windows};
use super::store;
use crate::apps::sla::calendar;
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::document::draft::Draft;
use crate::apps::sla::declarative::document::node::ReadError;
use crate::apps::sla::declarative::keys::LinkKeys;
use crate::apps::sla::declarative::kinds::{Aspect, EachKind, FileKind};
use crate::apps::sla::declarative::link_names::PlannedLinks;
use crate::apps::sla::declarative::write::{SingleWrites, delete_singly, rules, save_singly};
use crate::apps::sla::rule::{Effect, NewRule, RuleOwner};
use crate::apps::sla::stored::Stored;
use crate::audit::{Error, Tx, Writer};
use crate::db::{self, Conn};

impl FileKind for WindowState {
    const SECTION: &'static str = "windows";
    const JUDGED: &'static [&'static str] = &["timezone", "valid_from", "valid_until"];

    fn of<A: Aspect>(all: &EachKind<A>) -> &Vec<A::Of<Self>> {
        &all.windows
    }

    fn of_mut<A: Aspect>(all: &mut EachKind<A>) -> &mut Vec<A::Of<Self>> {
        &mut all.windows
    }

    fn load(conn: &mut Conn, ids: Option<&[i64]>) -> db::Result<Vec<Stored<Self>>> {
        windows(conn, ids)
    }

    fn titles(conn: &mut Conn) -> db::Result<Vec<(i64, String)>> {
        store::names(conn)
    }

    fn merged(draft: &Draft<Self>, stored: Option<&Stored<Self>>, links: &PlannedLinks) -> Result<Self, ReadError> {
        merged_window(draft, stored, links)
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

impl SingleWrites for WindowState {
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

    fn replace_parts(&self, writer: &mut Writer<'_>, id: i64, keys: &LinkKeys) -> db::Result<()> {
        let owner = RuleOwner::Window(id);
        let includes = rules(owner, Effect::Include, &self.rules);
        let rules: Vec<NewRule> = includes.chain(rules(owner, Effect::Exclude, &self.excludes)).collect();
        let mut links = Vec::new();
        for calendar_id in self
            .calendars
            .iter()
            .filter_map(|name| keys.of(&calendar::TARGET, name))
        {
            links.push(WindowCalendar {
                window_id: id,
                calendar_id,
            });
        }
        store::replace_parts(writer, id, &rules, &links)
    }
}
