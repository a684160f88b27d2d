//! Signing acts a second, durable.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use clap::Args;
use crypto::envelope::{Binding, seal};
use document::{Fonts, Template};
use ink::{
    Handwriting,
    hand::{Medians, from_medians},
};
use serde_json::{Value, json};
use signing::{
    Signing,
    event::{Order, Place, Profile},
    policy::{ItemKind, Mode, PolicyChange},
    service::{NewContract, NewParty, PageShown, SessionView, Source, Submission, Written},
};

use super::{processor_seconds, progress, resident, spread};
use crate::{
    cli::ProfileName,
    config::Config,
    house::{House, Reason},
};

/// Whose contracts the bench makes.
const TENANT: &str = "bench";
const MEDIANS: &str = include_str!("../../../demo/medians.json");

/// Measures handwriting acts over the frozen sample contract.
#[derive(Args)]
pub struct Act {
    #[arg(long, value_enum, default_value = "gm")]
    profile: ProfileName,
    /// Sessions that submit at once.
    #[arg(long, default_value_t = 16)]
    sessions: usize,
    /// Acts in all.
    #[arg(long, default_value_t = 3000)]
    acts: usize,
    /// Where everything is kept; a folder that is removed afterwards when not given.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Print `contract act` as soon as an act is acknowledged.
    #[arg(long)]
    print_acts: bool,
}

/// A session that only has to submit.
struct Ready {
    secret: String,
    submission: Submission,
}

impl Act {
    /// Runs the bench.
    pub async fn run(self) -> Result<(), Reason> {
        let scratch = tempfile::tempdir()?;
        let mut config = Config::load(None)?;
        config.data = self
            .data
            .clone()
            .unwrap_or_else(|| scratch.path().join("data"));
        config.sms_url = String::new();
        let house = House::open(&config).await?;
        let keeping = house.spawn();
        let profile = Profile::from(self.profile);
        let sample = Sample::load(&config).await?;
        let ready = self.prepare(house.signing()?, profile, &sample).await?;
        let (pages, document) = (sample.pages, sample.file.len());
        drop(sample);

        let bar = progress(self.acts, "acts");
        let (began, used) = (Instant::now(), processor_seconds("self"));
        let ready = Arc::new(ready);
        let next = Arc::new(AtomicUsize::new(0));
        let mut workers = Vec::new();
        for _ in 0..self.sessions.max(1) {
            let (signing, bar, print) = (house.signing()?.clone(), bar.clone(), self.print_acts);
            let (ready, next) = (Arc::clone(&ready), Arc::clone(&next));
            workers.push(tokio::spawn(async move {
                let mut times = Vec::new();
                while let Some(one) = ready.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let began = Instant::now();
                    let receipt = signing.submit(&one.secret, &one.submission, None).await?;
                    times.push(began.elapsed());
                    if print {
                        println!("{} {}", receipt.contract, receipt.act);
                    }
                    bar.inc(1);
                }
                Ok::<_, Reason>(times)
            }));
        }
        let mut times: Vec<Duration> = Vec::with_capacity(self.acts);
        for worker in workers {
            times.extend(worker.await??);
        }
        let seconds = began.elapsed().as_secs_f64();
        let used = processor_seconds("self") - used;
        bar.finish_and_clear();
        keeping.iter().for_each(tokio::task::JoinHandle::abort);
        let (now, highest) = resident("self");
        let rate = f64::from(u32::try_from(times.len())?) / seconds;
        let mut figure = json!({
            "figure": "act", "profile": profile.name(), "sessions": self.sessions,
            "acts": times.len(), "seconds": (seconds * 1000.0).round() / 1000.0,
            "acts_per_second": rate.round(), "pages": pages, "document_bytes": document,
            "processor_ms_per_act": (used * 1e5 / f64::from(u32::try_from(times.len())?)).round() / 100.0,
            "durable": true, "resident_mib": now, "resident_highest_mib": highest,
            "processors": std::thread::available_parallelism().map_or(0, usize::from),
        });
        merge(&mut figure, spread(times));
        println!("{figure}");
        Ok(())
    }

    /// Contracts with an opened session each that has been read: all that is left is
    /// the act.
    async fn prepare(
        &self,
        signing: &Signing,
        profile: Profile,
        sample: &Arc<Sample>,
    ) -> Result<Vec<Ready>, Reason> {
        let bar = progress(self.acts, "preparing");
        let next = Arc::new(AtomicUsize::new(0));
        let mut workers = Vec::new();
        for _ in 0..self.sessions.max(1) {
            let (signing, sample, bar) = (signing.clone(), Arc::clone(sample), bar.clone());
            let (next, acts) = (Arc::clone(&next), self.acts);
            workers.push(tokio::spawn(async move {
                let mut ready = Vec::new();
                while next.fetch_add(1, Ordering::Relaxed) < acts {
                    ready.push(sample.session(&signing, profile).await?);
                    bar.inc(1);
                }
                Ok::<_, Reason>(ready)
            }));
        }
        let mut ready = Vec::with_capacity(self.acts);
        for worker in workers {
            ready.extend(worker.await??);
        }
        bar.finish_and_clear();
        Ok(ready)
    }
}

