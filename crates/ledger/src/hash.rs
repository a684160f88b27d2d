//! Tree hashing (RFC 6962, 2.1).

use aws_lc_rs::digest::{Context, SHA256};

/// A SHA-256 hash of a leaf or node.
pub type Hash = [u8; 32];

fn hash(prefix: u8, parts: &[&[u8]]) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(&[prefix]);
    for part in parts {
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// Hash of an entry.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    hash(0, &[entry])
}

/// Hash of a node over two.
pub(crate) fn node_hash(left: &Hash, right: &Hash) -> Hash {
    hash(1, &[left, right])
}

/// The largest power of two below `n`; `n` is at least 2.
pub(crate) fn split(n: u64) -> u64 {
    1 << (u64::BITS - 1 - (n - 1).leading_zeros())
}

/// Root over hashes of equal trees, of which the last may be smaller.
pub(crate) fn root(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => {
            let mut out = [0; 32];
            out.copy_from_slice(Context::new(&SHA256).finish().as_ref());
            out
        }
        [one] => *one,
        more => {
            // A tile has at most 257 hashes: nine levels of recursion.
            let (left, right) =
                more.split_at(usize::try_from(split(more.len() as u64)).unwrap_or(1));
            node_hash(&root(left), &root(right))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The eight entries and roots of the test tree that Certificate Transparency
    /// implementations share.
    #[test]
    fn test_tree_of_certificate_transparency() {
        let entries: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let hashes: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let roots = [
            (
                0,
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            (
                1,
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            ),
            (
                2,
                "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            ),
            (
                3,
                "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            ),
            (
                8,
                "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
            ),
        ];
        for (size, expected) in roots {
            assert_eq!(hex::encode(root(&hashes[..size])), expected, "size {size}");
        }
    }
}
