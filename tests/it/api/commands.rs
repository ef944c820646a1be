//! `--server`: the same output and the same exit status as on the database, and what is wrong usage.

use super::{Client, DOCUMENT};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{apply, run, run_on, run_on_input, run_with};
use crate::support::server::Server;

on_both_databases!(explanations_are_the_same, refusals_are_the_same);

fn explanations_are_the_same(database: &Database) {
    apply(database, DOCUMENT);
    let world = "windows: [{name: Tokyo, timezone: Asia/Tokyo, rules: [{type: weekly, days: [MO], start: '09:00', end: '10:00'}]}]
components: [{name: worldwide, windows: [Tokyo, Office]}, {name: idle}, {name: off, enabled: false, windows: [Tokyo]}]";
    apply(database, world);
    let server = Server::start(database, &[]);
    let client = Client::root(database, &server);
    let cases: &[&[&str]] = &[
        &["shop", "--at", "2026-12-25T09:00:00+01:00"],
        &["shop", "--at", "2026-12-24T09:00:00Z"],
        &["shop", "--at", "2026-12-24 09:00"],
        &["shop", "--at", "2026-12-24"],
        &["shop", "--at", "1798185600"],
        &["shop", "--at", "2026-10-25T02:30"],
        &["SHOP", "--at", "2026-03-29T02:30", "--zone", "Europe/Berlin"],
        &["a/b", "--at", "1969-12-31T23:59:59Z"],
        &["worldwide", "--at", "2026-12-21"],
        &["worldwide", "--at", "2026-12-21", "--zone", "Asia/Tokyo"],
        &["idle", "--at", "2026-12-21T10:00:00Z"],
        &["idle", "--at", "2026-12-21"],
        &["off", "--at", "2026-12-21T00:30:00Z"],
        &["shopp", "--at", "2026-12-21T10:00:00Z"],
        &["hop", "--at", "2026-12-21T10:00:00Z"],
        &["", "--at", "2026-12-21T10:00:00Z"],
        &["shop", "--at", "noon"],
        &["shop", "--zone", "Berlin"],
    ];
    for case in cases {
        for format in [&[][..], &["--format", "json"]] {
            let arguments = [&["explain"], *case, format].concat();
            let (remote, local) = (client.run(&arguments, ""), run_on(database, &arguments));
            assert_eq!(
                (remote.code, &remote.out, &remote.err),
                (local.code, &local.out, &local.err),
                "{arguments:?}"
            );
        }
    }
    // Now, which is another second for each of them.
    assert!(
        client
            .run(&["explain", "shop"], "")
            .ok()
            .contains("service windows at ")
    );
    database.execute("UPDATE rule SET rrule = 'FREQ=NEVER', kind = 'rrule', weekdays = NULL WHERE kind = 'weekly'");
    for arguments in [
        &["explain", "shop", "--at", "0"][..],
        &["explain", "shop", "--at", "0", "--format", "json"],
        &["export"],
    ] {
        let (remote, local) = (client.run(arguments, ""), run_on(database, arguments));
        assert_eq!(local.code, 1, "{local:?}");
        assert_eq!(
            (remote.code, remote.out, remote.err),
            (local.code, local.out, local.err)
        );
    }
}

