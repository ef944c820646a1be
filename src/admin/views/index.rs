//! The start page of the admin and of each app.

use askama::Template;

use super::{Outcome, not_found};
use crate::admin::context::Context;
use crate::admin::pages::IndexPage;
use crate::admin::reply::html;
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
    let frame = context.frame("Site administration", Vec::new(), "dashboard");
    Ok(html(IndexPage { frame, apps, recent }.render()?))
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
    let way = vec![("Home".to_owned(), Some("/admin/".to_owned())), (name.to_owned(), None)];
    let recent = recent(context)?;
    let frame = context.frame(&format!("{name} administration"), way, "dashboard");
    Ok(html(IndexPage { frame, apps, recent }.render()?))
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
