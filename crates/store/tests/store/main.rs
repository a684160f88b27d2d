//! What the store promises: whole or not at all, durable when acknowledged, checked when
//! read.

mod batches;
mod blobs;
mod events;
mod house;
mod idempotency;
mod kills;
mod objects;
mod opening;
mod rows;
