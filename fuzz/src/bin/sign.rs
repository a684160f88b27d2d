#![no_main]
inkseal_fuzz::target!(|bytes: &[u8]| {
    inkseal_fuzz::sign::sign(bytes);
});
