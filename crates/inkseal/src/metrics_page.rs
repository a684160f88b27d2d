//! `/metrics` in Prometheus' text format, on an address of its own.
//!
//! Who may see figures is not who may sign: there is no credential, so the address
//! (`metrics_listen`) is one that only the operator reaches. Off unless it is configured.

use std::{net::SocketAddr, time::Duration};

use axum::{Router, extract::State, http::header, response::IntoResponse, routing::get};
use metrics::{describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use trust::Trust;

use crate::house::{House, Reason};

/// Upper bounds of the histograms, in seconds.
const BUCKETS: [f64; 14] = [
    0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];
/// How often what was recorded is taken into the histograms, though nobody asks.
const UPKEEP: Duration = Duration::from_secs(5);

/// What is recorded from now on, by the whole process.
pub struct Recorded(PrometheusHandle);

#[derive(Clone)]
struct Shown {
    recorded: PrometheusHandle,
    trust: Option<Trust>,
}

impl Recorded {
    /// Begins to record.
    pub fn begin() -> Result<Self, Reason> {
        let recorder = PrometheusBuilder::new()
            .set_buckets(&BUCKETS)?
            .build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder)?;
        describe();
        Ok(Self(handle))
    }

    /// Shows the figures of a house at an address. Returns where. Ends with the process.
    pub async fn show(self, listen: SocketAddr, house: &House) -> Result<SocketAddr, Reason> {
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|e| format!("metrics_listen: {listen}: {e}; choose another"))?;
        let address = listener.local_addr()?;
        let recorded = self.0.clone();
        let shown = Shown {
            recorded: self.0,
            trust: house.trust.as_ref().map(|house| house.trust.clone()),
        };
        let router = Router::new().route("/metrics", get(page)).with_state(shown);
        tokio::spawn(async move {
            let upkeep = async {
                let mut tick = tokio::time::interval(UPKEEP);
                loop {
                    tick.tick().await;
                    recorded.run_upkeep();
                }
            };
            tokio::select! {
                _ = axum::serve(listener, router) => {}
                () = upkeep => {}
            }
        });
        Ok(address)
    }
}

async fn page(State(shown): State<Shown>) -> impl IntoResponse {
    if let Some(trust) = &shown.trust {
        look(trust).await;
    }
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (kind, shown.recorded.render())
}

/// What is not counted when it happens, but looked up when somebody asks.
async fn look(trust: &Trust) {
    let ledger = trust.ledger_report().await;
    gauge!("inkseal_ledger_size").set(figure(ledger.size));
    gauge!("inkseal_ledger_waiting").set(figure(ledger.waiting));
    gauge!("inkseal_ledger_checkpoint_age_seconds").set(ledger.age.as_secs_f64());
    gauge!("inkseal_ledger_stopped").set(f64::from(u8::from(ledger.stopped)));
    let clock = trust.clock().report();
    gauge!("inkseal_clock_trusted").set(f64::from(u8::from(clock.fault.is_none())));
    gauge!("inkseal_clock_sources_agreeing").set(figure(clock.agreeing as u64));
    if let Some(offset) = clock.offset_ms {
        let offset = i32::try_from(offset.clamp(i32::MIN.into(), i32::MAX.into()));
        gauge!("inkseal_clock_offset_seconds").set(f64::from(offset.unwrap_or_default()) / 1000.0);
    }
}

fn figure(count: u64) -> f64 {
    // Exact up to 2^53.
    #[expect(clippy::cast_precision_loss, reason = "nobody counts that far")]
    let figure = count as f64;
    figure
}

fn describe() {
    describe_counter!(
        "inkseal_certificates_issued_total",
        "Certificates by purpose and suite"
    );
    describe_counter!(
        "inkseal_timestamps_total",
        "Timestamps asked for, by suite and outcome"
    );
    describe_gauge!(
        "inkseal_timestamps_waiting",
        "Timestamps that are being made"
    );
    describe_histogram!(
        "inkseal_timestamp_seconds",
        "From request to token, queue included"
    );
    describe_histogram!(
        "inkseal_timestamp_signing_seconds",
        "The arithmetic of a token"
    );
    describe_counter!(
        "inkseal_outside_timestamps_total",
        "Answers of outside timestamp authorities, by place in tsa_urls and outcome"
    );
    describe_histogram!(
        "inkseal_outside_timestamp_seconds",
        "One outside authority's answer"
    );
    describe_counter!(
        "inkseal_refusals_total",
        "Problems that were answered, by code"
    );
    describe_counter!(
        "inkseal_http_requests_total",
        "Requests by method, route and status"
    );
    describe_histogram!("inkseal_http_request_seconds", "Requests by route");
    describe_gauge!("inkseal_ledger_size", "Entries under the last checkpoint");
    describe_gauge!(
        "inkseal_ledger_waiting",
        "Entries that wait for a checkpoint"
    );
    describe_gauge!(
        "inkseal_ledger_checkpoint_age_seconds",
        "Since the last checkpoint"
    );
    describe_gauge!("inkseal_ledger_stopped", "1 when the ledger is damaged");
    describe_gauge!(
        "inkseal_clock_trusted",
        "1 when things are dated by the clock"
    );
    describe_gauge!(
        "inkseal_clock_offset_seconds",
        "How far the clock is ahead of its sources"
    );
    describe_gauge!("inkseal_clock_sources_agreeing", "Time sources that agree");
}
