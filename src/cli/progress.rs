//! The progress of a long write on standard error: a bar on a terminal, else a line from time to time.

use std::io::{IsTerminal, Write};

use super::print_note;

/// Objects between two drawings of the bar.
const BAR_STEP: usize = 200;

/// Objects between two lines where there is no terminal.
const LINE_STEP: usize = 10_000;

/// How many characters the bar has.
const BAR_LENGTH: usize = 40;

/// Reports how many of `total` objects are written; the bar is erased when this is dropped.
pub(super) struct Progress {
    total: usize,
    is_terminal: bool,
    next: usize,
}

impl Progress {
    /// Begins with none written.
    pub(super) fn new(total: usize) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let next = if is_terminal { BAR_STEP } else { LINE_STEP };
        Self {
            total,
            is_terminal,
            next,
        }
    }

    /// Reports that `done` objects are written, if enough were since the last report.
    pub(super) fn report(&mut self, done: usize) {
        if done < self.next {
            return;
        }
        let total = self.total;
        let step = if self.is_terminal {
            let length = BAR_LENGTH * done / total.max(1);
            draw(&format!(
                "\rwriting [{:BAR_LENGTH$}] {done}/{total}",
                "=".repeat(length)
            ));
            BAR_STEP
        } else {
            print_note(&format!("written {done} of {total}"));
            LINE_STEP
        };
        self.next = done - done % step + step;
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_terminal && self.next > BAR_STEP {
            draw("\r\x1b[2K");
        }
    }
}

/// Writes to the terminal. A bar that cannot be drawn is no reason to end a write.
fn draw(text: &str) {
    let mut terminal = std::io::stderr().lock();
    drop(terminal.write_all(text.as_bytes()).and_then(|()| terminal.flush()));
}
