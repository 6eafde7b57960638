//! What m4 and the macros of sendmail's library do, one by one.
//!
//! In: a call with its arguments. Out: changes of the machine, text put before the rest of the input, or the
//! call itself kept for `mc` to judge.
//!
//! References: m4(1); m4/cfhead.m4 of sendmail 8.17.

use super::super::source::base_name;
use super::super::spot::Spot;
use super::m4::{Call, Machine, Macro};

/// Macros of m4 itself, and whether a bare name of it is prose.
const BUILTINS: &[(&str, bool)] = &[
    ("changecom", false),
    ("changequote", false),
    ("decr", true),
    ("define", true),
    ("defn", true),
    ("divert", false),
    ("divnum", false),
    ("dnl", false),
    ("dumpdef", false),
    ("errprint", true),
    ("esyscmd", true),
    ("eval", true),
    ("ifdef", true),
    ("ifelse", true),
    ("include", true),
    ("incr", true),
    ("index", true),
    ("len", true),
    ("m4exit", false),
    ("m4wrap", true),
    ("maketemp", true),
    ("patsubst", true),
    ("popdef", true),
    ("pushdef", true),
    ("regexp", true),
    ("shift", false),
    ("sinclude", true),
    ("substr", true),
    ("syscmd", true),
    ("sysval", false),
    ("translit", true),
    ("undefine", true),
    ("undivert", false),
    ("__file__", false),
    ("__line__", false),
];

/// Macros of sendmail's library that divert what follows, and where to.
const SECTIONS: &[(&str, i32)] = &[
    ("LOCAL_NET_CONFIG", 1),
    ("LOCAL_RULE_3", 2),
    ("LOCAL_RULE_0", 3),
    ("LOCAL_UUCP", 4),
    ("LOCAL_CONFIG", 6),
    ("MAILER_DEFINITIONS", 7),
    ("LOCAL_DNSBL", 8),
    ("LOCAL_RULE_1", 9),
    ("LOCAL_RULE_2", 9),
    ("LOCAL_RULESETS", 9),
    ("LOCAL_SRV_FEATURES", 9),
    ("LOCAL_CLT_FEATURES", 9),
    ("LOCAL_TRY_TLS", 9),
    ("LOCAL_TLS_RCPT", 9),
    ("LOCAL_TLS_CLIENT", 9),
    ("LOCAL_TLS_SERVER", 9),
];

/// Macros of sendmail's library whose calls are kept.
const KEPT: &[&str] = &[
    "CLIENT_OPTIONS",
    "DAEMON_OPTIONS",
    "DOMAIN",
    "FEATURE",
    "HACK",
    "INPUT_MAIL_FILTER",
    "LOCAL_DOMAIN",
    "MAIL_FILTER",
    "MAILER",
    "OSTYPE",
    "RELAY_DOMAIN",
    "RELAY_DOMAIN_FILE",
    "TRUST_AUTH_MECH",
    "VERSIONID",
];

/// Macros of sendmail's library that say nothing about relaying.
const SILENT: &[&str] = &[
    "CANONIFY_DOMAIN",
    "CANONIFY_DOMAIN_FILE",
    "EXPOSED_USER",
    "EXPOSED_USER_FILE",
    "GENERICS_DOMAIN",
    "GENERICS_DOMAIN_FILE",
    "LDAPROUTE_DOMAIN",
    "LDAPROUTE_DOMAIN_FILE",
    "LDAPROUTE_EQUIVALENT",
    "LDAPROUTE_EQUIVALENT_FILE",
    "LOCAL_USER",
    "LOCAL_USER_FILE",
    "MASQUERADE_AS",
    "MASQUERADE_DOMAIN",
    "MASQUERADE_DOMAIN_FILE",
    "MASQUERADE_EXCEPTION",
    "MASQUERADE_EXCEPTION_FILE",
    "MODIFY_MAILER_FLAGS",
    "QUEUE_GROUP",
    "SITE",
    "SITECONFIG",
    "UUCPSMTP",
    "VIRTUSER_DOMAIN",
    "VIRTUSER_DOMAIN_FILE",
];

/// Tells whether a name is a macro: of m4, or once it is loaded of the library.
pub(super) fn is_one(name: &str, loaded: bool) -> bool {
    let library = loaded
        && (KEPT.contains(&name)
            || SILENT.contains(&name)
            || SECTIONS.iter().any(|(section, _)| *section == name));
    library || BUILTINS.iter().any(|(builtin, _)| *builtin == name)
}

/// Tells whether a name without arguments behind it is left alone. The library's macros are called all the
/// same, with nothing; which does nothing.
pub(super) fn needs_args(name: &str) -> bool {
    KEPT.contains(&name)
        || SILENT.contains(&name)
        || BUILTINS
            .iter()
            .any(|(builtin, prose)| *builtin == name && *prose)
}

