//! A progress bar on standard error, on a terminal only.

use indicatif::{ProgressBar, ProgressStyle};

/// Returns a bar that counts to `total`, under `what`.
pub(super) fn bar(what: &'static str, total: usize) -> ProgressBar {
    let bar = ProgressBar::new(total as u64);
    if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:40}] {human_pos}/{human_len} {elapsed}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(what);
    bar
}
