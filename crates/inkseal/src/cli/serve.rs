//! `inkseal serve`: API and pages.

use std::{net::SocketAddr, sync::Arc};

use axum::Router;
use clap::Args;
use tokio::{net::TcpListener, sync::watch};

use super::ConfigFile;
use crate::{
    config::Config,
    house::{House, Reason, TrustHouse},
    http::{self, mutual},
    metrics_page::Recorded,
    role::Role,
    services,
};

/// How long requests that are under way may still take when the server stops.
const GRACE: std::time::Duration = std::time::Duration::from_secs(5);

/// Serves until it is stopped; starting again continues with everything that was there.
#[derive(Args)]
pub struct Serve {
    #[command(flatten)]
    pub(super) config: ConfigFile,
    /// Which services run in this process. 角色
    #[arg(long, value_enum)]
    role: Option<Role>,
    /// Address to listen on.
    #[arg(long)]
    listen: Option<SocketAddr>,
}

/// A house with its doors open.
pub struct Open {
    /// The house.
    pub house: House,
    /// How it is reached.
    pub url: String,
    listener: TcpListener,
    door: Option<Door>,
    behind_proxy: bool,
}

/// The trust service's door for other services.
struct Door {
    listener: TcpListener,
    tls: Arc<rustls::ServerConfig>,
    router: Router,
}

impl Door {
    async fn at(address: SocketAddr, house: &TrustHouse, config: &Config) -> Result<Self, Reason> {
        let tls = services::identity(house, config).await?.server()?;
        let listener = TcpListener::bind(address).await;
        let listener = listener.map_err(|e| format!("trust_listen: {address}: {e}"))?;
        let router = http::trust_service::router(house.clone());
        Ok(Self {
            listener,
            tls,
            router,
        })
    }
}

impl Open {
    /// Opens the house and binds its address; serves nothing yet.
    pub async fn at(config: &Config) -> Result<Self, Reason> {
        let house = House::open(config).await?;
        let listener = TcpListener::bind(config.listen)
            .await
            .map_err(|e| format!("{}: {e}; choose another with --listen", config.listen))?;
        let url = match config.public_url.trim_end_matches('/') {
            "" => format!("http://{}", listener.local_addr()?),
            given => given.to_owned(),
        };
        let door = match (config.door(), &house.trust) {
            (Some(address), Some(trust)) => Some(Door::at(address, trust, config).await?),
            _ => None,
        };
        Ok(Self {
            house,
            url,
            listener,
            door,
            behind_proxy: config.behind_proxy,
        })
    }

    /// Where other services reach the trust service, if it has a door.
    pub fn door(&self) -> std::io::Result<Option<String>> {
        let address = |door: &Door| Ok(format!("https://{}", door.listener.local_addr()?));
        self.door.as_ref().map(address).transpose()
    }

    /// Serves until `stop` is ready, then finishes what is under way.
    pub async fn serve(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Reason> {
        let store = self.house.store.clone();
        let keeping = self.house.spawn();
        let (close, closed) = watch::channel(false);
        let door = self
            .door
            .map(|door| tokio::spawn(mutual::serve(door.listener, door.tls, door.router, closed)));
        let router = http::router(self.house, self.url, self.behind_proxy);
        let (told, asked) = tokio::sync::oneshot::channel();
        let stop = async move {
            stop.await;
            // Nobody listens when there is no such door.
            let _ = close.send(true);
            let _ = told.send(());
        };
        let serving = axum::serve(
            self.listener,
            router.into_make_service_with_connect_info::<SocketAddr>(),
        )
        .with_graceful_shutdown(stop);
        let all = async {
            serving.await?;
            if let Some(door) = door {
                door.await?;
            }
            Ok::<_, Reason>(())
        };
        tokio::select! {
            done = all => done?,
            // Whoever has not finished by now does not keep the rest from closing.
            () = grace(asked) => {}
        }
        keeping.iter().for_each(tokio::task::JoinHandle::abort);
        store.close().await;
        Ok(())
    }
}

/// Ends a while after the server was asked to stop.
async fn grace(asked: tokio::sync::oneshot::Receiver<()>) {
    if asked.await.is_ok() {
        tokio::time::sleep(GRACE).await;
    }
}

impl Serve {
    /// Runs until it is stopped.
    pub async fn run(self) -> Result<(), Reason> {
        let mut config = self.config.load()?;
        if let Some(role) = self.role {
            config.role = role;
        }
        if let Some(listen) = self.listen {
            config.listen = listen;
        }
        let recorded = config
            .metrics_listen
            .map(|listen| (listen, Recorded::begin()));
        let open = Open::at(&config).await?;
        let stop = stopped();
        if let Some((listen, recorded)) = recorded {
            let address = recorded?.show(listen, &open.house).await?;
            println!("  metrics 指标      http://{address}/metrics");
        }
        println!("Inkseal  {}", open.url);
        println!("  API 接口文档      {}/api/docs", open.url);
        println!("  data 数据目录     {}", config.data.display());
        if let Some(password) = http::auth::first_password(&open.house.store).await? {
            println!("  one-time administrator password 一次性管理员密码: admin / {password}");
            println!(
                "    change it 请先修改: POST {}/api/v1/admin/password",
                open.url
            );
        }
        if let Some(door) = &open.door {
            let address = door.listener.local_addr()?;
            println!(
                "  trust service 可信服务  https://{address} (mutual TLS; `inkseal ca service`)"
            );
        }
        if let Some(simulator) = open.house.simulators.sms {
            println!(
                "  SMS simulator 短信模拟器 http://{simulator} (set sms_gateway for a real one 正式使用请配置 sms_gateway)"
            );
        }
        if let Some(simulator) = open.house.simulators.authority {
            println!(
                "  identity authority simulator 身份核验模拟器 http://{simulator} (set identity_authority for a real one 正式使用请配置 identity_authority)"
            );
        }
        let trust = open.house.trust.as_ref();
        if trust.is_some_and(|house| house.trust.holds_root()) {
            println!(
                "  the root's key is here 根密钥在本机: hold a ceremony before the first start, docs/ceremony.md 正式使用请先举行密钥仪式"
            );
        }
        match (config.role, &config.external_ca) {
            (Role::Signing, _) => println!(
                "  certificates are the trust service's 证书由可信服务签发: {}",
                config.trust_url
            ),
            (Role::All, Some(there)) => println!(
                "  certificates are issued elsewhere 证书由外部 CA 签发: {} ({})",
                there.url,
                there.suites.join(", ")
            ),
            _ => println!(
                "  certificates are the operator's own 证书由运营方自建 CA 签发: {}",
                config.operator
            ),
        }
        open.serve(stop).await
    }
}

/// Ready when the process is asked to stop. It listens from the call on, before the future
/// is waited for: who asks while the start is still told is heard.
pub fn stopped() -> impl Future<Output = ()> + Send + 'static {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = signal(SignalKind::terminate());
    async move {
        let Ok(mut terminate) = terminate else {
            return;
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    }
}
