//! How servers put things: the texts of three mail servers, with holes.
//!
//! A text is a whole reply, its lines divided by `\n`. [`fill`] puts values into the holes `{host}`,
//! `{hello}`, `{client}`, `{sender}` and `{recipient}`; values come from clients and are cut and
//! cleaned, so that nobody can write a line of a reply, or a control character into one.
//!
//! References: the wording follows Postfix 3.7 (`smtpd`), Exim 4.96 (its default configuration) and
//! Sendmail 8.17 (`cf/README`, `proto.m4`).

/// The texts of one mail server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// The greeting.
    pub banner: &'static str,
    /// The first line of the answer to EHLO, without its code.
    pub ehlo: &'static str,
    /// The answer to HELO.
    pub helo: &'static str,
    /// A sender is taken.
    pub sender_taken: &'static str,
    /// A recipient is taken.
    pub recipient_taken: &'static str,
    /// The message may come.
    pub go_ahead: &'static str,
    /// The message is taken.
    pub queued: &'static str,
    /// RSET and NOOP.
    pub fine: &'static str,
    /// Goodbye.
    pub bye: &'static str,
    /// Relaying is refused.
    pub denial: &'static str,
    /// No such user in a domain that is served.
    pub unknown_user: &'static str,
    /// A sender that is no address.
    pub bad_sender: &'static str,
    /// A recipient that is no address.
    pub bad_recipient: &'static str,
    /// No such command.
    pub unknown_command: &'static str,
    /// HELO or EHLO is due.
    pub hello_first: &'static str,
    /// MAIL is due.
    pub sender_first: &'static str,
    /// RCPT is due.
    pub recipient_first: &'static str,
    /// MAIL was there already.
    pub sender_twice: &'static str,
    /// Too many errors, or too many commands that carry no mail.
    pub enough: &'static str,
}

/// Postfix.
pub(super) const POSTFIX: Words = Words {
    banner: "220 {host} ESMTP Postfix",
    ehlo: "{host}",
    helo: "250 {host}",
    sender_taken: "250 2.1.0 Ok",
    recipient_taken: "250 2.1.5 Ok",
    go_ahead: "354 End data with <CR><LF>.<CR><LF>",
    queued: "250 2.0.0 Ok: queued as 4XyZ120Qtkz1",
    fine: "250 2.0.0 Ok",
    bye: "221 2.0.0 Bye",
    denial: "554 5.7.1 <{recipient}>: Relay access denied",
    unknown_user: "550 5.1.1 <{recipient}>: Recipient address rejected: User unknown in local \
                   recipient table",
    bad_sender: "501 5.1.7 Bad sender address syntax",
    bad_recipient: "501 5.1.3 Bad recipient address syntax",
    unknown_command: "502 5.5.2 Error: command not recognized",
    hello_first: "503 5.5.1 Error: send HELO/EHLO first",
    sender_first: "503 5.5.1 Error: need MAIL command",
    recipient_first: "503 5.5.1 Error: need RCPT command",
    sender_twice: "503 5.5.1 Error: nested MAIL command",
    enough: "421 4.7.0 {host} Error: too many errors",
};

/// Exim.
pub(super) const EXIM: Words = Words {
    banner: "220 {host} ESMTP Exim 4.96 Tue, 24 Nov 2026 10:00:00 +0000",
    ehlo: "{host} Hello {hello} [{client}]",
    helo: "250 {host} Hello {hello} [{client}]",
    sender_taken: "250 OK",
    recipient_taken: "250 Accepted",
    go_ahead: "354 Enter message, ending with \".\" on a line by itself",
    queued: "250 OK id=1vNf8x-000000-12",
    fine: "250 OK",
    bye: "221 {host} closing connection",
    denial: "550 relay not permitted",
    unknown_user: "550 Unknown user",
    bad_sender: "501 {sender}: malformed address: > may not follow @",
    bad_recipient: "501 {recipient}: malformed address: > may not follow @",
    unknown_command: "500 unrecognized command",
    hello_first: "503 HELO or EHLO required",
    sender_first: "503 sender not yet given",
    recipient_first: "503 valid RCPT command must precede DATA",
    sender_twice: "503 sender already given",
    enough: "554 Too many nonmail commands",
};

