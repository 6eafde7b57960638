//! Starts and stops one real mail server in its private root.
//!
//! In: a mail server and the directory of one of its configurations. Out: a running daemon, and its
//! end when the value is dropped.
//!
//! The root is shared and never written to: configuration, queue, mailboxes and run files of a server
//! are directories of its own, bound over the root's in a mount namespace, so that every configuration
//! uses the paths an admin would use. The daemon runs in a process namespace whose first process is
//! a shell that waits for the end of its standard input: when this side lets go of the pipe, by
//! dropping it or by dying, the kernel ends the daemon and everything it started.
//!
//! Limits: [`PATIENCE`] for a server to answer.
//!
//! References: postfix master(8), exim4(8) -bdf, sendmail(8) -bD, smtpd(8) -d; pid_namespaces(7).

use crate::client::OFFICE;
use crate::inside::{roots, scratch};
use crate::sink::TOKEN;
use crate::table::{Mta, Row};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(40);

/// A directory of a server's own: path in the root, owner, group, mode.
type Dir = (&'static str, &'static str, &'static str, u32);

/// What one kind of mail server needs to run.
struct Needs {
    /// Bound over the root, in this order; a directory below another one of the list is only made.
    dirs: &'static [Dir],
    /// Where the configuration goes.
    conf: &'static str,
    /// Files of `conf/<mta>` that every configuration of it gets unless it has its own.
    common: &'static [&'static str],
    /// The group of the TLS key and its mode: Exim reads it as its own user, Sendmail refuses one that
    /// a group can read.
    key: (&'static str, u32),
    /// What the shell in the root runs; the daemon stays in the foreground.
    start: &'static str,
}

fn needs(mta: Mta) -> Needs {
    match mta {
        Mta::Postfix => Needs {
            dirs: &[
                ("etc/postfix", "root", "root", 0o755),
                ("var/lib/postfix", "postfix", "root", 0o755),
                ("var/spool/postfix", "root", "root", 0o755),
                ("var/spool/postfix/pid", "root", "root", 0o755),
                ("var/spool/postfix/active", "postfix", "root", 0o700),
                ("var/spool/postfix/bounce", "postfix", "root", 0o700),
                ("var/spool/postfix/corrupt", "postfix", "root", 0o700),
                ("var/spool/postfix/defer", "postfix", "root", 0o700),
                ("var/spool/postfix/deferred", "postfix", "root", 0o700),
                ("var/spool/postfix/flush", "postfix", "root", 0o700),
                ("var/spool/postfix/hold", "postfix", "root", 0o700),
                ("var/spool/postfix/incoming", "postfix", "root", 0o700),
                ("var/spool/postfix/private", "postfix", "root", 0o700),
                ("var/spool/postfix/saved", "postfix", "root", 0o700),
                ("var/spool/postfix/trace", "postfix", "root", 0o700),
                ("var/spool/postfix/maildrop", "postfix", "postdrop", 0o1730),
                ("var/spool/postfix/public", "postfix", "postdrop", 0o2710),
            ],
            conf: "etc/postfix",
            common: &["master.cf"],
            key: ("root", 0o600),
            start: "exec /usr/lib/postfix/sbin/master -d",
        },
        Mta::Exim => Needs {
            dirs: &[
                ("etc/exim4", "root", "root", 0o755),
                ("var/spool/exim4", "Debian-exim", "Debian-exim", 0o750),
                ("var/log/exim4", "Debian-exim", "Debian-exim", 0o750),
                ("run/exim4", "Debian-exim", "Debian-exim", 0o750),
            ],
            conf: "etc/exim4",
            common: &["routers.conf", "transports.conf"],
            key: ("Debian-exim", 0o640),
            start: "exec /usr/sbin/exim4 -bdf",
        },
        Mta::Sendmail => Needs {
            dirs: &[
                ("etc/mail", "root", "root", 0o755),
                ("var/spool/mqueue", "root", "root", 0o700),
            ],
            conf: "etc/mail",
            common: &["service.switch", "aliases"],
            key: ("root", 0o600),
            // What Debian's Makefile in /etc/mail does.
            start: "cd /etc/mail
                cf=/usr/share/sendmail/cf
                m4 -D_CF_DIR_=$cf/ $cf/m4/cf.m4 sendmail.mc >sendmail.cf || exit
                for map in access virtusertable; do
                    [ ! -f $map ] || makemap hash $map <$map || exit
                done
                /usr/libexec/sendmail/newaliases || exit
                exec /usr/libexec/sendmail/sendmail -bD",
        },
        Mta::OpenSmtpd => Needs {
            dirs: &[
                ("etc/opensmtpd", "root", "root", 0o755),
                ("var/spool/smtpd", "root", "root", 0o711),
            ],
            conf: "etc/opensmtpd",
            common: &[],
            key: ("root", 0o600),
            start: "exec /usr/sbin/smtpd -d -f /etc/opensmtpd/smtpd.conf",
        },
    }
}

/// Directories every server gets.
const COMMON_DIRS: &[Dir] = &[
    ("etc/ssl/interop", "root", "root", 0o755),
    ("run", "root", "root", 0o755),
    ("var/mail", "root", "mail", 0o1777),
];

/// What the first process of the namespace does. `$0` is the root, `$1` the state directory, `$2`
/// what to run, the rest what to bind.
const KEEPER: &str = r#"
    root=$0 state=$1 start=$2
    shift 2
    for path in "$@"; do
        mount --bind "$state/$path" "$root/$path" || exit
    done
    trap 'exit 1' TERM
    {
        chroot "$root" /bin/sh -c "$start" </dev/null >"$state/output" 2>&1
        echo "ended with $?" >>"$state/output"
        kill -TERM $$
    } &
    read -r _
"#;

/// A running mail server.
pub(crate) struct Server {
    child: Child,
    hold: Option<ChildStdin>,
    state: PathBuf,
    log: Arc<Mutex<Vec<String>>>,
    name: String,
}

impl Server {
    /// Starts the server a row is about and returns before it answers.
    pub(crate) fn start(row: &Row) -> Result<Self> {
        let needs = needs(row.mta);
        let root = roots().join(row.mta.name());
        let state = scratch()?.join(row.mta.name()).join(row.name);
        let users = Users::read(&root)?;
        let mut binds = vec!["dev/log"];
        for dir in COMMON_DIRS.iter().chain(needs.dirs) {
            let (path, owner, group, mode) = *dir;
            let full = state.join(path);
            fs::create_dir_all(&full).with_context(|| format!("cannot make {}", full.display()))?;
            chown(&full, Some(users.user(owner)?), Some(users.group(group)?))?;
            fs::set_permissions(&full, fs::Permissions::from_mode(mode))?;
            if !binds.iter().any(|bound| below(bound, path)) {
                binds.push(path);
            }
        }
        let conf = state.join(needs.conf);
        let source = sources().join(row.mta.name());
        for name in needs.common {
            copy(&source.join(name), &conf.join(name))?;
        }
        copy_tree(&source.join(row.name), &conf)?;
        let (group, mode) = needs.key;
        certificate(&state.join("etc/ssl/interop"), users.group(group)?, mode)?;
        let log = listen(&state)?;

        let mut child = Command::new("unshare")
            .args(["--mount", "--pid", "--fork", "--kill-child=KILL"])
            .args(["--", "/bin/sh", "-c", KEEPER])
            .arg(&root)
            .arg(&state)
            .arg(needs.start)
            .args(&binds)
            .stdin(Stdio::piped())
            .spawn()
            .context("cannot start unshare")?;
        Ok(Self {
            hold: child.stdin.take(),
            child,
            state,
            log,
            name: row.server(),
        })
    }

    /// Waits until an address of the server greets.
    pub(crate) fn wait(&mut self, at: SocketAddr) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        loop {
            if greets(at) {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("{} did not start ({status}):\n{}", self.name, self.said());
            }
            if Instant::now() > until {
                bail!("{} does not answer at {at}:\n{}", self.name, self.said());
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Whether a mailbox of the server holds a token; gives the file it is in.
    pub(crate) fn mailbox_with(&self, token: &str) -> Result<Option<String>> {
        find(&self.state.join("var/mail"), &format!("{TOKEN}: {token}\n"))
    }

    /// Gives every line the server sent to syslog.
    pub(crate) fn logged(&self) -> Vec<String> {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Gives what the server wrote on its standard output and error.
    pub(crate) fn output(&self) -> String {
        fs::read_to_string(self.state.join("output")).unwrap_or_default()
    }

    /// Gives the main log that Exim keeps itself.
    pub(crate) fn main_log(&self) -> Result<String> {
        let path = self.state.join("var/log/exim4/mainlog");
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }

    /// Gives the last lines the server wrote and logged.
    pub(crate) fn said(&self) -> String {
        let mut said = self.output();
        for entry in fs::read_dir(self.state.join("var/log/exim4"))
            .into_iter()
            .flatten()
        {
            let path = entry.map(|entry| entry.path());
            said.push_str(&path.and_then(fs::read_to_string).unwrap_or_default());
        }
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        said.push_str(&log.join("\n"));
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The shell sees the end of its input and ends; its namespace ends with it.
        drop(self.hold.take());
        let until = Instant::now() + Duration::from_secs(5);
        while Instant::now() < until {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        // `--kill-child` takes the namespace along.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Gives the directory of all configurations.
pub(crate) fn sources() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/interop/conf")
}

/// Whether `path` is `dir` or below it.
fn below(dir: &str, path: &str) -> bool {
    Path::new(path).starts_with(dir)
}

/// Connects as the office does and reads the beginning of a greeting.
fn greets(at: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((OFFICE, 0)).into())?;
        socket.connect_timeout(&at.into(), Duration::from_secs(2))?;
        let mut stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let mut code = [0; 3];
        stream.read_exact(&mut code)?;
        stream.write_all(b"QUIT\r\n")?;
        Ok(&code == b"220")
    };
    ask().unwrap_or(false)
}

/// Takes what the server sends to syslog.
fn listen(state: &Path) -> Result<Arc<Mutex<Vec<String>>>> {
    let dev = state.join("dev");
    fs::create_dir_all(&dev)?;
    let path = dev.join("log");
    let socket =
        UnixDatagram::bind(&path).with_context(|| format!("cannot make {}", path.display()))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666))?;
    let log = Arc::new(Mutex::new(Vec::new()));
    let keeper = Arc::clone(&log);
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(length) = socket.recv(&mut bytes) {
            let line = String::from_utf8_lossy(&bytes[..length]).into_owned();
            keeper
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(line);
        }
    });
    Ok(log)
}

