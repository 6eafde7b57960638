//! Conditions of expansions over text in which marks stand for what a client brings along.
//!
//! In: two texts. Out: a [`Truth`]: what it is for the outsider, and what would turn it.
//!
//! References: Exim specification, chapter 11.7 "Expansion conditions".

use super::expand::{
    ADDRESS, CERTIFICATE, DOMAIN, FAIL, HELO, HOST_NAME, LOCAL_PART, LOGIN, SENDER, TEXT, UNKNOWN,
    is_mark,
};
use super::truth::{Needs, Truth, Way};
use crate::mtaconf::domains;
use crate::mtaconf::nets::STRANGERS;
use crate::mtaconf::pattern::Pattern;

/// Why something is not known.
const UNSEEN: &str = "a value that the files do not show";

/// Tells whether a condition compares two texts.
pub(super) fn is_operator(word: &str) -> bool {
    matches!(
        word,
        "eq" | "eqi"
            | "match"
            | "inlist"
            | "inlisti"
            | "lt"
            | "lti"
            | "gt"
            | "gti"
            | "le"
            | "lei"
            | "ge"
            | "gei"
            | "="
            | "=="
            | "<"
            | ">"
            | "<="
            | ">="
    )
}

/// Compares two texts.
pub(super) fn compare(operator: &str, a: &str, b: &str) -> Truth {
    if a.contains(FAIL) || b.contains(FAIL) || a.contains(UNKNOWN) || b.contains(UNKNOWN) {
        return Truth::unknown(UNSEEN);
    }
    match operator {
        "eq" => same(a, b, false),
        "eqi" => same(a, b, true),
        "match" => matches(a, b),
        "inlist" | "inlisti" => {
            let items = b.split(':').map(str::trim);
            let truths = items.map(|item| same(a, item, operator == "inlisti"));
            truths.fold(Truth::known(false), Truth::or)
        }
        _ => ordered(operator, a, b),
    }
}

fn ordered(operator: &str, a: &str, b: &str) -> Truth {
    if a.contains(is_mark) || b.contains(is_mark) {
        return Truth::unknown(UNSEEN);
    }
    let numbers = a
        .trim()
        .parse::<i64>()
        .ok()
        .zip(b.trim().parse::<i64>().ok());
    let order = match operator {
        "lt" | "gt" | "le" | "ge" => a.cmp(b),
        "lti" | "gti" | "lei" | "gei" => a.to_lowercase().cmp(&b.to_lowercase()),
        _ => match numbers {
            Some((a, b)) => a.cmp(&b),
            None => return Truth::unknown(UNSEEN),
        },
    };
    Truth::known(match operator.trim_end_matches('i') {
        "lt" | "<" => order.is_lt(),
        "gt" | ">" => order.is_gt(),
        "le" | "<=" => order.is_le(),
        "ge" | ">=" => order.is_ge(),
        _ => order.is_eq(),
    })
}

/// Tells which means a text with marks gives a client, the one that counts for most first.
fn way(text: &str) -> Option<char> {
    const ORDER: [char; 9] = [
        DOMAIN,
        CERTIFICATE,
        LOGIN,
        ADDRESS,
        HOST_NAME,
        LOCAL_PART,
        SENDER,
        HELO,
        TEXT,
    ];
    ORDER.into_iter().find(|mark| text.contains(*mark))
}

/// Tells whether a text is one mark and nothing else.
fn alone(text: &str) -> bool {
    text.chars().count() == 1
}

/// Tells what it takes to give a mark a certain text.
pub(super) fn needs(mark: char, text: Option<&str>) -> Option<Needs> {
    let text = text.map(str::to_owned);
    Some(match mark {
        SENDER => Needs::sender(text),
        HELO => Needs::helo(text),
        TEXT => Needs::of(Way::Text),
        LOCAL_PART => Needs {
            local_part: text,
            ..Needs::of(Way::LocalPart)
        },
        ADDRESS | HOST_NAME => Needs::of(Way::Host),
        LOGIN => Needs::of(Way::Login),
        _ => return None,
    })
}

fn same(a: &str, b: &str, ignore_case: bool) -> Truth {
    let equal = match ignore_case {
        true => a.to_lowercase() == b.to_lowercase(),
        false => a == b,
    };
    let (text, mark, other) = match (way(a), way(b)) {
        (None, None) => return Truth::known(equal),
        _ if equal => return Truth::known(true),
        (Some(mark), _) => (a, mark, b),
        (None, Some(mark)) => (b, mark, a),
    };
    if other.is_empty() && alone(text) {
        // What an outsider does not have is empty.
        return match mark {
            LOGIN => Truth::turned_by(true, Needs::of(Way::Login)),
            CERTIFICATE => Truth::turned_by(true, Needs::of(Way::Certificate)),
            SENDER => Truth::turned_by(false, Needs::sender(Some(String::new()))),
            _ => Truth::known(false),
        };
    }
    let witness = (alone(text) && way(other).is_none()).then_some(other);
    match needs(mark, witness) {
        Some(needs) => Truth::turned_by(false, needs),
        None => Truth::known(false),
    }
}

