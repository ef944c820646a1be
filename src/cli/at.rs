//! Instants as people type them on the command line.

use super::CliError;
pub(super) use crate::apps::sla::hours::typed_instant::{InstantArgument, bound, parse};
use crate::zones::{self, Zone};

/// Returns the zone that `--zone` names.
///
/// # Errors
/// [`CliError::Usage`] if there is no such zone.
pub(super) fn zone(name: Option<&str>) -> Result<Option<Zone>, CliError> {
    let zone = name.map(zones::parse).transpose();
    zone.map_err(|error| CliError::Usage(format!("--zone: {error}")))
}
