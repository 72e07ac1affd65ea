//! The formatter, for cargo-fuzz.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cooper_fuzzing::run("formatter", input));
