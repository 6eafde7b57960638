//! The words of a reply, made comparable.
//!
//! In: a reply as it came. Out: a [`Wording`]: one line of lower-case text without diacritics in
//! which mail addresses read `<a>` (`<contact>` where one may complain), IP addresses `<ip>`, host names `<d>` and links `<u>`, and the
//! names and links themselves apart, so that nobody's name decides what a sentence means while
//! `spamhaus.org` can still be recognised.
//!
//! Text that is not UTF-8 is decoded in the charsets of mail servers' languages; which of them was
//! meant is not decided here but by the words that turn up, see [`readings`].
//!
//! Deliberately does not know what any word means: that is [`super::signatures`].
//!
//! Limits: at most 4 KiB of text are read.
//!
//! References: RFC 5321 4.2 (replies), RFC 2034 (enhanced codes at the start of a text).

use crate::model::bytes::escaped;
use crate::smtp::{EnhancedCode, Reply};
use encoding_rs::Encoding;
use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Bytes of text that are read. Refusals with links and translations stay under 2 KiB.
const MOST_TEXT: usize = 4096;

/// The words of a reply.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wording {
    /// The text, in one line, names masked.
    pub text: String,
    /// The host names and links that were masked, divided by blanks.
    pub names: String,
}

/// How the lines of a reply are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joint {
    /// A line end divides words.
    Apart,
    /// A line end may stand inside a word: some servers break at a column.
    Tight,
}

/// Gives the text of a reply in every charset it may be written in, the likeliest first. Texts in
/// ASCII or UTF-8, that is nearly all, have one reading.
pub fn readings(reply: &Reply, joint: Joint) -> Vec<Wording> {
    let mut all = Vec::with_capacity(1);
    decode(&join(reply, joint), |text| all.push(Wording::new(text)));
    all
}

/// Puts the texts of all lines together, enhanced codes left out.
fn join(reply: &Reply, joint: Joint) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    for line in reply.lines() {
        let text = line.text().trim_ascii_start();
        let skip = EnhancedCode::read(text).map_or(0, |(_, taken)| taken);
        let text = &text[skip..];
        let text = match joint {
            Joint::Apart => text,
            Joint::Tight => text.trim_ascii(),
        };
        out.extend_from_slice(&text[..text.len().min(MOST_TEXT - out.len())]);
        if out.len() == MOST_TEXT {
            break;
        }
        if joint == Joint::Apart && out.len() < MOST_TEXT {
            out.push(b' ');
        }
    }
    out
}

/// The charsets tried where a text is not UTF-8, in the order they are met in refusals.
const CHARSETS: [&Encoding; 8] = [
    encoding_rs::GB18030,
    encoding_rs::WINDOWS_1252,
    encoding_rs::BIG5,
    encoding_rs::EUC_JP,
    encoding_rs::SHIFT_JIS,
    encoding_rs::WINDOWS_1251,
    encoding_rs::KOI8_R,
    encoding_rs::EUC_KR,
];

