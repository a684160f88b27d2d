//! Revocation lists: the whole one of each issuing authority, those of its periods, the
//! root's.

use bytes::Bytes;
use crypto::Suite;
use pki::revocation::{CrlContent, Entry, Scope, issue_crl};
use store::{Change, Row};

use crate::{
    Millis, TENANT, Trust, TrustError, addresses::period, ceremony::list_setting, revoke::revoked,
    status::Part,
};

/// For how long a list is good, and after which part of that there is another.
const LIST: Millis = 24 * 3_600_000;
const LIST_RENEWED: Millis = LIST / 2;

impl Trust {
    /// A revocation list by its name, DER of a `CertificateList` (RFC 5280, 5); none when
    /// there is no such list. Made anew after a revocation, and before its time is half
    /// over.
    ///
    /// Under the suite's name all certificates of its issuing authority, with `-` and a
    /// number behind it those that begin in a period and name that list's address, and
    /// with `-root` those of the root.
    pub async fn crl(&self, name: &str) -> Result<Option<Bytes>, TrustError> {
        let Some((suite, part)) = self.list_of(name) else {
            return Ok(None);
        };
        let _turn = self.0.status.listing.lock().await;
        let (now, generation) = {
            let (now, kept) = (self.now(), self.0.status.kept());
            match kept.lists.get(&(suite, part)) {
                // Not one of a clock that was ahead.
                Some((list, until)) if (*until - LIST_RENEWED..*until).contains(&now) => {
                    return Ok(Some(list.clone()));
                }
                _ => (now, kept.generation),
            }
        };
        let Some(list) = self.list(suite, part, now).await? else {
            return Ok(None);
        };
        let mut kept = self.0.status.kept();
        if kept.generation == generation {
            kept.lists
                .insert((suite, part), (list.clone(), now + LIST_RENEWED));
        }
        Ok(Some(list))
    }

    /// Which list has this name. Periods in which nothing can have begun have none.
    fn list_of(&self, name: &str) -> Option<(Suite, Part)> {
        let (suite, authority, end) = self.all().into_iter().find_map(|(suite, there)| {
            let end = name.strip_prefix(suite.name())?.to_owned();
            Some((suite, there, end))
        })?;
        let part = Part::read(&end)?;
        if let Part::Period(number) = part {
            let periods = period(authority.issuing.not_before())..=period(self.seconds());
            if !periods.contains(&number) || self.0.settings.url.is_empty() {
                return None;
            }
        }
        Some((suite, part))
    }

    /// Signs a list. Its number is durable before it is used, so that none comes twice.
    async fn list(
        &self,
        suite: Suite,
        part: Part,
        now: Millis,
    ) -> Result<Option<Bytes>, TrustError> {
        let authority = self.hierarchy(suite).await?;
        let (issuer, key) = match part {
            Part::Root => match &authority.root_key {
                Some(key) => (authority.root.clone(), key.clone()),
                None => return self.installed_list(suite).await,
            },
            _ => (authority.issuing.clone(), authority.issuing_key.clone()),
        };
        let number = self.next_number(&part.name(suite)).await?;
        let entries = self.entries(suite, part).await?;
        let point = match part {
            Part::Period(_) => self.list_address(suite, part),
            Part::Whole | Part::Root => None,
        };
        let signed = tokio::task::spawn_blocking(move || {
            let content = CrlContent {
                number,
                this_update_ms: now,
                next_update_ms: now + LIST,
                scope: Scope::All,
                distribution_point: point.as_deref(),
                entries: &entries,
            };
            issue_crl(&content, &issuer, key.as_ref())
        });
        let list = signed.await.map_err(|_| TrustError::Stopped)??;
        Ok(Some(Bytes::copy_from_slice(list.der())))
    }

    /// The root's list of the last ceremony.
    async fn installed_list(&self, suite: Suite) -> Result<Option<Bytes>, TrustError> {
        let kept = self.0.store.setting(TENANT, &list_setting(suite)).await?;
        Ok(kept
            .and_then(|text| hex::decode(text).ok())
            .map(Bytes::from))
    }

    async fn next_number(&self, list: &str) -> Result<u64, TrustError> {
        let name = format!("crl/{list}");
        let before = self.0.store.setting(TENANT, &name).await?;
        let before: u64 = before.and_then(|text| text.parse().ok()).unwrap_or(0);
        let number = before + 1;
        let value = number.to_string();
        let change = Change {
            tenant: TENANT.to_owned(),
            rows: vec![Row::Setting { name, value }],
            ..Change::default()
        };
        self.0.store.commit(change).await?;
        Ok(number)
    }

    async fn entries(&self, suite: Suite, part: Part) -> Result<Vec<Entry>, TrustError> {
        let revocations = match part {
            Part::Root => return Ok(Vec::new()),
            _ => self.0.store.revocations(suite.name()).await?,
        };
        let wanted = match part {
            Part::Period(number) => Some(number.to_string()),
            _ => None,
        };
        let there = revocations
            .into_iter()
            .filter(|there| wanted.as_ref().is_none_or(|part| *part == there.part));
        Ok(there
            .filter_map(|there| {
                let serial = hex::decode(&there.serial).ok()?;
                let revoked = revoked(&there);
                Some(Entry { serial, revoked })
            })
            .collect())
    }

    /// An authority's own certificate, DER: under the suite's name the issuing one, with
    /// `-root` behind it the root; none when the suite has no authorities.
    #[must_use]
    pub fn authority_certificate(&self, name: &str) -> Option<Bytes> {
        let (suite, root) = match name.strip_suffix("-root") {
            Some(suite) => (suite, true),
            None => (name, false),
        };
        let (_, there) = self.all().into_iter().find(|(of, _)| of.name() == suite)?;
        let certificate = if root { &there.root } else { &there.issuing };
        Some(Bytes::copy_from_slice(certificate.der()))
    }
}
