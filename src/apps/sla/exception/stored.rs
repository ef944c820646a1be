//! What an exception is for, as it is stored.

use crate::apps::sla::component::state::{ComponentState, components};
use crate::apps::sla::stored::Stored;
use crate::apps::sla::window::state::{WindowState, windows};
use crate::apps::sla::{WINDOW, component};
use crate::auth::Model;
use crate::db::{self, Conn};
use crate::zones::{self, Zone};

/// A window or component.
pub(super) enum ExceptedObject {
    Window(Stored<WindowState>),
    /// A component, and the zone in which the times are meant.
    Component(Stored<ComponentState>, Zone),
}

/// Loads the object of a key; a component without windows has its times in the zone of the viewer.
pub(super) fn load(conn: &mut Conn, model: Model, id: i64, viewer: Zone) -> db::Result<Option<ExceptedObject>> {
    if model == WINDOW {
        return Ok(windows(conn, Some(&[id]))?.pop().map(ExceptedObject::Window));
    }
    let Some(stored) = components(conn, Some(&[id]))?.pop() else {
        return Ok(None);
    };
    let zones = component::store::zones_of(conn, id)?;
    let zone = zones.first().and_then(|name| zones::current().get(name));
    Ok(Some(ExceptedObject::Component(stored, zone.unwrap_or(viewer))))
}

impl ExceptedObject {
    pub(super) fn id(&self) -> i64 {
        match self {
            Self::Window(stored) => stored.id,
            Self::Component(stored, _) => stored.id,
        }
    }

    pub(super) fn version(&self) -> i64 {
        match self {
            Self::Window(stored) => stored.version,
            Self::Component(stored, _) => stored.version,
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Window(stored) => &stored.state.name,
            Self::Component(stored, _) => &stored.state.name,
        }
    }

    /// Returns the zone in which dates and times are meant.
    pub(super) fn zone(&self) -> Zone {
        match self {
            Self::Window(stored) => stored.state.timezone,
            Self::Component(_, zone) => *zone,
        }
    }
}
