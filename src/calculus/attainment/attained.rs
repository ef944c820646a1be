//! What was attained of a promise, and what is left of its budget.

use std::cmp::Ordering;

use super::account::TimeAccount;

/// All of a whole, in thousandths of a percent.
const WHOLE: i64 = 100_000;

/// What is known about a promise in a period, of one component. Times are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Attainment {
    planned: i64,
    excluded: i64,
    account: TimeAccount,
    slo: Option<i64>,
}

/// Whether a promise was kept. In order: of several components, the greatest is that of all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PromiseVerdict {
    /// Nothing was promised, or all of it is excluded.
    NoService,
    /// There is no SLO.
    NoObjective,
    /// So far, whatever the unknown time was.
    Met,
    /// No promised time is accounted for yet.
    NotMeasured,
    /// It depends on what the unknown time was.
    NotProven,
    /// Not met so far, but the budget of the whole period is not used up.
    AtRisk,
    /// More was down than the budget of the whole period.
    Missed,
}

impl PromiseVerdict {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::NoService,
        Self::NoObjective,
        Self::Met,
        Self::NotMeasured,
        Self::NotProven,
        Self::AtRisk,
        Self::Missed,
    ];

    /// Returns the verdict with these words.
    #[must_use]
    pub fn parse(words: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.as_str() == words)
    }

    /// Returns the verdict in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoService => "no service promised",
            Self::NoObjective => "no SLO",
            Self::Met => "met",
            Self::NotMeasured => "not measured yet",
            Self::NotProven => "not proven",
            Self::AtRisk => "at risk",
            Self::Missed => "missed",
        }
    }
}

impl Attainment {
    /// Returns what is known: `planned` was promised in the whole period, `excluded` is what corrections take of that, `account` has what
    /// is accounted for so far, and `slo` is in thousandths of a percent.
    #[must_use]
    pub fn new(planned: i64, excluded: i64, account: TimeAccount, slo: Option<i32>) -> Self {
        Self {
            planned,
            excluded,
            account,
            slo: slo.map(i64::from),
        }
    }

    /// Returns the promised time of the whole period.
    #[must_use]
    pub fn planned(&self) -> i64 {
        self.planned
    }

    /// Returns the promised time that is excluded.
    #[must_use]
    pub fn excluded(&self) -> i64 {
        self.excluded
    }

    /// Returns the account of what is accounted for.
    #[must_use]
    pub fn account(&self) -> TimeAccount {
        self.account
    }

    /// Returns the SLO in thousandths of a percent.
    #[must_use]
    pub fn slo(&self) -> Option<i64> {
        self.slo
    }

    /// Returns the promised time that is neither excluded nor accounted for yet.
    #[must_use]
    pub fn remaining(&self) -> i64 {
        (self.planned - self.excluded - self.account.promised()).max(0)
    }

    /// Returns the part up of what is known, in thousandths of a percent, floored; `None` if nothing is known.
    #[must_use]
    pub fn attained(&self) -> Option<i64> {
        floored(self.account.up(), self.account.known())
    }

    /// Returns the part up if all that is unknown was down.
    #[must_use]
    pub fn worst(&self) -> Option<i64> {
        floored(self.account.up(), self.account.promised())
    }

    /// Returns the part up if all that is unknown was up.
    #[must_use]
    pub fn best(&self) -> Option<i64> {
        floored(self.account.up() + self.account.unknown(), self.account.promised())
    }

    /// Returns the part that is known of what is accounted for.
    #[must_use]
    pub fn measured(&self) -> Option<i64> {
        floored(self.account.known(), self.account.promised())
    }

    /// Returns the part up at the end of the period if nothing more goes down.
    #[must_use]
    pub fn forecast(&self) -> Option<i64> {
        let remaining = self.remaining();
        floored(self.account.up() + remaining, self.account.promised() + remaining)
    }

    /// Returns how much of the period may be down; `None` without an SLO.
    #[must_use]
    pub fn budget(&self) -> Option<i64> {
        let may_fail = i128::from(WHOLE - self.slo?);
        let budget = i128::from(self.planned - self.excluded) * may_fail / i128::from(WHOLE);
        i64::try_from(budget).ok()
    }

    /// Returns what is left of the budget, less than 0 if more was down.
    #[must_use]
    pub fn left(&self) -> Option<i64> {
        Some(self.budget()? - self.account.down())
    }

