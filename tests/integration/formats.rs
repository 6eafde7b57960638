//! All formats at once: text that means harm in a terminal, a page, a table, a shell or a workflow, put into banners, files
//! and logs, means nothing in any output; and the formats that others define, held against what reads them.
//!
//! A format without a check of its own fails here: say what its readers give a meaning to.

use crate::harness::{Ran, Servers, relaycheck};
use quick_xml::Reader;
use quick_xml::events::Event;
use relaycheck::report::FORMATS;
use relaycheck::server::behaviour;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use tempfile::TempDir;

/// Texts that mean harm somewhere. None has a line feed: that would end the line it is put into.
const HOSTILE: &[&str] = &[
    "=cmd()|'/c pwned'!A0",
    "+pwned()",
    "-pwned()",
    "@SUM(pwned)",
    "\t=pwned()",
    "\r=pwned()",
    "\u{ff1d}pwned()",
    "\x1b[31m\x1b]0;pwned\x07",
    "\u{9b}31mpwned",
    "</script><script>alert('pwned')</script>",
    "<img src=x onerror=pwned>&amp;&lt;",
    "]]>pwned<![CDATA[",
    "--><!--pwned",
    "\u{202e}denwp\u{2066}",
    "\u{2028}pwned\u{2029}",
    "\u{feff}\u{200b}pwned\u{ad}",
    "\u{ffff}pwned\u{fffe}",
    "\0pwned\x7f",
    "::error file=pwned::x",
    "##[error]pwned ::set-output name=x::y",
    "%0A%0D::error::pwned",
    "| `pwned` | $(pwned) $HOME ~ \"'`",
    "[pwned](javascript:pwned) ![](x) @pwned #1",
    "\",\"\"pwned\n",
    "\\\"} 1 # pwned",
    "a\\|<b>pwned | `x``<i>`",
];

/// Names that mean harm: of a directory, and of a log.
const CONFIGURATION: &str =
    "=cmd() ]]><script>pwned|`$(pwned)\u{202e}\x1b[31m\n::error::pwned,%0A:\r";
const LOG: &str = "=cmd() ]]><script>pwned|`$\u{202e}\x1b[31m\n::error::pwned.log";

/// Characters of which none may reach any output.
const FORBIDDEN: &[char] = &[
    '\0', '\t', '\r', '\x07', '\x1b', '\x7f', '\u{9b}', '\u{ad}', '\u{200b}', '\u{202e}',
    '\u{2028}', '\u{2029}', '\u{2066}', '\u{feff}',
];

/// A line of a megabyte; a reply that is longer than 1 MiB would be none.
fn flood() -> String {
    "A".repeat(1_000_000)
}

/// Gives the texts without what ends a line.
fn lines() -> impl Iterator<Item = String> {
    HOSTILE.iter().map(|text| text.replace('\n', ""))
}

/// Serves SMTP twice: relays, refuses users that cannot exist, and says everything there is in every reply; the second
/// begins its greeting with a line of a megabyte.
fn serve() -> [SocketAddr; 2] {
    [listen(None), listen(Some(flood()))]
}

fn listen(flood: Option<String>) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that hangs up ends its dialogue, nothing else.
            let flood = flood.clone();
            thread::spawn(move || talk(stream, flood).ok());
        }
    });
    address
}

fn talk(mut stream: TcpStream, flood: Option<String>) -> std::io::Result<()> {
    let said = |code: &str| {
        let mut reply = String::new();
        for line in lines() {
            reply.push_str(&format!("{code}-{line}\r\n"));
        }
        format!("{reply}{code} =pwned()\r\n")
    };
    let mut reader = BufReader::new(stream.try_clone()?);
    if let Some(flood) = flood {
        stream.write_all(format!("220-{flood}\r\n").as_bytes())?;
    }
    stream.write_all(said("220").as_bytes())?;
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let reply = match verb.as_str() {
            "RCPT" if line.contains("@example.com>") || line.contains("@example.net>") => {
                said("250")
            }
            "RCPT" => "550 5.1.2 Domain not found\r\n".to_owned(),
            "QUIT" => said("221"),
            _ => said("250"),
        };
        stream.write_all(reply.as_bytes())?;
    }
}

