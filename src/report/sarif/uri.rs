//! Paths as references of RFC 3986.
//!
//! In: a path as it was written. Out: a URI reference that leads to the same file: relative where the path was,
//! `file://` where it was absolute. Both slashes of a path and what is unreserved stay; all else becomes `%XX`.

/// Writes a path as a URI reference.
pub(super) fn of_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 8);
    if path.starts_with('/') {
        out.push_str("file://");
    } else if path.split('/').next().is_some_and(|first| first.is_empty()) {
        // An empty reference would mean the document itself.
        out.push_str("./");
    }
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            // A colon in the first part would end a scheme.
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::of_path;

    #[test]
    fn paths_become_references() {
        for (path, uri) in [
            ("etc/postfix/main.cf", "etc/postfix/main.cf"),
            ("/etc/postfix/main.cf", "file:///etc/postfix/main.cf"),
            ("c:file", "c%3Afile"),
            ("a b#c?d%.cf", "a%20b%23c%3Fd%25.cf"),
            ("\u{4f60}\n", "%E4%BD%A0%0A"),
            ("", "./"),
        ] {
            assert_eq!(of_path(path), uri);
        }
    }
}
