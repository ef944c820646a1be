//! All that opens and closes within 24 hours, in pages.

use std::fmt::Display;
use std::sync::Arc;

use askama::Template;

use super::turns::{ShownTurn, turns};
use super::upcoming::{TurnReach, count_within, turning_words, upcoming};
use crate::admin::added_page::AppPage;
use crate::admin::address::Address;
use crate::admin::context::{Context, PageFrame};
use crate::admin::links;
use crate::admin::listing::last_page;
use crate::admin::query::Query;
use crate::admin::reply::html;
use crate::admin::site::AppPageDeclaration;
use crate::admin::views::ViewResult;
use crate::apps::sla::COMPONENT;
use crate::apps::sla::read_model::newest::ReadModels;
use crate::calculus::civil::DAY;
use crate::metrics::state::current::CurrentState;
use crate::text::counted;

/// The name of the page in its address.
pub(super) const NAME: &str = "upcoming";

/// Turns of a page.
const PAGE_SIZE: i64 = 100;

/// The page.
pub struct NextDayPage {
    metrics: Arc<CurrentState>,
    read_models: Arc<ReadModels>,
}

impl NextDayPage {
    /// Creates the page over what the metrics show and the state from which components are listed.
    #[must_use]
    pub fn new(metrics: Arc<CurrentState>, read_models: Arc<ReadModels>) -> Self {
        Self { metrics, read_models }
    }
}

/// The page, drawn.
#[derive(Template)]
#[template(path = "sla/upcoming.html", whitespace = "minimize")]
struct NextDayDrawing {
    frame: PageFrame,
    summary: String,
    turns: Vec<ShownTurn>,
    pages: Vec<(String, Option<String>)>,
    total: String,
}

impl AppPage for NextDayPage {
    fn declaration(&self) -> AppPageDeclaration {
        AppPageDeclaration {
            app: COMPONENT.app,
            name: NAME,
            title: "The next 24 hours",
            shows: &[(COMPONENT, "of", "components")],
            adapt: Query::clone,
            is_offered: false,
            search_words: "changes opens closes upcoming today",
        }
    }

    fn view(&self, context: &mut Context<'_>) -> ViewResult {
        let now = self.metrics.now_seconds();
        let state = self.metrics.state_now();
        let model = self.read_models.current(context.conn)?;
        let users = state.as_ref().map_or_else(Vec::new, |state| state.users_by_slot());
        let mut found = Vec::new();
        let mut components = 0;
        if let Some(state) = &state {
            found = upcoming(state, &users, now, TurnReach::DAY);
            components = count_within(state, &users, now.saturating_add(DAY));
        }
        let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
        let last = last_page(count, PAGE_SIZE);
        let asked = context.query.get("p").and_then(|page| page.parse::<i64>().ok());
        let page = asked.unwrap_or(1).clamp(1, last);
        let place = |page: i64| usize::try_from(page * PAGE_SIZE).unwrap_or(usize::MAX);
        let shown = found.into_iter().skip(place(page - 1)).take(place(1)).collect();
        let turns = match &state {
            Some(state) => turns(context, state, &model, shown)?,
            None => Vec::new(),
        };
        let way = vec![
            ("Home".to_owned(), Some(Address::Index.into())),
            ("The next 24 hours".to_owned(), None),
        ];
        let drawing = NextDayDrawing {
            summary: format!("{} within 24 hours.", turning_words(components)),
            turns,
            pages: links::page_links(page, last, &context.query),
            total: counted(count, "change"),
            frame: context.frame("The next 24 hours", way, "app-sla upcoming-page"),
        };
        Ok(html(drawing.render()?))
    }
}

impl NextDayDrawing {
    /// Returns a link as browsers need it.
    fn url(&self, link: impl Display) -> String {
        self.frame.url(link)
    }
}
