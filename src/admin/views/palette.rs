//! Pages, objects and what can be opened of them by a few letters: as data for the palette, and as a page for those who have no scripts.

use askama::Template;
use serde_json::json;

use super::list::request::understood;
use super::object_tools::object_actions;
use super::{ViewError, ViewResult, capitalised, hidden};
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
/// Objects whose actions are offered: the best, where several are as good.
const ACTED_ON: usize = 2;
/// Words of an action that a search may end with.
const ACTION_WORDS_MAX: usize = 4;
/// What stands between the title of an object and what can be opened of it.
const BETWEEN: &str = " · ";
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
fn found(context: &mut Context<'_>, search: &str) -> Result<(Vec<FoundGroup>, String), ViewError> {
    let mut groups = pages(context, search);
    let mut note = String::new();
    if !search.is_empty() {
        let mut found = objects(context, search)?;
        groups.append(&mut found.groups);
        groups.extend(actions(context, &found.objects, "")?);
        if found.objects.is_empty() && found.note.is_empty() {
            groups.extend(named_actions(context, search)?);
        }
        note = found.note;
    }
    groups.retain(|group| !group.items.is_empty());
    Ok((groups, note))
}

/// Returns the actions that a search names behind an object: by the first of its readings that finds any.
fn named_actions(context: &mut Context<'_>, search: &str) -> Result<Vec<FoundGroup>, ViewError> {
    for (name, action) in readings(search) {
        let named = objects(context, name)?;
        let mut groups = actions(context, &named.objects, &action)?;
        groups.retain(|group| !group.items.is_empty());
        if !groups.is_empty() {
            return Ok(groups);
        }
    }
    Ok(Vec::new())
}

/// Returns the ways to read a search as the name of an object and words of an action: a title as results have it, `payments-api · Why now?`, then by
/// its last words, the fewest first: `payments-api history`, `payments-api except on`.
fn readings(search: &str) -> Vec<(&str, String)> {
    let joined = |words: &str| words.split_whitespace().collect::<Vec<_>>().join(" ");
    let copied = search.rsplit_once(BETWEEN);
    let mut readings: Vec<(&str, String)> = copied
        .map(|(name, action)| (name.trim(), joined(action)))
        .into_iter()
        .collect();
    let mut name = search.trim();
    for _ in 0..ACTION_WORDS_MAX {
        let Some((before, _)) = name.rsplit_once(char::is_whitespace) else {
            break;
        };
        name = before.trim_end();
        let action = search.trim().strip_prefix(name).unwrap_or_default();
        readings.push((name, joined(action)));
    }
    readings
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
    let mut found = group("Pages", lists);
    let mut items = declared(context, &words);
    items.append(&mut found.items);
    found.items = items;
    vec![found, group("Add", adding)]
}

/// Returns the pages of apps and the places that the site declares, as far as the user may open them: those of which each word is in the
/// title, or begins one of the search words.
fn declared(context: &Context<'_>, words: &[String]) -> Vec<FoundItem> {
    let holds = |title: &str, beside: &str| {
        let begins = |word: &String| beside.split(' ').any(|other| folded(other).starts_with(word.as_str()));
        let is_held = |word: &String| holds_folded(title, word) || begins(word);
        words.iter().all(is_held)
    };
    let item = |title: &str, url: String| FoundItem {
        title: title.to_owned(),
        kind: String::new(),
        url,
    };
    let pages = context.site.app_pages().iter();
    // Without a search there is what the navigation has.
    let pages = pages.filter(|page| page.is_offered || !words.is_empty());
    let pages = pages.filter(|page| page.may(&context.account) && holds(page.title, page.search_words));
    let places = context.site.places().iter().filter(|_| !words.is_empty());
    let places = places.filter(|place| {
        context.account.may(place.model.permission(Action::View)) && holds(place.title, place.search_words)
    });
    let pages = pages.map(|page| item(page.title, Address::AppPage(page.app, page.name).into()));
    let places = places.map(|place| item(place.title, format!("{}{}", place.address, place.rest)));
    pages.chain(places).collect()
}

/// An object that matches.
struct FoundObject<'a> {
    entry: &'a SiteEntry,
    id: i64,
    title: String,
    closeness: u8,
}

/// The objects of all models that match.
#[derive(Default)]
struct FoundObjects<'a> {
    /// Those that are shown, model by model, each time the best first.
    objects: Vec<FoundObject<'a>>,
    /// The same as a page shows them.
    groups: Vec<FoundGroup>,
    /// Why nothing was looked for.
    note: String,
}

