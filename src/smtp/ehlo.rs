//! What an EHLO reply offers.
//!
//! Keywords are compared without regard to case; `AUTH=LOGIN PLAIN`, the spelling before RFC 2554
//! that Exchange and others still give, is understood. Nothing is dropped: unknown keywords stay
//! in the list as they came.
//!
//! References: RFC 5321 4.1.1.1, RFC 2920 (PIPELINING), RFC 3207 (STARTTLS), RFC 4954 (AUTH).

use super::reply::Reply;

/// The offers of one EHLO reply.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extensions {
    /// First word of the first line, where the server names itself.
    pub name: Option<Vec<u8>>,
    /// The first line whole: some servers greet the client address there.
    pub greeting: Vec<u8>,
    /// The other lines as they came.
    pub lines: Vec<Vec<u8>>,
}

impl Extensions {
    /// Reads the offers out of a positive reply.
    pub fn read(reply: &Reply) -> Self {
        let mut lines = reply.lines().iter().map(|line| line.text().to_vec());
        let greeting = lines.next().unwrap_or_default();
        let name = greeting
            .split(|b| b.is_ascii_whitespace())
            .find(|word| !word.is_empty())
            .map(<[u8]>::to_vec);
        Self {
            name,
            greeting,
            lines: lines.filter(|line| !line.is_empty()).collect(),
        }
    }

    /// Cuts the list down to so many offers of so many bytes at most.
    pub fn abridge(&mut self, offers: usize, bytes: usize) {
        self.name = self.name.take().filter(|name| name.len() <= bytes);
        self.greeting.truncate(bytes);
        self.greeting.shrink_to_fit();
        self.lines.retain(|line| line.len() <= bytes);
        self.lines.truncate(offers);
        self.lines.shrink_to_fit();
    }

    /// Tells whether a keyword is offered.
    pub fn offers(&self, keyword: &str) -> bool {
        self.parameters(keyword).next().is_some()
    }

    /// Gives the AUTH mechanisms, upper case, each once.
    pub fn auth(&self) -> Vec<Vec<u8>> {
        let mut mechanisms: Vec<Vec<u8>> = Vec::new();
        for parameters in self.parameters("AUTH") {
            for word in parameters.split(|b| b.is_ascii_whitespace() || *b == b'=') {
                let word = word.to_ascii_uppercase();
                if !word.is_empty() && !mechanisms.contains(&word) {
                    mechanisms.push(word);
                }
            }
        }
        mechanisms
    }

    fn parameters<'a>(&'a self, keyword: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.lines.iter().filter_map(move |line| {
            let head = line.get(..keyword.len())?;
            let rest = &line[keyword.len()..];
            (head.eq_ignore_ascii_case(keyword.as_bytes())
                && rest
                    .first()
                    .is_none_or(|b| b.is_ascii_whitespace() || *b == b'='))
            .then_some(rest)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Extensions {
        Extensions::read(&Reply::from_recorded(text.as_bytes()).expect("a reply"))
    }

    #[test]
    fn reads_offers_in_every_spelling() {
        let offers = read(
            "250-mail.example.org Hello [192.0.2.1]\r\n250-pipelining\r\n250-AUTH PLAIN LOGIN\r\n\
             250-AUTH=LOGIN CRAM-MD5\r\n250-STARTTLSX\r\n250 SIZE 100",
        );
        assert_eq!(offers.name.as_deref(), Some(&b"mail.example.org"[..]));
        assert!(offers.offers("PIPELINING"));
        assert!(!offers.offers("STARTTLS"));
        assert!(offers.offers("SIZE"));
        assert_eq!(offers.auth(), [&b"PLAIN"[..], b"LOGIN", b"CRAM-MD5"]);
    }

    #[test]
    fn long_offers_go_first_when_room_is_short() {
        let mut offers =
            read("250-mail.example.org\r\n250-A\r\n250-BBBBBBBBBBBBBBBBBBBBBB\r\n250-C\r\n250 D");
        offers.abridge(2, 20);
        assert_eq!(offers.name.as_deref(), Some(&b"mail.example.org"[..]));
        assert_eq!(offers.lines, [b"A", b"C"]);
    }

    #[test]
    fn takes_a_bare_reply() {
        let offers = read("250");
        assert_eq!((offers.name.clone(), offers.lines.len()), (None, 0));
        assert!(offers.auth().is_empty());
    }
}
