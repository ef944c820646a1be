//! The page, as files too.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::time::Duration;

use askama::Template;

use super::asked::{AskedReport, NAME, ReportFormat, ReportOrder};
use super::cache::ReportCache;
use super::closed_drawn::DrawnClosings;
use super::closings::{ClosedCache, Closings};
use super::computed::{Report, ReportGroup, ReportRow, groups};
use super::totals_drawn::DrawnTotals;
use super::{closing, component, drawn, output, refused};
use crate::admin::added_page::{AppPage, bad_request, listing};
use crate::admin::context::Context;
use crate::admin::listing::{BadParameter, Listing};
use crate::admin::query::Query;
use crate::admin::reply::{Reply, html};
use crate::admin::site::{AppPageDeclaration, SiteEntry};
use crate::admin::views::{self, ViewError, ViewResult};
use crate::apps::sla::COMPONENT;
use crate::apps::sla::closed_report::figures;
use crate::apps::sla::component::named::{named, no_such_component};
use crate::apps::sla::visible_names::VisibleNames;
use crate::calculus::span::Span;
use crate::db::{self, dialect};

/// How long one query for a report may take.
pub(super) const QUERY_LIMIT: Duration = Duration::from_secs(600);

/// How many reports are kept: those that were asked for last.
const REPORTS_MAX: usize = 8;

/// The page.
pub struct ReportPage {
    cache: ReportCache,
    closed: ClosedCache,
}

impl Default for ReportPage {
    fn default() -> Self {
        Self {
            cache: ReportCache::of(REPORTS_MAX),
            closed: ClosedCache::default(),
        }
    }
}

impl AppPage for ReportPage {
    fn declaration(&self) -> AppPageDeclaration {
        AppPageDeclaration {
            app: COMPONENT.app,
            name: NAME,
            title: "Report",
            shows: &[(COMPONENT, "of", "components")],
            adapt: Query::clone,
            is_offered: true,
            search_words: "attained availability SLO month",
        }
    }

    fn view(&self, context: &mut Context<'_>) -> ViewResult {
        self.answer(context, None)
    }

    fn post(&self, context: &mut Context<'_>, posted: &Query) -> ViewResult {
        self.answer(context, Some(posted))
    }
}

impl ReportPage {
    fn answer(&self, context: &mut Context<'_>, posted: Option<&Query>) -> ViewResult {
        let site = context.site;
        let Some(entry) = site.get(COMPONENT) else {
            return views::not_found(context);
        };
        let now = context.now.and_utc().timestamp();
        let (mut asked, span, listing) = match understood(context, entry, now) {
            Ok(understood) => understood,
            Err(_) if posted.is_none() && refused::is_needed(&context.query) => return refused::page(context),
            Err(bad) => return bad_request(context, entry, &bad),
        };
        if let Some(name) = &asked.component {
            let Some(id) = named(context.conn, name)? else {
                let bad = no_such_component(name);
                return bad_request(context, entry, &bad);
            };
            asked.query.ids = Some([id].into());
            if asked.format == ReportFormat::Page && posted.is_none() {
                return component::page(context, entry, &asked, (id, span, now), &self.closed);
            }
        }
        let read = dialect::read_snapshot(context.conn, QUERY_LIMIT, |conn| -> db::Result<_> {
            let report = match &asked.query.ids {
                None => self.cache.report(conn, &asked.query, span, now)?,
                Some(_) => Report::read(conn, &asked.query, span, now)?.into(),
            };
            let all = report.matching(&asked.matches);
            let closings = Closings::read(conn, &self.closed, &asked.query, asked.scope().as_ref(), &all)?;
            Ok((report, closings))
        });
        let (report, closings) = read?;
        let all = report.matching(&asked.matches);
        if let Some(posted) = posted {
            return closing::close(context, &asked, (&all, span, now), posted);
        }
        let closings = closings.visible(VisibleNames::of(&context.account));
        let mut found = all.clone();
        if !asked.of_list.is_empty() {
            let list = entry.admin.list(context.conn)?;
            let keys = list.keys_in_order(context.conn, &listing.wanted, 0, i64::MAX)?;
            let places: HashMap<i64, usize> = keys.into_iter().zip(0..).collect();
            found.retain(|row| places.contains_key(&row.id));
            found.sort_by_key(|row| places[&row.id]);
        }
        let rows = shown(&found, &asked);
        reply(
            context,
            entry,
            &asked,
            Replied {
                report: &report,
                listing: &listing,
                all,
                found,
                rows,
                span,
                now,
                closings,
            },
        )
    }
}

