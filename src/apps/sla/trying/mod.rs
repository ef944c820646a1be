//! An indicator tried out: what its source answers for a component, now and over the last day.
//!
//! The page is prepared with the database and finished without it: while another server is waited for, no connection is held.

mod answered;
mod drawn;
mod slots;

use std::time::Duration;

use askama::Template;

use self::answered::{Trial, tried};
use self::drawn::{TryDrawing, TryHead};
use self::slots::TrySlots;
use super::component::state::{ComponentState, components};
use super::component::store as component_store;
use super::component_selector::ComponentSelector;
use super::indicator::applying::ApplyingIndicators;
use super::indicator::expression::Expression;
use super::indicator::state::{IndicatorState, indicators};
use super::indicator::store as indicator_store;
use super::visible_names::VisibleNames;
use super::{COMPONENT, INDICATOR, TRY};
use crate::admin::added_page::{ObjectPage, bad_request};
use crate::admin::context::Context;
use crate::admin::listing::BadParameter;
use crate::admin::query::Query;
use crate::admin::reply::{Reply, UnfinishedPage, html};
use crate::admin::site::SiteEntry;
use crate::admin::views::ViewError;
use crate::auth::{Action, Model};
use crate::db::{self, Conn};
use crate::prometheus_api::client::{PrometheusClient, QueryLimits};
use crate::prometheus_api::source::Sources;

/// How much a trial may take: it sends two queries, one after the other, and is to be over within five seconds.
const LIMITS: QueryLimits = QueryLimits {
    timeout: Duration::from_millis(2_500),
    bytes_max: 4 * 1024 * 1024,
};
/// The parameter that names a component.
const OF_COMPONENT: &str = "component";
/// The most components that are offered.
const OFFERED_MAX: usize = 10;
/// The most components that are looked at for those that a selector finds.
const LOOKED_AT_MAX: i64 = 1_000;

/// The page.
pub struct TryPage {
    client: PrometheusClient,
    slots: TrySlots,
}

impl TryPage {
    /// Creates the page, which queries these sources.
    #[must_use]
    pub fn new(sources: Sources) -> Self {
        Self {
            client: PrometheusClient::new(sources, LIMITS),
            slots: TrySlots::default(),
        }
    }
}

/// What the address asks for.
enum TryQuery {
    /// Nothing yet.
    Nothing,
    /// A component that there is.
    Of(Box<ComponentState>),
    /// A name that no component has.
    Unknown(String),
}

impl ObjectPage for TryPage {
    fn model(&self) -> Model {
        INDICATOR
    }

    fn name(&self) -> &'static str {
        TRY
    }

    fn view(&self, context: &mut Context<'_>, entry: &SiteEntry, id: i64) -> Result<Option<Reply>, ViewError> {
        let Some(stored) = indicators(context.conn, Some(&[id]))?.pop() else {
            return Ok(None);
        };
        if let Some(bad) = unknown_parameter(&context.query) {
            return bad_request(context, entry, &bad).map(Some);
        }
        let may_choose = context.account.may(COMPONENT.permission(Action::View));
        let asked = match may_choose {
            true => asked(context)?,
            false => TryQuery::Nothing,
        };
        let names = VisibleNames::of(&context.account);
        let offered = match may_choose {
            true => offered(context.conn, id, &stored.state, names)?,
            false => Vec::new(),
        };
        let mut head = TryHead::new(context, entry, (id, &stored.state), &asked, may_choose, offered);
        if let TryQuery::Of(component) = &asked {
            head.measured_by = measured_by(context.conn, component, &stored.state.name)?;
        }
        let TryQuery::Of(component) = asked else {
            return Ok(Some(html(TryDrawing::new(head, None).render()?)));
        };
        if !names.labels && Expression::parse(&stored.state.expression).is_ok_and(|read| read.has_labels()) {
            let reason = "the expression has labels of the component, which you may not view".to_owned();
            return Ok(Some(html(
                TryDrawing::new(head, Some(Trial::NotAsked(reason))).render()?,
            )));
        }
        let Some(slot) = self.slots.take() else {
            return Ok(Some(html(TryDrawing::new(head, Some(Trial::Busy)).render()?)));
        };
        let (client, indicator, now) = (self.client.clone(), stored.state, context.now.and_utc().timestamp());
        Ok(Some(Reply::Unfinished(UnfinishedPage::new(move || {
            let trial = tried(&client, &indicator, &component, now);
            drop(slot);
            TryDrawing::new(head, Some(trial)).render()
        }))))
    }
}

/// Returns the first parameter that the page does not know.
fn unknown_parameter(query: &Query) -> Option<BadParameter> {
    let (name, _) = query.pairs().find(|(name, _)| *name != OF_COMPONENT)?;
    Some(BadParameter {
        name: name.to_owned(),
        reason: "there is no such parameter".to_owned(),
    })
}

/// Returns what the address asks for.
fn asked(context: &mut Context<'_>) -> db::Result<TryQuery> {
    let name = context.query.get(OF_COMPONENT).unwrap_or_default().trim().to_owned();
    if name.is_empty() {
        return Ok(TryQuery::Nothing);
    }
    let spelt = component_store::twin(context.conn, &name, None)?;
    let keys = component_store::keys_by_names(context.conn, &[spelt.unwrap_or_else(|| name.clone())])?;
    let ids: Vec<i64> = keys.into_iter().map(|(id, _)| id).take(1).collect();
    let found = components(context.conn, Some(&ids))?.pop();
    Ok(found.map_or(TryQuery::Unknown(name), |stored| TryQuery::Of(Box::new(stored.state))))
}

/// Says what measures a component, if it is not the indicator `tried`.
fn measured_by(conn: &mut Conn, component: &ComponentState, tried: &str) -> db::Result<Option<String>> {
    let all: Vec<IndicatorState> = indicators(conn, None)?.into_iter().map(|stored| stored.state).collect();
    let applying = ApplyingIndicators::new(all.iter());
    let of = applying.of(&component.name, &component.labels, component.indicator.as_deref());
    Ok(match of {
        Some(state) if state.name == tried => None,
        Some(state) => Some(format!(
            "What measures it is the indicator “{}”, not this one.",
            state.name
        )),
        None => Some("No indicator measures it.".to_owned()),
    })
}

/// Returns names of components that the indicator measures: those that name it, then some that its selector finds, for users with
/// the permission to view labels.
fn offered(conn: &mut Conn, id: i64, indicator: &IndicatorState, visible: VisibleNames) -> db::Result<Vec<String>> {
    let (users, _) = indicator_store::users(conn, &[id])?;
    let mut names: Vec<String> = users.into_iter().map(|(_, _, name)| name).take(OFFERED_MAX).collect();
    let selector = indicator.selector.parse::<ComponentSelector>().ok();
    if let Some(selector) = selector.filter(|_| visible.labels && names.len() < OFFERED_MAX) {
        let rows = component_store::after(conn, i64::MIN, LOOKED_AT_MAX)?;
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let found = components(conn, Some(&ids))?.into_iter().map(|stored| stored.state);
        let found = found.filter(|state| state.indicator.is_none() && selector.takes(&state.name, &state.labels));
        names.extend(found.map(|state| state.name).take(OFFERED_MAX - names.len()));
    }
    Ok(names)
}