/// A directory whose name means harm, with an open Postfix in it that does too.
fn configuration(place: &Path) {
    let inside = place.join(CONFIGURATION);
    fs::create_dir(&inside).expect("a directory");
    let mut main = String::from("mynetworks = 0.0.0.0/0\n");
    for (number, line) in lines().enumerate() {
        main.push_str(&format!("# {line}\nx{number} = {line}\n"));
    }
    let tables: Vec<String> = lines()
        .map(|line| {
            format!(
                "check_client_access hash:/nowhere/{}",
                line.replace(' ', "_")
            )
        })
        .collect();
    main.push_str(&format!(
        "smtpd_recipient_restrictions = {}, permit\nrelay_domains = {}\nmyhostname = {}\n",
        tables.join(", "),
        flood(),
        HOSTILE[0],
    ));
    fs::write(inside.join("main.cf"), main).expect("room");
    fs::write(inside.join("master.cf"), "smtp inet n - y - - smtpd\n").expect("room");
}

/// A log whose name means harm, of messages that were relayed for senders and accounts that do too.
fn log(place: &Path) {
    let mut text = String::new();
    for (number, line) in lines().chain([flood()]).enumerate() {
        let id = format!("{:X}", 0xA0_0000 + number);
        let stamp = format!(
            "Mar  2 07:{:02}:{:02} mail postfix",
            number / 60,
            number % 60
        );
        text.push_str(&format!(
            "{stamp}/smtpd[7]: {id}: client=unknown[203.0.113.7]\n\
             {stamp}/qmgr[9]: {id}: from=<{line}@example.net>, size=500, nrcpt=1 (queue active)\n\
             {stamp}/smtp[10]: {id}: to=<b@example.org>, relay=mx.example.org[198.51.100.25]:25, delay=1, \
             delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok {line})\n\
             {stamp}/qmgr[9]: {id}: removed\n"
        ));
    }
    fs::write(place.join(LOG), text).expect("room");
}

/// Runs the three audits in a format.
fn audits(place: &Path, servers: [SocketAddr; 2], format: &str) -> [Ran; 3] {
    let [relay, endless] = servers.map(|server| server.to_string());
    let wire = [
        "-f",
        format,
        "--profile",
        "quick",
        "--transcript",
        &relay,
        &endless,
    ];
    let conf = [
        "config",
        "-f",
        format,
        "--policy",
        "--hostname",
        "mail.example.com",
        "--",
    ];
    let logs = [
        "logs",
        "-f",
        format,
        "--own-domain=example.com",
        "--timezone=UTC",
        "--year=2026",
        "--",
    ];
    let run = |args: &[&str], path: Option<&str>| {
        let args = args.iter().copied().chain(path);
        relaycheck().folder(place).args(args).run()
    };
    [
        run(&wire, None),
        run(&conf, Some(CONFIGURATION)),
        run(&logs, Some(LOG)),
    ]
}

#[test]
fn what_means_harm_means_nothing_in_any_format() {
    let place = tempfile::tempdir().expect("a directory");
    configuration(place.path());
    log(place.path());
    let servers = serve();
    for format in FORMATS {
        let name = format.name;
        let mut carried = 0;
        for ran in audits(place.path(), servers, name) {
            let found = if format.state.is_some() { 2 } else { 1 };
            assert_eq!(ran.code, found, "{name}: {}{}", ran.stderr, ran.stdout);
            let text = &ran.stdout;
            for forbidden in FORBIDDEN {
                assert!(
                    !text.contains(*forbidden),
                    "{name}: {forbidden:?} came through"
                );
            }
            assert!(text.len() < 8 << 20, "{name}: {} bytes", text.len());
            carried += usize::from(text.contains("pwned"));
            hold(name, text);
        }
        // Else nothing of it was there to be escaped.
        let expected = if name == "prometheus" { 0 } else { 1 };
        assert!(carried >= expected, "{name} has nothing of what was said");
    }
}

/// Fails where a text is more to the readers of a format than it should.
fn hold(format: &str, text: &str) {
    match format {
        "human" => {}
        "json" | "sarif" => drop(parsed(text)),
        "jsonl" | "intelmq" => text.lines().map(parsed).for_each(drop),
        "csv" => hold_csv(text),
        "junit" => hold_junit(text),
        "markdown" => hold_markdown(text),
        "html" => hold_html(text),
        "github" => {
            for line in text.lines() {
                let ours = ["::error ", "::warning ", "::notice ", "relaycheck: "];
                assert!(ours.iter().any(|start| line.starts_with(start)), "{line}");
                let properties = line
                    .strip_prefix("::")
                    .and_then(|line| line.split_once("::"));
                let Some((head, _)) = properties else {
                    continue;
                };
                let names = head.split_once(' ').expect("properties").1.split(',');
                let names: Vec<&str> = names
                    .map(|pair| pair.split('=').next().expect("a name"))
                    .collect();
                let known = ["file", "line", "col", "endColumn", "title"];
                assert!(names.iter().all(|name| known.contains(name)), "{line}");
                // A colon too many would end the command before its last property.
                assert_eq!(names.last(), Some(&"title"), "{line}");
            }
        }
        "nagios" => {
            assert!(text.len() < 8_192, "{} bytes", text.len());
            assert!(text.starts_with("RELAYCHECK CRITICAL - "), "{text}");
            let (first, rest) = text.split_once('\n').expect("a line");
            assert_eq!(first.matches('|').count(), 1, "{first}");
            assert!(!rest.contains('|'), "{rest}");
            assert!(
                !text.contains(['`', '~', '$', '&', '\'', '"', '<', '>']),
                "{text}"
            );
        }
        "prometheus" => {
            for line in text.lines() {
                let comment = line.starts_with("# HELP relaycheck_")
                    || line.starts_with("# TYPE relaycheck_");
                let value = line
                    .rsplit_once("} ")
                    .map(|(_, value)| value.parse::<f64>().is_ok());
                assert!(
                    comment || line.starts_with("relaycheck_") && value == Some(true),
                    "{line}"
                );
            }
        }
        other => panic!("say what the readers of {other} give a meaning to"),
    }
}

