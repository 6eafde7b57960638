//! What a target is called: learnt from the user, DNS, banner and EHLO reply.
//!
//! In: names with their sources, hostile ones among them. Out: host names and domains worth putting
//! into a form, the most trustworthy first. Only what is a host name gets in: a banner of `ESMTP`,
//! a version, a date or an address never becomes part of a form.
//!
//! Limits: at most [`MOST`] names of each kind are kept.
//!
//! References: RFC 1123 2.1 (host names), RFC 5321 4.3.1 (the greeting begins with the name),
//! the public suffix list (registrable domains).

/// Names of a kind that are kept.
pub const MOST: usize = 16;

/// Where a name came from. Ordered by trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// `mx:` or `--local-domain`: a domain that is served there.
    Served,
    /// The host name the user wrote.
    User,
    /// The name in the EHLO reply.
    Ehlo,
    /// The name in the banner.
    Banner,
    /// Reverse DNS.
    Reverse,
}

/// The names of one target.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    known: Vec<(Source, String)>,
}

impl Names {
    /// Knows nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a name; drops it if it is no host name.
    pub fn learn(&mut self, source: Source, name: &[u8]) {
        if let Some(name) = self.read(name) {
            self.keep(source, name);
        }
    }

    /// Reads a host name. One that is known needs no second look: servers greet and answer with the same.
    fn read(&self, name: &[u8]) -> Option<String> {
        let known = |known: &&(Source, String)| known.1.as_bytes().eq_ignore_ascii_case(name);
        match self.known.iter().find(known) {
            Some((_, name)) => Some(name.clone()),
            None => host_name(name),
        }
    }

    fn keep(&mut self, source: Source, name: String) {
        let of_source = self.known.iter().filter(|(s, _)| *s == source).count();
        let known = |(s, n): &(Source, String)| *s == source && *n == name;
        if of_source < MOST && !self.known.iter().any(known) {
            self.known.push((source, name));
            self.known.sort_by_key(|(source, _)| *source);
        }
    }

    /// Takes the name out of a banner's text: its first word that is a host name.
    pub fn learn_from_banner(&mut self, text: &[u8]) {
        let words =
            text.split(|b| b.is_ascii_whitespace() || matches!(b, b',' | b';' | b'(' | b')'));
        if let Some(name) = words.take(32).find_map(|word| self.read(word)) {
            self.keep(Source::Banner, name);
        }
    }

    /// Gives host names, most trustworthy first.
    pub fn hosts(&self) -> Vec<String> {
        let mut hosts = Vec::new();
        for (source, name) in &self.known {
            if *source != Source::Served {
                add(&mut hosts, name);
            }
        }
        // A domain whose server has no name of its own still is a name of that server.
        for (source, name) in &self.known {
            if *source == Source::Served {
                add(&mut hosts, name);
            }
        }
        hosts
    }

    /// Gives domains: those known to be served, the registrable parent of each host name, then the
    /// host names themselves.
    pub fn domains(&self) -> Vec<String> {
        let mut domains = Vec::new();
        for (source, name) in &self.known {
            if *source == Source::Served {
                add(&mut domains, name);
            }
        }
        let hosts = || self.known.iter().filter(|(s, _)| *s != Source::Served);
        for (_, name) in hosts() {
            if let Some(parent) = registrable(name) {
                add(&mut domains, parent);
            }
        }
        for (_, name) in hosts() {
            add(&mut domains, name);
        }
        domains
    }
}

fn add(list: &mut Vec<String>, name: &str) {
    if list.len() < MOST && !list.iter().any(|known| known == name) {
        list.push(name.to_owned());
    }
}

/// Gives the registrable domain of a name by the public suffix list.
fn registrable(name: &str) -> Option<&str> {
    psl::domain_str(name)
}

