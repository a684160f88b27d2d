//! The command line.

mod bench;
mod ca;
mod client;
mod demo;
mod device;
mod key;
mod ledger;
mod serve;
mod simulate;
mod timestamp;
mod verify;
mod witness;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand, ValueEnum};
use signing::event::Profile;

use crate::{
    config::{Config, LogFormat},
    house::Reason,
};

/// Inkseal 墨玺: signs contracts so that every signature can be proven. 电子合同签署与存证
#[derive(Parser)]
#[command(version, about)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sign the sample four-party loan contract and verify it. 签署示例借款合同并验证
    Demo(demo::Demo),
    /// Serve the API and the pages. 启动服务
    Serve(serve::Serve),
    /// Verify signed files; exit 0 valid, 1 not valid, 2 cannot read. 验证签署文件
    Verify(verify::Verify),
    /// The certificate authority and the services that may ask it. 证书机构
    #[command(subcommand)]
    Ca(ca::Ca),
    /// Have a file dated by a timestamp authority. 申请时间戳
    Timestamp(timestamp::Timestamp),
    /// Look after signing keys. 签名密钥
    #[command(subcommand)]
    Key(key::Key),
    /// Look after the ledger. 存证账本
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    /// Be a witness of other people's ledgers. 账本见证
    Witness(witness::Witness),
    /// Measure; one line of JSON per figure. 性能测试
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Run a simulator of an outside system. 外部系统模拟器
    #[command(subcommand)]
    Simulate(simulate::Simulate),
}

/// Algorithms of a contract.
#[derive(Clone, Copy, ValueEnum)]
enum ProfileName {
    /// SM2, SM3, SM4. 国密
    Gm,
    /// P-256, SHA-256, AES. 国际
    Intl,
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Gm => Self::Gm,
            ProfileName::Intl => Self::Intl,
        }
    }
}

/// Where the configuration is.
#[derive(clap::Args)]
struct ConfigFile {
    /// A TOML file. 配置文件
    #[arg(long)]
    config: Option<PathBuf>,
    /// Where everything is kept. 数据目录
    #[arg(long)]
    data: Option<PathBuf>,
}

impl ConfigFile {
    fn load(&self) -> Result<Config, Reason> {
        let mut config = Config::load(self.config.as_deref())?;
        if let Some(data) = &self.data {
            config.data.clone_from(data);
        }
        Ok(config)
    }
}

/// Of the server as it is configured; a configuration that cannot be read is told of when
/// the command reads it.
fn log_format(command: &Command) -> LogFormat {
    let config = match command {
        Command::Serve(serve) => serve.config.load().ok(),
        _ => Config::load(None).ok(),
    };
    config.map_or(LogFormat::Text, |config| config.log_format)
}

/// Runs a command.
pub fn run(arguments: Arguments) -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("INKSEAL_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match log_format(&arguments.command) {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
    let done = match arguments.command {
        Command::Verify(verify) => return verify.run(),
        Command::Demo(demo) => wait(demo.run()),
        Command::Serve(serve) => wait(serve.run()),
        Command::Key(key) => return key.run(),
        Command::Ca(ca) => return ca.run(),
        Command::Timestamp(timestamp) => wait(timestamp.run()),
        Command::Ledger(ledger) => return ledger.run(),
        Command::Witness(witness) => wait(witness.run()),
        Command::Bench(bench) => bench.run(),
        Command::Simulate(simulate) => wait(simulate.run()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("inkseal: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn wait(work: impl Future<Output = Result<(), Reason>>) -> Result<(), Reason> {
    // Blocking work is arithmetic or a flush: more threads than this only take turns.
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(4 + 2 * processors)
        .build()?
        .block_on(work)
}
