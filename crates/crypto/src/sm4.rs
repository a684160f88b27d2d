//! SM4 (GB/T 32907), sixteen blocks at once where the processor can.
//!
//! The library's cipher looks its S-box up byte by byte, in time that the cache tells of,
//! and sealing evidence was the largest part of an act. The S-box is an inversion in
//! GF(2^8) between two affine maps; processors with GFNI have both, for another polynomial
//! than SM4's, which an isomorphism within the maps makes up for. Elsewhere the library's
//! cipher serves.

use aes_gcm::aead::{KeyInit, KeySizeUser, consts::U16};
use sm4::cipher::{BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser, Key};

/// The cipher with a key.
pub(crate) enum Sm4 {
    /// One block after the other.
    Plain(sm4::Sm4),
    #[cfg(target_arch = "x86_64")]
    Wide(wide::Sm4),
}

impl KeySizeUser for Sm4 {
    type KeySize = U16;
}

impl BlockSizeUser for Sm4 {
    type BlockSize = U16;
}

impl KeyInit for Sm4 {
    fn new(key: &Key<Self>) -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(wide) = wide::Sm4::new(key) {
            return Self::Wide(wide);
        }
        Self::Plain(sm4::Sm4::new(key))
    }
}

impl BlockCipherEncrypt for Sm4 {
    fn encrypt_with_backend(&self, f: impl BlockCipherEncClosure<BlockSize = U16>) {
        match self {
            Self::Plain(cipher) => cipher.encrypt_with_backend(f),
            #[cfg(target_arch = "x86_64")]
            Self::Wide(cipher) => f.call(cipher),
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use std::arch::x86_64::{
        __m256i, _mm256_extract_epi32, _mm256_extract_epi64, _mm256_gf2p8affine_epi64_epi8,
        _mm256_gf2p8affineinv_epi64_epi8, _mm256_or_si256, _mm256_set_epi64x, _mm256_set1_epi32,
        _mm256_set1_epi64x, _mm256_shuffle_epi8, _mm256_slli_epi32, _mm256_srli_epi32,
        _mm256_unpackhi_epi32, _mm256_unpackhi_epi64, _mm256_unpacklo_epi32, _mm256_unpacklo_epi64,
        _mm256_xor_si256,
    };

    use aes_gcm::aead::consts::U16;
    use sm4::cipher::{
        Block, BlockCipherEncBackend, BlockSizeUser, InOut, InOutBuf, Key, ParBlocks,
        ParBlocksSizeUser,
    };
    use zeroize::Zeroizing;

    /// Bytes that go through at once.
    const BYTES: usize = 256;
    /// The parameter FK of the key schedule (GB/T 32907, 7.3).
    const FK: [u32; 4] = [0xa3b1_bac6, 0x56aa_3350, 0x677d_9197, 0xb270_22dc];
    /// The affine map before the inversion: SM4's own, then the isomorphism from its field,
    /// of x^8+x^7+x^6+x^5+x^4+x^2+1, to that of the processor, of x^8+x^4+x^3+x+1.
    const BEFORE: i64 = 0x4c28_7db9_1a22_505d;
    const BEFORE_PLUS: i32 = 0x3e;
    /// The affine map after it: the isomorphism back, then SM4's own.
    const AFTER: i64 = 0xf3ab_34a9_74a6_b589_u64.cast_signed();
    const AFTER_PLUS: i32 = 0xd3;

    /// Which byte comes to each place of half a vector: words turned left by one, two and
    /// three bytes, and words with their bytes the other way round.
    const BY_ONE: [i64; 2] = [0x0605_0407_0201_0003, 0x0e0d_0c0f_0a09_080b];
    const BY_TWO: [i64; 2] = [0x0504_0706_0100_0302, 0x0d0c_0f0e_0908_0b0a];
    const BY_THREE: [i64; 2] = [0x0407_0605_0003_0201, 0x0c0f_0e0d_080b_0a09];
    const REVERSED: [i64; 2] = [0x0405_0607_0001_0203, 0x0c0d_0e0f_0809_0a0b];

    /// The cipher with a key, where the processor has GFNI and AVX2.
    pub(crate) struct Sm4 {
        round_keys: Zeroizing<[u32; 32]>,
    }

    impl Sm4 {
        /// None where the processor cannot.
        pub fn new(key: &Key<super::Sm4>) -> Option<Self> {
            if !(is_x86_feature_detected!("gfni") && is_x86_feature_detected!("avx2")) {
                return None;
            }
            #[expect(unsafe_code, reason = "the processor is asked just above")]
            // SAFETY: the processor has what the function is compiled for.
            let round_keys = unsafe { expand(key) };
            Some(Self { round_keys })
        }

        fn encrypt(&self, blocks: &mut [u8; BYTES]) {
            #[expect(unsafe_code, reason = "the processor was asked when the key was set")]
            // SAFETY: there is no such key where the processor lacks what the function is
            // compiled for.
            unsafe {
                encrypt(&self.round_keys, blocks);
            }
        }
    }

    impl BlockSizeUser for Sm4 {
        type BlockSize = U16;
    }

    impl ParBlocksSizeUser for Sm4 {
        type ParBlocksSize = U16;
    }

    impl BlockCipherEncBackend for Sm4 {
        fn encrypt_block(&self, mut block: InOut<'_, '_, Block<Self>>) {
            let mut bytes = [0; BYTES];
            bytes[..16].copy_from_slice(block.get_in());
            self.encrypt(&mut bytes);
            block.get_out().copy_from_slice(&bytes[..16]);
        }

        fn encrypt_par_blocks(&self, blocks: InOut<'_, '_, ParBlocks<Self>>) {
            self.encrypt_tail_blocks(blocks.into_buf());
        }

        fn encrypt_tail_blocks(&self, mut blocks: InOutBuf<'_, '_, Block<Self>>) {
            let mut bytes = [0; BYTES];
            for (bytes, block) in bytes.chunks_exact_mut(16).zip(blocks.get_in()) {
                bytes.copy_from_slice(block);
            }
            self.encrypt(&mut bytes);
            for (bytes, block) in bytes.chunks_exact(16).zip(blocks.get_out()) {
                block.copy_from_slice(bytes);
            }
        }
    }

    /// The key schedule (GB/T 32907, 7.3).
    #[target_feature(enable = "gfni,avx2")]
    fn expand(key: &Key<super::Sm4>) -> Zeroizing<[u32; 32]> {
        let mut words = Zeroizing::new([0_u32; 4]);
        for ((word, bytes), fk) in words.iter_mut().zip(key.chunks_exact(4)).zip(FK) {
            let bytes = bytes.try_into().unwrap_or_default();
            *word = u32::from_be_bytes(bytes) ^ fk;
        }
        let mut round_keys = Zeroizing::new([0; 32]);
        for (round, round_key) in (0_u8..).zip(round_keys.iter_mut()) {
            let ck = [0, 1, 2, 3].map(|j| (round * 4).wrapping_add(j).wrapping_mul(7));
            let [first, second, third, fourth] = *words;
            let mixed = second ^ third ^ fourth ^ u32::from_be_bytes(ck);
            let mixed = substitute(_mm256_set1_epi32(mixed.cast_signed()));
            let mixed = _mm256_extract_epi32::<0>(mixed).cast_unsigned();
            *round_key = first ^ mixed ^ mixed.rotate_left(13) ^ mixed.rotate_left(23);
            *words = [second, third, fourth, *round_key];
        }
        round_keys
    }

    /// Sixteen blocks, as two groups of eight that do not wait for each other.
    #[target_feature(enable = "gfni,avx2")]
    fn encrypt(round_keys: &[u32; 32], blocks: &mut [u8; BYTES]) {
        let (left, right) = blocks.split_at_mut(BYTES / 2);
        let (mut x, mut y) = (load(left), load(right));
        for keys in round_keys.as_chunks().0 {
            let keys: [__m256i; 4] = keys.map(|key: u32| _mm256_set1_epi32(key.cast_signed()));
            x[0] = round([x[0], x[1], x[2], x[3]], keys[0]);
            y[0] = round([y[0], y[1], y[2], y[3]], keys[0]);
            x[1] = round([x[1], x[2], x[3], x[0]], keys[1]);
            y[1] = round([y[1], y[2], y[3], y[0]], keys[1]);
            x[2] = round([x[2], x[3], x[0], x[1]], keys[2]);
            y[2] = round([y[2], y[3], y[0], y[1]], keys[2]);
            x[3] = round([x[3], x[0], x[1], x[2]], keys[3]);
            y[3] = round([y[3], y[0], y[1], y[2]], keys[3]);
        }
        store(x, left);
        store(y, right);
    }

    /// What the first word of eight blocks becomes in one round.
    #[target_feature(enable = "gfni,avx2")]
    #[inline]
    fn round([first, second, third, fourth]: [__m256i; 4], key: __m256i) -> __m256i {
        let mixed = _mm256_xor_si256(
            _mm256_xor_si256(second, third),
            _mm256_xor_si256(fourth, key),
        );
        let s = substitute(mixed);
        // L: s, and s turned by 2, 10, 18 and 24 bits.
        let inner = _mm256_xor_si256(
            _mm256_xor_si256(s, shuffled(s, BY_ONE)),
            shuffled(s, BY_TWO),
        );
        let two_bits = _mm256_or_si256(
            _mm256_slli_epi32::<2>(inner),
            _mm256_srli_epi32::<30>(inner),
        );
        let linear = _mm256_xor_si256(_mm256_xor_si256(s, shuffled(s, BY_THREE)), two_bits);
        _mm256_xor_si256(first, linear)
    }

    /// The S-box on each byte.
    #[target_feature(enable = "gfni,avx2")]
    #[inline]
    fn substitute(bytes: __m256i) -> __m256i {
        let (before, after) = (_mm256_set1_epi64x(BEFORE), _mm256_set1_epi64x(AFTER));
        let mapped = _mm256_gf2p8affine_epi64_epi8::<BEFORE_PLUS>(bytes, before);
        _mm256_gf2p8affineinv_epi64_epi8::<AFTER_PLUS>(mapped, after)
    }

    /// The bytes in another order, the same in both halves.
    #[target_feature(enable = "gfni,avx2")]
    #[inline]
    fn shuffled(words: __m256i, [low, high]: [i64; 2]) -> __m256i {
        _mm256_shuffle_epi8(words, _mm256_set_epi64x(high, low, high, low))
    }

    /// Eight blocks as four vectors: the first words of all, the second words, and so on.
    #[target_feature(enable = "gfni,avx2")]
    #[inline]
    fn load(blocks: &[u8]) -> [__m256i; 4] {
        let mut vectors = [_mm256_set1_epi64x(0); 4];
        for (vector, bytes) in vectors.iter_mut().zip(blocks.chunks_exact(32)) {
            let part = |at: usize| {
                let bytes = bytes.get(at..at + 8).and_then(|b| b.try_into().ok());
                i64::from_le_bytes(bytes.unwrap_or_default())
            };
            *vector = shuffled(
                _mm256_set_epi64x(part(24), part(16), part(8), part(0)),
                REVERSED,
            );
        }
        transposed(vectors)
    }

    /// The words in the order of the result, the last before the first (GB/T 32907, 7.1).
    #[target_feature(enable = "gfni,avx2")]
    #[inline]
    fn store([first, second, third, fourth]: [__m256i; 4], blocks: &mut [u8]) {
        let vectors = transposed([fourth, third, second, first]);
        for (vector, bytes) in vectors.into_iter().zip(blocks.chunks_exact_mut(32)) {
            let vector = shuffled(vector, REVERSED);
            let parts = [
                _mm256_extract_epi64::<0>(vector),
                _mm256_extract_epi64::<1>(vector),
                _mm256_extract_epi64::<2>(vector),
                _mm256_extract_epi64::<3>(vector),
            ];
            for (part, bytes) in parts.into_iter().zip(bytes.chunks_exact_mut(8)) {
                bytes.copy_from_slice(&part.to_le_bytes());
            }
        }
    }

    /// Rows for columns, in each half for itself.
    #[target_feature(enable = "gfni,avx2")]
    #[inline]
    fn transposed([a, b, c, d]: [__m256i; 4]) -> [__m256i; 4] {
        let (ab, cd) = (_mm256_unpacklo_epi32(a, b), _mm256_unpacklo_epi32(c, d));
        let (high_ab, high_cd) = (_mm256_unpackhi_epi32(a, b), _mm256_unpackhi_epi32(c, d));
        [
            _mm256_unpacklo_epi64(ab, cd),
            _mm256_unpackhi_epi64(ab, cd),
            _mm256_unpacklo_epi64(high_ab, high_cd),
            _mm256_unpackhi_epi64(high_ab, high_cd),
        ]
    }
}

#[cfg(test)]
mod tests {
    use sm4::cipher::Block;

    use super::*;

    const PLACES: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    fn blocks(count: u8) -> Vec<Block<Sm4>> {
        let block = |at: u8| PLACES.map(|place| at.wrapping_mul(31) ^ place).into();
        (0..count).map(block).collect()
    }

    /// GB/T 32907, A.1, in each of sixteen places.
    #[test]
    fn the_example_of_the_standard_is_encrypted() {
        let bytes: [u8; 16] = hex::decode("0123456789abcdeffedcba9876543210")
            .unwrap()
            .try_into()
            .unwrap();
        let mut many = [Block::<Sm4>::from(bytes); 16];
        Sm4::new(&bytes.into()).encrypt_blocks(&mut many);
        for block in many {
            assert_eq!(hex::encode(block), "681edf34d206965e86b3e94f536e4246");
        }
    }

    /// Where the processor can, sixteen blocks are taken at once: else the other tests hold
    /// the library against itself.
    #[test]
    #[cfg(target_arch = "x86_64")]
    fn what_the_processor_has_is_used() {
        let can = is_x86_feature_detected!("gfni") && is_x86_feature_detected!("avx2");
        let cipher = Sm4::new(&[0; 16].into());
        assert_eq!(matches!(cipher, Sm4::Wide(_)), can);
    }

    /// With keys in which every byte comes at every place.
    #[test]
    fn many_blocks_are_encrypted_as_the_library_does_it() {
        for first in 0..=u8::MAX {
            let key = PLACES.map(|place| first.wrapping_add(place.wrapping_mul(17)));
            let key = Key::<Sm4>::from(key);
            let (ours, theirs) = (Sm4::new(&key), sm4::Sm4::new(&key));
            for count in (0..=34).chain([255]) {
                let (mut a, mut b) = (blocks(count), blocks(count));
                let mut apart = vec![Block::<Sm4>::default(); a.len()];
                ours.encrypt_blocks_b2b(&a, &mut apart).unwrap();
                ours.encrypt_blocks(&mut a);
                theirs.encrypt_blocks(&mut b);
                assert_eq!(a, b, "{count} blocks, key of {first}");
                assert_eq!(
                    apart, b,
                    "{count} blocks, key of {first}, into another place"
                );
            }
        }
    }
}
