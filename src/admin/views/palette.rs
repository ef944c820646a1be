//! Pages and objects by a few letters: as data for the palette, and as a page for those who have no scripts.

use askama::Template;
use serde_json::json;

use super::list::request::understood;
use super::{ViewResult, capitalised};
use crate::admin::address::{Address, with_root};
use crate::admin::context::Context;
use crate::admin::pages::search::{FoundGroup, FoundItem, SearchPage};
use crate::admin::query::Query;
use crate::admin::reply::{Reply, html};
use crate::admin::site::SiteEntry;
use crate::auth::Action;
use crate::db::limit;
use crate::text::{folded, holds_folded};

/// Objects of one model that are shown.
const SHOWN: usize = 5;
/// Objects of one model that are looked at: those whose name begins like the search come first.
const LOOKED_AT: i64 = 50;
/// Pages that belong to no model.
const PAGES: [(&str, Address); 6] = [
    ("Start page", Address::Index),
    ("Metrics", Address::Metrics),
    ("Sessions", Address::Sessions),
    ("Tokens", Address::Tokens),
    ("Change password", Address::PasswordChange),
    ("Time zone", Address::Timezone),
];

/// Answers `/admin/palette/?q`.
pub fn data(context: &mut Context<'_>) -> ViewResult {
    let search = context.query.get("q").unwrap_or("").trim().to_owned();
    let (groups, note) = found(context, &search)?;
    let root = context.root.clone();
    let item = |item: &FoundItem| json!({"title": item.title, "kind": item.kind, "url": with_root(&root, &item.url)});
    let group =
        |group: &FoundGroup| json!({"title": group.title, "items": group.items.iter().map(item).collect::<Vec<_>>()});
    let groups: Vec<_> = groups.iter().map(group).collect();
    Ok(Reply::Json(json!({"groups": groups, "note": note}).to_string()))
}

/// Answers `/admin/search/?q`.
pub fn page(context: &mut Context<'_>) -> ViewResult {
    let search = context.query.get("q").unwrap_or("").trim().to_owned();
    let (groups, mut note) = found(context, &search)?;
    if groups.is_empty() && note.is_empty() {
        note = format!("Nothing is called “{search}”.");
    }
    let way = vec![
        ("Home".to_owned(), Some(Address::Index.into())),
        ("Search".to_owned(), None),
    ];
    let page = SearchPage {
        frame: context.frame("Search", way, "search-page"),
        search,
        note,
        groups,
    };
    Ok(html(page.render()?))
}

/// Returns what the account may see of what matches, and why nothing was looked for.
fn found(context: &mut Context<'_>, search: &str) -> Result<(Vec<FoundGroup>, String), super::ViewError> {
    let mut groups = pages(context, search);
    let mut note = String::new();
    if !search.is_empty() {
        let site = context.site;
        // The audit log holds what happened to objects, many times each; its list has a search of its own.
        let entries = site.entries().iter().filter(|entry| !entry.spec.is_log());
        for entry in entries {
            limit::check()?;
            match objects(context, entry, search)? {
                Ok(group) => groups.push(group),
                Err(reason) => note = reason,
            }
        }
    }
    groups.retain(|group| !group.items.is_empty());
    Ok((groups, note))
}

/// Lists, forms to add, and pages that every user has, whose title holds every word of the search.
fn pages(context: &Context<'_>, search: &str) -> Vec<FoundGroup> {
    let words: Vec<String> = search
        .split_whitespace()
        .map(|word| folded(word).into_owned())
        .collect();
    let item = |title: &str, url: &str| FoundItem {
        title: title.to_owned(),
        kind: String::new(),
        url: url.to_owned(),
    };
    let (mut lists, mut adding) = (Vec::new(), Vec::new());
    for app in context.apps() {
        lists.extend(app.pages.iter().map(|page| item(page.title, &page.url)));
        for model in &app.models {
            if !model.url.is_empty() {
                lists.push(item(&model.plural, &model.url));
            }
            if model.can_add {
                adding.push(item(&format!("Add {}", model.singular), &model.add_url));
            }
        }
    }
    lists.extend(PAGES.iter().map(|(title, address)| item(title, address.pattern())));
    let group = |title: &str, items: Vec<FoundItem>| FoundGroup {
        title: title.to_owned(),
        items: items
            .into_iter()
            .filter(|item| words.iter().all(|word| holds_folded(&item.title, word)))
            .collect(),
    };
    vec![group("Pages", lists), group("Add", adding)]
}

/// Objects of a model that match, the best first, or what is wrong with the search.
fn objects(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    search: &str,
) -> Result<Result<FoundGroup, String>, super::ViewError> {
    let mut group = FoundGroup {
        title: capitalised(entry.spec.plural),
        items: Vec::new(),
    };
    if entry.spec.search.is_none() || !entry.may(&context.account, Action::View) {
        return Ok(Ok(group));
    }
    let query = Query::default().with("q", search);
    let wanted = match understood(context, entry, &query) {
        Ok(listing) => listing.wanted,
        Err(bad) => return Ok(Err(format!("This cannot be looked for: {}.", bad.reason))),
    };
    if wanted.terms.is_empty() {
        return Ok(Ok(group));
    }
    let list = entry.admin.list(context.conn)?;
    let mut found = list.titles(context.conn, &wanted, LOOKED_AT)?;
    let term = folded(search);
    // Stable: what is as good stays in the order of the list.
    found.sort_by_cached_key(|(_, title)| closeness(&folded(title), &term));
    let more = found.len() > SHOWN;
    for (id, title) in found {
        if group.items.len() >= SHOWN {
            break;
        }
        if entry.admin.may(context.conn, &context.account, Action::View, id)? {
            group.items.push(FoundItem {
                title,
                kind: entry.spec.singular.to_owned(),
                url: entry.object_url(&context.account, id),
            });
        }
    }
    if more {
        group.items.push(FoundItem {
            title: format!("All {} that match", entry.spec.plural),
            kind: String::new(),
            url: format!("{}{}", entry.url(), query.link()),
        });
    }
    Ok(Ok(group))
}

/// Returns how close a title is to a search, both folded; the least is the closest.
fn closeness(title: &str, search: &str) -> u8 {
    match title.find(search) {
        Some(0) if title.len() == search.len() => 0,
        Some(0) => 1,
        Some(_) => 2,
        None => 3,
    }
}
