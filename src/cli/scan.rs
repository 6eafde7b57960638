//! What names a scan, so that the parts of a divided one know each other.
//!
//! In: the options as they were typed, the forms they come to, seed, targets, their order and number of
//! parts. Out: a digest in hexadecimal.
//!
//! What depends on the machine stays out: its name (the default of `--helo` and of the sender's domain),
//! its addresses, its name server, the pace. So do files of exclusions, which may differ from place to
//! place; `-x` counts.

use super::args::ProbeArgs;
use crate::model::Digest;
use crate::probe::plan;
use crate::target::order::Way;

/// Names a scan.
pub(super) fn id(args: &ProbeArgs, plan: &plan::Settings, targets: &Digest, way: &Way) -> String {
    let mut digest = Digest::new();
    let mut write = |name: &str, value: &str| {
        digest.write(name);
        digest.write(value);
    };
    write("version", env!("CARGO_PKG_VERSION"));
    write("seed", &plan.identity.seed.to_string());
    write("targets", &targets.to_string());
    write("parts", &way.shard().count().to_string());
    write("order", way.order().as_str());
    write("profile", plan.profile.as_str());
    write("depth", plan.depth.as_str());
    for form in &plan.forms {
        write("form", form.id);
    }
    let asking = &args.asking;
    for (name, value) in [
        ("rcpt", &asking.rcpt),
        ("mail-from", &asking.mail_from),
        ("helo", &asking.helo),
    ] {
        write(name, value.as_deref().unwrap_or(""));
    }
    write("local-user", &asking.local_user);
    for domain in &asking.local_domain {
        write("local-domain", domain);
    }
    for text in &args.selection.exclude {
        write("exclude", text);
    }
    write("ipv4", &args.selection.ipv4.to_string());
    write("ipv6", &args.selection.ipv6.to_string());
    digest.to_string()
}
