//! Figures of the current month: only blocks whose components have other ones change, and a page shows them as the reference does.

use std::sync::Arc;

use sla_monitor::apps::sla::declarative::document::evaluation::Evaluation;
use sla_monitor::metrics::cache::page::{CachedPage, PageKey};
use sla_monitor::metrics::format::render::Layout;
use sla_monitor::metrics::state::ExposedState;
use sla_monitor::metrics::state::attained::{AttainedFigures, AttainedMonth};
use sla_monitor::metrics::state::snapshot::{Component, Snapshot};

const NOW: i64 = 1_800_000_000;

fn snapshot(count: usize) -> Arc<Snapshot> {
    let line = r#"{"windows": [{"timezone": "UTC", "rules": [{"type": "weekly", "days": ["MO"], "start": "08:00", "duration_s": 3600}]}], "now": 0}"#;
    let coverage = Arc::new(Evaluation::read(line).expect("they are rules").coverage);
    let component = |number: usize| Arc::new(Component::new(&format!("c{number:04}"), &[], 0, Some(99_900)));
    Arc::new(Snapshot {
        components: (0..count).map(component).collect(),
        coverages: [Some(coverage)].into_iter().collect(),
        ..Snapshot::default()
    })
}

fn figures(of: &[(&str, AttainedMonth)]) -> Arc<AttainedFigures> {
    Arc::new(of.iter().map(|(name, month)| ((*name).to_owned(), *month)).collect())
}

fn page(state: &Arc<ExposedState>, known: &[&CachedPage]) -> (CachedPage, usize, String) {
    let (page, made) = CachedPage::next(PageKey::new(Layout::Labels, None), state, known);
    let chunks: Vec<Vec<u8>> = (0..).map_while(|index| page.plain_chunk(index)).collect();
    let text = String::from_utf8(chunks.concat()).expect("it is text");
    (page, made, text)
}

fn lines<'a>(text: &'a str, family: &str) -> Vec<&'a str> {
    text.lines().filter(|line| line.starts_with(family)).collect()
}

#[test]
fn only_what_was_measured_is_rendered_again() {
    let snapshot = snapshot(1_000);
    let (plain, _) = ExposedState::at(&[], &snapshot, NOW);
    let (first, _, text) = page(&plain, &[]);
    assert!(
        !text.contains("service_window_month"),
        "nothing is shown that was not asked for"
    );

    let month = AttainedMonth {
        ratio: Some(0.5),
        budget: Some(756),
        left: Some(-12),
        unmeasured: Some(0),
    };
    let of_one = figures(&[("c0500", month)]);
    let (state, evaluations) = ExposedState::showing(&[&plain], &snapshot, &of_one, NOW);
    assert_eq!(evaluations, 0, "no window is evaluated for it");
    let same = |one: &Arc<ExposedState>, other: &Arc<ExposedState>| {
        let blocks = one.blocks().iter().zip(other.blocks());
        blocks.filter(|(one, other)| Arc::ptr_eq(one, other)).count()
    };
    assert_eq!(same(&plain, &state), plain.blocks().len() - 1);
    let (second, made, text) = page(&state, &[&first]);
    assert_eq!(made, 4, "a segment of each of the four families");
    for (family, value) in [
        ("service_window_month_attained_ratio", "0.5"),
        ("service_window_month_budget_seconds", "756"),
        ("service_window_month_budget_left_seconds", "-12"),
        ("service_window_month_unmeasured_seconds", "0"),
    ] {
        assert_eq!(
            lines(&text, family),
            [format!("{family}{{component=\"c0500\"}} {value}")]
        );
    }

    // The same figures in another value leave all as it is, and so does the next state in time.
    let (again, _) = ExposedState::showing(&[&state], &snapshot, &figures(&[("c0500", month)]), NOW);
    assert_eq!(same(&state, &again), state.blocks().len());
    let (later, _) = ExposedState::at(&[&again], &snapshot, NOW + 1);
    assert_eq!(same(&again, &later), again.blocks().len());
    let (third, made, _) = page(&again, &[&second]);
    assert_eq!(made, 0);
    let other = AttainedMonth {
        left: Some(-13),
        ..month
    };
    let (moved, _) = ExposedState::showing(&[&again], &snapshot, &figures(&[("c0500", other)]), NOW);
    let (_, made, text) = page(&moved, &[&third]);
    assert_eq!(made, 1, "only what is left has changed");
    assert_eq!(lines(&text, "service_window_month_budget_left_seconds").len(), 1);
    let (gone, _) = ExposedState::showing(&[&moved], &snapshot, &Arc::default(), NOW);
    assert!(!page(&gone, &[]).2.contains("service_window_month"));
}