fn parsed(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

fn hold_csv(text: &str) {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut count = 0;
    for record in reader.records() {
        // Records of another length are an error.
        for cell in &record.expect("a record") {
            let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\u{ff1d}']);
            assert!(!formula, "{cell}");
            assert!(cell.chars().count() < 32_767, "{} characters", cell.len());
        }
        count += 1;
    }
    assert!(count > 2);
    // One line each.
    assert_eq!(text.lines().count(), count);
}

fn hold_junit(text: &str) {
    assert!(!text.contains("]]>") && !text.contains("<!"), "{text}");
    assert!(!text.contains(['\u{fffe}', '\u{ffff}']));
    let known = [
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
        "error",
        "skipped",
        "system-out",
    ];
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event().expect("XML") {
            Event::Eof => break,
            Event::Start(start) | Event::Empty(start) => {
                assert!(known.contains(&start.name().as_ref()), "{start:?}");
                for attribute in start.attributes() {
                    attribute.expect("an attribute");
                }
            }
            Event::Comment(_) | Event::CData(_) | Event::PI(_) | Event::DocType(_) => {
                panic!("not ours: {text}")
            }
            _ => {}
        }
    }
}

fn hold_html(text: &str) {
    let page = scraper::Html::parse_document(text);
    assert_eq!(page.errors, [""; 0]);
    let known = [
        "html", "head", "body", "meta", "title", "style", "script", "header", "main", "footer",
        "nav", "section", "article", "div", "span", "p", "h1", "h2", "h3", "h4", "ul", "li", "dl",
        "dt", "dd", "b", "br", "a", "code", "pre", "time", "table", "thead", "tbody", "tr", "th",
        "td", "details", "summary", "button", "input", "figure", "svg", "desc", "circle", "rect",
        "text",
    ];
    let attributes = [
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "id",
        "href",
        "datetime",
        "open",
        "hidden",
        "type",
        "scope",
        "colspan",
        "rowspan",
        "role",
        "placeholder",
        "viewBox",
        "height",
        "width",
        "preserveAspectRatio",
        "cx",
        "cy",
        "r",
        "rx",
        "x",
        "y",
        "pathLength",
        "stroke-dasharray",
        "stroke-dashoffset",
        "transform",
    ];
    let mut own = [0, 0];
    for node in page.root_element().descendent_elements() {
        let element = node.value();
        assert!(known.contains(&element.name()), "<{}>", element.name());
        for (name, value) in element.attrs() {
            let ours =
                name.starts_with("aria-") || name == "data-verdict" || attributes.contains(&name);
            assert!(ours, "{name}={value}");
            assert!(name != "href" || value.starts_with('#'), "{value}");
            // Names of ours, never a text of others.
            assert!(!value.contains("pwned"), "{name}={value}");
        }
        match element.name() {
            "script" => own[0] += 1,
            "style" => own[1] += 1,
            _ => continue,
        }
        assert!(!node.inner_html().contains("pwned"));
    }
    assert_eq!(own, [1, 1]);
    // Comments, declarations and the like that are not ours.
    assert!(!text.contains("<!--") && !text.contains("]]>"));
    assert_eq!(text.matches("<!").count(), 1);
}

fn hold_markdown(text: &str) {
    assert!(text.len() <= 65_536, "{} bytes", text.len());
    for line in text.lines() {
        let bare = without_code(line);
        let ours = ["<details><summary>What to do</summary>", "</details>"];
        assert!(ours.contains(&line) || !bare.contains('<'), "{line}");
        for meaning in ["](", "@", "://", "javascript:", "#1", "$("] {
            assert!(!bare.contains(meaning), "{meaning} in {line}");
        }
    }
}

