//! The window calculus: tables of known answers, and properties checked against a brute-force oracle.

mod answers;
mod attained;
mod attained_properties;
mod generate;
mod hours;
mod oracle;
mod properties;
mod rules;
