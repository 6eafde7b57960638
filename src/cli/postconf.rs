//! What `postconf -n` and `postconf -M` print, taken apart into main.cf and master.cf.
//!
//! In: their output, one or both, in any order. Out: two files in memory. A line keeps its number in the file it
//! goes into, so that a finding points at the line that was handed in.
//!
//! Deliberately judges nothing: what is neither a parameter nor a service goes into main.cf, whose reader says so.
//!
//! References: postconf(1), master(5).

use crate::mtaconf::source::Memory;

/// Where a line belongs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Main,
    Master,
}

/// Makes the two files.
pub(super) fn files(text: &str) -> Memory {
    let mut main = String::new();
    let mut master = String::new();
    let mut side = Side::Main;
    let mut services = 0_usize;
    for line in text.lines() {
        // A line that begins with white space goes on with the one before; comments belong to nobody.
        if !line.starts_with([' ', '\t']) && !line.is_empty() {
            side = match is_service(line) {
                true => Side::Master,
                false => Side::Main,
            };
            services += usize::from(side == Side::Master);
        }
        let (on, off) = match side {
            Side::Main => (&mut main, &mut master),
            Side::Master => (&mut master, &mut main),
        };
        on.push_str(line);
        on.push('\n');
        off.push('\n');
    }
    let mut files = vec![("main.cf", main)];
    if services > 0 {
        files.push(("master.cf", master));
    }
    Memory::new(files)
}

/// Tells whether a line is a service of master.cf: eight fields, the second a type of socket.
fn is_service(line: &str) -> bool {
    let fields: Vec<&str> = line.split_whitespace().take(8).collect();
    let kind = |field: &&str| matches!(*field, "inet" | "unix" | "fifo" | "pass" | "unix-dgram");
    fields.len() == 8 && fields.get(1).is_some_and(kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtaconf::source::{Store, Why};

    #[test]
    fn parameters_and_services_keep_their_line_numbers() {
        let text = "mydomain = example.com\nmynetworks = 127.0.0.0/8\n\
                    smtp       inet  n       -       y       -       -       smtpd\n    -o x=y\n\
                    relay_domains = inet unix a b c d e f\n";
        let files = files(text);
        let read = |name: &str| String::from_utf8(files.read(name).expect(name)).expect("UTF-8");
        assert_eq!(
            read("main.cf"),
            "mydomain = example.com\nmynetworks = 127.0.0.0/8\n\n\n\
             relay_domains = inet unix a b c d e f\n"
        );
        let master: Vec<String> = read("master.cf").lines().map(str::to_owned).collect();
        assert_eq!(master[3], "    -o x=y");
        assert!(master[2].starts_with("smtp "));
        assert_eq!(master.len(), 5);
    }

    #[test]
    fn without_services_there_is_no_master_cf() {
        let files = files("a = b\n");
        assert_eq!(files.read("master.cf"), Err(Why::Missing));
    }
}
