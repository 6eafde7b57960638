//! Reads refusals of Postfix: what was refused, and what had been said in the session.
//!
//! In: the text behind `reject:` and its like. Out: events. What a client chose stands in the reply, in the sender,
//! the recipient and the HELO name: none of it is taken for the log's own words.
//!
//! References: smtpd(8) DIAGNOSTICS; src/smtpd/smtpd_check.c and src/cleanup/cleanup_message.c of Postfix 3.7.

use crate::mtalog::event::{Client, Event, Read, Refusal, Stage};
use crate::mtalog::text::{begins, bracketed, client, cut_at};
use crate::mtalog::wording::meaning;
use memchr::memmem;

/// Reads `RCPT from NAME[ADDR]: REPLY; from=<s> to=<r> proto=ESMTP helo=<h>`.
pub(super) fn refused<'a>(
    id: &'a [u8],
    text: &'a [u8],
    warned: bool,
    give: &mut Vec<Event<'a>>,
) -> Read {
    let Some((stage, rest)) = cut_at(text, b" from ") else {
        return Read::Unknown(true);
    };
    let stage = match stage {
        b"CONNECT" => Stage::Connect,
        b"HELO" | b"EHLO" | b"STARTTLS" | b"AUTH" => Stage::Helo,
        b"MAIL" => Stage::Mail,
        b"RCPT" | b"VRFY" | b"ETRN" => Stage::Rcpt,
        _ => Stage::Data,
    };
    let Some((client, rest)) = client(rest) else {
        return Read::Unknown(true);
    };
    let rest = rest.strip_prefix(b": ").unwrap_or(rest);
    let (reply, tail) = split_reply(rest);
    let said = Said::read(tail);
    give.push(said.refused(id, client, stage, meaning(reply), warned, reply));
    // The configuration is what was refused for.
    if begins(reply, b"451 4.3.5 server configuration") || begins(reply, b"451 4.3.0 server config")
    {
        give.push(Event::Fault { text: reply });
    }
    Read::Known
}

/// Reads `header Subject: ... from NAME[ADDR]; from=<s> to=<r> proto=ESMTP helo=<h>: REPLY`, of cleanup.
pub(super) fn content<'a>(id: &'a [u8], text: &'a [u8], give: &mut Vec<Event<'a>>) -> Read {
    let nobody = Client {
        address: None,
        name: b"",
    };
    let (client, said, reply) = match memmem::rfind(text, b"; from=<") {
        None => (nobody, Said::default(), text),
        Some(at) => {
            let named = memmem::rfind(&text[..at], b" from ").map(|from| &text[from + 6..at]);
            let client = named.and_then(client).map_or(nobody, |(client, _)| client);
            let (said, rest) = Said::read_on(&text[at + 2..]);
            (client, said, rest.strip_prefix(b": ").unwrap_or(rest))
        }
    };
    give.push(said.refused(id, client, Stage::Data, Refusal::Other, false, reply));
    Read::Known
}

/// Splits a reply from what was said in the session. The reply may name an address of the client's choice, so that
/// one at its front is left out of the search.
fn split_reply(text: &[u8]) -> (&[u8], &[u8]) {
    let mut from = 0;
    if let Some(open) = memchr::memchr(b'<', &text[..text.len().min(12)])
        && let Some((inside, _)) = bracketed(&text[open + 1..])
    {
        from = open + inside.len() + 2;
    }
    for at in memmem::find_iter(&text[from..], b"; ") {
        let tail = &text[from + at + 2..];
        if tail.starts_with(b"from=<") || tail.starts_with(b"proto=") || tail.starts_with(b"to=<") {
            return (&text[..from + at], tail);
        }
    }
    (text, b"")
}

/// What was said in a session, as far as it had come.
#[derive(Debug, Clone, Copy, Default)]
struct Said<'a> {
    sender: Option<&'a [u8]>,
    recipient: Option<&'a [u8]>,
    helo: &'a [u8],
    account: &'a [u8],
}

impl<'a> Said<'a> {
    /// Reads what is last in a line, where nothing a client says can stand behind the end of its HELO.
    fn read(text: &'a [u8]) -> Self {
        let (said, rest) = Self::before_helo(text);
        let helo = rest.strip_prefix(b"helo=<").unwrap_or(b"");
        let (helo, behind) = match memchr::memrchr(b'>', helo) {
            Some(end) => (&helo[..end], &helo[end + 1..]),
            None => (helo, &b""[..]),
        };
        Self {
            helo,
            account: Self::before_helo(behind).0.account,
            ..said
        }
    }

    /// Reads `from=<s> to=<r> proto=ESMTP helo=<h> sasl_username=u`, commas between or not.
    fn read_on(text: &'a [u8]) -> (Self, &'a [u8]) {
        let (mut said, rest) = Self::before_helo(text);
        let Some((helo, rest)) = rest.strip_prefix(b"helo=<").and_then(bracketed) else {
            return (said, rest);
        };
        said.helo = helo;
        let (behind, rest) = Self::before_helo(rest);
        said.account = behind.account;
        (said, rest)
    }

    fn before_helo(mut text: &'a [u8]) -> (Self, &'a [u8]) {
        let mut said = Self::default();
        loop {
            while let [b' ' | b',', rest @ ..] = text {
                text = rest;
            }
            let into: Option<(&'a [u8], &'a [u8])>;
            if let Some(rest) = text.strip_prefix(b"from=<") {
                into = bracketed(rest);
                said.sender = into.map(|(found, _)| found);
            } else if let Some(rest) = text.strip_prefix(b"to=<") {
                into = bracketed(rest);
                said.recipient = into.map(|(found, _)| found);
            } else if let Some(rest) = text.strip_prefix(b"sasl_username=") {
                into = Some(value(rest));
                said.account = value(rest).0;
            } else if [&b"proto="[..], b"sasl_method=", b"sasl_sender="]
                .iter()
                .any(|key| text.starts_with(key))
            {
                into = Some(value(text));
            } else {
                return (said, text);
            }
            match into {
                Some((_, rest)) => text = rest,
                None => return (said, b""),
            }
        }
    }

    fn refused(
        self,
        id: &'a [u8],
        client: Client<'a>,
        stage: Stage,
        refusal: Refusal,
        warned: bool,
        reply: &'a [u8],
    ) -> Event<'a> {
        Event::Refused {
            id,
            client,
            helo: self.helo,
            account: self.account,
            sender: self.sender,
            recipient: self.recipient,
            stage,
            refusal,
            warned,
            reply,
        }
    }
}

/// Gives a value that ends at a blank or a comma.
fn value(text: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr2(b' ', b',', text).unwrap_or(text.len());
    text.split_at(end)
}
