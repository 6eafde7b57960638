//! The reader and the evaluator of exchange configurations.

#![no_main]

mod conf;

libfuzzer_sys::fuzz_target!(|input: &[u8]| conf::audit("exchange", input));
