//! What a line of a log says, in no server's words.
//!
//! In: a line, taken apart by the reader of its format. Out: [`Event`]s that borrow from the line, so that reading
//! a log copies nothing. A line may say several things; most say nothing that matters here, and say so.
//!
//! Deliberately does not judge: whose domain it is and who is trusted is known to `rules` alone.

use std::net::IpAddr;

/// When something was logged: microseconds since 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Stamp(pub i64);

impl Stamp {
    /// Microseconds of a second.
    pub const SECOND: i64 = 1_000_000;
    /// Microseconds of a minute.
    pub const MINUTE: i64 = 60 * Self::SECOND;
    /// Microseconds of an hour.
    pub const HOUR: i64 = 60 * Self::MINUTE;
    /// Microseconds of a day.
    pub const DAY: i64 = 24 * Self::HOUR;
}

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct LineAt {
    /// The file, by its number in the input.
    pub file: u32,
    /// The line in it, counted from one.
    pub line: u64,
}

/// A line with its prefix taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// When it was logged.
    pub at: Stamp,
    /// Where it stands.
    pub place: LineAt,
    /// The host that logged it; empty where the format does not say.
    pub host: &'a [u8],
    /// The program, as it names itself, such as `postfix/submission/smtpd`; empty where the format has none.
    pub program: &'a [u8],
    /// The process, where it is told.
    pub pid: Option<u32>,
    /// The text behind the prefix.
    pub text: &'a [u8],
}

/// A client of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client<'a> {
    /// Its address; none for the host itself, where a log has no address for it.
    pub address: Option<IpAddr>,
    /// Its name, where the server has verified one; empty otherwise.
    pub name: &'a [u8],
}

/// Who delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Agent {
    /// A mailbox, a program, a list: here. Its domain is one's own.
    Local,
    /// Another host.
    Remote,
    /// Another program of this host that hands the message back: a scanner, a relay on loopback.
    Filter,
    /// Nobody: discarded, refused before an attempt.
    Nobody,
}

/// What became of one recipient, for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Handed over.
    Sent,
    /// Tried again later.
    Deferred,
    /// Refused for good.
    Bounced,
    /// Given up after too long.
    Expired,
    /// Only looked up: an address that was verified.
    Probed,
}

/// Why a refusal was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The text speaks of relaying, or a recipient of a domain not served here was refused in a format that has
    /// no word for relaying.
    Relay,
    /// The recipient does not exist, or the text says no more than that it is invalid.
    Recipient,
    /// The text is the site's own and says nothing known, in a format where it would: of a foreign recipient it is
    /// one for relaying, as far as anybody can tell.
    Unclear,
    /// The sender's domain does not exist.
    SenderDomain,
    /// Anything else: lists, greylisting, policy, content.
    Other,
}

/// When a refusal was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// At the connection.
    Connect,
    /// At HELO or EHLO.
    Helo,
    /// At MAIL.
    Mail,
    /// At RCPT.
    Rcpt,
    /// At DATA or after the content.
    Data,
}

/// How one message led to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Link {
    /// The same message under another id: a content filter gave it back.
    Requeued,
    /// A user's forward or a list: the new message has no client.
    Forwarded,
    /// A bounce or another notification about it.
    Notified,
}

/// Names a session of a client within the logs of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Session<'a> {
    /// Its name: an id, an address.
    pub name: &'a [u8],
    /// What tells it from others of that name: the server's part that it talks to.
    pub part: &'a [u8],
}

