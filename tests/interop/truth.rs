//! What a server really relays: a message is sent, and either it comes out at the sink or it does
//! not.
//!
//! In: a running server and a kind of message. Out: a [`Truth`] and the reply that stood for it.
//!
//! Knows nothing of relaycheck. A message counts as relayed only if it arrives at the sink, in its own
//! header the token it was sent with, for a recipient outside every domain served here. A bounce
//! quotes the token in its body and is none; a copy for alice is none.
//!
//! Limits: [`ARRIVAL`] for a message that was taken.

use crate::client::{Channel, OFFICE, STRANGER, Sent, Session};
use crate::server::Server;
use crate::sink::{Sink, TOKEN};
use crate::table::{Kind, Row, Truth};
use anyhow::Result;
use std::net::Ipv4Addr;
use std::thread;
use std::time::{Duration, Instant};

/// How long a message may be under way; one machine needs a fraction of a second.
const ARRIVAL: Duration = Duration::from_secs(10);

/// How long another copy may follow the first.
const AFTERMATH: Duration = Duration::from_millis(300);

/// How long a client waits before it comes back: a greylist that counts in seconds must have moved.
const RETURN: Duration = Duration::from_millis(2200);

/// What was seen.
#[derive(Debug)]
pub(crate) struct Seen {
    /// What it amounts to.
    pub(crate) truth: Truth,
    /// The decisive reply and the command it answered; of the first try, if there were two.
    pub(crate) reply: String,
    /// The envelope recipients at the sink, or the mailbox's file, if it arrived anywhere.
    pub(crate) arrived: Option<String>,
    /// Whether it left the server for anywhere.
    pub(crate) at_sink: bool,
    /// The message as it arrived.
    pub(crate) message: String,
}

/// Sends one kind of message through a server.
pub(crate) fn seek(row: &Row, server: &Server, sink: &Sink, kind: Kind) -> Result<Seen> {
    let session = session(row, kind);
    let first = follow(row, server, sink, &session, &format!("{kind:?}"))?;
    if first.truth != Truth::Deferred {
        return Ok(first);
    }
    thread::sleep(RETURN);
    let second = follow(row, server, sink, &session, &format!("{kind:?}-again"))?;
    let truth = match second.truth {
        Truth::Relays => Truth::RelaysLater,
        Truth::Inside => Truth::InsideLater,
        other => other,
    };
    Ok(Seen {
        truth,
        reply: if second.truth == Truth::Deferred {
            first.reply
        } else {
            format!("{}, then {}", first.reply, second.reply)
        },
        ..second
    })
}

/// Gives the dialogue of one kind of message.
pub(crate) fn session(row: &Row, kind: Kind) -> Session {
    // A recipient for each kind: a greylist must not know one from another.
    let victim = format!("victim-{kind:?}").to_ascii_lowercase();
    let outside = format!("<{victim}@example.com>");
    let plain = Session {
        from: STRANGER,
        to: row.at(),
        hello: "client.example.org".to_owned(),
        channel: Channel::Clear,
        xclient: None,
        login: None,
        prelude: None,
        mail_from: "<stranger@example.org>".to_owned(),
        recipients: vec![outside],
    };
    match kind {
        Kind::Plain => plain,
        Kind::OwnDomain => Session {
            mail_from: format!("<stranger@{}>", row.domain()),
            ..plain
        },
        Kind::NullSender => Session {
            mail_from: "<>".to_owned(),
            ..plain
        },
        Kind::Percent => Session {
            recipients: vec![format!("<{victim}%example.com@{}>", row.host())],
            ..plain
        },
        Kind::PercentCustomer => Session {
            recipients: vec![format!("<{victim}%example.com@customer.{}>", row.domain())],
            ..plain
        },
        Kind::Helo => Session {
            hello: row.host(),
            ..plain
        },
        Kind::XClient => Session {
            xclient: Some("ADDR=127.0.0.1 NAME=localhost".to_owned()),
            ..plain
        },
        Kind::InsideTls => Session {
            channel: Channel::StartTls,
            ..plain
        },
        Kind::Local => Session {
            recipients: vec![format!("<alice@{}>", row.domain())],
            ..plain
        },
        Kind::Office => Session {
            from: OFFICE,
            ..plain
        },
        Kind::LoggedIn => Session {
            channel: Channel::StartTls,
            login: Some(("alice".to_owned(), "wonderland".to_owned())),
            ..plain
        },
    }
}