/// Writes a fresh certificate and its key.
fn certificate(into: &Path, group: u32, mode: u32) -> Result<()> {
    let made = rcgen::generate_simple_self_signed(vec!["mx.interop.test".to_owned()])
        .context("cannot make a certificate")?;
    fs::write(into.join("cert.pem"), made.cert.pem())?;
    let key = into.join("key.pem");
    fs::write(&key, made.signing_key.serialize_pem())?;
    fs::set_permissions(&key, fs::Permissions::from_mode(mode))?;
    chown(&key, Some(0), Some(group))?;
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
    // Mail servers refuse files that others may write, whatever the checkout's umask was.
    fs::set_permissions(to, fs::Permissions::from_mode(0o644))?;
    Ok(())
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    let entries =
        fs::read_dir(from).with_context(|| format!("no configuration {}", from.display()))?;
    for entry in entries {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&target)?;
            copy_tree(&entry.path(), &target)?;
        } else {
            copy(&entry.path(), &target)?;
        }
    }
    Ok(())
}

/// Looks for a file with a token below a directory.
fn find(dir: &Path, token: &str) -> Result<Option<String>> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            if let Some(found) = find(&entry.path(), token)? {
                return Ok(Some(found));
            }
            continue;
        }
        // A file of a maildir may have moved on since it was listed.
        let text = fs::read(entry.path()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).replace("\r\n", "\n");
        if text.contains(token) {
            return Ok(Some(text));
        }
    }
    Ok(None)
}

/// The users and groups of a root, which the machine does not know.
struct Users {
    users: String,
    groups: String,
}

impl Users {
    fn read(root: &Path) -> Result<Self> {
        let read = |name: &str| {
            let path = root.join("etc").join(name);
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
        };
        Ok(Self {
            users: read("passwd")?,
            groups: read("group")?,
        })
    }

    fn user(&self, name: &str) -> Result<u32> {
        third(&self.users, name)
    }

    fn group(&self, name: &str) -> Result<u32> {
        third(&self.groups, name)
    }
}

fn third(lines: &str, name: &str) -> Result<u32> {
    let found = lines.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1))?
    });
    let id = found.with_context(|| format!("no {name} in the root"))?;
    ensure!(!id.is_empty(), "no id for {name}");
    Ok(id.parse()?)
}