/// A step of a session, in a log that has a line for each. `sessions` makes of them what the other events say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// It begins.
    Opened,
    /// The client gives its name.
    Helo {
        /// The argument of HELO or EHLO.
        helo: &'a [u8],
    },
    /// The client logs in.
    Login {
        /// The account.
        account: &'a [u8],
        /// Whether it worked.
        success: bool,
    },
    /// Somebody has logged in, whoever it was.
    Authenticated,
    /// The name that the client goes by in this line: its account, if it has logged in.
    Account {
        /// The account.
        account: &'a [u8],
    },
    /// A transaction begins.
    Mail {
        /// The sender, without angle brackets.
        sender: &'a [u8],
    },
    /// A recipient was taken.
    Recipient {
        /// The recipient, without angle brackets.
        address: &'a [u8],
    },
    /// Something was refused.
    Refused {
        /// The recipient, where it was about one.
        recipient: Option<&'a [u8]>,
        /// When.
        stage: Stage,
        /// Why.
        refusal: Refusal,
        /// The reply; empty where the log has only its code.
        reply: &'a [u8],
    },
    /// The message came in under an id; what it is like is told elsewhere.
    Message {
        /// The id.
        id: &'a [u8],
    },
    /// The content was taken, and with it the message.
    Taken {
        /// The id it got; empty where none is told.
        id: &'a [u8],
    },
    /// The client said something that is answered by the next answer.
    Command {
        /// What it said.
        line: &'a [u8],
    },
    /// The server answered.
    Answer {
        /// The reply.
        reply: &'a [u8],
    },
    /// The rights of the connection were told (Exchange).
    Rights {
        /// The connector.
        connector: &'a [u8],
        /// Whether one may name any recipient.
        any_recipient: bool,
    },
    /// The host itself, as a client, said something to another one.
    Asked {
        /// The verb.
        verb: &'a [u8],
        /// What stands behind it.
        argument: &'a [u8],
    },
    /// The other host answered.
    Told {
        /// The reply.
        reply: &'a [u8],
    },
    /// It ends.
    Closed,
}

/// What a line says. Ids and text borrow from the line; an empty slice means that it is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// A client connected.
    Connected {
        /// Names the connection within the log: a process, a session id.
        session: &'a [u8],
        /// The client.
        client: Client<'a>,
    },
    /// A client gave its name.
    Greeted {
        /// The client.
        client: Client<'a>,
        /// The argument of HELO or EHLO.
        helo: &'a [u8],
    },
    /// Somebody logged in, or failed to. Formats that have no line for a login that worked tell it by the account of
    /// an arrival.
    Login {
        /// The client.
        client: Client<'a>,
        /// The account; empty where it is not logged.
        account: &'a [u8],
        /// Whether it worked.
        success: bool,
    },
    /// Who brought a message. Alone no proof that the message was taken.
    Arrived {
        /// The message.
        id: &'a [u8],
        /// The client; none for a message that was made on the host.
        client: Option<Client<'a>>,
        /// The argument of HELO or EHLO.
        helo: &'a [u8],
        /// The account that was logged in.
        account: &'a [u8],
        /// The id it had before a content filter, where the log says so.
        before: &'a [u8],
    },
    /// The message was taken into the queue.
    Accepted {
        /// The message.
        id: &'a [u8],
        /// The sender, without angle brackets; empty for the null sender.
        sender: &'a [u8],
        /// How many recipients it has, where that is told.
        recipients: Option<u32>,
        /// Its size in bytes, where that is told.
        size: Option<u64>,
    },
    /// A recipient that the client named and the server took.
    Recipient {
        /// The message.
        id: &'a [u8],
        /// The address, without angle brackets.
        address: &'a [u8],
    },
    /// An attempt to deliver to one recipient.
    Delivery {
        /// The message.
        id: &'a [u8],
        /// The address it went to, without angle brackets; empty where it is about all that are still waiting.
        to: &'a [u8],
        /// The address the client had named, where it was another one.
        original: &'a [u8],
        /// Whether it came out of an alias or a forward file here, of whatever address.
        expanded: bool,
        /// Who delivered.
        agent: Agent,
        /// The next hop, as it is written.
        hop: &'a [u8],
        /// What became of it.
        status: Status,
        /// What the next hop or the agent said.
        reply: &'a [u8],
    },
    /// The message led to another one.
    Linked {
        /// The message.
        id: &'a [u8],
        /// The other one.
        child: &'a [u8],
        /// How.
        link: Link,
    },
    /// The message has left the queue; its id may be used again.
    Ended {
        /// The message.
        id: &'a [u8],
    },
    /// Something was refused, or would have been.
    Refused {
        /// The message, where it had an id.
        id: &'a [u8],
        /// The client.
        client: Client<'a>,
        /// The argument of HELO or EHLO.
        helo: &'a [u8],
        /// The account that was logged in.
        account: &'a [u8],
        /// The sender, without angle brackets; none where it is not told.
        sender: Option<&'a [u8]>,
        /// The recipient, without angle brackets; none where it is not told.
        recipient: Option<&'a [u8]>,
        /// When.
        stage: Stage,
        /// Why.
        refusal: Refusal,
        /// Whether it was only written down: warn_if_reject.
        warned: bool,
        /// The reply.
        reply: &'a [u8],
    },
    /// Relay mail that a default of old let through (Postfix, "using backwards-compatible default setting").
    OldDefault {
        /// The client.
        client: Client<'a>,
        /// The recipient.
        recipient: &'a [u8],
    },
    /// The right to name any recipient was given to a connection (Exchange, "Set Session Permissions").
    Rights {
        /// The connector.
        connector: &'a [u8],
        /// The client.
        client: Client<'a>,
        /// Whether somebody had logged in by then.
        logged_in: bool,
    },
    /// The service says that its configuration is broken.
    Fault {
        /// What it says.
        text: &'a [u8],
    },
    /// What was said last came this many times more: what stands before it in the same line, else the line before.
    Repeated {
        /// How often.
        times: u32,
    },
    /// A step of a session. `sessions` turns it into other events: nobody behind it sees one.
    Step {
        /// The session.
        session: Session<'a>,
        /// The client, where the line tells it.
        client: Option<Client<'a>>,
        /// The step.
        step: Step<'a>,
    },
}

