//! Selectors: what is read as Prometheus reads it, what is refused and where, and that a selector is printed as it is read.

use proptest::prelude::*;
use sla_monitor::metrics::answer::selection::{MATCHERS_MAX, Selector};
use sla_monitor::metrics::format::names::is_legacy_metric_name;

use super::selection::Carried;

/// A selector in its parts.
fn selector(name: Option<&str>, labels: &[(&str, &str)]) -> Selector {
    Selector {
        name: name.map(str::to_owned),
        labels: labels
            .iter()
            .map(|(label, value)| ((*label).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

#[track_caller]
fn check(text: &str, name: Option<&str>, labels: &[(&str, &str)]) {
    let expected = selector(name, labels);
    assert_eq!(text.parse(), Ok(expected.clone()), "{text}");
    assert_eq!(expected.to_string().parse(), Ok(expected), "{text}, printed");
}

#[track_caller]
fn check_error(text: &str, message: &str) {
    let error = text.parse::<Selector>().map_err(|error| error.to_string());
    assert_eq!(error, Err(message.to_owned()), "{text}");
}

#[track_caller]
fn check_text(literal: &str, value: &str) {
    check(&format!("{{a={literal},b=\"c\"}}"), None, &[("a", value), ("b", "c")]);
}

#[test]
fn names_and_labels() {
    check("up", Some("up"), &[]);
    check("  up\t\r\n", Some("up"), &[]);
    check("up{}", Some("up"), &[]);
    check("_a:b_9", Some("_a:b_9"), &[]);
    check(":", Some(":"), &[]);
    check("offset", Some("offset"), &[]);
    check(r#"{team="blue"}"#, None, &[("team", "blue")]);
    check(r#"up{team="blue"}"#, Some("up"), &[("team", "blue")]);
    check(r#"up {team="blue",}"#, Some("up"), &[("team", "blue")]);
    check(
        "\n{\n  team = \"blue\" ,\n\tcomponent\n=\n'x' , } ",
        None,
        &[("component", "x"), ("team", "blue")],
    );
    check(
        r#"{on="a",by="b",offset="c"}"#,
        None,
        &[("by", "b"), ("offset", "c"), ("on", "a")],
    );
    check(r#"{__name__="up"}"#, Some("up"), &[]);
    check(r#"{__name__="up",a="b"}"#, Some("up"), &[("a", "b")]);
    check(r#"{__name__="",a="b"}"#, Some(""), &[("a", "b")]);
    check(r#"{team="",env="prod"}"#, None, &[("env", "prod"), ("team", "")]);
    check(r#"up{team=""}"#, Some("up"), &[("team", "")]);
    check(r#"{a="b",a="b"}"#, None, &[("a", "b")]);
    check(r#"{a="c",a="b"}"#, None, &[("a", "b"), ("a", "c")]);
}

#[test]
fn names_in_quotes() {
    check(r#"{"up"}"#, Some("up"), &[]);
    check(r#"{ 'up' , }"#, Some("up"), &[]);
    check(r#"{`up`,team="blue"}"#, Some("up"), &[("team", "blue")]);
    check(r#"{team="blue","größe.1"}"#, Some("größe.1"), &[("team", "blue")]);
    check(r#"{"cost centre"="1"}"#, None, &[("cost centre", "1")]);
    check(r#"{"__name__"="up"}"#, Some("up"), &[]);
}

#[test]
fn texts_and_their_escapes() {
    check_text(r#""b""#, "b");
    check_text("'b'", "b");
    check_text("`b`", "b");
    check_text(r#""it's `b`""#, "it's `b`");
    check_text(r#"'say "b"'"#, "say \"b\"");
    check_text(r#""\"\\\a\b\f\n\r\t\v""#, "\"\\\u{7}\u{8}\u{c}\n\r\t\u{b}");
    check_text(r"'\''", "'");
    check_text(r#""\x41\102\u0043\U00000044""#, "ABCD");
    check_text(r#""\xc3\xb6 \303\266 \u00f6 \U000000F6 ö""#, "ö ö ö ö ö");
    check_text(r#""\U0001F44D\000""#, "👍\0");
    check_text(r"`\n\x\`", r"\n\x\");
    check_text("`a\nb`", "a\nb");
    check_text("\"a\tb\r\"", "a\tb\r");
    check_text(r#""},{=~,""#, "},{=~,");
}

#[test]
fn what_is_no_selector_is_said_with_its_place() {
    check_error(
        "",
        "character 1: the end was found where the name of a family or `{` is expected",
    );
    check_error(
        "  9up",
        "character 3: `9` was found where the name of a family or `{` is expected",
    );
    check_error(
        "(up)",
        "character 1: `(` was found where the name of a family or `{` is expected",
    );
    check_error(
        "{,}",
        "character 2: `,` was found where the name of a label or `}` is expected",
    );
    check_error(
        r#"{a="b",,}"#,
        "character 8: `,` was found where the name of a label or `}` is expected",
    );
    check_error(
        "{ß=\"b\"}",
        "character 2: `ß` was found where the name of a label or `}` is expected",
    );
    check_error(
        "{ö",
        "character 2: `ö` was found where the name of a label or `}` is expected",
    );
    check_error("{a", "character 3: the end was found where `=` is expected");
    check_error("{a:b=\"c\"}", "character 3: `:` was found where `=` is expected");
    check_error(r#"{"a""#, "character 5: the end was found where `=` is expected");
    check_error(
        r#"{"größe"="b" c="d"}"#,
        "character 14: `c` was found where `,` or `}` is expected",
    );
    check_error(
        "{a=\"b\"",
        "character 7: the end was found where `,` or `}` is expected",
    );
    check_error("{a\u{1}", r"character 3: `\u{1}` was found where `=` is expected");
}

#[test]
fn operators_and_what_comes_behind_a_selector_are_refused() {
    let way_out = "is not supported, only `=` is; repeat match[] for each value that is wanted, or drop what is not by \
                   metric_relabel_configs";
    for operator in ["!=", "=~", "!~"] {
        check_error(
            &format!("{{team {operator} \"a\"}}"),
            &format!("character 7: `{operator}` {way_out}"),
        );
    }
    check_error("{a!b}", "character 3: `!` was found where `=` is expected");
    check_error(
        r#"{a=="b"}"#,
        "character 4: a value stands in quotes, as in {team=\"blue\"}",
    );
    check_error("{a=b}", "character 4: a value stands in quotes, as in {team=\"blue\"}");
    check_error("{a=1}", "character 4: a value stands in quotes, as in {team=\"blue\"}");
    check_error("{a=", "character 4: a value stands in quotes, as in {team=\"blue\"}");
    let rest = "was found behind the selector, which takes no range, offset, `@` or operator; remove it";
    check_error("up offset 5m", &format!("character 4: `o` {rest}"));
    check_error("up[5m]", &format!("character 3: `[` {rest}"));
    check_error("{a=\"b\"} @ 1", &format!("character 9: `@` {rest}"));
    check_error("{a=\"b\"}}", &format!("character 8: `}}` {rest}"));
    check_error("sum(up)", &format!("character 4: `(` {rest}"));
    check_error("up-down", &format!("character 3: `-` {rest}"));
    check_error("up or down", &format!("character 4: `o` {rest}"));
    check_error("up # all", &format!("character 4: `#` {rest}"));
}

#[test]
fn texts_that_end_nowhere_or_say_nothing_are_refused() {
    for quote in ['"', '\'', '`'] {
        check_error(
            &format!("{{ö={quote}b}}"),
            "character 2: `ö` was found where the name of a label or `}` is expected",
        );
        check_error(
            &format!("{{a={quote}b}}"),
            &format!("character 4: the text that begins here has no end; close it with {quote}"),
        );
    }
    check_error(
        "{a=\"b\nc\"}",
        "character 6: a line cannot end inside of \" or '; write \\n, or put the text between backquotes",
    );
    for (literal, escape) in [
        (r#""ö\q""#, r"\q"),
        (r#""ö\'""#, r"\'"),
        (r#"'ö\"'"#, r#"\""#),
        (r#""ö\`""#, r"\`"),
        (r#""ö\x4g""#, r"\x4"),
        (r#""ö\8""#, r"\8"),
        (r#""ö\12""#, r"\12"),
        (r#""ö\400""#, r"\400"),
        (r#""ö\u12""#, r"\u12"),
        (r#""ö\ud800""#, r"\ud800"),
        (r#""ö\U00110000""#, r"\U00110000"),
        (r#""ö\Uffffffff""#, r"\Uffffffff"),
        ("\"ö\\\u{1}\"", r"\\u{1}"),
        (r#""ö\"#, r"\"),
    ] {
        check_error(
            &format!("{{a={literal}}}").replace("ö\\}", "ö\\"),
            &format!(
                "character 6: `{escape}` is no escape sequence; double the backslash, or put the text between backquotes"
            ),
        );
    }
    check_error(
        r#"{a="\xff"}"#,
        "character 4: the bytes of this text are not UTF-8, so nothing is called that; write its characters themselves",
    );
}

#[test]
fn a_selector_narrows_and_has_one_name() {
    let everything =
        "character 1: this would match everything; name a family, or give a label a value that is not empty";
    for text in [
        "{}",
        " { } ",
        r#"{a=""}"#,
        r#"{a="",b=''}"#,
        r#"{""}"#,
        r#"{__name__="",a=""}"#,
    ] {
        check_error(text, everything);
    }
    let twice = "the name of a family stands here a second time; give it once, before the braces or inside";
    check_error(r#"up{__name__="up"}"#, &format!("character 4: {twice}"));
    check_error(r#"up{"down"}"#, &format!("character 4: {twice}"));
    check_error(r#"{"up", "down"}"#, &format!("character 8: {twice}"));
}

#[test]
fn a_selector_has_so_many_matchers() {
    let matchers = |count: usize| {
        let matchers: Vec<String> = (0..count).map(|number| format!("l{number}=\"\"")).collect();
        matchers.join(",")
    };
    let most: Selector = format!("up{{{}}}", matchers(MATCHERS_MAX - 1))
        .parse()
        .expect("these are as many as there may be");
    assert_eq!(most.labels.len(), 99);
    let error = format!("up{{{}}}", matchers(MATCHERS_MAX)).parse::<Selector>();
    assert_eq!(
        error.expect_err("one more").to_string(),
        "character 687: a selector takes 100 matchers; remove those from here on"
    );
}

#[test]
fn a_selector_takes_what_has_all_of_its_values() {
    let labels = [
        ("env".to_owned(), "prod".to_owned()),
        ("team".to_owned(), "blue".to_owned()),
    ];
    for (text, takes) in [
        (r#"{team="blue"}"#, true),
        (r#"{team="blue",env="prod"}"#, true),
        (r#"{team="blue",env="test"}"#, false),
        (r#"{team="Blue"}"#, false),
        (r#"{team="blue",region=""}"#, true),
        (r#"up{team=""}"#, false),
        (r#"up{region=""}"#, true),
        (r#"{region="x"}"#, false),
        (r#"{component="api"}"#, true),
        (r#"{component="web"}"#, false),
        (r#"{component="",team="blue"}"#, false),
        (r#"{team="blue",team="red"}"#, false),
        (r#"{team="blue",team=""}"#, false),
        ("up", true),
    ] {
        let selector: Selector = text.parse().expect(text);
        assert_eq!(selector.takes_component("api", &Carried(&labels)), takes, "{text}");
    }
}

fn text() -> impl Strategy<Value = String> {
    let special = proptest::sample::select(vec![
        '"', '\'', '`', '\\', '\n', '\r', '\0', 'n', 'x', '{', '}', ',', '=', 'ö',
    ]);
    let nasty = proptest::collection::vec(special, 0..6).prop_map(|characters| characters.into_iter().collect());
    prop_oneof![any::<String>(), nasty, "[a-z_]{1,4}".prop_map(String::from)]
}

proptest! {
    #[test]
    fn a_selector_is_read_as_it_is_printed(
        name in proptest::option::of(text()),
        mut labels in proptest::collection::vec((text(), text()), 0..4),
    ) {
        labels.retain(|(label, _)| label != "__name__");
        labels.push(("last".to_owned(), "x".to_owned()));
        labels.sort();
        labels.dedup();
        let selector = Selector { name, labels };
        prop_assert_eq!(selector.to_string().parse(), Ok(selector));
        let bare = Selector { name: Some("up".to_owned()), labels: Vec::new() };
        prop_assert!(is_legacy_metric_name(&bare.to_string()));
    }

    #[test]
    fn no_text_is_too_strange(text in any::<String>()) {
        check_strange(&text);
    }

    #[test]
    fn nor_one_of_real_parts(parts in proptest::collection::vec(proptest::sample::select(vec![
        "up", "{", "}", "team", "=", "!=", "=~", "\"", "'", "`", "\\", "\\x4", "\\u00f6", ",", " ", "\n", "blue", "__name__", "\"up\"", "ö",
    ]), 0..12)) {
        check_strange(&parts.concat());
    }
}

/// A text is read, and then printed in a way that means the same, or it is refused in one line with a place inside of it.
fn check_strange(text: &str) {
    match text.parse::<Selector>() {
        Ok(selector) => assert_eq!(selector.to_string().parse(), Ok(selector)),
        Err(error) => {
            let message = error.to_string();
            assert!(
                !message.chars().any(char::is_control) && message.len() < 300,
                "{message}"
            );
            assert!((1..=text.chars().count() + 1).contains(&error.position), "{message}");
        }
    }
}
