//! Compression of what we write: fast, since a file is signed while people wait.

use std::io::Write;

/// Compresses in zlib format (RFC 1950), as `/FlateDecode` expects.
pub(crate) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let out = Vec::with_capacity(bytes.len() / 2 + 64);
    let mut encoder = flate2::write::ZlibEncoder::new(out, flate2::Compression::fast());
    // Writing to a vector does not fail; were it so, an empty stream would be seen.
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .unwrap_or_default()
}
