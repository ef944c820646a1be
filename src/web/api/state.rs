//! What the API's requests share.

use super::openapi;
use super::quota::RequestQuota;
use super::uploads::Uploads;
use crate::api::requests::ApiOperations;

/// What the API's requests share.
pub struct ApiState {
    /// What carries operations out.
    pub operations: Box<dyn ApiOperations>,
    /// The description, in JSON.
    pub description: String,
    /// How many requests each user may send.
    pub quota: RequestQuota,
    /// What files that come in may take.
    pub(super) uploads: Uploads,
}

impl ApiState {
    /// Creates the state of an API that `operations` carry out, with so many requests of each user in a minute.
    ///
    /// # Errors
    /// None that happens: the description is written as JSON.
    pub fn new(operations: Box<dyn ApiOperations>, requests_per_minute: u32) -> serde_json::Result<Self> {
        let description = openapi::description(operations.as_ref())?;
        Ok(Self {
            operations,
            description: format!("{description:#}\n"),
            quota: RequestQuota::new(requests_per_minute),
            uploads: Uploads::new(),
        })
    }
}
