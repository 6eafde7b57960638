//! The shared vocabulary: what a statement is about, what was seen, what it means.
//!
//! Every audit speaks in these words and every reporter knows only them. Nothing here reads a
//! socket, a clock or a file, and nothing here is serialisable: the machine formats own their
//! documents (`report::json`), so that a rename here never changes what scripts read.

pub mod advice;
pub mod baseline;
pub mod bytes;
pub mod conf;
pub mod digest;
pub mod evidence;
pub mod explain;
pub mod finding;
pub mod lang;
pub mod log;
pub mod mix;
pub mod outcome;
pub mod policy;
pub mod proof;
pub mod report;
pub mod rule;
pub mod subject;
pub mod suppress;
pub mod tls;
pub mod verdict;

pub use baseline::{Baseline, Change};
pub use bytes::Untrusted;
pub use conf::{
    ConfAudit, ConfBefore, ConfLine, Envelope, Grant, Instance, Place, Relay, Service, Unread,
};
pub use digest::Digest;
pub use evidence::{Direction, Evidence, WireLine};
pub use finding::Finding;
pub use lang::{Lang, Text};
pub use log::{LogAudit, LogLine, LogLines, LogTotals, Top, TopKind, TopTable};
pub use mix::mix;
pub use outcome::{Coverage, Outcome, Retried, ServerFacts};
pub use policy::{FailOn, Policy};
pub use proof::TOKEN_HEADER;
pub use report::{Conclusion, Report, RunInfo, Totals};
pub use rule::{Confidence, Remedy, Rule, Severity};
pub use subject::{Endpoint, Host, Named, Origin, Target, TlsUse};
pub use suppress::{Day, Suppression, Suppressions};
pub use tls::{TlsFacts, TlsStack, TlsState};
pub use verdict::{
    Caveat, Driven, FormOutcome, FormResult, Reason, ReplySeen, Role, Standing, Verdict,
};
