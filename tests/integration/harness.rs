//! Runs the binary against embedded servers: arguments and input in, streams and exit code out.
//!
//! The environment is scrubbed: no variable of the machine reaches the command. Every test names its own
//! addresses; nothing is resolved but by a name server of the tests.

use assert_cmd::Command;
use relaycheck::server::{Behaviour, Server};
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::runtime::Runtime;

/// How long a command of the tests may take at all.
const LIMIT: Duration = Duration::from_secs(120);

/// Servers that live as long as this value.
pub(crate) struct Servers {
    pub(crate) all: Vec<Server>,
    /// Serves them; held for as long as they are to live.
    _runtime: Runtime,
}

impl Servers {
    /// Starts one server for each behaviour, at the same address and ports of their own.
    pub(crate) fn start(behaviours: &[Behaviour]) -> Self {
        let addresses = std::iter::repeat(IpAddr::V4(Ipv4Addr::LOCALHOST));
        Self::start_at(behaviours.iter().zip(addresses))
    }

    /// Starts servers at addresses of the caller's choice.
    pub(crate) fn start_at<'a>(wanted: impl Iterator<Item = (&'a Behaviour, IpAddr)>) -> Self {
        Self::start_on(wanted.map(|(behaviour, address)| (behaviour, SocketAddr::new(address, 0))))
    }

    /// Starts servers at addresses and ports of the caller's choice; zero is any port.
    pub(crate) fn start_on<'a>(wanted: impl Iterator<Item = (&'a Behaviour, SocketAddr)>) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let all = wanted
            .map(|(behaviour, address)| {
                runtime
                    .block_on(Server::start(behaviour, address))
                    .expect("a server")
            })
            .collect();
        Self {
            all,
            _runtime: runtime,
        }
    }

    /// Gives the target of the first server as a user would write it.
    pub(crate) fn target(&self) -> String {
        self.all[0].address().to_string()
    }
}

/// A command in the making.
pub(crate) struct Run {
    command: Command,
}

/// What came of it.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Begins a command.
pub(crate) fn relaycheck() -> Run {
    let mut command = Command::cargo_bin("relaycheck").expect("the binary");
    command.env_clear().timeout(LIMIT);
    Run { command }
}

/// Begins a command under a limit, given as options of the shell's `ulimit`.
pub(crate) fn relaycheck_limited(limit: &str) -> Run {
    let mut command = Command::new("sh");
    let script = format!("ulimit {limit} && exec \"$0\" \"$@\"");
    command
        .env_clear()
        .timeout(LIMIT)
        .args(["-c", &script, env!("CARGO_BIN_EXE_relaycheck")]);
    Run { command }
}

impl Run {
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn args<'a>(mut self, args: impl IntoIterator<Item = &'a str>) -> Self {
        self.command.args(args);
        self
    }

    /// Runs it in a folder.
    #[cfg(unix)]
    pub(crate) fn folder(mut self, folder: &std::path::Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub(crate) fn arg(self, arg: impl AsRef<str>) -> Self {
        self.args([arg.as_ref()])
    }

    pub(crate) fn stdin(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.command.write_stdin(input);
        self
    }

    pub(crate) fn run(mut self) -> Ran {
        let output = self.command.output().expect("the command runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is text");
        let ran = Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        };
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        for stream in [&ran.stdout, &ran.stderr] {
            let stray = stream.chars().find(|c| c.is_control() && *c != '\n');
            assert_eq!(
                stray, None,
                "a control character reached the output: {stream}"
            );
        }
        ran
    }
}

impl Ran {
    /// Reads standard output as one JSON document.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|e| panic!("{e}: {}\n{}", self.stdout, self.stderr))
    }

    /// Reads standard output as JSON lines.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let line = |line: &str| serde_json::from_str(line).expect("a JSON line");
        self.stdout.lines().map(line).collect()
    }
}

/// Gives verdict and reason of a result.
pub(crate) fn said(result: &Value) -> (String, Option<String>) {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    (
        text(&result["verdict"]).expect("a verdict"),
        text(&result["reason"]),
    )
}

/// Gives what a behaviour deserves in the same form.
pub(crate) fn deserved(behaviour: &Behaviour) -> (String, Option<String>) {
    (
        behaviour.verdict.as_str().to_owned(),
        behaviour.reason.map(|reason| reason.as_str().to_owned()),
    )
}
