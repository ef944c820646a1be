//! What `check` prints a line for, and forms warn of.

/// Something to look at. The id is stable: scripts may rely on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// `E…` for an error, `W…` for a warning, behind the area.
    pub id: &'static str,
    /// What it is, and how to correct it, as `check` prints it behind the id.
    pub message: String,
}

impl Finding {
    /// Returns whether it is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.id
            .rsplit_once('.')
            .is_some_and(|(_, number)| number.starts_with('E'))
    }

    /// Returns its message as a sentence, for pages: with a capital, a full stop, and names in curly quotes instead of backticks.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut sentence = String::with_capacity(self.message.len() + 8);
        let mut is_quoted = false;
        for character in self.message.chars() {
            match character {
                '`' => {
                    is_quoted = !is_quoted;
                    sentence.push(if is_quoted { '“' } else { '”' });
                }
                first if sentence.is_empty() => sentence.extend(first.to_uppercase()),
                other => sentence.push(other),
            }
        }
        sentence.push('.');
        sentence
    }
}
