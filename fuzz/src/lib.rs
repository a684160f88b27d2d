//! Fuzzing of `crates/pdf`: the functions that run are those of its test `fuzzed`, which
//! replays what was found; here are only what runs them, their bounds, and the mutator.

#[path = "../../crates/pdf/tests/pdf/house.rs"]
pub mod house;
#[path = "../../crates/pdf/tests/pdf/fuzzed/parse.rs"]
pub mod parse;
#[path = "../../crates/pdf/tests/pdf/fuzzed/sign.rs"]
pub mod sign;
#[path = "../../crates/pdf/tests/pdf/fuzzed/verify.rs"]
pub mod verify;

pub mod bounds;
pub mod layout;
pub mod mutate;

/// Makes a target of a function.
#[macro_export]
macro_rules! target {
    ($body:expr) => {
        libfuzzer_sys::fuzz_target!(init: $crate::bounds::listen(), |bytes: &[u8]| {
            $crate::bounds::within(bytes, $body);
        });
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
            $crate::mutate::mutate_or_not(data, size, most, seed)
        });
    };
}
