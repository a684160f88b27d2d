//! A time server on loopback that says what a test wants (NTP, RFC 5905, 7.3).

use std::{
    net::UdpSocket,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering::SeqCst},
    },
};

/// Seconds from 1900 to 1970.
const ERA: i64 = 2_208_988_800;

/// A running server; it ends with the test's process.
#[derive(Clone)]
pub struct Ntp {
    /// Where it listens, `host:port`.
    pub address: String,
    shift: Arc<AtomicI64>,
    silent: Arc<AtomicBool>,
    /// Says that it is not synchronised itself.
    alarm: Arc<AtomicBool>,
}

impl Ntp {
    /// Tells the time that `time` gives, in milliseconds since 1970.
    pub fn telling(time: impl Fn() -> i64 + Send + 'static) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: socket.local_addr().unwrap().to_string(),
            shift: Arc::default(),
            silent: Arc::default(),
            alarm: Arc::default(),
        };
        let own = server.clone();
        std::thread::spawn(move || own.serve(&socket, time));
        server
    }

    /// Tells another time from now on, this many milliseconds from the right one.
    pub fn shift(&self, ms: i64) {
        self.shift.store(ms, SeqCst);
    }

    pub fn silent(&self, silent: bool) {
        self.silent.store(silent, SeqCst);
    }

    #[allow(dead_code, reason = "shared between two test binaries")]
    pub fn alarm(&self, alarm: bool) {
        self.alarm.store(alarm, SeqCst);
    }

    fn serve(&self, socket: &UdpSocket, time: impl Fn() -> i64) {
        let mut query = [0; 64];
        while let Ok((length, from)) = socket.recv_from(&mut query) {
            if length != 48 || self.silent.load(SeqCst) {
                continue;
            }
            let stamp = stamp(time() + self.shift.load(SeqCst));
            let leap = if self.alarm.load(SeqCst) { 3 } else { 0 };
            let mut answer = [0; 48];
            answer[0] = leap << 6 | query[0] & 0b0011_1000 | 4;
            answer[1] = 1;
            answer[24..32].copy_from_slice(&query[40..48]);
            answer[32..40].copy_from_slice(&stamp);
            answer[40..48].copy_from_slice(&stamp);
            socket.send_to(&answer, from).unwrap();
        }
    }
}

fn stamp(ms: i64) -> [u8; 8] {
    let seconds = u64::try_from(ms.div_euclid(1000) + ERA).unwrap();
    let fraction = u64::try_from(ms.rem_euclid(1000)).unwrap() * (1 << 32) / 1000;
    (seconds << 32 | fraction).to_be_bytes()
}
