//! The plan of an exception. A window gets a rule for one time. A component gets it in a calendar or window that it alone has, made when
//! it is first needed and named after it.

use super::asked::AskedException;
use super::stored::ExceptedObject;
use crate::admin::model::Refusal;
use crate::apps::sla::calendar::state::{CalendarState, calendars};
use crate::apps::sla::component::state::ComponentState;
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::change_plan::ChangePlan;
use crate::apps::sla::declarative::kinds::FileKind;
use crate::apps::sla::read_model::links::Link;
use crate::apps::sla::read_model::model::ReadModel;
use crate::apps::sla::rule::{RULES_MAX, RuleDefinition};
use crate::apps::sla::stored::Stored;
use crate::apps::sla::window::state::{WindowState, windows};
use crate::apps::sla::{CALENDAR, WINDOW, calendar, window};
use crate::db::{self, Conn};
use crate::zones::Zone;

/// So many characters of a component's name go into the name of what it alone has.
const NAME_MAX: usize = 170;
/// So many names are tried.
const NAMES_TRIED: usize = 20;

/// What will be stored.
pub(super) struct PlannedException {
    pub(super) plan: ChangePlan,
    /// Where it is kept, in a sentence, if that is another object.
    pub(super) kept_in: Option<String>,
}

/// Returns the plan.
///
/// # Errors
/// [`Refusal::Rule`] where there is no room for it, or what is stored cannot be read.
pub(super) fn planned(
    conn: &mut Conn,
    model: &ReadModel,
    object: &ExceptedObject,
    asked: &AskedException,
) -> Result<PlannedException, Refusal> {
    let rule = asked.rule();
    match object {
        ExceptedObject::Window(stored) => of_window(stored.clone(), rule, asked.is_extra),
        ExceptedObject::Component(stored, zone) => {
            let (kind, title) = match asked.is_extra {
                true => (OwnKind::Window, WINDOW.title),
                false => (OwnKind::Calendar, CALENDAR.title),
            };
            let own = kind.find(conn, model, stored, *zone)?;
            let name = &stored.state.name;
            let plan = match kind {
                OwnKind::Window => {
                    let add_to = |window: &mut WindowState| {
                        has_room(window.rules.len() + window.excludes.len())?;
                        add(&mut window.rules, rule)
                    };
                    with_own(conn, stored, &own, own.window(name, *zone), add_to, |component| {
                        &mut component.windows
                    })
                }
                OwnKind::Calendar => {
                    let add_to = |calendar: &mut CalendarState| {
                        has_room(calendar.rules.len())?;
                        add(&mut calendar.rules, rule)
                    };
                    with_own(conn, stored, &own, own.calendar(name, *zone), add_to, |component| {
                        &mut component.calendars
                    })
                }
            }?;
            Ok(PlannedException {
                plan,
                kept_in: Some(format!("It is kept in the {title} “{}”.", own.name)),
            })
        }
    }
}

fn of_window(stored: Stored<WindowState>, rule: RuleDefinition, is_extra: bool) -> Result<PlannedException, Refusal> {
    readable(stored.unreadable.as_deref())?;
    let mut after = stored.state.clone();
    has_room(after.rules.len() + after.excludes.len())?;
    add(
        match is_extra {
            true => &mut after.rules,
            false => &mut after.excludes,
        },
        rule,
    )?;
    Ok(PlannedException {
        plan: ChangePlan::of(ObjectChange::between(Some(stored), after)),
        kept_in: None,
    })
}

/// Returns the plan by which `add_to` gives a rule to what a component alone has; if that has to be made, to `made`, which joins its `links`.
fn with_own<S: FileKind>(
    conn: &mut Conn,
    component: &Stored<ComponentState>,
    own: &OwnObject,
    mut made: S,
    add_to: impl FnOnce(&mut S) -> Result<(), Refusal>,
    links: fn(&mut ComponentState) -> &mut Vec<String>,
) -> Result<ChangePlan, Refusal> {
    let Some(id) = own.id else {
        add_to(&mut made)?;
        let mut plan = ChangePlan::of([ObjectChange::Add(made)]);
        let mut after = component.state.clone();
        let names = links(&mut after);
        names.push(own.name.clone());
        names.sort();
        plan.components
            .extend(ObjectChange::between(Some(component.clone()), after));
        return Ok(plan);
    };
    let stored = S::load(conn, Some(&[id]))?.pop().ok_or(db::Error::NotFound)?;
    readable(stored.unreadable.as_deref())?;
    let mut after = stored.state.clone();
    add_to(&mut after)?;
    Ok(ChangePlan::of(ObjectChange::between(Some(stored), after)))
}

