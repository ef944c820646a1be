//! How the program is asked: commands, options, variables, URLs. Exit code 2 is wrong usage; no password is ever shown.

use super::{EXAMPLE, folder, text, write};
use crate::support::database::Database;
use crate::support::program::{apply, command, commands, run, run_with};
use crate::support::server::Server;

/// The options that a help text lists: the long name and everything said about it, on one line.
fn options(help: &str) -> Vec<(String, String)> {
    let mut options: Vec<(String, String)> = Vec::new();
    let mut is_inside = false;
    for line in help.lines() {
        let words = line.trim_start();
        if (line.starts_with("Options") || line.starts_with("Global options")) && line.ends_with(':') {
            is_inside = true;
            continue;
        }
        is_inside &= !line.is_empty();
        if !is_inside {
            continue;
        }
        // What an option means is set further in than the option itself.
        match words
            .find("--")
            .filter(|_| line.len() - words.len() <= 6 && words.starts_with('-'))
        {
            Some(start) => {
                let name = words[start + 2..]
                    .split([' ', '='])
                    .next()
                    .expect("split gives one part at least");
                options.push((name.to_owned(), words.to_owned()));
            }
            None => {
                let (_, said) = options
                    .last_mut()
                    .expect("an option comes before what is said about it");
                *said += " ";
                *said += words;
            }
        }
    }
    options
}

#[test]
fn every_command_has_help_with_an_example() {
    for command in commands() {
        let help = run(&[&command, "--help"]).ok();
        assert!(
            help.contains("\nExample:\n  ") || help.contains("\nExamples:\n  "),
            "{help}"
        );
        assert!(
            help.contains(&format!("sla-monitor {command}")),
            "the example runs {command}: {help}"
        );
    }
}

#[test]
fn every_option_has_its_variable() {
    for command in commands() {
        let options = options(&run(&[&command, "--help"]).ok());
        assert!(
            options.iter().any(|(name, _)| name == "database-url"),
            "{command}: {options:?}"
        );
        for (name, said) in options.iter().filter(|(name, _)| name != "help") {
            let variable = format!("SLA_MONITOR_{}", name.to_uppercase().replace('-', "_"));
            let named = said.contains(&format!("[env: {variable}]")) || said.contains(&format!("[env: {variable}=]"));
            assert!(named, "{command} --{name}: {said}");
        }
    }
}

/// What a help text says of `--database-url`.
fn said_of_the_database(command: &str) -> String {
    let options = options(&run(&[command, "--help"]).ok());
    let option = options.into_iter().find(|(name, _)| name == "database-url");
    option.expect("every command has the option").1
}

#[test]
fn the_help_names_the_database_that_is_used() {
    // Commands that say which file they miss, or make it; none has an option that names one.
    let cases: &[(&str, &[&str])] = &[
        ("serve", &["--migrate", "--bind", "127.0.0.1:0"]),
        ("demo", &["--bind", "127.0.0.1:0"]),
        ("migrate", &[]),
        ("createsuperuser", &["--noinput", "--username", "ada"]),
        ("createtoken", &["ada", "--name", "ci", "--scope", "read"]),
        ("changepassword", &["ada"]),
        ("clearsessions", &[]),
        ("apply", &["-"]),
        ("export", &[]),
        ("explain", &["payments-api"]),
        ("spans", &["payments-api", "--from", "0", "--to", "1"]),
        ("metrics", &[]),
        ("check", &[]),
    ];
    for (name, arguments) in cases {
        let said = said_of_the_database(name);
        let default = said
            .split_once("[default: sqlite:")
            .and_then(|(_, rest)| rest.split_once(']'))
            .unwrap_or_else(|| panic!("{name} names its default: {said}"))
            .0;
        let is_read = said.contains("DATABASE_URL is read too");
        assert_ne!(is_read, said.contains("DATABASE_URL is not read"), "{name}: {said}");
        for variable in [None, Some("./elsewhere.sqlite3")] {
            let folder = folder();
            let mut command = command();
            command.current_dir(folder.path()).arg(name).args(*arguments);
            command.env("SLA_MONITOR_SUPERUSER_PASSWORD", "correct horse battery");
            command.envs(variable.map(|url| ("DATABASE_URL", url)));
            let used = variable.filter(|_| is_read).unwrap_or(default);
            if matches!(*name, "serve" | "demo") {
                drop(Server::spawn(command));
            } else {
                let output = command.stdin(std::process::Stdio::null()).output();
                let output = output.expect("the program runs");
                let printed = String::from_utf8([output.stdout, output.stderr].concat()).expect("messages are UTF-8");
                let misses = format!("the database file {used} does not exist");
                assert!(*name == "migrate" || printed.contains(&misses), "{name}: {printed}");
            }
            if matches!(*name, "serve" | "demo" | "migrate") {
                assert!(folder.path().join(used).exists(), "{name} makes {used}");
            }
        }
    }
    let said = said_of_the_database("evaluate");
    assert!(
        said.contains("no database is opened") && !said.contains("[default"),
        "{said}"
    );
}

