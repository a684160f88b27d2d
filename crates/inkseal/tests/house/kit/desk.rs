//! An officer at a device, with a signer.

use serde_json::{Value, json};

use super::{Answer, Client, Contract, House, visit::Visit};

pub const PASSWORD: &str = "a password of length";

/// A device and an officer who has logged in there.
pub struct Desk {
    pub device: String,
    /// With the device's secret.
    pub at_device: Client,
    /// With the officer's session.
    pub officer: Client,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

pub async fn appoint(integrator: &Client, officer: &str) -> Answer {
    let draft = json!({ "officer": officer, "name": "王伟国", "password": PASSWORD });
    integrator.post("/api/v1/officers", &draft).await
}

/// A new device, enrolled; its identifier and secret.
pub async fn device(house: &House, integrator: &Client) -> (String, Client) {
    let draft = json!({ "name": "分行一号" });
    let added = integrator.post("/api/v1/devices", &draft).await.ok();
    let code = json!({ "code": added["code"] });
    let anybody = house.anybody();
    let enrolled = anybody.post("/api/v1/devices/enrolment", &code).await.ok();
    assert_eq!(enrolled["device"], added["device"]["device"]);
    let secret = anybody.bearer(enrolled["secret"].as_str().unwrap());
    (text(&enrolled["device"]), secret)
}

pub async fn log_in(at_device: &Client, officer: &str, password: &str) -> Answer {
    let credentials = json!({ "officer": officer, "password": password });
    at_device.post("/api/v1/officer/login", &credentials).await
}

impl Desk {
    /// A new officer at a new device of the integrator's tenant.
    pub async fn open(house: &House, integrator: &Client, officer: &str) -> Self {
        appoint(integrator, officer).await.ok();
        let (device, at_device) = device(house, integrator).await;
        let logged_in = log_in(&at_device, officer, PASSWORD).await.ok();
        assert_eq!(logged_in["device"], device.as_str());
        let officer = at_device.bearer(logged_in["secret"].as_str().unwrap());
        Self {
            device,
            at_device,
            officer,
        }
    }

    /// A signer's session on this device.
    pub async fn visit(&self, contract: &Contract, role: &str) -> Visit {
        let wanted = json!({ "contract": contract.id, "role": role });
        let opened = self.officer.post("/api/v1/officer/sessions", &wanted).await;
        Visit::new(&self.officer, String::new(), &opened.ok())
    }
}
