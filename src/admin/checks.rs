//! Faults of declarations, reported at the start of the server and by a test: what a type cannot say about a [`Spec`].

use super::listing::{COLUMNS, VIEW};
use super::model::TakenKeys;
use super::ranges;
use super::site::SiteEntry;
use super::spec::{Choices, Field, Inline, Spec, Widget};
use crate::auth::Model;

/// Parameters of a list that the engine reads itself.
const OF_LISTS: [&str; 7] = ["q", "o", "p", "all", "_facets", COLUMNS, VIEW];
/// Fields of a form that the engine reads itself.
const OF_FORMS: [&str; 12] = [
    "csrfmiddlewaretoken",
    "_version",
    "_save",
    "_continue",
    "_addanother",
    "_saveasnew",
    "_preview",
    "_split",
    "_changelist_filters",
    "restore",
    "id",
    "DELETE",
];

/// Pages of objects that are the engine's.
const OF_OBJECTS: [&str; 4] = ["change", "delete", "history", "password"];

/// Returns everything that is wrong with the declarations of these models.
#[must_use]
pub fn faults(entries: &[SiteEntry]) -> Vec<String> {
    let models: Vec<Model> = entries.iter().map(|entry| entry.spec.model).collect();
    let mut faults = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let spec = &entry.spec;
        let mut found = list_faults(spec);
        found.extend(untaken(spec, &entry.admin.taken()));
        found.extend(form_faults(spec));
        found.extend(unknown_models(spec, &models));
        found.extend(entry.object_pages.iter().filter_map(|page| clash(page.name)));
        if models[..index].contains(&spec.model) {
            found.push("the model is registered twice".to_owned());
        }
        faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", spec.model)));
    }
    faults
}

/// Returns what is wrong with the name of a page that a model adds to its objects.
fn clash(name: &str) -> Option<String> {
    let is_own = OF_OBJECTS.contains(&name) || !is_word(name);
    is_own.then(|| format!("an object's page cannot be called `{name}`"))
}

/// Returns whether a name can stand in an address.
fn is_word(name: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
    !name.is_empty() && name.bytes().all(is_word)
}

fn list_faults(spec: &Spec) -> Vec<String> {
    let columns: Vec<&str> = spec.columns.iter().map(|column| column.key).collect();
    let filters: Vec<&str> = spec.filters.iter().map(|filter| filter.key).collect();
    let mut faults = twice("column", &columns);
    faults.extend(twice("filter", &filters));
    let ranges: Vec<&str> = spec.ranges.iter().map(|range| range.key).collect();
    faults.extend(twice("range", &ranges));
    let bounds = ranges::parameters(spec).filter(|bound| filters.contains(&bound.as_str()));
    faults.extend(bounds.map(|bound| format!("the parameter `{bound}` is one of a filter and one of a range")));
    faults.extend(twice(
        "action",
        &spec.actions.iter().map(|action| action.name).collect::<Vec<_>>(),
    ));
    faults.extend(reserved("filter", &filters, &OF_LISTS));
    // Columns are named in `o=-name.enabled`, and by their numbers.
    let is_readable = |key: &&str| !key.is_empty() && !key.contains(['.', '-']) && key.parse::<usize>().is_err();
    faults.extend(
        columns
            .iter()
            .filter(|key| !is_readable(key))
            .map(|key| format!("the column `{key}` cannot be named in an order")),
    );
    for sort in spec.default_sort {
        if !spec.columns.iter().any(|column| column.key == sort.key && column.sorts) {
            faults.push(format!("the default order `{}` is no column that sorts", sort.key));
        }
    }
    if !spec.columns.iter().any(|column| column.links) {
        faults.push("no column leads to the object".to_owned());
    }
    let is_tick_box =
        |key: &str| fields(spec).any(|field| field.name == key && field.widget == Widget::Flag && !field.read_only);
    for column in spec
        .columns
        .iter()
        .filter(|column| column.editable && (spec.read_only || !is_tick_box(column.key)))
    {
        faults.push(format!(
            "the column `{}` is edited in the list and is no check box of the form",
            column.key
        ));
    }
    faults
}