#[test]
fn options_that_are_only_checked_are_set_apart() {
    let help = run(&["check", "--help"]).ok();
    let (own, others) = help
        .split_once("\nOptions of serve, to be checked:\n")
        .expect("they have a heading");
    let (checked, global) = others
        .split_once("\nGlobal options:\n")
        .expect("the others have one, too");
    let (global, _examples) = global.split_once("\nExamples:\n").expect("examples follow");
    assert!(own.contains("--deploy") && !own.contains("--database-url"), "{own}");
    assert!(
        checked.contains("--bind") && checked.contains("--environment"),
        "{checked}"
    );
    assert!(
        global.contains("--database-url") && !global.contains("--bind"),
        "{global}"
    );
}

#[test]
fn options_of_every_command_stand_under_a_heading_of_their_own() {
    let expected = [
        "database-url",
        "database-url-file",
        "log-format",
        "log-level",
        "sqlite-synchronous",
        "tzdata",
    ];
    let names = |help: &str| -> Vec<String> {
        let mut names: Vec<String> = options(help).into_iter().map(|(name, _)| name).collect();
        names.sort();
        names
    };
    let helps = commands().into_iter().map(|command| run(&[&command, "--help"]).ok());
    for help in helps.chain([run(&["--help"]).ok()]) {
        let (own, global) = help.split_once("\nGlobal options:\n").expect("they have a heading");
        assert_eq!(names(&format!("Global options:\n{global}")), expected, "{help}");
        let own = names(own);
        assert!(own.iter().any(|name| name == "help"), "{help}");
        assert!(own.iter().all(|name| !expected.contains(&name.as_str())), "{help}");
    }
}

#[test]
fn wrong_usage_ends_with_two() {
    let cases: &[(&[&str], &str)] = &[
        (&[], "Usage: sla-monitor"),
        (&["frobnicate"], "frobnicate"),
        (&["exports"], "export"),
        (&["export", "--bogus"], "--bogus"),
        (&["export", "surplus"], "surplus"),
        (&["apply"], "<FILE>"),
        (&["explain"], "<COMPONENT>"),
        (&["export", "--format", "xml"], "`xml` is no format; use yaml or json"),
        (
            &["metrics", "--format", "json"],
            "`json` is no format; use text or openmetrics",
        ),
        (&["metrics", "--metrics-layout", "wide"], "--metrics-layout"),
        (&["serve", "--bind", "nowhere"], "HOST:PORT"),
        (&["serve", "--bind", "127.0.0.1:99999"], "HOST:PORT"),
        (&["serve", "--pool-size", "0"], "--pool-size"),
        (
            &["serve", "--metrics-refresh-timeout", "0"],
            "--metrics-refresh-timeout",
        ),
        (&["serve", "--metrics-on-error", "panic"], "use stale or unavailable"),
        (&["export", "--log-level", "a=b=c"], "--log-level"),
        (&["export", "--database-url"], "--database-url"),
        (&["export", "--database-url", ""], "the database URL is empty"),
        (
            &["export", "--database-url", "mysql://h/d"],
            "the database scheme `mysql` is not supported; use sqlite:PATH",
        ),
        (&["export", "--database-url", "postgres:h/d"], "two slashes"),
    ];
    for (arguments, words) in cases {
        let ran = run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}: {ran:?}");
        assert!(ran.err.contains(words), "{words} was expected: {ran:?}");
    }
}

