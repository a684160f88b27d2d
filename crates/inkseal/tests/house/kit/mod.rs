//! What the tests are made of.

pub mod client;
pub mod contract;
pub mod demo;
pub mod house;
pub mod log;
#[path = "../../../../trust/tests/trust/ntp.rs"]
pub mod ntp;
pub mod paper;
pub mod program;
pub mod served;
pub mod signer;
pub mod simulator;
pub mod split;
pub mod visit;

pub use client::{Answer, Client};
pub use contract::{Contract, contract};
pub use demo::Demo;
pub use house::House;
pub use program::{inkseal, repository, tool};
pub use simulator::Simulator;
pub use split::Split;
