//! What is over goes: secrets of the staff that have ended, and numbers that no open
//! contract awaits. Nothing that is proven is among it.

use std::time::Duration;

use store::{Change, Row};
use tokio::{task::JoinHandle, time::MissedTickBehavior};

use super::{Signing, SigningError};

/// How often is looked for what is over: some is deleted each time.
const INTERVAL: Duration = Duration::from_mins(1);
/// What is deleted belongs to all tenants; the change to the operator.
const OPERATOR: &str = "operator";

impl Signing {
    /// Forgets what is over by now, or a part of it when it is much.
    pub async fn forget(&self) -> Result<(), SigningError> {
        let change = Change {
            tenant: OPERATOR.to_owned(),
            rows: vec![Row::Over { by: self.now() }],
            ..Change::default()
        };
        self.0.parts.store.commit(change).await?;
        Ok(())
    }

    /// Forgets what is over, from now on.
    #[must_use]
    pub fn spawn_forgetting(&self) -> JoinHandle<()> {
        let service = self.clone();
        tokio::spawn(async move {
            let mut tick = tokio::time::interval(INTERVAL);
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tick.tick().await;
                if let Err(error) = service.forget().await {
                    tracing::warn!(code = error.code(), "what is over was not deleted");
                }
            }
        })
    }
}
