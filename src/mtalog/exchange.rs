//! Reads what Exchange logs: the protocol of its receive connectors, and the tracking of messages.
//!
//! In: rows of CSV. Out: of the protocol, steps of sessions; of the tracking, events.
//!
//! - The right to name any recipient is told at the beginning of a connection, before anybody has said a word.
//! - A message of the protocol is named by its `InternalId`, which is the id of the tracking log, too.
//! - A tracking row that hands a message to several recipients has them in one cell, divided by semicolons.
//! - `directionality` says Originating of authenticated and of internal mail, and of partners' connectors; it is
//!   taken for a login.
//!
//! Limits: rows whose quoted cells hold line breaks are torn.
//!
//! References: Microsoft, "Protocol logging in Exchange Server", "Message tracking log event types".

use crate::mtalog::event::{Agent, Client, Entry, Event, LineAt, Read, Session, Status, Step};
use crate::mtalog::stamp::Clock;
use crate::mtalog::text::{address, begins, holds, unbracket, whole_number};
use crate::mtalog::w3c::{Cells, Columns};

/// The reader of the protocol of receive connectors.
#[derive(Debug, Clone)]
pub struct Receive {
    columns: Columns<7>,
}

impl Default for Receive {
    fn default() -> Self {
        Self {
            columns: Columns::new([
                "date-time",
                "connector-id",
                "session-id",
                "remote-endpoint",
                "event",
                "data",
                "context",
            ]),
        }
    }
}

impl Receive {
    /// Reads a line that begins with `#`.
    pub fn directive(&mut self, line: &[u8]) {
        self.columns.directive(line);
    }

    /// Reads a row.
    pub fn row<'a>(
        &self,
        clock: &mut Clock,
        place: LineAt,
        line: &'a [u8],
        give: &mut Vec<Event<'a>>,
    ) -> Option<(Entry<'a>, Read)> {
        let [date, connector, session, remote, event, data, context] =
            self.columns.row(line, Cells::Commas)?;
        let (at, _) = clock.full(date)?;
        let entry = Entry {
            at,
            place,
            // EX01\Default Frontend EX01
            host: memchr::memchr(b'\\', connector).map_or(b"", |end| &connector[..end]),
            program: connector,
            pid: None,
            text: data,
        };
        let client = endpoint(remote).map(|address| Client {
            address: Some(address),
            name: b"",
        });
        let step = match event {
            b"+" => Step::Opened,
            b"-" => Step::Closed,
            b"<" => Step::Command { line: data },
            b">" => Step::Answer { reply: data },
            b"*" if begins(context, b"set session permissions") => Step::Rights {
                connector,
                any_recipient: holds(data, b"smtpacceptanyrecipient"),
            },
            b"*" if begins(context, b"authenticated") => Step::Login {
                account: data,
                success: true,
            },
            b"*" => return Some((entry, Read::Known)),
            _ => return Some((entry, Read::Unknown(false))),
        };
        give.push(Event::Step {
            session: Session {
                name: session,
                part: b"",
            },
            client,
            step,
        });
        Some((entry, Read::Known))
    }
}

/// Reads `192.0.2.1:25` and `[2001:db8::1]:25`.
fn endpoint(text: &[u8]) -> Option<std::net::IpAddr> {
    let end = memchr::memrchr(b':', text)?;
    let inside = &text[..end];
    let inside = inside.strip_prefix(b"[").unwrap_or(inside);
    address(inside.strip_suffix(b"]").unwrap_or(inside))
}

/// The reader of the tracking of messages.
#[derive(Debug, Clone)]
pub struct Tracking {
    columns: Columns<17>,
}

impl Default for Tracking {
    fn default() -> Self {
        Self {
            columns: Columns::new([
                "date-time",
                "client-ip",
                "client-hostname",
                "server-ip",
                "server-hostname",
                "source",
                "event-id",
                "internal-message-id",
                "message-id",
                "recipient-address",
                "recipient-status",
                "total-bytes",
                "recipient-count",
                "related-recipient-address",
                "sender-address",
                "directionality",
                "original-client-ip",
            ]),
        }
    }
}

impl Tracking {
    /// Reads a line that begins with `#`.
    pub fn directive(&mut self, line: &[u8]) {
        self.columns.directive(line);
    }

