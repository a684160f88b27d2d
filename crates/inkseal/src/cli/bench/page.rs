//! The cost of a page as signers see it.

use std::{hint::black_box, time::Instant};

use clap::Args;
use serde_json::json;

use super::{
    act::{Sample, merge},
    spread,
};
use crate::{config::Config, house::Reason};

/// Measures drawing the pages of the sample contract, file to PNG, and reading their text.
#[derive(Args)]
pub struct Page {
    /// How often each page.
    #[arg(long, default_value_t = 20)]
    times: usize,
    /// Width of the pictures in pixels.
    #[arg(long, default_value_t = 1080)]
    width: u32,
}

impl Page {
    /// Runs the bench.
    pub async fn run(self) -> Result<(), Reason> {
        let sample = Sample::load(&Config::load(None)?).await?;
        let pages = || (0..self.times).flat_map(|_| 0..sample.pages);
        let mut times = Vec::new();
        let mut bytes = 0;
        for page in pages() {
            let began = Instant::now();
            bytes += pdf::page_png(&sample.file, page, self.width)?.len();
            times.push(began.elapsed());
        }
        let mut figure = json!({
            "figure": "page", "width": self.width, "times": times.len(),
            "png_bytes": bytes / times.len().max(1),
        });
        merge(&mut figure, spread(times));
        println!("{figure}");

        let mut times = Vec::new();
        for page in pages() {
            let began = Instant::now();
            black_box(pdf::page_text(&sample.file, page)?);
            times.push(began.elapsed());
        }
        let mut figure = json!({ "figure": "page_text", "times": times.len() });
        merge(&mut figure, spread(times));
        println!("{figure}");
        Ok(())
    }
}
