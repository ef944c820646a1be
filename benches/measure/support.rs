//! What tests have, too.

#[expect(
    dead_code,
    unreachable_pub,
    reason = "it is a module of the tests, which have more faults"
)]
#[path = "../../tests/it/support/stand_in.rs"]
pub(crate) mod stand_in;