    /// Reads a row.
    pub fn row<'a>(
        &self,
        clock: &mut Clock,
        place: LineAt,
        line: &'a [u8],
        give: &mut Vec<Event<'a>>,
    ) -> Option<(Entry<'a>, Read)> {
        let [
            date,
            client_ip,
            client_name,
            server_ip,
            server,
            source,
            event,
            id,
            message,
            recipients,
            statuses,
            bytes,
            count,
            related,
            sender,
            direction,
            original_ip,
        ] = self.columns.row(line, Cells::Commas)?;
        let (at, _) = clock.full(date)?;
        let receive = event == b"RECEIVE";
        let smtp = source == b"SMTP";
        let entry = Entry {
            at,
            place,
            // A message that arrives is logged by the server; one that leaves by its client.
            host: if receive { server } else { client_name },
            program: source,
            pid: None,
            text: line,
        };
        let id = if id.is_empty() { message } else { id };
        if id.is_empty() {
            return Some((entry, Read::Known));
        }
        let (agent, status) = match event {
            b"RECEIVE" => {
                let from = address(original_ip).or_else(|| address(client_ip));
                give.push(Event::Arrived {
                    id,
                    client: from.filter(|_| smtp).map(|address| Client {
                        address: Some(address),
                        name: client_name,
                    }),
                    helo: b"",
                    account: if direction == b"Originating" {
                        sender
                    } else {
                        b""
                    },
                    before: b"",
                });
                give.push(Event::Accepted {
                    id,
                    sender: unbracket(sender),
                    recipients: whole_number(count).and_then(|count| u32::try_from(count).ok()),
                    size: whole_number(bytes),
                });
                for address in list(recipients) {
                    give.push(Event::Recipient { id, address });
                }
                return Some((entry, Read::Known));
            }
            // To a server of the same organisation: it is still on its way.
            b"SENDEXTERNAL" => (Agent::Remote, Status::Sent),
            b"SEND" if smtp => (Agent::Remote, Status::Sent),
            b"DELIVER" | b"DUPLICATEDELIVER" => (Agent::Local, Status::Sent),
            b"FAIL" => (Agent::Remote, Status::Bounced),
            b"DEFER" => (Agent::Remote, Status::Deferred),
            b"DSN" => {
                // The message that it is about stands in "reference", which is a message-id.
                return Some((entry, Read::Known));
            }
            _ => return Some((entry, Read::Known)),
        };
        let mut said = list(statuses);
        let mut named = list(related);
        for to in list(recipients) {
            let reply = said.next().unwrap_or(b"");
            let original = named.next().unwrap_or(b"");
            give.push(Event::Delivery {
                id,
                to,
                original: if original == to { b"" } else { original },
                expanded: false,
                agent,
                hop: if agent == Agent::Remote {
                    server_ip
                } else {
                    b""
                },
                status,
                reply,
            });
        }

        Some((entry, Read::Known))
    }
}

