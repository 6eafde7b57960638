//! Words and statements of smtpd.conf.
//!
//! In: the files, by way of the reader. Out: statements, each a list of tokens with their spots. Comments,
//! continued lines, quotes, macros (`name = value`, `$name`) and `include "file"` are dealt with here, so that
//! the grammar sees words only. Inside braces a line end is no end.
//!
//! What is not found, not ended or endless is missed with the reader, and the statement it stands in is marked
//! as [`Statement::broken`].
//!
//! Limits: [`MOST_TOKENS`], [`MOST_BYTES`] of all files together, [`DEEPEST`] includes and expansions inside one
//! another.
//!
//! References: smtpd.conf(5); parse.y of smtpd for what may stand in a bare word.

use super::super::source::{Reader, Text, short};
use super::super::spot::Spot;
use std::collections::HashMap;
use std::sync::Arc;

/// The most tokens that are read; far more than any configuration has, tables in files not counted.
const MOST_TOKENS: usize = 500_000;

/// The most bytes of a configuration with all that it includes.
const MOST_BYTES: usize = 64 << 20;

/// How deep files and macros may stand inside one another.
const DEEPEST: usize = 16;

/// A token.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// The word, without quotes; for punctuation the character.
    pub(super) word: String,
    /// What it is.
    pub(super) kind: Kind,
    /// Where it stands; for what a macro stands for, where the macro is used.
    pub(super) spot: Spot,
}

/// Kinds of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A bare word: a keyword, a name, a number.
    Bare,
    /// A word in quotes: never a keyword.
    Quoted,
    /// One of `{ } < > ! = ( ) ,`.
    Sign,
}

impl Token {
    /// Tells whether it is this keyword or sign.
    pub(super) fn is(&self, word: &str) -> bool {
        self.kind != Kind::Quoted && self.word == word
    }

    /// Tells whether it is a word.
    pub(super) fn is_word(&self) -> bool {
        self.kind != Kind::Sign
    }
}

/// A statement.
#[derive(Debug, Default)]
pub(super) struct Statement {
    /// Its tokens; at least one.
    pub(super) tokens: Vec<Token>,
    /// How it came in: includes and macros, outermost first.
    pub(super) chain: Vec<String>,
    /// Whether something in it could not be read.
    pub(super) broken: bool,
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Statements {
    /// The statements, in order; a broken `include` alone where something was not read.
    pub(super) list: Vec<Statement>,
    /// Where an include stands that was not read, each.
    pub(super) lost: Vec<Spot>,
}

/// Reads a file and what it includes.
pub(super) fn read(reader: &Reader<'_>, text: &Arc<Text>) -> Statements {
    let mut lexer = Lexer {
        reader,
        macros: HashMap::new(),
        out: Statements::default(),
        count: 0,
        bytes: 0,
        inside: 0,
    };
    lexer.file(text, &[], 0);
    lexer.out
}

struct Macro {
    value: Arc<Text>,
    at: Spot,
}

struct Lexer<'a, 'f> {
    reader: &'a Reader<'f>,
    macros: HashMap<String, Macro>,
    out: Statements,
    count: usize,
    bytes: usize,
    /// Braces that are open.
    inside: usize,
}

/// One piece of a text.
enum Piece {
    Word(Kind, String),
    Macro(String),
    LineEnd,
    Unended,
}

impl Lexer<'_, '_> {
    fn file(&mut self, text: &Arc<Text>, chain: &[String], depth: usize) {
        let mut now = self.begin(chain);
        let mut at = 0;
        self.bytes += text.as_str().len();
        if self.bytes > MOST_BYTES {
            self.reader.miss(&text.name, "includes more than is read");
            self.lose(Spot::new(text, 0, 0));
            return;
        }
        while let Some((piece, start, end)) = next(text.as_str(), at) {
            at = end;
            self.count += 1;
            if self.count >= MOST_TOKENS {
                self.reader.miss(&text.name, "has more words than are read");
                self.lose(Spot::new(text, start, start));
                break;
            }
            let spot = Spot::new(text, start, end);
            match piece {
                Piece::LineEnd if self.inside > 0 => {}
                Piece::LineEnd => {
                    self.end(now, depth);
                    now = self.begin(chain);
                }
                piece => self.take(piece, spot, &mut now, depth, None),
            }
        }
        self.inside = 0;
        self.end(now, depth);
    }

    /// Puts a statement that might be anything in the place of what was not read.
    fn lose(&mut self, spot: Spot) {
        if self.out.lost.len() >= 1000 {
            return;
        }
        self.out.lost.push(spot.clone());
        self.out.list.push(Statement {
            tokens: vec![Token {
                word: "include".to_owned(),
                kind: Kind::Bare,
                spot,
            }],
            chain: Vec::new(),
            broken: true,
        });
    }

