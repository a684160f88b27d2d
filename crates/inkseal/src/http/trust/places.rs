//! How much of what strangers ask for is worked on at once.

use std::sync::Arc;

use axum::http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::http::problem::Problem;

/// Seconds after which whoever found no place should come again.
const LATER: u32 = 1;

/// Places for answers that must be signed. Whoever finds none is told to come again: nobody
/// waits, so that nothing piles up.
#[derive(Clone)]
pub struct Places(Arc<Semaphore>);

/// A place; free again when it is dropped.
pub struct Place(#[expect(dead_code, reason = "held for its end")] OwnedSemaphorePermit);

impl Places {
    /// So many.
    pub fn new(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS))))
    }

    /// Takes one. For as long as a place is held, whoever asks has given all of the request.
    pub fn take(&self) -> Result<Place, Problem> {
        let place = Arc::clone(&self.0).try_acquire_owned();
        place.map(Place).map_err(|_| {
            let detail = "as much as this service works on at once is under way; ask again";
            let status = StatusCode::SERVICE_UNAVAILABLE;
            Problem::new(status, "too-many-requests", detail).again_after(LATER)
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;

    #[test]
    fn a_place_is_one_requests_until_it_ends() {
        let places = Places::new(2);
        let (one, two) = (places.take(), places.clone().take());
        let full = places.take().err().unwrap().into_response();
        assert_eq!(full.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(full.headers()["retry-after"], "1");
        drop(one.unwrap());
        let three = places.take().unwrap();
        assert!(places.take().is_err());
        drop((two.unwrap(), three));
        assert!(places.take().is_ok());
    }
}
