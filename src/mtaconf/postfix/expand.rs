//! `$name` and its relatives, expanded as Postfix does at the time of use.
//!
//! In: the text of a value and a view that knows the values of names. Out: the text, with the place every part
//! of it came from and the names it went through, names that nobody defined, and what Postfix would stop at.
//!
//! Forms: `$$`, `$name`, `$(name)`, `${name}`, `${name?text}`, `${name:text}`, `${name?{a}:{b}}`, and
//! `${{x} == {y} ? {a} : {b}}` with the operators of numbers and strings and, with `level` behind them, of
//! compatibility levels. Whether a name is empty is asked of its value before that is expanded.
//!
//! Limits: [`DEEPEST`] names within names, as in Postfix; [`MOST_BYTES`] of text and [`MOST_STEPS`] steps.
//!
//! References: postconf(5); mac_expand(3) of the Postfix source. Held against postconf of 3.7.

use super::lines::{Raw, closing, is_blank};
use crate::model::Place;
use crate::mtaconf::source::short;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::ops::Range;

/// How deep names may lie within names.
const DEEPEST: usize = 100;

/// How long an expanded value may become.
const MOST_BYTES: usize = 4 << 20;

/// How many macros one expansion may hold.
const MOST_STEPS: usize = 100_000;

/// Bytes looked at that count as much as a macro.
const BYTES_A_STEP: usize = 1024;

/// Places kept of names that nobody defined.
const MOST_UNDEFINED: usize = 50;

/// What a view knows of a name.
#[derive(Debug, Clone)]
pub(super) enum Known {
    /// Its value, not expanded.
    Value(Raw),
    /// That it has one which depends on the machine.
    OfTheMachine,
    /// Nothing.
    Undefined,
}

/// Knows the values of names.
pub(super) trait View {
    /// Gives what is known of a name.
    fn look(&self, name: &str) -> Known;
}

/// A part of an expanded text: from here on it came from there.
#[derive(Debug, Clone)]
struct Piece {
    at: usize,
    from: Raw,
    offset: usize,
    link: Option<usize>,
    unclear: bool,
}

/// A name that was gone through, and the one before it.
#[derive(Debug, Clone)]
struct Link {
    before: Option<usize>,
    name: String,
    value: Raw,
}

/// An expanded text.
#[derive(Debug, Clone, Default)]
pub(super) struct Expanded {
    /// The text.
    pub(super) text: String,
    pieces: Vec<Piece>,
    links: Vec<Link>,
    /// Names that nobody defined and that were not only tested, with the place that uses them.
    pub(super) undefined: Vec<(String, Option<Place>)>,
    /// Every name that was asked for, expanded or only tested.
    pub(super) asked: HashSet<String>,
    /// What Postfix stops at, or what went past a limit.
    pub(super) trouble: Option<Trouble>,
}

/// Why a value could not be expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Postfix stops with an error.
    Fatal(String),
    /// It is longer than is read.
    TooLong,
}

impl Expanded {
    /// Gives the place a stretch came from; where its parts came from several, that of the first.
    pub(super) fn place(&self, range: Range<usize>) -> Option<Place> {
        let index = self.pieces.partition_point(|piece| piece.at <= range.start);
        let piece = self.pieces.get(index.checked_sub(1)?)?;
        let next = self.pieces.get(index).map_or(self.text.len(), |p| p.at);
        let from = piece.offset + (range.start - piece.at);
        piece
            .from
            .place(from, from + (range.end.min(next) - range.start))
    }

    /// Gives the names a stretch came through, outermost first.
    pub(super) fn chain(&self, at: usize) -> Vec<String> {
        let index = self.pieces.partition_point(|piece| piece.at <= at);
        let piece = index.checked_sub(1).and_then(|i| self.pieces.get(i));
        let mut link = piece.and_then(|piece| piece.link);
        let mut chain = Vec::new();
        while let Some(here) = link.and_then(|index| self.links.get(index)) {
            chain.push(match here.value.place(0, 0) {
                Some(place) => format!("${} ({}:{})", short(&here.name), place.file, place.line),
                None => format!("${} (default)", short(&here.name)),
            });
            link = here.before;
        }
        chain.reverse();
        chain
    }

    /// Tells whether a stretch holds something that depends on the machine.
    pub(super) fn is_unclear(&self, range: Range<usize>) -> bool {
        let first = self.pieces.partition_point(|piece| piece.at <= range.start);
        self.pieces[first.saturating_sub(1)..]
            .iter()
            .take_while(|piece| piece.at < range.end)
            .any(|piece| piece.unclear)
    }
}

