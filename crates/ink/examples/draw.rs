use std::io::Write;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let seed: u64 = args[1].parse().unwrap();
    let chars: Vec<ink::hand::Medians> = args[2]
        .chars()
        .map(|c| {
            serde_json::from_slice(&std::fs::read(format!("/tmp/c/package/{c}.json")).unwrap())
                .unwrap()
        })
        .collect();
    let mut h = ink::hand::from_medians(&chars, seed).unwrap();
    let json = serde_json::to_vec(&h).unwrap();
    if args.len() > 3 {
        let s = String::from_utf8(json.clone())
            .unwrap()
            .replace("\"pen\"", "\"touch\"");
        h = ink::Handwriting::parse(s.as_bytes()).unwrap();
    }
    let o = h.outline();
    let mut c = String::new();
    for p in &o.polygons {
        for (i, q) in p.iter().enumerate() {
            c += &format!(
                "{:.2} {:.2} {}\n",
                q[0],
                q[1],
                if i == 0 { "m" } else { "l" }
            );
        }
        c += "h\n";
    }
    eprintln!(
        "strokes {} samples {} ms {} json {} polygons {} points {} path {} box {}x{}",
        h.strokes().len(),
        h.strokes().iter().map(Vec::len).sum::<usize>(),
        h.duration_ms(),
        json.len(),
        o.polygons.len(),
        o.polygons.iter().map(Vec::len).sum::<usize>(),
        c.len(),
        o.width,
        o.height
    );
    c = format!("0.05 0.05 0.2 rg\n{c}f\n");
    print!(
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[-10 -10 {} {}]/Contents 4 0 R>>endobj\n4 0 obj<</Length {}>>stream\n{c}endstream endobj\ntrailer<</Root 1 0 R>>\n",
        o.width + 10.0,
        o.height + 10.0,
        c.len()
    );
    std::io::stdout().flush().unwrap();
}
