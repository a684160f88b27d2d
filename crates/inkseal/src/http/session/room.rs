//! Room for large bodies while they arrive and are dealt with.
//!
//! All share it, and each session has a share: one that stalls many uploads, or sends many
//! at once, leaves the rest to others.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crypto::{Digest, Hash, digest};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The room, in parts.
pub struct Room {
    all: Arc<Semaphore>,
    share: usize,
    /// Parts that each session has, by the digest of its secret.
    taken: Mutex<HashMap<Digest, usize>>,
}

/// Why there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// All of it is taken.
    All,
    /// The session has its share.
    Share,
}

/// What one body takes of the room, until it is dropped.
pub struct Taken {
    room: Arc<Room>,
    session: Digest,
    parts: Vec<OwnedSemaphorePermit>,
}

impl Room {
    /// A room of so many parts, and so many of them for a session at most.
    pub fn new(parts: usize, share: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(parts)),
            share,
            taken: Mutex::default(),
        }
    }

    /// A body of the session with this secret, that has taken nothing yet.
    pub fn body(self: &Arc<Self>, session: &str) -> Taken {
        Taken {
            room: Arc::clone(self),
            session: digest(Hash::Sha256, session.as_bytes()),
            parts: Vec::new(),
        }
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<Digest, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// How many parts it has.
    pub fn parts(&self) -> usize {
        self.parts.len()
    }

    /// Takes another part.
    ///
    /// # Errors
    /// When there is none, for this session or for anybody.
    pub fn take(&mut self) -> Result<(), Full> {
        let mut taken = self.room.taken();
        let own = taken.get(&self.session).copied().unwrap_or_default();
        if own >= self.room.share {
            return Err(Full::Share);
        }
        let part = Arc::clone(&self.room.all).try_acquire_owned();
        self.parts.push(part.map_err(|_| Full::All)?);
        taken.insert(self.session.clone(), own + 1);
        Ok(())
    }

    /// Gives all of it back.
    pub fn give_back(&mut self) {
        let mut taken = self.room.taken();
        let own = taken.get(&self.session).copied().unwrap_or_default();
        // Of a session that has none nothing is kept.
        match own.saturating_sub(self.parts.len()) {
            0 => taken.remove(&self.session),
            left => taken.insert(self.session.clone(), left),
        };
        self.parts.clear();
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.give_back();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_its_share_and_others_the_rest() {
        let room = Arc::new(Room::new(5, 3));
        let (mut one, mut two) = (room.body("a"), room.body("a"));
        assert_eq!([one.take(), one.take(), two.take()], [Ok(()); 3]);
        assert_eq!(
            (one.take(), two.take()),
            (Err(Full::Share), Err(Full::Share))
        );
        let mut other = room.body("b");
        assert_eq!([other.take(), other.take()], [Ok(()); 2]);
        assert_eq!(other.take(), Err(Full::All));
        assert_eq!((one.parts(), other.parts()), (2, 2));
        one.give_back();
        assert_eq!([two.take(), two.take()], [Ok(()); 2]);
        assert_eq!(two.take(), Err(Full::Share));
        drop((one, two, other));
        assert_eq!(room.taken().len(), 0);
        assert_eq!(room.all.available_permits(), 5);
    }
}
