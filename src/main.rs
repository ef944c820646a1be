//! The program: hands over to the command line.

fn main() -> std::process::ExitCode {
    sla_monitor::cli::run()
}
