//! Connects the signing service's ports to the trust service, wherever it runs.

pub mod in_process;
pub mod remote;
