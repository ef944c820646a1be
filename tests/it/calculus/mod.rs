//! The window calculus: tables of known answers, and properties checked against a brute-force oracle.

mod answers;
mod generate;
mod hours;
mod oracle;
mod properties;
mod rules;
