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

    /// Returns its message as a sentence, for pages.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut rest = self.message.chars();
        let first = rest.next().into_iter().flat_map(char::to_uppercase);
        first.chain(rest).chain(['.']).collect()
    }
}
