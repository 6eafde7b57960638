//! TABLE: banner and EHLO marks -> the server software.

use crate::smtp::{Extensions, Reply};

/// Guesses the software from the banner's text, the EHLO offers and the texts of all replies.
pub fn recognise(
    _banner: &[u8],
    _offers: Option<&Extensions>,
    _replies: &[&Reply],
) -> Option<&'static str> {
    None
}
