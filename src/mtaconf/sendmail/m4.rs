//! The m4 that .mc files are written in: as much of it as a configuration uses.
//!
//! In: a file, and a [`Host`] that reads includes and knows the macros of sendmail's own library. Out: the text
//! that goes into the .cf, by diversion, with the place each line comes from; the calls of library macros; the
//! macros as they are defined at the end.
//!
//! What is text to a reader may be a macro to m4: only `dnl` makes a comment once the library is loaded, for it
//! switches the `#` of m4 off, and text inside `divert(-1)` is still expanded, only not put out. So a
//! `# FEATURE(...)` in a header works.
//!
//! The machine does not recurse: calls that are being read lie on a stack of their own, and what a macro stands
//! for is put before the rest of the input.
//!
//! Limits: [`MOST_CALLS`], [`DEEPEST`] calls inside one another, those of the [`Input`]. Arithmetic, shell commands and regular expressions of m4 are missed, not done.
//!
//! References: m4(1); m4/cfhead.m4 of sendmail 8.17.

use super::super::source::{Text, short};
use super::super::spot::Spot;
use super::builtins;
use super::input::{Input, MOST_BYTES};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

/// Calls of macros in all.
const MOST_CALLS: usize = 50_000;

/// Calls inside the arguments of calls.
const DEEPEST: usize = 500;

/// Reads for the machine.
pub(super) trait Host {
    /// Reads an include. `silent` is one that need not be there.
    fn include(&self, path: &str, from: &str, silent: bool) -> Option<Arc<Text>>;

    /// Remembers that something was not done.
    fn miss(&self, what: &str, why: &str);
}

/// A macro.
#[derive(Debug, Clone)]
pub(super) struct Macro {
    /// What it stands for.
    pub(super) body: Rc<str>,
    /// Where it is defined.
    pub(super) spot: Spot,
}

/// A call of a macro of the library.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// The macro.
    pub(super) name: String,
    /// Its arguments, expanded.
    pub(super) args: Vec<String>,
    /// From its name to its closing parenthesis.
    pub(super) spot: Spot,
}

/// A line that goes into the .cf.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// The text.
    pub(super) text: String,
    /// Where it comes from.
    pub(super) spot: Spot,
}

/// What came out.
#[derive(Debug, Default)]
pub(super) struct Output {
    /// Lines by the number of their diversion.
    pub(super) lines: BTreeMap<i32, Vec<Line>>,
    /// Calls of the library, in order.
    pub(super) calls: Vec<Call>,
    /// The macros at the end.
    pub(super) macros: HashMap<String, Macro>,
    /// What could not be read, and might say anything.
    pub(super) unknown: Vec<Spot>,
    /// Whether the library was loaded by the file itself.
    pub(super) loaded: bool,
}

/// A call whose arguments are being read.
struct Pending {
    name: String,
    args: Vec<String>,
    depth: usize,
    /// Whether the argument has begun; spaces before it do not count.
    begun: bool,
    start: Spot,
}

/// The machine.
pub(super) struct Machine<'h> {
    pub(super) host: &'h dyn Host,
    pub(super) input: Input,
    pending: Vec<Pending>,
    pub(super) stacks: HashMap<String, Vec<Macro>>,
    /// Macros of m4 and the library that the file has undefined.
    pub(super) gone: HashSet<String>,
    pub(super) quotes: (String, String),
    pub(super) comment: Option<(String, String)>,
    pub(super) divert: i32,
    lines: BTreeMap<i32, (Vec<Line>, Option<Line>)>,
    pub(super) out: Output,
    calls: usize,
    stopped: bool,
}

/// Runs a file. `loaded` says that the library comes before it, on the command line.
pub(super) fn run(host: &dyn Host, text: &Arc<Text>, loaded: bool) -> Output {
    let mut machine = Machine {
        host,
        input: Input::default(),
        pending: Vec::new(),
        stacks: HashMap::new(),
        gone: HashSet::new(),
        quotes: ("`".to_owned(), "'".to_owned()),
        comment: (!loaded).then(|| ("#".to_owned(), "\n".to_owned())),
        divert: 0,
        lines: BTreeMap::new(),
        out: Output {
            loaded,
            ..Output::default()
        },
        calls: 0,
        stopped: false,
    };
    machine.push_file(text);
    while !machine.stopped && machine.step() {}
    machine.finish()
}

