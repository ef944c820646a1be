//! Objects of one kind as files of the admin.

use std::collections::HashMap;
use std::marker::PhantomData;

use super::planner::plan;
use super::{ImportLinks, LabelSupply};
use crate::admin::transfer::{Batch, Exchange, FileColumn, FileRecord, ImportPlan};
use crate::apps::sla::LABEL;
use crate::apps::sla::declarative::kinds::{FileKind, KindVisitor, is_linked_in_lists, link_properties, walk};
use crate::apps::sla::declarative::link_names::{LinkNames, PlannedLinks};
use crate::apps::sla::label;
use crate::apps::sla::label::values::LabelValues;
use crate::apps::sla::properties::{LinkTarget, link_targets, links_labels};
use crate::apps::sla::stored::Stored;
use crate::auth::{Account, Action, Model};
use crate::db::{self, Conn, Result};

/// Objects of one kind as files.
pub struct FileExchange<S>(PhantomData<fn() -> S>);

/// Returns how objects of a kind go out as files and come in from them.
#[must_use]
pub const fn exchange<S: FileKind>() -> &'static FileExchange<S> {
    &FileExchange(PhantomData)
}

impl<S: FileKind> Exchange for FileExchange<S> {
    fn columns(&self) -> &'static [FileColumn] {
        S::COLUMNS
    }

    fn records(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, FileRecord)>> {
        S::load(conn, Some(ids))?.iter().map(readable).collect()
    }

    fn named(&self, column: &FileColumn) -> Option<Model> {
        let mut links = link_properties().into_iter();
        let link = links.find(|link| link.owner == S::MODEL && link.name == column.name);
        link.map(|link| link.target)
    }

    fn takes(&self) -> bool {
        true
    }

    fn plan(&self, conn: &mut Conn, account: &Account, batch: Batch) -> Result<Option<Box<dyn ImportPlan>>> {
        let mut planned = PlannedLinks::default();
        for target in link_targets::<S>() {
            planned.add(target.model, names(conn, account, target)?);
        }
        let mut labels = LabelSupply::none();
        if links_labels::<S>() {
            let stored = label::store::all(conn)?;
            let values = LabelValues::new(stored.iter().map(|row| (row.name.as_str(), row.value.as_str())));
            planned = planned.with_labels(values);
            labels = LabelSupply {
                stored: stored.into_iter().map(|row| (row.name, row.value)).collect(),
                may_add: account.may(LABEL.permission(Action::Add)),
            };
        }
        let links = ImportLinks { planned, labels };
        plan::<S>(conn, account, &links, batch).map(Some)
    }
}

/// Returns the names that rows may give as links to objects of a model. A name under the wrong key is explained to users with the
/// permission to view what has it.
fn names(conn: &mut Conn, account: &Account, target: &LinkTarget) -> Result<LinkNames> {
    let names: HashMap<i64, String> = (target.names)(conn)?.into_iter().collect();
    let mut reader = VisibleOthers {
        conn,
        account,
        names: LinkNames::existing(target, &names),
        of: target.model,
    };
    walk(&mut reader)?;
    Ok(reader.names)
}

/// Adds the names of everything that objects are linked to beside the model `of`.
struct VisibleOthers<'a> {
    conn: &'a mut Conn,
    account: &'a Account,
    names: LinkNames,
    of: Model,
}

impl KindVisitor for VisibleOthers<'_> {
    type Error = db::Error;

    fn visit<S: FileKind>(&mut self) -> Result<()> {
        if S::MODEL != self.of && is_linked_in_lists(S::MODEL) && self.account.may(S::MODEL.permission(Action::View)) {
            let titles = S::titles(self.conn)?.into_iter();
            self.names.beside::<S>(titles.map(|(_, title)| title));
        }
        Ok(())
    }
}

/// Returns an object as it goes out. What can be read in part alone stays: taken in again, the rest of it would be lost.
fn readable<S: FileKind>(stored: &Stored<S>) -> Result<(i64, FileRecord)> {
    match &stored.unreadable {
        None => Ok((stored.id, stored.state.to_json())),
        Some(reason) => Err(db::Error::Corrupt(format!(
            "the {} “{}” cannot be read: {reason}",
            S::NAME,
            stored.state.title()
        ))),
    }
}