/// Expands a value.
pub(super) fn expand(value: &Raw, view: &dyn View) -> Expanded {
    let mut work = Work {
        view,
        out: Expanded::default(),
        steps: 0,
    };
    let whole = 0..value.text().len();
    if let Err(trouble) = work.run(value, whole, None, 0) {
        work.out.trouble = Some(trouble);
    }
    work.out
}

struct Work<'v> {
    view: &'v dyn View,
    out: Expanded,
    steps: usize,
}

impl Work<'_> {
    /// Expands a stretch of a value onto the end of the text.
    fn run(
        &mut self,
        raw: &Raw,
        range: Range<usize>,
        link: Option<usize>,
        depth: usize,
    ) -> Result<(), Trouble> {
        if depth > DEEPEST {
            return Err(Trouble::Fatal(
                "parameters refer to each other without end".to_owned(),
            ));
        }
        self.steps += range.len() / BYTES_A_STEP;
        let mut at = range.start;
        while at < range.end {
            let rest = &raw.text()[at..range.end];
            let Some(dollar) = rest.find('$') else {
                return self.put(raw, at..range.end, link);
            };
            self.put(raw, at..at + dollar, link)?;
            at += dollar;
            let rest = &raw.text()[at..range.end];
            self.steps += 1;
            if self.steps > MOST_STEPS {
                return Err(Trouble::TooLong);
            }
            at += match rest[1..].chars().next() {
                Some('$') => {
                    self.put(raw, at..at + 1, link)?;
                    2
                }
                Some(open @ ('{' | '(')) => {
                    let close = if open == '{' { '}' } else { ')' };
                    let end = closing(&rest[1..], open, close)
                        .ok_or_else(|| fatal("truncated macro reference", rest))?;
                    self.steps += end / BYTES_A_STEP;
                    self.bracketed(raw, at + 2..at + 1 + end, link, depth)?;
                    end + 2
                }
                _ => {
                    let length = name_length(&rest[1..]);
                    if length == 0 {
                        return Err(fatal("empty macro name", rest));
                    }
                    self.name(raw, at + 1..at + 1 + length, link, depth)?;
                    length + 1
                }
            };
        }
        Ok(())
    }

    /// Puts a stretch of a value onto the end of the text as it is.
    fn put(&mut self, raw: &Raw, range: Range<usize>, link: Option<usize>) -> Result<(), Trouble> {
        if range.is_empty() {
            return Ok(());
        }
        if self.out.text.len() + range.len() > MOST_BYTES {
            return Err(Trouble::TooLong);
        }
        self.out.pieces.push(Piece {
            at: self.out.text.len(),
            from: raw.clone(),
            offset: range.start,
            link,
            unclear: false,
        });
        self.out.text.push_str(&raw.text()[range]);
        Ok(())
    }

    /// Asks for a name.
    fn look(&mut self, name: &str) -> Known {
        if !self.out.asked.contains(name) {
            self.out.asked.insert(name.to_owned());
        }
        self.view.look(name)
    }

    /// Expands what a plain name stands for.
    fn name(
        &mut self,
        raw: &Raw,
        range: Range<usize>,
        link: Option<usize>,
        depth: usize,
    ) -> Result<(), Trouble> {
        let name = &raw.text()[range.clone()];
        let value = match self.look(name) {
            Known::Value(value) => value,
            Known::OfTheMachine => {
                self.put(&Raw::nowhere(&format!("${name}")), 0..name.len() + 1, link)?;
                if let Some(piece) = self.out.pieces.last_mut() {
                    piece.unclear = true;
                }
                return Ok(());
            }
            Known::Undefined => {
                if self.out.undefined.len() < MOST_UNDEFINED {
                    let place = raw.place(range.start, range.end);
                    self.out.undefined.push((name.to_owned(), place));
                }
                return Ok(());
            }
        };
        self.out.links.push(Link {
            before: link,
            name: name.to_owned(),
            value: value.clone(),
        });
        let link = Some(self.out.links.len() - 1);
        self.run(&value, 0..value.text().len(), link, depth + 1)
    }

    /// Expands what stands inside `${}` or `$()`.
    fn bracketed(
        &mut self,
        raw: &Raw,
        range: Range<usize>,
        link: Option<usize>,
        depth: usize,
    ) -> Result<(), Trouble> {
        let text = raw.text();
        let mut cursor = Cursor {
            text,
            at: range.start,
            end: range.end,
        };
        cursor.skip_blanks();
        if cursor.peek() == Some('{') {
            return self.comparison(raw, cursor, link, depth);
        }
        let name = cursor.at..cursor.at + name_length(cursor.rest());
        cursor.at = name.end;
        cursor.skip_blanks();
        match cursor.peek() {
            _ if name.is_empty() => Err(fatal("attribute name syntax error", &text[range])),
            None => self.name(raw, name, link, depth),
            Some('?' | ':') => {
                // Not expanded: a value that only expands to nothing counts as one.
                let holds = match self.look(&text[name]) {
                    Known::Value(value) => !value.text().is_empty(),
                    Known::OfTheMachine => true,
                    Known::Undefined => false,
                };
                self.choice(raw, cursor, holds, link, depth)
            }
            Some(_) => Err(fatal("attribute name syntax error", &text[range])),
        }
    }

    /// Expands one of the two texts behind a condition.
    fn choice(
        &mut self,
        raw: &Raw,
        mut cursor: Cursor<'_>,
        holds: bool,
        link: Option<usize>,
        depth: usize,
    ) -> Result<(), Trouble> {
        let (mut yes, mut no) = (None, None);
        if cursor.take('?') {
            yes = Some(cursor.payload()?);
            cursor.skip_blanks();
        }
        if cursor.take(':') {
            no = Some(cursor.payload()?);
            cursor.skip_blanks();
        }
        if cursor.peek().is_some() {
            return Err(fatal("\":\" expected", cursor.rest()));
        }
        match if holds { yes } else { no } {
            Some(chosen) => self.run(raw, chosen, link, depth + 1),
            None => Ok(()),
        }
    }

    /// Compares two texts, and expands one of two others.
    fn comparison(
        &mut self,
        raw: &Raw,
        mut cursor: Cursor<'_>,
        link: Option<usize>,
        depth: usize,
    ) -> Result<(), Trouble> {
        let left = cursor.payload()?;
        cursor.skip_blanks();
        let operator = cursor.operator()?;
        cursor.skip_blanks();
        if cursor.peek() != Some('{') {
            return Err(fatal("\"{expression}\" expected", cursor.rest()));
        }
        let right = cursor.payload()?;
        cursor.skip_blanks();
        let left = self.aside(raw, left, link, depth)?;
        let right = self.aside(raw, right, link, depth)?;
        let holds = operator.holds(&left, &right)?;
        match cursor.peek() {
            None if holds => self.put(&Raw::nowhere("true"), 0..4, link),
            None => Ok(()),
            Some('?' | ':') => self.choice(raw, cursor, holds, link, depth),
            Some(_) => Err(fatal("\"?\" expected", cursor.rest())),
        }
    }

    /// Expands a stretch that is only looked at.
    fn aside(
        &mut self,
        raw: &Raw,
        range: Range<usize>,
        link: Option<usize>,
        depth: usize,
    ) -> Result<String, Trouble> {
        let mut work = Work {
            view: self.view,
            out: Expanded::default(),
            steps: self.steps,
        };
        std::mem::swap(&mut work.out.links, &mut self.out.links);
        let done = work.run(raw, range, link, depth + 1);
        self.steps = work.steps;
        self.out.links = work.out.links;
        self.out.asked.extend(work.out.asked);
        self.out.undefined.append(&mut work.out.undefined);
        self.out.undefined.truncate(MOST_UNDEFINED);
        done.map(|()| work.out.text)
    }
}

