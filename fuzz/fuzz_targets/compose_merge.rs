//! The target `compose_merge` of `cooper-fuzzing` under a coverage-guided fuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cooper_fuzzing::run("compose_merge", input));
