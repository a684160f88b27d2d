//! The promises of the binary, kept by the binary itself: every test starts
//! `inkseal` on loopback and speaks to it as its users do.

mod anchor;
mod authorised;
mod callback;
mod ceremony;
mod certificates;
mod csc;
mod demo;
mod docs;
mod external_ca;
mod fsck;
mod health;
mod judges;
mod keys;
mod kit;
mod ledger;
mod modes;
mod monitor;
mod once;
mod outside_tsa;
mod page;
mod pickup;
mod power;
mod refusals;
mod register;
mod revocation;
mod roles;
mod serve;
mod simulators;
mod sm2;
mod staff;
mod timestamps;
mod together;
mod upload;
mod verify;
mod witness;