fn refusals_are_the_same(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let client = Client::root(database, &server);
    let cases: &[(&[&str], &str)] = &[
        (&["apply", "-"], "components:\n- {name: shop, windows: [Offices]}"),
        (&["apply", "-"], "components:\n- {name: shop, slo: 101}"),
        (&["apply", "-"], "components: [{name: x"),
        (&["apply", "-"], "{\"components\": [{\"name\": 1]}"),
        (&["apply", "-"], "colours: []"),
        (&["apply", "--dry-run", "-"], "windows: [{name: New, rules: []}]"),
        (&["apply", "--prune", "-"], ""),
        (&["apply", "--prune", "-"], "[{name: shop}]"),
        (&["apply", "--prune", "-"], "components: [{name: shop}, {name: Shop}]"),
        (&["apply", "-"], "[{name: shop, slo: 99}]"),
        (&["apply", "--dry-run", "-"], "[{name: shop, slo: 98}]"),
        (&["apply", "--impact", "90d", "-"], "{}"),
        (&["apply", "--dry-run", "--impact", "0d", "-"], "{}"),
    ];
    for (arguments, input) in cases {
        // The database first: what is accepted changes it once.
        let remote = match arguments.contains(&"--dry-run") {
            true => client.run(arguments, input),
            false => {
                let dry = [&["apply", "--dry-run"], &arguments[1..]].concat();
                let local = run_on_input(database, &dry, input);
                let remote = client.run(&dry, input);
                assert_eq!(
                    (remote.code, remote.out, remote.err),
                    (local.code, local.out, local.err),
                    "{input}"
                );
                continue;
            }
        };
        let local = run_on_input(database, arguments, input);
        assert_eq!(
            (remote.code, remote.out, remote.err),
            (local.code, local.out, local.err),
            "{input}"
        );
    }
    let written = client.run(&["apply", "-"], "components:\n- {name: shop, windows: [Offices]}");
    let message = written.refused();
    assert!(message.contains("<stdin>:2: components[0].windows[0]: "), "{message}");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn wrong_usage_ends_with_2_before_anything_is_sent() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let token = folder.path().join("token");
    std::fs::write(&token, "slam_x\n").expect("a file can be written");
    let token = token.to_str().expect("temporary paths are UTF-8");
    let url = "https://sla.example.org";
    let cases: &[(&[&str], &str)] = &[
        (&["export", "--server", url], "--token-file"),
        (&["export", "--token-file", token], "--server"),
        (
            &["export", "--server", url, "--token-file", token, "--database-url", "x"],
            "exclude each other",
        ),
        (
            &[
                "explain",
                "a",
                "--server",
                url,
                "--token-file",
                token,
                "--database-url-file",
                "x",
            ],
            "exclude each other",
        ),
        (
            &["export", "--server", "sla.example.org", "--token-file", token],
            "http",
        ),
        (
            &[
                "export",
                "--server",
                "https://a:b@sla.example.org",
                "--token-file",
                token,
            ],
            "credentials",
        ),
        (
            &[
                "export",
                "--server",
                "https://sla.example.org/?a=b",
                "--token-file",
                token,
            ],
            "parameters",
        ),
        (
            &[
                "export",
                "--server",
                "https://sla.example.org/api/v1/",
                "--token-file",
                token,
            ],
            "leave that out",
        ),
    ];
    for (arguments, words) in cases {
        let ran = run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}: {ran:?}");
        assert!(ran.err.contains(words) && !ran.err.contains("a:b"), "{words}: {ran:?}");
    }
    let by_variable = run_with(
        &["export", "--token-file", token],
        "",
        &[("SLA_MONITOR_SERVER", url), ("SLA_MONITOR_DATABASE_URL", "x")],
    );
    assert_eq!(by_variable.code, 2, "{by_variable:?}");
    let with_that_of_others = run_with(
        &["export", "--server", "https://nowhere.invalid", "--token-file", token],
        "",
        &[("DATABASE_URL", "x")],
    );
    assert_eq!(with_that_of_others.code, 1, "it is not read: {with_that_of_others:?}");
    let missing = run(&["export", "--server", url, "--token-file", "/nowhere/token"]).refused();
    assert!(missing.contains("--token-file: /nowhere/token: "), "{missing}");
}

#[test]
fn files_without_a_token_are_named() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("token");
    let path = file.to_str().expect("temporary paths are UTF-8");
    for (text, words) in [
        ("\u{feff}slam_x\n".to_owned(), "byte order mark"),
        ("\u{feff}# the token of ci\nslam_x\n".to_owned(), "byte order mark"),
        (format!("slam_{}\n", "x".repeat(4_096)), "more than 4096 bytes"),
        ("# nothing\n".to_owned(), "holds no line"),
    ] {
        std::fs::write(&file, text).expect("a file can be written");
        let refused = run(&["export", "--server", "https://nowhere.invalid", "--token-file", path]).refused();
        assert!(
            refused.contains("--token-file: ") && refused.contains(path) && refused.contains(words),
            "{words}: {refused}"
        );
        assert!(!refused.contains("slam_"), "no secret is shown: {refused}");
    }
}
