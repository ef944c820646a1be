//! The start page of the admin and of each app.

use askama::Template;

use super::{Outcome, not_found};
use crate::admin::context::Context;
use crate::admin::model::Wanted;
use crate::admin::pages::{IndexPage, ShownStep};
use crate::admin::reply::html;
use crate::admin::site::{Entry, Step};
use crate::audit::store as trail;
use crate::auth::Action;

/// How many of the user's own entries are shown.
const RECENT: i64 = 10;

/// All models that the user may see.
///
/// # Errors
/// Those of the database and of the template.
pub fn index(context: &mut Context<'_>) -> Outcome {
    let apps = context.apps();
    let recent = recent(context)?;
    let guide = guide(context)?;
    let mut frame = context.frame("Site administration", Vec::new(), "dashboard");
    // The page is the list of models: it needs none beside it.
    frame.apps.clear();
    let page = IndexPage {
        frame,
        apps,
        recent,
        guide,
    };
    Ok(html(page.render()?))
}

/// The models of one app.
///
/// # Errors
/// Those of the database and of the template.
pub fn app(context: &mut Context<'_>, name: &str) -> Outcome {
    let apps: Vec<_> = context.apps().into_iter().filter(|app| app.name == name).collect();
    if apps.is_empty() {
        return not_found(context);
    }
    let title = apps[0].title.clone();
    let way = vec![("Home".to_owned(), Some("/admin/".to_owned())), (title.clone(), None)];
    let recent = recent(context)?;
    let frame = context.frame(
        &format!("{title} administration"),
        way,
        &format!("dashboard app-{name}"),
    );
    let page = IndexPage {
        frame,
        apps,
        recent,
        guide: Vec::new(),
    };
    Ok(html(page.render()?))
}

/// The way to the first results, for those who may go it, as long as its last objects are missing.
fn guide(context: &mut Context<'_>) -> Result<Vec<ShownStep>, super::Error> {
    let site = context.site;
    let entry = |step: &Step| step.model.and_then(|model| site.get(model));
    let entries: Vec<_> = site.guide().iter().filter_map(entry).collect();
    let may = |entry: &&Entry| entry.may(&context.account, Action::Add) && entry.may(&context.account, Action::View);
    let Some(last) = entries.last().filter(|_| entries.iter().all(may)) else {
        return Ok(Vec::new());
    };
    if last.admin.count(context.conn, &Wanted::default(), 1)? > 0 {
        return Ok(Vec::new());
    }
    let mut steps = Vec::new();
    for step in site.guide() {
        let done = match entry(step) {
            Some(entry) => entry.admin.count(context.conn, &Wanted::default(), 1)? > 0,
            None => false,
        };
        steps.push(ShownStep {
            title: step.title,
            url: step.url,
            why: step.why,
            done,
        });
    }
    Ok(steps)
}

/// The user's last entries; what was deleted has no link.
fn recent(context: &mut Context<'_>) -> Result<Vec<(String, String, Option<String>)>, super::Error> {
    let entries = trail::newest_of_user(context.conn, context.account.id, RECENT)?;
    let shown = entries.into_iter().map(|entry| {
        let class = match entry.action.as_str() {
            "add" => "addlink",
            "delete" => "deletelink",
            _ => "changelink",
        };
        let model = entry
            .content_type
            .split_once('.')
            .and_then(|(app, model)| context.site.find(app, model));
        let link = model.filter(|model| entry.action != "delete" && model.may(&context.account, Action::View));
        let link = link.map(|model| model.object_url(entry.object_id, "change"));
        let kind = model.map_or(entry.content_type.as_str(), |model| model.spec.singular);
        (class.to_owned(), format!("{} ({kind})", entry.object_repr), link)
    });
    Ok(shown.collect())
}
