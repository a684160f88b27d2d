//! Documents of others: a PDF that a browser printed, signed by keyword, by place
//! and by a seal of its own picture.

use std::{fs, path::Path, process::Command};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use crate::kit::{House, contract, contract::PHONE, paper, program::Said, repository, tool};

/// Prints a letter with this text to PDF by a browser.
fn printed(text: &str, folder: &Path) -> Vec<u8> {
    let font = repository().join("fonts/NotoSansSC-Regular.otf");
    let font = fs::canonicalize(font).unwrap();
    let html = format!(
        "<!doctype html><meta charset=utf-8><style>@font-face {{ font-family: f; src: url('file://{}') }}
         body {{ font: 16px f }} p {{ page-break-after: always }}</style>
         <p>补充协议 第一条 利率</p><div>{text}</div>",
        font.display()
    );
    let (page, file) = (folder.join("letter.html"), folder.join("letter.pdf"));
    fs::write(&page, html).unwrap();
    let print = format!("--print-to-pdf={}", file.display());
    let profile = format!("--user-data-dir={}", folder.join("profile").display());
    let mut chromium = Command::new("chromium");
    chromium.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
    ]);
    chromium.args([
        "--no-pdf-header-footer",
        "--virtual-time-budget=5000",
        &print,
        &profile,
    ]);
    Said::of(chromium.arg(page)).ok();
    fs::read(file).unwrap()
}

/// A red ring on nothing, as PNG.
fn ring() -> Vec<u8> {
    const SIDE: u32 = 120;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, SIDE, SIDE);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut pixels = Vec::new();
    for y in 0..SIDE {
        for x in 0..SIDE {
            let from_middle = f64::from(x)
                .mul_add(2.0, -120.0)
                .hypot(f64::from(y).mul_add(2.0, -120.0));
            let ink = (90.0..115.0).contains(&from_middle);
            pixels.extend(if ink { [200, 0, 0, 255] } else { [0; 4] });
        }
    }
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    bytes
}

/// How many pixels of a page are as red as the ring, drawn by Poppler.
fn red(file: &[u8], page: &str) -> usize {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file.pdf"), file).unwrap();
    let draw = ["-f", page, "-l", page, "-r", "50", "file.pdf", "page"];
    tool("pdftoppm", folder.path(), &draw).ok();
    let pictures = fs::read_dir(folder.path())
        .unwrap()
        .map(|f| f.unwrap().path());
    let picture = pictures
        .into_iter()
        .find(|p| p.extension() == Some("ppm".as_ref()));
    let pixels = fs::read(picture.unwrap()).unwrap();
    pixels
        .chunks(3)
        .filter(|p| p[0] > 150 && p.iter().skip(1).all(|c| *c < 90))
        .count()
}

#[tokio::test]
async fn a_printed_letter_is_signed_by_keyword_by_place_and_by_seal() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let folder = tempfile::tempdir().unwrap();
    let letter = printed("甲方（签字）：＿＿＿＿ 日期：2026 年", folder.path());
    let picture = STANDARD.encode(ring());
    let company =
        json!({ "name": "沪信融资担保有限公司", "code": "91310000MA1K8QX37Y", "picture": picture });
    let company = acme.post("/api/v1/companies", &company).await.ok();
    let person = |role: &str, mode: &str| {
        json!({ "role": role, "mode": mode, "name": "陈思远",
            "id_number": "11010519491231002X", "phone": PHONE })
    };
    let mut by_keyword = person("borrower", "pad");
    by_keyword["keyword"] = json!({ "text": "甲方（签字）", "occurrence": -1,
        "pages": [2, 9], "side": "after", "size": [72, 24], "offset": [2, 1] });
    let mut by_place = person("lender", "sms");
    by_place["places"] = json!([{ "page": 1, "rect": [100, 100, 250, 160] }, { "page": 2, "rect": [100, 300, 250, 360] }]);
    let seal = json!({ "role": "guarantor", "mode": "seal", "company": company["company"],
        "places": [{ "page": 1, "rect": [300, 300, 420, 420] }], "across_pages": true });
    let draft = contract()
        .document(&letter)
        .party(by_keyword)
        .party(by_place)
        .party(seal);
    let contract = draft.make(&acme).await;

    let visit = contract.reader("borrower").await;
    let session = visit.client.get("/api/v1/session").await.ok();
    let place = &session["places"][0];
    assert_eq!(place["page"], 2, "{session}");
    // Behind six characters of some 12 points at the top of the page, of the size asked for.
    let [x0, y0, x1, y1] = [0, 1, 2, 3].map(|n| place["rect"][n].as_f64().unwrap());
    assert!(
        (x1 - x0 - 72.0).abs() < 1e-6 && (y1 - y0 - 24.0).abs() < 1e-6,
        "{session}"
    );
    assert!(x0 > 60.0 && y0 > 700.0, "{session}");
    // A browser prints on US Letter.
    assert_eq!(place["page_size"], json!([612.0, 792.0]), "{session}");
    visit.submit(&visit.by_hand()).await.ok();
    let visit = contract.reader("lender").await;
    visit.ask_code().await.ok();
    visit.try_code(&house.code(PHONE).await).await.ok();
    visit.submit(&visit.package()).await.ok();
    let before = contract.get("/document").await.bytes();
    contract
        .post("/seals", &json!({ "role": "guarantor" }))
        .await
        .ok();

    let report = house.verified(&contract).await;
    assert_eq!(report["signatures"].as_array().unwrap().len(), 5);
    let file = contract.get("/file").await.bytes();
    assert!(
        file.starts_with(&letter),
        "signing appends and changes nothing"
    );
    // The whole seal and half of one on the first page, the other half on the second.
    for (page, least) in [("1", 300), ("2", 50)] {
        let (unsealed, sealed) = (red(&before, page), red(&file, page));
        assert!(
            sealed > unsealed + least,
            "page {page}: {unsealed} red pixels, then {sealed}"
        );
    }
    let signed = folder.path().join("signed.pdf");
    fs::write(&signed, &file).unwrap();
    tool("qpdf", folder.path(), &["--check", "signed.pdf"]).ok();
}

