//! Where a property is in a state, and what is asked of its texts.

use super::text::check_name_given;

/// A part of a state.
pub struct Lens<S, T> {
    /// Returns the part.
    pub get: fn(&S) -> &T,
    /// Returns the part to be changed.
    pub get_mut: fn(&mut S) -> &mut T,
}

impl<S, T> Lens<S, T> {
    /// Returns the part that these two find.
    pub const fn new(get: fn(&S) -> &T, get_mut: fn(&mut S) -> &mut T) -> Self {
        Self { get, get_mut }
    }

    /// Returns the part.
    pub fn of<'a>(&self, state: &'a S) -> &'a T {
        (self.get)(state)
    }

    /// Makes the part this value.
    pub fn set(&self, state: &mut S, value: T) {
        *(self.get_mut)(state) = value;
    }
}

/// Checks a text.
pub type CheckText = fn(&str) -> Result<(), String>;

/// A part of a state that is one of a few words, each of which stands for a variant of an enum.
pub struct ChoiceLens<S> {
    /// The words, and what people read in their place.
    pub choices: &'static [(&'static str, &'static str)],
    /// Returns the word.
    pub get: fn(&S) -> &'static str,
    /// Sets what a word stands for; answers whether it is one of them.
    pub set: fn(&mut S, &str) -> bool,
}

impl<S> ChoiceLens<S> {
    /// Sets what a word stands for.
    ///
    /// # Errors
    /// A message that names the words.
    pub fn put(&self, state: &mut S, word: &str) -> Result<(), String> {
        if (self.set)(state, word) {
            return Ok(());
        }
        let words: Vec<&str> = self.choices.iter().map(|(word, _)| *word).collect();
        let (last, others) = words
            .split_last()
            .map_or(("", &[][..]), |(last, others)| (*last, others));
        Err(format!(
            "`{word}` is none of the choices; give {} or {last}",
            others.join(", ")
        ))
    }
}

/// What is asked of a name.
#[derive(Clone, Copy)]
pub struct NameRule {
    /// Of every name in a file.
    pub in_file: fn(&str) -> Result<(), String>,
    /// Of a name that is not the stored one, which may hold what a new one may not.
    pub when_new: fn(&str) -> Result<(), String>,
}

impl NameRule {
    /// Returns the rule of names that a file must give, and of which a new one passes `when_new`.
    #[must_use]
    pub const fn new(when_new: fn(&str) -> Result<(), String>) -> Self {
        Self {
            in_file: check_name_given,
            when_new,
        }
    }
}
