//! Postfix: main.cf, master.cf and their tables.
//!
//! In: the files of an input. Out: for each directory with a main.cf what becomes of an outsider's mail at each of its
//! services, who may send to whom, and what to change. `postconf -n` and `postconf -M` write the same grammar, so
//! their output is read as well.
//!
//! The story: `lines`, `main_cf`, `master_cf` read; `expand`, `defaults` and `params` give the value of a parameter for a
//! service; `tables`, `access` and `lists` answer what tables and lists say; `restrictions` and `evaluate` walk the
//! lists; the rules stand in `verdicts`, `causes`, `causes_of_tables` and `written`, and about lists and services in
//! files of their own.
//!
//! References: postconf(5), master(5), access(5), SMTPD_ACCESS_README.

mod access;
mod ask;
mod bench;
mod causes;
mod causes_of_tables;
mod court;
mod cover;
mod defaults;
mod evaluate;
mod expand;
mod grants;
mod lines;
mod lists;
mod main_cf;
mod master_cf;
mod names;
mod params;
mod relevant;
mod restrictions;
mod rules_aliases;
mod rules_clients;
mod rules_domains;
mod rules_login;
mod rules_networks;
mod rules_services;
mod served;
mod strangers;
mod table_rules;
mod tables;
mod trust;
mod verdict;
mod verdicts;
mod weaknesses;
mod written;

use super::source::{Files, Found, Text, base_name, join, parent, short};
use super::{Dialect, Judged, Login, Root, Scene};
use crate::model::{Instance, Relay, Service};
use court::{Court, Heard};
use evaluate::Evaluator;
use main_cf::MainCf;
use params::{Config, Of};
use std::sync::Arc;
use tables::Tables;

/// The row of the table of dialects.
pub(super) const DIALECT: Dialect = Dialect {
    name: "postfix",
    software: "Postfix",
    about: "main.cf, master.cf and their tables",
    find,
    judge,
};

/// Finds every directory with a main.cf. A single file is an installation if it reads as main.cf or master.cf.
fn find(files: &Files<'_>, named: bool) -> Vec<Root> {
    let root = |name: &str| Root {
        directory: parent(name).to_owned(),
        file: name.to_owned(),
    };
    if files.is_single() {
        let single = files.names().find(|name| {
            named
                || matches!(base_name(name), "main.cf" | "master.cf")
                || text_of(files, name).is_some_and(|text| is_main(&text) || is_master(&text))
        });
        return single.map(root).into_iter().collect();
    }
    files
        .names()
        .filter(|name| base_name(name) == "main.cf")
        .map(root)
        .collect()
}

fn text_of(files: &Files<'_>, name: &str) -> Option<Arc<Text>> {
    match files.read(name) {
        Found::Text(text) => Some(text),
        Found::Unread(_) => None,
    }
}

/// Tells whether a file reads as main.cf: nearly all of it are parameters of Postfix.
fn is_main(text: &Arc<Text>) -> bool {
    let main = MainCf::read(text);
    let known = main.all().filter(|one| names::is_known(&one.name)).count();
    known >= 3 && main.malformed.is_empty() && known * 2 > main.all().count()
}

/// Tells whether a file reads as master.cf.
fn is_master(text: &Arc<Text>) -> bool {
    let (lines, _) = lines::read(text);
    let services = lines.iter().filter(|line| {
        let words = lines::words(&line.text, lines::Separators::Blanks);
        let kind = words.get(1).map(|(a, b)| &line.text[*a..*b]);
        words.len() >= 8 && matches!(kind, Some("inet" | "unix" | "fifo" | "pass"))
    });
    !lines.is_empty() && services.count() == lines.len()
}

/// Judges one directory.
fn judge(scene: &Scene<'_>) -> Judged {
    let reader = scene.reader;
    let file = scene.root.file.as_str();
    let given = text_of(reader.files, file);
    // The one file of the input may be the other of the two.
    let other = given
        .as_ref()
        .is_some_and(|text| base_name(file) != "main.cf" && is_master(text));
    let (main_name, master) = match other {
        true => (join(parent(file), "main.cf"), given),
        false => (file.to_owned(), reader.optional("master.cf", file)),
    };
    let mut judged = Judged::default();
    if other {
        reader.miss(&main_name, "not handed in; its defaults were assumed");
    }
    let config = Config::read(reader, scene.context, &main_name, master.as_ref());
    if master.is_none() {
        judged
            .notes
            .push("There is no master.cf; one smtpd on port 25 was assumed.".to_owned());
    }
    judged.version = config.written_version();
    if scene.context.version.is_none() && judged.version.is_none() {
        judged.notes.push(format!(
            "The version of Postfix is not known; {} was assumed.",
            config.version
        ));
    }
    let tables = Tables::new(reader);
    let evaluator = Evaluator::new(&config, &tables);
    let name = instance_name(scene, &config);
    let subject = match scene.roots.len() {
        0 | 1 if config.main.get("multi_instance_name").is_none() => String::new(),
        _ => name.clone(),
    };
    let mut court = Court::new(&config, &evaluator, subject);
    verdicts::judge(&mut court);
    causes::judge(&mut court);
    written::judge(&mut court, scene.roots);
    judged.login = login(&court);
    judged.grants = grants::grants(&court);
    judged.served = served::served(&config, &tables);
    judged.instances = vec![Instance {
        name,
        relay: Relay::worst(court.heard.iter().map(|heard| heard.relay)),
        services: court
            .heard
            .iter()
            .map(|heard| service(&court, heard))
            .collect(),
    }];
    let relays = |listener: &master_cf::Listener| {
        let mut heard = court.heard.iter();
        heard
            .find(|heard| heard.listener == listener)
            .map_or(Relay::Unreachable, |heard| heard.relay)
    };
    let of_settings = weaknesses::judge(&config, &tables, &court.subject, &relays);
    judged.findings = court.into_findings();
    judged.findings.extend(of_settings);
    judged
}

