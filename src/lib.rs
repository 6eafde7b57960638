//! relaycheck finds open SMTP relays: servers that take mail from any outsider for any outsider.
//!
//! It asks servers over the wire ([`probe`]), reads their configurations ([`mtaconf`]) and their logs ([`mtalog`]).
//! Whatever the source, what comes out is the same: a verdict, findings with their proof, and what could not be
//! decided ([`model`]). This is the library of the `relaycheck` command.
//!
//! # Layers
//!
//! The crate is a pure core in a thin shell. Everything that decides is a function of bytes, text
//! and elapsed time; sockets, clock, files and randomness live in `net`, `engine`, `server` and
//! `cli`. A module names only what stands below it.
//!
//! ```text
//!             cli      arguments, files, output, exit code                       feature cli
//!            ------------------------------------------------------------------
//!   shell     engine   which target when; one target from its name to its outcome
//!             net      DNS, TCP, TLS, the pump   server  embedded test servers   feature net
//!  =============================================================================
//!   core      report   human, json, sarif, ...   rules   every rule by id
//!             probe    forms, plan, dialogue,    target  what the user wrote,
//!                      judging                           as endpoints
//!             mtalog   logs, read and joined     mtaconf configurations, read and judged
//!            ------------------------------------------------------------------
//!             model    the vocabulary of all     smtp    the protocol as values  always
//! ```
//!
//! | feature | brings | default |
//! | --- | --- | --- |
//! | `cli` | the command, and `net` | yes |
//! | `net` | connections, name servers, the engine, embedded servers; tokio, rustls, hickory | with `cli` |
//! | `legacy-tls` | TLS 1.0 and 1.1 through the system's OpenSSL, for old servers | no |
//!
//! With `default-features = false` the core alone is built: it does no I/O, and has no dependency that does.
//!
//! # Judge a reply
//!
//! What other software heard from a server, without any connection:
//!
//! ```
//! use relaycheck::probe::judge::{self, Label, ReplyVerdict, Stage};
//!
//! let reply = b"554 5.7.1 <someone@example.com>: Relay access denied\r\n";
//! let judgement = judge::judge_recorded(Stage::Rcpt, reply, None);
//! assert_eq!(judgement.label, Label::RelayDenied);
//! assert_eq!(judgement.verdict, ReplyVerdict::Rejecting);
//!
//! // The client is refused, not its relaying: another client might well relay.
//! let reply = b"554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.example.org\r\n";
//! let judgement = judge::judge_recorded(Stage::Rcpt, reply, None);
//! assert_eq!(judgement.label, Label::ClientBlocked);
//! assert_eq!(judgement.verdict, ReplyVerdict::Blocked);
//! ```
//!
//! # Read a configuration
//!
//! Files come from wherever the caller has them: a checkout, an archive, a database. Here is what relays in a `main.cf`,
//! and because of which line:
//!
//! ```
//! use relaycheck::model::{Relay, Severity};
//! use relaycheck::mtaconf::{self, Context, source::{Files, Memory}};
//!
//! let store = Memory::new([
//!     ("main.cf", "compatibility_level = 3.6\nmynetworks = 0.0.0.0/0\n"),
//!     ("master.cf", "smtp inet n - y - - smtpd\n"),
//! ]);
//! let files = Files::new(&store, "", None).expect("both are small enough");
//! let audits = mtaconf::audit("mail.example.com", &files, None, &Context::default());
//!
//! // One for each kind of server whose files are there.
//! let [audit] = &audits[..] else { panic!("a Postfix, and nothing else") };
//! assert_eq!((audit.dialect, audit.relay), ("postfix", Relay::Open));
//! let critical: Vec<_> = audit
//!     .findings
//!     .iter()
//!     .filter(|finding| finding.severity == Severity::Critical)
//!     .map(|finding| (finding.rule.id, finding.place().map(|place| place.line)))
//!     .collect();
//! assert_eq!(critical, [("PF001", Some(2)), ("PF030", Some(2))]);
//! ```
//!
//! # Audit a host
//!
//! The server is one of those that the tests use: on loopback, and open. This needs the feature `net`.
//!
#![cfg_attr(feature = "net", doc = "```")]
#![cfg_attr(not(feature = "net"), doc = "```ignore")]
//! use relaycheck::engine::{self, Settings};
//! use relaycheck::model::{Target, Verdict};
//! use relaycheck::probe::{forms::Profile, plan, template::Identity};
//! use relaycheck::server::{Server, behaviour};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let runtime = tokio::runtime::Runtime::new()?;
//! let open = behaviour("open").expect("it is in the table");
//! let server = runtime.block_on(Server::start(open, "127.0.0.1:0".parse()?))?;
//!
//! let identity = Identity {
//!     probe_user: "audit".into(),
//!     probe_domain: "auditor.example".into(),
//!     ext_user: "someone".into(),
//!     ext_domain: "example.com".into(),
//!     local_user: "postmaster".into(),
//!     seed: 7,
//! };
//! let settings = Settings::new(plan::Settings::new(Profile::Quick, identity));
//! let outcomes = engine::audit(settings, vec![Target::of(server.address())])?;
//!
//! let outcome = &outcomes[0];
//! assert_eq!(outcome.verdict, Verdict::RelayAccepting);
//! // Loopback is what a server may well trust: the outcome says that it weakens the verdict.
//! assert_eq!(outcome.caveats.len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! # What is stable
//!
//! Versions follow SemVer. What scripts rest on is the report (`relaycheck.report/1`) and the exit codes of the command:
//! fields are added, and never renamed or removed. Before 1.0 the items of this library may change with each 0.x.

#![cfg_attr(docsrs, feature(doc_cfg))]

// The modules that decide: the lint holds them to the list in .github/clippy.toml, where it is active.
#[deny(clippy::disallowed_methods)]
pub mod model;
#[deny(clippy::disallowed_methods)]
pub mod smtp;

#[deny(clippy::disallowed_methods)]
pub mod mtaconf;
#[deny(clippy::disallowed_methods)]
pub mod mtalog;
#[deny(clippy::disallowed_methods)]
pub mod probe;
#[deny(clippy::disallowed_methods)]
pub mod target;

#[deny(clippy::disallowed_methods)]
pub mod report;
#[deny(clippy::disallowed_methods)]
pub mod rules;

#[cfg(feature = "net")]
pub mod net;
#[cfg(feature = "net")]
pub mod server;

#[cfg(feature = "net")]
pub mod engine;

#[cfg(feature = "cli")]
pub mod cli;