/// Gives the parts of a cell with several values.
fn list(cell: &[u8]) -> impl Iterator<Item = &[u8]> {
    cell.split(|byte| *byte == b';')
        .filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtalog::shown::shown;
    use crate::mtalog::stamp::{Basis, Zone};

    fn clock() -> Clock {
        Clock::new(Zone::Fixed(0), Basis::Given(1970))
    }

    const FIELDS: &[u8] =
        b"#Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,\
        remote-endpoint,event,data,context";

    #[test]
    fn the_protocol_is_made_of_steps() {
        let mut receive = Receive::default();
        receive.directive(FIELDS);
        for (tail, expected) in [
            (
                "203.0.113.40:58061,+,,",
                Some("Step S1 [203.0.113.40] Opened"),
            ),
            (
                "[2001:db8::1]:5,*,SMTPSubmit SMTPAcceptAnyRecipient,Set Session Permissions",
                Some("Step S1 [2001:db8::1] Rights EX01\\Scanner true"),
            ),
            (
                "203.0.113.40:58061,*,SMTPSubmit,Set Session Permissions",
                Some("Step S1 [203.0.113.40] Rights EX01\\Scanner false"),
            ),
            (
                "203.0.113.40:58061,*,EXAMPLE\\dave,authenticated",
                Some("Step S1 [203.0.113.40] Login EXAMPLE\\dave true"),
            ),
            (
                "203.0.113.40:58061,<,\"RCPT TO:<a,b@c>\",",
                Some("Step S1 [203.0.113.40] Command RCPT TO:<a,b@c>"),
            ),
            (
                "203.0.113.40:58061,>,250 2.1.5 Recipient OK,",
                Some("Step S1 [203.0.113.40] Answer 250 2.1.5 Recipient OK"),
            ),
            (
                "203.0.113.40:58061,-,,Local",
                Some("Step S1 [203.0.113.40] Closed"),
            ),
            ("203.0.113.40:58061,*,x,receiving message", None),
        ] {
            let line = format!("2026-06-01T00:04:21.181Z,EX01\\Scanner,S1,0,192.0.2.10:25,{tail}");
            let mut events = Vec::new();
            let (entry, read) = receive
                .row(
                    &mut clock(),
                    LineAt::default(),
                    line.as_bytes(),
                    &mut events,
                )
                .expect("a row");
            assert_eq!((entry.host, read), (&b"EX01"[..], Read::Known));
            assert_eq!(
                events.iter().map(shown).next().as_deref(),
                expected,
                "{line}"
            );
        }
    }

    #[test]
    fn the_tracking_is_made_of_messages() {
        let mut tracking = Tracking::default();
        tracking.directive(
            b"#Fields: date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,\
              source,event-id,internal-message-id,message-id,recipient-address,recipient-status,total-bytes,\
              recipient-count,related-recipient-address,reference,message-subject,sender-address,return-path,\
              message-info,directionality,tenant-id,original-client-ip,original-server-ip",
        );
        for (line, expected) in [
            (
                "2026-06-01T00:00:00Z,198.51.100.7,out.example,192.0.2.10,EX01,,,SMTP,RECEIVE,77,<m@x>,a@example.net;b@example.com,,900,2,,,\"Hi, all\",s@example.org,s@example.org,,Incoming,,203.0.113.9,192.0.2.10",
                &[
                    "Arrived 77 out.example[203.0.113.9]",
                    "Accepted 77 <s@example.org> n=2 size=900",
                    "Recipient 77 <a@example.net>",
                    "Recipient 77 <b@example.com>",
                ][..],
            ),
            (
                "2026-06-01T00:00:00Z,192.0.2.33,pc,192.0.2.10,EX01,,,SMTP,RECEIVE,78,<m@x>,a@example.net,,900,1,,,x,s@example.com,s@example.com,,Originating,,,",
                &[
                    "Arrived 78 pc[192.0.2.33] account=s@example.com",
                    "Accepted 78 <s@example.com> n=1 size=900",
                    "Recipient 78 <a@example.net>",
                ],
            ),
            (
                "2026-06-01T00:00:01Z,192.0.2.10,EX01,203.0.113.25,mx.example.net,,,SMTP,SEND,77,<m@x>,a@example.net;c@example.net,250 2.1.5 ok;250 2.1.5 yes,900,2,,,x,s@example.org,s@example.org,,Incoming,,,",
                &[
                    "Delivery 77 <a@example.net> Remote Sent hop=203.0.113.25 reply=250 2.1.5 ok",
                    "Delivery 77 <c@example.net> Remote Sent hop=203.0.113.25 reply=250 2.1.5 yes",
                ],
            ),
            (
                "2026-06-01T00:00:01Z,,EX01,,EX01,,,STOREDRIVER,DELIVER,77,<m@x>,b@example.com,,900,1,,,x,s@example.org,s@example.org,,Incoming,,,",
                &["Delivery 77 <b@example.com> Local Sent"],
            ),
        ] {
            let mut events = Vec::new();
            let (entry, _) = tracking
                .row(
                    &mut clock(),
                    LineAt::default(),
                    line.as_bytes(),
                    &mut events,
                )
                .expect("a row");
            assert_eq!(entry.host, b"EX01", "{line}");
            assert_eq!(
                events.iter().map(shown).collect::<Vec<_>>(),
                expected,
                "{line}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(line: Vec<u8>, words in "[a-z<>,;\"+* 0-9:.\\[\\]]{0,80}") {
            let mut receive = Receive::default();
            receive.directive(FIELDS);
            let mut tracking = Tracking::default();
            tracking.directive(b"#Fields: date-time,event-id,recipient-address,internal-message-id");
            for tail in [&line[..], words.as_bytes()] {
                let line = [b"2026-06-01T00:04:21.181Z,", tail].concat();
                let mut events = Vec::new();
                let _ = receive.row(&mut clock(), LineAt::default(), &line, &mut events);
                let _ = tracking.row(&mut clock(), LineAt::default(), &line, &mut events);
            }
        }
    }
}
