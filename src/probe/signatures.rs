//! TABLE: reply texts and codes -> what kind of reply it is.

use super::judge::{Label, Stage};

/// What a signature changes about the conclusion its label allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: the label decides.
    Usual,
    /// The server had routed or called the outside domain before it refused: relaying stays open.
    Routed,
    /// The reply leaves relaying open.
    Open,
    /// The recipient is what was refused.
    Recipient,
    /// The client was turned away.
    Block,
    /// Temporary, whatever the code says.
    Later,
    /// Temporary if the code is 4xx.
    LaterIfTransient,
}

/// One kind of reply.
#[derive(Debug)]
pub struct Signature {
    /// Stable id.
    pub id: &'static str,
    /// What it says.
    pub label: Label,
    /// What it changes about the conclusion.
    pub effect: Effect,
}

/// Finds the signature of a reply: stage, code, and its normalised text.
pub fn find(_stage: Stage, _code: u16, _text: &str) -> Option<&'static Signature> {
    None
}
