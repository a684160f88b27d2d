//! Asks a witness over HTTP.

use async_trait::async_trait;
use reqwest::{Response, StatusCode, header::CONTENT_TYPE};
use trust::{WitnessAnswer, WitnessPort};

use super::{LONGEST_ANSWER, PATIENCE};
use crate::outside::{BodyError, body, client};

/// A witness at a URL.
pub struct HttpWitness {
    client: reqwest::Client,
    url: String,
}

impl HttpWitness {
    /// The witness with this submission prefix.
    pub fn new(url: &str) -> Self {
        Self {
            client: client(url),
            url: url.trim_end_matches('/').to_owned(),
        }
    }
}

#[async_trait]
impl WitnessPort for HttpWitness {
    async fn add_checkpoint(&self, body: String) -> Result<WitnessAnswer, String> {
        let request = self.client.post(format!("{}/add-checkpoint", self.url));
        let answer = request.timeout(PATIENCE).body(body).send().await;
        let answer = answer.map_err(|error| error.to_string())?;
        let status = answer.status();
        match status {
            StatusCode::OK => Ok(WitnessAnswer::Cosigned(text(answer).await?)),
            StatusCode::CONFLICT if says_size(&answer) => {
                let size = text(answer).await?;
                let size = size.strip_suffix('\n').unwrap_or(&size).parse();
                size.map(WitnessAnswer::Conflict)
                    .map_err(|_| "HTTP 409 without a size".to_owned())
            }
            _ => Ok(WitnessAnswer::Refused(status.as_u16())),
        }
    }
}

fn says_size(answer: &Response) -> bool {
    let kind = answer.headers().get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind == "text/x.tlog.size")
}

/// The body of an answer, as long as a witness's is.
async fn text(mut answer: Response) -> Result<String, String> {
    let body = body(&mut answer, LONGEST_ANSWER).await;
    let body = body.map_err(|error| match error {
        BodyError::Broken(error) => error.to_string(),
        BodyError::TooLong => format!("the answer is longer than {LONGEST_ANSWER} bytes"),
    })?;
    String::from_utf8(body).map_err(|_| "the answer is not UTF-8".to_owned())
}
