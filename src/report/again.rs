//! The command that repeats just the tests that matter.
//!
//! In: an outcome. Out: a line for a POSIX shell that asks one target the forms by which mail got
//! through, so that whoever closed a relay can see at once whether it is closed. Or in: the envelope that a
//! configuration lets pass. Out: the line that tries it on the running server.
//!
//! Names the host as the user did, not the address: the forms are filled with its name. Identities
//! the user chose (`--helo`, `--rcpt`, ...) are not known here and have to be given again.
//!
//! An envelope holds text out of files. What is no plain address, name or number gives no command: a line that
//! is copied into a shell has to mean what it says.

use crate::model::bytes::escape;
use crate::model::{Envelope, Outcome, Target, TlsUse};
use std::net::IpAddr;

/// What stands for the host where its name is not known. No name of DNS without a dot resolves elsewhere.
const SOME_HOST: &str = "HOST";

/// Forms that are named one by one.
const MOST_NAMED: usize = 8;

/// Writes the command that repeats the forms by which mail got through, if there are any.
pub fn command(outcome: &Outcome) -> Option<String> {
    let mut forms: Vec<&str> = Vec::new();
    for form in outcome.forms.iter().filter(|f| outcome.got_through(f)) {
        if !forms.contains(&form.form) {
            forms.push(form.form);
        }
    }
    if forms.is_empty() {
        return None;
    }
    let mut words = vec!["relaycheck".to_owned()];
    if forms.len() <= MOST_NAMED {
        words.extend(["--forms".to_owned(), forms.join(",")]);
    } else {
        // As wide open as this, everything is worth asking again.
        words.extend(["--profile".to_owned(), "standard".to_owned()]);
    }
    for domain in &outcome.target.local_domains {
        words.push("--local-domain".to_owned());
        words.push(quote(domain));
    }
    words.push(quote(&notation(&outcome.target)));
    Some(words.join(" "))
}

/// Writes the command that tries an envelope on the running server; nothing where it cannot be written as one.
pub fn of_envelope(envelope: &Envelope, host: Option<&str>) -> Option<String> {
    let mut options: Vec<(&str, String)> = Vec::new();
    let sender = envelope.sender.as_deref().map(bare);
    let form = match sender {
        Some("") => "null-sender",
        _ => "plain",
    };
    options.push(("--forms", form.to_owned()));
    if let Some(sender) = sender.filter(|sender| !sender.is_empty()) {
        options.push(("--mail-from", plain_address(sender)?));
    }
    if let Some(helo) = &envelope.helo {
        let word = !helo.is_empty() && helo.len() <= 255;
        let word = word && helo.bytes().all(|b| b.is_ascii_graphic());
        options.push(("--helo", word.then(|| helo.clone())?));
    }
    if let Some(recipient) = envelope.recipient.as_deref() {
        options.push(("--rcpt", plain_address(bare(recipient))?));
    }
    if let Some(source) = envelope.client.as_deref().and_then(source) {
        options.push(("--source", source.to_string()));
    }
    let host = match host.map(|host| (host, host.parse::<IpAddr>())) {
        None => SOME_HOST.to_owned(),
        Some((_, Ok(IpAddr::V6(address)))) => format!("[{address}]"),
        Some((host, Ok(_))) => host.to_owned(),
        Some((host, Err(_))) => is_domain(host).then(|| host.to_owned())?,
    };
    let port = envelope.port.unwrap_or(25);
    let target = match (envelope.implicit_tls, port) {
        (true, _) => format!("{host}:{port}/tls"),
        // Port 465 means TLS from the first byte unless something else is said.
        (false, 465) => format!("smtp://{host}:{port}"),
        (false, _) => format!("{host}:{port}"),
    };
    let mut words = vec!["relaycheck".to_owned(), quote(&target)];
    for (option, value) in options {
        // A value that begins as an option does would be taken for one.
        if value.starts_with('-') {
            words.push(quote(&format!("{option}={value}")));
        } else {
            words.extend([option.to_owned(), quote(&value)]);
        }
    }
    Some(words.join(" "))
}

/// Takes the angle brackets off a path.
fn bare(path: &str) -> &str {
    let inside = path.strip_prefix('<').and_then(|p| p.strip_suffix('>'));
    inside.unwrap_or(path)
}

/// Gives an address that every reader takes for the same: a dot-string of RFC 5321 at a domain.
fn plain_address(text: &str) -> Option<String> {
    let (local, domain) = text.rsplit_once('@')?;
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    let atoms = local
        .split('.')
        .all(|part| !part.is_empty() && part.chars().all(atom));
    (atoms && local.len() <= 64 && is_domain(domain)).then(|| text.to_owned())
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        let inside = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(inside)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(label)
}

/// Gives the address to connect from: the client, or one within its network. A client that is told in words has
/// none.
fn source(client: &str) -> Option<IpAddr> {
    let Some((address, length)) = client.split_once('/') else {
        return client.parse().ok();
    };
    let length: u32 = length.parse().ok()?;
    match address.parse().ok()? {
        // The first address of a network is no host's.
        IpAddr::V4(first) if length < 31 => {
            Some(IpAddr::V4(u32::from(first).checked_add(1)?.into()))
        }
        IpAddr::V6(first) if length < 127 => {
            Some(IpAddr::V6(u128::from(first).checked_add(1)?.into()))
        }
        other => Some(other),
    }
}

