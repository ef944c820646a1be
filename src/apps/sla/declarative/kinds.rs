//! The kinds of objects that files describe. They are listed in this file alone: the inventory, plans, documents and imports walk the
//! list.

use std::convert::Infallible;

use super::change::ObjectChange;
use super::document::draft::Draft;
use super::document::node::ReadError;
use super::keys::LinkKeys;
use super::link_names::PlannedLinks;
use super::merge::merged;
use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::component::state::ComponentState;
use crate::apps::sla::correction::state::CorrectionState;
use crate::apps::sla::indicator::state::IndicatorState;
use crate::apps::sla::label::state::LabelState;
use crate::apps::sla::names::ByName;
use crate::apps::sla::properties::{ObjectState, PropertyKind};
use crate::apps::sla::stored::Stored;
use crate::apps::sla::window::state::WindowState;
use crate::audit::{self, Tx};
use crate::auth::Model;
use crate::db::{self, Conn};
use crate::text;

/// What there is of objects: their drafts, their changes, what is stored.
pub trait Aspect {
    /// What there is of one object of the kind.
    type Of<S: FileKind>;
}

/// What there is of objects of each kind. The order of the kinds is that of reading and writing: what others are linked to comes first.
#[derive(Clone, Debug)]
pub struct EachKind<A: Aspect> {
    /// Of labels.
    pub labels: Vec<A::Of<LabelState>>,
    /// Of calendars.
    pub calendars: Vec<A::Of<CalendarState>>,
    /// Of windows.
    pub windows: Vec<A::Of<WindowState>>,
    /// Of indicators.
    pub indicators: Vec<A::Of<IndicatorState>>,
    /// Of components.
    pub components: Vec<A::Of<ComponentState>>,
    /// Of corrections.
    pub corrections: Vec<A::Of<CorrectionState>>,
}

impl<A: Aspect> Default for EachKind<A> {
    fn default() -> Self {
        Self {
            labels: Vec::new(),
            calendars: Vec::new(),
            windows: Vec::new(),
            indicators: Vec::new(),
            components: Vec::new(),
            corrections: Vec::new(),
        }
    }
}

/// What is done with each kind.
pub trait KindVisitor {
    /// Why it fails.
    type Error;

    /// Does it with one kind.
    ///
    /// # Errors
    /// Those of the visitor; the kinds that follow are not visited then.
    fn visit<S: FileKind>(&mut self) -> Result<(), Self::Error>;
}

/// Visits every kind, what others are linked to first.
///
/// # Errors
/// The first that the visitor reports.
pub fn walk<V: KindVisitor>(visitor: &mut V) -> Result<(), V::Error> {
    visitor.visit::<LabelState>()?;
    visitor.visit::<CalendarState>()?;
    visitor.visit::<WindowState>()?;
    visitor.visit::<IndicatorState>()?;
    visitor.visit::<ComponentState>()?;
    visitor.visit::<CorrectionState>()
}

/// Visits every kind, what is linked to others first.
///
/// # Errors
/// The first that the visitor reports.
pub fn walk_back<V: KindVisitor>(visitor: &mut V) -> Result<(), V::Error> {
    visitor.visit::<CorrectionState>()?;
    visitor.visit::<ComponentState>()?;
    visitor.visit::<IndicatorState>()?;
    visitor.visit::<WindowState>()?;
    visitor.visit::<CalendarState>()?;
    visitor.visit::<LabelState>()
}

impl<A: Aspect> EachKind<A> {
    /// Returns how many objects there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let Self {
            labels,
            calendars,
            windows,
            indicators,
            components,
            corrections,
        } = self;
        labels.len() + calendars.len() + windows.len() + indicators.len() + components.len() + corrections.len()
    }

    /// Returns whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A property by which objects name others.
#[derive(Clone, Copy, Debug)]
pub struct LinkProperty {
    /// The model that has it.
    pub owner: Model,
    /// Its name.
    pub name: &'static str,
    /// The model of what it names.
    pub target: Model,
    /// How it names them.
    pub form: LinkForm,
}

/// How a property names other objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkForm {
    /// One or none.
    Single,
    /// A list of names.
    List,
    /// Labels: a value of each name.
    Labels,
}

/// Returns every property by which objects name others.
#[must_use]
pub fn link_properties() -> Vec<LinkProperty> {
    let mut collector = LinkCollector(Vec::new());
    let Ok(()) = walk(&mut collector);
    collector.0
}

