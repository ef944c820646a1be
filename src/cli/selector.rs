//! Selectors of components as people type them on a command line: the braces may be left out, and what a shell took away, the quotes.

use crate::metrics::answer::selection::{Problem, Selector};
use crate::text;

/// What a selector looks like, behind what is wrong with one.
const EXAMPLE: &str = "; the right form is '{team=\"blue\"}' or team=blue";

/// Reads a selector of metrics, in braces.
pub(super) fn of_metrics(text: &str) -> Result<Selector, String> {
    text.parse::<Selector>().map_err(|error| match error.problem {
        Problem::NoQuote => error.to_string(),
        _ => format!("{error}; the right form is '{{team=\"blue\"}}'"),
    })
}

/// Reads a selector of labels; its braces may be left out, and then the quotes, too.
pub(super) fn selector(text: &str) -> Result<Selector, String> {
    let is_braced = match (text.find('{'), text.find('=')) {
        (Some(brace), Some(equals)) => brace < equals,
        (None, Some(_)) => false,
        (_, None) => true,
    };
    let selector = match is_braced {
        true => text
            .parse::<Selector>()
            .map_err(|error| words(&error.problem, error.position)),
        false => unbraced(text),
    }?;
    match selector.name {
        Some(_) => Err(
            "components are selected by labels alone, as in {team=\"blue\"}; leave the name of the metric out"
                .to_owned(),
        ),
        None => Ok(selector),
    }
}

/// Reads a selector without braces.
fn unbraced(text: &str) -> Result<Selector, String> {
    let error = match format!("{{{text}}}").parse::<Selector>() {
        Ok(selector) => return Ok(selector),
        Err(error) => error,
    };
    // The brace in front was not typed, and neither was the one behind.
    let is_behind = error.position > text.chars().count() + 1;
    let position = error.position.saturating_sub(1);
    match error.problem {
        Problem::NoQuote => unquoted(text),
        Problem::Unexpected { wanted, .. } if is_behind => {
            Err(words(&Problem::Unexpected { found: None, wanted }, position))
        }
        problem => Err(words(&problem, position)),
    }
}

/// Reads a selector of pairs whose quotes a shell took away: `team=blue,env=prod`. Nothing behind `=` is an empty value.
fn unquoted(text: &str) -> Result<Selector, String> {
    let mut pairs = Vec::new();
    let mut start = 0;
    let count = text.split(',').count();
    for (index, pair) in text.split(',').enumerate() {
        let length = pair.chars().count();
        let is_last = index + 1 == count;
        if !pair.trim().is_empty() {
            pairs.push(quoted(pair, start)?);
        } else if !is_last {
            let position = start + length + 1;
            return Err(format!(
                "character {position}: `,` was found where the name of a label is expected{EXAMPLE}"
            ));
        }
        start += length + 1;
    }
    let selector = format!("{{{}}}", pairs.join(",")).parse::<Selector>();
    selector.map_err(|error| match error.problem {
        // Each pair was read alone; what is wrong with all of them has no place among them.
        Problem::Everything => words(&Problem::Everything, 0),
        problem => problem.to_string(),
    })
}

/// Returns a pair with quotes around its value; `start` characters stand before it.
fn quoted(pair: &str, start: usize) -> Result<String, String> {
    let Some((label, value)) = pair.split_once('=') else {
        let position = start + pair.trim_end().chars().count() + 1;
        let pair = text::short(pair.trim());
        return Err(format!(
            "character {position}: `=` and a value are expected behind `{pair}`{EXAMPLE}"
        ));
    };
    let value = value.trim();
    let is_plain = !value.starts_with('~') && !value.contains(['"', '\'', '`', '\\', '=', '}']);
    let quoted = match is_plain {
        true => format!("{label}=\"{value}\""),
        false => pair.to_owned(),
    };
    match format!("{{{quoted}}}").parse::<Selector>() {
        Err(error) if error.problem != Problem::Everything => {
            Err(words(&error.problem, start + error.position.saturating_sub(1)))
        }
        _ => Ok(quoted),
    }
}

/// Says what is wrong with a selector at the character of this number.
fn words(problem: &Problem, position: usize) -> String {
    match problem {
        Problem::Operator(operator) => format!(
            "character {position}: `{operator}` is not supported, only `=` is; repeat --match for each value that is wanted{EXAMPLE}"
        ),
        Problem::NoQuote => format!(
            "character {position}: a value stands in quotes; put single quotes around the whole selector, so that the shell leaves them there: \
             '{{team=\"blue\"}}', or write team=blue"
        ),
        Problem::Everything => {
            "this would match everything; give a label a value that is not empty, as in {team=\"blue\"}".to_owned()
        }
        problem => format!("character {position}: {problem}{EXAMPLE}"),
    }
}
