//! Writes the sample contract and some seals into a folder, to look at:
//! `cargo run --release -p inkseal-document --example show -- FOLDER`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use document::{Fonts, Template, seal_picture};

const SEALS: [(&str, &str); 4] = [
    ("信贷", ""),
    ("沪信融资担保有限公司", "91310000MA1K8QX37Y"),
    ("微贷网络科技（上海）有限公司", "91310115MA1H9RT56K"),
    (
        "中华人民共和国某某省某某市某某区网络小额贷款互联网金融信息服务股份有限公司",
        "3101150012345",
    ),
];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("name a folder to write to")?);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let fonts = Fonts::load(&root.join("fonts"))?;
    let template = Template::load(&root.join("templates/loan-contract"))?;

    let started = Instant::now();
    let contract = template.render(&fonts, template.sample())?;
    let (bytes, took) = (contract.pdf.len(), started.elapsed());
    println!(
        "contract: {} pages, {bytes} bytes, {took:?}",
        contract.pages
    );
    for anchor in &contract.anchors {
        println!("{anchor:?}");
    }
    std::fs::write(folder.join("contract.pdf"), &contract.pdf)?;

    for (i, (company, code)) in SEALS.iter().enumerate() {
        let started = Instant::now();
        let png = seal_picture(&fonts, company, code)?;
        println!("seal {i}: {} bytes, {:?}", png.len(), started.elapsed());
        std::fs::write(folder.join(format!("seal{i}.png")), png)?;
    }
    Ok(())
}
