//! What the API's requests share.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::openapi;
use super::quota::RequestQuota;
use crate::api::requests::ApiOperations;

/// Files that are read from clients at a time.
const READING_MAX: usize = 8;

/// What the API's requests share.
pub struct ApiState {
    /// What carries operations out.
    pub operations: Box<dyn ApiOperations>,
    /// The description, in JSON.
    pub description: String,
    /// How many requests each user may send.
    pub quota: RequestQuota,
    /// Permits to read a file from a client.
    pub reading: Arc<Semaphore>,
}

impl ApiState {
    /// Creates the state of an API that `operations` carry out, with so many requests of each user in a minute.
    ///
    /// # Errors
    /// None that happens: the description is written as JSON.
    pub fn new(operations: Box<dyn ApiOperations>, requests_per_minute: u32) -> serde_json::Result<Self> {
        let description = openapi::description(operations.schemas())?;
        Ok(Self {
            operations,
            description: format!("{description:#}\n"),
            quota: RequestQuota::new(requests_per_minute),
            reading: Arc::new(Semaphore::new(READING_MAX)),
        })
    }
}
