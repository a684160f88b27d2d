//! What the simulator does wrong when it is told to.

use std::{convert::Infallible, io, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use tokio::sync::watch;

use super::refuse;

/// What it was told, all of it good until it is told otherwise. `W` is what can be wrong
/// with its answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, bound = "W: Deserialize<'de>")]
pub struct Faults<W> {
    /// So many requests are answered with status 500 before anything is done.
    fail: u32,
    /// So many are done, and answered with status 500 all the same.
    pub lose: u32,
    /// Milliseconds before each answer.
    slow_ms: u64,
    /// Instead of each answer.
    instead: Option<Instead>,
    /// What is wrong with each answer.
    pub wrong: Option<W>,
    /// Requests that came, not to be told.
    #[serde(skip)]
    pub requests: u64,
    /// Who waits to be told something else.
    #[serde(skip, default = "waiters")]
    held: watch::Sender<()>,
}

fn waiters() -> watch::Sender<()> {
    watch::Sender::new(())
}

/// An answer that is none.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Instead {
    /// Nothing, for ever.
    Hang,
    /// Nothing, until it is told something else; then what is asked is done.
    Hold,
    /// Bytes that are no JSON.
    Garbage,
    /// Bytes without end.
    Endless,
    /// Another address.
    Redirect,
    /// A connection that breaks in the middle of an answer.
    Drop,
}

/// What happens to one request.
pub struct Fault {
    fail: bool,
    slow: Duration,
    instead: Option<Instead>,
    held: watch::Receiver<()>,
}

impl<W> Default for Faults<W> {
    fn default() -> Self {
        Self {
            fail: 0,
            lose: 0,
            slow_ms: 0,
            instead: None,
            wrong: None,
            requests: 0,
            held: waiters(),
        }
    }
}

impl<W> Faults<W> {
    /// Told to behave so from now on; what was counted goes on.
    pub fn told(&mut self, told: Self) {
        let requests = self.requests;
        let before = std::mem::replace(self, Self { requests, ..told });
        // Nobody may be waiting.
        let _ = before.held.send(());
    }

    /// Counts a request and says what happens to it.
    pub fn next(&mut self) -> Fault {
        self.requests += 1;
        let fail = self.fail > 0;
        self.fail = self.fail.saturating_sub(1);
        Fault {
            fail,
            slow: Duration::from_millis(self.slow_ms),
            instead: self.instead,
            held: self.held.subscribe(),
        }
    }

    /// Whether the answer to what was done is lost.
    pub fn loses(&mut self) -> bool {
        let lost = self.lose > 0;
        self.lose = self.lose.saturating_sub(1);
        lost
    }
}

impl Fault {
    /// Lets it happen. The error is what is answered.
    pub async fn happen(mut self) -> Result<(), Response> {
        if !self.slow.is_zero() {
            tokio::time::sleep(self.slow).await;
        }
        if self.fail {
            return Err(refuse(StatusCode::INTERNAL_SERVER_ERROR, "simulated"));
        }
        let body = match self.instead {
            None => return Ok(()),
            Some(Instead::Hang) => std::future::pending().await,
            Some(Instead::Hold) => {
                // It was told so too when it is gone.
                let _ = self.held.changed().await;
                return Ok(());
            }
            Some(Instead::Garbage) => Body::from("<html>it works</html>"),
            Some(Instead::Endless) => {
                let blank = Bytes::from_static(&[b' '; 16 * 1024]);
                let chunk = Ok::<_, Infallible>(blank);
                Body::from_stream(futures::stream::repeat(chunk))
            }
            Some(Instead::Drop) => {
                let begun = Ok(Bytes::from_static(b"{"));
                let broken = Err(io::Error::from(io::ErrorKind::ConnectionReset));
                Body::from_stream(futures::stream::iter([begun, broken]))
            }
            Some(Instead::Redirect) => {
                let mut there = refuse(StatusCode::TEMPORARY_REDIRECT, "elsewhere");
                let to = axum::http::HeaderValue::from_static("/v1/authority");
                there.headers_mut().insert("location", to);
                return Err(there);
            }
        };
        Err(Response::new(body))
    }
}
