//! `completions`: what a shell needs to complete commands and options.

use std::io::Write;

use clap::CommandFactory;
use clap_complete::Shell;

use super::no_database::NoDatabase;
use super::{Cli, CommandResult};

/// The program as it is called.
const NAME: &str = "sla-monitor";
/// The program in names of functions of bash.
const NAME_OF_FUNCTIONS: &str = "sla_monitor";

/// Print a script that completes commands and options in a shell
#[derive(clap::Args)]
#[command(
    after_help = "The script belongs where the shell looks for it; the Debian package has those of bash, zsh and fish.\n\n\
    Example:\n  sla-monitor completions bash > sla-monitor.bash"
)]
pub(super) struct CompletionsCommand {
    #[command(flatten)]
    _no_database: NoDatabase,

    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl CompletionsCommand {
    pub(super) fn run(&self) -> CommandResult {
        let script = script(self.shell);
        let mut out = std::io::stdout().lock();
        out.write_all(&script)?;
        out.flush()?;
        Ok(())
    }
}

/// Returns the script for a shell.
fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    if shell != Shell::Bash {
        clap_complete::generate(shell, &mut Cli::command(), NAME, &mut script);
        return script;
    }
    // The generator for bash completes nothing behind a command if the program's name has a hyphen (clap-rs/clap#6421). The name
    // matters where the function is registered only: at the ends of two lines.
    clap_complete::generate(shell, &mut Cli::command(), NAME_OF_FUNCTIONS, &mut script);
    let text = String::from_utf8_lossy(&script);
    let registered = |name: &str| format!(" -o default {name}\n");
    text.replace(&registered(NAME_OF_FUNCTIONS), &registered(NAME))
        .into_bytes()
}
