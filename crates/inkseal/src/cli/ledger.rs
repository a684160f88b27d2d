//! `inkseal ledger`: fsck.

use std::process::ExitCode;

use clap::Subcommand;

use super::{ConfigFile, wait};
use crate::house::{House, Reason};

/// Looking after the ledger.
#[derive(Subcommand)]
pub enum Ledger {
    /// Re-read the whole ledger and recompute it; names the first bad entry. 全量复核
    Fsck {
        #[command(flatten)]
        config: ConfigFile,
    },
}

impl Ledger {
    /// Exit code: 0 clean, 1 not.
    pub fn run(self) -> ExitCode {
        let Self::Fsck { config } = self;
        let check = async {
            let config = config.load()?;
            if !config.data.join("inkseal.db").exists() {
                let folder = config.data.display();
                return Err::<(), Reason>(format!("{folder} has no data; give --data").into());
            }
            let house = House::open(&config).await?;
            // Entries that were committed just before a stop are sequenced first.
            house.trust.sequence().await?;
            let report = house.trust.fsck().await?;
            // The ledger is whole; now whether the events are those that it proves.
            let events = house.signing.audit().await?;
            let mut report = serde_json::to_value(report)?;
            report["events"] = events.into();
            println!("{report}");
            house.store.close().await;
            Ok(())
        };
        match wait(check) {
            Ok(()) => ExitCode::SUCCESS,
            Err(reason) => {
                eprintln!("inkseal ledger fsck: {reason}");
                ExitCode::FAILURE
            }
        }
    }
}