    /// Returns what is left of the budget though nothing is known: all of it if some time is accounted for and none of that is known.
    #[must_use]
    pub fn left_unknown(&self) -> Option<i64> {
        let is_known = self.account.known() > 0 || self.account.promised() == 0;
        Some(if is_known { 0 } else { self.left()?.max(0) })
    }

    /// Returns the verdict, decided on the milliseconds.
    #[must_use]
    pub fn verdict(&self) -> PromiseVerdict {
        let account = &self.account;
        if self.planned <= self.excluded && account.promised() == 0 {
            return PromiseVerdict::NoService;
        }
        let Some(slo) = self.slo else {
            return PromiseVerdict::NoObjective;
        };
        let reaches = |up: i64| !is_less((up, account.promised()), (slo, WHOLE));
        let of_all = (account.down(), self.planned - self.excluded);
        if is_less((WHOLE - slo, WHOLE), of_all) {
            PromiseVerdict::Missed
        } else if account.promised() == 0 {
            PromiseVerdict::NotMeasured
        } else if reaches(account.up()) {
            PromiseVerdict::Met
        } else if reaches(account.up() + account.unknown()) {
            PromiseVerdict::NotProven
        } else {
            PromiseVerdict::AtRisk
        }
    }

    /// Compares what two attained: less is worse. One about which nothing is known is better than any other.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
        let part = |of: &Self| (of.account.up(), of.account.known());
        let (one, two) = (part(self), part(other));
        match (one.1, two.1) {
            (0, 0) => Ordering::Equal,
            (0, _) => Ordering::Greater,
            (_, 0) => Ordering::Less,
            _ => (i128::from(one.0) * i128::from(two.1)).cmp(&(i128::from(two.0) * i128::from(one.1))),
        }
    }
}

/// What is known about several promises together: sums of time, never means of percentages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AttainmentTotal {
    /// How many were added.
    pub members: usize,
    /// Promised in the whole period.
    pub planned: i64,
    /// Excluded of that.
    pub excluded: i64,
    /// What is accounted for.
    pub account: TimeAccount,
    /// The budgets of those that have one; `None` if none has.
    pub budget: Option<i64>,
    /// What is left of them.
    pub left: Option<i64>,
    /// What of that is left of members of which nothing is known.
    pub left_unknown: Option<i64>,
    /// The verdict of the member that is off worst; `None` without members.
    pub verdict: Option<PromiseVerdict>,
}

impl AttainmentTotal {
    /// Adds a promise. One without service adds nothing.
    pub fn add(&mut self, member: &Attainment) {
        let verdict = member.verdict();
        self.verdict = self.verdict.max(Some(verdict));
        self.members += 1;
        self.planned += member.planned;
        self.excluded += member.excluded;
        self.account = self.account + member.account;
        let sum = |one: Option<i64>, other: Option<i64>| match (one, other) {
            (Some(one), Some(other)) => Some(one + other),
            (one, other) => one.or(other),
        };
        self.budget = sum(self.budget, member.budget());
        self.left = sum(self.left, member.left());
        self.left_unknown = sum(self.left_unknown, member.left_unknown());
    }

    /// Returns the part up of what is known of all of them, in thousandths of a percent, floored; `None` if nothing is known.
    #[must_use]
    pub fn attained(&self) -> Option<i64> {
        floored(self.account.up(), self.account.known())
    }

    /// Returns the part that is known of what is accounted for.
    #[must_use]
    pub fn measured(&self) -> Option<i64> {
        floored(self.account.known(), self.account.promised())
    }
}

/// Returns a part of a whole in thousandths of a percent, floored; `None` if the whole is nothing.
#[must_use]
pub fn floored(part: i64, whole: i64) -> Option<i64> {
    let thousandths = i128::from(part) * i128::from(WHOLE);
    let floored = (whole > 0).then(|| thousandths.div_euclid(i128::from(whole)))?;
    i64::try_from(floored).ok()
}

/// Returns thousandths of a percent as people write them: `99.960 %`.
#[must_use]
pub fn percent_text(thousandths: i64) -> String {
    format!("{}.{:03} %", thousandths / 1_000, thousandths % 1_000)
}

/// Returns whether one part of a whole is less than another; a whole of nothing has no part that is less.
fn is_less(one: (i64, i64), other: (i64, i64)) -> bool {
    i128::from(one.0) * i128::from(other.1) < i128::from(other.0) * i128::from(one.1)
}
