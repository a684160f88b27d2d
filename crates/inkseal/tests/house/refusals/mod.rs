//! What is refused: each with its code and status, as RFC 9457 problems, and
//! nothing is changed by it.

mod bodies;
mod codes;
mod credentials;
mod ends;
mod evidence;
mod links;
mod order;
mod repeats;
mod template;
