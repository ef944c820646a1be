//! An item in the list of a rule of kind `dates`: a day or a range of days, and perhaps a name. Stored and written to files as it was
//! entered; the calculus sees single days alone.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use crate::calculus::civil;

/// A day, or a range of days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedDays {
    /// The first day.
    pub first: NaiveDate,
    /// The last day, included; that of a single day is the first.
    pub last: NaiveDate,
    /// What people call it; may be empty.
    pub name: String,
}

impl ListedDays {
    /// Returns a single day.
    #[must_use]
    pub fn day(date: NaiveDate, name: String) -> Self {
        Self::range(date, date, name)
    }

    /// Returns all days from `first` to `last`.
    #[must_use]
    pub fn range(first: NaiveDate, last: NaiveDate, name: String) -> Self {
        Self { first, last, name }
    }

    /// Returns whether it holds more than one day.
    #[must_use]
    pub fn is_range(&self) -> bool {
        self.first != self.last
    }

    /// Returns whether it holds this day.
    #[must_use]
    pub fn contains(&self, date: NaiveDate) -> bool {
        self.first <= date && date <= self.last
    }

    /// Sorts a list by date and keeps one item of those with the same days, with a name if any has one.
    #[must_use]
    pub fn sorted(mut list: Vec<Self>) -> Vec<Self> {
        list.sort_by(|one, other| {
            let key = |days: &Self| (days.first, days.last, days.name.is_empty());
            key(one).cmp(&key(other)).then_with(|| one.name.cmp(&other.name))
        });
        list.dedup_by_key(|days| (days.first, days.last));
        list
    }

    /// Returns the item as files write it: a date, or an object of `date` or `from` and `to`, and of `name`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        if self.is_range() {
            object.insert("from".to_owned(), json!(self.first.to_string()));
            object.insert("to".to_owned(), json!(self.last.to_string()));
        } else if self.name.is_empty() {
            return json!(self.first.to_string());
        } else {
            object.insert("date".to_owned(), json!(self.first.to_string()));
        }
        if !self.name.is_empty() {
            object.insert("name".to_owned(), json!(self.name));
        }
        Value::Object(object)
    }

    /// Reads what [`ListedDays::to_json`] writes, for rows of the database.
    ///
    /// # Errors
    /// A message for people when it is anything else, as in a database that was edited by hand.
    pub fn from_json(item: &Value) -> Result<Self, String> {
        let date = |value: &Value| civil::parse_date(value.as_str().unwrap_or("")).map_err(|error| error.to_string());
        let name = item["name"].as_str().unwrap_or("").to_owned();
        if item.get("from").is_some() {
            return Ok(Self::range(date(&item["from"])?, date(&item["to"])?, name));
        }
        let day = if item.is_string() { item } else { &item["date"] };
        Ok(Self::day(date(day)?, name))
    }
}
