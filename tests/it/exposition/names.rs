//! Names of metrics, components and labels.

use std::collections::HashSet;

use proptest::prelude::*;
use sla_monitor::metrics::format::names::{
    Fact, LabelsFact, NameError, NameSubject, RESERVED_LABEL_NAMES, check_component_name, check_label_name,
    check_label_value, is_legacy_metric_name, metric_prefix,
};

#[track_caller]
fn check_prefix(component_name: &str, expected: &str) {
    assert_eq!(metric_prefix(component_name), expected, "{component_name:?}");
}

/// Compares the whole sentence that people read; an empty one stands for acceptance.
#[track_caller]
fn check(result: Result<(), NameError>, message: &str) {
    assert_eq!(
        result.map_or_else(|error| error.to_string(), |()| String::new()),
        message
    );
}

#[test]
fn prefixes() {
    check_prefix("billing", "billing");
    check_prefix("Billing_2", "Billing_2");
    check_prefix("a-b", "a_b");
    check_prefix("a--b", "a__b");
    check_prefix("a:b", "a_b");
    check_prefix("a b.c/d", "a_b_c_d");
    check_prefix("3scale", "c_3scale");
    check_prefix("-3scale", "c__3scale");
    check_prefix("9", "c_9");
    check_prefix("größe", "gr__e");
    check_prefix("サービス1", "c_____1");
    check_prefix("e\u{301}1", "e_1");
    check_prefix("👍1", "c__1");
    check_prefix("٣x", "c__x");
    check_prefix("_x", "c__x");
    check_prefix("-api", "c__api");
    check_prefix("éa", "c__a");
    check_prefix("a_", "a_");
    check_prefix("c__x", "c__x");
    check_prefix("a\"\\\nb", "a___b");
    check_prefix("", "");
}

#[test]
fn component_names() {
    for good in [
        "a",
        "7",
        "a-b",
        "Zahlungen (EU)",
        "größe 1",
        "サービス1",
        "a\u{a0}b",
        "\"quoted\" \\ name",
        &"x".repeat(200),
    ] {
        check(check_component_name(good), "");
    }
    check(check_component_name(&format!("{}a", "é".repeat(199))), "");
    check(
        check_component_name(""),
        "Enter a component name: it must not be empty.",
    );
    check(
        check_component_name(&"é".repeat(201)),
        "This component name has 201 characters; shorten it to 200 at most.",
    );
    for blank in [" a", "a ", "\u{a0}a", "a\u{3000}"] {
        check(
            check_component_name(blank),
            "This component name begins or ends with a blank; remove it.",
        );
    }
    check(
        check_component_name("ab\tc"),
        "This component name has a character that cannot be printed (U+0009, number 3); remove it.",
    );
    for unprintable in ['\0', '\n', '\r', '\u{7f}', '\u{85}', '\u{2028}', '\u{2029}'] {
        let expected = NameError::Unprintable {
            subject: NameSubject::ComponentName,
            character: unprintable,
            position: 2,
        };
        assert_eq!(check_component_name(&format!("a{unprintable}b")), Err(expected));
    }
    check(
        check_component_name("サービス"),
        "This component name has no letter from A to Z and no digit, so its metrics would have no name; add one, \
         and put the name for people into the display name.",
    );
    for nameless in ["サービス", "-", "___", "٣", "ß"] {
        assert_eq!(check_component_name(nameless), Err(NameError::Nameless), "{nameless}");
    }
}

#[test]
fn label_names() {
    for good in [
        "a",
        "_a",
        "team",
        "Cost_Centre_2",
        "components",
        "Job",
        "_",
        &"x".repeat(200),
    ] {
        check(check_label_name(good), "");
    }
    check(check_label_name(""), "Enter a label name: it must not be empty.");
    check(
        check_label_name(&"x".repeat(201)),
        "This label name has 201 characters; shorten it to 200 at most.",
    );
    check(
        check_label_name("2nd"),
        "A label name cannot begin with a digit; put a letter in front.",
    );
    check(
        check_label_name("cost-centre"),
        "A label name cannot contain “-”; use letters from A to Z, digits and underscores.",
    );
    for (bad, character) in [("a:b", ':'), ("größe", 'ö'), (" a", ' '), ("a\"", '"')] {
        assert_eq!(check_label_name(bad), Err(NameError::Syntax { character }), "{bad}");
    }
    for internal in ["__", "__name__", "__address__"] {
        check(
            check_label_name(internal),
            "Label names that begin with two underscores belong to Prometheus; remove one of them.",
        );
    }
    check(
        check_label_name("job"),
        "The label “job” is set by Prometheus or by this exporter; choose another name, such as “service_job”.",
    );
    for name in RESERVED_LABEL_NAMES {
        assert_eq!(check_label_name(name), Err(NameError::Reserved { name }));
    }
}

