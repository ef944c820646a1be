//! Which kinds of rules there are, and which fields describe each.

/// A kind of rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleKind {
    /// On weekdays of every week.
    Weekly,
    /// On the dates of a recurrence rule (RFC 5545).
    Rrule,
    /// On listed dates.
    Dates,
    /// One time only.
    Once,
}

/// A field of a rule. The database and the forms call it by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleField {
    /// Its [`RuleKind`].
    Kind,
    /// Words for people.
    Note,
    /// Codes of RFC 5545 section 3.3.10: `MO`, `TU`.
    Weekdays,
    /// A recurrence rule of RFC 5545.
    Recurrence,
    /// The date that fixes the phase of a recurrence.
    Anchor,
    /// Dates and ranges, with names.
    Dates,
    /// The time of day at which it starts.
    Start,
    /// The time of day at which it ends.
    End,
    /// The days from its start to that end.
    EndDay,
    /// Its length, for rows and files; forms have an end.
    Length,
    /// Whether a length is clock time or exact.
    Mode,
    /// The local start of a rule for one time only.
    StartLocal,
    /// Its local end.
    EndLocal,
}

impl RuleKind {
    /// All kinds, in the order in which forms offer them.
    pub const ALL: [Self; 4] = [Self::Weekly, Self::Rrule, Self::Dates, Self::Once];

    /// Returns the word for it in rows, files and forms.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Weekly => "weekly",
            Self::Rrule => "rrule",
            Self::Dates => "dates",
            Self::Once => "once",
        }
    }

    /// Returns the kind of this word.
    ///
    /// # Errors
    /// A message that lists the words, for every other one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let kind = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        kind.ok_or_else(|| {
            let words = Self::ALL.map(Self::as_str);
            let (last, first) = words.split_last().expect("there are kinds of rules");
            format!("“{text}” is no kind of rule; use {} or {last}", first.join(", "))
        })
    }

    /// Returns what a form offers.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Weekly => "weekly: on weekdays",
            Self::Rrule => "rrule: RFC 5545",
            Self::Dates => "dates: on listed dates",
            Self::Once => "once: one time",
        }
    }

    /// Returns the fields that describe a rule of this kind, beside the kind and the note.
    #[must_use]
    pub fn fields(self) -> &'static [RuleField] {
        use RuleField::{Anchor, Dates, End, EndDay, EndLocal, Length, Mode, Recurrence, Start, StartLocal, Weekdays};
        match self {
            Self::Weekly => &[Weekdays, Start, End, EndDay, Length, Mode],
            Self::Rrule => &[Recurrence, Anchor, Start, End, EndDay, Length, Mode],
            Self::Dates => &[Dates, Start, End, EndDay, Length, Mode],
            Self::Once => &[StartLocal, EndLocal],
        }
    }
}

impl RuleField {
    /// All fields, in the order in which forms show them.
    pub const ALL: [Self; 13] = [
        Self::Kind,
        Self::Note,
        Self::Weekdays,
        Self::Recurrence,
        Self::Anchor,
        Self::Dates,
        Self::Start,
        Self::End,
        Self::EndDay,
        Self::Length,
        Self::Mode,
        Self::StartLocal,
        Self::EndLocal,
    ];

    /// Returns the name of its column and of its field in a form.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Note => "note",
            Self::Weekdays => "weekdays",
            Self::Recurrence => "rrule",
            Self::Anchor => "anchor_date",
            Self::Dates => "dates",
            Self::Start => "start_time",
            Self::End => "end_time",
            Self::EndDay => "end_day_offset",
            Self::Length => "duration_s",
            Self::Mode => "duration_mode",
            Self::StartLocal => "start_local",
            Self::EndLocal => "end_local",
        }
    }

    /// Returns the kinds of rules that it describes; all kinds have a kind and a note.
    #[must_use]
    pub fn kinds(self) -> Vec<&'static str> {
        let kinds = RuleKind::ALL.into_iter().filter(|kind| kind.fields().contains(&self));
        kinds.map(RuleKind::as_str).collect()
    }
}
