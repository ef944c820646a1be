//! The API for programs, below `/api/`. Who calls is decided by a token in the header `Authorization` alone: no cookie counts.

pub mod gate;
pub mod problem;
