//! The messages that were delivered.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

/// Most messages that are kept; the oldest are forgotten.
const KEPT: usize = 50_000;

/// Messages by number.
#[derive(Default)]
pub struct Inbox {
    by_number: BTreeMap<String, VecDeque<Delivered>>,
    /// Number and identifier, the newest last.
    order: VecDeque<(String, String)>,
    sent: u64,
}

/// A message, with the code that it carries.
#[derive(Clone, Serialize)]
pub struct Delivered {
    /// The gateway's number for it.
    pub id: String,
    /// When, unix milliseconds.
    pub at: i64,
    /// The text.
    pub text: String,
    /// Six digits of the text.
    pub code: Option<String>,
}

impl Inbox {
    /// Puts a message in; gives its identifier.
    pub fn put(&mut self, to: String, text: String, at: i64) -> String {
        let id = crypto::random_id();
        self.sent += 1;
        self.order.push_back((to.clone(), id.clone()));
        let message = Delivered {
            id: id.clone(),
            at,
            code: code(&text),
            text,
        };
        self.by_number.entry(to).or_default().push_back(message);
        if self.order.len() > KEPT {
            self.forget();
        }
        id
    }

    fn forget(&mut self) {
        let Some((number, _)) = self.order.pop_front() else {
            return;
        };
        if let Some(messages) = self.by_number.get_mut(&number) {
            messages.pop_front();
            if messages.is_empty() {
                self.by_number.remove(&number);
            }
        }
    }

    /// The messages to a number, the newest first.
    pub fn of(&self, number: &str) -> impl Iterator<Item = Delivered> {
        let messages = self.by_number.get(number);
        messages.into_iter().flatten().rev().cloned()
    }

    /// Everything, the newest first, with the number.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Delivered)> {
        self.order.iter().rev().filter_map(|(number, id)| {
            let messages = self.by_number.get(number)?;
            let message = messages.iter().rev().find(|message| message.id == *id)?;
            Some((number.as_str(), message))
        })
    }

    /// Whether there is a message with this identifier.
    pub fn has(&self, id: &str) -> bool {
        self.order.iter().rev().any(|(_, one)| one == id)
    }

    /// Messages that were ever sent.
    pub fn sent(&self) -> u64 {
        self.sent
    }
}

/// The six digits after 验证码.
fn code(text: &str) -> Option<String> {
    let digits = |part: &&str| part.len() == 6 && part.bytes().all(|b| b.is_ascii_digit());
    let after = text.split("验证码").nth(1).unwrap_or_default();
    let code = after.split(|c: char| !c.is_ascii_digit()).find(digits);
    code.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_found_and_the_oldest_is_forgotten() {
        let mut inbox = Inbox::default();
        let text = "【Inkseal】合同尾号 000317，验证码 123456，5 分钟内有效";
        let first = inbox.put("1".to_owned(), text.to_owned(), 1);
        let found = inbox.of("1").next().unwrap();
        assert_eq!(found.code.as_deref(), Some("123456"));
        for at in 0..KEPT {
            inbox.put("2".to_owned(), String::new(), i64::try_from(at).unwrap());
        }
        assert!(!inbox.has(&first));
        assert!(inbox.of("1").next().is_none());
        assert_eq!(inbox.of("2").count(), KEPT);
        assert_eq!(inbox.by_number.len(), 1);
    }
}