/// What reading a line came to, besides its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// A line of the mail service that is known.
    Known,
    /// A line of another program.
    Foreign,
    /// A line of the mail service that is not known; `true` where it looks like a delivery or a refusal.
    Unknown(bool),
    /// No line of a log: torn, binary.
    Torn,
}

impl<'a> Event<'a> {
    /// Gives the same event with other texts: each is what `text` makes of the one before, in the order of the
    /// fields.
    pub fn with<'b>(&self, text: &mut dyn FnMut(&'a [u8]) -> &'b [u8]) -> Event<'b> {
        fn who<'a, 'b>(
            client: Client<'a>,
            text: &mut dyn FnMut(&'a [u8]) -> &'b [u8],
        ) -> Client<'b> {
            Client {
                address: client.address,
                name: text(client.name),
            }
        }
        match *self {
            Self::Connected { session, client } => Event::Connected {
                session: text(session),
                client: who(client, text),
            },
            Self::Greeted { client, helo } => Event::Greeted {
                client: who(client, text),
                helo: text(helo),
            },
            Self::Login {
                client,
                account,
                success,
            } => Event::Login {
                client: who(client, text),
                account: text(account),
                success,
            },
            Self::Arrived {
                id,
                client,
                helo,
                account,
                before,
            } => Event::Arrived {
                id: text(id),
                client: client.map(|client| who(client, text)),
                helo: text(helo),
                account: text(account),
                before: text(before),
            },
            Self::Accepted {
                id,
                sender,
                recipients,
                size,
            } => Event::Accepted {
                id: text(id),
                sender: text(sender),
                recipients,
                size,
            },
            Self::Recipient { id, address } => Event::Recipient {
                id: text(id),
                address: text(address),
            },
            Self::Delivery {
                id,
                to,
                original,
                expanded,
                agent,
                hop,
                status,
                reply,
            } => Event::Delivery {
                id: text(id),
                to: text(to),
                original: text(original),
                expanded,
                agent,
                hop: text(hop),
                status,
                reply: text(reply),
            },
            Self::Linked { id, child, link } => Event::Linked {
                id: text(id),
                child: text(child),
                link,
            },
            Self::Ended { id } => Event::Ended { id: text(id) },
            Self::Refused {
                id,
                client,
                helo,
                account,
                sender,
                recipient,
                stage,
                refusal,
                warned,
                reply,
            } => Event::Refused {
                id: text(id),
                client: who(client, text),
                helo: text(helo),
                account: text(account),
                sender: sender.map(&mut *text),
                recipient: recipient.map(&mut *text),
                stage,
                refusal,
                warned,
                reply: text(reply),
            },
            Self::OldDefault { client, recipient } => Event::OldDefault {
                client: who(client, text),
                recipient: text(recipient),
            },
            Self::Rights {
                connector,
                client,
                logged_in,
            } => Event::Rights {
                connector: text(connector),
                client: who(client, text),
                logged_in,
            },
            Self::Fault { text: said } => Event::Fault { text: text(said) },
            Self::Repeated { times } => Event::Repeated { times },
            // Only a reader makes one, and what is behind readers sees none.
            Self::Step { .. } => Event::Repeated { times: 0 },
        }
    }
}