/// Sends a message in one session and looks for it.
pub(crate) fn follow(
    row: &Row,
    server: &Server,
    sink: &Sink,
    session: &Session,
    label: &str,
) -> Result<Seen> {
    let place = format!("{}-{}", row.title(), label);
    let token: String = place
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let token = format!("interop-{token}-end");
    let reply = match session.send(&message(session.from, &token))? {
        Sent::NotOffered => {
            return Ok(Seen::nowhere(Truth::NotOffered, String::new()));
        }
        Sent::NoHandshake => return Ok(Seen::nowhere(Truth::NoHandshake, String::new())),
        Sent::Refused(command, reply) => {
            let truth = if reply.code / 100 == 4 {
                Truth::Deferred
            } else {
                Truth::Refused
            };
            return Ok(Seen::nowhere(truth, format!("{command}: {reply}")));
        }
        Sent::Taken(reply) => reply.to_string(),
    };
    let until = Instant::now() + ARRIVAL;
    // Of several recipients the one inside may be served long before the other.
    let done = |inside: bool| inside && session.recipients.len() == 1;
    while sink.with(&token).is_empty()
        && !sink.bounced(&token)
        && !done(server.mailbox_with(&token)?.is_some())
        && Instant::now() < until
    {
        thread::sleep(Duration::from_millis(40));
    }
    if sink.with(&token).is_empty() {
        thread::sleep(AFTERMATH);
    }
    let arrivals = sink.with(&token);
    for arrival in &arrivals {
        if arrival.recipients.iter().any(|to| is_outside(to)) {
            return Ok(Seen {
                truth: Truth::Relays,
                reply,
                arrived: Some(arrival.recipients.join(", ")),
                at_sink: true,
                message: arrival.message.clone(),
            });
        }
    }
    let (arrived, message) = match (arrivals.first(), server.mailbox_with(&token)?) {
        (Some(arrival), _) => (arrival.recipients.join(", "), arrival.message.clone()),
        (None, Some(text)) => ("a mailbox".to_owned(), text),
        (None, None) if sink.bounced(&token) => return Ok(Seen::nowhere(Truth::Bounced, reply)),
        (None, None) => return Ok(Seen::nowhere(Truth::Lost, reply)),
    };
    Ok(Seen {
        truth: Truth::Inside,
        reply,
        arrived: Some(arrived),
        at_sink: !arrivals.is_empty(),
        message,
    })
}

impl Seen {
    fn nowhere(truth: Truth, reply: String) -> Self {
        Self {
            truth,
            reply,
            arrived: None,
            at_sink: false,
            message: String::new(),
        }
    }

    /// Whether the server wrote into the message that it came from this address.
    pub(crate) fn names(&self, address: Ipv4Addr) -> bool {
        let header = self.message.replace("\r\n", "\n");
        let header = header.split("\n\n").next().unwrap_or_default();
        header.contains(&format!("[{address}]"))
    }
}

/// Whether a recipient is in none of the domains of the servers under test, which all end in `.test`.
fn is_outside(recipient: &str) -> bool {
    match recipient.rsplit_once('@') {
        Some((_, domain)) => !domain.trim_end_matches('.').ends_with(".test"),
        None => false,
    }
}

/// Writes a message with a token in its header.
fn message(from: Ipv4Addr, token: &str) -> String {
    [
        "From: Stranger <stranger@example.org>",
        "To: Victim <victim@example.com>",
        "Date: Tue, 24 Nov 2026 12:00:00 +0000",
        &format!("Message-ID: <{token}@example.org>"),
        &format!("{TOKEN}: {token}"),
        &format!("Subject: a message sent from {from}"),
        "",
        "Sent by the interop tests over loopback.",
    ]
    .join("\r\n")
}
