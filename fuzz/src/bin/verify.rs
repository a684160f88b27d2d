#![no_main]
use std::{path::Path, sync::LazyLock};

use inkseal_fuzz::verify::{Known, verify};

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    Known::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/pdf/tests/fixtures"))
});

inkseal_fuzz::target!(|bytes: &[u8]| verify(bytes, &KNOWN));
