//! What the signing service promises, over a real store, with a clock that the tests
//! turn and authorities that can fail or cheat.

mod acts;
mod attacks;
mod audit;
mod authorised;
mod authorities;
mod evidence;
mod house;
mod looks;
mod order;
mod privacy;
mod revoked;
mod sets;
mod time;
mod told;
