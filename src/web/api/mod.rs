//! The API for programs, below `/api/`. Who calls is decided by a token in the header `Authorization` alone: no cookie counts.

pub mod gate;
mod handlers;
mod openapi;
pub mod problem;
mod query;
mod quota;
mod refused;
pub mod routes;
pub mod state;
mod uploads;
