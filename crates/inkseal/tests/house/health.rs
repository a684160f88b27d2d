//! How the service says that it lives, that it may be sent work, and how it does.

use serde_json::Value;
use sqlx::{Connection, SqliteConnection};

use crate::kit::{Client, House, contract, contract::PHONE, ntp::Ntp};

fn now() -> i64 {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

#[tokio::test]
async fn a_fresh_house_is_ready_and_says_that_its_clock_is_held_against_nothing() {
    let house = House::start();
    let ready = house.anybody().get("/ready").await.ok();
    assert_eq!(ready["status"], "ready");
    assert_eq!(ready["store"]["state"], "writable");
    assert_eq!(ready["ledger"]["state"], "good");
    assert_eq!(ready["clock"]["state"], "unreferenced");
    assert_eq!(ready["keys"]["state"], "open");
    assert_eq!(house.anybody().get("/health").await.ok()["status"], "ready");
}

#[tokio::test]
async fn a_clock_that_is_off_is_told_and_no_work_is_sent() {
    let source = Ntp::telling(now);
    let house = House::configured(&format!(
        "time_sources = [\"{}\"]\ntime_interval_ms = 250\n",
        source.address
    ));
    let anybody = house.anybody();
    let mut ready = anybody.get("/ready").await;
    assert_eq!(ready.status, 200, "{ready}");
    source.shift(-3_600_000);
    while ready.status == 200 {
        ready = anybody.get("/ready").await;
    }
    assert_eq!(ready.status, 503);
    let said: Value = serde_json::from_slice(&ready.bytes).unwrap();
    assert_eq!(said["status"], "failing");
    assert_eq!(said["clock"]["state"], "off");
    let offset = said["clock"]["offset_ms"].as_i64().unwrap();
    assert!((offset - 3_600_000).abs() < 1000, "{said}");
    assert_ne!(said["clock"]["detail"].as_str().unwrap(), "");
    // It lives all the same: another start would not set the clock.
    let health = anybody.get("/health").await.ok();
    assert_eq!(health["clock"]["state"], "off");
    source.shift(0);
    while ready.status != 200 {
        ready = anybody.get("/ready").await;
    }
}

#[tokio::test]
async fn a_ledger_that_does_not_get_on_is_told_and_no_work_is_sent() {
    let house = House::start();
    let database = house.folder().join(".inkseal/inkseal.db");
    let url = format!("sqlite://{}", database.display());
    let mut database = SqliteConnection::connect(&url).await.unwrap();
    for refuse in ["INSERT", "UPDATE"] {
        let trigger = format!(
            "CREATE TRIGGER refuse_{refuse} BEFORE {refuse} ON ledger_checkpoint \
             BEGIN SELECT RAISE(ABORT, 'no'); END"
        );
        let trigger = sqlx::raw_sql(sqlx::AssertSqlSafe(trigger));
        trigger.execute(&mut database).await.unwrap();
    }
    // An entry that waits.
    let entry = "INSERT INTO ledger_entry (idx, tenant, body, id) \
                 SELECT MAX(idx) + 1, 't', X'7B7D', NULL FROM ledger_entry";
    let entry = sqlx::raw_sql(entry).execute(&mut database).await.unwrap();
    assert_eq!(entry.rows_affected(), 1);
    let anybody = house.anybody();
    let mut ready = anybody.get("/ready").await;
    let mut said: Value = serde_json::from_slice(&ready.bytes).unwrap();
    while said["ledger"]["state"] != "stuck" {
        ready = anybody.get("/ready").await;
        said = serde_json::from_slice(&ready.bytes).unwrap();
    }
    assert_eq!(ready.status, 503);
    assert!(said["ledger"]["waiting"].as_u64().unwrap() > 0, "{said}");
    for refuse in ["INSERT", "UPDATE"] {
        let drop = format!("DROP TRIGGER refuse_{refuse}");
        let drop = sqlx::raw_sql(sqlx::AssertSqlSafe(drop));
        drop.execute(&mut database).await.unwrap();
    }
    while ready.status != 200 {
        ready = anybody.get("/ready").await;
    }
}

#[tokio::test]
async fn figures_are_on_an_address_of_their_own_and_hold_nothing_of_anybody() {
    let house = House::configured("metrics_listen = \"127.0.0.1:0\"\n");
    let page = house.printed.split("指标").nth(1).unwrap();
    let url = page.split_whitespace().next().unwrap();
    let acme = house.integrator("acme").await;
    let contract = contract().person("borrower", "pad").make(&acme).await;
    contract.sign_by_hand("borrower").await;
    let visit = contract.integrator.get("/api/v1/contracts/nobody").await;
    visit.refused(404, "not-found");
    let figures = Client::new(url.trim_end_matches("/metrics"))
        .get("/metrics")
        .await;
    assert!(figures.kind.starts_with("text/plain"), "{}", figures.kind);
    let figures = String::from_utf8(figures.bytes()).unwrap();
    for expected in [
        "inkseal_certificates_issued_total{purpose=\"event\",suite=\"sm2-sm3\"} 1",
        "inkseal_timestamps_total{suite=\"sm2-sm3\",outcome=\"granted\"}",
        "inkseal_timestamps_waiting 0",
        "inkseal_timestamp_seconds_bucket{suite=\"sm2-sm3\",le=\"0.1\"}",
        "inkseal_refusals_total{code=\"not-found\"} 1",
        "inkseal_ledger_size ",
        "inkseal_ledger_checkpoint_age_seconds ",
        "inkseal_clock_trusted 1",
        "route=\"/api/v1/contracts/{id}\"",
    ] {
        assert!(
            figures.contains(expected),
            "{expected} is not in\n{figures}"
        );
    }
    for secret in ["陈思远", PHONE, contract.id.as_str(), "acme", "nobody"] {
        assert!(!figures.contains(secret), "{secret} is in\n{figures}");
    }
    let public = house.anybody().get("/metrics").await;
    let public = String::from_utf8_lossy(&public.bytes).into_owned();
    assert!(!public.contains("inkseal_"), "{public}");
}

#[test]
fn logs_are_objects_for_programs_when_that_is_configured() {
    let source = Ntp::telling(now);
    source.silent(true);
    let said = House::refused(&format!(
        "log_format = \"json\"\ntime_sources = [\"{}\"]\n",
        source.address
    ));
    let line = said.lines().next().unwrap();
    let line: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {said}"));
    assert_eq!(line["level"], "WARN");
    assert_eq!(line["source"], source.address.as_str());
}
