//! Objects that a user may not view, where others lead to them: how many there are of which kind stands in the place of their names.

use crate::admin::context::Context;
use crate::admin::history::{self, HistoryEntry};
use crate::admin::input::FormInput;
use crate::admin::model::{
    About, ListCell, ListRow, NOT_SHOWN, NamedObject, Object, SidePanel, StoredState, not_to_choose,
};
use crate::admin::site::SiteEntry;
use crate::admin::spec::Field;
use crate::audit::store::LogEntry;
use crate::auth::{Account, Action, Model, Permission};

/// Returns `3 SLA windows that you may not view`.
pub(super) fn words(entry: &SiteEntry, count: usize) -> String {
    format!(
        "{} that you may not view",
        entry.amount(i64::try_from(count).unwrap_or(i64::MAX))
    )
}

/// Returns the model if the user may not view its objects.
pub(super) fn of_model<'a>(context: &Context<'a>, model: Model) -> Option<&'a SiteEntry> {
    context
        .site
        .get(model)
        .filter(|entry| !entry.may(&context.account, Action::View))
}

/// Returns the model of whose objects a field chooses, if the user may not view them.
pub(super) fn of_field<'a>(context: &Context<'a>, field: &Field) -> Option<&'a SiteEntry> {
    of_model(context, field.widget.related()?)
}

/// Returns why a field refuses all objects that are not linked yet, if who saves may not view what it chooses from.
pub(super) fn refusal(field: &Field, may: impl Fn(Permission) -> bool) -> Option<String> {
    let model = field.widget.related()?;
    (!may(model.permission(Action::View))).then(|| not_to_choose(model))
}

/// Returns whether any field refuses objects that are not linked yet.
pub(super) fn refuses(entry: &SiteEntry, may: impl Fn(Permission) -> bool) -> bool {
    let sets = entry.spec.form(true).iter().chain(entry.spec.form(false));
    let mut fields = sets.flat_map(|set| &set.fields).filter(|field| !field.read_only);
    fields.any(|field| refusal(field, &may).is_some())
}

/// Takes the objects that who saves may not view out of a form, unless `linked` has them already, and refuses them beside their fields.
pub(super) fn refuse_chosen(
    entry: &SiteEntry,
    linked: Option<&Object>,
    input: &mut FormInput<'_>,
    may: impl Fn(Permission) -> bool,
) {
    let sets = entry.spec.form(true).iter().chain(entry.spec.form(false));
    for field in sets.flat_map(|set| &set.fields).filter(|field| !field.read_only) {
        let Some(refusal) = refusal(field, &may) else { continue };
        let linked = linked.and_then(|object| object.values.get(field.name));
        let is_linked = |value: &str| linked.is_some_and(|linked| linked.iter().any(|one| one == value));
        if input.retain(field.name, |value| value.is_empty() || is_linked(value.trim())) {
            input.refuse(field.name, refusal);
        }
    }
}

/// Returns the names that the user may see, and behind them how many of each kind they may not.
pub(super) fn visible(context: &Context<'_>, names: Vec<NamedObject>) -> Vec<NamedObject> {
    let mut counts: Vec<(&SiteEntry, usize)> = Vec::new();
    let mut shown = Vec::with_capacity(names.len());
    for named in names {
        let hidden = named.object.and_then(|(model, _)| of_model(context, model));
        let Some(entry) = hidden else {
            shown.push(named);
            continue;
        };
        match counts
            .iter_mut()
            .find(|(other, _)| other.spec.model == entry.spec.model)
        {
            Some((_, count)) => *count += 1,
            None => counts.push((entry, 1)),
        }
    }
    shown.extend(
        counts
            .into_iter()
            .map(|(entry, count)| NamedObject::from(words(entry, count))),
    );
    shown
}

/// Returns the lines of a panel that the user may see.
pub(super) fn lines(context: &Context<'_>, panel: &SidePanel) -> Vec<String> {
    let mut lines = panel.lines.clone();
    for users in &panel.users {
        match of_model(context, users.model) {
            None => lines.extend(users.lines.iter().cloned()),
            Some(entry) if users.count > 0 => {
                lines.push(words(entry, usize::try_from(users.count).unwrap_or(usize::MAX)));
            }
            Some(_) => {}
        }
    }
    lines
}

/// Returns words for the number of objects that a property of an entry of the audit log names, if the user may not view them.
fn of_properties<'a>(context: &'a Context<'_>, entry: &'a SiteEntry) -> impl Fn(&str, usize) -> Option<String> + 'a {
    move |property, count| {
        let mut fields = entry.spec.fieldsets.iter().flat_map(|set| &set.fields);
        let field = fields.find(|field| field.name == property)?;
        of_field(context, field).map(|hidden| words(hidden, count))
    }
}