/// Finds what a list declares and none of its queries takes: it would show rows that were not asked for.
fn untaken(spec: &Spec, taken: &TakenKeys) -> Vec<String> {
    let TakenKeys {
        orders,
        filters,
        ranges,
    } = taken;
    let mut faults = Vec::new();
    for column in spec
        .columns
        .iter()
        .filter(|column| column.sorts && !orders.contains(&column.key))
    {
        faults.push(format!("no query sorts by the column `{}`", column.key));
    }
    for filter in spec.filters.iter().filter(|filter| !filters.contains(&filter.key)) {
        faults.push(format!("no query takes the filter `{}`", filter.key));
    }
    for range in spec.ranges.iter().filter(|range| !ranges.contains(&range.key)) {
        faults.push(format!("no query takes the range `{}`", range.key));
    }
    faults
}

fn form_faults(spec: &Spec) -> Vec<String> {
    let mut faults = Vec::new();
    for is_new in [false, true] {
        let names: Vec<&str> = spec
            .form(is_new)
            .iter()
            .flat_map(|set| &set.fields)
            .map(|field| field.name)
            .collect();
        faults.extend(twice("field", &names));
        faults.extend(reserved("field", &names, &OF_FORMS));
        if let Some(inline) = &spec.inline {
            let clashes = names
                .iter()
                .filter(|name| name.starts_with(&format!("{}-", inline.prefix)) || **name == inline.prefix);
            faults.extend(
                clashes.map(|name| format!("the field `{name}` reads like one of the rows `{}`", inline.prefix)),
            );
        }
    }
    if let Some(inline) = &spec.inline {
        let names: Vec<&str> = inline.fields.iter().map(|field| field.name).collect();
        faults.extend(twice("field", &names));
        faults.extend(reserved("field", &names, &OF_FORMS));
        faults.extend(split_fault(inline));
    }
    faults.dedup();
    faults
}

/// Returns what is wrong with the field whose values can go into rows of their own.
fn split_fault(inline: &Inline) -> Option<String> {
    let split = inline.split.as_ref()?;
    let has = |name: &str, is_right: fn(Widget) -> bool| {
        let mut fields = inline.fields.iter();
        fields.any(|field| field.name == name && is_right(field.widget))
    };
    let is_right = has(split.field, |widget| matches!(widget, Widget::Checks(_))) && has(split.next, |_| true);
    (!is_right).then(|| {
        format!(
            "the rows `{}` are split by a field that is not there, or not of check boxes",
            inline.prefix
        )
    })
}

/// Returns filters and fields that offer objects of models that the site does not have.
fn unknown_models(spec: &Spec, models: &[Model]) -> Vec<String> {
    let of_fields = fields(spec).filter_map(|field| match field.widget {
        Widget::Select(choices) | Widget::Many(choices) => Some((field.name, choices)),
        _ => None,
    });
    let of_filters = spec.filters.iter().map(|filter| (filter.key, filter.choices));
    let unknown = of_fields.chain(of_filters).filter_map(|(name, choices)| match choices {
        Choices::Related(model) if !models.contains(&model) => {
            Some(format!("`{name}` offers objects of {model}, which is not registered"))
        }
        _ => None,
    });
    unknown.collect()
}

/// Returns all fields of both forms and of the rows.
fn fields(spec: &Spec) -> impl Iterator<Item = &Field> {
    let forms = spec.fieldsets.iter().chain(spec.add_fieldsets.iter().flatten());
    forms
        .flat_map(|set| &set.fields)
        .chain(spec.inline.iter().flat_map(|inline| &inline.fields))
}

fn twice(what: &str, names: &[&str]) -> Vec<String> {
    let again = names
        .iter()
        .enumerate()
        .filter(|(index, name)| names[..*index].contains(name));
    again
        .map(|(_, name)| format!("the {what} `{name}` is declared twice"))
        .collect()
}

fn reserved(what: &str, names: &[&str], taken: &[&str]) -> Vec<String> {
    let taken = names.iter().filter(|name| taken.contains(name));
    taken
        .map(|name| format!("the {what} `{name}` has a name that the engine reads itself"))
        .collect()
}
