//! The message that proves a relay: who sent it, why, whom to ask, and a token to know it by.
//!
//! In: the identities and a token. Out: the bytes of a message (RFC 5322), built by lettre.
//!
//! Deliberately does not name the audited server in clear: whoever sees the message on its way learns
//! nothing about where an open relay stands, and a honeypot that forwards only what names itself does
//! not recognise it.
//!
//! References: RFC 5322 (format), RFC 3834 5 (Auto-Submitted).

use crate::model::TOKEN_HEADER;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, header::ContentType};
use lettre::{Address, Message};

/// Who writes to whom, and why.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The sender.
    pub from: Address,
    /// The mailbox of our own that the message is to reach.
    pub to: Address,
    /// Whom the administrator of the audited server may ask: a mail address or a web page.
    pub contact: String,
}

impl Letter {
    /// Writes the message. Errors only if the identities cannot stand in a header, which their type
    /// rules out but for exotic local parts.
    pub fn write(&self, token: &str) -> Result<Vec<u8>, lettre::error::Error> {
        let raw = |name: &'static str, value: &str| {
            HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
        };
        let body = format!(
            "This is a test message. It was sent by relaycheck, an open-relay auditor, to a mailbox of\r\n\
             the person who runs the test, through a mail server that took it although it had no\r\n\
             reason to.\r\n\
             \r\n\
             If it reached its recipient, that server is an open relay: anybody can send mail to\r\n\
             anybody through it.\r\n\
             \r\n\
             Who runs the test: {contact}\r\n\
             Token: {token}\r\n",
            contact = self.contact
        );
        let message = Message::builder()
            .from(Mailbox::new(None, self.from.clone()))
            .to(Mailbox::new(None, self.to.clone()))
            .subject(format!("relaycheck open-relay test {token}"))
            .message_id(Some(format!("<{token}@{}>", self.from.domain())))
            .date_now()
            .raw_header(raw(TOKEN_HEADER, token))
            .raw_header(raw("Auto-Submitted", "auto-generated"))
            .raw_header(raw("X-Auto-Response-Suppress", "All"))
            .header(ContentType::TEXT_PLAIN)
            .body(body)?;
        Ok(message.formatted())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_who_and_why_and_carries_the_token() {
        let letter = Letter {
            from: "probe@auditor.example".parse().expect("an address"),
            to: "me@example.org".parse().expect("an address"),
            contact: "postmaster@auditor.example".to_owned(),
        };
        let bytes = letter.write("abc123defg").expect("a message");
        let text = String::from_utf8(bytes).expect("text");
        for part in [
            "From: probe@auditor.example\r\n",
            "To: me@example.org\r\n",
            "X-Relaycheck-Token: abc123defg\r\n",
            "Message-ID: <abc123defg@auditor.example>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Who runs the test: postmaster@auditor.example\r\n",
        ] {
            assert!(text.contains(part), "{part:?} in {text}");
        }
        assert!(text.lines().all(|line| line.len() <= 998));
    }
}
