//! Writes the last use of tokens, on a thread of its own: no request waits for it or fails because of it.

use std::thread::Builder;

use crate::auth::token::{TokenUse, TokenUseReceiver, TokenUses};
use crate::db::Result;
use crate::db::pool::Pool;

/// Starts the thread, which ends with the last holder of the queue that is returned.
///
/// # Errors
/// The operating system's, which refuses a thread.
pub(super) fn start(pool: Pool) -> std::io::Result<TokenUses> {
    let (uses, receiver) = TokenUses::new();
    Builder::new()
        .name("token-use-writer".to_owned())
        .spawn(move || run(&pool, &receiver))?;
    Ok(uses)
}

fn run(pool: &Pool, receiver: &TokenUseReceiver) {
    receiver.run(|used| match write(pool, &used) {
        Ok(()) => tracing::debug!(token = used.token, "the last use of a token was noted"),
        Err(error) => tracing::debug!(%error, token = used.token, "the last use of a token was not noted"),
    });
}

fn write(pool: &Pool, used: &TokenUse) -> Result<()> {
    used.write(&mut *pool.get()?)
}
