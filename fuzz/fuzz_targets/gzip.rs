//! The target `gzip` of `cooper-fuzzing` under a coverage-guided fuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cooper_fuzzing::run("gzip", input));
