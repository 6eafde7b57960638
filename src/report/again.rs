//! The command that repeats just the tests that matter.
//!
//! In: an outcome. Out: a line for a POSIX shell that asks one target the forms by which mail got
//! through, so that whoever closed a relay can see at once whether it is closed.
//!
//! Names the host as the user did, not the address: the forms are filled with its name. Identities
//! the user chose (`--helo`, `--rcpt`, ...) are not known here and have to be given again.

use crate::model::bytes::escape;
use crate::model::{Outcome, Target, TlsUse};

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
