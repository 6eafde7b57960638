//! Making findings about lines of files.

use super::source::{Reader, short};
use crate::model::{ConfLine, Evidence, Finding, Place, Rule};

/// Raises a rule at a place. `subject` names the instance or service; `detail` makes the finding distinct from
/// others of the same rule and subject and must not hold line numbers, which change with every edit.
pub(super) fn finding(
    reader: &Reader<'_>,
    rule: &'static Rule,
    subject: &str,
    detail: &str,
    place: Place,
    message: impl Into<String>,
) -> Finding {
    resting_on(
        proof(reader, place, "", Vec::new()),
        rule,
        subject,
        detail,
        message,
    )
}

/// Raises a rule that rests on a piece of evidence with something to say; otherwise as [`finding`].
pub(super) fn resting_on(
    first: Evidence,
    rule: &'static Rule,
    subject: &str,
    detail: &str,
    message: impl Into<String>,
) -> Finding {
    let detail = format!("{}\n{}", first_file(&first), short(detail));
    Finding::new(rule, subject, &detail, message.into(), first)
}

/// Makes a line of a file a piece of evidence. `says` is what is to be seen there, `chain` how it came into
/// force.
pub(super) fn proof(
    reader: &Reader<'_>,
    place: Place,
    says: impl Into<String>,
    chain: Vec<String>,
) -> Evidence {
    let text = reader.excerpt(&place);
    Evidence::Conf(ConfLine {
        place,
        text,
        says: says.into(),
        chain,
    })
}

fn first_file(evidence: &Evidence) -> &str {
    match evidence {
        Evidence::Conf(line) => &line.place.file,
        Evidence::Wire(_) | Evidence::Log(_) => "",
    }
}
