//! From what the user wrote to endpoints. Pure: opens no file, resolves no name.
//!
//! The story: [`parse`] takes one written target apart ([`name`], [`port`] and [`cidr`] hold its
//! pieces), [`list`] reads many of them out of a file's lines, and [`builder`] gathers both. What
//! comes out is a [`space`]: every endpoint once, under a number, expanded only when asked for.
//! [`exclude`] says what of it must not be contacted. What is wrong with a text is an [`error`] that
//! names the place, the fault and a way out.
//!
//! ```
//! use relaycheck::model::Origin;
//! use relaycheck::target::{Item, PortList, TargetsBuilder};
//!
//! let mut builder = TargetsBuilder::new(PortList::parse("25,465")?);
//! builder.add(Origin::Argument(1), "192.0.2.0/24")?;
//! builder.add(Origin::Argument(2), "mail.example.com:587")?;
//! let targets = builder.build()?;
//! assert_eq!(targets.len(), 256 * 2 + 1);
//! let Some(Item::Target(target)) = targets.get(511) else { panic!("not there") };
//! assert_eq!(target.place(), "192.0.2.255:465");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod address;
mod book;
pub mod builder;
pub mod cidr;
mod cover;
pub mod error;
pub mod exclude;
pub mod held;
pub mod list;
pub mod name;
pub mod order;
pub mod parse;
pub mod permute;
pub mod port;
pub mod shard;
pub mod space;

pub use builder::{AllowLarge, MOST_ADDRESSES, TargetsBuilder};
pub use cidr::{AddressRange, Unfit};
pub use error::{MAX_TARGET, Problem, TargetError};
pub use exclude::{Exclusion, Exclusions, ExclusionsBuilder};
pub use list::{BadLines, Skipped};
pub use name::Name;
pub use order::{Order, Way};
pub use parse::{Place, TargetSpec};
pub use port::{PortList, PortSpec};
pub use shard::{Shard, ShardError};
pub use space::{Item, MxDomain, Peek, Targets};
