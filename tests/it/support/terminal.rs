//! The program at a terminal of its own: what it asks, what is typed, and what can be seen.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};

use super::database::Database;
use super::program::{Ran, command};

/// How long a question may take to come.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A program whose standard input and error are a terminal.
pub struct Terminal {
    child: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    seen: String,
    /// How much of `seen` has been waited for.
    read: usize,
}

impl Terminal {
    /// Starts a command on a database.
    pub fn start(database: &Database, arguments: &[&str]) -> Self {
        let mut program = command();
        program.args(arguments).args(["--database-url", &database.url]);
        Self::spawn(program)
    }

    /// Starts any command.
    pub fn spawn(mut command: Command) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("there are terminals");
        grantpt(&master).expect("the terminal is ours");
        unlockpt(&master).expect("the terminal can be used");
        let slave = ioctl_tiocgptpeer(&master, OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("it has another end");
        let child = command
            .stdin(slave.try_clone().expect("the terminal can be shared"))
            .stderr(slave)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let keyboard = File::from(master);
        let mut eyes = keyboard.try_clone().expect("the terminal can be shared");
        let (sender, screen) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 1024];
            // The terminal reports an error once the program has closed its end.
            while let Ok(length @ 1..) = eyes.read(&mut buffer) {
                if sender.send(buffer[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            keyboard,
            screen,
            seen: String::new(),
            read: 0,
        }
    }

    /// Waits for a question and types the answer.
    #[track_caller]
    pub fn answer(mut self, question: &str, answer: &str) -> Self {
        while !self.seen[self.read..].contains(question) {
            match self.screen.recv_timeout(TIMEOUT) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(error) => panic!("`{question}` is not asked ({error}): {}", self.seen),
            }
        }
        self.read = self.seen.len();
        self.keyboard
            .write_all(format!("{answer}\n").as_bytes())
            .expect("the terminal takes it");
        self
    }

    /// Waits for the end; `err` is all that could be seen, what was typed and shown included.
    pub fn end(mut self) -> Ran {
        while let Ok(bytes) = self.screen.recv_timeout(TIMEOUT) {
            self.seen.push_str(&String::from_utf8_lossy(&bytes));
        }
        let output = self.child.wait_with_output().expect("the program ends");
        Ran {
            code: output.status.code().expect("no signal ended the program"),
            out: String::from_utf8(output.stdout).expect("the output is UTF-8"),
            err: self.seen,
        }
    }
}
