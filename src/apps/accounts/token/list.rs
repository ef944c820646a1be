//! The list of tokens, made in memory.

use chrono::{DateTime, NaiveDateTime};

use super::admin::TokenAdmin;
use super::model::StoredToken;
use super::store;
use crate::admin::model::{ListCell, ListRow};
use crate::admin::spec::{Choices, Filter, ListColumn, Range, RangeKind};
use crate::apps::accounts::USER;
use crate::apps::list_key::{ListKey, NoKey, list_keys};
use crate::apps::listed::{ListLine, MemoryList, SortKey};
use crate::auth::token::TokenState;
use crate::db::{self, Conn};

list_keys! {
    /// A column of the list; it can be sorted by each.
    #[expect(missing_docs, reason = "the variants are the columns")]
    pub enum TokenColumn {
        Name => "name",
        User => "user",
        Scopes => "scopes",
        State => "state",
        Created => "created_at",
        Expires => "expires_at",
        LastUsed => "last_used_at",
        Address => "last_used_address",
    }
}

list_keys! {
    /// A filter of the list.
    pub enum TokenFilter {
        /// By whether it is valid.
        State => "state",
        /// By its user.
        User => "user__id__exact",
    }
}

list_keys! {
    /// Instants by which the list can be narrowed.
    #[expect(missing_docs, reason = "the variants are the columns")]
    pub enum TokenPeriod {
        Created => "created_at",
        Expires => "expires_at",
        LastUsed => "last_used_at",
    }
}

/// A token of the list, and its state when the list was read.
#[derive(Clone)]
pub struct TokenLine {
    token: StoredToken,
    state: TokenState,
    title: String,
}

impl ListLine for TokenLine {
    type Order = TokenColumn;
    type Filter = TokenFilter;
    type Period = TokenPeriod;
    type Number = NoKey;

    fn id(&self) -> i64 {
        self.token.id
    }

    fn title(&self) -> &str {
        &self.title
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.token.name, &self.token.username, &self.token.last_used_address]
    }

    fn values(&self, filter: TokenFilter) -> Vec<String> {
        match filter {
            TokenFilter::State => vec![self.state.name().to_owned()],
            TokenFilter::User => vec![self.token.user_id.to_string()],
        }
    }

    fn instant(&self, period: TokenPeriod) -> Option<NaiveDateTime> {
        match period {
            TokenPeriod::Created => Some(self.token.created_at),
            TokenPeriod::Expires => Some(self.token.expires_at),
            TokenPeriod::LastUsed => self.token.last_used_at,
        }
    }

    fn number(&self, number: NoKey) -> i64 {
        match number {}
    }

    fn sort_key(&self, order: TokenColumn) -> SortKey {
        let at = |at: NaiveDateTime| SortKey::Number(at.and_utc().timestamp());
        let token = &self.token;
        match order {
            TokenColumn::Name => SortKey::text(&token.name),
            TokenColumn::User => SortKey::text(&token.username),
            TokenColumn::Scopes => SortKey::text(&token.scopes.to_string()),
            TokenColumn::State => SortKey::text(self.state.name()),
            TokenColumn::Created => at(token.created_at),
            TokenColumn::Expires => at(token.expires_at),
            TokenColumn::LastUsed => token.last_used_at.map_or(SortKey::Number(0), at),
            TokenColumn::Address => SortKey::text(&token.last_used_address),
        }
    }
}

impl TokenColumn {
    /// Returns what the list declares of the column.
    pub(super) fn column(self) -> ListColumn {
        match self {
            Self::Name => ListColumn::new(self.key(), "Name").links().early(),
            Self::User => ListColumn::new(self.key(), "User").early(),
            Self::Scopes => ListColumn::new(self.key(), "Scopes"),
            Self::State => ListColumn::new(self.key(), "State").early(),
            Self::Created => ListColumn::new(self.key(), "Made"),
            Self::Expires => ListColumn::new(self.key(), "Expires"),
            Self::LastUsed => ListColumn::new(self.key(), "Last used"),
            Self::Address => ListColumn::new(self.key(), "Address"),
        }
    }

    fn cell(self, line: &TokenLine) -> ListCell {
        let token = &line.token;
        match self {
            Self::Name => ListCell::Text(token.name.clone()),
            Self::User => ListCell::Text(token.username.clone()),
            Self::Scopes => ListCell::Text(token.scopes.names().collect::<Vec<_>>().join(", ")),
            Self::State => ListCell::Text(line.state.name().to_owned()),
            Self::Created => ListCell::Instant(Some(token.created_at)),
            Self::Expires => ListCell::Instant(Some(token.expires_at)),
            Self::LastUsed => ListCell::Instant(token.last_used_at),
            Self::Address => ListCell::Text(token.last_used_address.clone()),
        }
    }
}

impl MemoryList for TokenAdmin {
    type Line = TokenLine;

    fn read_lines(&self, conn: &mut Conn) -> db::Result<Vec<TokenLine>> {
        let now = self.now();
        let line = |token: StoredToken| TokenLine {
            state: token.state(now),
            title: token.title(),
            token,
        };
        Ok(store::all(conn)?.into_iter().map(line).collect())
    }

    fn draw(&self, _conn: &mut Conn, lines: Vec<TokenLine>) -> db::Result<Vec<ListRow>> {
        let row = |line: &TokenLine| ListRow {
            id: line.token.id,
            version: line.token.version,
            title: line.title.clone(),
            cells: TokenColumn::ALL.iter().map(|column| column.cell(line)).collect(),
        };
        Ok(lines.iter().map(row).collect())
    }
}

impl TokenAdmin {
    /// Returns the time, UTC.
    pub(super) fn now(&self) -> NaiveDateTime {
        let now = DateTime::from_timestamp(self.metrics.now_seconds(), 0);
        now.unwrap_or(DateTime::UNIX_EPOCH).naive_utc()
    }
}

/// Returns the states as filters offer them.
pub(super) fn states() -> Vec<(String, String)> {
    let offer = |state: TokenState| (state.name().to_owned(), state.name().to_owned());
    TokenState::ALL.map(offer).to_vec()
}

/// Returns the filters that the list declares.
pub(super) fn filters() -> Vec<Filter> {
    let filter = |filter: &TokenFilter| {
        let (title, choices) = match filter {
            TokenFilter::State => ("State", Choices::Listed),
            TokenFilter::User => ("User", Choices::Related(USER)),
        };
        Filter {
            inputs: &[],
            rare: false,
            key: filter.key(),
            title,
            choices,
        }
    };
    TokenFilter::ALL.iter().map(filter).collect()
}

/// Returns the ranges that the list declares.
pub(super) fn ranges() -> Vec<Range> {
    let range = |period: &TokenPeriod| Range {
        key: period.key(),
        title: match period {
            TokenPeriod::Created => "Made",
            TokenPeriod::Expires => "Expires",
            TokenPeriod::LastUsed => "Last used",
        },
        kind: RangeKind::Date,
        rare: false,
    };
    TokenPeriod::ALL.iter().map(range).collect()
}
