//! The explanation: why a component is inside or outside at an instant. The command line says the same.

mod asked;
mod drawn;
pub mod nights;
mod reasons;
mod scraped;

use std::time::Duration;

use askama::Template;

use self::asked::ExplainQuery;
use self::scraped::Scraped;
use super::component::state::components;
use super::drawing::picture::Picture;
use super::hours::book::HoursBook;
use super::hours::explanation::Explanation;
use super::hours::stored::StoredHours;
use super::visible_names::VisibleNames;
use super::{COMPONENT, EXPLAIN};
use crate::admin::added_page::{ObjectPage, bad_request};
use crate::admin::context::Context;
use crate::admin::reply::{Reply, html};
use crate::admin::site::SiteEntry;
use crate::admin::views::ViewError;
use crate::auth::Model;
use crate::calculus::period::{Period, PeriodKind};
use crate::db::{self, dialect};
use crate::metrics::format::render::Layout;

/// How long a query for hours may last.
const QUERY_LIMIT: Duration = Duration::from_secs(10);

/// The page.
pub struct ExplainPage {
    layout: Layout,
}

impl ExplainPage {
    /// Creates the page, which shows metrics in the layout that is in use.
    #[must_use]
    pub fn new(layout: Layout) -> Self {
        Self { layout }
    }
}

impl ObjectPage for ExplainPage {
    fn model(&self) -> Model {
        COMPONENT
    }

    fn name(&self) -> &'static str {
        EXPLAIN
    }

    fn view(&self, context: &mut Context<'_>, entry: &SiteEntry, id: i64) -> Result<Option<Reply>, ViewError> {
        let (hours, state) = dialect::read_snapshot(context.conn, QUERY_LIMIT, |conn| {
            let hours = StoredHours::of_components(conn, &[id])?;
            Ok::<_, db::Error>((hours, components(conn, Some(&[id]))?.pop()))
        })?;
        let (Some(component), Some(state)) = (hours.component(id), state) else {
            return Ok(None);
        };
        let now = context.now.and_utc().timestamp();
        let asked = match ExplainQuery::read(&context.query, context.zone(), now) {
            Ok(asked) => asked,
            Err(bad) => return bad_request(context, entry, &bad).map(Some),
        };
        let names = VisibleNames::of(&context.account);
        let mut book = HoursBook::new(&hours);
        let explanation = Explanation::new(&hours, &mut book, component, asked.at);
        let day = Period::containing(PeriodKind::Day, asked.zone.local_at(asked.at).date()).span(asked.zone);
        let picture = match (day, explanation.values) {
            (Some(day), Some(_)) => {
                let found = book.hours(&component.key, day.start, day.end).and_then(|mut found| {
                    book.name_cuts(&component.key, &mut found.cuts)?;
                    Ok(found)
                });
                found
                    .ok()
                    .map(|found| Picture::new(&names.in_hours(&found), day, asked.zone, now).marking(asked.at))
            }
            _ => None,
        };
        let before = book.coverage(&component.key).ok().and_then(|coverage| {
            let values = coverage.values(asked.at.saturating_sub(1));
            values.last_start.max(values.last_end)
        });
        let scraped = Scraped::at(context, entry, id, asked.at, asked.zone)?;
        let page = drawn::page(
            context,
            entry,
            drawn::Explained {
                id,
                state: &state.state,
                hours: &hours,
                explanation: &explanation,
                names,
                layout: self.layout,
                picture,
                before,
                scraped,
            },
            &asked,
        );
        Ok(Some(html(page.render()?)))
    }
}