/// Refuses to change what cannot be read: a part of it would be lost.
fn readable(unreadable: Option<&str>) -> Result<(), Refusal> {
    unreadable.map_or(Ok(()), |reason| {
        Err(Refusal::Rule(format!(
            "It cannot be read ({reason}); correct it in its form first."
        )))
    })
}

/// Adds a rule, unless there is one for the same time already: a form may be sent twice.
fn add(rules: &mut Vec<RuleDefinition>, rule: RuleDefinition) -> Result<(), Refusal> {
    if rules.iter().any(|other| other.rule == rule.rule) {
        let text = "This exception is there already, so nothing was saved.";
        return Err(Refusal::Rule(text.to_owned()));
    }
    rules.push(rule);
    Ok(())
}

fn has_room(rules: usize) -> Result<(), Refusal> {
    match rules < RULES_MAX {
        true => Ok(()),
        false => Err(Refusal::Rule(format!(
            "There are {rules} rules already, which is the limit; remove some that are past."
        ))),
    }
}

/// What a component alone has for its exceptions.
struct OwnObject {
    /// Its key; none if it has to be made.
    id: Option<i64>,
    name: String,
}

impl OwnObject {
    /// Returns the window to be made, without a rule yet.
    fn window(&self, component: &str, zone: Zone) -> WindowState {
        WindowState {
            name: self.name.clone(),
            description: format!("Extra service of {component} alone."),
            timezone: zone,
            valid_from: None,
            valid_until: None,
            enabled: true,
            calendars: Vec::new(),
            rules: Vec::new(),
            excludes: Vec::new(),
        }
    }

    /// Returns the calendar to be made, without a rule yet.
    fn calendar(&self, component: &str, zone: Zone) -> CalendarState {
        CalendarState {
            name: self.name.clone(),
            description: format!("Time without service of {component} alone."),
            timezone: Some(zone),
            enabled: true,
            rules: Vec::new(),
        }
    }
}

/// Of which kind it is.
#[derive(Clone, Copy)]
enum OwnKind {
    Calendar,
    Window,
}

impl OwnKind {
    /// Returns the object that the component alone has, or the name of one that has to be made.
    fn find(
        self,
        conn: &mut Conn,
        model: &ReadModel,
        component: &Stored<ComponentState>,
        zone: Zone,
    ) -> Result<OwnObject, Refusal> {
        let of: String = component.state.name.chars().take(NAME_MAX).collect();
        for number in 1..=NAMES_TRIED {
            let name = match number {
                1 => format!("Exceptions of {of}"),
                _ => format!("Exceptions of {of} ({number})"),
            };
            let twin = match self {
                Self::Calendar => calendar::store::twin(conn, &name, None)?,
                Self::Window => window::store::twin(conn, &name, None)?,
            };
            if twin.is_none() {
                return Ok(OwnObject { id: None, name });
            }
            if let Some(id) = self.own(conn, model, component, &name, zone)? {
                return Ok(OwnObject { id: Some(id), name });
            }
        }
        Err(Refusal::Rule(format!(
            "Other objects are called “Exceptions of {of}”; rename them first."
        )))
    }

    /// Returns the key of the object of this name, if it is enabled, its times are of this zone, and the component alone has it.
    fn own(
        self,
        conn: &mut Conn,
        model: &ReadModel,
        component: &Stored<ComponentState>,
        name: &str,
        zone: Zone,
    ) -> db::Result<Option<i64>> {
        let names = [name.to_owned()];
        let (link, keys, linked) = match self {
            Self::Calendar => {
                let keys = calendar::store::keys_by_names(conn, &names)?;
                (Link::Calendar, keys, &component.state.calendars)
            }
            Self::Window => {
                let keys = window::store::keys_by_names(conn, &names)?;
                (Link::Window, keys, &component.state.windows)
            }
        };
        let Some((id, _)) = keys.into_iter().next() else {
            return Ok(None);
        };
        let cuts_a_window = || {
            let mut windows = model.windows().values();
            windows.any(|window| window.calendars.contains(&id))
        };
        if !linked.iter().any(|own| own == name) || model.users(link, id) != 1 {
            return Ok(None);
        }
        let is_suitable = match self {
            Self::Calendar => {
                let stored = calendars(conn, Some(&[id]))?.pop();
                let suits = |state: &CalendarState| state.enabled && state.timezone == Some(zone);
                !cuts_a_window() && stored.is_some_and(|stored| suits(&stored.state))
            }
            Self::Window => {
                let stored = windows(conn, Some(&[id]))?.pop();
                stored.is_some_and(|stored| stored.state.enabled && stored.state.timezone == zone)
            }
        };
        Ok(is_suitable.then_some(id))
    }
}
