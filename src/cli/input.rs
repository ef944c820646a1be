//! Input files; `-` is standard input.

use std::io::Read;

use super::CliError;

/// A text and what to call it in messages.
pub(super) struct InputText {
    /// The file's name, or `<stdin>`.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// Reads the whole of `file`.
pub(super) fn read(file: &str) -> Result<InputText, CliError> {
    let (name, bytes) = if file == "-" {
        let mut bytes = Vec::new();
        (
            "<stdin>".to_owned(),
            std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes),
        )
    } else {
        (file.to_owned(), std::fs::read(file))
    };
    let bytes = bytes.map_err(|error| CliError::Refused(format!("{name}: {error}")))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(InputText { name, text }),
        Err(error) => {
            let line = 1 + error.as_bytes()[..error.utf8_error().valid_up_to()]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count();
            Err(CliError::Refused(format!("{name}:{line}: this is not UTF-8 text")))
        }
    }
}
