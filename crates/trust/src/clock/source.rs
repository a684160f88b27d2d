//! One question to one reference source: SNTP (RFC 5905, 14) over UDP.

use std::{net::SocketAddr, time::Duration};

use sntpc::{NtpContext, NtpTimestampGenerator, NtpUdpSocket};
use tokio::net::{UdpSocket, lookup_host};

use super::{Clock, quorum::Sample};
use crate::Millis;

/// Where NTP servers listen.
const PORT: u16 = 123;

/// Asks how far `wall` is ahead of a source, `host` or `host:port`. None when it does not
/// answer in time, or not as a server that is synchronised itself.
pub(super) async fn ask(source: &str, wall: &Clock, patience: Duration) -> Option<Sample> {
    let asked = tokio::time::timeout(patience, sample(source, wall)).await;
    match asked.map_err(|_| "it was silent".to_owned()) {
        Ok(Ok(sample)) => Some(sample),
        Ok(Err(reason)) | Err(reason) => {
            tracing::warn!(source, reason, "a time source did not tell the time");
            None
        }
    }
}

async fn sample(source: &str, wall: &Clock) -> Result<Sample, String> {
    let at = address(source).await.map_err(|error| error.to_string())?;
    let any: SocketAddr = if at.is_ipv4() {
        ([0, 0, 0, 0], 0).into()
    } else {
        ([0u16; 8], 0).into()
    };
    let socket = UdpSocket::bind(any).await.map_err(|e| e.to_string())?;
    let context = NtpContext::new(Stamps { wall, now: 0 });
    let result = sntpc::get_time(at, &Socket(&socket), context).await;
    let result = result.map_err(|error| format!("{error:?}"))?;
    let unsure = i64::try_from(result.roundtrip() / 2).unwrap_or(i64::MAX);
    Ok(Sample {
        ahead: result.offset().saturating_neg(),
        unsure,
    })
}

async fn address(source: &str) -> std::io::Result<SocketAddr> {
    let found = if source.parse::<std::net::IpAddr>().is_err() && has_port(source) {
        lookup_host(source).await?.next()
    } else {
        lookup_host((source, PORT)).await?.next()
    };
    found.ok_or_else(|| std::io::Error::other("no address"))
}

fn has_port(source: &str) -> bool {
    let port = source.rsplit_once(':').map(|(_, port)| port);
    port.is_some_and(|port| port.parse::<u16>().is_ok())
}

struct Socket<'a>(&'a UdpSocket);

impl NtpUdpSocket for Socket<'_> {
    async fn send_to(&self, bytes: &[u8], to: SocketAddr) -> sntpc::Result<usize> {
        let sent = self.0.send_to(bytes, to).await;
        sent.map_err(|_| sntpc::Error::Network)
    }

    async fn recv_from(&self, bytes: &mut [u8]) -> sntpc::Result<(usize, SocketAddr)> {
        let received = self.0.recv_from(bytes).await;
        received.map_err(|_| sntpc::Error::Network)
    }
}

/// The machine's clock as the protocol reads it.
#[derive(Clone, Copy)]
struct Stamps<'a> {
    wall: &'a Clock,
    now: Millis,
}

impl NtpTimestampGenerator for Stamps<'_> {
    fn init(&mut self) {
        self.now = (self.wall)();
    }

    fn timestamp_sec(&self) -> u64 {
        u64::try_from(self.now.div_euclid(1000)).unwrap_or_default()
    }

    fn timestamp_subsec_micros(&self) -> u32 {
        u32::try_from(self.now.rem_euclid(1000) * 1000).unwrap_or_default()
    }

    /// Milliseconds.
    fn precision(&self) -> i8 {
        -10
    }
}
