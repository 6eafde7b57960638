//! The reader and the evaluator of opensmtpd configurations.

#![no_main]

mod conf;

libfuzzer_sys::fuzz_target!(|input: &[u8]| conf::audit("opensmtpd", input));
