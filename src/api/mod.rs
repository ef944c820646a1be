//! The API apart from HTTP: which operations there are, what each takes and answers, and why it refuses. `apps` carries the operations out, `web`
//! serves them, and commands ask a server for them.

pub mod answers;
pub mod operation;
pub mod parameters;
pub mod refusal;
pub mod replay;
pub mod requests;