    fn begin(&self, chain: &[String]) -> Statement {
        Statement {
            chain: chain.to_vec(),
            ..Statement::default()
        }
    }

    /// Takes one piece into the statement; `used` is where the macro stands that it comes out of.
    fn take(
        &mut self,
        piece: Piece,
        spot: Spot,
        now: &mut Statement,
        depth: usize,
        used: Option<&Spot>,
    ) {
        self.count += 1;
        let spot = used.cloned().unwrap_or(spot);
        match piece {
            Piece::Word(kind, word) => {
                match word.as_str() {
                    "{" if kind == Kind::Sign => self.inside += 1,
                    "}" if kind == Kind::Sign => self.inside = self.inside.saturating_sub(1),
                    _ => {}
                }
                now.tokens.push(Token { word, kind, spot });
            }
            Piece::Macro(name) => self.expand(&name, &spot, now, depth),
            Piece::LineEnd => {}
            Piece::Unended => {
                self.reader.miss(&spot.shown(), "a quoted word has no end");
                now.broken = true;
            }
        }
    }

    fn expand(&mut self, name: &str, spot: &Spot, now: &mut Statement, depth: usize) {
        let Some(known) = self.macros.get(name) else {
            let what = format!("${} at {}", short(name), spot.shown());
            self.reader.miss(&what, "the macro is not defined here");
            now.broken = true;
            return;
        };
        if depth >= DEEPEST || self.count >= MOST_TOKENS {
            self.reader.miss(&spot.shown(), "macros without end");
            now.broken = true;
            return;
        }
        if now.chain.len() < DEEPEST {
            now.chain
                .push(format!("${} = ... at {}", short(name), known.at.shown()));
        }
        let value = Arc::clone(&known.value);
        let mut at = 0;
        while let Some((piece, start, end)) = next(value.as_str(), at) {
            at = end;
            if self.count >= MOST_TOKENS {
                return;
            }
            let inner = Spot::new(&value, start, end);
            self.take(piece, inner, now, depth + 1, Some(spot));
        }
    }

    /// Puts a statement away: macros and includes are dealt with, the rest is kept.
    fn end(&mut self, now: Statement, depth: usize) {
        let [first, rest @ ..] = &now.tokens[..] else {
            return;
        };
        if let [equals, values @ ..] = rest
            && first.kind == Kind::Bare
            && equals.is("=")
        {
            let value: Vec<&str> = values.iter().map(|token| token.word.as_str()).collect();
            let value = Arc::new(Text::new("", value.join(" ").into_bytes()));
            let at = first.spot.clone();
            self.macros.insert(first.word.clone(), Macro { value, at });
            return;
        }
        if first.is("include")
            && let [path] = rest
        {
            let mut chain = now.chain.clone();
            chain.push(format!("included at {}", first.spot.shown()));
            if depth >= DEEPEST {
                self.reader.miss(&path.word, "includes without end");
                self.lose(first.spot.clone());
            } else {
                match self.reader.named(&path.word, &first.spot.text().name) {
                    Ok(text) => self.file(&text, &chain, depth + 1),
                    Err(_) => self.lose(path.spot.clone()),
                }
            }
            return;
        }
        self.out.list.push(now);
    }
}

/// Reads the next piece from an offset; gives it with where it begins and ends.
fn next(text: &str, from: usize) -> Option<(Piece, usize, usize)> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        match bytes.get(at)? {
            b'\n' => return Some((Piece::LineEnd, at, at + 1)),
            b' ' | b'\t' | b'\r' => at += 1,
            b'\\' if bytes.get(at + 1) == Some(&b'\n') => at += 2,
            b'\\' if bytes.get(at + 1..at + 3) == Some(b"\r\n") => at += 3,
            b'#' => {
                at += bytes[at..]
                    .iter()
                    .position(|b| *b == b'\n')
                    .unwrap_or(bytes.len() - at)
            }
            _ => break,
        }
    }
    let start = at;
    let first = bytes[at];
    match first {
        b'"' | b'\'' => Some(quoted(text, start, first)),
        b'{' | b'}' | b'<' | b'>' | b'!' | b'=' | b'(' | b')' | b',' => {
            let word = char::from(first).to_string();
            Some((Piece::Word(Kind::Sign, word), start, start + 1))
        }
        b'$' => {
            let name = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
            let end = start + 1 + bytes[start + 1..].iter().take_while(|b| name(b)).count();
            Some((Piece::Macro(text[start + 1..end].to_owned()), start, end))
        }
        _ => {
            // A character that stands for nothing is a word of its own.
            let width = text[start..].chars().next().map_or(1, char::len_utf8);
            let rest = &bytes[start + width..];
            let end = start + width + rest.iter().take_while(|b| in_word(**b)).count();
            Some((
                Piece::Word(Kind::Bare, text[start..end].to_owned()),
                start,
                end,
            ))
        }
    }
}

