//! The target `engine_reply` of `cooper-fuzzing` under a coverage-guided fuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cooper_fuzzing::run("engine_reply", input));
