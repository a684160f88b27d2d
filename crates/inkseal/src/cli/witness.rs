//! `inkseal witness`: cosigns the checkpoints of other people's ledgers.

use std::{fs, net::SocketAddr, path::PathBuf, sync::Arc};

use clap::Args;
use tokio::net::TcpListener;

use super::serve::stopped;
use crate::{
    house::Reason,
    witness::{self, router},
};

/// Serves the witness protocol of C2SP until it is stopped.
#[derive(Args)]
pub struct Witness {
    /// Where key and last checkpoints are kept. A witness that lost them is retired:
    /// another folder is another witness. 数据目录
    #[arg(long)]
    data: PathBuf,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:8641")]
    listen: SocketAddr,
    /// Its name, a URL without a scheme.
    #[arg(long, default_value = "inkseal.local/witness")]
    name: String,
    /// A log that it watches: its verifier keys, or a file with them. 见证的账本公钥
    #[arg(long = "log", required = true)]
    logs: Vec<String>,
}

impl Witness {
    /// Runs until it is stopped.
    pub async fn run(self) -> Result<(), Reason> {
        let logs: Result<Vec<String>, Reason> = self.logs.iter().map(|log| keys(log)).collect();
        let witness = Arc::new(witness::Witness::open(&self.data, &self.name, &logs?).await?);
        let listener = TcpListener::bind(self.listen)
            .await
            .map_err(|e| format!("{}: {e}; choose another with --listen", self.listen))?;
        println!("witness 见证  http://{}", listener.local_addr()?);
        println!("key 公钥  {}", witness.verifier());
        let serving = axum::serve(listener, router(Arc::clone(&witness)));
        serving.with_graceful_shutdown(stopped()).await?;
        witness.close().await;
        Ok(())
    }
}

/// Verifier keys, or what is in the file of this name.
pub fn keys(given: &str) -> Result<String, Reason> {
    if given.contains('+') && !PathBuf::from(given).exists() {
        return Ok(given.to_owned());
    }
    fs::read_to_string(given).map_err(|e| format!("{given}: {e}").into())
}