/// The objects of one model that match, the best first, and behind them the list of all of them if there are more.
#[derive(Default)]
struct FoundOfModel<'a> {
    objects: Vec<FoundObject<'a>>,
    all: Option<FoundItem>,
}

/// Returns the objects that match and that the account may view.
fn objects<'a>(context: &mut Context<'a>, search: &str) -> Result<FoundObjects<'a>, ViewError> {
    let mut found = FoundObjects::default();
    let site = context.site;
    // The audit log holds what happened to objects, many times each; its list has a search of its own.
    for entry in site.entries().iter().filter(|entry| !entry.spec.is_log()) {
        limit::check()?;
        match objects_of(context, entry, search)? {
            Ok(FoundOfModel { objects, all }) => {
                let item = |object: &FoundObject<'_>| FoundItem {
                    title: object.title.clone(),
                    kind: entry.spec.singular.to_owned(),
                    url: match entry.reading_url(object.id) {
                        Some(url) => url,
                        None => entry.change_url(object.id),
                    },
                };
                found.groups.push(FoundGroup {
                    title: capitalised(entry.spec.plural),
                    items: objects.iter().map(item).chain(all).collect(),
                });
                found.objects.extend(objects);
            }
            Err(reason) => found.note = reason,
        }
    }
    Ok(found)
}

/// Returns the objects of a model that match, or what is wrong with the search.
fn objects_of<'a>(
    context: &mut Context<'a>,
    entry: &'a SiteEntry,
    search: &str,
) -> Result<Result<FoundOfModel<'a>, String>, ViewError> {
    if entry.spec.search.is_none() || !entry.may(&context.account, Action::View) {
        return Ok(Ok(FoundOfModel::default()));
    }
    let query = Query::default().with("q", search);
    let wanted = match understood(context, entry, &query) {
        Ok(listing) => listing.wanted,
        Err(bad) => return Ok(Err(format!("This cannot be looked for: {}.", bad.reason))),
    };
    if wanted.terms.is_empty() {
        return Ok(Ok(FoundOfModel::default()));
    }
    let list = entry.admin.list(context.conn)?;
    let mut found = list.titles(context.conn, &wanted, LOOKED_AT)?;
    let term = folded(search);
    // Stable: what is as good stays in the order of the list.
    found.sort_by_cached_key(|(_, title)| closeness(&folded(title), &term));
    let all = (found.len() > SHOWN).then(|| FoundItem {
        title: format!("All {} that match", entry.spec.plural),
        kind: String::new(),
        url: format!("{}{}", entry.url(), query.link()),
    });
    let mut objects = Vec::new();
    for (id, title) in found {
        if objects.len() >= SHOWN {
            break;
        }
        if entry.admin.may(context.conn, &context.account, Action::View, id)? {
            objects.push(FoundObject {
                entry,
                id,
                closeness: closeness(&folded(&title), &term),
                title,
            });
        }
    }
    Ok(Ok(FoundOfModel { objects, all }))
}

/// Returns what can be opened of the objects that match best, a group for each: those actions whose words hold `word`. Where nothing is
/// called like the search, an object has them only if it is the one that is found.
fn actions(context: &mut Context<'_>, objects: &[FoundObject<'_>], word: &str) -> Result<Vec<FoundGroup>, ViewError> {
    let best = objects.iter().map(|object| object.closeness).min();
    let is_clear = |object: &&FoundObject<'_>| object.closeness <= BEGINS || objects.len() == 1;
    let chosen = objects.iter().filter(|object| Some(object.closeness) == best);
    let word = folded(word);
    let mut groups = Vec::new();
    for FoundObject { entry, id, .. } in chosen.filter(is_clear).take(ACTED_ON) {
        let Some(object) = entry.admin.form_object(context.conn, *id)? else {
            continue;
        };
        let object = hidden::covered(context, entry, object);
        let (singular, title) = (entry.spec.singular, &object.title);
        let actions = object_actions(context, entry, &object)?.into_iter();
        let held = actions.filter(|(words, _)| holds_folded(words, &word));
        groups.push(FoundGroup {
            title: format!("{} {title}", capitalised(singular)),
            items: held
                .map(|(words, url)| FoundItem {
                    title: format!("{title}{BETWEEN}{words}"),
                    kind: singular.to_owned(),
                    url,
                })
                .collect(),
        });
    }
    Ok(groups)
}

/// The closeness of a title that begins like a search.
const BEGINS: u8 = 1;

/// Returns how close a title is to a search, both folded; the least is the closest.
fn closeness(title: &str, search: &str) -> u8 {
    match title.find(search) {
        Some(0) if title.len() == search.len() => 0,
        Some(0) => BEGINS,
        Some(_) => 2,
        None => 3,
    }
}
