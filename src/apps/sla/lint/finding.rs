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

    /// Returns its message as a sentence, for pages: with a capital, a full stop, and names in curly quotes instead of backticks. A name
    /// stays as it is, even if it holds a backtick: one between two letters ends no name.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut sentence = String::with_capacity(self.message.len() + 8);
        let mut is_quoted = false;
        let mut characters = self.message.chars().peekable();
        while let Some(character) = characters.next() {
            let is_in_word = characters.peek().is_some_and(|next| next.is_alphanumeric());
            match character {
                '`' if !is_quoted => {
                    is_quoted = true;
                    sentence.push('“');
                }
                '`' if !is_in_word => {
                    is_quoted = false;
                    sentence.push('”');
                }
                first if sentence.is_empty() => sentence.extend(first.to_uppercase()),
                other => sentence.push(other),
            }
        }
        sentence.push('.');
        sentence
    }
}
