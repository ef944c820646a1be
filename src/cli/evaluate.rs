//! `evaluate`: the window calculus over JSON lines, without a database.

use std::io::{BufRead, BufReader, BufWriter, Read, Write};

use serde_json::{Map, Value, json};

use super::no_database::NoDatabase;
use super::{CliError, CommandResult};
use crate::apps::sla::declarative::document::evaluation::{Evaluation, passed_through};

/// Evaluate windows given as JSON lines
#[derive(clap::Args)]
#[command(
    after_help = "A line is {\"windows\": [...], \"now\": EPOCH} or {\"windows\": [...], \"from\": EPOCH, \
    \"to\": EPOCH}; other keys are passed through.\n\n\
    Example:\n  \
    echo '{\"now\": 1736942400, \"windows\": [{\"timezone\": \"Europe/Berlin\",' \\\n    \
    '\"rules\": [{\"type\": \"weekly\", \"days\": [\"MO\"],' \\\n    \
    '\"start\": \"09:00\", \"duration_s\": 28800}]}]}' | sla-monitor evaluate"
)]
pub(super) struct EvaluateCommand {
    #[command(flatten)]
    _no_database: NoDatabase,

    /// The file; - or nothing is standard input
    #[arg(default_value = "-")]
    file: String,
}

impl EvaluateCommand {
    pub(super) fn run(&self) -> CommandResult {
        let reader: Box<dyn Read> = if self.file == "-" {
            Box::new(std::io::stdin())
        } else {
            Box::new(
                std::fs::File::open(&self.file)
                    .map_err(|error| CliError::Refused(format!("{}: {error}", self.file)))?,
            )
        };
        let mut out = BufWriter::new(std::io::stdout().lock());
        let mut refused = false;
        for line in BufReader::new(reader).split(b'\n') {
            let line = line.map_err(|error| CliError::Refused(format!("{}: {error}", self.file)))?;
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let (answer, accepted) = answer(&line);
            refused |= !accepted;
            serde_json::to_writer(&mut out, &answer).map_err(std::io::Error::from)?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
        if refused { Err(CliError::Reported) } else { Ok(()) }
    }
}

/// Returns the answer to one line: what it passes through, then the values or the error; and whether it was accepted.
fn answer(line: &[u8]) -> (Map<String, Value>, bool) {
    let refused = |message: String| (Map::from_iter([("error".to_owned(), json!(message))]), false);
    let Ok(text) = std::str::from_utf8(line) else {
        return refused("this is not UTF-8 text".to_owned());
    };
    let mut object = match passed_through(text) {
        Ok(object) => object,
        Err(message) => return refused(message),
    };
    let evaluation = Evaluation::read(text);
    let accepted = evaluation.is_ok();
    let results = match evaluation {
        Err(error) => vec![("error", json!(error))],
        Ok(evaluation) => evaluation.answer(),
    };
    object.extend(results.into_iter().map(|(key, value)| (key.to_owned(), value)));
    (object, accepted)
}
