//! Components as forms, one or ten thousand: what they may be linked to is read once for all of them.

use std::collections::{HashMap, HashSet};

use super::state::{ComponentState, components};
use super::store;
use super::warnings::merging;
use crate::admin::input::FormInput;
use crate::admin::model::{Object, Refusal, Saved};
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::change_plan::ChangePlan;
use crate::apps::sla::declarative::form;
use crate::apps::sla::lint::{self, Finding};
use crate::apps::sla::properties::form::LinkOptions;
use crate::apps::sla::selecting::in_portions;
use crate::apps::sla::stored::Stored;
use crate::apps::sla::window;
use crate::audit::Tx;
use crate::db::{self, Conn};

/// The most sets of windows that are looked at for windows that merge.
const SETS_MAX: usize = 20;

/// Returns the components of these keys, in no order.
pub(super) fn stored(conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<Stored<ComponentState>>> {
    in_portions(ids, |portion| components(conn, Some(&portion)))
}

/// Returns the forms of components, in the order of `ids`, without what the page of one says beside its form.
pub(super) fn objects(conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<Object>> {
    let stored = stored(conn, ids)?;
    let options = LinkOptions::of(conn, &stored.iter().map(|stored| &stored.state).collect::<Vec<_>>())?;
    let object = |stored: Stored<ComponentState>| Object {
        id: stored.id,
        version: stored.version,
        ..options.object(&stored.state)
    };
    let mut objects: HashMap<i64, Object> = stored.into_iter().map(|stored| (stored.id, object(stored))).collect();
    Ok(ids.iter().filter_map(|id| objects.remove(id)).collect())
}

/// Returns what storing the posted forms of components would change; those that are gone, or whose form is refused, are left out.
pub(super) fn changes(
    conn: &mut Conn,
    forms: &mut [(i64, FormInput<'_>)],
) -> db::Result<Vec<ObjectChange<ComponentState>>> {
    let options =
        LinkOptions::posted::<ComponentState>(conn, &forms.iter().map(|(_, input)| input).collect::<Vec<_>>())?;
    let ids: Vec<i64> = forms.iter().map(|(id, _)| *id).collect();
    let stored = stored(conn, &ids)?;
    form::changes(forms, stored, |input, stored| {
        Ok(options.read(input, Some(&stored.state)))
    })
}

/// Stores components in one plan.
pub(super) fn save(
    tx: &mut Tx<'_>,
    forms: &mut [(i64, FormInput<'_>)],
    now: i64,
) -> Result<Vec<Result<Saved, Refusal>>, Refusal> {
    let options =
        LinkOptions::posted::<ComponentState>(tx.reader(), &forms.iter().map(|(_, input)| input).collect::<Vec<_>>())?;
    let ids: Vec<i64> = forms.iter().map(|(id, _)| *id).collect();
    let stored = stored(tx.reader(), &ids)?.into_iter();
    let mut stored: HashMap<i64, Stored<ComponentState>> = stored.map(|stored| (stored.id, stored)).collect();
    let windows = options.names(&window::TARGET);
    let enabled: HashSet<String> = window::store::enabled_among(tx.reader(), &windows)?
        .into_iter()
        .collect();
    let (mut changes, mut outcomes, mut sets) = (Vec::new(), Vec::with_capacity(forms.len()), Vec::new());
    for (id, input) in forms {
        let Some(stored) = stored.remove(id) else {
            outcomes.push(Err(Refusal::Rule("It was deleted meanwhile.".to_owned())));
            continue;
        };
        let after = options.read(input, Some(&stored.state));
        if after.name != stored.state.name
            && let Some(twin) = store::twin(tx.reader(), &after.name, Some(*id))?
        {
            form::refuse_twin(input, "Component", &after.name, &twin);
        }
        if !input.is_valid() {
            outcomes.push(Err(Refusal::Input));
            continue;
        }
        let finding = lint::component::without_window(&after, &enabled);
        let mut warnings: Vec<String> = finding.iter().map(Finding::sentence).collect();
        if stored.state.windows != after.windows && sets.len() < SETS_MAX && !sets.contains(&after.windows) {
            warnings.extend(merging(tx.reader(), &after, now)?);
            sets.push(after.windows.clone());
        }
        let name = after.name.clone();
        let change = ObjectChange::between(Some(stored), after);
        outcomes.push(Ok(form::saved(*id, name, change.is_some(), warnings)));
        changes.extend(change);
    }
    form::carry_out(tx, &ChangePlan::of(changes))?;
    Ok(outcomes)
}
