//! What this crate promises: that signing touches nothing but the end of a file, that
//! other people's tools agree with it, that what cannot be signed is refused by name,
//! and that no change and no trick makes a file valid that is not what was signed.

mod across;
mod appearances;
mod archive;
mod attacks;
mod canvas;
mod changes;
mod contract;
mod door;
mod fields;
mod foreign;
mod forger;
mod fuzzed;
mod genuine;
mod house;
mod judges;
mod labels;
mod later;
mod paper;
mod producers;
mod shadows;
mod shapes;
mod signatures;
mod signing;
mod texts;
mod trust;
