//! Signers in flight, over HTTP, with the simulators that are servers. The server is a
//! process of its own, so that what it takes can be told from what the signers' side takes.

use std::{
    fmt::Write,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use clap::Args;
use ink::{
    Handwriting,
    hand::{Medians, from_medians},
};
use serde_json::{Value, json};
use signing::event::Profile;

use super::{act::merge, processor_seconds, progress, resident, spread};
use crate::{
    cli::{
        ProfileName,
        client::{Client, text},
        device::Device,
        serve::Open,
    },
    config::Config,
    house::Reason,
    http::auth::make_api_key,
};

const MEDIANS: &str = include_str!("../../../demo/medians.json");
/// Who signs; the authority simulator knows this person.
const PERSON: [&str; 3] = ["陈思远", "310101199003077413", "13800005678"];
/// Requests that are prepared at once.
const AT_ONCE: usize = 16;

/// Measures opening, evidence and submission while many sessions are open.
#[derive(Args)]
pub struct Sessions {
    #[arg(long, value_enum, default_value = "gm")]
    profile: ProfileName,
    /// Sessions that are open, read and identified, and wait.
    #[arg(long, default_value_t = 20_000)]
    open: usize,
    /// Acts a second, begun at this rate whatever becomes of them.
    #[arg(long, default_value_t = 200)]
    rate: usize,
    /// For how long, in seconds.
    #[arg(long, default_value_t = 60)]
    seconds: usize,
    /// Be the server of such a bench, until standard input ends.
    #[arg(long, hide = true)]
    server: bool,
}

/// The server's process; it ends when its standard input does, at the latest when this is
/// dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // It may have ended by itself.
        let _ = self.0.wait();
    }
}

/// What all signers share.
struct World {
    platform: Client,
    draft: Value,
    handwriting: Handwriting,
    times: Mutex<Times>,
}

/// How long each kind of request took.
#[derive(Default)]
struct Times {
    opening: Vec<Duration>,
    evidence: Vec<Duration>,
    submission: Vec<Duration>,
}

/// A signer on the way.
struct Signer {
    client: Client,
    session: Value,
    device: Device,
}

impl Sessions {
    /// Runs the bench.
    pub async fn run(self) -> Result<(), Reason> {
        if self.server {
            return serve().await;
        }
        let (server, platform) = start()?;
        let process = server.0.id().to_string();
        let medians: Vec<Medians> = serde_json::from_str(MEDIANS)?;
        let world = Arc::new(World {
            platform,
            draft: draft(Profile::from(self.profile)),
            handwriting: from_medians(&medians, 1)?,
            times: Mutex::default(),
        });

        let waiting = many(&world, self.open, "opening", |world| async move {
            let link = world.link().await?;
            let signer = world.open(&link).await?;
            world.evidence(&signer, |_| ()).await?;
            Ok(signer)
        })
        .await?;
        let acts = self.rate * self.seconds;
        let links = many(&world, acts, "preparing", |world| async move {
            world.link().await
        })
        .await?;
        let (in_flight, _) = resident(&process);

        let used = || (processor_seconds(&process), processor_seconds("self"));
        let (began, (server_before, ours_before)) = (Instant::now(), used());
        let late = world.at_rate(self.rate, links).await?;
        let seconds = began.elapsed().as_secs_f64();
        let (server_after, ours_after) = used();
        let (now, highest) = resident(&process);
        let times = std::mem::take(&mut *lock(&world.times));
        let done = times.submission.len();
        let mut figure = json!({
            "figure": "sessions", "profile": Profile::from(self.profile).name(), "in_flight": waiting.len(),
            "rate": self.rate, "acts": done, "not_done": late,
            "acts_per_second": rounded(f64::from(u32::try_from(done)?) / seconds),
            "server_processors": rounded((server_after - server_before) / seconds),
            "signers_processors": rounded((ours_after - ours_before) / seconds),
            "resident_in_flight_mib": in_flight, "resident_mib": now,
            "resident_highest_mib": highest,
            "processors": std::thread::available_parallelism().map_or(0, usize::from),
        });
        for (name, times) in [
            ("opening", times.opening),
            ("evidence", times.evidence),
            ("submission", times.submission),
        ] {
            merge(&mut figure, json!({ name: spread(times) }));
        }
        println!("{figure}");
        Ok(())
    }
}

fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

/// Starts the server, and gives a platform's client of it.
fn start() -> Result<(Server, Client), Reason> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["bench", "sessions", "--server"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let said = child.stdout.take().ok_or("the server has no output")?;
    let server = Server(child);
    let mut line = String::new();
    BufReader::new(said).read_line(&mut line)?;
    let said: Value = serde_json::from_str(&line).map_err(|_| "the server did not start")?;
    let platform = Client::new(&text(&said, "url")?, &text(&said, "key")?);
    Ok((server, platform))
}

/// Serves a fresh house until standard input ends, after it has said where and for whom.
async fn serve() -> Result<(), Reason> {
    let scratch = tempfile::tempdir()?;
    let mut config = Config::load(None)?;
    config.data = scratch.path().join("data");
    config.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    config.public_url = String::new();
    config.sms_url = String::new();
    let open = Open::at(&config).await?;
    let key = make_api_key(&open.house.store, "bench", "inkseal bench").await?;
    println!("{}", json!({ "url": open.url, "key": key }));
    let ended =
        tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    open.serve(async {
        // However it ended.
        let _ = ended.await;
    })
    .await
}

impl World {
    /// A contract, and the link of its signer.
    async fn link(&self) -> Result<String, Reason> {
        let contract = self.platform.post("/api/v1/contracts", &self.draft).await?;
        let path = format!("/api/v1/contracts/{}/links", text(&contract, "contract")?);
        let wanted = json!({ "role": "borrower" });
        let url = text(&self.platform.post(&path, &wanted).await?, "url")?;
        let (_, token) = url.split_once('#').ok_or("the link has no token")?;
        Ok(token.to_owned())
    }

    async fn open(&self, link: &str) -> Result<Signer, Reason> {
        let opened = json!({ "link": link });
        let opened = self.platform.post("/api/v1/sessions/open", &opened).await?;
        let session = opened["session"].clone();
        Ok(Signer {
            client: self.platform.as_bearer(&text(&opened, "secret")?),
            device: Device::of(&session)?,
            session,
        })
    }