/// Returns what the address asks for: the report, its span and the list.
fn understood(
    context: &Context<'_>,
    entry: &SiteEntry,
    now: i64,
) -> Result<(AskedReport, Span, Listing), BadParameter> {
    let asked = AskedReport::read(&context.query, context.zone(), now)?;
    // Which components a selector takes says which of them have the label, as groups do.
    let by_labels = [("group", asked.group.is_some()), ("match", !asked.matches.is_empty())];
    if let Some((name, _)) = by_labels.into_iter().find(|(_, is_given)| *is_given)
        && !VisibleNames::of(&context.account).labels
    {
        return Err(BadParameter {
            name: name.to_owned(),
            reason: "you may not view labels".to_owned(),
        });
    }
    let span = asked.span()?;
    let listing = listing(context, entry, &asked.of_list)?;
    Ok((asked, span, listing))
}

/// Returns the rows with the verdict that is asked for, as they are sorted.
fn shown<'a>(found: &[&'a ReportRow], asked: &AskedReport) -> Vec<&'a ReportRow> {
    let is_meant = |row: &&ReportRow| asked.verdict.is_none_or(|verdict| row.attainment.verdict() == verdict);
    let mut rows: Vec<&ReportRow> = found.iter().copied().filter(is_meant).collect();
    sort(&mut rows, asked);
    rows
}

/// Sorts rows as it is asked for, up or down; those that are the same stay in the order of the list.
fn sort(rows: &mut [&ReportRow], asked: &AskedReport) {
    let compare = |one: &ReportRow, other: &ReportRow| {
        let (one, other) = (&one.attainment, &other.attainment);
        match asked.order {
            ReportOrder::Name => Ordering::Equal,
            ReportOrder::Promised => one.planned().cmp(&other.planned()),
            ReportOrder::Down => one.account().down().cmp(&other.account().down()),
            ReportOrder::Unknown => one.account().unknown().cmp(&other.account().unknown()),
            ReportOrder::Attained => one.compare(other),
            ReportOrder::Left => one.left().unwrap_or(i64::MAX).cmp(&other.left().unwrap_or(i64::MAX)),
            ReportOrder::Verdict => other.verdict().cmp(&one.verdict()),
        }
    };
    match (asked.order, asked.is_descending) {
        // They come in the order of the list, which is that of names.
        (ReportOrder::Name, true) => rows.reverse(),
        (_, false) => rows.sort_by(|one, other| compare(one, other)),
        (_, true) => rows.sort_by(|one, other| compare(other, one)),
    }
}

/// What is replied.
struct Replied<'a> {
    report: &'a Report,
    listing: &'a Listing,
    /// All rows of the report.
    all: Vec<&'a ReportRow>,
    /// Those of the list, whatever their verdict.
    found: Vec<&'a ReportRow>,
    /// Those that are shown.
    rows: Vec<&'a ReportRow>,
    span: Span,
    now: i64,
    closings: Closings,
}

fn reply(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    asked: &AskedReport,
    replied: Replied<'_>,
) -> Result<Reply, ViewError> {
    let Replied {
        report,
        listing,
        all,
        found,
        rows,
        span,
        now,
        closings,
    } = replied;
    let groups: Option<Vec<ReportGroup>> = asked.group.as_ref().map(|label| groups(&rows, label));
    let lines = || {
        let mut lines = output::lines(&rows, groups.as_deref());
        closings.mark(&mut lines, &all, asked.is_whole());
        lines
    };
    match asked.format {
        ReportFormat::Json => {
            let lines: Vec<String> = lines().iter().map(|line| output::json(line, span)).collect();
            Ok(Reply::Json(format!("[{}]\n", lines.join(",\n"))))
        }
        ReportFormat::Csv => Ok(Reply::File {
            name: format!("report-{}.csv", asked.query.period.first()),
            media_type: "text/csv; charset=utf-8",
            body: output::csv(&lines(), span),
        }),
        ReportFormat::Page => {
            let total = ReportGroup::of(None, &rows);
            let totals = DrawnTotals::new(&context.query, &found, &total);
            let digest = || figures::digest(&all, span);
            let closed = DrawnClosings::new(context, asked, &closings, (&all, span, now), || {
                match all.len() == report.rows.len() {
                    true => report.digest.get_or_init(digest).clone(),
                    false => digest(),
                }
            });
            let page = drawn::page(
                context,
                entry,
                asked,
                drawn::Shown {
                    report,
                    listing,
                    totals,
                    rows: &rows,
                    groups: groups.as_deref(),
                    total: &total,
                    closed,
                },
            )?;
            Ok(html(page.render()?))
        }
    }
}
