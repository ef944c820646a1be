//! What a shell completes, and the manual pages.

use std::process::Command;

use super::{folder, text, write};
use crate::support::program::{commands, run};

#[test]
fn bash_completes_commands_and_options() {
    let folder = folder();
    let script = run(&["completions", "bash"]).ok();
    let script = write(folder.path(), "sla-monitor.bash", script);
    let cases: &[(&[&str], &[&str])] = &[
        (&["sho"], &["showmigrations"]),
        (&["serve", "--metrics-tok"], &["--metrics-token-file"]),
        (&["completions", "f"], &["fish"]),
    ];
    for (words, expected) in cases {
        let typed = words.join(" ");
        // As bash does it: it sets the words and the position, and calls the function with program, word and the word before.
        let asks = format!(
            "source {}; COMP_WORDS=(sla-monitor {typed}); COMP_CWORD={}; called=$(complete -p sla-monitor); called=${{called##*-F }}; \
             ${{called%% *}} sla-monitor {} x; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            text(&script),
            words.len(),
            words.last().expect("something is typed"),
        );
        let output = Command::new("bash").args(["-c", &asks]).output().expect("bash runs");
        let said = String::from_utf8(output.stdout.clone()).expect("completions are UTF-8");
        assert_eq!(said.lines().collect::<Vec<_>>(), *expected, "{typed}: {output:?}");
    }
}

#[test]
fn each_shell_gets_a_script_that_names_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&["completions", shell]).ok();
        for command in commands() {
            assert!(script.contains(&command), "{shell}: {command}");
        }
        assert!(script.contains("database-url"), "{shell}");
    }
    assert_eq!(run(&["completions", "cmd"]).code, 2);
    assert_eq!(run(&["completions"]).code, 2);
}

#[test]
fn there_is_a_manual_page_for_the_program_and_for_each_command() {
    let folder = folder();
    let pages = folder.path().join("made/man1");
    for _ in 0..2 {
        run(&["man", text(&pages)]).ok();
    }
    let mut expected: Vec<String> = commands().iter().map(|name| format!("sla-monitor-{name}.1")).collect();
    expected.push("sla-monitor.1".to_owned());
    expected.sort();
    let entries = std::fs::read_dir(&pages).expect("the folder was made");
    let names = entries.map(|entry| entry.expect("it can be read").file_name().into_string());
    let mut names: Vec<String> = names.map(|name| name.expect("names are UTF-8")).collect();
    names.sort();
    assert_eq!(names, expected);
    let page = std::fs::read_to_string(pages.join("sla-monitor-serve.1")).expect("it is there");
    for words in [
        "sla\\-monitor\\-serve",
        "\\-\\-metrics\\-token\\-file",
        "SLA_MONITOR_BIND",
        "Example:",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let file = write(folder.path(), "file", "");
    let refused = run(&["man", text(&file)]).refused();
    assert!(
        refused.contains("cannot be written to") && refused.contains("file"),
        "{refused}"
    );
}

#[test]
fn what_is_printed_does_not_depend_on_variables() {
    let script = run(&["completions", "zsh"]).ok();
    let variables = [
        ("SLA_MONITOR_DATABASE_URL", "postgres://u:secret@127.0.0.1:1/x"),
        ("SLA_MONITOR_BIND", "127.0.0.1:9"),
    ];
    let other = crate::support::program::run_with(&["completions", "zsh"], "", &variables).ok();
    assert_eq!(script, other);
}
