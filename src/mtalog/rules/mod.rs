//! The rules of the log audit, and what raises them.

pub mod table;

pub use table::RULES;
