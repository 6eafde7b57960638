//! The reader and the evaluator of qmail configurations.

#![no_main]

mod conf;

libfuzzer_sys::fuzz_target!(|input: &[u8]| conf::audit("qmail", input));