fn matches(subject: &str, pattern: &str) -> Truth {
    if way(pattern).is_some() {
        return Truth::unknown("a pattern that the client has a part in");
    }
    let Ok(compiled) = Pattern::new(pattern, false) else {
        return Truth::unknown("a pattern that cannot be read");
    };
    let fits = |text: &str| compiled.matches(text);
    let Some(mark) = way(subject) else {
        return match fits(subject) {
            Some(fits) => Truth::known(fits),
            None => Truth::unknown("a pattern that takes too long"),
        };
    };
    let every = |samples: &[&str]| {
        let mut texts = samples.iter().map(|sample| subject.replace(mark, sample));
        texts.all(|text| fits(&text) == Some(true))
    };
    let fits_all = match mark {
        SENDER => every(domains::STRANGE_ADDRESSES) && every(domains::STRANGE_DOMAINS),
        ADDRESS => every(STRANGERS),
        LOGIN | CERTIFICATE => every(&[""]),
        _ => every(domains::STRANGE_DOMAINS),
    };
    if fits_all {
        return Truth::known(true);
    }
    let literal = literal(pattern).filter(|text| alone(subject) && fits(text) == Some(true));
    match needs(mark, literal.as_deref()) {
        Some(needs) => Truth::turned_by(false, needs),
        None => Truth::known(false),
    }
}

/// Makes a text that a simple pattern matches.
pub(super) fn literal(pattern: &str) -> Option<String> {
    let inner = pattern.trim_start_matches('^').trim_end_matches('$');
    let mut text = String::new();
    let mut letters = inner.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.push(letters.next().filter(|c| c.is_ascii_punctuation())?),
            '.' if matches!(letters.peek(), Some('*' | '+')) => {
                letters.next();
                text.push('x');
            }
            '.' => text.push('x'),
            '[' | ']' | '(' | ')' | '{' | '}' | '|' | '*' | '+' | '?' | '^' | '$' => return None,
            other => text.push(other),
        }
    }
    Some(text)
}

/// Tells whether a variable is set.
pub(super) fn is_defined(text: &str) -> Truth {
    match way(text) {
        _ if text.contains(UNKNOWN) => Truth::unknown(UNSEEN),
        Some(LOGIN | CERTIFICATE) | Some(SENDER) => same(text, "", false).not(),
        Some(_) => Truth::known(true),
        None => Truth::known(!text.is_empty()),
    }
}

/// Reads a text as `condition =` and `bool{}` do.
pub(super) fn boolean(text: &str, lax: bool) -> Truth {
    let text = text.trim();
    if text.contains(FAIL) {
        // A condition whose expansion is made to fail is passed over.
        return Truth::known(true);
    }
    if text.contains(UNKNOWN) {
        return Truth::unknown(UNSEEN);
    }
    if let Some(mark) = way(text) {
        return match needs(mark, Some("1")) {
            Some(needs) => Truth::turned_by(false, needs),
            None => Truth::known(false),
        };
    }
    let number = text.strip_prefix('-').unwrap_or(text);
    if number.bytes().all(|b| b.is_ascii_digit()) {
        return Truth::known(number.bytes().any(|b| b != b'0'));
    }
    let is = |words: [&str; 2]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    match (is(["no", "false"]), is(["yes", "true"]), lax) {
        (true, ..) => Truth::known(false),
        (_, true, _) | (_, _, true) => Truth::known(true),
        // Exim answers 451 to such a value.
        _ => Truth::known(false),
    }
}

/// Tells whether a text is an address.
pub(super) fn is_address(text: &str, word: &str) -> Truth {
    if text.contains(UNKNOWN) || way(text).is_some_and(|mark| mark != ADDRESS) {
        return Truth::unknown(UNSEEN);
    }
    if text.contains(ADDRESS) {
        return Truth::known(word != "isip6");
    }
    let address = text.parse::<std::net::IpAddr>();
    Truth::known(match word {
        "isip4" => address.is_ok_and(|a| a.is_ipv4()),
        "isip6" => address.is_ok_and(|a| a.is_ipv6()),
        _ => address.is_ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_a_text_that_fits() {
        for (pattern, expected) in [
            ("^mail\\.example\\.com$", Some("mail.example.com")),
            ("^.*@example\\.com$", Some("x@example.com")),
            ("^(a|b)$", None),
            ("\\d", None),
        ] {
            assert_eq!(literal(pattern).as_deref(), expected, "{pattern}");
        }
    }

    #[test]
    fn reads_booleans_as_exim_does() {
        for (text, expected) in [
            ("yes", Some(true)),
            ("TRUE", Some(true)),
            ("1", Some(true)),
            ("-3", Some(true)),
            ("00", Some(false)),
            ("", Some(false)),
            ("No", Some(false)),
            ("maybe", Some(false)),
            ("\u{f8d0}", None),
            ("\u{f8da}", Some(true)),
        ] {
            assert_eq!(boolean(text, false).is, expected, "{text}");
        }
        assert_eq!(boolean("maybe", true).is, Some(true));
    }
}
