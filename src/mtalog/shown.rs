//! Writes events as short text, for the tests of the readers.
//!
//! In: events. Out: a line for each: its name, then what is told, in the order of the fields.

use crate::mtalog::event::{Client, Entry, Event, LineAt, Read, Stamp, Step};
use crate::mtalog::read::LogReader;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn who(client: Client<'_>) -> String {
    let address = client
        .address
        .map_or("-".to_owned(), |found| found.to_string());
    format!("{}[{address}]", text(client.name))
}

/// Writes one event.
pub(in crate::mtalog) fn shown(event: &Event<'_>) -> String {
    let mut out = String::new();
    let mut put = |key: &str, value: &[u8]| {
        if !value.is_empty() {
            out += &format!(" {key}={}", text(value));
        }
    };
    match *event {
        Event::Connected { session, client } => {
            put("session", session);
            format!("Connected {}{out}", who(client))
        }
        Event::Greeted { client, helo } => {
            put("helo", helo);
            format!("Greeted {}{out}", who(client))
        }
        Event::Login {
            client,
            account,
            success,
        } => {
            put("account", account);
            format!("Login {}{out} {success}", who(client))
        }
        Event::Arrived {
            id,
            client,
            helo,
            account,
            before,
        } => {
            put("helo", helo);
            put("account", account);
            put("before", before);
            let client = client.map_or("here".to_owned(), who);
            format!("Arrived {} {client}{out}", text(id))
        }
        Event::Accepted {
            id,
            sender,
            recipients,
            size,
        } => {
            let recipients = recipients.map_or(String::new(), |found| format!(" n={found}"));
            let size = size.map_or(String::new(), |found| format!(" size={found}"));
            format!("Accepted {} <{}>{recipients}{size}", text(id), text(sender))
        }
        Event::Recipient { id, address } => format!("Recipient {} <{}>", text(id), text(address)),
        Event::Delivery {
            id,
            to,
            original,
            expanded,
            agent,
            hop,
            status,
            reply,
        } => {
            put("original", original);
            put("hop", hop);
            put("reply", reply);
            let expanded = if expanded { " expanded" } else { "" };
            format!(
                "Delivery {} <{}>{expanded} {agent:?} {status:?}{out}",
                text(id),
                text(to)
            )
        }
        Event::Linked { id, child, link } => {
            format!("Linked {} {} {link:?}", text(id), text(child))
        }
        Event::Ended { id } => format!("Ended {}", text(id)),
        Event::Refused {
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
        } => {
            put("helo", helo);
            put("account", account);
            let from = sender.map_or(String::new(), |found| format!(" from=<{}>", text(found)));
            let to = recipient.map_or(String::new(), |found| format!(" to=<{}>", text(found)));
            let warned = if warned { " warned" } else { "" };
            let id = if id.is_empty() {
                "-".to_owned()
            } else {
                text(id)
            };
            let reply = text(reply);
            format!(
                "Refused {id} {}{out}{from}{to} {stage:?} {refusal:?}{warned}: {reply}",
                who(client)
            )
        }
        Event::OldDefault { client, recipient } => {
            format!("OldDefault {} <{}>", who(client), text(recipient))
        }
        Event::Rights {
            connector,
            client,
            logged_in,
        } => {
            format!("Rights {} {} {logged_in}", text(connector), who(client))
        }
        Event::Fault { text: said } => format!("Fault {}", text(said)),
        Event::Repeated { times } => format!("Repeated {times}"),
        Event::Step {
            session,
            client,
            step,
        } => {
            let client = client.map_or("-".to_owned(), who);
            let session = [session.name, session.part]
                .into_iter()
                .filter(|part| !part.is_empty())
                .map(text)
                .collect::<Vec<_>>()
                .join("/");
            format!("Step {session} {client} {}", step_shown(&step))
        }
    }
}

fn step_shown(step: &Step<'_>) -> String {
    match *step {
        Step::Opened => "Opened".to_owned(),
        Step::Helo { helo } => format!("Helo {}", text(helo)),
        Step::Login { account, success } => format!("Login {} {success}", text(account)),
        Step::Authenticated => "Authenticated".to_owned(),
        Step::Account { account } => format!("Account {}", text(account)),
        Step::Mail { sender } => format!("Mail <{}>", text(sender)),
        Step::Recipient { address } => format!("Recipient <{}>", text(address)),
        Step::Refused {
            recipient,
            stage,
            refusal,
            reply,
        } => {
            let to = recipient.map_or(String::new(), |found| format!(" to=<{}>", text(found)));
            format!("Refused{to} {stage:?} {refusal:?}: {}", text(reply))
        }
        Step::Message { id } => format!("Message {}", text(id)),
        Step::Taken { id } => format!("Taken {}", text(id)),
        Step::Command { line } => format!("Command {}", text(line)),
        Step::Answer { reply } => format!("Answer {}", text(reply)),
        Step::Rights {
            connector,
            any_recipient,
        } => format!("Rights {} {any_recipient}", text(connector)),
        Step::Asked { verb, argument } => format!("Asked {} {}", text(verb), text(argument)),
        Step::Told { reply } => format!("Told {}", text(reply)),
        Step::Closed => "Closed".to_owned(),
    }
}

/// Reads one text with a reader.
pub(in crate::mtalog) fn read(
    reader: &mut dyn LogReader,
    program: &str,
    line: &[u8],
) -> (Read, Vec<String>) {
    let entry = Entry {
        at: Stamp(0),
        place: LineAt::default(),
        host: b"mail",
        program: program.as_bytes(),
        pid: Some(7),
        text: line,
    };
    let mut events = Vec::new();
    let read = reader.read(&entry, &mut events);
    (read, events.iter().map(shown).collect())
}

/// Holds rows of program, text, events and what reading came to against a reader.
pub(in crate::mtalog) fn hold(reader: &mut dyn LogReader, rows: &[(&str, &str, Read, &[&str])]) {
    for (program, line, came_to, expected) in rows {
        let (read, events) = self::read(reader, program, line.as_bytes());
        assert_eq!(events, *expected, "{program}: {line}");
        assert_eq!(read, *came_to, "{program}: {line}");
    }
}
