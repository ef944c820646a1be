//! What needs a look, as the user may see it, each with its way out.

use super::attention::{Judged, Judgement, urgency};
use crate::admin::address::{Address, ModelPage};
use crate::admin::context::Context;
use crate::admin::dates;
use crate::admin::query::Query;
use crate::apps::sla::calendar::running_out::RunOut;
use crate::apps::sla::lint::component::shared_metrics;
use crate::apps::sla::read_model::links::Link;
use crate::apps::sla::read_model::model::ReadModel;
use crate::apps::sla::{CALENDAR, COMPONENT};
use crate::auth::Action;
use crate::metrics::state::ExposedState;
use crate::text::counted;

/// So many groups of components that share metric names are listed.
const SHARED_MAX: usize = 20;
/// So many names of one group are said.
const NAMES_MAX: usize = 4;

/// Something that needs a look: words around a link to where it is put right.
pub(super) struct LookItem {
    /// The id that `check` has for it.
    pub(super) id: &'static str,
    pub(super) is_bad: bool,
    pub(super) before: String,
    pub(super) name: String,
    pub(super) url: String,
    pub(super) after: String,
}

/// Returns what needs a look and the user may view, the most urgent first.
pub(super) fn looked_at(
    context: &Context<'_>,
    judged: &Judged,
    model: &ReadModel,
    state: Option<&ExposedState>,
) -> Vec<LookItem> {
    let may = |model: crate::auth::Model| context.account.may(model.permission(Action::View));
    let judgements = judged.all.iter().filter(|judgement| may(judgement.model));
    let mut items: Vec<LookItem> = judgements.map(|judgement| item(context, judgement, model)).collect();
    if let Some(state) = state.filter(|_| may(COMPONENT)) {
        items.extend(without_windows(state));
        items.extend(shared(state));
        // Stable: those of windows and calendars are in order already.
        items.sort_by_key(|item| urgency(item.id));
    }
    items
}

/// What is said of calendars that run out of dates.
#[derive(Default)]
pub(super) struct RunningOut {
    /// How many have run out or will, each number with the list of them. What there is none of is left out.
    pub(super) counts: Vec<(String, String)>,
    /// What is said if none has run out or will soon.
    pub(super) none: Option<NoneRunsOut>,
}

/// Says that no calendar runs out of dates soon, and which is the next that does.
pub(super) struct NoneRunsOut {
    /// Name, page and date; nothing if none has dates.
    pub(super) next: Option<(String, String, String)>,
}

/// Returns how many calendars have run out of dates or will, or of which the dates run out next; nothing where there is no calendar, and for
/// users without the permission to view them.
pub(super) fn running_out(context: &Context<'_>, judged: &Judged, now: i64) -> RunningOut {
    if !context.account.may(CALENDAR.permission(Action::View)) || judged.last_dates.is_empty() {
        return RunningOut::default();
    }
    let counts = [RunOut::Past, RunOut::Within30, RunOut::Within90].into_iter();
    let counts = counts.map(|when| {
        let last_dates = judged.last_dates.iter();
        (when, last_dates.filter(|last| when.has(**last, now)).count())
    });
    let counts = counts.filter(|(_, count)| *count > 0);
    let counts: Vec<(String, String)> = counts
        .map(|(when, count)| (when.counted(count), when.list_url()))
        .collect();
    let none = counts.is_empty().then(|| none_runs_out(judged));
    RunningOut { counts, none }
}

/// Says of which calendar the dates run out next.
fn none_runs_out(judged: &Judged) -> NoneRunsOut {
    let next = judged.first_to_run_out.as_ref();
    NoneRunsOut {
        next: next.map(|(date, name, id)| {
            let page = Address::Model(CALENDAR, ModelPage::Object((*id).into()));
            (name.clone(), page.into(), dates::date(*date))
        }),
    }
}

