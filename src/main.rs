//! The program: hands over to the command line.

use mimalloc::MiMalloc;

/// Large loads and answers come and go on several threads. This allocator gives their memory back to the system, where the usual
/// one kept twice as much after a change of all of 100,000 components.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> std::process::ExitCode {
    sla_monitor::cli::run()
}