/// Reads a host name: at least two labels of letters, digits and hyphens, a top level that is not a
/// number, not a public suffix itself, nothing that only names the local machine. Gives it in lower
/// case without its final dot.
pub fn host_name(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = text.trim_end_matches([',', ':', ';', '!']);
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.len() > 253 || text.len() < 4 || !text.contains('.') {
        return None;
    }
    let sound = text.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    });
    let top = text.rsplit('.').next()?;
    let letters = top.bytes().all(|b| b.is_ascii_alphabetic()) || top.starts_with("xn--");
    if !sound || top.len() < 2 || !letters {
        return None;
    }
    let name = text.to_ascii_lowercase();
    let known_top = psl::suffix_str(&name)
        .is_some_and(|suffix| psl::suffix(suffix.as_bytes()).is_some_and(|s| s.is_known()));
    let private_top = matches!(
        name.rsplit('.').next(),
        Some(
            "local"
                | "lan"
                | "internal"
                | "intern"
                | "corp"
                | "home"
                | "test"
                | "example"
                | "invalid"
                | "arpa"
                | "localdomain"
        )
    );
    if !(known_top || private_top) || psl::domain_str(&name).is_none() {
        return None;
    }
    let local_only = name == "localhost.localdomain"
        || name.ends_with(".localhost")
        || name.starts_with("localhost.");
    (!local_only && !name.ends_with(".in-addr.arpa") && !name.ends_with(".ip6.arpa"))
        .then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn banner(text: &str) -> Option<String> {
        let mut names = Names::new();
        names.learn_from_banner(text.as_bytes());
        names.hosts().into_iter().next()
    }

    #[test]
    fn finds_the_host_in_real_banners() {
        for (text, name) in [
            (
                "mail.example.com ESMTP Postfix (Debian/GNU)",
                Some("mail.example.com"),
            ),
            (
                "mail.example.com ESMTP Exim 4.96 Tue, 24 Nov 2026 10:00:00 +0000",
                Some("mail.example.com"),
            ),
            (
                "mx1.example.co.uk ESMTP Sendmail 8.17.1.9/8.17.1.9/Debian-2; Tue",
                Some("mx1.example.co.uk"),
            ),
            (
                "EX01.corp.example.org Microsoft ESMTP MAIL Service ready at Tue",
                Some("ex01.corp.example.org"),
            ),
            ("ESMTP Postfix", None),
            ("ESMTP", None),
            ("**********************************", None),
            ("ESMTP Exim 4.96 #2 Tue, 24 Nov 2026", None),
            ("Sendmail 8.17.1.9/8.17.1.9 ready", None),
            ("[192.0.2.1] ESMTP", None),
            ("192.0.2.1 ESMTP", None),
            ("localhost.localdomain ESMTP Postfix", None),
            ("localhost ESMTP", None),
            ("mail ESMTP Postfix", None),
            (
                "Welcome to mail.example.net, friend",
                Some("mail.example.net"),
            ),
            ("mail.example.org.", Some("mail.example.org")),
            ("MAIL-01.Example.ORG ESMTP", Some("mail-01.example.org")),
            (
                "smtp.firma.local ESMTP MDaemon 22.0.3; Tue",
                Some("smtp.firma.local"),
            ),
            ("com ESMTP", None),
            ("co.uk ESMTP", None),
            ("1.2.3 ESMTP", None),
            ("v2.1.beta ready", None),
            ("-bad.example.com ESMTP", None),
            ("a..example.com ESMTP", None),
            ("24.Nov.2026 ready", None),
            ("ready at 10:00:00", None),
            ("mx.google.com ESMTP a1-2.3 - gsmtp", Some("mx.google.com")),
            ("mail.xn--fsqu00a.xn--0zwm56d ESMTP", None),
            ("mail.xn--fiqs8s ESMTP", Some("mail.xn--fiqs8s")),
            ("h127-20-0-1.test ESMTP ready", Some("h127-20-0-1.test")),
            (
                "\u{4f60}\u{597d} mail.example.cn ESMTP",
                Some("mail.example.cn"),
            ),
        ] {
            assert_eq!(banner(text).as_deref(), name, "{text}");
        }
    }

    #[test]
    fn orders_by_trust_and_adds_registrable_parents() {
        let mut names = Names::new();
        names.learn(Source::Reverse, b"host7.isp.example.net");
        names.learn_from_banner(b"mx1.mail.example.co.uk ESMTP");
        names.learn(Source::Served, b"customer.example");
        names.learn(Source::User, b"MX1.mail.example.co.uk.");
        assert_eq!(
            names.hosts(),
            [
                "mx1.mail.example.co.uk",
                "host7.isp.example.net",
                "customer.example"
            ]
        );
        assert_eq!(
            names.domains(),
            [
                "customer.example",
                "example.co.uk",
                "example.net",
                "mx1.mail.example.co.uk",
                "host7.isp.example.net"
            ]
        );
    }

    #[test]
    fn keeps_a_bounded_number() {
        let mut names = Names::new();
        for i in 0..100 {
            names.learn(Source::Reverse, format!("h{i}.example.org").as_bytes());
        }
        assert_eq!(names.hosts().len(), MOST);
        assert!(names.domains().len() <= MOST);
    }
}