#[test]
fn a_bad_variable_is_named() {
    let cases: &[(&[&str], &str, &str, &str)] = &[
        (
            &["export"],
            "SLA_MONITOR_DATABASE_URL",
            "mysql://h/d",
            "SLA_MONITOR_DATABASE_URL",
        ),
        (&["export"], "SLA_MONITOR_DATABASE_URL", "", "SLA_MONITOR_DATABASE_URL"),
        (&["export"], "DATABASE_URL", "mysql://h/d", "DATABASE_URL"),
        (&["export"], "DATABASE_URL", "", "DATABASE_URL"),
        (&["export"], "SLA_MONITOR_FORMAT", "xml", "--format"),
        (&["export"], "SLA_MONITOR_LOG_FORMAT", "xml", "--log-format"),
        (&["apply", "-"], "SLA_MONITOR_DRY_RUN", "perhaps", "--dry-run"),
        (&["apply", "-"], "SLA_MONITOR_PRUNE", "perhaps", "--prune"),
        (&["migrate"], "SLA_MONITOR_PLAN", "perhaps", "--plan"),
        (&["explain", "a"], "SLA_MONITOR_AT", "noon", "--at"),
        (&["serve"], "SLA_MONITOR_BIND", "nowhere", "--bind"),
        (&["serve"], "SLA_MONITOR_WORKERS", "many", "--workers"),
        (&["check"], "SLA_MONITOR_DEPLOY", "perhaps", "--deploy"),
    ];
    for (arguments, variable, value, named) in cases {
        let ran = run_with(arguments, "", &[(variable, value)]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{variable}={value}: {ran:?}");
        assert!(ran.err.contains(named), "{named} was expected: {ran:?}");
    }
}

#[test]
fn variables_say_what_options_say() {
    let database = Database::sqlite();
    let on = ("SLA_MONITOR_DATABASE_URL", database.url.as_str());
    let dry = run_with(&["apply", "-"], EXAMPLE, &[on, ("SLA_MONITOR_DRY_RUN", "yes")]).ok();
    assert!(
        dry.ends_with("5 would be added, 0 would be changed, 0 would be deleted\n"),
        "{dry}"
    );
    let wet = run_with(&["apply", "-"], EXAMPLE, &[on, ("SLA_MONITOR_DRY_RUN", "false")]).ok();
    assert_eq!(wet, "5 added, 0 changed, 0 deleted\n");
    let json = run_with(&["export"], "", &[on, ("SLA_MONITOR_FORMAT", "json")]).ok();
    assert!(json.starts_with("{\n"), "{json}");
    let yaml = run_with(
        &["export", "--format", "yaml"],
        "",
        &[on, ("SLA_MONITOR_FORMAT", "json")],
    )
    .ok();
    assert!(yaml.starts_with("labels:\n"), "the option wins: {yaml}");
    let at = run_with(
        &["explain", "payments-api"],
        "",
        &[on, ("SLA_MONITOR_AT", "2026-06-01T10:00:00Z")],
    )
    .ok();
    assert!(at.contains("INSIDE") && at.contains("2026-06-01 10:00:00 UTC"), "{at}");
}

#[test]
fn the_option_wins_over_its_variable_and_both_over_database_url() {
    let folder = folder();
    // Arguments, SLA_MONITOR_DATABASE_URL, DATABASE_URL; empty is not given.
    let cases: &[(&[&str], &str, &str, &str)] = &[
        (&[], "", "common", "common"),
        (&[], "own", "common", "own"),
        (&["--database-url", "flag"], "own", "common", "flag"),
        (&["--database-url", "flag"], "", "common", "flag"),
        (&["--database-url", "sqlite:flag"], "", "", "flag"),
        (&[], "", "", "./sla-monitor.sqlite3"),
    ];
    for (arguments, own, common, asked) in cases {
        let variables = [("SLA_MONITOR_DATABASE_URL", *own), ("DATABASE_URL", *common)];
        let mut command = command();
        command
            .current_dir(folder.path())
            .arg("export")
            .args(*arguments)
            .envs(variables.into_iter().filter(|(_, url)| !url.is_empty()));
        let output = command.output().expect("the program runs");
        let message = String::from_utf8(output.stderr).expect("messages are UTF-8");
        assert_eq!(output.status.code(), Some(1));
        assert!(
            message.contains(&format!("the database file {asked} does not exist")),
            "{asked}: {message}"
        );
    }
    let database = Database::sqlite();
    apply(&database, "components: [{name: found}]");
    let out = run_with(
        &["export"],
        "",
        &[("DATABASE_URL", &format!("sqlite:{}", database.url))],
    )
    .ok();
    assert!(out.contains("name: found"), "{out}");
}

#[test]
fn a_place_where_no_database_can_be_is_reported_with_what_to_do() {
    let folder = folder();
    let rubbish = write(folder.path(), "rubbish.sqlite3", "words, not pages. ".repeat(100));
    let below_a_file = rubbish.join("x.sqlite3");
    let below_nothing = folder.path().join("missing/x.sqlite3");
    let cases: &[(&str, &str)] = &[
        (text(folder.path()), "this is a directory; name a file in it"),
        (text(&rubbish), "file is not a database"),
        (text(&below_a_file), "there is no folder "),
        (text(&below_nothing), "there is no folder "),
        ("/proc/x.sqlite3", "may this user write to /proc?"),
        ("postgres://sla@127.0.0.1:1/sla", "127.0.0.1"),
    ];
    for (url, words) in cases {
        for command in [&["migrate"][..], &["serve", "--migrate"]] {
            let message = run(&[command, &["--database-url", url]].concat()).refused();
            assert!(
                message.starts_with("sla-monitor: the database is unavailable: "),
                "{message}"
            );
            assert!(message.contains(words), "{words} was expected: {message}");
        }
    }
    assert!(!folder.path().join("missing").exists());
    assert!(
        !std::fs::read(&rubbish)
            .expect("the file is there")
            .starts_with(b"SQLite"),
        "it is left as it is"
    );
}

#[test]
fn passwords_are_never_shown() {
    let urls = [
        "postgres://user:secret@127.0.0.1:1/sla",
        "postgresql://user:secret@127.0.0.1:1/sla",
        "postgres://user:secret@127.0.0.1:1,127.0.0.1:2/sla?target_session_attrs=read-write",
        "postgres://user@127.0.0.1:1/sla?password=secret&connect_timeout=2",
        "postgres://user@127.0.0.1:1/sla?passwort=secret",
        "postgres://user:secret@127.0.0.1:1/sla?nonsense=1",
        "postgres://user:secret%@127.0.0.1:1/sla",
        "postgres://user:secret@[::1",
        "postgres://user:secret@[::1]x/sla",
        "postgres://user:secret/with?signs@127.0.0.1:1/sla",
        "postgres://user:secret@127.0.0.1:port/sla",
        "postgres:/user:secret@127.0.0.1:1/sla",
        "postgres:user:secret@127.0.0.1:1/sla",
        "Postgres://user:secret@127.0.0.1:1/sla",
        "mysql://user:secret@127.0.0.1:1/sla",
    ];
    let commands: &[&[&str]] = &[
        &["export"],
        &["migrate"],
        &["showmigrations"],
        &["check", "--deploy"],
        &["serve", "--migrate", "--log-level", "debug"],
        &["export", "--help"],
    ];
    for url in urls {
        for command in commands {
            for variable in ["SLA_MONITOR_DATABASE_URL", "DATABASE_URL"] {
                let ran = run_with(command, "", &[(variable, url)]);
                assert!(
                    !format!("{}{}", ran.out, ran.err).contains("secret"),
                    "{command:?} on {url}: {ran:?}"
                );
                let helps = command.contains(&"--help");
                assert_eq!(ran.code == 0, helps, "{command:?} on {url}: {ran:?}");
                assert!(!ran.err.contains("panicked"), "{ran:?}");
            }
        }
        let ran = run(&["export", "--database-url", url]);
        assert!(!ran.err.contains("secret"), "{url}: {ran:?}");
        assert_eq!(ran.err.trim_end().lines().count(), 1, "one line: {ran:?}");
    }
}

mod postgres {
    use crate::support::client;
    use crate::support::database::Database;
    use crate::support::server::Server;

    #[test]
    fn a_server_does_not_log_its_password() {
        let mut database = Database::postgres();
        database.url = database.url.replacen('@', ":secret@", 1);
        let server = Server::start(&database, &["--log-level", "debug"]);
        assert_eq!(client::get(&format!("{}/metrics", server.url)).status, 200);
        server.wait_for_log("listening", 1);
        assert!(
            server.log().contains(":***@"),
            "the database is named: {}",
            server.log()
        );
        assert!(!server.log().contains("secret"), "{}", server.log());
    }
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let database = Database::sqlite();
    apply(&database, EXAMPLE);
    let mut child = command()
        .args(["export", "--database-url", &database.url])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}