#[test]
fn label_values() {
    for good in ["a", " a ", "\"\\", "größe", "サービス", &"é".repeat(200)] {
        check(check_label_value(good), "");
    }
    check(check_label_value(""), "Enter a label value: it must not be empty.");
    check(
        check_label_value(&"é".repeat(201)),
        "This label value has 201 characters; shorten it to 200 at most.",
    );
    check(
        check_label_value("a\n"),
        "This label value has a character that cannot be printed (U+000A, number 2); remove it.",
    );
}

#[test]
fn legacy_metric_names() {
    for good in ["a", "_", ":", "a:b_C9", "process_cpu_seconds_total"] {
        assert!(is_legacy_metric_name(good), "{good}");
    }
    for bad in ["", "9a", "a-b", "a b", "ä", "a.b", "a\n"] {
        assert!(!is_legacy_metric_name(bad), "{bad}");
    }
}

#[test]
fn the_names_of_the_facts() {
    let suffixes = Fact::ALL.map(Fact::suffix);
    let expected = ["last_start", "last_end", "next_start", "next_end", "in_window"];
    assert_eq!(
        suffixes,
        expected
            .map(|fact| format!("_service_window_{fact}"))
            .each_ref()
            .map(String::as_str)
    );
    let families = Fact::ALL.map(Fact::family);
    let expected = [
        "service_window_last_start_timestamp_seconds",
        "service_window_last_end_timestamp_seconds",
        "service_window_next_start_timestamp_seconds",
        "service_window_next_end_timestamp_seconds",
        "service_window_in_window",
    ];
    assert_eq!(families, expected);
    let expected = [
        "service_window_slo_ratio",
        "service_window_completed_seconds",
        "service_window_accounting_start_timestamp_seconds",
        "service_window_month_attained_ratio",
        "service_window_month_budget_seconds",
        "service_window_month_budget_left_seconds",
        "service_window_month_unmeasured_seconds",
    ];
    assert_eq!(LabelsFact::ALL.map(LabelsFact::family), expected);
}

#[test]
fn help_texts_are_the_same_bytes_in_every_format() {
    let texts = Fact::ALL.map(Fact::help).into_iter();
    let texts: HashSet<&str> = texts.chain(LabelsFact::ALL.map(LabelsFact::help)).collect();
    assert_eq!(texts.len(), 12);
    for text in texts {
        assert!(text.len() < 100 && text.ends_with('.'), "{text}");
        assert!(
            text.chars()
                .all(|character| matches!(character, ' '..='~') && !"\"\\".contains(character)),
            "{text}"
        );
    }
}

#[test]
fn metric_names_come_apart_in_one_way() {
    assert_eq!(
        Fact::split("a_b_service_window_in_window"),
        Some(("a_b", Fact::InWindow))
    );
    assert_eq!(
        Fact::split("a_service_window_last_end_service_window_next_end"),
        Some(("a_service_window_last_end", Fact::NextEnd))
    );
    for other in [
        "",
        "a",
        "_service_window_in_window",
        "service_window_in_window",
        "a_service_window_in_window_",
    ] {
        assert_eq!(Fact::split(other), None, "{other}");
    }
}

proptest! {
    #[test]
    fn good_component_names_give_good_metric_names(name in any::<String>()) {
        let prefix = metric_prefix(&name);
        let has_addition = usize::from(name.starts_with(|first: char| !first.is_ascii_alphabetic()));
        prop_assert_eq!(prefix.len(), name.chars().count() + 2 * has_addition);
        prop_assert!(!prefix.starts_with('_'), "OpenMetrics reserves such names");
        // Names that are good already stay, so a prefix is its own prefix.
        prop_assert_eq!(&metric_prefix(&prefix), &prefix);
        for fact in Fact::ALL {
            let metric_name = format!("{prefix}{}", fact.suffix());
            prop_assert!(is_legacy_metric_name(&metric_name));
            if !prefix.is_empty() {
                prop_assert_eq!(Fact::split(&metric_name), Some((prefix.as_str(), fact)));
            }
        }
    }

    #[test]
    fn no_text_is_too_strange(text in any::<String>()) {
        for result in [check_component_name(&text), check_label_name(&text), check_label_value(&text)] {
            if let Err(error) = result {
                prop_assert!(error.to_string().ends_with('.'));
            }
        }
    }
}
