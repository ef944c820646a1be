//! What opens and closes next, in words and links.

use std::collections::BTreeMap;

use chrono::DateTime;

use super::upcoming::{Turn, TurnTime};
use crate::admin::address::{Address, ModelPage};
use crate::admin::context::Context;
use crate::admin::instant::Instant;
use crate::admin::query::Query;
use crate::apps::sla::component::list::turning_at;
use crate::apps::sla::component::store;
use crate::apps::sla::read_model::model::ReadModel;
use crate::apps::sla::{COMPONENT, WINDOW, timeline};
use crate::auth::Action;
use crate::calculus::coverage::Coverage;
use crate::db;
use crate::metrics::state::ExposedState;
use crate::text::counted;

/// So many components are named.
const NAMED_MAX: u64 = 2;
/// So many windows are named.
const WINDOWS_MAX: usize = 3;
/// So many coverages are looked at for the windows that open or close.
const LOOKED_AT_MAX: usize = 20;

/// Components that open or close at one instant.
pub(super) struct ShownTurn {
    pub(super) at: i64,
    pub(super) when: Instant,
    /// The day in the timeline.
    pub(super) timeline: String,
    pub(super) opens: bool,
    /// `14 components`.
    pub(super) count: String,
    /// The list of these components.
    pub(super) list: String,
    /// Names and addresses, if they are few; in place of their number.
    pub(super) components: Vec<(String, Option<String>)>,
    /// Names and addresses of the windows that open or close.
    pub(super) windows: Vec<(String, String)>,
    /// How many windows there are beside those.
    pub(super) more_windows: usize,
}

impl ShownTurn {
    /// Returns the verb: `opens`, `close`.
    pub(super) fn verb(&self) -> &'static str {
        let is_one = self.components.len() == 1;
        match (self.opens, is_one) {
            (true, true) => "opens",
            (true, false) => "open",
            (false, true) => "closes",
            (false, false) => "close",
        }
    }
}

/// Returns turns in words for a user with the permission to view components.
pub(super) fn turns(
    context: &mut Context<'_>,
    state: &ExposedState,
    model: &ReadModel,
    found: Vec<(TurnTime, Turn)>,
) -> db::Result<Vec<ShownTurn>> {
    let named = named(context, state, &found)?;
    let may_view_windows = context.account.may(WINDOW.permission(Action::View));
    let mut shown = Vec::with_capacity(found.len());
    for ((at, opens), turn) in found {
        let Some(instant) = DateTime::from_timestamp(at, 0) else {
            continue;
        };
        let (windows, more_windows) = match may_view_windows {
            true => windows(state, model, &turn, at),
            false => (Vec::new(), 0),
        };
        let zone = context.zone();
        let day = Query::default()
            .with("scale", "day")
            .with("at", &zone.local_at(at).date().to_string());
        let count = counted(turn.count, "component");
        shown.push(ShownTurn {
            at,
            when: Instant::by_day(instant.naive_utc(), zone, context.now),
            timeline: format!("{}{}", Address::AppPage(COMPONENT.app, timeline::NAME), day.link()),
            opens,
            count: if turn.is_least {
                format!("at least {count}")
            } else {
                count
            },
            list: format!(
                "{}{}",
                Address::Model(COMPONENT, ModelPage::List),
                turning_at(instant, opens).link()
            ),
            components: named.get(&(at, opens)).cloned().unwrap_or_default(),
            windows: windows
                .into_iter()
                .map(|(id, name)| (name, Address::Model(WINDOW, ModelPage::Object(id.into())).into()))
                .collect(),
            more_windows,
        });
    }
    Ok(shown)
}

/// Components by name, each with its address if it is still there.
type NamedComponents = Vec<(String, Option<String>)>;

/// Returns the components of turns that have few.
fn named(
    context: &mut Context<'_>,
    state: &ExposedState,
    turns: &[(TurnTime, Turn)],
) -> db::Result<BTreeMap<TurnTime, NamedComponents>> {
    let mut wanted: BTreeMap<usize, Vec<TurnTime>> = BTreeMap::new();
    let few = turns.iter().filter(|(_, turn)| turn.count <= NAMED_MAX);
    for (time, turn) in few {
        turn.slots
            .iter()
            .for_each(|slot| wanted.entry(*slot).or_default().push(*time));
    }
    if wanted.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut is_wanted = vec![false; state.snapshot().coverages.len()];
    for slot in wanted.keys() {
        if let Some(is_wanted) = is_wanted.get_mut(*slot) {
            *is_wanted = true;
        }
    }
    let mut names: Vec<(String, usize)> = Vec::new();
    for block in state.blocks() {
        for (place, slot) in block.block().coverages().enumerate() {
            if !is_wanted.get(slot).copied().unwrap_or(false) {
                continue;
            }
            if let Some((component, _)) = block.get(place) {
                names.push((component.name().to_owned(), slot));
            }
        }
    }
    let all: Vec<String> = names.iter().map(|(name, _)| name.clone()).collect();
    let keys = store::keys_by_names(context.conn, &all)?.into_iter();
    let keys: BTreeMap<String, i64> = keys.map(|(id, name)| (name, id)).collect();
    let mut named: BTreeMap<TurnTime, NamedComponents> = BTreeMap::new();
    for (name, slot) in names {
        let page = |id: &i64| Address::Model(COMPONENT, ModelPage::Object((*id).into())).into();
        let url: Option<String> = keys.get(&name).map(page);
        for time in wanted.get(&slot).into_iter().flatten() {
            named.entry(*time).or_default().push((name.clone(), url.clone()));
        }
    }
    Ok(named)
}

/// Returns the windows whose hours begin or end at an instant, those of the most components first, and how many more there are.
fn windows(state: &ExposedState, model: &ReadModel, turn: &Turn, at: i64) -> (Vec<(i64, String)>, usize) {
    let mut found: Vec<(i64, String)> = Vec::new();
    for slot in turn.slots.iter().take(LOOKED_AT_MAX) {
        let snapshot = state.snapshot();
        let (Some(Some(coverage)), Some(Some(origin))) = (snapshot.coverages.get(*slot), snapshot.origins.get(*slot))
        else {
            continue;
        };
        let windows = origin
            .0
            .iter()
            .filter_map(|id| model.windows().get(id).map(|entry| (*id, entry)));
        let windows: Vec<_> = windows.filter(|(_, entry)| entry.enabled).collect();
        // What is read for lists may be newer than what the metrics show.
        if windows.len() != coverage.parts().len() {
            continue;
        }
        for ((id, entry), part) in windows.into_iter().zip(coverage.parts()) {
            let turns = || {
                let alone = Coverage::new(vec![part.clone()]);
                alone.covers(at - 1) != alone.covers(at)
            };
            let is_known = found.iter().any(|(known, _)| *known == id);
            if !is_known && (coverage.parts().len() == 1 || turns()) {
                found.push((id, entry.name.clone()));
            }
        }
    }
    let more = found.len().saturating_sub(WINDOWS_MAX);
    found.truncate(WINDOWS_MAX);
    (found, more)
}
