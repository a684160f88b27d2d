//! Runs calls for those who wait for them: signing is a plain function.

use std::{
    io,
    pin::Pin,
    sync::mpsc::{self, RecvTimeoutError},
    time::Duration,
};

use tokio::sync::mpsc as jobs;

use super::CscError;
use crate::outside::OutsideError;

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Longest wait; the calls have their own, shorter limits.
const PATIENCE: Duration = Duration::from_mins(2);

/// A thread with a runtime of its own. It ends when the last clone is dropped.
#[derive(Clone)]
pub struct Desk(jobs::UnboundedSender<Job>);

impl Desk {
    /// Starts the thread.
    pub fn open() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        // Whoever hands in a job waits for it: there are no more than waiting threads.
        let (desk, mut waiting) = jobs::unbounded_channel::<Job>();
        let work = async move {
            while let Some(job) = waiting.recv().await {
                tokio::spawn(job);
            }
        };
        let thread = std::thread::Builder::new().name("csc".to_owned());
        thread.spawn(move || runtime.block_on(work))?;
        Ok(Self(desk))
    }

    /// Runs a call to its end and gives what came of it. Not on an async thread.
    pub fn run<T: Send + 'static>(
        &self,
        call: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, CscError> {
        let (answer, answered) = mpsc::sync_channel(1);
        let job: Job = Box::pin(async move {
            // Nobody listens when the caller has gone.
            let _ = answer.send(call.await);
        });
        self.0.send(job).map_err(|_| CscError::Closed)?;
        answered
            .recv_timeout(PATIENCE)
            .map_err(|error| match error {
                RecvTimeoutError::Timeout => OutsideError::Slow(PATIENCE).into(),
                RecvTimeoutError::Disconnected => CscError::Closed,
            })
    }
}