impl Machine<'_> {
    /// Puts a file before the rest of the input.
    pub(super) fn push_file(&mut self, text: &Arc<Text>) {
        if !self.input.push_file(text) {
            self.stop("includes more than is read", &Spot::new(text, 0, 0));
        }
    }

    /// Puts text before the rest of the input.
    pub(super) fn push_text(&mut self, text: &str, spot: &Spot) {
        if !self.input.push_text(text, spot) {
            self.stop("expands to more than is read", spot);
        }
    }

    /// Ends the run; what comes after is not known.
    fn stop(&mut self, why: &str, spot: &Spot) {
        self.stopped = true;
        let outermost = self.pending.first().map(|call| &call.start);
        let spot = outermost.unwrap_or(spot).clone();
        self.host.miss(&format!("m4 at {}", spot.shown()), why);
        self.out.unknown.push(spot);
    }

    /// Ends the run because the file says so.
    pub(super) fn quit(&mut self) {
        self.stopped = true;
    }

    /// Reads one token and deals with it; false at the end.
    fn step(&mut self) -> bool {
        if self.input.peek().is_none() {
            if let Some(start) = self.pending.first().map(|call| call.start.clone()) {
                self.stop("a call has no closing parenthesis", &start);
            }
            return false;
        }
        let Some(start) = self.input.here() else {
            return false;
        };
        if let Some((begin, end)) = self.comment.clone()
            && self.input.eat(&begin)
        {
            let mut text = begin;
            while !text.ends_with(&end) {
                match self.input.bump() {
                    Some(c) => text.push(c),
                    None => break,
                }
            }
            self.emit(&text, &start);
            return true;
        }
        let (open, close) = self.quotes.clone();
        if self.input.eat(&open) {
            self.quoted(&open, &close, &start);
            return true;
        }
        let Some(c) = self.input.bump() else {
            return false;
        };
        if c.is_ascii_alphabetic() || c == '_' {
            let mut name = String::from(c);
            while let Some(c) = self
                .input
                .peek()
                .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
            {
                name.push(c);
                self.input.bump();
            }
            self.name(name, start);
            return true;
        }
        self.sign(c, &start);
        true
    }

    fn quoted(&mut self, open: &str, close: &str, start: &Spot) {
        let mut text = String::new();
        let mut depth = 1;
        loop {
            if self.input.eat(close) {
                depth -= 1;
                if depth == 0 {
                    break;
                }
                text.push_str(close);
            } else if self.input.eat(open) {
                depth += 1;
                text.push_str(open);
            } else if let Some(c) = self.input.bump() {
                text.push(c);
            } else {
                self.stop("a quote has no end", start);
                return;
            }
        }
        if let Some(call) = self.pending.last_mut() {
            call.begun = true;
        }
        self.emit(&text, start);
    }

    fn name(&mut self, name: String, start: Spot) {
        let own = builtins::is_one(&name, self.out.loaded) && !self.gone.contains(&name);
        let known = own || self.stacks.contains_key(&name);
        if !known {
            if let Some(call) = self.pending.last_mut() {
                call.begun = true;
            }
            self.emit(&name, &start);
            return;
        }
        self.calls += 1;
        if self.calls > MOST_CALLS || self.pending.len() >= DEEPEST {
            self.stop("calls macros without end", &start);
            return;
        }
        let has_args = self.input.peek() == Some('(');
        if has_args {
            self.input.bump();
            self.pending.push(Pending {
                name,
                args: vec![String::new()],
                depth: 0,
                begun: false,
                start,
            });
            return;
        }
        // These are words of prose where no argument follows.
        if builtins::needs_args(&name) && !self.stacks.contains_key(&name) {
            self.emit(&name, &start);
            return;
        }
        let spot = self.input.ended(&start);
        self.call(&name, Vec::new(), &spot);
    }

    fn sign(&mut self, c: char, start: &Spot) {
        let Some(call) = self.pending.last_mut() else {
            self.emit(c.encode_utf8(&mut [0; 4]), start);
            return;
        };
        match c {
            ')' if call.depth == 0 => {
                if let Some(call) = self.pending.pop() {
                    let spot = self.input.ended(&call.start);
                    self.call(&call.name, call.args, &spot);
                }
                return;
            }
            ',' if call.depth == 0 => {
                call.args.push(String::new());
                call.begun = false;
                return;
            }
            ')' => call.depth -= 1,
            '(' => call.depth += 1,
            c if c.is_whitespace() && !call.begun => return,
            _ => {}
        }
        call.begun = true;
        self.emit(c.encode_utf8(&mut [0; 4]), start);
    }

    /// Puts text out: into the argument that is being read, else into the diversion.
    fn emit(&mut self, text: &str, start: &Spot) {
        if let Some(call) = self.pending.last_mut() {
            if let Some(arg) = call.args.last_mut() {
                arg.push_str(text);
            }
            return;
        }
        if self.divert < 0 {
            return;
        }
        let spot = self.input.ended(start);
        let (done, now) = self.lines.entry(self.divert).or_default();
        for (index, part) in text.split('\n').enumerate() {
            if index > 0 {
                done.extend(now.take());
            }
            if part.is_empty() {
                continue;
            }
            let line = now.get_or_insert_with(|| Line {
                text: String::new(),
                spot: spot.clone(),
            });
            line.text.push_str(part);
            line.spot = line.spot.to(&spot);
        }
    }

    fn call(&mut self, name: &str, args: Vec<String>, spot: &Spot) {
        if let Some(call) = self.pending.last_mut() {
            call.begun = true;
        }
        if let Some(known) = self.stacks.get(name).and_then(|stack| stack.last()) {
            let body = substitute(&known.body, name, &args, &self.quotes);
            self.push_text(&body, spot);
            return;
        }
        if name == "dnl" {
            while let Some(c) = self.input.bump() {
                if c == '\n' {
                    break;
                }
            }
            return;
        }
        builtins::call(self, name, &args, spot);
    }

    fn finish(mut self) -> Output {
        for (number, (mut done, now)) in std::mem::take(&mut self.lines) {
            done.extend(now);
            self.out.lines.insert(number, done);
        }
        let macros = self.stacks.into_iter();
        self.out.macros = macros
            .filter_map(|(name, mut stack)| Some((name, stack.pop()?)))
            .collect();
        self.out
    }

    /// Remembers that a name may stand for anything.
    pub(super) fn unknown(&mut self, name: &str, why: &str, spot: &Spot) {
        let what = format!("{} at {}", short(name), spot.shown());
        self.host.miss(&what, why);
        if self.out.unknown.len() < 100 {
            self.out.unknown.push(spot.clone());
        }
    }
}

