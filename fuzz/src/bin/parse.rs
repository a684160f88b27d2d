#![no_main]
inkseal_fuzz::target!(inkseal_fuzz::parse::parse);