    /// Consent, reading, location and identity; tells how long each request took.
    async fn evidence(
        &self,
        signer: &Signer,
        mut took: impl FnMut(Duration),
    ) -> Result<(), Reason> {
        let (client, device) = (&signer.client, &signer.device);
        let mut clock = Instant::now();
        let mut lap = || took(std::mem::replace(&mut clock, Instant::now()).elapsed());
        for of in ["location", "handwriting"] {
            let consent = json!({ "of": of, "version": "1", "language": "zh" });
            client.post("/api/v1/session/consents", &consent).await?;
            lap();
        }
        let digest = client.page(1).await?;
        lap();
        let page = json!({ "page": 1, "width": 1080, "digest": digest, "milliseconds": 1000 });
        let reading = json!({ "pages": [page] });
        client.post("/api/v1/session/reading", &reading).await?;
        lap();
        let place = br#"{"latitude":31.2304,"longitude":121.4737,"accuracy":12}"#;
        let sealed = device.item("location", place)?;
        let path = "/api/v1/session/evidence/location";
        client.post_sealed(path, sealed).await?;
        lap();
        let sealed = device.item("identity", br#"{"question":"phone"}"#)?;
        client
            .post_sealed("/api/v1/session/identity", sealed)
            .await?;
        lap();
        Ok(())
    }

    async fn submit(&self, signer: &Signer) -> Result<Duration, Reason> {
        let session = &signer.session;
        let package = json!({
            "contract": session["contract"], "document": session["document"]["digest"],
            "device": { "user_agent": "inkseal-bench" },
            "handwriting": signer.device.handwriting(&self.handwriting)?,
        });
        let sealed = signer.device.package(&package)?;
        let began = Instant::now();
        let path = "/api/v1/session/submission";
        signer.client.post_sealed(path, sealed).await?;
        Ok(began.elapsed())
    }

    /// One signer from link to receipt.
    async fn act(&self, link: &str) -> Result<(), Reason> {
        let began = Instant::now();
        let signer = self.open(link).await?;
        let opening = began.elapsed();
        let mut evidence = Vec::new();
        self.evidence(&signer, |took| evidence.push(took)).await?;
        let submission = self.submit(&signer).await?;
        let mut times = lock(&self.times);
        times.opening.push(opening);
        times.evidence.extend(evidence);
        times.submission.push(submission);
        Ok(())
    }

    /// Begins an act at every tick, whatever became of the earlier ones; gives how many
    /// were not done.
    async fn at_rate(self: &Arc<Self>, rate: usize, links: Vec<String>) -> Result<usize, Reason> {
        let bar = progress(links.len(), "acts");
        let between = Duration::from_secs(1) / u32::try_from(rate.max(1))?;
        let mut tick = tokio::time::interval(between);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
        let mut acts = tokio::task::JoinSet::new();
        for link in links {
            tick.tick().await;
            let world = Arc::clone(self);
            acts.spawn(async move { world.act(&link).await });
            bar.inc(1);
        }
        let mut failed = 0;
        while let Some(done) = acts.join_next().await {
            if let Err(reason) = done? {
                failed += 1;
                bar.println(format!("not done: {reason}"));
            }
        }
        bar.finish_and_clear();
        Ok(failed)
    }
}

/// Does the same many times, some at once.
async fn many<T, F>(
    world: &Arc<World>,
    count: usize,
    what: &'static str,
    one: impl Fn(Arc<World>) -> F + Clone + Send + 'static,
) -> Result<Vec<T>, Reason>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Reason>> + Send,
{
    let bar = progress(count, what);
    let next = Arc::new(AtomicUsize::new(0));
    let mut workers = Vec::new();
    for _ in 0..AT_ONCE {
        let (world, bar, next) = (Arc::clone(world), bar.clone(), Arc::clone(&next));
        let one = one.clone();
        workers.push(tokio::spawn(async move {
            let mut done = Vec::new();
            while next.fetch_add(1, Ordering::Relaxed) < count {
                done.push(one(Arc::clone(&world)).await?);
                bar.inc(1);
            }
            Ok::<_, Reason>(done)
        }));
    }
    let mut all = Vec::with_capacity(count);
    for worker in workers {
        all.extend(worker.await??);
    }
    bar.finish_and_clear();
    Ok(all)
}

fn lock(times: &Mutex<Times>) -> std::sync::MutexGuard<'_, Times> {
    times.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A contract of one page and two parties, of whom one never signs: the closing stays out
/// of the figure.
fn draft(profile: Profile) -> Value {
    let [name, id_number, phone] = PERSON;
    let person = |role: &str, left: u32| {
        json!({ "role": role, "mode": "pad", "name": name, "id_number": id_number,
            "phone": phone, "places": [{ "page": 1, "rect": [left, 20, left + 80, 60] }] })
    };
    json!({
        "profile": profile.name(), "title": "网络借贷借款合同",
        "document": STANDARD.encode(paper()),
        "parties": [person("borrower", 20), person("lender", 120)],
        "evidence": { "pad": {
            "required": ["identity", "reading", "device", "location", "handwriting"],
            "optional": [],
        } },
    })
}

/// A PDF of one small empty page.
fn paper() -> Vec<u8> {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 220 120]/Resources<<>>>>",
    ];
    let mut file = String::from("%PDF-1.7\n");
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = writeln!(table, "{:010} 00000 n ", file.len());
        let _ = writeln!(file, "{} 0 obj\n{object}\nendobj", index + 1);
    }
    let (start, size) = (file.len(), objects.len() + 1);
    let end = format!("trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n");
    [file, table, end].concat().into_bytes()
}