struct LinkCollector(Vec<LinkProperty>);

impl KindVisitor for LinkCollector {
    type Error = Infallible;

    fn visit<S: FileKind>(&mut self) -> Result<(), Infallible> {
        for property in S::PROPERTIES {
            let (form, target) = match &property.kind {
                PropertyKind::Link(_, target) => (LinkForm::Single, target),
                PropertyKind::Links(_, target) => (LinkForm::List, target),
                PropertyKind::Labels(_, target) => (LinkForm::Labels, target),
                _ => continue,
            };
            self.0.push(LinkProperty {
                owner: S::MODEL,
                name: property.name,
                target: target.model,
                form,
            });
        }
        Ok(())
    }
}

/// Returns whether objects of any kind are linked to those of `model` by name, as to all but labels.
#[must_use]
pub fn is_linked(model: Model) -> bool {
    let mut links = link_properties().into_iter();
    links.any(|link| link.target == model && link.form != LinkForm::Labels)
}

/// Returns whether objects of any kind have a list of links to those of `model`: a name in such a list may be one of another.
#[must_use]
pub fn is_linked_in_lists(model: Model) -> bool {
    let mut links = link_properties().into_iter();
    links.any(|link| link.target == model && link.form == LinkForm::List)
}

/// A kind of object that files describe.
pub trait FileKind: ObjectState {
    /// The key of their list in files: `components`.
    const SECTION: &'static str;
    /// Whether objects exist because others name them, as labels do, so that a file need not list them.
    const IS_IMPLIED: bool = false;
    /// Properties that [`FileKind::merged`] judges together: if one of them could not be read, it has nothing to say.
    const JUDGED: &'static [&'static str] = &[];

    /// Returns those of the kind.
    fn of<A: Aspect>(all: &EachKind<A>) -> &Vec<A::Of<Self>>;

    /// Returns those of the kind, to be changed.
    fn of_mut<A: Aspect>(all: &mut EachKind<A>) -> &mut Vec<A::Of<Self>>;

    /// Reads the objects of these keys; all without keys.
    ///
    /// # Errors
    /// Those of [`db`].
    fn load(conn: &mut Conn, ids: Option<&[i64]>) -> db::Result<Vec<Stored<Self>>>;

    /// Returns key and title of every object.
    ///
    /// # Errors
    /// Those of [`db`].
    fn titles(conn: &mut Conn) -> db::Result<Vec<(i64, String)>>;

    /// Returns what an object is to be.
    ///
    /// # Errors
    /// The first property that is refused.
    fn merged(draft: &Draft<Self>, stored: Option<&Stored<Self>>, links: &PlannedLinks) -> Result<Self, ReadError> {
        merged(draft, stored, links)
    }

    /// Returns why a change cannot be made as things are stored: the property, and a message for people. Asked in the transaction of the change,
    /// and for previews of imports.
    ///
    /// # Errors
    /// Those of [`db`].
    fn refusal(_conn: &mut Conn, _change: &ObjectChange<Self>) -> db::Result<Option<(&'static str, String)>> {
        Ok(None)
    }

    /// Returns the key under which two new objects may not both come in.
    fn title_key(draft: &Draft<Self>) -> String {
        text::key(&draft.written.title())
    }

    /// Returns the keys of objects by their titles, as rows of a file may name them.
    fn keys(titles: Vec<(i64, String)>) -> ByName<i64> {
        ByName::of_rows(titles)
    }

    /// Returns the key of the object that a row of a file names.
    fn named(keys: &ByName<i64>, draft: &Draft<Self>) -> Option<i64> {
        keys.get(&draft.written.title()).copied()
    }

    /// Adds and changes objects, notes the keys of those that are added, and reports how many are done.
    ///
    /// # Errors
    /// A permission that the actor lacks, and what the database refuses.
    fn save(
        tx: &mut Tx<'_>,
        changes: &[ObjectChange<Self>],
        keys: &mut LinkKeys,
        report: &mut dyn FnMut(usize),
    ) -> Result<(), audit::Error>;

    /// Deletes objects, and reports how many are done.
    ///
    /// # Errors
    /// A permission that the actor lacks, and what the database refuses.
    fn delete(
        tx: &mut Tx<'_>,
        changes: &[ObjectChange<Self>],
        report: &mut dyn FnMut(usize),
    ) -> Result<(), audit::Error>;
}
