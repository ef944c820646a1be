//! The list of components by the indicators that they name. The read model does not know them, since the metrics do not: they are one query.

use std::collections::HashMap;

use super::opened::ComponentList;
use crate::apps::grouped::grouped;
use crate::apps::sla::measuring;
use crate::apps::sla::read_model::found::FoundComponents;
use crate::db::{Conn, Result};

impl ComponentList<'_> {
    /// Returns the components that name one of these indicators.
    pub(super) fn by_indicators(&self, conn: &mut Conn, ids: &[i64]) -> Result<FoundComponents> {
        let named = measuring::store::named_indicators(conn)?.into_iter();
        let found: Vec<i64> = named.filter(|(_, of)| ids.contains(of)).map(|(id, _)| id).collect();
        Ok(self.model.of_ids(&found))
    }

    /// Returns how many of the components that were found name each indicator.
    pub(super) fn facets_by_indicator(&self, conn: &mut Conn, found: &FoundComponents) -> Result<Vec<(String, i64)>> {
        let named = measuring::store::named_indicators(conn)?.into_iter();
        let by_indicator: HashMap<i64, Vec<i64>> = grouped(named.map(|(id, of)| (of, id)));
        let counted = by_indicator.into_iter().map(|(of, ids)| {
            let mut naming = self.model.of_ids(&ids);
            naming.keep(found);
            (of.to_string(), i64::try_from(naming.count()).unwrap_or(i64::MAX))
        });
        Ok(counted.collect())
    }
}
