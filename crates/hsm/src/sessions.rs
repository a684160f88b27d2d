//! Sessions with a device: a bounded set, renewed as one when the device was restarted.
//!
//! A call borrows a session and gives it back. When the device does not know the session,
//! the login or the object any more, one thread connects anew while nobody is in a call,
//! all others take the connection that it made, and the call is tried once more. Signing
//! twice does no harm: nothing of the first attempt came back.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};

use crate::ModuleError;

/// For longer no caller waits.
const PATIENCE: Duration = Duration::from_secs(10);

/// What differs between the devices.
pub(crate) trait Device: Send + Sync {
    /// An open session; used by one thread at a time.
    type Session: Send;
    /// Why a call failed.
    type Fault;

    /// Held shared by every call into the library, alone by whoever connects anew.
    fn gate(&self) -> &Arc<RwLock<()>>;

    /// Connects, or connects anew after a fault. Nobody else is in a call.
    fn connect(&self, after: Option<&Self::Fault>) -> Result<(), ModuleError>;

    /// Opens a session.
    fn open(&self) -> Result<Self::Session, Self::Fault>;

    /// Closes a session that may be gone already.
    fn close(&self, session: Self::Session);

    /// Whether a fault may come of a restart, so that connecting anew may help.
    fn is_lost(&self, fault: &Self::Fault) -> bool;

    /// The fault in words.
    fn error(&self, fault: Self::Fault) -> ModuleError;

    /// What the module is called.
    fn name(&self) -> &'static str;
}

/// The sessions with one device.
pub(crate) struct Sessions<D: Device> {
    pub device: D,
    most: usize,
    /// For how long a call waits for a session.
    patience: Duration,
    state: Mutex<State>,
    desk: Mutex<Desk<D::Session>>,
    freed: Condvar,
}

/// What is known of the connection.
#[derive(Default)]
struct State {
    connected: bool,
    /// How often it was made; what a session knows of objects is of one of them.
    generation: u64,
    /// How often making it was tried.
    tries: u64,
    /// Why the last try failed.
    failure: Option<ModuleError>,
}

struct Desk<S> {
    free: Vec<S>,
    open: usize,
}

/// How an attempt ended that is no error.
enum Attempt<T, F> {
    Done(T),
    /// There was no connection, or the fault says that there is none any more.
    Lost {
        tries: u64,
        fault: Option<F>,
    },
}

impl<D: Device> Sessions<D> {
    /// At most so many sessions. Connects with the first call.
    pub fn new(device: D, most: usize) -> Self {
        let (free, open) = (Vec::new(), 0);
        Self {
            device,
            most: most.max(1),
            patience: PATIENCE,
            state: Mutex::default(),
            desk: Mutex::new(Desk { free, open }),
            freed: Condvar::new(),
        }
    }

    /// Does something with a session. It is given the number of the connection as well.
    pub fn run<T>(
        &self,
        work: impl Fn(&D::Session, u64) -> Result<T, D::Fault>,
    ) -> Result<T, ModuleError> {
        match self.attempt(&work)? {
            Attempt::Done(done) => return Ok(done),
            Attempt::Lost { tries, fault } => self.connect(tries, fault.as_ref())?,
        }
        match self.attempt(&work)? {
            Attempt::Done(done) => Ok(done),
            Attempt::Lost { fault, .. } => {
                let reason = fault.map(|fault| self.device.error(fault).to_string());
                Err(ModuleError::Away {
                    module: self.device.name(),
                    reason: reason.unwrap_or_else(|| "it went again".to_owned()),
                })
            }
        }
    }

    fn attempt<T>(
        &self,
        work: &impl Fn(&D::Session, u64) -> Result<T, D::Fault>,
    ) -> Result<Attempt<T, D::Fault>, ModuleError> {
        let _shared = self
            .device
            .gate()
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let (tries, generation, connected) = {
            let state = lock(&self.state);
            (state.tries, state.generation, state.connected)
        };
        if !connected {
            return Ok(Attempt::Lost { tries, fault: None });
        }
        let done = self.borrow()?.and_then(|(place, session)| {
            let done = work(&session, generation);
            match &done {
                Ok(_) => place.give_back(session),
                // It may be in the middle of something: not used again.
                Err(_) => self.device.close(session),
            }
            done
        });
        match done {
            Ok(done) => Ok(Attempt::Done(done)),
            Err(fault) if self.device.is_lost(&fault) => {
                let fault = Some(fault);
                Ok(Attempt::Lost { tries, fault })
            }
            Err(fault) => Err(self.device.error(fault)),
        }
    }

