//! A door for other services: TLS 1.3 where both sides show a certificate.
//!
//! Whoever has shown none yet is a stranger: handshakes have places of their own, of which
//! one address gets a part, so that strangers keep no service out.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, body::Body};
use hyper::{Request, body::Incoming, server::conn::http1, service::Service, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use rustls::ServerConfig;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::services::fingerprint;

/// Connections of services at a time; further ones wait for a place.
const CONNECTIONS: usize = 512;
/// Handshakes at a time, and of those from one address; further ones are closed, and a
/// service comes again.
const HANDSHAKES: usize = 256;
const HANDSHAKES_EACH: usize = 64;
/// How long a handshake may take, and the head of a request, an idle connection included.
const HANDSHAKE: Duration = Duration::from_secs(10);
const HEAD: Duration = Duration::from_secs(30);
/// Longest head of a request, in bytes.
const LARGEST_HEAD: usize = 16 * 1024;
/// Before accepting again after the system refused.
const PAUSE: Duration = Duration::from_millis(100);

/// Fingerprint of the certificate that the other side showed.
#[derive(Clone)]
pub struct Peer(pub Arc<str>);

/// Serves until `stop` says so, then finishes the requests that are under way.
pub async fn serve(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    let acceptor = TlsAcceptor::from(tls);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let strangers = Strangers::default();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => break,
        };
        let Ok((stream, from)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let Some(stranger) = strangers.let_in(from.ip()) else {
            tracing::info!(address = %from.ip(), "too many handshakes; one was closed");
            continue;
        };
        let (acceptor, router, mut stop) = (acceptor.clone(), router.clone(), stop.clone());
        let places = Arc::clone(&places);
        tokio::spawn(async move {
            let known = async {
                let shaken = shake(acceptor, stream).await?;
                let place = places.acquire_owned().await;
                Ok::<_, std::io::Error>((shaken, place.map_err(std::io::Error::other)?))
            };
            let shaken = tokio::select! {
                shaken = timeout(HANDSHAKE, known) => shaken,
                () = stopped(&mut stop) => return,
            };
            drop(stranger);
            match shaken {
                Ok(Ok(((stream, peer), _place))) => speak(stream, peer, router, stop).await,
                Ok(Err(error)) => tracing::info!(%error, "a service was not let in"),
                Err(_) => tracing::info!("a service did not finish its handshake"),
            }
        });
    }
    // Whoever still has a place finishes first.
    let all = u32::try_from(CONNECTIONS).unwrap_or(u32::MAX);
    let _ = places.acquire_many(all).await;
}

/// Those who are in their handshakes, by address.
#[derive(Clone, Default)]
struct Strangers(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One of them; gone when it is dropped.
struct Stranger {
    all: Strangers,
    from: IpAddr,
}

impl Strangers {
    /// None when there are too many, of all or of this address.
    fn let_in(&self, from: IpAddr) -> Option<Stranger> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (sum, of_it) = (all.values().sum::<usize>(), all.get(&from).copied());
        if sum >= HANDSHAKES || of_it.unwrap_or(0) >= HANDSHAKES_EACH {
            return None;
        }
        *all.entry(from).or_default() += 1;
        let all = self.clone();
        Some(Stranger { all, from })
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = all.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.from);
            }
        }
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone says the same.
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn shake(
    acceptor: TlsAcceptor,
    stream: TcpStream,
) -> std::io::Result<(TlsStream<TcpStream>, Peer)> {
    stream.set_nodelay(true)?;
    let stream = acceptor.accept(stream).await?;
    let shown = stream.get_ref().1.peer_certificates();
    let shown = shown.and_then(<[_]>::first);
    let shown = shown.ok_or_else(|| std::io::Error::other("no certificate was shown"))?;
    let peer = Peer(fingerprint(shown).into());
    Ok((stream, peer))
}

async fn speak(
    stream: TlsStream<TcpStream>,
    peer: Peer,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    let inner = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer.clone());
        inner.call(request.map(Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a service's connection broke");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_a_part_of_the_handshakes_and_gets_it_back() {
        let strangers = Strangers::default();
        let from = |last: u8| IpAddr::from([192, 0, 2, last]);
        let mut inside: Vec<Stranger> = Vec::new();
        for _ in 0..HANDSHAKES_EACH {
            inside.extend(strangers.let_in(from(1)));
        }
        assert!(strangers.let_in(from(1)).is_none());
        assert!(strangers.let_in(from(2)).is_some(), "others come in");
        inside.pop();
        inside.extend(strangers.let_in(from(1)));
        assert_eq!(inside.len(), HANDSHAKES_EACH);
        for last in 2..=u8::MAX {
            inside.extend(strangers.let_in(from(last)));
        }
        assert_eq!(inside.len(), HANDSHAKES);
        assert!(strangers.let_in(from(0)).is_none(), "of all together");
        inside.clear();
        let all = strangers.0.lock().unwrap();
        assert!(all.is_empty(), "nothing is kept of who has gone");
    }
}
