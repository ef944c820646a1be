//! The program as a command line.

use std::io::Write;
use std::process::{Command, Stdio};

use super::database::Database;

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Where the program is.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_sla-monitor");

/// Returns the program with nothing of this process's settings in its environment.
pub fn command() -> Command {
    without_settings(PROGRAM)
}

/// Returns any program with nothing of this process's settings in its environment.
pub fn without_settings(program: &str) -> Command {
    let mut command = Command::new(program);
    let ours = std::env::vars_os().map(|(name, _)| name).filter(|name| {
        let name = name.to_string_lossy();
        name.starts_with("SLA_MONITOR_") || name == "DATABASE_URL" || name == "TZDIR"
    });
    for name in ours {
        command.env_remove(name);
    }
    command
}

/// Runs the program to its end.
pub fn run(arguments: &[&str]) -> Ran {
    run_with(arguments, "", &[])
}

/// Runs the program on a database.
pub fn run_on(database: &Database, arguments: &[&str]) -> Ran {
    run_with(&[arguments, &["--database-url", &database.url]].concat(), "", &[])
}

/// Runs the program on a database with a text as its standard input.
pub fn run_on_input(database: &Database, arguments: &[&str], input: &str) -> Ran {
    run_with(&[arguments, &["--database-url", &database.url]].concat(), input, &[])
}

/// Runs the program with a standard input and variables.
pub fn run_with(arguments: &[&str], input: &str, variables: &[(&str, &str)]) -> Ran {
    let mut child = command()
        .args(arguments)
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("standard input is piped");
    let input = input.to_owned();
    // The program may end without reading; a broken pipe is then no failure of the test.
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().expect("the program ends");
    writer.join().expect("the input was written");
    Ran {
        code: output.status.code().expect("no signal ended the program"),
        out: String::from_utf8(output.stdout).expect("the output is UTF-8"),
        err: String::from_utf8(output.stderr).expect("the messages are UTF-8"),
    }
}

/// Returns the commands that `--help` lists.
pub fn commands() -> Vec<String> {
    let help = run(&["--help"]).ok();
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = listed
        .take_while(|line| !line.is_empty())
        // What a command does may take more lines, which are indented more.
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')))
        .filter_map(|line| line.split_whitespace().next());
    let names: Vec<String> = names.filter(|name| *name != "help").map(str::to_owned).collect();
    assert!(names.len() >= 10, "{names:?}");
    names
}

impl Ran {
    /// Returns the output of a run that ended well.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    /// Returns the messages of a run that was refused with 1: one line, no backtrace.
    #[track_caller]
    pub fn refused(self) -> String {
        assert_eq!(self.code, 1, "{self:?}");
        assert_eq!(self.err.trim_end().lines().count(), 1, "one clear line: {}", self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self.err.trim_end().to_owned()
    }
}

/// Makes `database` say what `document` says.
#[track_caller]
pub fn apply(database: &Database, document: &str) -> String {
    run_on_input(database, &["apply", "-"], document).ok()
}