/// Does what a macro does.
pub(super) fn call(machine: &mut Machine<'_>, name: &str, args: &[String], spot: &Spot) {
    let arg = |index: usize| args.get(index).map_or("", String::as_str);
    if name == "DOMAIN" {
        domain(machine, arg(0), spot);
        return;
    }
    if machine.out.loaded && KEPT.contains(&name) {
        machine.out.calls.push(Call {
            name: name.to_owned(),
            args: args.to_vec(),
            spot: spot.clone(),
        });
        return;
    }
    if let Some((_, number)) = SECTIONS.iter().find(|(section, _)| *section == name) {
        machine.divert = *number;
        return;
    }
    match name {
        "define" => {
            machine.stacks.remove(arg(0));
            push(machine, arg(0), arg(1), spot);
        }
        "pushdef" => push(machine, arg(0), arg(1), spot),
        "undefine" => {
            for name in args {
                undefine(machine, name);
            }
        }
        "popdef" => {
            for name in args {
                if let Some(stack) = machine.stacks.get_mut(name) {
                    stack.pop();
                    if stack.is_empty() {
                        machine.stacks.remove(name);
                    }
                }
            }
        }
        "defn" => {
            let known = machine.stacks.get(arg(0)).and_then(|stack| stack.last());
            let body = known
                .map(|known| known.body.to_string())
                .unwrap_or_default();
            let quoted = format!("{}{body}{}", machine.quotes.0, machine.quotes.1);
            machine.push_text(&quoted, spot);
        }
        "ifdef" => {
            let known = machine.stacks.contains_key(arg(0)) || is_one(arg(0), machine.out.loaded);
            machine.push_text(if known { arg(1) } else { arg(2) }, spot);
        }
        "ifelse" => {
            let mut left = args;
            let chosen = loop {
                match left {
                    [a, b, then, rest @ ..] if a == b || rest.len() < 2 => {
                        break match a == b {
                            true => then.as_str(),
                            false => rest.first().map_or("", String::as_str),
                        };
                    }
                    [_, _, _, rest @ ..] => left = rest,
                    _ => break "",
                }
            };
            machine.push_text(chosen, spot);
        }
        "include" | "sinclude" => include(machine, arg(0), name == "sinclude", spot),
        "divert" => machine.divert = arg(0).trim().parse().unwrap_or(0),
        "divnum" => machine.push_text(&machine.divert.to_string(), spot),
        "changequote" => {
            machine.quotes = match args {
                [] => ("`".to_owned(), "'".to_owned()),
                [open] => (open.clone(), "'".to_owned()),
                [open, close, ..] => (open.clone(), close.clone()),
            };
        }
        "changecom" => {
            machine.comment = match args {
                [] => None,
                [begin] => Some((begin.clone(), "\n".to_owned())),
                [begin, end, ..] => Some((begin.clone(), end.clone())),
            }
            .filter(|(begin, _)| !begin.is_empty())
            .map(|(begin, end)| match end.as_str() {
                "" => (begin, "\n".to_owned()),
                _ => (begin, end),
            });
        }
        "shift" => {
            let (open, close) = machine.quotes.clone();
            let rest = args.iter().skip(1).map(|arg| format!("{open}{arg}{close}"));
            let rest: Vec<String> = rest.collect();
            machine.push_text(&rest.join(","), spot);
        }
        "incr" | "decr" => {
            let step = if name == "incr" { 1 } else { -1 };
            let number: i64 = arg(0).trim().parse().unwrap_or(0);
            machine.push_text(&number.saturating_add(step).to_string(), spot);
        }
        "len" => machine.push_text(&arg(0).len().to_string(), spot),
        "index" => {
            let at = arg(0)
                .find(arg(1))
                .map_or("-1".to_owned(), |at| at.to_string());
            machine.push_text(&at, spot);
        }
        "substr" => {
            let from = arg(1).trim().parse().unwrap_or(0);
            let many = arg(2).trim().parse().unwrap_or(usize::MAX);
            let part: String = arg(0).chars().skip(from).take(many).collect();
            machine.push_text(&part, spot);
        }
        "translit" => {
            let to: Vec<char> = arg(2).chars().collect();
            let map = |c: char| match arg(1).chars().position(|from| from == c) {
                Some(at) => to.get(at).copied(),
                None => Some(c),
            };
            let text: String = arg(0).chars().take(10_000).filter_map(map).collect();
            machine.push_text(&text, spot);
        }
        "m4exit" => machine.quit(),
        "eval" | "esyscmd" | "patsubst" | "regexp" => {
            machine.unknown(name, "what it gives is not worked out", spot);
        }
        "syscmd" => machine.unknown(name, "the command is not run", spot),
        // The rest puts nothing out that matters.
        _ => {}
    }
}

fn push(machine: &mut Machine<'_>, name: &str, body: &str, spot: &Spot) {
    let stack = machine.stacks.entry(name.to_owned()).or_default();
    stack.push(Macro {
        body: body.into(),
        spot: spot.clone(),
    });
}

/// Includes a file of settings for a whole site; those that come with sendmail are known.
fn domain(machine: &mut Machine<'_>, name: &str, spot: &Spot) {
    const STOCK: &[&str] = &["generic", "debian-mta", "debian-msp"];
    let from = machine.input.file();
    let paths = [format!("../domain/{name}.m4"), format!("domain/{name}.m4")];
    let mut found = paths
        .iter()
        .filter_map(|path| machine.host.include(path, &from, true));
    if let Some(text) = found.next() {
        drop(found);
        machine.push_file(&text);
        return;
    }
    drop(found);
    if !STOCK.contains(&name) {
        machine.unknown(&format!("DOMAIN({name})"), "not found", spot);
    }
    if name == "generic" {
        machine.push_text("FEATURE(`use_cw_file')", spot);
    }
}

/// Takes a macro away; one of the library is then plain text.
fn undefine(machine: &mut Machine<'_>, name: &str) {
    machine.stacks.remove(name);
    if is_one(name, machine.out.loaded) {
        machine.gone.insert(name.to_owned());
    }
}

fn include(machine: &mut Machine<'_>, path: &str, silent: bool, spot: &Spot) {
    if base_name(path) == "cf.m4" {
        machine.out.loaded = true;
        machine.comment = None;
        return;
    }
    let from = machine.input.file();
    match machine.host.include(path, &from, silent) {
        Some(text) => machine.push_file(&text),
        None if silent => {}
        None if machine.out.unknown.len() < 100 => machine.out.unknown.push(spot.clone()),
        None => {}
    }
}
