//! `inkseal demo --split`: the trust service beside the signing service, on a socket of
//! its own with mutual TLS, as another company would run it.

use std::{net::SocketAddr, path::Path};

use store::Store;
use tokio::{sync::oneshot, task::JoinHandle};

use crate::{
    cli::{ca::papers, serve::Open},
    config::Config,
    house::Reason,
    role::Role,
};

/// A trust service that runs.
pub struct Apart {
    stop: oneshot::Sender<()>,
    server: JoinHandle<Result<(), Reason>>,
}

impl Apart {
    /// Starts it in `out/trust`, and makes `config` the one of a signing service that
    /// asks it.
    pub async fn start(config: &mut Config, out: &Path) -> Result<Self, Reason> {
        let trust = Config {
            data: out.join("trust"),
            role: Role::Trust,
            trust_listen: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            ..config.clone()
        };
        let store = Store::open(&trust.data).await?;
        let given = papers(&trust, &store, "signing", &out.join("papers")).await;
        store.close().await;
        let given = given?;
        let open = Open::at(&trust).await?;
        config.data = out.join("signing");
        config.role = Role::Signing;
        config.trust_url = open.door()?.ok_or("the trust service has no door")?;
        config.tls_certificate = given.certificate;
        config.tls_key = given.key;
        config.tls_authorities = given.authorities;
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(open.serve(async move {
            let _ = stopped.await;
        }));
        Ok(Self { stop, server })
    }

    /// Stops it.
    pub async fn stop(self) -> Result<(), Reason> {
        let _ = self.stop.send(());
        self.server.await?
    }
}