/// Returns of what two states speak, if the user may not view all of it; nothing stands for a state that cannot be read.
fn hidden_about(context: &Context<'_>, entry: &SiteEntry, states: [Option<&StoredState>; 2]) -> Vec<About> {
    let about = states.into_iter().filter_map(|state| entry.admin.about()(state));
    about.filter(|about| is_hidden(context, about)).collect()
}

fn is_hidden(context: &Context<'_>, about: &About) -> bool {
    about.models.iter().any(|model| of_model(context, *model).is_some())
}

/// Returns words for the values of a property of an object with these states, before and after, as [`of_properties`] does; and for those of one
/// whose texts name what the user may not view.
pub(in crate::admin) fn of_states<'a>(
    context: &'a Context<'_>,
    entry: &'a SiteEntry,
    states: [Option<&StoredState>; 2],
) -> impl Fn(&str, usize) -> Option<String> + 'a {
    let about = hidden_about(context, entry, states);
    let of_links = of_properties(context, entry);
    move |property, count| match about.iter().any(|about| about.fields.contains(&property)) {
        true => Some(NOT_SHOWN.to_owned()),
        false => of_links(property, count),
    }
}

/// Returns how an object of these states is called, before and after: by its number where its title names what the user may not view.
pub(in crate::admin) fn title_of_states(
    context: &Context<'_>,
    entry: &SiteEntry,
    states: [Option<&StoredState>; 2],
    (title, id): (&str, i64),
) -> String {
    match entry.admin.is_called_after_others() && !hidden_about(context, entry, states).is_empty() {
        true => numbered(entry, id),
        false => title.to_owned(),
    }
}

/// Returns the title of the object of an entry of the audit log.
pub(super) fn title_of_entry(context: &Context<'_>, entry: &SiteEntry, log_entry: &LogEntry) -> String {
    let states = history::before_and_after(log_entry);
    let named = (log_entry.object_repr.as_str(), log_entry.object_id);
    title_of_states(context, entry, states.each_ref().map(Option::as_ref), named)
}

/// Returns an entry of the audit log for people, without what names objects that its reader may not view.
pub(super) fn history_entry(context: &Context<'_>, entry: &SiteEntry, log_entry: &LogEntry) -> HistoryEntry {
    let states = history::before_and_after(log_entry);
    let hidden = of_states(context, entry, states.each_ref().map(Option::as_ref));
    let mut shown = history::history_entry(log_entry, context.zone(), &entry.words, &hidden);
    shown.title = title_of_entry(context, entry, log_entry);
    shown
}

/// Returns what stands in the place of a title: `correction 2`.
fn numbered(entry: &SiteEntry, id: i64) -> String {
    format!("{} {id}", entry.spec.singular)
}

/// Replaces the title of an object that names what the account may not view.
pub(super) fn cover_title(account: &Account, entry: &SiteEntry, object: &mut Object) {
    let mut models = object.about.iter().flat_map(|about| &about.models);
    if entry.admin.is_called_after_others() && models.any(|model| !account.may(model.permission(Action::View))) {
        object.title = numbered(entry, object.id);
    }
}

/// Returns the object without what names other objects, if its user may not view those.
pub(super) fn covered(context: &Context<'_>, entry: &SiteEntry, mut object: Object) -> Object {
    let Some(about) = object.about.take() else {
        return object;
    };
    if !is_hidden(context, &about) {
        return object;
    }
    if entry.admin.is_called_after_others() {
        object.title = numbered(entry, object.id);
        object.side_panels.clear();
    }
    for field in about.fields {
        object.values.insert((*field).to_owned(), vec![NOT_SHOWN.to_owned()]);
    }
    object
}

/// Returns how a row of a list is called, for users without the permission to view all objects that it names.
pub(super) fn title_of_row(context: &Context<'_>, entry: &SiteEntry, row: &ListRow) -> String {
    let is_hidden = row.cells.iter().any(|cell| match cell {
        ListCell::Of(models, _) => models.iter().any(|model| of_model(context, *model).is_some()),
        _ => false,
    });
    match is_hidden && entry.admin.is_called_after_others() {
        true => numbered(entry, row.id),
        false => row.title.clone(),
    }
}

/// Returns the page of an object, for users with the permission to view its model.
pub(super) fn link_to(context: &Context<'_>, object: Option<(Model, i64)>) -> Option<String> {
    let (model, id) = object?;
    let entry = context.site.get(model)?;
    let may_view = entry.may(&context.account, Action::View);
    may_view.then(|| entry.object_url(&context.account, id))
}