/// The frozen sample contract, and a handwriting.
pub struct Sample {
    /// The file.
    pub file: Vec<u8>,
    /// Number of pages.
    pub pages: usize,
    /// Where the borrower signs.
    pub places: Vec<Place>,
    /// A name written by hand.
    pub handwriting: Handwriting,
}

impl Sample {
    /// Renders the sample contract.
    pub async fn load(config: &Config) -> Result<Arc<Self>, Reason> {
        let fonts = Fonts::load(&config.fonts()?)?;
        let template = Template::load(&config.templates()?.join("loan-contract"))?;
        let medians: Vec<Medians> = serde_json::from_str(MEDIANS)?;
        let handwriting = from_medians(&medians, 1)?;
        let document = tokio::task::spawn_blocking(move || {
            let sample = template.sample().clone();
            template.render(&fonts, &sample)
        })
        .await??;
        let borrower = document
            .anchors
            .iter()
            .filter(|anchor| anchor.role == "borrower");
        let places = borrower
            .map(|a| Place {
                page: a.page,
                rect: a.rect,
                part: None,
            })
            .collect();
        Ok(Arc::new(Self {
            file: document.pdf,
            pages: document.pages,
            places,
            handwriting,
        }))
    }

    /// The handwriting as a device would bring it to this session.
    fn written(&self, view: &SessionView) -> Result<Written, Reason> {
        let binding = Binding {
            item: ItemKind::Handwriting.name().to_owned(),
            ..view.binding.clone()
        };
        let samples = seal(
            &view.forensic,
            &binding,
            &serde_json::to_vec(&self.handwriting)?,
        )?;
        let drawing = serde_json::value::to_raw_value(&self.handwriting.drawing())?;
        Ok(Written {
            drawing: drawing.into(),
            samples: samples.into_bytes().into(),
            captured: None,
        })
    }

    async fn session(&self, signing: &Signing, profile: Profile) -> Result<Ready, Reason> {
        let party = NewParty {
            role: "borrower".to_owned(),
            mode: Mode::Pad,
            name: Some("陈思远".to_owned()),
            person: None,
            id_number: Some("11010519491231002X".to_owned()),
            document: None,
            phone: Some("13800005678".to_owned()),
            company: None,
            keyword: None,
            places: self.places.clone(),
            across_pages: false,
            every_page: None,
            label: None,
        };
        // A second party who does not sign keeps the closing out of the figure.
        let other = NewParty {
            role: "lender".to_owned(),
            mode: Mode::Sms,
            name: Some("周慧敏".to_owned()),
            places: Vec::new(),
            ..party.clone()
        };
        let new = NewContract {
            profile,
            order: Order::Parallel,
            lifetime: 3_600_000,
            source: Source::Upload {
                title: "网络借贷借款合同".to_owned(),
                file: self.file.clone(),
            },
            parties: vec![party, other],
            evidence: [(Mode::Pad, small()?)].into(),
            callback: None,
        };
        let view = signing.create(TENANT, new, None).await?;
        let link = signing
            .issue_link(TENANT, &view.contract, "borrower", 3_600_000, None)
            .await?;
        let opened = signing.open_link(&link.token).await?;
        let mut pages = Vec::with_capacity(view.pages);
        for page in 1..=view.pages {
            let shown = signing.page(&opened.secret, page, 1080).await?;
            let digest = shown.digest;
            // Nobody reads here; the bench's contracts are thrown away.
            pages.push(PageShown {
                page,
                width: 1080,
                digest,
                milliseconds: 1000,
            });
        }
        signing.read(&opened.secret, &pages).await?;
        let of = ItemKind::Handwriting;
        signing.consent(&opened.secret, of, "1", "zh").await?;
        let submission = Submission {
            contract: view.contract,
            document: view.document,
            device: json!({ "user_agent": "inkseal-bench" }),
            handwriting: Some(self.written(&opened.view)?),
            sealed: true,
            address: None,
        };
        Ok(Ready {
            secret: opened.secret,
            submission,
        })
    }
}

/// The least that a handwriting act may ask for.
fn small() -> Result<PolicyChange, Reason> {
    let change = json!({ "required": ["reading", "device", "handwriting"], "optional": [] });
    Ok(serde_json::from_value(change)?)
}

/// Adds the fields of one JSON object to another.
pub fn merge(figure: &mut Value, more: Value) {
    if let (Some(figure), Value::Object(more)) = (figure.as_object_mut(), more) {
        figure.extend(more);
    }
}
