//! The message: the report as text and as a page, and attached for programs.
//!
//! In: the parts, each as far as there was room. Out: a message (RFC 5322), built by lettre, which encodes what headers hold.
//! Its subject has words and numbers of ours, and the name of this host.
//!
//! Limits: [`OF_THE_TEXT`], beyond which the text is cut; [`OF_THE_PAGE`] and [`OF_AN_ATTACHMENT`], beyond which the page or
//! the attachment is left out. The text says so.

use crate::model::Report;
use crate::report::subject_line;
use lettre::error::Error;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use std::io::{self, Write};

/// Bytes of the text: more is read in a file.
pub(super) const OF_THE_TEXT: usize = 200_000;

/// Bytes of the page, and of what is attached: most servers take 10 MB, encoded.
pub(super) const OF_THE_PAGE: usize = 1 << 20;
pub(super) const OF_AN_ATTACHMENT: usize = 1 << 20;

/// A report in one format, as far as there is room.
#[derive(Debug)]
pub(super) struct Part {
    bytes: Vec<u8>,
    most: usize,
    /// Bytes there would have been.
    all: usize,
}

impl Part {
    pub(super) fn of(most: usize) -> Self {
        Self {
            bytes: Vec::new(),
            most,
            all: 0,
        }
    }

    /// Gives it, if it is there to its end.
    fn whole(&self) -> Option<&[u8]> {
        (self.all <= self.most).then_some(&self.bytes)
    }
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.most - self.bytes.len();
        self.bytes
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.all += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Everything that makes the message.
#[derive(Debug)]
pub(super) struct Letter<'a> {
    pub(super) to: &'a [Address],
    pub(super) from: &'a Address,
    pub(super) host: Option<&'a str>,
    pub(super) text: Part,
    pub(super) page: Part,
    pub(super) lines: Part,
}

impl Letter<'_> {
    /// Writes the message.
    pub(super) fn message(&self, report: &Report) -> Result<Message, Error> {
        let raw = |name: &'static str, value: &str| {
            HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
        };
        let host = self.host.map(|name| format!(" ({name})"));
        let subject = format!(
            "relaycheck: {}{}",
            subject_line(report),
            host.unwrap_or_default()
        );
        // Distinct for every run, and the same if one is sent twice.
        let when: String = report
            .run
            .started
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        let id = format!(
            "<relaycheck.{}.{when}@{}>",
            report.run.id,
            self.from.domain()
        );
        let mut message = Message::builder()
            .from(Mailbox::new(None, self.from.clone()))
            .subject(subject)
            .message_id(Some(id))
            .date_now()
            .raw_header(raw("Auto-Submitted", "auto-generated"))
            .raw_header(raw("X-Auto-Response-Suppress", "All"));
        for to in self.to {
            message = message.to(Mailbox::new(None, to.clone()));
        }
        let text = SinglePart::plain(self.said());
        let body = match self.page.whole() {
            Some(page) => {
                let page = String::from_utf8_lossy(page).into_owned();
                MultiPart::alternative()
                    .singlepart(text)
                    .singlepart(SinglePart::html(page))
            }
            None => MultiPart::alternative().singlepart(text),
        };
        let all = MultiPart::mixed().multipart(body);
        let all = match self.lines.whole() {
            Some(lines) => {
                let kind = ContentType::parse("application/x-ndjson");
                let kind = kind.unwrap_or(ContentType::TEXT_PLAIN);
                let name = "relaycheck.jsonl".to_owned();
                all.singlepart(Attachment::new(name).body(lines.to_vec(), kind))
            }
            None => all,
        };
        message.multipart(all)
    }

    /// Puts the text together with what is said about the other parts.
    fn said(&self) -> String {
        let mut text = String::from_utf8_lossy(&self.text.bytes).into_owned();
        let mut missing = Vec::new();
        if self.text.whole().is_none() {
            // Not in the middle of a line.
            text.truncate(text.rfind('\n').map_or(0, |at| at + 1));
            let size = self.text.all;
            missing.push(format!("The text ends here; the whole has {size} bytes."));
        }
        for (part, what) in [
            (&self.page, "page"),
            (&self.lines, "attachment for programs"),
        ] {
            if part.whole().is_none() {
                let size = part.all;
                missing.push(format!(
                    "The {what} is left out: it has {size} bytes, and 1 MiB is the most."
                ));
            }
        }
        if !missing.is_empty() {
            text.push_str(&format!(
                "\n{}\nThe options -o human=FILE, -o html=FILE and -o jsonl=FILE keep everything.\n",
                missing.join("\n")
            ));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(text: &str, most: usize) -> Part {
        let mut part = Part::of(most);
        // In pieces, as reporters write.
        for piece in text.as_bytes().chunks(3) {
            part.write_all(piece).expect("room");
        }
        part
    }

    #[test]
    fn what_has_no_room_is_left_out_and_told() {
        let address: Address = "cron@example.org".parse().expect("an address");
        let mut letter = Letter {
            to: &[],
            from: &address,
            host: None,
            text: part("one\ntwo\nthree\n", 100),
            page: part("<p>", 3),
            lines: part("{}", 100),
        };
        assert_eq!(letter.said(), "one\ntwo\nthree\n");
        letter.text = part("one\ntwo\nthree\n", 10);
        letter.page = part("<p>x", 3);
        assert_eq!(letter.page.whole(), None);
        assert_eq!(
            letter.said(),
            "one\ntwo\n\nThe text ends here; the whole has 14 bytes.\n\
             The page is left out: it has 4 bytes, and 1 MiB is the most.\n\
             The options -o human=FILE, -o html=FILE and -o jsonl=FILE keep everything.\n"
        );
    }
}
