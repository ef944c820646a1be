//! Expressions with placeholders, and which indicator measures which component.

use std::collections::BTreeMap;

use sla_monitor::apps::sla::component_selector::{ComponentSelector, check_selector};
use sla_monitor::apps::sla::indicator::applying::ApplyingIndicators;
use sla_monitor::apps::sla::indicator::expression::Expression;
use sla_monitor::apps::sla::indicator::state::{IndicatorKind, IndicatorState};
use sla_monitor::apps::sla::properties::ObjectState;

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

fn of(expression: &str, component: &str, pairs: &[(&str, &str)]) -> Result<String, String> {
    Expression::parse(expression)?.of_component(component, &labels(pairs))
}

#[test]
fn placeholders_become_whole_texts_in_quotes() {
    let expression = "probe_success{component=$component,team=$label_team} # $component of \"all\n+ up{a=\"b$\"}";
    assert_eq!(
        of(expression, "a-b", &[("team", "x")]).as_deref(),
        Ok("probe_success{component=\"a-b\",team=\"x\"} # $component of \"all\n+ up{a=\"b$\"}")
    );
    // No value ends its quotes or begins an escape.
    let wild = "a\"} or vector(1) # \\\n$component é";
    assert_eq!(
        of("up{component=$component}", wild, &[]).as_deref(),
        Ok("up{component=\"a\\\"} or vector(1) # \\\\\\n$component é\"}")
    );
    assert_eq!(
        of("$component$label_a_1", "x", &[("a_1", "y")]).as_deref(),
        Ok("\"x\"\"y\"")
    );
    // An absent label is no empty text: that would find the series of others.
    assert_eq!(
        of("up{team=$label_team}", "x", &[("env", "prod")]),
        Err("team".to_owned())
    );
}

#[test]
fn what_no_expression_can_be_is_refused() {
    for (text, words) in [
        ("up{a=$name}", "$name is no placeholder"),
        ("up{a=$}", "$ is no placeholder"),
        ("up{a=$label_}", "$label_ is no placeholder"),
        ("up{a=$Component}", "$Component is no placeholder"),
        ("up{a=\"$component\"}", "$component stands in quotes"),
        ("up{a=~'x|$label_team'}", "$label_team stands in quotes"),
        ("up{a=\"b}", "a text in quotes is not closed: \"b}"),
        ("up{a=\"b\\\"}", "is not closed"),
        ("up{a=`b\\`} '", "is not closed: '"),
    ] {
        let refused = Expression::parse(text).expect_err(text);
        assert!(refused.contains(words), "{text}: {refused}");
    }
    for text in ["up{a=~\"foo$\"}", "up{a=`$x \\`}", "up # it's $all", ""] {
        Expression::parse(text).expect(text);
    }
}

#[test]
fn only_selectors_have_a_mean() {
    for (text, is_selector) in [
        ("up", true),
        (" probe_success { component = $component , a=~\"{}()\" } # x", true),
        ("{__name__=\"up\"}", true),
        ("a:b_c", true),
        ("", false),
        ("1", false),
        ("1up", false),
        ("up > 0", false),
        ("up offset 5m", false),
        ("up[5m]", false),
        ("sum(up)", false),
        ("up{a=\"b\"} + up", false),
        ("up{a=\"b\"}{c=\"d\"}", false),
        ("-up", false),
        ("\"up\"", false),
    ] {
        assert_eq!(
            Expression::parse(text).expect(text).is_selector(),
            is_selector,
            "{text}"
        );
    }
}

fn indicator(name: &str, selector: &str) -> IndicatorState {
    IndicatorState {
        name: name.to_owned(),
        source: "main".to_owned(),
        expression: "up{component=$component}".to_owned(),
        selector: selector.to_owned(),
        ..IndicatorState::blank()
    }
}

#[test]
fn a_grid_is_asked_for_by_the_kind() {
    let mut state = indicator("a", "");
    let asked = |state: &IndicatorState| state.sampled("x", &BTreeMap::new()).expect("it can be asked");
    assert_eq!(asked(&state), "avg_over_time(up{component=\"x\"}\n[60s])");
    state.kind = IndicatorKind::State;
    assert_eq!(asked(&state), "up{component=\"x\"}");
    state.threshold = Some(0.5);
    assert_eq!(asked(&state), "(up{component=\"x\"}\n) >= bool 0.5");
    state.threshold = Some(100.0);
    assert!(asked(&state).ends_with(">= bool 100"), "{}", asked(&state));
    state.expression = "up{team=$label_team}".to_owned();
    let refused = state.sampled("x", &BTreeMap::new()).expect_err("a label is missing");
    assert_eq!(refused, "component `x` has no label `team`, which the expression names");
}

#[test]
fn the_nearest_indicator_measures() {
    let states = [
        indicator("z-all", "{}"),
        indicator("team", "{team=\"a\"}"),
        indicator("also-team", "{team=\"a\"}"),
        indicator("both", "{team=\"a\",env=\"prod\"}"),
        indicator("named", ""),
        indicator("broken", "{team=~\"a\"}"),
    ];
    let applying = ApplyingIndicators::new(states.iter());
    let of = |pairs: &[(&str, &str)], named: Option<&str>| {
        applying
            .of("x", &labels(pairs), named)
            .map(|state| state.name.clone())
            .unwrap_or_default()
    };
    assert_eq!(of(&[], None), "z-all");
    assert_eq!(of(&[("team", "a")], None), "also-team");
    assert_eq!(of(&[("team", "a"), ("env", "prod")], None), "both");
    assert_eq!(of(&[("team", "a")], Some("named")), "named");
    assert_eq!(of(&[("team", "a")], Some("absent")), "");
}

#[test]
fn selectors_are_those_of_labels() {
    for (text, words) in [
        ("up{team=\"a\"}", "it names a metric"),
        (
            "{team=~\"a\"}",
            "selects no components: character 6: `=~` is not supported, only `=` is. Give",
        ),
        ("{team=\"a\",team=\"b\"}", "two values"),
        ("team=a", "selects no components: character 1: labels stand in braces"),
        ("{team=\"\"}", "selects no components"),
    ] {
        let refused = check_selector(text).expect_err(text);
        assert!(
            refused.contains(words) && refused.contains("or {} for all"),
            "{text}: {refused}"
        );
    }
    for text in ["", "{}", " { } ", "{component=\"x\"}", "{team='a',env=\"\"}"] {
        check_selector(text).expect(text);
    }
    let takes = |text: &str, pairs: &[(&str, &str)]| {
        let selector: ComponentSelector = text.parse().expect(text);
        selector.takes("x", &labels(pairs))
    };
    assert!(takes("{}", &[]) && takes("{component=\"x\"}", &[]) && !takes("{component=\"y\"}", &[]));
    assert!(takes("{team=\"a\",env=\"\"}", &[("team", "a")]));
    assert!(!takes("{team=\"a\",env=\"\"}", &[("team", "a"), ("env", "prod")]));
}