/// Puts arguments in for `$1`, `$*`, `$@` and `$#`.
fn substitute(body: &str, name: &str, args: &[String], quotes: &(String, String)) -> String {
    let mut text = String::with_capacity(body.len());
    let mut chars = body.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '$' {
            text.push(c);
            continue;
        }
        match chars.peek() {
            Some('0') => text.push_str(name),
            Some('#') => text.push_str(&args.len().to_string()),
            Some('*') => text.push_str(&args.join(",")),
            Some('@') => {
                let quoted = args
                    .iter()
                    .map(|arg| format!("{}{arg}{}", quotes.0, quotes.1));
                text.push_str(&quoted.collect::<Vec<_>>().join(","));
            }
            Some(digit @ '1'..='9') => {
                let index = digit.to_digit(10).unwrap_or(1) as usize - 1;
                text.push_str(args.get(index).map_or("", String::as_str));
            }
            _ => {
                text.push('$');
                continue;
            }
        }
        chars.next();
        if text.len() > MOST_BYTES {
            break;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cell::Cell;

    struct Files(Cell<usize>);

    impl Host for Files {
        fn include(&self, path: &str, _: &str, silent: bool) -> Option<Arc<Text>> {
            match path {
                "self" => Some(Arc::new(Text::new("self", "include(`self')".into()))),
                "one" => Some(Arc::new(Text::new("one", "FEATURE(`from_one')".into()))),
                _ => {
                    self.0.set(self.0.get() + usize::from(!silent));
                    None
                }
            }
        }

        fn miss(&self, _: &str, _: &str) {
            self.0.set(self.0.get() + 1);
        }
    }

    fn play(text: &str) -> (Vec<String>, Vec<String>, usize) {
        let host = Files(Cell::new(0));
        let out = run(&host, &Arc::new(Text::new("x.mc", text.into())), true);
        let calls = out.calls.iter().map(|call| {
            format!(
                "{}({})@{}",
                call.name,
                call.args.join("|"),
                call.spot.line()
            )
        });
        let lines = out.lines.values().flatten().map(|line| line.text.clone());
        (calls.collect(), lines.collect(), host.0.get())
    }

    #[test]
    fn only_dnl_is_a_comment_once_the_library_is_there() {
        for (text, calls) in [
            ("FEATURE(`a')dnl", vec!["FEATURE(a)@1"]),
            ("dnl FEATURE(`a')\nFEATURE(`b')", vec!["FEATURE(b)@2"]),
            ("# FEATURE(`a')", vec!["FEATURE(a)@1"]),
            (
                "divert(-1)\n# FEATURE(`a')\ndivert(0)",
                vec!["FEATURE(a)@2"],
            ),
            // A quote in a header swallows what follows.
            (
                "divert(-1)\n# it`s\nFEATURE(`a')\n'\nFEATURE(`b')",
                vec!["FEATURE(b)@5"],
            ),
            ("`FEATURE(`a')'", vec![]),
            ("FEATURE (`a')", vec![]),
            ("the FEATURE macro", vec![]),
            ("xFEATURE(`a')", vec![]),
            ("FEATURE(a, `b c', (d, e))", vec!["FEATURE(a|b c|(d, e))@1"]),
            ("FEATURE(`a',dnl no\n`b')", vec!["FEATURE(a|b)@1"]),
            ("define(`x', `FEATURE(`$1')')\nx(`a')", vec!["FEATURE(a)@2"]),
            (
                "ifdef(`x', `FEATURE(`a')', `FEATURE(`b')')",
                vec!["FEATURE(b)@1"],
            ),
            (
                "define(`x')ifdef(`x', `FEATURE(`a')', `FEATURE(`b')')",
                vec!["FEATURE(a)@1"],
            ),
            (
                "ifelse(`1', `2', `FEATURE(`a')', `3', `3', `FEATURE(`b')', `FEATURE(`c')')",
                vec!["FEATURE(b)@1"],
            ),
            ("include(`one')", vec!["FEATURE(from_one)@1"]),
            ("undefine(`FEATURE')FEATURE(`a')", vec![]),
            ("changequote([,])FEATURE([a])", vec!["FEATURE(a)@1"]),
        ] {
            assert_eq!(play(text).0, calls, "{text}");
        }
    }

    #[test]
    fn text_that_is_not_diverted_away_goes_into_the_cf() {
        let text = "divert(-1)\nno\ndivert(0)dnl\nCwa b\ndefine(`v', `x y')dnl\nLOCAL_RULESETS\nSx\nR$*\t$#OK v\n";
        assert_eq!(play(text).1, ["Cwa b", "Sx", "R$*\t$#OK x y"]);
    }

    #[test]
    fn what_never_ends_is_ended() {
        for text in [
            "define(`a', `a a')a",
            "define(`a', `a(a(')a",
            "include(`self')",
            "FEATURE(`a'",
            "FEATURE(`a",
            "include(`absent')",
            "define(`a', `$1$1$1$1$1$1$1$1')a(a(a(a(a(a(a(a(a(a(aaaaaaaaaaaaaaaaaaaaaaaaaaa))))))))))",
        ] {
            assert!(play(text).2 > 0, "{text}");
        }
        assert_eq!(play("sinclude(`absent')").2, 0);
        assert_eq!(play(&" ".repeat(MOST_BYTES + 1)).2, 1);
    }

    proptest! {
        #[test]
        fn no_input_panics(words in proptest::collection::vec("define|FEATURE|ifelse|ifdef|dnl|\\(|\\)|,|`|'|a|\\$1|\n|#|include|divert|-1|changequote|changecom|defn|shift|translit|substr|len|index|pushdef|popdef|é| ", 0..40)) {
            play(&words.concat());
        }
    }
}