#[tokio::test]
async fn what_cannot_be_signed_safely_is_refused_by_name() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("plain.pdf"), paper::plain()).unwrap();
    let encrypt = [
        "--encrypt",
        "",
        "owner",
        "256",
        "--",
        "plain.pdf",
        "encrypted.pdf",
    ];
    tool("qpdf", folder.path(), &encrypt).ok();
    let encrypted = fs::read(folder.path().join("encrypted.pdf")).unwrap();
    let with = paper::with_catalog;
    let odd = [
        (encrypted, "pdf-encrypted"),
        (
            with("/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"),
            "pdf-javascript",
        ),
        (
            with("/OpenAction<</S/Launch/F(calc)>>"),
            "pdf-launch-action",
        ),
        (with("/AcroForm<</Fields[]/XFA(x)>>"), "pdf-xfa"),
        (b"a letter".to_vec(), "pdf-damaged"),
        (Vec::new(), "pdf-damaged"),
        (paper::plain()[..300].to_vec(), "pdf-damaged"),
    ];
    for (file, code) in odd {
        let asked = contract()
            .person("borrower", "pad")
            .document(&file)
            .ask(&acme)
            .await;
        asked.refused(422, code);
    }
    let asked = contract()
        .person("borrower", "pad")
        .with("document", "*")
        .ask(&acme)
        .await;
    asked.refused(422, "invalid-field");
    assert_eq!(acme.get("/api/v1/contracts").await.ok(), json!([]));
}

#[tokio::test]
async fn a_place_that_is_not_on_the_paper_is_refused_at_once() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let person = json!({ "role": "borrower", "mode": "pad", "name": "陈思远",
        "id_number": "11010519491231002X", "phone": PHONE });
    let with = |field: &str, value| {
        let mut person = person.clone();
        person[field] = value;
        contract().party(person)
    };
    let rect = json!([100, 100, 200, 150]);
    for (page, status, code) in [(0, 422, "invalid-field"), (3, 404, "no-such-page")] {
        let places = json!([{ "page": page, "rect": rect }]);
        with("places", places)
            .ask(&acme)
            .await
            .refused(status, code);
    }
    for rect in [
        json!([100, 100, 100, 150]),
        json!([9000, 100, 9100, 150]),
        json!([200, 150, 100, 100]),
    ] {
        let places = json!([{ "page": 1, "rect": rect }]);
        with("places", places)
            .ask(&acme)
            .await
            .refused(422, "pdf-bad-placement");
    }
    let every = json!({ "rect": [500, 800, 700, 900] });
    let asked = with("every_page", every).ask(&acme).await;
    asked.refused(422, "pdf-bad-placement");
    // Handwriting is not cut.
    let asked = with("across_pages", json!(true)).ask(&acme).await;
    asked.refused(422, "invalid-field");
    let asked = with("keyword", json!("甲方签字")).ask(&acme).await;
    let problem = asked.refused(422, "text-not-found");
    let said = problem["detail"].as_str().unwrap();
    assert!(
        said.contains("甲方签字") && said.contains("pages 1 to 2"),
        "{said}"
    );
    for wrong in [
        json!({ "text": "甲方", "occurrence": 0 }),
        json!({ "text": "甲方", "pages": [2, 1] }),
    ] {
        let asked = with("keyword", wrong).ask(&acme).await;
        asked.refused(422, "invalid-field");
    }
}
