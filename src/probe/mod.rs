//! The wire audit without wires.
//!
//! The story of a probe: [`forms`] lists every test; [`template`] fills a form with our identity and
//! the names the target goes by ([`names`]). [`plan`] knows which forms are still owed and hands out
//! one [`script`] per session; [`dialogue`] plays a script as a state machine that neither reads a
//! socket nor a clock and leaves a [`transcript`]; the plan absorbs it, puts back what was not
//! answered, and goes on until nothing is owed or nothing moves. [`judge`] reads single replies,
//! [`classify`] weighs all of them against the controls and gives the verdict, [`rules`] turns it
//! into findings.

pub mod classify;
pub mod dialogue;
pub mod forms;
pub mod judge;
pub mod meaning;
mod memo;
pub mod names;
pub mod plan;
pub mod product;
pub mod rehearsal;
pub mod rules;
pub mod script;
pub mod signatures;
pub mod template;
pub mod transcript;
pub mod vantage;
pub mod wording;

/// Builds the tables that replies are looked up in. Without this the first reply waits for them, and with it
/// whoever else has one by then: some ten milliseconds in which a scan stands still.
pub fn make_ready() {
    signatures::make_ready();
    product::make_ready();
}
