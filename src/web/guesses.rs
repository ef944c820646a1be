//! Slows down those who guess credentials of /metrics and tokens of the API, under the ceiling of logins: fifty failures from one address within a quarter of an
//! hour, and nothing from there is looked at for the rest of it. Counted in memory, for each process, and for a bounded number of addresses.
//!
//! An address that has sent right credentials is not kept from doing so by others behind the same address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use chrono::NaiveDateTime;

use crate::auth::throttle::{Ceiling, Failures, Verdict, after_failure, place, verdict};

/// Addresses that are remembered.
const REMEMBERED_MAX: usize = 10_000;

/// The failures of a process.
#[derive(Default)]
pub struct CredentialGuesses(Mutex<HashMap<String, AddressHistory>>);

#[derive(Clone, Copy, Default)]
struct AddressHistory {
    failures: Option<Failures>,
    /// When right credentials came from there last.
    right_at: Option<NaiveDateTime>,
}

impl AddressHistory {
    fn last_at(&self) -> Option<NaiveDateTime> {
        self.failures.map(|failures| failures.last_at).max(self.right_at)
    }
}

impl CredentialGuesses {
    /// Returns whether a request with credentials from an address is not looked at: nothing to wait for, or seconds.
    pub fn blocks(&self, address: Option<IpAddr>, now: NaiveDateTime) -> Verdict {
        let places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = places.get(&place(address)).copied().unwrap_or_default();
        match seen.right_at {
            Some(_) => Verdict::Go,
            None => verdict(seen.failures.as_ref(), now),
        }
    }

    /// Decides on a request with credentials that are right or wrong: nothing to wait for, or seconds.
    pub fn judge(&self, address: Option<IpAddr>, is_right: bool, now: NaiveDateTime) -> Verdict {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = place(address);
        let seen = places.get(&place).copied().unwrap_or_default();
        let waits = verdict(seen.failures.as_ref(), now);
        if is_right && (waits == Verdict::Go || seen.right_at.is_some()) {
            if seen.right_at != Some(now) {
                put(
                    &mut places,
                    place,
                    AddressHistory {
                        right_at: Some(now),
                        ..seen
                    },
                );
            }
            return Verdict::Go;
        }
        if waits == Verdict::Go {
            let failures = Some(after_failure(Ceiling::Place, seen.failures.as_ref(), now));
            put(&mut places, place, AddressHistory { failures, ..seen });
        }
        waits
    }
}

fn put(places: &mut HashMap<String, AddressHistory>, place: String, seen: AddressHistory) {
    if places.len() >= REMEMBERED_MAX && !places.contains_key(&place) {
        let oldest = places.iter().min_by_key(|(_, seen)| seen.last_at());
        if let Some(oldest) = oldest.map(|(place, _)| place.clone()) {
            places.remove(&oldest);
        }
    }
    places.insert(place, seen);
}
