//! The catalogue of the configuration audit: every rule with its condition, severities and remedy.
//!
//! One file per product, in the order of their ids. The functions that raise them stand with the readers
//! of the products, for they need what only those know.

pub(super) mod courier;
pub(super) mod exchange;
pub(super) mod exim;
pub(super) mod general;
pub(super) mod haraka;
pub(super) mod iis;
pub(super) mod opensmtpd;
pub(super) mod postfix;
pub(super) mod qmail;
pub(super) mod sendmail;

use crate::model::Rule;

/// The letters that ids begin with, and the dialect whose rules have them. Rules for all have `GN`.
pub static PRODUCTS: &[(&str, &str)] = &[
    ("PF", "postfix"),
    ("EX", "exim"),
    ("SM", "sendmail"),
    ("OS", "opensmtpd"),
    ("HK", "haraka"),
    ("QM", "qmail"),
    ("CO", "courier"),
    ("IIS", "iis"),
    ("XC", "exchange"),
];

/// Every rule of the configuration audit, product by product.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    [
        postfix::RULES,
        exim::RULES,
        sendmail::RULES,
        opensmtpd::RULES,
        haraka::RULES,
        qmail::RULES,
        courier::RULES,
        iis::RULES,
        exchange::RULES,
        general::RULES,
    ]
    .into_iter()
    .flatten()
    .copied()
}
