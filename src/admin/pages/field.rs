//! A field of a form, wherever it stands.

use crate::zones;

/// A field.
#[derive(Clone, Default)]
pub struct ShownField {
    /// Its name, also in rows: `rules-0-kind`.
    pub name: String,
    /// The field's own name.
    pub base: String,
    /// Its label.
    pub label: String,
    /// What to know.
    pub help: String,
    /// Whether it must not be empty.
    pub required: bool,
    /// How it is drawn: `text`, `area`, `flag`, `date`, `select`, `one` and `many` of related objects, `password`, `shown`.
    pub widget: &'static str,
    /// Its value, or its words when it only shows.
    pub value: String,
    /// The objects that it only shows, and where each leads, if the user may view it; empty where none leads anywhere.
    pub links: Vec<(String, Option<String>)>,
    /// Whether a check box is ticked.
    pub ticked: bool,
    /// What a select offers: value, words, chosen.
    pub options: Vec<(String, String, bool)>,
    /// What is wrong.
    pub errors: Vec<String>,
    /// In a row: the title under which it stands together with its neighbours.
    pub group: &'static str,
    /// In a row: the kinds of row that it is for; empty for all.
    pub kinds: Vec<&'static str>,
    /// In a row: whether it stands among those that can be folded away.
    pub is_rare: bool,
    /// Whether it is not folded away all the same.
    pub is_open: bool,
    /// Whether it is not sent.
    pub disabled: bool,
    /// Whether the page begins with the focus in it.
    pub autofocus: bool,
    /// When there is nothing to choose: what there is none of, and where to add one.
    pub nothing: Option<(String, Option<String>)>,
    /// For a choice of objects: how to look for others, and to add and change them.
    pub related: Option<Related>,
}

impl ShownField {
    /// Returns whether there is a search among what it offers, with a button of its own.
    pub(super) fn finds_options(&self) -> bool {
        self.related.as_ref().is_some_and(|related| related.find.is_some())
    }

    /// Returns the elements that say more about it: its help, and what is wrong.
    pub(super) fn described_by(&self) -> String {
        let mut ids = Vec::new();
        if !self.help.is_empty() {
            ids.push(format!("id_{}_helptext", self.name));
        }
        if !self.errors.is_empty() {
            ids.push(format!("id_{}_error", self.name));
        }
        ids.join(" ")
    }
}

/// The objects that a field chooses from.
#[derive(Clone)]
pub struct Related {
    /// The app of the form.
    pub app: &'static str,
    /// The model of the form.
    pub model: &'static str,
    /// The field's own name.
    pub field: &'static str,
    /// What one is called.
    pub singular: String,
    /// What several are called.
    pub plural: String,
    /// Whether the user may look for them.
    pub searches: bool,
    /// Where to add one.
    pub add_url: Option<String>,
    /// Where to change or view one, with `__fk__` for its key.
    pub change_url: Option<String>,
    /// What the user may do there: `Change` or `View`.
    pub change_words: &'static str,
    /// Where to change those that are chosen: words and address.
    pub changes: Vec<(String, String)>,
    /// How users without scripts look for others, if not all are offered.
    pub find: Option<FindOption>,
}

/// A search among what a field offers, for users without scripts: what the form is posted with comes back, and what was found.
#[derive(Clone)]
pub struct FindOption {
    /// The name of its field.
    pub name: String,
    /// What was looked for; empty if nothing was.
    pub term: String,
    /// Whether there is more than is offered.
    pub has_more: bool,
}

/// Returns IANA names of time zones that people choose: a region and a city, and UTC. Others can be typed.
pub(super) fn zones() -> Vec<&'static str> {
    const OTHER: [&str; 7] = ["Etc/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/", "SystemV/"];
    let is_of_a_city = |name: &str| name.contains('/') && !OTHER.iter().any(|other| name.starts_with(other));
    let mut names = zones::current().names();
    names.retain(|name| *name == "UTC" || is_of_a_city(name));
    names
}

/// Returns `a label`, `an SLA window`: with the article of how it is spoken.
pub(super) fn one(singular: &str) -> String {
    let mut letters = singular.chars();
    let (first, second) = (letters.next().unwrap_or(' '), letters.next().unwrap_or(' '));
    // Letters that are read one by one: SLA begins as “ess”.
    let is_spelt = second.is_uppercase() && "AEFHILMNORSX".contains(first);
    let article = if is_spelt || "aeio".contains(first.to_ascii_lowercase()) {
        "an"
    } else {
        "a"
    };
    format!("{article} {singular}")
}

/// Fields of a row that stand together.
pub(super) struct FieldGroup<'a> {
    pub(super) title: &'static str,
    /// The kinds of row that they are for, blanks between; empty for all.
    pub(super) kinds: String,
    /// The same in words.
    pub(super) kind_words: String,
    pub(super) fields: Vec<&'a ShownField>,
}

impl FieldGroup<'_> {
    /// Returns whether some of the fields can be folded away.
    pub(super) fn has_rare(&self) -> bool {
        self.fields.iter().any(|field| field.is_rare)
    }

    /// Returns whether they are shown nevertheless.
    pub(super) fn is_open(&self) -> bool {
        let mut rare = self.fields.iter().filter(|field| field.is_rare);
        rare.any(|field| field.is_open || !field.errors.is_empty())
    }
}

/// Returns the fields in groups: neighbours with one title together.
pub(super) fn grouped(fields: &[ShownField]) -> Vec<FieldGroup<'_>> {
    let options = fields
        .iter()
        .filter(|field| field.base == "kind")
        .flat_map(|field| &field.options);
    let options: Vec<(&str, &str)> = options
        .map(|(value, words, _)| (value.as_str(), words.as_str()))
        .collect();
    let words = |kind: &&'static str| {
        let known = options.iter().find(|(value, _)| value == kind);
        format!("“{}”", known.map_or(*kind, |(_, words)| *words))
    };
    let chunks = fields.chunk_by(|one, next| one.group == next.group);
    chunks
        .map(|chunk| {
            let kinds = &chunk[0].kinds;
            FieldGroup {
                title: chunk[0].group,
                kind_words: kinds.iter().map(words).collect::<Vec<_>>().join(", "),
                kinds: kinds.join(" "),
                fields: chunk.iter().collect(),
            }
        })
        .collect()
}
