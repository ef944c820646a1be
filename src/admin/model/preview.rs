//! What saving a form would come to. Models say it as values; the engine draws them.

use super::refusal::Refusal;
use crate::admin::input::FormInput;
use crate::auth::{Account, Model};
use crate::db::Conn;

/// A model whose form can say what saving it would come to.
pub trait FormPreview {
    /// Reads a posted form as saving does, and returns what saving it would come to, as the user of `account` may see it. Nothing is written,
    /// and no lock is taken.
    ///
    /// # Errors
    /// [`Refusal`], as saving it would be refused.
    fn preview(
        &self,
        conn: &mut Conn,
        id: Option<i64>,
        input: &mut FormInput<'_>,
        account: &Account,
    ) -> Result<SavePreview, Refusal>;

    /// Returns what saving the posted forms of these objects would come to together. Nothing is written, and no lock is taken.
    ///
    /// # Errors
    /// [`Refusal`], as saving one of them would be refused.
    fn impact(&self, conn: &mut Conn, forms: &mut [(i64, FormInput<'_>)]) -> Result<PreviewImpact, Refusal>;
}

/// What saving a form would come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavePreview {
    /// The zone of its times.
    pub zone: &'static str,
    /// What its spans are: `Next hours`.
    pub spans_title: &'static str,
    /// The next spans.
    pub spans: Vec<PreviewSpan>,
    /// What is to be said of them; empty if nothing is.
    pub spans_note: String,
    /// What saving it would warn of.
    pub warnings: Vec<String>,
    /// The next nights in which the clock changes, each in words.
    pub clock_changes: Vec<String>,
    /// A week before and after.
    pub week: Option<PreviewWeek>,
    /// What it does to other objects, or to itself.
    pub impact: Option<PreviewImpact>,
}

/// A span of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewSpan {
    /// Its first second.
    pub start: i64,
    /// The second after its last.
    pub end: i64,
    /// The span in words.
    pub words: String,
}

/// A week, as it is and as it would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewWeek {
    /// Which week it is, in words.
    pub title: String,
    /// The beginnings of its days: attribute of SVG, weekday, and the rest of the label.
    pub days: Vec<(String, String, String)>,
    /// The bars, one below the other.
    pub bars: Vec<PreviewBar>,
}

/// A bar of a week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewBar {
    /// `Before` or `After`.
    pub title: &'static str,
    /// What it comes to: `50 h`.
    pub words: String,
    /// What is drawn, what stands in front last.
    pub parts: Vec<PreviewRect>,
}

/// A part of a bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewRect {
    /// Its class: `span`, `cut` or `weekend`.
    pub class: &'static str,
    /// Where it begins, an attribute of SVG.
    pub x: String,
    /// How wide it is, an attribute of SVG.
    pub width: String,
    /// Its first second and the second after its last.
    pub span: (i64, i64),
}

/// What a save does to the objects of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewImpact {
    /// Their model: users without the permission to view it see how many there are, and no names.
    pub model: Model,
    /// What it covers: `the 90 days from now on`.
    pub range: String,
    /// The largest differences, the largest first.
    pub rows: Vec<PreviewRow>,
    /// The objects without a row of their own.
    pub rest: Option<PreviewSum>,
    /// All objects that differ.
    pub sum: PreviewSum,
    /// When the first difference is, in a sentence.
    pub first: Option<String>,
    /// What else is to be said: how much was looked at.
    pub notes: Vec<String>,
    /// The first objects that it concerns and that stay as they are; none if not all were looked at.
    pub unchanged: Vec<PreviewName>,
    /// How many more there are.
    pub unchanged_more: usize,
}

/// An object that is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewName {
    /// Its key; none of an object that is not stored yet.
    pub id: Option<i64>,
    /// How it is called.
    pub name: String,
    /// What is to be said of it: `disabled`; empty if nothing is.
    pub note: &'static str,
}

/// What a save does to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewRow {
    /// Its key; none of an object that is not stored yet.
    pub id: Option<i64>,
    /// How it is called.
    pub name: String,
    /// What becomes of it beside a difference; empty if nothing does.
    pub note: &'static str,
    /// The first instant that differs, in words; empty if it is the first of all.
    pub first: String,
    /// Its figures.
    pub figures: PreviewFigures,
}

/// What a save does to several objects together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewSum {
    /// How many.
    pub count: usize,
    /// Their figures together.
    pub figures: PreviewFigures,
}

/// A length of time before, after, and what lies between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewFigures {
    /// As it is.
    pub before: PreviewSeconds,
    /// As it would be.
    pub after: PreviewSeconds,
    /// How much it would be more.
    pub difference: PreviewSeconds,
}

/// A length of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewSeconds {
    /// Its seconds.
    pub seconds: i64,
    /// The same in words.
    pub words: String,
}