/// Gives out a text in every charset it may be written in, the likeliest first.
fn decode(bytes: &[u8], mut give: impl FnMut(&str)) {
    if contains(bytes, b"\x1b$") {
        return give(
            &encoding_rs::ISO_2022_JP
                .decode_without_bom_handling(bytes)
                .0,
        );
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return give(text);
    }
    let mut none = true;
    let (mut good, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += chunk.invalid().len();
    }
    if good > bad {
        // UTF-8 that was cut in the middle of a character.
        give(&String::from_utf8_lossy(bytes));
        none = false;
    }
    for charset in CHARSETS {
        if let Some(text) = charset.decode_without_bom_handling_and_without_replacement(bytes) {
            give(&text);
            none = false;
        }
    }
    if none {
        give(&String::from_utf8_lossy(bytes));
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    place_of(bytes, part).is_some()
}

impl Wording {
    /// Makes text comparable.
    pub fn new(text: &str) -> Self {
        // White space first: what is left of control characters is written out.
        let text = match text.bytes().any(|b| matches!(b, b'\t' | b'\r' | b'\n')) {
            true => Cow::Owned(text.replace(['\t', '\r', '\n'], " ")),
            false => Cow::Borrowed(text),
        };
        let text = escaped(&text);
        let mut wording = Self {
            text: String::with_capacity(text.len()),
            names: String::new(),
        };
        for word in text.split_ascii_whitespace() {
            if !wording.text.is_empty() {
                wording.text.push(' ');
            }
            wording.push_word(word);
        }
        wording
    }

    fn push_word(&mut self, word: &str) {
        if !word.bytes().any(|b| matches!(b, b'.' | b'@' | b':')) {
            fold(word, &mut self.text);
            return;
        }
        if let Some(start) = link_start(word) {
            let end = word[start..]
                .find(|c: char| !c.is_ascii() || matches!(c, '"' | '\'' | '<' | '>' | ')' | ']'))
                .map_or(word.len(), |at| start + at);
            let link = word[start..end].trim_end_matches(['.', ',', ';', '!', ':']);
            self.push_word(&word[..start]);
            self.text.push_str("<u>");
            self.push_name(link);
            fold(&word[start + link.len()..], &mut self.text);
            return;
        }
        let mut rest = word;
        while !rest.is_empty() {
            let end = rest.find(|c| !in_name(c)).unwrap_or(rest.len());
            let (piece, behind) = rest.split_at(end);
            let open = self.text.ends_with('<');
            self.push_piece(piece);
            // The mask has brackets of its own.
            let behind = match behind.strip_prefix('>') {
                Some(closed) if open && piece.contains('@') => closed,
                _ => behind,
            };
            let fence = behind.find(in_name).unwrap_or(behind.len());
            fold(&behind[..fence], &mut self.text);
            rest = &behind[fence..];
        }
    }

    /// Takes a piece of a word without brackets and quotes.
    fn push_piece(&mut self, piece: &str) {
        let bare = piece.trim_end_matches(['.', ':', '-']);
        let tail = &piece[bare.len()..];
        if bare.len() > 1 && bare[1..].contains('@') {
            if self.text.ends_with('<') {
                self.text.pop();
            }
            let mask = if is_contact(bare) { "<contact>" } else { "<a>" };
            self.text.push_str(mask);
            self.text.push_str(tail);
        } else if is_ip(bare) {
            self.text.push_str("<ip>");
            self.text.push_str(tail);
        } else if let Some((host, port)) = bare.split_once(':')
            && (is_ip(host) || is_domain(host))
            && !port.contains(':')
        {
            self.push_piece(host);
            self.text.push(':');
            self.push_piece(port);
            self.text.push_str(tail);
        } else if let Some(at) = bare.find([':', '='])
            && bare.matches([':', '=']).count() == 1
        {
            let (name, value) = (&bare[..at], &bare[at + 1..]);
            self.push_piece(name);
            self.text.push_str(&bare[at..=at]);
            self.push_piece(value);
            self.text.push_str(tail);
        } else if is_domain(bare) {
            self.text.push_str("<d>");
            self.push_name(bare);
            self.text.push_str(tail);
        } else {
            fold(piece, &mut self.text);
        }
    }

    fn push_name(&mut self, name: &str) {
        if !self.names.is_empty() {
            self.names.push(' ');
        }
        push_lower(name, &mut self.names);
    }
}

/// Says where a link starts in a word.
fn link_start(word: &str) -> Option<usize> {
    if let Some(at) = place_of(word.as_bytes(), b"://") {
        let scheme = word[..at]
            .rfind(|c: char| !c.is_ascii_alphabetic())
            .map_or(0, |i| {
                i + word[i..].chars().next().map_or(1, char::len_utf8)
            });
        return Some(scheme);
    }
    let at = place_of(word.as_bytes(), b"www.")?;
    (at == 0 || !word.as_bytes()[at - 1].is_ascii_alphanumeric()).then_some(at)
}

/// Finds a short part of a short text, for which a searcher would cost more than it saves.
fn place_of(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

/// Tells whether a character can stand in an address or a host name. Other scripts cannot: in
/// Chinese and Japanese no blank divides them from the address.
fn in_name(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(
            c,
            '.' | '-' | '_' | '@' | '+' | '%' | '/' | ':' | '*' | '=' | '#' | '!' | '&'
        )
}

/// Tells whether an address is one to complain to: refusals end with such, and it is not them they
/// are about.
fn is_contact(address: &str) -> bool {
    const ROLES: [&str; 16] = [
        "postmaster",
        "abuse",
        "support",
        "help",
        "admin",
        "noc",
        "hostmaster",
        "delist",
        "unblock",
        "blacklist",
        "spam",
        "webmaster",
        "security",
        "mailmaster",
        "removal",
        "whitelist",
    ];
    let address = address.as_bytes();
    ROLES.iter().any(|role| {
        address
            .get(..role.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(role.as_bytes()))
    })
}

pub(super) fn is_ip(text: &str) -> bool {
    if !text
        .as_bytes()
        .first()
        .is_some_and(u8::is_ascii_alphanumeric)
        && !text.starts_with("::")
    {
        return false;
    }
    if text.contains(':') {
        let text = match text.get(..5) {
            Some(tag) if tag.eq_ignore_ascii_case("ipv6:") => &text[5..],
            _ => text,
        };
        return text.len() > 2 && text.parse::<Ipv6Addr>().is_ok();
    }
    text.split('/')
        .next()
        .is_some_and(|t| t.parse::<Ipv4Addr>().is_ok())
}

/// Tells whether a word is a host name rather than two sentences without a blank between them.
pub(super) fn is_domain(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() > 255 || !bytes.contains(&b'.') {
        return false;
    }
    if !bytes
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
    {
        return false;
    }
    let Some(last) = text.rsplit('.').next() else {
        return false;
    };
    if last.len() < 2 || !bytes[0].is_ascii_alphanumeric() || text.contains("..") {
        return false;
    }
    let last = match last.bytes().any(|b| b.is_ascii_uppercase()) {
        true => Cow::Owned(last.to_ascii_lowercase()),
        false => Cow::Borrowed(last),
    };
    let last = &*last;
    const PRIVATE: [&str; 9] = [
        "example",
        "invalid",
        "test",
        "local",
        "localdomain",
        "localhost",
        "lan",
        "internal",
        "arpa",
    ];
    if PRIVATE.contains(&last) {
        return true;
    }
    // Country codes and the old generic domains; of the new ones many are English words.
    match last.len() {
        2 | 3 => psl::suffix(last.as_bytes()).is_some_and(|s| s.is_known()),
        _ => {
            text.matches('.').count() > 1
                && psl::suffix(last.as_bytes()).is_some_and(|s| s.is_known())
                || matches!(last, "info" | "name" | "mobi" | "aero" | "arpa" | "coop")
        }
    }
}

/// Appends text in lower case, without diacritics, full-width forms made narrow.
pub fn fold(text: &str, out: &mut String) {
    if text.is_ascii() {
        push_lower(text, out);
        return;
    }
    for c in text.chars().flat_map(char::to_lowercase) {
        match plain(c) {
            Some(plain) => out.push_str(plain),
            None => match u32::from(c) {
                n @ 0xff01..=0xff5e => {
                    let narrow = char::from_u32(n - 0xfee0).unwrap_or(c);
                    out.push(narrow.to_ascii_lowercase());
                }
                0x3000 | 0xa0 => out.push(' '),
                0x2018 | 0x2019 => out.push('\''),
                0x201c | 0x201d => out.push('"'),
                0x300..=0x36f => {}
                _ => out.push(c),
            },
        }
    }
}

/// Appends text, its ASCII letters in lower case.
fn push_lower(text: &str, out: &mut String) {
    let start = out.len();
    out.push_str(text);
    out[start..].make_ascii_lowercase();
}

/// Gives the letters a letter with a diacritic is written with where diacritics are lost.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'č' | 'ĉ' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' | 'ė' => "e",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' | 'į' => "i",
        'ł' | 'ľ' | 'ĺ' | 'ļ' => "l",
        'ñ' | 'ń' | 'ň' | 'ņ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ő' => "o",
        'ŕ' | 'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ß' => "ss",
        'ť' | 'ţ' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ü' | 'ů' | 'ű' | 'ū' | 'ų' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'æ' => "ae",
        'œ' => "oe",
        'ё' => "е",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_masked_and_kept_apart() {
        for (raw, text, names) in [
            ("Relay  access\tDENIED", "relay access denied", ""),
            ("<Bob@Example.NET>: no", "<a>: no", ""),
            ("<bob@example.net>... no", "<a>... no", ""),
            ("from=<a@b.example>,to=<c@d.example>", "from=<a>,to=<a>", ""),
            (
                "write to postmaster@example.com.",
                "write to <contact>.",
                "",
            ),
            ("host [192.0.2.1] no", "host [<ip>] no", ""),
            ("192.0.2.1: no", "<ip>: no", ""),
            (
                "mx.example.com[192.0.2.1]:25",
                "<d>[<ip>]:25",
                "mx.example.com",
            ),
            ("[IPv6:2001:db8::1] no", "[<ip>] no", ""),
            (
                "see http://Example.com/a?b=c.",
                "see <u>.",
                "http://example.com/a?b=c",
            ),
            ("(www.example.com)", "(<u>)", "www.example.com"),
            ("in zen.spamhaus.org;", "in <d>;", "zen.spamhaus.org"),
            ("access denied.please go", "access denied.please go", ""),
            ("5.7.1: no", "5.7.1: no", ""),
            (
                "ip=192.0.2.1 host=mx.example.com",
                "ip=<ip> host=<d>",
                "mx.example.com",
            ),
            ("RP:FRL 163", "rp:frl 163", ""),
            ("收件人bob@example.net不存在", "收件人<a>不存在", ""),
            ("Größe überschritten", "grosse uberschritten", ""),
            ("ＡＢＣ：ｄ", "abc:d", ""),
            ("can’t", "can't", ""),
            ("ЁЛКА", "елка", ""),
        ] {
            let wording = Wording::new(raw);
            assert_eq!((&*wording.text, &*wording.names), (text, names), "{raw}");
        }
    }

    #[test]
    fn lines_are_joined_without_their_codes() {
        let reply = Reply::from_recorded(b"550-5.1.1 no su\r\n550-  5.1.1 ch us\r\n550 5.1.1 er")
            .expect("a reply");
        assert_eq!(readings(&reply, Joint::Apart)[0].text, "no su ch us er");
        assert_eq!(readings(&reply, Joint::Tight)[0].text, "no such user");
    }

    #[test]
    fn other_charsets_are_among_the_readings() {
        for (bytes, text) in [
            (
                &b"550 \xd3\xc3\xbb\xa7\xb2\xbb\xb4\xe6\xd4\xda"[..],
                "用户不存在",
            ),
            (b"550 Empf\xe4nger", "empfanger"),
            (b"550 \xce\xc5\xd4", "нет"),
            (b"550 \xed\xe5\xf2", "нет"),
            (b"550 \x1b$B8E$$\x1b(B", "古い"),
            (b"550 caf\xc3\xa9 ol\xc3\xa9 \xc3", "cafe ole \u{fffd}"),
        ] {
            let reply = Reply::from_recorded(bytes).expect("a reply");
            let all = readings(&reply, Joint::Apart);
            assert!(all.iter().any(|w| w.text == text), "{text}: {all:?}");
        }
        let reply = Reply::from_recorded("550 用户".as_bytes()).expect("a reply");
        assert_eq!(readings(&reply, Joint::Apart).len(), 1);
    }

    proptest! {
        #[test]
        fn text_is_one_line_of_bounded_length(bytes in proptest::collection::vec(any::<u8>(), 0..9000)) {
            let raw = [b"550 ", &bytes[..]].concat();
            if let Some(reply) = Reply::from_recorded(&raw) {
                for wording in readings(&reply, Joint::Apart) {
                    prop_assert!(!wording.text.chars().any(char::is_control));
                    // Eight characters at most stand for one byte: \u{fffd} and its kin.
                    prop_assert!(wording.text.len() <= 16 * MOST_TEXT);
                }
            }
        }
    }
}
