//! Charts: how much there is of what, as a ring or as bars.
//!
//! In: words with counts. Out: lengths in the units of the drawing, and the same in words for whoever does not see it.
//! Every number stands in text beside the drawing.

use super::page::Tone;
use crate::report::human::log::grouped;
use serde::Serialize;

/// The whole of a ring, and of a bar.
const WHOLE: u64 = 1000;

/// The height of a bar with its space: that of a row in the stylesheet (1.75rem).
const ROW: usize = 28;

/// A drawing.
#[derive(Debug, Serialize)]
pub(super) struct Chart {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) words: String,
    total: String,
    of: &'static str,
    height: usize,
    pub(super) parts: Vec<Part>,
}

/// A part of it.
#[derive(Debug, Serialize)]
pub(super) struct Part {
    label: &'static str,
    tone: Tone,
    pub(super) count: u64,
    shown: String,
    pub(super) length: u64,
    /// Where it begins on a ring; negative, as strokes are shifted.
    pub(super) offset: i64,
    /// Where it begins below others.
    top: usize,
}

impl Chart {
    /// Draws a ring: parts of a whole.
    pub(super) fn ring(
        (id, title, of): (&'static str, &'static str, &'static str),
        counts: impl IntoIterator<Item = (&'static str, Tone, u64)>,
    ) -> Self {
        let counts: Vec<_> = counts.into_iter().collect();
        let total: u64 = counts.iter().map(|(.., count)| count).sum();
        let mut chart = Self::new(id, title, counts, total);
        let mut at = 0;
        for part in &mut chart.parts {
            part.offset = -i64::try_from(at).unwrap_or_default();
            at += part.length;
        }
        Self {
            total: grouped(total),
            of,
            ..chart
        }
    }

    /// Draws bars: each against the longest.
    pub(super) fn bars(
        id: &'static str,
        title: &'static str,
        counts: impl IntoIterator<Item = (&'static str, Tone, u64)>,
    ) -> Self {
        let counts: Vec<_> = counts.into_iter().collect();
        let longest = counts.iter().map(|(.., count)| *count).max().unwrap_or(0);
        Self::new(id, title, counts, longest)
    }

    fn new(
        id: &'static str,
        title: &'static str,
        counts: Vec<(&'static str, Tone, u64)>,
        whole: u64,
    ) -> Self {
        let told = counts.iter().filter(|(.., count)| *count > 0);
        let told = told.map(|(label, _, count)| format!("{label} {}", grouped(*count)));
        let words = told.collect::<Vec<_>>().join(", ");
        let height = counts.len() * ROW;
        let parts = counts.into_iter().enumerate();
        let parts = parts.map(|(row, (label, tone, count))| Part {
            label,
            tone,
            count,
            shown: grouped(count),
            length: length(count, whole),
            offset: 0,
            top: row * ROW + (ROW - 8) / 2,
        });
        Self {
            id,
            title,
            words: if words.is_empty() {
                "none".to_owned()
            } else {
                words
            },
            total: String::new(),
            of: "",
            height,
            parts: parts.collect(),
        }
    }
}

/// Gives the length of a part. What is there is seen.
fn length(count: u64, whole: u64) -> u64 {
    match u128::from(count) * u128::from(WHOLE) {
        0 => 0,
        scaled => u64::try_from(scaled / u128::from(whole.max(1)))
            .unwrap_or(WHOLE)
            .max(4),
    }
}