/// Tells whether a byte goes on with a bare word. Bytes above ASCII do, so that no character is cut in two.
fn in_word(byte: u8) -> bool {
    let sign = matches!(
        byte,
        b'(' | b')' | b'{' | b'}' | b'<' | b'>' | b'!' | b'=' | b'#' | b','
    );
    !(byte.is_ascii_whitespace() || byte == 0 || sign || byte == b'"' || byte == b'\\')
}

fn quoted(text: &str, start: usize, quote: u8) -> (Piece, usize, usize) {
    let mut word = String::new();
    let mut chars = text[start + 1..].char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => match chars.peek() {
                Some((_, '\n')) => {
                    chars.next();
                }
                Some((_, n)) if *n == char::from(quote) || *n == ' ' || *n == '\t' => {
                    word.push(*n);
                    chars.next();
                }
                _ => word.push('\\'),
            },
            '\n' => {}
            c if c == char::from(quote) => {
                return (Piece::Word(Kind::Quoted, word), start, start + 1 + at + 1);
            }
            c => word.push(c),
        }
    }
    (Piece::Unended, start, text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtaconf::source::{Files, Memory};
    use proptest::prelude::*;

    fn words(files: &[(&str, &str)]) -> (Vec<String>, usize) {
        let store = Memory::new(files.iter().map(|(name, text)| (*name, *text)));
        let files = Files::new(&store, "", None).expect("files");
        let reader = Reader::new(&files);
        let text = reader.own("smtpd.conf").expect("there");
        let list = read(&reader, &text).list;
        let shown = list.iter().map(|statement| {
            let words = statement.tokens.iter().map(|t| t.word.as_str());
            words.collect::<Vec<_>>().join("|")
        });
        (shown.collect(), reader.missed().len())
    }

    #[test]
    fn reads_words_as_smtpd_does() {
        for (text, expected) in [
            ("a b # c", vec!["a|b"]),
            ("a#b\nc", vec!["a", "c"]),
            ("a \\\n  b\n\n c", vec!["a|b", "c"]),
            ("a \"x # y\" 'z'", vec!["a|x # y|z"]),
            ("a \"q\\\"q\"", vec!["a|q\"q"]),
            (
                "table t { a,\n b = c\n}\nd",
                vec!["table|t|{|a|,|b|=|c|}", "d"],
            ),
            ("match !from <t>", vec!["match|!|from|<|t|>"]),
            (
                "x = \"192.0.2.1 port 26\"\nlisten on $x",
                vec!["listen|on|192.0.2.1|port|26"],
            ),
            ("from 2001:db8::/32", vec!["from|2001:db8::/32"]),
        ] {
            assert_eq!(
                words(&[("smtpd.conf", text)]),
                (expected.iter().map(ToString::to_string).collect(), 0),
                "{text}"
            );
        }
    }

    #[test]
    fn includes_are_put_in_their_place_and_never_without_end() {
        let files = [
            ("smtpd.conf", "a\ninclude \"/etc/mail/b\"\nc"),
            ("b", "b1\nb2"),
        ];
        assert_eq!(
            words(&files),
            (vec!["a".into(), "b1".into(), "b2".into(), "c".into()], 0)
        );
        assert_eq!(
            words(&[("smtpd.conf", "include \"smtpd.conf\"")]),
            (vec!["include".into()], 1)
        );
        assert_eq!(
            words(&[("smtpd.conf", "include \"/etc/absent\"\na")]),
            (vec!["include".into(), "a".into()], 1)
        );
    }

    #[test]
    fn what_cannot_be_read_is_missed() {
        assert_eq!(words(&[("smtpd.conf", "a \"b\nc")]).1, 1);
        assert_eq!(words(&[("smtpd.conf", "a $b")]).1, 1);
        // The value is read again where it is used; it cannot go on without end.
        assert_eq!(words(&[("smtpd.conf", "a = \"$a $a\"\nb $a")]).1, 1);
    }

    proptest! {
        #[test]
        fn no_input_panics(text in "(\\PC|[\\n\"'{}<>!=,#$\\\\ a-c])*") {
            words(&[("smtpd.conf", &text)]);
        }
    }
}
