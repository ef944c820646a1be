//! The list of users, made in memory.

use chrono::NaiveDateTime;

use super::admin::UserAdmin;
use super::model::StoredUser;
use super::store;
use crate::admin::model::{ListCell, ListRow};
use crate::admin::spec::{Choices, Filter, ListColumn, Range, RangeKind};
use crate::apps::accounts::GROUP;
use crate::apps::list_key::{ListKey, NoKey, list_keys};
use crate::apps::listed::{self, ListLine, MemoryList, SortKey};
use crate::db::{self, Conn};

list_keys! {
    /// A column of the list; it can be sorted by each.
    #[expect(missing_docs, reason = "the variants are the columns")]
    pub enum UserColumn {
        Username => "username",
        Email => "email",
        Staff => "is_staff",
        Active => "is_active",
        LastLogin => "last_login",
    }
}

list_keys! {
    /// A filter of the list.
    #[expect(missing_docs, reason = "the variants are the columns")]
    pub enum UserFilter {
        Staff => "is_staff__exact",
        Superuser => "is_superuser__exact",
        Active => "is_active__exact",
        Group => "groups__id__exact",
    }
}

list_keys! {
    /// Instants by which the list can be narrowed.
    #[expect(missing_docs, reason = "the variants are the columns")]
    pub enum UserPeriod {
        LastLogin => "last_login",
    }
}

/// A user of the list.
#[derive(Clone)]
pub struct UserLine(pub(super) StoredUser);

impl ListLine for UserLine {
    type Order = UserColumn;
    type Filter = UserFilter;
    type Period = UserPeriod;
    type Number = NoKey;

    fn id(&self) -> i64 {
        self.0.id
    }

    fn title(&self) -> &str {
        &self.0.state.username
    }

    fn texts(&self) -> Vec<&str> {
        let state = &self.0.state;
        vec![&state.username, &state.first_name, &state.last_name, &state.email]
    }

    fn values(&self, filter: UserFilter) -> Vec<String> {
        let state = &self.0.state;
        match filter {
            UserFilter::Staff => listed::flag(state.is_staff),
            UserFilter::Superuser => listed::flag(state.is_superuser),
            UserFilter::Active => listed::flag(state.is_active),
            UserFilter::Group => state.groups.iter().map(ToString::to_string).collect(),
        }
    }

    fn instant(&self, period: UserPeriod) -> Option<NaiveDateTime> {
        match period {
            UserPeriod::LastLogin => self.0.last_login,
        }
    }

    fn number(&self, number: NoKey) -> i64 {
        match number {}
    }

    fn sort_key(&self, order: UserColumn) -> SortKey {
        let state = &self.0.state;
        match order {
            UserColumn::Username => SortKey::text(&state.username),
            UserColumn::Email => SortKey::text(&state.email),
            UserColumn::Staff => SortKey::Number(i64::from(state.is_staff)),
            UserColumn::Active => SortKey::Number(i64::from(state.is_active)),
            UserColumn::LastLogin => SortKey::Number(self.0.last_login.map_or(0, |at| at.and_utc().timestamp())),
        }
    }
}

impl UserColumn {
    /// Returns what the list declares of the column.
    pub(super) fn column(self) -> ListColumn {
        match self {
            Self::Username => ListColumn::new(self.key(), "Username").links(),
            Self::Email => ListColumn::new(self.key(), "Email"),
            Self::Staff => ListColumn::new(self.key(), "Staff"),
            Self::Active => ListColumn::new(self.key(), "Active"),
            Self::LastLogin => ListColumn::new(self.key(), "Last login"),
        }
    }

    fn cell(self, user: &StoredUser) -> ListCell {
        match self {
            Self::Username => ListCell::Text(user.state.username.clone()),
            Self::Email => ListCell::Text(user.state.email.clone()),
            Self::Staff => ListCell::Flag(user.state.is_staff),
            Self::Active => ListCell::Flag(user.state.is_active),
            Self::LastLogin => ListCell::Instant(user.last_login),
        }
    }
}

impl MemoryList for UserAdmin {
    type Line = UserLine;

    fn read_lines(&self, conn: &mut Conn) -> db::Result<Vec<UserLine>> {
        Ok(store::all(conn)?.into_iter().map(UserLine).collect())
    }

    fn draw(&self, _conn: &mut Conn, lines: Vec<UserLine>) -> db::Result<Vec<ListRow>> {
        let row = |UserLine(user): &UserLine| ListRow {
            id: user.id,
            version: user.version,
            title: user.state.username.clone(),
            cells: UserColumn::ALL.iter().map(|column| column.cell(user)).collect(),
        };
        Ok(lines.iter().map(row).collect())
    }
}

/// Returns the filters that the list declares.
pub(super) fn filters() -> Vec<Filter> {
    let filter = |filter: &UserFilter| {
        let (title, choices) = match filter {
            UserFilter::Staff => ("Staff", Choices::Flag),
            UserFilter::Superuser => ("Superuser", Choices::Flag),
            UserFilter::Active => ("Active", Choices::Flag),
            UserFilter::Group => ("Group", Choices::Related(GROUP)),
        };
        Filter {
            inputs: &[],
            rare: false,
            key: filter.key(),
            title,
            choices,
        }
    };
    UserFilter::ALL.iter().map(filter).collect()
}

/// Returns the ranges that the list declares.
pub(super) fn ranges() -> Vec<Range> {
    let range = |period: &UserPeriod| match period {
        UserPeriod::LastLogin => Range {
            key: period.key(),
            title: "Last login",
            kind: RangeKind::Date,
            rare: false,
        },
    };
    UserPeriod::ALL.iter().map(range).collect()
}
