//! The rules about how the files are written: PF103 to PF106, PF109, PF110.
//!
//! In: what the readers kept of main.cf and master.cf. Out: findings about lines that mean something else than they
//! seem to.
//!
//! References: postconf(5), "file format"; master(5); MULTI_INSTANCE_README.

use super::court::Court;
use super::params::{Of, Value};
use super::relevant;
use crate::model::{Finding, Place};
use crate::mtaconf::rules::postfix::{PF103, PF104, PF105, PF106, PF109, PF110};
use crate::mtaconf::source::{base_name, short};
use crate::mtaconf::{Root, raise};
use std::collections::HashSet;

/// The most findings of one of these rules.
const MOST: usize = 50;

/// Judges.
pub(super) fn judge(court: &mut Court<'_, '_>, roots: &[Root]) {
    let mut found = Vec::new();
    twice(court, &mut found);
    options(court, &mut found);
    swallowed(court, &mut found);
    undefined(court, &mut found);
    malformed(court, &mut found);
    instances(court, roots, &mut found);
    for (detail, finding) in found {
        court.raise(&detail, finding);
    }
}

type Found = Vec<(String, Finding)>;

fn proof(court: &Court<'_, '_>, place: &Place, says: String) -> crate::model::Evidence {
    raise::proof(court.config.reader, place.clone(), says, Vec::new())
}

/// PF103.
fn twice(court: &Court<'_, '_>, found: &mut Found) {
    let main = &court.config.main;
    let relevant: HashSet<String> = relevant::names(court.config, Of::Main)
        .into_iter()
        .collect();
    for (before, later) in main.undone.iter().take(MOST) {
        let name = &before.name;
        if !relevant.contains(name) {
            continue;
        }
        let holds = main.get(name).map_or(later, |definition| &definition.place);
        let message = format!(
            "{} is defined again at {}:{} with another value; the last definition holds.",
            short(name),
            holds.file,
            holds.line
        );
        let finding = court
            .finding(&PF103, name, before.place.clone(), message)
            .with_evidence(proof(court, holds, "this definition holds".to_owned()));
        found.push((name.clone(), finding));
    }
}

/// PF104.
fn options(court: &Court<'_, '_>, found: &mut Found) {
    for service in court.config.services.iter() {
        let Some(malformed) = service.malformed.first() else {
            continue;
        };
        let message = format!(
            "Service \"{}\" does not start: \"-o {}\" holds no \"=\". Blanks around the \"=\" are \
             only allowed inside braces.",
            short(&service.name),
            malformed.word
        );
        let same = malformed.place.line == service.place.line;
        let place = if same {
            &malformed.place
        } else {
            &service.place
        };
        let detail = format!("{}/{} {}", service.name, service.kind, malformed.word);
        let mut finding = court.finding(&PF104, &detail, place.clone(), message);
        if !same {
            let says = format!("\"{}\"", malformed.word);
            finding = finding.with_evidence(proof(court, &malformed.place, says));
        }
        found.push((detail, finding));
        if found.len() > MOST {
            return;
        }
    }
}

/// PF105.
fn swallowed(court: &Court<'_, '_>, found: &mut Found) {
    for one in court.config.main.swallowed.iter().take(MOST) {
        let message = format!(
            "The line begins with a blank, so \"{} = ...\" is part of the value of {} and sets \
             nothing.",
            one.name,
            short(&one.by)
        );
        let detail = format!("{} in {}", one.name, one.by);
        let finding = court.finding(&PF105, &detail, one.place.clone(), message);
        found.push((detail, finding));
    }
}

/// PF106.
fn undefined(court: &Court<'_, '_>, found: &mut Found) {
    let mut views = vec![Of::Main];
    views.extend(court.heard.iter().map(|heard| heard.of));
    for of in views {
        for name in relevant::names(court.config, of) {
            let value = court.config.value(of, &name);
            for (gone, place) in value.undefined.iter() {
                if found.len() > MOST {
                    return;
                }
                found.push(of_undefined(court, &value, gone, place.as_ref()));
            }
        }
    }
}

fn of_undefined(
    court: &Court<'_, '_>,
    value: &Value,
    gone: &str,
    place: Option<&Place>,
) -> (String, Finding) {
    let name = &value.name;
    let message = format!(
        "{name} refers to ${}, which nobody defines: it counts as empty.",
        short(gone)
    );
    let exact = place.unwrap_or(&value.place);
    let same = exact.file == value.place.file && exact.line == value.place.line;
    let head = if same { exact } else { &value.place };
    let detail = format!("{name} ${gone}");
    let mut finding = court.finding(&PF106, &detail, head.clone(), message);
    if !same {
        let says = format!("${} is used here", short(gone));
        finding = finding.with_evidence(proof(court, exact, says));
    }
    (detail, finding)
}

/// PF109.
fn malformed(court: &Court<'_, '_>, found: &mut Found) {
    for one in court.config.main.malformed.iter().take(MOST) {
        let message = format!(
            "The line is no assignment ({}); Postfix does not start with it.",
            one.why
        );
        let detail = one.place.line.to_string();
        let finding = court.finding(&PF109, one.why, one.place.clone(), message);
        found.push((detail, finding));
    }
}

/// PF110.
fn instances(court: &Court<'_, '_>, roots: &[Root], found: &mut Found) {
    let value = court.config.value(Of::Main, "multi_instance_directories");
    for word in value.words.iter().take(MOST) {
        let directory = word.text.trim_end_matches('/');
        // Known by its last part: the input may be a copy from elsewhere.
        let there = roots.iter().any(|root| {
            !root.directory.is_empty() && base_name(&root.directory) == base_name(directory)
        });
        if there {
            continue;
        }
        let message = format!(
            "The instance in {} was not handed in and is not judged.",
            short(directory)
        );
        let finding = court.finding(&PF110, directory, value.blame(word), message);
        found.push((directory.to_owned(), finding));
    }
}
