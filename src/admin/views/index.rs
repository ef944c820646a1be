//! The start page of the admin and of each app.

use std::collections::{BTreeSet, HashSet};

use askama::Template;

use super::{ViewResult, hidden, not_found};
use crate::admin::added_page::StartPart;
use crate::admin::address::Address;
use crate::admin::context::Context;
use crate::admin::model::{Dashboard, DashboardCount, ListQuery, NOT_SHOWN, Tone};
use crate::admin::pages::index::{IndexPage, ShownAct, ShownGlance, ShownStep};
use crate::admin::reply::html;
use crate::admin::site::{GuideStep, SiteEntry};
use crate::audit::store::{self as audit_log, LogEntry};
use crate::auth::{Action, Model};
use crate::db;
use crate::text::thousands;

/// How many of the user's own entries are shown.
const RECENT: i64 = 10;

/// Returns the start page: how things stand, what apps add, and all models that the user may see.
pub fn index(context: &mut Context<'_>, added: &[Box<dyn StartPart>]) -> ViewResult {
    let apps = context.apps();
    let recent = recent(context)?;
    let guide = guide(context)?;
    let glances = if guide.is_empty() { glances(context) } else { Vec::new() };
    let mut parts = Vec::new();
    for part in added {
        parts.extend(part.html(context)?);
    }
    let mut frame = context.frame("Site administration", Vec::new(), "dashboard");
    // The page is the list of models: it needs none beside it.
    frame.apps.clear();
    let page = IndexPage {
        frame,
        apps,
        glances,
        parts,
        recent,
        guide,
    };
    Ok(html(page.render()?))
}

/// Returns the models of one app.
pub fn app(context: &mut Context<'_>, name: &str) -> ViewResult {
    let apps: Vec<_> = context.apps().into_iter().filter(|app| app.name == name).collect();
    if apps.is_empty() {
        return not_found(context);
    }
    let title = apps[0].title.clone();
    let way = vec![("Home".to_owned(), Some(Address::Index.into())), (title.clone(), None)];
    let recent = recent(context)?;
    let frame = context.frame(
        &format!("{title} administration"),
        way,
        &format!("dashboard app-{name}"),
    );
    let page = IndexPage {
        frame,
        apps,
        glances: Vec::new(),
        parts: Vec::new(),
        recent,
        guide: Vec::new(),
    };
    Ok(html(page.render()?))
}

/// Returns the steps to the first results, for users with the permissions for them, as long as objects of the last step are missing.
fn guide(context: &mut Context<'_>) -> Result<Vec<ShownStep>, super::ViewError> {
    let site = context.site;
    let entry = |step: &GuideStep| step.model.and_then(|model| site.get(model));
    let entries: Vec<_> = site.guide().iter().filter_map(entry).collect();
    let may =
        |entry: &&SiteEntry| entry.may(&context.account, Action::Add) && entry.may(&context.account, Action::View);
    let Some(last) = entries.last().filter(|_| entries.iter().all(may)) else {
        return Ok(Vec::new());
    };
    if has_any(context, last)? {
        return Ok(Vec::new());
    }
    let mut steps = Vec::new();
    for step in site.guide() {
        let done = match entry(step) {
            Some(entry) => has_any(context, entry)?,
            None => false,
        };
        steps.push(ShownStep {
            title: step.title,
            url: step.address.to_string(),
            why: step.why,
            done,
        });
    }
    Ok(steps)
}

/// Returns whether there is any object of a model.
fn has_any(context: &mut Context<'_>, entry: &SiteEntry) -> Result<bool, super::ViewError> {
    let list = entry.admin.list(context.conn)?;
    Ok(list.count(context.conn, &ListQuery::default(), 1)? > 0)
}

/// Returns how things stand, in numbers of the models that the user may view.
fn glances(context: &Context<'_>) -> Vec<ShownGlance> {
    let entries = context.site.entries().iter();
    let viewed = entries.filter(|entry| entry.may(&context.account, Action::View));
    let shown = |entry: &SiteEntry, glance: DashboardCount| ShownGlance {
        count: thousands(glance.count),
        words: glance.words,
        tone: match glance.tone {
            Tone::Active => "active",
            Tone::Quiet => "quiet",
            Tone::Warn => "warn",
            Tone::Bad => "bad",
        },
        link: glance.query.map(|query| format!("{}{query}", entry.url())),
    };
    viewed
        .flat_map(|entry| {
            entry
                .admin
                .dashboard()
                .map_or_else(Vec::new, Dashboard::counts)
                .into_iter()
                .map(move |glance| shown(entry, glance))
        })
        .collect()
}

/// Returns the user's last entries; what is not there any more has no link.
fn recent(context: &mut Context<'_>) -> Result<Vec<ShownAct>, super::ViewError> {
    let entries = audit_log::newest_of_user(context.conn, context.account.id, RECENT)?;
    let there = still_there(context, &entries)?;
    let shown = entries.into_iter().map(|entry| {
        let viewed = model_of(context, &entry).filter(|model| model.may(&context.account, Action::View));
        let link = viewed.filter(|model| there.contains(&(model.spec.model, entry.object_id)));
        let verb = entry.verb();
        let title = match viewed {
            Some(model) => hidden::title_of_entry(context, model, &entry),
            None => NOT_SHOWN.to_owned(),
        };
        ShownAct {
            class: match verb {
                "Added" => "addlink",
                "Deleted" => "deletelink",
                _ => "changelink",
            },
            verb,
            link: link.map(|model| model.change_url(entry.object_id)),
            kind: model_of(context, &entry).map_or(entry.content_type, |model| model.spec.singular.to_owned()),
            title,
            at: context.natural(entry.action_time),
        }
    });
    Ok(shown.collect())
}

/// Returns the model of an entry's object, if it is one of the site.
fn model_of<'a>(context: &Context<'a>, entry: &LogEntry) -> Option<&'a SiteEntry> {
    let (app, model) = entry.content_type.split_once('.')?;
    context.site.find(app, model)
}

/// Returns which of the objects of entries are still there, asking each model once.
fn still_there(context: &mut Context<'_>, entries: &[LogEntry]) -> db::Result<HashSet<(Model, i64)>> {
    let mut there = HashSet::new();
    for model in context.site.entries() {
        let of_model = entries.iter().filter(|entry| {
            let found = model_of(context, entry);
            found.is_some_and(|found| found.spec.model == model.spec.model)
        });
        let ids: BTreeSet<i64> = of_model.map(|entry| entry.object_id).collect();
        if ids.is_empty() {
            continue;
        }
        let ids: Vec<i64> = ids.into_iter().collect();
        let titles = model.admin.titles(context.conn, &ids)?.into_iter();
        there.extend(titles.map(|(id, _)| (model.spec.model, id)));
    }
    Ok(there)
}
