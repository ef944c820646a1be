//! What a list is sorted, filtered and narrowed by, and its columns, as enums of `list_keys`: each match on one names all of them, so
//! that a forgotten column, order, filter or range does not compile.

use crate::admin::model::TakenKeys;
use crate::admin::spec::ListColumn;

/// The columns of a list, or what it is sorted, filtered or narrowed by.
pub trait ListKey: Copy + PartialEq + 'static {
    /// All of them, in the order in which pages offer them.
    const ALL: &'static [Self];

    /// Returns its key in addresses and declarations.
    fn key(self) -> &'static str;

    /// Returns the one with this key.
    #[must_use]
    fn parse(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.key() == key)
    }

    /// Returns the one with a key that the model declares. A list with a key that is not declared was refused before it got here; to
    /// pass one over would show rows that were not asked for.
    ///
    /// # Panics
    /// With a key that the model does not declare.
    #[must_use]
    fn declared(key: &str) -> Self {
        Self::parse(key).expect("the engine asks for what the model declares alone")
    }
}

/// Declares an enum whose variants have keys. [`ListKey::ALL`] is made of the variants, so that none can be missing from it.
macro_rules! list_keys {
    ($(#[$about:meta])* pub enum $name:ident { $($(#[$about_key:meta])* $variant:ident => $key:expr,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$about_key])* $variant,)+
        }

        impl ListKey for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn key(self) -> &'static str {
                match self {
                    $(Self::$variant => $key,)+
                }
            }
        }
    };
}
pub(crate) use list_keys;

/// For lists that have none of a kind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum NoKey {}

impl ListKey for NoKey {
    const ALL: &'static [Self] = &[];

    fn key(self) -> &'static str {
        match self {}
    }
}

/// Returns the columns of a list, which can be sorted by those of `O`.
#[must_use]
pub fn columns<C: ListKey, O: ListKey>(column: fn(C) -> ListColumn) -> Vec<ListColumn> {
    let mut columns: Vec<ListColumn> = C::ALL.iter().map(|of| column(*of)).collect();
    for column in &mut columns {
        column.sorts = O::parse(column.key).is_some();
    }
    columns
}

/// Returns what the queries of a list take that match on these keys: what it is sorted, filtered and narrowed by.
#[must_use]
pub fn taken<O: ListKey, F: ListKey, P: ListKey, N: ListKey>() -> TakenKeys {
    let periods = P::ALL.iter().map(|period| period.key());
    TakenKeys {
        orders: O::ALL.iter().map(|order| order.key()).collect(),
        filters: F::ALL.iter().map(|filter| filter.key()).collect(),
        ranges: periods.chain(N::ALL.iter().map(|number| number.key())).collect(),
    }
}