/// Counts the bytes of the name a text begins with.
fn name_length(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len())
}

fn fatal(what: &str, at: &str) -> Trouble {
    Trouble::Fatal(format!("{what}: \"{}\"", short(at)))
}

/// Goes through the inside of a macro.
struct Cursor<'t> {
    text: &'t str,
    at: usize,
    end: usize,
}

impl<'t> Cursor<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..self.end]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_blanks(&mut self) {
        self.at = self.end - self.rest().trim_start_matches(is_blank).len();
    }

    fn take(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        if there {
            self.at += wanted.len_utf8();
        }
        there
    }

    /// Takes `{text}`, without the white space at its ends, or else all that is left.
    fn payload(&mut self) -> Result<Range<usize>, Trouble> {
        let before = self.at;
        self.skip_blanks();
        if self.peek() != Some('{') {
            // The old form keeps white space at its end.
            let all = self.at..self.end;
            self.at = self.end;
            return Ok(all);
        }
        let rest = self.rest();
        let length = closing(rest, '{', '}')
            .ok_or_else(|| fatal("unbalanced {}", &self.text[before..self.end]))?;
        let inner = &rest[1..length];
        let begin = self.at + 1 + (inner.len() - inner.trim_start_matches(is_blank).len());
        let payload = begin..begin + inner.trim_matches(is_blank).len();
        self.at += length + 1;
        Ok(payload)
    }

    fn operator(&mut self) -> Result<Operator, Trouble> {
        let rest = self.rest();
        let length = rest
            .find(|c: char| !matches!(c, '=' | '!' | '<' | '>'))
            .unwrap_or(rest.len());
        let accepts: fn(Ordering) -> bool = match &rest[..length] {
            "==" => Ordering::is_eq,
            "!=" => Ordering::is_ne,
            "<" => Ordering::is_lt,
            "<=" => Ordering::is_le,
            ">" => Ordering::is_gt,
            ">=" => Ordering::is_ge,
            _ => return Err(fatal("an operator expected", rest)),
        };
        let of_levels = rest[length..].starts_with("level");
        self.at += length + if of_levels { "level".len() } else { 0 };
        Ok(Operator { accepts, of_levels })
    }
}

