//! The scripts that start qmail-smtpd: its arguments, the rules of tcpserver, and the environment.
//!
//! In: a shell script, a line of inetd.conf, a unit. Out: what it starts qmail-smtpd with. Lines are cut into
//! words and statements as a shell does; nothing is expanded, no branch is decided.
//!
//! Limits: [`LONGEST`] bytes of a script. Values of variables are not followed.
//!
//! References: qmail-smtpd(8), tcpserver(1), envdir(8); the notes of the AUTH patches.

use crate::mtaconf::source::{Text, base_name};

/// The largest script that is looked at.
const LONGEST: usize = 1 << 18;

/// A word of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// The word without its quotes.
    pub(super) text: String,
    /// The physical line it begins on.
    pub(super) line: u32,
}

impl Word {
    /// Gives the name of a program without its directory.
    fn name(&self) -> &str {
        base_name(&self.text)
    }

    /// Tells whether a command may come after it: an assignment, a word of the shell.
    fn is_preamble(&self) -> bool {
        const WORDS: &[&str] = &["exec", "env", "nice", "then", "else", "do", "Environment"];
        self.text.contains('=') || WORDS.contains(&self.name())
    }
}

/// Programs that start the one behind them.
const LAUNCHERS: &[&str] = &[
    "exec",
    "env",
    "envdir",
    "tcpserver",
    "sslserver",
    "tcpsvd",
    "tcp-env",
    "softlimit",
    "setuidgid",
    "envuidgid",
    "chpst",
    "rblsmtpd",
    "fixcrio",
    "recordio",
    "spamdyke",
    "server_args",
];

/// What a script says of qmail-smtpd.
#[derive(Debug, Default)]
pub(super) struct Script {
    /// Each start of qmail-smtpd: its name, then its arguments.
    pub(super) starts: Vec<Vec<Word>>,
    /// The words that set RELAYCLIENT in its environment.
    pub(super) relays: Option<Word>,
    /// The files that tcpserver gets its rules from, without `.cdb`.
    pub(super) rules: Vec<Word>,
    /// Whether it listens beyond loopback; without tcpserver nothing is known.
    pub(super) loopback: bool,
    /// The directories that envdir takes the environment from.
    pub(super) envdirs: Vec<Word>,
}

/// Reads a script; nothing where it does not start qmail-smtpd.
pub(super) fn read(text: &Text) -> Option<Script> {
    let whole = text.as_str();
    if whole.len() > LONGEST || !whole.contains("qmail-smtpd") {
        return None;
    }
    let mut script = Script::default();
    let mut set: Option<Word> = None;
    for statement in statements(text) {
        environment(&statement, &mut set, &mut script.relays);
        let is_smtpd = |word: &Word| word.name() == "qmail-smtpd" && !word.text.contains('=');
        let Some(at) = statement.iter().position(is_smtpd) else {
            continue;
        };
        let (before, start) = statement.split_at(at);
        // A mention in a test or a message starts nothing.
        let starts = |word: &Word| LAUNCHERS.contains(&word.name());
        if before.iter().any(starts) || before.iter().all(Word::is_preamble) {
            launched(before, &mut script);
            script.starts.push(start.to_vec());
        }
    }
    (!script.starts.is_empty()).then_some(script)
}

/// Takes in what a statement does to the environment: `export X=`, `env X= command`, `X= command` and, where
/// it is exported elsewhere, `X=`.
fn environment(statement: &[Word], set: &mut Option<Word>, relays: &mut Option<Word>) {
    const NAME: &str = "RELAYCLIENT";
    let assigns = |word: &Word| {
        let text = word.text.strip_prefix("Environment=").unwrap_or(&word.text);
        text.strip_prefix(NAME)
            .is_some_and(|rest| rest.starts_with('='))
    };
    let Some(first) = statement.first() else {
        return;
    };
    let named = statement.iter().find(|word| word.text == NAME);
    let assignment = statement.iter().position(assigns);
    let assignment = assignment.and_then(|at| Some((at, statement.get(at)?)));
    match (first.text.as_str(), assignment, named) {
        ("unset", _, Some(_)) => {
            *set = None;
            *relays = None;
        }
        ("export", Some((_, word)), _) => *relays = Some(word.clone()),
        ("export", None, Some(word)) => *relays = Some(set.take().unwrap_or_else(|| word.clone())),
        (_, Some((at, word)), _) if statement.iter().take(at).all(Word::is_preamble) => {
            let alone = statement.iter().all(|word| word.text.contains('='));
            match alone && !word.text.starts_with("Environment") {
                true => *set = Some(word.clone()),
                false => *relays = Some(word.clone()),
            }
        }
        _ => {}
    }
}

/// Takes in what stands before qmail-smtpd in its statement: tcpserver and its options, envdir.
fn launched(before: &[Word], script: &mut Script) {
    let mut words = before.iter();
    while let Some(word) = words.next() {
        if word.name() == "envdir" {
            script.envdirs.extend(words.next().cloned());
        }
        let rules = word.text.strip_prefix("-x");
        match rules {
            Some("") => script.rules.extend(words.next().cloned()),
            Some(file) => script.rules.push(Word {
                text: file.to_owned(),
                line: word.line,
            }),
            // Options in one: -vRHx file.
            None if word.text.starts_with('-') && word.text.ends_with('x') => {
                script.rules.extend(words.next().cloned());
            }
            None => {}
        }
        let loopback = ["127.0.0.1", "::1", "localhost"].contains(&word.text.as_str());
        let port =
            |word: &&Word| matches!(word.text.as_str(), "smtp" | "25" | "submission" | "587");
        if loopback && words.clone().next().filter(port).is_some() {
            script.loopback = true;
        }
    }
    for rules in &mut script.rules {
        if let Some(source) = rules.text.strip_suffix(".cdb") {
            rules.text = source.to_owned();
        }
    }
}