/// Takes the code spans out of a line, as CommonMark finds them.
fn without_code(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        out.push_str(&rest[..start]);
        let fence = rest[start..].chars().take_while(|c| *c == '`').count();
        let behind = &rest[start + fence..];
        let mut at = 0;
        let end = loop {
            let Some(found) = behind[at..].find('`') else {
                break None;
            };
            let run = behind[at + found..]
                .chars()
                .take_while(|c| *c == '`')
                .count();
            if run == fence {
                break Some(at + found + run);
            }
            at += found + run;
        };
        match end {
            Some(end) => rest = &behind[end..],
            None => {
                out.push_str(&rest[start..start + fence]);
                rest = behind;
            }
        }
    }
    out + rest
}

#[test]
fn a_plugin_has_its_own_codes_and_says_unknown_on_trouble() {
    for (id, code, word) in [
        ("open", 2, "CRITICAL"),
        ("closed", 0, "OK"),
        ("accept-all", 3, "UNKNOWN"),
        ("silent", 3, "UNKNOWN"),
    ] {
        let servers = Servers::start(&[*behaviour(id).expect("a behaviour")]);
        let ran = relaycheck()
            .args(["--profile", "quick", "--timeout", "1s", "-f", "nagios"])
            .arg(servers.target())
            .run();
        assert_eq!(ran.code, code, "{id}: {}", ran.stderr);
        let start = format!("RELAYCHECK {word} - ");
        assert!(ran.stdout.starts_with(&start), "{id}: {}", ran.stdout);
    }
    let dir = tempfile::tempdir().expect("a directory");
    let closed = dir.path().join("smtpd.conf");
    fs::write(
        &closed,
        "listen on 0.0.0.0\naction \"a\" mbox\nmatch from any for local action \"a\"\n",
    )
    .expect("room");
    let closed = closed.to_str().expect("UTF-8");
    for args in [
        &["--format=nagios", "--no-such-option"][..],
        &["-f", "nagios"],
        &["-qf", "nagios", "-i", "/nowhere"],
        &["config", "-fnagios", "/nowhere"],
        // A part of the work was done: one line all the same.
        &["config", "-f", "nagios", closed, "/nowhere"],
    ] {
        let ran = relaycheck().args(args.iter().copied()).run();
        assert_eq!(ran.code, 3, "{args:?}: {}", ran.stderr);
        assert!(
            ran.stdout.starts_with("RELAYCHECK UNKNOWN - "),
            "{args:?}: {}",
            ran.stdout
        );
        assert_eq!(
            ran.stdout.matches("RELAYCHECK").count(),
            1,
            "{}",
            ran.stdout
        );
        assert!(!ran.stderr.is_empty(), "{args:?}");
    }
    // In a file it is a report as any other.
    let line = dir.path().join("line");
    let output = format!("nagios={}", line.to_str().expect("UTF-8"));
    let ran = relaycheck()
        .args(["config", "-o", &output, "/nowhere"])
        .run();
    assert_eq!(ran.code, 2, "{}", ran.stderr);
}

/// Reports to hold against the tools that read them.
fn reports(format: &str) -> (TempDir, [Ran; 3]) {
    let place = tempfile::tempdir().expect("a directory");
    configuration(place.path());
    log(place.path());
    let ran = audits(place.path(), serve(), format);
    (place, ran)
}

/// Runs a tool with a text on its standard input.
fn judged(mut tool: Command, text: &str) {
    tool.stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = tool.spawn().expect("the tool is installed");
    let mut input = child.stdin.take().expect("its input");
    input.write_all(text.as_bytes()).expect("it reads");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{told}");
    // promtool warns of what it would rather not see.
    assert!(told.trim().is_empty() || told == text, "{told}");
}

#[test]
#[ignore = "needs xmllint"]
fn junit_is_what_its_schema_wants() {
    let schema = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/schema/junit-10.xsd"
    );
    for ran in reports("junit").1 {
        let mut tool = Command::new("xmllint");
        tool.args(["--noout", "--schema", schema, "-"]);
        judged(tool, &ran.stdout);
    }
}

#[test]
#[ignore = "needs promtool, or its path in PROMTOOL"]
fn prometheus_takes_the_metrics() {
    for ran in reports("prometheus").1 {
        let tool = std::env::var("PROMTOOL").unwrap_or_else(|_| "promtool".to_owned());
        let mut tool = Command::new(tool);
        tool.args(["check", "metrics"]);
        judged(tool, &ran.stdout);
    }
}
