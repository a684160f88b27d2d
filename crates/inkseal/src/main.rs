//! The `inkseal` binary.
fn main() {}
