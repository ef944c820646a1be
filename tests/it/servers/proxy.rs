//! Another program in front of the server: started on a free port, ended by its own process id.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::spawn;
use crate::support::free_port;
use crate::support::server::Log;

/// How long it may take to listen.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A proxy that runs until it is dropped.
pub(super) struct Proxy {
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub(super) url: String,
    child: Child,
    _folder: TempDir,
}

impl Proxy {
    /// Starts `program` with `arguments`, behind which comes the file that `configuration` makes of a port and a folder, and waits until it
    /// listens.
    pub(super) fn start(program: &str, arguments: &[&str], configuration: impl FnOnce(u16, &Path) -> String) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let port = free_port();
        let file = folder.path().join("proxy.conf");
        std::fs::write(&file, configuration(port, folder.path())).expect("the configuration can be written");
        let mut command = Command::new(program);
        let search = std::env::var("PATH").unwrap_or_default();
        command
            .env("PATH", format!("{search}:/usr/sbin"))
            .args(arguments)
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = spawn(&mut command);
        let log = Log::follow(child.stderr.take().expect("standard error is piped"));
        let deadline = Instant::now() + TIMEOUT;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = child.try_wait().expect("it is ours");
            assert!(
                ended.is_none() && Instant::now() < deadline,
                "{program} does not listen:\n{}",
                log.text()
            );
        }
        Self {
            url: format!("http://127.0.0.1:{port}"),
            child,
            _folder: folder,
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
