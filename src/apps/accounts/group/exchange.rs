//! Groups as files: out only.

use super::store;
use crate::admin::transfer::{Column, Exchange, Kind, Record};
use crate::db::{self, Conn, Result};

/// Groups as files.
pub struct GroupExchange;

const COLUMNS: [Column; 2] = [Column::new("name", Kind::Text), Column::new("permissions", Kind::Names)];

impl Exchange for GroupExchange {
    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn records(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, Record)>> {
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
