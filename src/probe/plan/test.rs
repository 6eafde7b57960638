//! One form, filled, on one channel, and how it stands with it.

use super::answer::Answer;
use crate::model::TlsState;
use crate::probe::forms::AddressForm;
use crate::probe::template::Filled;

/// What sets sessions apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// How the connection is protected.
    pub tls: TlsState,
    /// The EHLO argument, where the form chooses it.
    pub hello: Option<String>,
    /// XCLIENT attributes, where the form sends them.
    pub xclient: Option<String>,
}

/// How it stands with a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// To be asked.
    Owed,
    /// Answered.
    Answered(Answer),
    /// Asked in vain, or beyond reach; why, in words.
    GivenUp(&'static str),
}

/// One form, filled, on one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// The form.
    pub form: &'static AddressForm,
    /// Its envelope.
    pub filled: Filled,
    /// The kind of session it belongs in.
    pub key: Key,
    /// The test whose acceptance this control measures by repeating it with another recipient; absent
    /// for probes and for controls that measure everything of their kind of session.
    pub measures: Option<usize>,
    /// How it stands.
    pub state: State,
    pub(super) attempts: u8,
}