/// Sendmail.
pub(super) const SENDMAIL: Words = Words {
    banner: "220 {host} ESMTP Sendmail 8.17.1/8.17.1; Tue, 24 Nov 2026 10:00:00 GMT",
    ehlo: "{host} Hello {hello} [{client}], pleased to meet you",
    helo: "250 {host} Hello {hello} [{client}], pleased to meet you",
    sender_taken: "250 2.1.0 <{sender}>... Sender ok",
    recipient_taken: "250 2.1.5 <{recipient}>... Recipient ok",
    go_ahead: "354 Enter mail, end with \".\" on a line by itself",
    queued: "250 2.0.0 4AOA00xx000001 Message accepted for delivery",
    fine: "250 2.0.0 Reset state",
    bye: "221 2.0.0 {host} closing connection",
    denial: "550 5.7.1 <{recipient}>... Relaying denied",
    unknown_user: "550 5.1.1 <{recipient}>... User unknown",
    bad_sender: "553 5.1.3 <{sender}>... Hostname required",
    bad_recipient: "553 5.1.3 <{recipient}>... Hostname required",
    unknown_command: "500 5.5.1 Command unrecognized",
    hello_first: "503 5.0.0 Polite people say HELO first",
    sender_first: "503 5.0.0 Need MAIL before RCPT",
    recipient_first: "503 5.0.0 Need RCPT (recipient)",
    sender_twice: "503 5.5.0 Sender already specified",
    enough: "421 4.7.0 {host} Too many bad commands; closing connection",
};

/// What the holes are filled with.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Values<'a> {
    /// The server's name.
    pub(super) host: &'a [u8],
    /// The name the client gave.
    pub(super) hello: &'a [u8],
    /// The client's address.
    pub(super) client: &'a [u8],
    /// The sender, without brackets.
    pub(super) sender: &'a [u8],
    /// The recipient, without brackets.
    pub(super) recipient: &'a [u8],
}

/// Bytes of a value that are said back.
const MOST_SAID_BACK: usize = 256;

/// Fills the holes of a text. Braces that are no hole stay.
pub(super) fn fill(text: &[u8], values: &Values<'_>) -> Vec<u8> {
    let holes: [(&[u8], &[u8]); 5] = [
        (b"{host}", values.host),
        (b"{hello}", values.hello),
        (b"{client}", values.client),
        (b"{sender}", values.sender),
        (b"{recipient}", values.recipient),
    ];
    let mut out = Vec::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some(&byte) = rest.first() {
        match holes.iter().find(|(hole, _)| rest.starts_with(hole)) {
            Some((hole, value)) => {
                let value = value.iter().take(MOST_SAID_BACK);
                out.extend(value.filter(|b| b.is_ascii_graphic() || **b == b' '));
                rest = &rest[hole.len()..];
            }
            None => {
                out.push(byte);
                rest = &rest[1..];
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smtp::Reply;

    fn texts(words: &Words) -> [&'static str; 17] {
        [
            words.banner,
            words.helo,
            words.sender_taken,
            words.recipient_taken,
            words.go_ahead,
            words.queued,
            words.fine,
            words.bye,
            words.denial,
            words.unknown_user,
            words.bad_sender,
            words.bad_recipient,
            words.unknown_command,
            words.hello_first,
            words.sender_first,
            words.recipient_first,
            words.sender_twice,
        ]
    }

    #[test]
    fn every_text_is_a_reply_and_its_class_fits() {
        for words in [POSTFIX, EXIM, SENDMAIL] {
            for (index, text) in texts(&words).into_iter().enumerate() {
                let reply = Reply::from_recorded(text.as_bytes()).expect("a reply");
                let class = match index {
                    4 => 3,
                    0..8 => 2,
                    _ => 5,
                };
                assert_eq!(reply.class(), class, "{text}");
                assert_eq!(reply.oddities(), [], "{text}");
            }
            let enough = Reply::from_recorded(words.enough.as_bytes()).expect("a reply");
            assert!(enough.class() >= 4);
        }
    }

    #[test]
    fn fills_holes_and_lets_nothing_in() {
        let values = Values {
            host: b"mail.a.test",
            hello: b"{host}\r\n250 x\x1b[2J",
            ..Values::default()
        };
        assert_eq!(
            fill(b"250 {host} Hello {hello} {other} [{client}]", &values),
            b"250 mail.a.test Hello {host}250 x[2J {other} []"
        );
        let long = Values {
            recipient: &[b'r'; 5000],
            ..Values::default()
        };
        assert_eq!(fill(b"{recipient}", &long).len(), MOST_SAID_BACK);
    }
}
