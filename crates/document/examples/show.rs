use std::path::Path;
use std::time::Instant;
fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let fonts = document::Fonts::load(&root.join("fonts")).unwrap();
    let t = document::Template::load(&root.join("templates/loan-contract")).unwrap();
    for i in 0..6 {
        let mut data = t.sample().clone();
        data["borrower"]["phone"] = format!("1380000567{i}").into();
        let now = Instant::now();
        let d = t.render(&fonts, &data).unwrap_or_else(|e| panic!("{e}"));
        println!(
            "{:?} {} bytes {} pages",
            now.elapsed(),
            d.pdf.len(),
            d.pages
        );
        if i == 0 {
            std::fs::write("/tmp/c/doc.pdf", &d.pdf).unwrap();
            println!("{:?}", d.anchors);
        }
    }
    for (i, (name, code)) in [
        ("沪信融资担保有限公司", "91310000MA1K8QX37Y"),
        ("微贷网络科技（上海）有限公司", "91310115MA1H9RT56K"),
        (
            "中华人民共和国某某省某某市某某区网络小额贷款互联网金融信息服务股份有限公司",
            "3101150012345",
        ),
        ("信贷", ""),
    ]
    .iter()
    .enumerate()
    {
        let now = Instant::now();
        let png = document::seal_picture(&fonts, name, code).unwrap_or_else(|e| panic!("{e}"));
        println!("seal {:?} {}", now.elapsed(), png.len());
        std::fs::write(format!("/tmp/c/seal{i}.png"), png).unwrap();
    }
}