/// What was cut so far.
#[derive(Default)]
struct Cut {
    statements: Vec<Vec<Word>>,
    statement: Vec<Word>,
    word: String,
    /// Whether a word has begun, be it empty, and on which line.
    begun: Option<u32>,
}

impl Cut {
    fn put(&mut self, c: char, line: u32) {
        self.begun.get_or_insert(line);
        self.word.push(c);
    }

    fn end_word(&mut self) {
        if let Some(line) = self.begun.take() {
            let text = std::mem::take(&mut self.word);
            self.statement.push(Word { text, line });
        }
    }

    fn end_statement(&mut self) {
        self.end_word();
        if !self.statement.is_empty() {
            self.statements.push(std::mem::take(&mut self.statement));
        }
    }
}

/// Cuts a script into statements, and those into words. Comments are left out; a line that ends in a backslash
/// goes on.
fn statements(text: &Text) -> Vec<Vec<Word>> {
    let mut cut = Cut::default();
    let (mut line, mut quote) = (1, None);
    let mut chars = text.as_str().chars().peekable();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', None | Some('"')) => match chars.next() {
                Some('\n') => line += 1,
                Some('\r') if chars.next_if_eq(&'\n').is_some() => line += 1,
                Some(next) => cut.put(next, line),
                None => {}
            },
            (c, Some(open)) if c == open => quote = None,
            (c, Some(_)) => {
                cut.put(c, line);
                line += u32::from(c == '\n');
            }
            ('"' | '\'' | '`', None) => {
                cut.begun.get_or_insert(line);
                quote = Some(c);
            }
            ('#', None) if cut.begun.is_none() => while chars.next_if(|c| *c != '\n').is_some() {},
            ('\n' | ';' | '|' | '(' | ')' | '{' | '}' | '&', None) if !is_inside(c, &cut.word) => {
                cut.end_statement();
                line += u32::from(c == '\n');
            }
            (' ' | '\t' | '\r', None) => cut.end_word(),
            (c, None) => cut.put(c, line),
        }
    }
    cut.end_statement();
    cut.statements
}

/// Tells whether a character belongs to the word before it and ends no statement: `${x}`, `2>&1`.
fn is_inside(c: char, word: &str) -> bool {
    match c {
        '{' | '(' => word.ends_with('$'),
        '}' => word.contains("${"),
        '&' => word.ends_with(['>', '<']),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn script(text: &str) -> Option<Script> {
        read(&Text::new("run", text.as_bytes().to_vec()))
    }

    fn texts(words: &[Word]) -> Vec<&str> {
        words.iter().map(|word| word.text.as_str()).collect()
    }

    #[test]
    fn reads_a_run_script() {
        let read = script(
            "#!/bin/sh\nQMAILDUID=`id -u qmaild`\nexec /usr/local/bin/softlimit -m 2000000 \\\n  \
             /usr/local/bin/tcpserver -v -R -l \"$LOCAL\" -x /etc/tcp.smtp.cdb \\\n  -u \"$QMAILDUID\" 0 smtp \\\n  \
             /var/qmail/bin/qmail-smtpd mail.example.com /bin/checkpassword /bin/true 2>&1\n",
        )
        .expect("a start");
        assert_eq!(
            texts(&read.starts[0]),
            [
                "/var/qmail/bin/qmail-smtpd",
                "mail.example.com",
                "/bin/checkpassword",
                "/bin/true",
                "2>&1"
            ]
        );
        assert_eq!(read.starts[0][1].line, 6);
        assert_eq!(texts(&read.rules), ["/etc/tcp.smtp"]);
        assert!(read.relays.is_none());
        assert!(!read.loopback);
    }

    #[test]
    fn knows_what_is_in_the_environment() {
        for (text, expected) in [
            ("RELAYCLIENT=\"\" exec qmail-smtpd\n", Some(1)),
            ("export RELAYCLIENT=\nexec qmail-smtpd\n", Some(1)),
            (
                "RELAYCLIENT=\nexport RELAYCLIENT\nexec qmail-smtpd\n",
                Some(1),
            ),
            (
                "exec env RELAYCLIENT= tcpserver 0 25 qmail-smtpd\n",
                Some(1),
            ),
            ("#export RELAYCLIENT=\nexec qmail-smtpd\n", None),
            ("RELAYCLIENT=\nexec qmail-smtpd\n", None),
            (
                "export RELAYCLIENT=\nunset RELAYCLIENT\nexec qmail-smtpd\n",
                None,
            ),
            ("X_RELAYCLIENT= exec qmail-smtpd\n", None),
        ] {
            let read = script(text).expect("a start");
            assert_eq!(read.relays.map(|word| word.line), expected, "{text}");
        }
    }

    #[test]
    fn knows_envdir_loopback_and_mentions() {
        let read =
            script("exec envdir ./env tcpserver -vRx tcp.smtp.cdb 127.0.0.1 smtp qmail-smtpd")
                .expect("a start");
        assert_eq!(texts(&read.envdirs), ["./env"]);
        assert_eq!(texts(&read.rules), ["tcp.smtp"]);
        assert!(read.loopback);
        assert!(script("echo starting qmail-smtpd\n").is_none());
        assert!(script("# qmail-smtpd\n").is_none());
        assert!(script("exec qmail-pop3d\n").is_none());
    }

    proptest! {
        #[test]
        fn no_input_panics(text in "([\\\\\"'`#;|&{}$ \n\r=é]|qmail-smtpd|-x|envdir|export|RELAYCLIENT){0,30}") {
            let _ = script(&format!("qmail-smtpd {text}"));
        }
    }
}
