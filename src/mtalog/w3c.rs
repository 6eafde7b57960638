//! The columns of logs that name them: IIS' extended format and Exchange's CSV.
//!
//! In: lines; those that begin with `#` are directives. Out: the columns of a row, found by their names.
//!
//! Deliberately keeps no more than the names of the columns, so that a block of lines can be read on its own once it
//! is told the last ones before it.
//!
//! Limits: [`COLUMNS`] columns; a doubled quote within a quoted cell stays doubled.
//!
//! References: W3C, Extended Log File Format; RFC 4180.

use crate::mtalog::text::{cut, quoted_cell};

/// How many columns a row may have: more than any known format.
const COLUMNS: usize = 96;

/// How cells are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mtalog) enum Cells {
    /// By blanks.
    Blanks,
    /// By commas, in quotes where they hold one.
    Commas,
}

/// Where the columns that matter stand: the names, in the order in which a reader wants them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::mtalog) struct Columns<const N: usize> {
    names: [&'static str; N],
    /// For every column of a row the number of the name, or none.
    order: Vec<Option<u8>>,
}

impl<const N: usize> Columns<N> {
    pub(in crate::mtalog) fn new(names: [&'static str; N]) -> Self {
        Self {
            names,
            order: Vec::new(),
        }
    }

    /// Reads a directive; says whether it named columns.
    pub(in crate::mtalog) fn directive(&mut self, line: &[u8]) -> bool {
        let Some(list) = line.strip_prefix(b"#Fields:") else {
            return false;
        };
        self.order = list
            .split(|byte| matches!(byte, b' ' | b',' | b'\t'))
            .filter(|name| !name.is_empty())
            .take(COLUMNS)
            .map(|name| {
                let at = self
                    .names
                    .iter()
                    .position(|known| name.eq_ignore_ascii_case(known.as_bytes()))?;
                u8::try_from(at).ok()
            })
            .collect();
        true
    }

    /// Takes a row apart; gives the cells in the order of the names, empty ones where the row has none. Nothing where
    /// no columns have been named or the row has none of them.
    pub(in crate::mtalog) fn row<'a>(&self, line: &'a [u8], cells: Cells) -> Option<[&'a [u8]; N]> {
        let mut found: [&[u8]; N] = [b""; N];
        let mut rest = line;
        let mut any = 0;
        for place in &self.order {
            let (cell, behind) = match cells {
                Cells::Blanks => {
                    cut(rest, b' ').map_or((rest, None), |(cell, rest)| (cell, Some(rest)))
                }
                Cells::Commas => quoted_cell(rest),
            };
            if let Some(place) = place {
                let empty = cell == b"-" && cells == Cells::Blanks;
                found[usize::from(*place)] = if empty { b"" } else { cell };
                any += 1;
            }
            match behind {
                Some(behind) => rest = behind,
                None => break,
            }
        }
        (any > 1).then_some(found)
    }
}
