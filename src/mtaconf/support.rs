//! Which releases are still looked after. This table ages: it was last gone through in November 2026.
//!
//! A release counts as looked after while its makers or Debian, Ubuntu LTS or Red Hat in their regular support
//! still mend it. References: the release pages of the products, packages.debian.org, packages.ubuntu.com.

use super::context::Version;
use super::rules::general::GN001;
use super::{Scene, file_of, raise};
use crate::model::{Finding, Severity};

/// One product's releases.
struct Support {
    dialect: &'static str,
    /// The oldest release that somebody still mends.
    oldest: Version,
    /// The oldest release that does not relay unless it is told to; none where that is not a matter of the release.
    safe_since: Option<Version>,
}

static SUPPORT: &[Support] = &[
    Support {
        dialect: "postfix",
        oldest: Version(3, 5, 0),
        // smtpd_relay_restrictions.
        safe_since: Some(Version(2, 10, 0)),
    },
    Support {
        dialect: "exim",
        oldest: Version(4, 95, 0),
        safe_since: Some(Version(4, 0, 0)),
    },
    Support {
        dialect: "sendmail",
        oldest: Version(8, 15, 2),
        // Relaying is refused by default.
        safe_since: Some(Version(8, 9, 0)),
    },
    Support {
        dialect: "opensmtpd",
        oldest: Version(6, 8, 0),
        safe_since: None,
    },
    Support {
        dialect: "haraka",
        oldest: Version(3, 0, 0),
        safe_since: None,
    },
];

/// Raises that a version is old.
pub(super) fn judge(scene: &Scene<'_>, dialect: &str, version: Version) -> Option<Finding> {
    let row = SUPPORT.iter().find(|row| row.dialect == dialect)?;
    if version >= row.oldest {
        return None;
    }
    let unsafe_release = row.safe_since.is_some_and(|since| version < since);
    let (severity, more) = match unsafe_release {
        true => (Severity::Low, ", and it relays unless it is told not to"),
        false => (Severity::Info, ""),
    };
    let message = format!(
        "Version {version} is older than {}, the oldest release that is still mended{more}.",
        row.oldest
    );
    let place = file_of(scene.root);
    let directory = &scene.root.directory;
    Some(
        raise::finding(scene.reader, &GN001, directory, "", place, message).with_severity(severity),
    )
}
