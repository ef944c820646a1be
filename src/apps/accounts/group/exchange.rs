//! Groups as files: out only.

use super::store;
use crate::admin::transfer::{ColumnKind, Exchange, FileColumn, FileRecord};
use crate::db::{self, Conn, Result};

/// Groups as files.
pub struct GroupExchange;

const COLUMNS: [FileColumn; 2] = [
    FileColumn::new("name", ColumnKind::Text),
    FileColumn::new("permissions", ColumnKind::Names),
];

impl Exchange for GroupExchange {
    fn columns(&self) -> &'static [FileColumn] {
        &COLUMNS
    }

    fn records(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, FileRecord)>> {
        let mut records = Vec::new();
        for id in ids {
            let group = match store::get(conn, *id) {
                Ok(group) => group,
                Err(db::Error::NotFound) => continue,
                Err(error) => return Err(error),
            };
            records.push((*id, group.state.to_json()));
        }
        Ok(records)
    }
}
