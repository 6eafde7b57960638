//! Reads the dialogues in `tests/fixtures/wire/behaviours.txt`; they are played to the state machine
//! and over loopback.

/// The dialogues of every behaviour.
pub(super) const DIALOGUES: &str = include_str!("../../tests/fixtures/wire/behaviours.txt");

/// One dialogue.
pub(super) struct Dialogue {
    /// The behaviour it is with.
    pub(super) id: &'static str,
    /// Its lines.
    pub(super) lines: Vec<&'static str>,
}

impl Dialogue {
    /// Reads all dialogues of a text.
    pub(super) fn read(text: &'static str) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for line in text.lines() {
            if let Some(id) = line.strip_prefix("= ") {
                let lines = Vec::new();
                all.push(Self { id, lines });
            } else if !line.is_empty() && !line.starts_with('#') {
                all.last_mut().expect("an id first").lines.push(line);
            }
        }
        all
    }
}

/// One line of a dialogue.
pub(super) enum Turn {
    /// The banner and EHLO are over.
    Greeted,
    /// The client sends a command.
    Command(&'static str),
    /// The handshake takes place.
    Handshake,
    /// The client sends a message.
    Message,
    /// Time passes.
    Wait,
    /// The server says a line.
    Said(&'static str),
    /// The server says bytes.
    SaidRaw(&'static str),
    /// The server does something else.
    Done(&'static str),
}

impl Turn {
    /// Reads a line.
    pub(super) fn of(line: &'static str) -> Self {
        let (mark, text) = line.split_once(' ').unwrap_or((line, ""));
        match (mark, text) {
            ("...", _) => Self::Greeted,
            (">", "(tls)") => Self::Handshake,
            (">", "(message)") => Self::Message,
            (">", "(wait)") => Self::Wait,
            (">", command) => Self::Command(command),
            ("<", text) => Self::Said(text),
            ("<|", text) => Self::SaidRaw(text),
            ("!", what) => Self::Done(what),
            _ => panic!("no turn of a dialogue: {line}"),
        }
    }
}
