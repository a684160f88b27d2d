//! `inkseal ca`: the certificate authority, and who may ask it.

mod ceremony;
mod certificate;
mod external;
mod lint;
mod service;

use std::process::ExitCode;

use clap::Subcommand;
pub use service::papers;

use super::wait;

/// The certificate authority.
#[derive(Subcommand)]
pub enum Ca {
    /// Make the issuing keys of a service before its first start, and ask for their
    /// certificates. 生成签发密钥与证书请求
    Request(ceremony::Request),
    /// On a machine without a network: sign the requests with the root's key, before
    /// witnesses. 根密钥仪式
    Ceremony(ceremony::Ceremony),
    /// Take in what a ceremony made. 安装仪式产物
    Install(ceremony::Install),
    /// On a machine without a network: sign another revocation list of the root. 更新根吊销列表
    RootList(ceremony::RootList),
    /// Take in such lists. 安装根吊销列表
    InstallList(ceremony::InstallList),
    /// Verify a ceremony's protocol by the roots beside it. 核验仪式记录
    ProtocolVerify(ceremony::ProtocolVerify),
    /// List the authorities that stand. 列出证书机构
    List(ceremony::List),
    /// Issue a certificate for a lasting key, by a certification request. 签发证书
    Issue(certificate::Issue),
    /// Show a certificate by its serial number. 查看证书
    Show(certificate::Show),
    /// List the certificates that last. 列出长期证书
    Certificates(certificate::Certificates),
    /// Revoke a lasting certificate. 吊销证书
    Revoke(certificate::Revoke),
    /// Hold certificates against the rules; exit 0 none is broken, 1 one is, 2 cannot
    /// read. 检查证书是否符合规则
    Lint(lint::Lint),
    /// Register another service, list them, or remove one. 登记可接入的服务
    Service(service::Service),
    /// Ask the configured authority elsewhere for a certificate that nobody uses. 检查外部 CA
    ExternalCheck(external::Check),
}

impl Ca {
    /// Runs a command.
    pub fn run(self) -> ExitCode {
        let done = match self {
            Self::Lint(lint) => return lint.run(),
            Self::Request(request) => wait(request.run()),
            Self::Ceremony(ceremony) => wait(ceremony.run()),
            Self::Install(install) => wait(install.run()),
            Self::RootList(list) => wait(list.run()),
            Self::InstallList(install) => wait(install.run()),
            Self::ProtocolVerify(verify) => verify.run(),
            Self::List(list) => wait(list.run()),
            Self::Issue(issue) => wait(issue.run()),
            Self::Show(show) => wait(show.run()),
            Self::Certificates(certificates) => wait(certificates.run()),
            Self::Revoke(revoke) => wait(revoke.run()),
            Self::Service(service) => wait(service.run()),
            Self::ExternalCheck(check) => wait(check.run()),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(reason) => {
                eprintln!("inkseal ca: {reason}");
                ExitCode::FAILURE
            }
        }
    }
}
