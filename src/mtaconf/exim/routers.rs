//! What routers may make of a recipient that was taken for a local one.
//!
//! In: the routers. Out: what is not judged about them. A router that turns `user%domain@here` into `user@domain`
//! relays for everybody whose recipient the ACLs took as one of their own domains; whether it is reached depends on
//! conditions that are not followed here, so it is named as not read.

use super::config::Config;
use crate::mtaconf::source::Reader;

/// Names the routers that make addresses of percent signs.
pub(super) fn say(reader: &Reader<'_>, config: &Config) {
    let rewrites = |data: &str| data.contains("local_part") && data.contains('%');
    for router in &config.routers {
        if router.text("driver") == "redirect" && rewrites(router.text("data")) {
            reader.miss(
                &format!("router {}", router.name.as_str()),
                "it makes addresses of local parts with a percent sign, which is not followed: ask the server for \
                 user%outside@here",
            );
        }
    }
}
