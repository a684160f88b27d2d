//! What the signing service promises, over a real store, with a clock that the tests
//! turn and authorities that can fail or cheat.

mod acts;
mod attacks;
mod audit;
mod authorised;
mod authorities;
mod codes;
mod enterprises;
mod evidence;
mod house;
mod looks;
mod order;
mod passwords;
mod persons;
mod photos;
mod pickup;
mod privacy;
mod register;
mod revoked;
mod sets;
mod staff;
mod time;
mod told;