    /// Connects anew, unless another thread has tried since `seen`.
    fn connect(&self, seen: u64, fault: Option<&D::Fault>) -> Result<(), ModuleError> {
        let _alone = self
            .device
            .gate()
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let mut state = lock(&self.state);
        if state.tries != seen {
            return match &state.failure {
                Some(failure) => Err(failure.clone()),
                None => Ok(()),
            };
        }
        let old = {
            let mut desk = lock(&self.desk);
            desk.open = 0;
            std::mem::take(&mut desk.free)
        };
        for session in old {
            self.device.close(session);
        }
        if state.connected {
            tracing::warn!(
                module = self.device.name(),
                "the key module is connected anew"
            );
        }
        state.tries += 1;
        let made = self.device.connect(fault);
        if let Err(error) = &made {
            let code = error.code();
            tracing::error!(code, %error, "the key module is not connected");
        }
        state.connected = made.is_ok();
        state.generation += u64::from(made.is_ok());
        state.failure = made.as_ref().err().cloned();
        made
    }

    /// Waits for a free session, or opens one more.
    #[expect(clippy::type_complexity, reason = "busy is no fault of the device")]
    fn borrow(&self) -> Result<Result<(Place<'_, D>, D::Session), D::Fault>, ModuleError> {
        let full = |desk: &mut Desk<_>| desk.free.is_empty() && desk.open >= self.most;
        let waited = self
            .freed
            .wait_timeout_while(lock(&self.desk), self.patience, full);
        let (mut desk, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(ModuleError::Busy {
                module: self.device.name(),
                most: self.most,
                seconds: self.patience.as_secs(),
            });
        }
        let free = desk.free.pop();
        desk.open += usize::from(free.is_none());
        drop(desk);
        let (sessions, back) = (self, None);
        let place = Place { sessions, back };
        let session = free.map_or_else(|| self.device.open(), Ok);
        Ok(session.map(|session| (place, session)))
    }
}

impl<D: Device> Drop for Sessions<D> {
    fn drop(&mut self) {
        let _shared = self
            .device
            .gate()
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let free = std::mem::take(&mut lock(&self.desk).free);
        for session in free {
            self.device.close(session);
        }
    }
}

/// The place of a session in use. Dropped without one given back, it is free for another.
struct Place<'a, D: Device> {
    sessions: &'a Sessions<D>,
    back: Option<D::Session>,
}

impl<D: Device> Place<'_, D> {
    fn give_back(mut self, session: D::Session) {
        self.back = Some(session);
    }
}

impl<D: Device> Drop for Place<'_, D> {
    fn drop(&mut self) {
        let mut desk = lock(&self.sessions.desk);
        match self.back.take() {
            Some(session) => desk.free.push(session),
            None => desk.open = desk.open.saturating_sub(1),
        }
        drop(desk);
        self.sessions.freed.notify_one();
    }
}

/// Nothing that is locked here is left half changed by a panic.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use super::*;

    /// Numbers its sessions. A fault is whether it is of a restart.
    #[derive(Default)]
    struct Counter {
        gate: Arc<RwLock<()>>,
        opened: AtomicUsize,
        closed: AtomicUsize,
    }

    impl Device for Counter {
        type Session = usize;
        type Fault = bool;

        fn gate(&self) -> &Arc<RwLock<()>> {
            &self.gate
        }

        fn connect(&self, _after: Option<&bool>) -> Result<(), ModuleError> {
            Ok(())
        }

        fn open(&self) -> Result<usize, bool> {
            Ok(self.opened.fetch_add(1, SeqCst))
        }

        fn close(&self, _session: usize) {
            self.closed.fetch_add(1, SeqCst);
        }

        fn is_lost(&self, fault: &bool) -> bool {
            *fault
        }

        fn error(&self, _fault: bool) -> ModuleError {
            let (module, reason) = (self.name(), "no".to_owned());
            ModuleError::Failed { module, reason }
        }

        fn name(&self) -> &'static str {
            "counter"
        }
    }

    fn run(sessions: &Sessions<Counter>) -> Result<usize, ModuleError> {
        sessions.run(|session, _| Ok(*session))
    }

    #[test]
    fn a_session_is_used_again_until_a_call_fails() {
        let sessions = Sessions::new(Counter::default(), 1);
        assert_eq!([run(&sessions), run(&sessions)], [Ok(0), Ok(0)]);
        let failed = sessions.run::<()>(|_, _| Err(false)).unwrap_err();
        assert_eq!(failed.code(), "module-failed");
        // Its place is free, though there may be one session only.
        assert_eq!(run(&sessions), Ok(1));
        assert_eq!(sessions.device.closed.load(SeqCst), 1);
    }

    #[test]
    fn what_is_lost_twice_is_away() {
        let sessions = Sessions::new(Counter::default(), 1);
        let tries = AtomicUsize::new(0);
        let away = sessions.run::<()>(|_, _| {
            tries.fetch_add(1, SeqCst);
            Err(true)
        });
        assert_eq!(away.unwrap_err().code(), "module-away");
        assert!(tries.load(SeqCst) <= 2, "{tries:?}");
        assert!(run(&sessions).is_ok());
    }

    #[test]
    fn who_finds_all_sessions_in_use_is_told() {
        let mut sessions = Sessions::new(Counter::default(), 1);
        sessions.patience = Duration::ZERO;
        let inner = sessions.run(|_, _| Ok(run(&sessions).map_err(|error| error.code())));
        assert_eq!(inner, Ok(Err("module-busy")));
        assert!(run(&sessions).is_ok());
    }
}
