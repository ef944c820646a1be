//! Which PostgreSQL server a connection leads to, and what identifies a transaction on it.

/// A server, as one of its connections reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The identifier that a primary and its standbys share.
    pub system: String,
    /// The timeline that the server writes, which each promotion of a standby makes greater by one; none on a standby.
    pub timeline: Option<u32>,
    /// Address and port of the server, as it sees them; empty for a socket.
    pub address: String,
    /// When it was started.
    pub started: String,
    /// The process that serves the connection.
    pub pid: i32,
}

impl Server {
    /// Returns whether both have the same data, not only a copy of it: what one of them says of a transaction holds for the other. It may
    /// have been restarted between.
    pub fn has_data_of(&self, other: &Self) -> bool {
        self.timeline.is_some()
            && (&self.system, self.timeline, &self.address) == (&other.system, other.timeline, &other.address)
    }

    /// Returns whether the other server is a primary of the same data that a standby was promoted over since.
    pub fn is_newer_than(&self, other: &Self) -> bool {
        self.system == other.system && self.timeline > other.timeline && other.timeline.is_some()
    }
}

/// What identifies a transaction, so that its outcome can be looked up.
#[derive(Clone, Debug)]
pub struct TransactionKey {
    /// Its number.
    pub txid: i64,
    /// The process that ran it.
    pub pid: i32,
    /// When that process was started.
    pub backend_start: String,
    /// When its server was started.
    pub started: String,
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitOutcome {
    /// It is committed.
    Committed,
    /// It is rolled back, or never arrived.
    RolledBack,
    /// No server that can be asked knows.
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::Server;

    fn server(timeline: Option<u32>) -> Server {
        Server {
            system: "1".to_owned(),
            timeline,
            address: "a".to_owned(),
            started: "now".to_owned(),
            pid: 1,
        }
    }

    #[test]
    fn a_promoted_server_is_newer_than_its_old_primary() {
        for (one, other, expected) in [
            (Some(2), Some(1), true),
            (Some(1), Some(1), false),
            (Some(1), Some(2), false),
            (Some(1), None, false),
            (None, Some(1), false),
        ] {
            assert_eq!(server(one).is_newer_than(&server(other)), expected, "{one:?} {other:?}");
        }
        assert!(server(Some(1)).has_data_of(&server(Some(1))));
        assert!(!server(Some(2)).has_data_of(&server(Some(1))));
        assert!(!server(None).has_data_of(&server(None)));
    }
}