struct Operator {
    accepts: fn(Ordering) -> bool,
    of_levels: bool,
}

impl Operator {
    fn holds(&self, left: &str, right: &str) -> Result<bool, Trouble> {
        let order = if self.of_levels {
            let level = |text| Level::parse(text).ok_or_else(|| fatal("no level", text));
            level(left)?.cmp(&level(right)?)
        } else {
            match (number(left), number(right)) {
                (Some(left), Some(right)) => left.cmp(&right),
                _ => left.cmp(right),
            }
        };
        Ok((self.accepts)(order))
    }
}

/// Reads what counts as a number in a comparison: digits, and nothing else.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

/// A compatibility level: up to three numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Level(pub(super) u32, pub(super) u32, pub(super) u32);

impl Level {
    /// Reads a level; nothing where it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut numbers = [0; 3];
        let mut parts = text.trim_matches(is_blank).split('.');
        for number in &mut numbers {
            let Some(part) = parts.next() else {
                break;
            };
            *number = part
                .parse()
                .ok()
                .filter(|_| part.bytes().all(|byte| byte.is_ascii_digit()))?;
        }
        let [major, minor, patch] = numbers;
        parts.next().is_none().then_some(Self(major, minor, patch))
    }
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;
    use crate::mtaconf::source::Text;
    use std::collections::HashMap;
    use std::sync::Arc;

    struct Map(HashMap<&'static str, Known>);

    impl View for Map {
        fn look(&self, name: &str) -> Known {
            self.0.get(name).cloned().unwrap_or(Known::Undefined)
        }
    }

    fn view() -> Map {
        let value = |text| Known::Value(Raw::nowhere(text));
        Map(HashMap::from([
            ("mail_name", value("Postfix")),
            ("empty", value("")),
            ("e2", value("$empty")),
            ("loop", value("x$loop")),
            ("l1", value("$l2$l2$l2$l2$l2$l2$l2$l2")),
            ("l2", value("$l3$l3$l3$l3$l3$l3$l3$l3")),
            ("l3", value("$l4$l4$l4$l4$l4$l4$l4$l4")),
            ("l4", value("$l5$l5$l5$l5$l5$l5$l5$l5")),
            ("l5", value("$l6$l6$l6$l6$l6$l6$l6$l6")),
            ("l6", value("$l7$l7$l7$l7$l7$l7$l7$l7")),
            ("l7", value("x")),
            ("myhostname", Known::OfTheMachine),
            ("level", value("2")),
        ]))
    }

    fn run(text: &str) -> Expanded {
        expand(&Raw::nowhere(text), &view())
    }

    #[test]
    fn expands_as_postconf_does() {
        // What postconf -x of 3.7 prints.
        for (text, expected) in [
            ("${e2?yes}|${e2:no}", "yes|"),
            ("${empty?{a}:{b}}|${undefd?x:y}", "b|"),
            ("${{ $e2 } == {} ? { eq } : { ne }}", "eq"),
            ("a $$ b", "a $ b"),
            ("${ e2 ? { yes } : { no } }", "yes"),
            ("${{a} == {a}}|${{a}=={b}}|", "true||"),
            ("$(e2)x$(mail_name)", "xPostfix"),
            ("${mail_name?hello world}", "hello world"),
            (
                "${{10} > {9} ? {num} : {str}} ${{3.10} > {3.9} ? {num} : {str}}",
                "num str",
            ),
            ("${{3.10} >level {3.9} ? {lev} : {no}}", "lev"),
            ("${{$level} <level {1} ? {} : {x $mail_name}}", "x Postfix"),
            ("${empty:{def}} x", "def x"),
            ("${empty:def {x} y} x", "def {x} y x"),
            ("${e2?{a}} z", "a z"),
            ("${empty ?{a}:b c }|", "b c |"),
            ("${mail_name? {a} }|", "a|"),
            ("${mail_name? a }|", "a |"),
            ("${{a} == {a} ? yes : no}", "yes : no"),
            ("${{a} == {b} :{yes}}|", "yes|"),
            ("${{} == {} ?{yes}:{no}}|", "yes|"),
            ("$mail_name-b ä${mail_name}ä", "Postfix-b äPostfixä"),
            ("$undefd|", "|"),
        ] {
            let got = run(text);
            assert_eq!(got.text, expected, "{text}");
            assert_eq!(got.trouble, None, "{text}");
        }
    }

    #[test]
    fn stops_where_postfix_stops() {
        for text in [
            "a $ b",
            "a $$b $",
            "${mail.name}",
            "${mail_name",
            "x${mail_name?{a",
            "${{a} = {b} ?{yes}}",
            "${a-b}",
            "${}",
            "${{a}",
            "${{a} == b}",
            "$loop",
            "${{x} <level {1} ? {a}}",
        ] {
            let trouble = run(text).trouble;
            assert!(matches!(trouble, Some(Trouble::Fatal(_))), "{text}");
        }
        assert_eq!(run("$l1").trouble, Some(Trouble::TooLong));
        let deep = format!("{}x{}", "${mail_name?{".repeat(5000), "}}".repeat(5000));
        assert!(run(&deep).trouble.is_some());
    }

    #[test]
    fn names_that_are_only_tested_are_not_missed() {
        let names = |text| -> Vec<String> {
            let got = run(text);
            got.undefined.into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names("${gone?x} ${gone:y}"), Vec::<String>::new());
        assert_eq!(
            names("$gone ${lost} ${{$away} == {} ? {a}}"),
            ["gone", "lost", "away"]
        );
    }

    #[test]
    fn what_depends_on_the_machine_is_marked() {
        let got = run("a.$myhostname, b");
        assert_eq!(got.text, "a.$myhostname, b");
        assert!(got.is_unclear(0..13));
        assert!(!got.is_unclear(15..16));
    }

    #[test]
    fn every_part_knows_where_it_came_from() {
        struct File(Vec<Arc<lines::Logical>>);
        impl View for File {
            fn look(&self, name: &str) -> Known {
                let line = self.0.iter().find(|line| line.text.starts_with(name));
                line.map_or(Known::Undefined, |line| {
                    Known::Value(Raw::of(line, 4, line.text.len()))
                })
            }
        }
        let text = "a = x $b,\n  ${c?y}\nb = z ${c}\nc = w\n";
        let (lines, _) = lines::read(&Arc::new(Text::new("main.cf", text.into())));
        let view = File(lines);
        let Known::Value(a) = view.look("a") else {
            panic!("a is defined");
        };
        let got = expand(&a, &view);
        assert_eq!(got.text, "x z w,  y");
        let at = |needle: &str| {
            let at = got.text.find(needle).expect("there");
            let place = got.place(at..at + needle.len()).expect("a place");
            (place.line, place.column, place.width, got.chain(at))
        };
        assert_eq!(at("x"), (1, 5, 1, vec![]));
        assert_eq!(at("z"), (3, 5, 1, vec!["$b (main.cf:3)".to_owned()]));
        let both = vec!["$b (main.cf:3)".to_owned(), "$c (main.cf:4)".to_owned()];
        assert_eq!(at("w,"), (4, 5, 1, both));
        assert_eq!(at("y"), (2, 7, 1, vec![]));
    }

    #[test]
    fn levels_are_numbers_with_dots() {
        assert!(Level::parse("3.10") > Level::parse("3.9"));
        assert_eq!(Level::parse("2"), Some(Level(2, 0, 0)));
        for wrong in ["", "x", "3.", "+3", "1.2.3.4", "-1"] {
            assert_eq!(Level::parse(wrong), None, "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(text in "(\\$|\\{|\\}|mail_name|level|[ \\(\\)?:=<>a,ä]){0,40}") {
            let got = run(&text);
            for at in 0..got.text.len() {
                let _ = got.place(at..at + 1);
                let _ = got.chain(at);
            }
        }
    }
}
