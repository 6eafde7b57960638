//! Breaks texts into lines for a terminal, in languages with spaces and without.
//!
//! In: a text of one paragraph. Out: indented lines of at most [`COLUMNS`] columns, but for a word that is longer by itself.
//! Wide characters take two columns. A line breaks at a space, and at any wide character; but closing marks do not begin
//! a line, and opening ones do not end it.
//!
//! Limits: rules of Chinese typesetting beyond that (hanging marks, stretched spaces) are not kept.
//!
//! References: Unicode Standard Annex 11 (widths), Annex 14 (breaking; this is the part of it that these texts need).

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of a line, its indentation included.
pub(super) const COLUMNS: usize = 88;

const INDENT: &str = "  ";

/// Breaks a text into indented lines.
pub(super) fn fold(text: &str) -> String {
    let mut lines = vec![INDENT.to_owned()];
    for word in text.split_whitespace() {
        let mut space = " ";
        for piece in pieces(word) {
            let line = lines.last_mut().expect("it begins with a line");
            let empty = line.len() == INDENT.len();
            if empty {
                space = "";
            }
            if !empty && line.width() + space.len() + piece.width() > COLUMNS {
                lines.push(format!("{INDENT}{piece}"));
            } else {
                line.push_str(space);
                line.push_str(piece);
            }
            space = "";
        }
    }
    lines.join("\n")
}

/// Cuts a word where a line may break: between letters of scripts that write without spaces.
fn pieces(word: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut from = 0;
    let mut before = None;
    for (at, next) in word.char_indices() {
        if before.is_some_and(|before| may_break(before, next)) {
            pieces.push(&word[from..at]);
            from = at;
        }
        before = Some(next);
    }
    pieces.push(&word[from..]);
    pieces
}

fn may_break(before: char, next: char) -> bool {
    let wide = |c: char| c.width() == Some(2);
    (wide(before) || wide(next)) && !closes(next) && !opens(before)
}

fn closes(c: char) -> bool {
    "。，、；：？！）》”’」』】…—,.;:?!)]}%".contains(c)
}

fn opens(c: char) -> bool {
    "（《“‘「『【([{".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_at_spaces_and_fills_the_line() {
        let folded = fold(&"word ".repeat(40));
        let lines: Vec<&str> = folded.lines().collect();
        assert_eq!(lines.len(), 3);
        // Two columns and seventeen words of four letters with a space between them.
        assert_eq!(lines[0].len(), 2 + 17 * 5 - 1);
        assert!(lines.iter().all(|line| line.starts_with("  word")));
    }

    #[test]
    fn breaks_chinese_by_columns_without_spaces() {
        let folded = fold(&"中".repeat(100));
        let widths: Vec<usize> = folded.lines().map(UnicodeWidthStr::width).collect();
        // 43 characters of two columns behind two columns.
        assert_eq!(widths, [88, 88, 30]);
    }

    #[test]
    fn no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one() {
        for before in 0..60 {
            let text = format!("{}（甲，乙）。丙“丁”", "中".repeat(before));
            for line in fold(&text).lines() {
                let line = line.trim_start();
                assert!(!line.starts_with(closes), "{line}");
                assert!(!line.ends_with(opens), "{line}");
            }
        }
    }

    #[test]
    fn keeps_words_whole_and_the_spaces_between_them() {
        let text = "在 main.cf 中把 smtpd_relay_restrictions 设为 reject_unauth_destination，然后执行 postfix reload。";
        let folded = fold(&text.repeat(3));
        let joined: String = folded.lines().map(|line| &line[2..]).collect();
        let bare = |text: &str| text.replace(' ', "");
        assert_eq!(bare(&joined), bare(&text.repeat(3)));
        for word in ["smtpd_relay_restrictions", "reject_unauth_destination"] {
            assert_eq!(folded.matches(word).count(), 3, "{folded}");
        }
    }

    #[test]
    fn a_word_longer_than_a_line_stands_alone() {
        let long = "x".repeat(100);
        assert_eq!(fold(&format!("a {long} b")), format!("  a\n  {long}\n  b"));
    }
}
