//! A door for other services: TLS 1.3 where both sides show a certificate.

use std::{sync::Arc, time::Duration};

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

/// Connections at a time; further ones wait to be accepted.
const CONNECTIONS: usize = 512;
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
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => break,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let (acceptor, router, mut stop) = (acceptor.clone(), router.clone(), stop.clone());
        tokio::spawn(async move {
            let _place = place;
            let shaken = tokio::select! {
                shaken = timeout(HANDSHAKE, shake(acceptor, stream)) => shaken,
                () = stopped(&mut stop) => return,
            };
            match shaken {
                Ok(Ok((stream, peer))) => speak(stream, peer, router, stop).await,
                Ok(Err(error)) => tracing::info!(%error, "a service was not let in"),
                Err(_) => tracing::info!("a service did not finish its handshake"),
            }
        });
    }
    // Whoever still has a place finishes first.
    let all = u32::try_from(CONNECTIONS).unwrap_or(u32::MAX);
    let _ = places.acquire_many(all).await;
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
