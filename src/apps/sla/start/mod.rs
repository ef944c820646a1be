//! What service levels add to the start page: what opens and closes next, what needs a look with the way out, and the health of what the
//! figures come from. All of it from memory, but for the keys of the few components that are named, and for windows and calendars, which
//! are read again once any of them changed. What grows with the number of components are walks over what the metrics keep of each: how many
//! have each coverage, which have one of the few that are named, and which share metric names.

mod attention;
mod health;
mod looked_at;
mod next_day;
mod turns;
mod upcoming;

use std::fmt::Display;
use std::sync::Arc;

use askama::Template;

use self::attention::NewestJudgements;
use self::health::{HealthLine, health};
use self::looked_at::{LookItem, NoneRunsOut, RunningOut, looked_at, running_out};
pub use self::next_day::NextDayPage;
use self::turns::{ShownTurn, turns};
use self::upcoming::TurnReach;
use crate::admin::added_page::StartPart;
use crate::admin::address::{Address, ModelPage, with_root};
use crate::admin::context::Context;
use crate::admin::views::ViewError;
use crate::apps::sla::read_model::newest::ReadModels;
use crate::apps::sla::{CALENDAR, COMPONENT, MODELS, WINDOW, report, timeline};
use crate::auth::{Action, Model};
use crate::calculus::civil::DAY;
use crate::metrics::state::current::CurrentState;

/// How many things that need a look are shown at once.
const ITEMS_SHOWN: usize = 8;
/// How many more of them are folded below.
const ITEMS_FOLDED: usize = 100;

/// The part of the start page.
pub struct StartPage {
    metrics: Arc<CurrentState>,
    read_models: Arc<ReadModels>,
    judgements: NewestJudgements,
}

impl StartPage {
    /// Creates the part over what the metrics show and the state from which components are listed.
    #[must_use]
    pub fn new(metrics: Arc<CurrentState>, read_models: Arc<ReadModels>) -> Self {
        Self {
            metrics,
            read_models,
            judgements: NewestJudgements::default(),
        }
    }
}

/// The part, drawn.
#[derive(Template)]
#[template(path = "sla/start.html", whitespace = "minimize")]
struct StartDrawing {
    root: String,
    /// The next turns; nothing for users without the permission to view components, and where there are none.
    turns: Option<Vec<ShownTurn>>,
    /// How many components open or close within a day: `33 components open or close`.
    within_a_day: String,
    /// All that open or close within a day.
    upcoming: String,
    /// The list of components by their next transition.
    by_next: String,
    timeline: String,
    /// What was attained this month.
    report: String,
    /// Whether anything can be judged that the user may view.
    judges: bool,
    items: Vec<LookItem>,
    folded: Vec<LookItem>,
    /// How many more there are.
    more: usize,
    /// How many calendars run out of dates, and the list of them.
    running_out: Vec<(String, String)>,
    /// What is said if none does.
    none_runs_out: Option<NoneRunsOut>,
    health: Vec<HealthLine>,
}

impl StartPart for StartPage {
    fn html(&self, context: &mut Context<'_>) -> Result<Option<String>, ViewError> {
        let may = |model: &Model| context.account.may(model.permission(Action::View));
        if !MODELS.iter().any(may) {
            return Ok(None);
        }
        let sees_components = may(&COMPONENT);
        let judges = [COMPONENT, WINDOW, CALENDAR].iter().any(may);
        let state = self.metrics.state_now();
        let model = self.read_models.current(context.conn)?;
        let now = self.metrics.now_seconds();
        let has_components = state.as_ref().is_some_and(|state| state.snapshot().counts.enabled > 0);
        let shown = state.as_ref().filter(|_| sees_components && has_components);
        let users = shown.map_or_else(Vec::new, |state| state.users_by_slot());
        let within_a_day = shown.map_or(0, |state| {
            upcoming::count_within(state, &users, now.saturating_add(DAY))
        });
        let turns = match shown {
            Some(state) => Some(turns(
                context,
                state,
                &model,
                upcoming::upcoming(state, &users, now, TurnReach::NEAREST),
            )?),
            None => None,
        };
        let judged = self.judgements.of(context.conn, &model, now)?;
        let mut items = looked_at(context, &judged, &model, state.as_deref());
        let mut folded = items.split_off(items.len().min(ITEMS_SHOWN));
        let more = folded.len().saturating_sub(ITEMS_FOLDED);
        folded.truncate(ITEMS_FOLDED);
        let RunningOut {
            counts: running_out,
            none: none_runs_out,
        } = running_out(context, &judged, now);
        let list = Address::Model(COMPONENT, ModelPage::List);
        let drawing = StartDrawing {
            root: context.root.clone(),
            turns,
            within_a_day: upcoming::turning_words(within_a_day),
            upcoming: Address::AppPage(COMPONENT.app, next_day::NAME).into(),
            by_next: format!("{list}?o=next_transition"),
            timeline: format!("{}?scale=day", Address::AppPage(COMPONENT.app, timeline::NAME)),
            report: Address::AppPage(COMPONENT.app, report::NAME).into(),
            judges: judges && (has_components || !items.is_empty() || !running_out.is_empty()),
            items,
            folded,
            more,
            running_out,
            none_runs_out,
            health: health(context, &self.metrics, state.as_deref()),
        };
        Ok(Some(drawing.render()?))
    }
}

impl StartDrawing {
    /// Returns a link as browsers need it.
    fn url(&self, link: impl Display) -> String {
        with_root(&self.root, &link.to_string())
    }
}