/// Writes a target so that a command line means just this one. Port 465 means implicit TLS unless
/// something else is said.
fn notation(target: &Target) -> String {
    let place = target.place();
    match target.endpoint.tls {
        TlsUse::Implicit => format!("{place}/tls"),
        TlsUse::Never => format!("{place}/plain"),
        TlsUse::Opportunistic if target.endpoint.port == 465 => format!("smtp://{place}"),
        TlsUse::Opportunistic => place,
    }
}

/// Quotes a word for a POSIX shell where it needs that: brackets of IPv6 addresses do.
fn quote(word: &str) -> String {
    let word = escape(word);
    let harmless =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '_' | '/' | ',' | '@');
    if !word.is_empty() && word.chars().all(harmless) {
        return word;
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FormResult;
    use crate::report::sample;

    #[test]
    fn names_the_forms_and_the_target_as_a_shell_needs_them() {
        let mut relay = sample::relay();
        assert_eq!(
            command(&relay).as_deref(),
            Some("relaycheck --forms plain,percent-hack mail.example.com:25")
        );
        relay.target.endpoint.tls = TlsUse::Implicit;
        relay.target.local_domains = vec!["example.com".into()];
        assert_eq!(
            command(&relay).as_deref(),
            Some(
                "relaycheck --forms plain,percent-hack --local-domain example.com \
                 mail.example.com:25/tls"
            )
        );
        let form = relay.forms[0].clone();
        let ids = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
        let more = ids.map(|id| FormResult {
            form: id,
            ..form.clone()
        });
        relay.forms.extend(more);
        assert_eq!(
            command(&relay).as_deref(),
            Some(
                "relaycheck --profile standard --local-domain example.com mail.example.com:25/tls"
            )
        );
        assert_eq!(command(&sample::rejecting()), None);
        // Accepted, but the controls say that it means nothing.
        assert_eq!(command(&sample::accept_all()), None);
    }

    #[test]
    fn an_envelope_becomes_a_command() {
        let text = |text: &str| Some(text.to_owned());
        let command = |envelope: Envelope| of_envelope(&envelope, Some("mail.example.com"));
        for (envelope, expected) in [
            (
                Envelope::default(),
                text("relaycheck mail.example.com:25 --forms plain"),
            ),
            (
                Envelope {
                    sender: text("<boss@example.net>"),
                    recipient: text("relaycheck@example.com"),
                    helo: text("trusted.example.net"),
                    client: text("203.0.113.0/24"),
                    port: Some(465),
                    implicit_tls: true,
                    besides: None,
                },
                text(
                    "relaycheck mail.example.com:465/tls --forms plain --mail-from boss@example.net \
                     --helo trusted.example.net --rcpt relaycheck@example.com --source 203.0.113.1",
                ),
            ),
            (
                Envelope {
                    sender: text("<>"),
                    port: Some(465),
                    client: text("2001:db8::1"),
                    ..Envelope::default()
                },
                text(
                    "relaycheck smtp://mail.example.com:465 --forms null-sender --source 2001:db8::1",
                ),
            ),
            (
                Envelope {
                    helo: text("-x;id"),
                    client: text("any host of example.net"),
                    ..Envelope::default()
                },
                text("relaycheck mail.example.com:25 --forms plain '--helo=-x;id'"),
            ),
            (
                Envelope {
                    recipient: text("user%example.com@here.example"),
                    ..Envelope::default()
                },
                text(
                    "relaycheck mail.example.com:25 --forms plain --rcpt \
                     'user%example.com@here.example'",
                ),
            ),
            // What cannot be said by options is not said at all.
            (
                Envelope {
                    recipient: text("@a:b@c"),
                    ..Envelope::default()
                },
                None,
            ),
            (
                Envelope {
                    sender: text("a b@c"),
                    ..Envelope::default()
                },
                None,
            ),
            (
                Envelope {
                    helo: text("two words"),
                    ..Envelope::default()
                },
                None,
            ),
        ] {
            assert_eq!(command(envelope.clone()), expected, "{envelope:?}");
        }
        let at = |host| of_envelope(&Envelope::default(), host);
        let plain = |target: &str| Some(format!("relaycheck {target} --forms plain"));
        assert_eq!(at(None), plain("HOST:25"));
        assert_eq!(at(Some("2001:db8::1")), plain("'[2001:db8::1]:25'"));
        assert_eq!(at(Some("a;b")), None);
    }

    #[test]
    fn quotes_what_a_shell_would_read_in_its_own_way() {
        for (word, quoted) in [
            ("mail.example.com:25", "mail.example.com:25"),
            ("[2001:db8::1]:25", "'[2001:db8::1]:25'"),
            ("a b", "'a b'"),
            ("a'b", r"'a'\''b'"),
            ("$(id)", "'$(id)'"),
            ("", "''"),
        ] {
            assert_eq!(quote(word), quoted);
        }
    }
}
