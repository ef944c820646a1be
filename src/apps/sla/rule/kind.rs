//! Which kinds of rules there are, and which fields describe each.

/// Declares an enum whose variants have words. `ALL` is made of the variants, so that none can be missing from it.
macro_rules! with_words {
    ($(#[$about:meta])* pub enum $name:ident { $($(#[$about_one:meta])* $variant:ident => $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$about_one])* $variant,)+
        }

        impl $name {
            /// All of them, in the order of forms.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// Returns its word in rows, files and forms.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }
    };
}

with_words! {
    /// A kind of rule.
    pub enum RuleKind {
        /// On weekdays of every week.
        Weekly => "weekly",
        /// On the dates of a recurrence rule (RFC 5545).
        Rrule => "rrule",
        /// On listed dates.
        Dates => "dates",
        /// One time only.
        Once => "once",
    }
}

with_words! {
    /// A field of a rule. The database and the forms call it by its name.
    pub enum RuleField {
        /// Its [`RuleKind`].
        Kind => "kind",
        /// Words for people.
        Note => "note",
        /// Codes of RFC 5545 section 3.3.10: `MO`, `TU`.
        Weekdays => "weekdays",
        /// A recurrence rule of RFC 5545.
        Recurrence => "rrule",
        /// The date that fixes the phase of a recurrence.
        Anchor => "anchor_date",
        /// Dates and ranges, with names.
        Dates => "dates",
        /// The time of day at which it starts.
        Start => "start_time",
        /// The time of day at which it ends.
        End => "end_time",
        /// The days from its start to that end.
        EndDay => "end_day_offset",
        /// Its length, for rows and files; forms have an end.
        Length => "duration_s",
        /// Whether a length is clock time or exact.
        Mode => "duration_mode",
        /// The local start of a rule for one time only.
        StartLocal => "start_local",
        /// Its local end.
        EndLocal => "end_local",
    }
}

impl RuleKind {
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
            Self::Weekly => "Every week",
            Self::Rrule => "Recurring",
            Self::Dates => "Listed days",
            Self::Once => "Once",
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
    /// Returns the kinds of rules that it describes; all kinds have a kind and a note.
    #[must_use]
    pub fn kinds(self) -> Vec<&'static str> {
        let kinds = RuleKind::ALL.into_iter().filter(|kind| kind.fields().contains(&self));
        kinds.map(RuleKind::as_str).collect()
    }
}