/// Names an instance: as it does itself, else by its directory.
fn instance_name(scene: &Scene<'_>, config: &Config<'_>) -> String {
    let own = config.value(Of::Main, "multi_instance_name").text;
    let directory = base_name(&scene.root.directory);
    let name = [own.as_str(), directory]
        .into_iter()
        .find(|name| !name.is_empty())
        .unwrap_or("postfix");
    short(name).into_owned()
}

/// Tells whether people can log in.
fn login(court: &Court<'_, '_>) -> Login {
    let mut offers = court.heard.iter().filter(|heard| heard.verdict.is_some());
    match offers.any(|heard| court.config.is_yes(heard.of, "smtpd_sasl_auth_enable")) {
        true => Login::Offered,
        false => Login::Nowhere,
    }
}

/// Describes a service that listens.
fn service(court: &Court<'_, '_>, heard: &Heard<'_>) -> Service {
    let listens = court.config.listens(heard.listener);
    let port = listens
        .port()
        .map_or_else(|| listens.port_name().to_owned(), |port| port.to_string());
    Service {
        name: short(&listens.name).into_owned(),
        listen: Some(format!(
            "{}:{}",
            short(listens.host().unwrap_or("*")),
            short(&port)
        )),
        relay: heard.relay,
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::Memory;
    use super::super::{Context, audit};
    use super::*;

    fn found(files: &[(&str, &str)], path: &str, named: bool) -> Vec<String> {
        let store = Memory::new(files.iter().copied());
        let files = Files::new(&store, path, None).expect("files");
        let roots = find(&files, named);
        roots.into_iter().map(|root| root.file).collect()
    }

    #[test]
    fn finds_directories_and_files_that_read_as_postfix() {
        let three = "myhostname = a\nmydestination = b\nmynetworks = c\n";
        let services = "smtp inet n - y - - smtpd\n";
        let files = [
            ("a/main.cf", ""),
            ("b/c/main.cf", ""),
            ("b/master.cf", services),
            ("n.txt", three),
            ("m.txt", services),
            ("x.txt", "a = b\nmynetworks = c\n"),
        ];
        assert_eq!(found(&files, "", false), ["a/main.cf", "b/c/main.cf"]);
        for (path, named, expected) in [
            ("n.txt", false, &["n.txt"][..]),
            ("m.txt", false, &["m.txt"]),
            ("x.txt", false, &[]),
            ("x.txt", true, &["x.txt"]),
            ("b/master.cf", false, &["master.cf"]),
        ] {
            assert_eq!(found(&files, path, named), expected, "{path}");
        }
    }

    #[test]
    fn a_master_cf_alone_is_judged_with_defaults() {
        let services = "26 inet n - y - - smtpd -o mynetworks=0.0.0.0/0 -o { \
                        smtpd_relay_restrictions = permit_mynetworks, reject }\n";
        let store = Memory::new([("postconf-M.txt", services)]);
        let files = Files::new(&store, "postconf-M.txt", None).expect("files");
        let audits = audit("x", &files, None, &Context::default());
        let [audit] = &audits[..] else {
            panic!("{audits:?}");
        };
        assert_eq!(audit.relay, Relay::Open);
        assert!(audit.unread.iter().any(|one| one.what == "main.cf"));
        assert_eq!(audit.notes.len(), 1, "{:?}", audit.notes);
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(64))]
        #[test]
        fn no_input_panics(
            main in "(mynetworks|relay_domains|smtpd_relay_restrictions|smtpd_restriction_classes|c|check_client_access|check_sender_access|static:ok|inline:|permit|reject|warn_if_reject|\\$|\\{|\\}|/x|0/0|[ \n=,:ä]){0,60}",
            master in "(smtp|inet|pass|-o|smtpd|postscreen|[ \n={}-]){0,40}",
            table in "(<>|a|\\.|OK|c|if|/|[ \n@]){0,20}"
        ) {
            let files = [("main.cf", main), ("master.cf", master), ("x", table)];
            let store = Memory::new(files);
            let files = Files::new(&store, "", None).expect("files");
            let _ = audit("x", &files, None, &Context::default());
        }
    }
}
