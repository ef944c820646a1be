//! The timeline: the hours of components or windows side by side, drawn by the server from the same calculus as the metrics.

mod asked;
mod drawn;
mod file;
mod row_hours;
mod rows;
mod spoken;

use std::sync::Arc;
use std::time::Duration;

use askama::Template;

pub use self::asked::NAME;
use self::asked::{Format, TimelineQuery};
use self::row_hours::row_hours;
use self::rows::RowPage;
use crate::admin::added_page::{AppPage, bad_request, listing};
use crate::admin::context::Context;
use crate::admin::listing::BadParameter;
use crate::admin::reply::html;
use crate::admin::site::AppPageDeclaration;
use crate::admin::views::{self, ViewResult};
use crate::apps::sla::component::named::{named, no_such_component};
use crate::apps::sla::read_model::newest::ReadModels;
use crate::apps::sla::visible_names::VisibleNames;
use crate::apps::sla::{COMPONENT, LABEL, WINDOW};
use crate::auth::Action;
use crate::db::dialect;

/// How long a query for hours may last.
const QUERY_LIMIT: Duration = Duration::from_secs(10);

/// The page.
pub struct TimelinePage {
    read_models: Arc<ReadModels>,
}

impl TimelinePage {
    /// Creates the page over the state from which components are listed.
    #[must_use]
    pub fn new(read_models: Arc<ReadModels>) -> Self {
        Self { read_models }
    }
}

impl AppPage for TimelinePage {
    fn declaration(&self) -> AppPageDeclaration {
        AppPageDeclaration {
            app: COMPONENT.app,
            name: NAME,
            title: "Timeline",
            shows: &[(COMPONENT, "of", "components"), (WINDOW, "of", "windows")],
            adapt: asked::of_day,
            is_offered: true,
            search_words: "today week month hours",
        }
    }

    fn view(&self, context: &mut Context<'_>) -> ViewResult {
        let now = context.now.and_utc().timestamp();
        let site = context.site;
        let viewed = [COMPONENT, WINDOW].into_iter();
        let mut viewed = viewed.filter(|model| context.account.may(model.permission(Action::View)));
        let first = viewed.next().unwrap_or(COMPONENT);
        let of = TimelineQuery::model(&context.query, first);
        let model = match &of {
            Ok(of) => *of,
            Err(_) => first,
        };
        let Some(entry) = site.get(model) else {
            return views::not_found(context);
        };
        if !entry.may(&context.account, Action::View) {
            return views::forbidden(context);
        }
        let asked = of.and_then(|of| TimelineQuery::read(of, &context.query, context.zone(), now));
        let understood = asked.and_then(|asked| {
            let range = asked.range().ok_or_else(|| BadParameter {
                name: "at".to_owned(),
                reason: format!("the clock of {} skips this day", asked.zone),
            })?;
            if asked.group.is_some() && !context.account.may(LABEL.permission(Action::View)) {
                return Err(BadParameter {
                    name: "group".to_owned(),
                    reason: "you may not view labels".to_owned(),
                });
            }
            let listing = listing(context, entry, &asked.of_list)?;
            Ok((asked, range, listing))
        });
        let (asked, range, listing) = match understood {
            Ok(understood) => understood,
            Err(bad) => return bad_request(context, entry, &bad),
        };
        let page = match &asked.component {
            None => rows::page(context, entry, &self.read_models, &listing, &asked)?,
            Some(name) => match named(context.conn, name)? {
                Some(id) => RowPage::of_one(id),
                None => return bad_request(context, entry, &no_such_component(name)),
            },
        };
        let keys: Vec<i64> = page.rows.iter().map(|(key, _)| *key).collect();
        let (are_windows, names) = (asked.of == WINDOW, VisibleNames::of(&context.account));
        let hours = dialect::read_snapshot(context.conn, QUERY_LIMIT, |conn| {
            row_hours(conn, are_windows, &keys, (range, now), names)
        })?;
        if let (Format::Csv | Format::Json, Err(bad)) = (asked.format, file::check(&hours)) {
            return bad_request(context, entry, &bad);
        }
        match asked.format {
            Format::Csv => Ok(file::csv(&asked, &hours)),
            Format::Json => Ok(file::json(&asked, &hours)),
            Format::Page => {
                let page = drawn::page(context, entry, (&asked, &listing), range, &page, &hours)?;
                Ok(html(page.render()?))
            }
        }
    }
}