/// Returns a finding with a link in the place of the object's name.
fn item(context: &Context<'_>, judgement: &Judgement, read_model: &ReadModel) -> LookItem {
    let Judgement {
        model,
        id,
        name,
        finding,
        ..
    } = judgement;
    let sentence = finding.sentence();
    let parts = sentence.split_once(&format!("“{name}”"));
    let page = match context.account.may(model.permission(Action::Change)) {
        true => ModelPage::Change((*id).into()),
        false => ModelPage::Object((*id).into()),
    };
    let (before, after) = parts.unwrap_or(("", &sentence));
    LookItem {
        id: finding.id,
        is_bad: finding.is_error(),
        before: before.to_owned(),
        name: name.clone(),
        url: Address::Model(*model, page).into(),
        after: match parts {
            Some(_) => format!("{after}{}", concerned(context, judgement, read_model)),
            None => format!(": {after}"),
        },
    }
}

/// Returns how many components have a window, or have a calendar or a window with it; nothing for users without the permission to view components, and if
/// there are none.
fn concerned(context: &Context<'_>, judgement: &Judgement, read_model: &ReadModel) -> String {
    let count = match judgement.model {
        _ if !context.account.may(COMPONENT.permission(Action::View)) => 0,
        CALENDAR => u64::try_from(read_model.cut_by(judgement.id).count()).unwrap_or(u64::MAX),
        _ => read_model.users(Link::Window, judgement.id),
    };
    match i64::try_from(count).unwrap_or(i64::MAX) {
        0 => String::new(),
        count => format!(" It concerns {}.", counted(count, "component")),
    }
}

/// Returns the components that have no hours at all.
fn without_windows(state: &ExposedState) -> Option<LookItem> {
    let count = state.snapshot().counts.without_windows;
    let (has, are) = if count == 1 {
        ("has", "it is")
    } else {
        ("have", "they are")
    };
    (count > 0).then(|| LookItem {
        id: "sla.W001",
        is_bad: false,
        before: String::new(),
        name: counted(count, "component"),
        url: format!(
            "{}?enabled__exact=1&windows__isnull=True",
            Address::Model(COMPONENT, ModelPage::List)
        ),
        after: format!(" {has} no enabled window: {are} never in service."),
    })
}

/// Returns the components that share metric names.
fn shared(state: &ExposedState) -> Vec<LookItem> {
    let groups = state.blocks().iter().flat_map(|block| block.block().namesakes());
    let item = |group: &[std::sync::Arc<crate::metrics::state::snapshot::Component>]| {
        let names: Vec<String> = group
            .iter()
            .take(NAMES_MAX)
            .map(|component| component.name().to_owned())
            .collect();
        let finding = shared_metrics(&names)?;
        let first = names.first()?;
        let words = match group.len() - names.len() {
            0 => names.join(", "),
            more => format!("{} and {more} more", names.join(", ")),
        };
        let prefix = group.first()?.prefix();
        Some(LookItem {
            id: finding.id,
            is_bad: false,
            before: "The components ".to_owned(),
            name: words,
            url: format!(
                "{}{}",
                Address::Model(COMPONENT, ModelPage::List),
                Query::default().with("q", common(first, &names)).link()
            ),
            after: format!(
                " share the metric names {prefix}_service_window_…; only the label component distinguishes them. Rename all but one."
            ),
        })
    };
    groups.take(SHARED_MAX).filter_map(item).collect()
}

/// Returns what all names begin with, or the first of them if that is too short to find them by.
fn common<'a>(first: &'a str, names: &[String]) -> &'a str {
    let is_common = |part: &str| names.iter().all(|name| name.starts_with(part));
    let ends = first.char_indices().map(|(end, _)| end).rev();
    let longest = ends
        .map(|end| &first[..end])
        .find(|part| is_common(part))
        .unwrap_or(first);
    match longest.trim().len() {
        0..3 => first,
        _ => longest.trim(),
    }
}
