//! Reading. Readers never wait for the writer.

use bytes::Bytes;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, path::Path};

use crate::{blob::BlobId, entry::EntryId, open::Store};

/// Why something could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is not there.
    #[error("{what} {name} is not in the store")]
    Missing {
        /// What kind of thing.
        what: &'static str,
        /// Which.
        name: String,
    },
    /// The bytes are not those that were stored.
    #[error("blob {0} was changed on disk: its digest does not fit its name")]
    Damaged(BlobId),
    /// An object of this name holds other bytes.
    #[error("object {0} exists with other bytes")]
    Differs(String),
    /// The database refused.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The object store refused.
    #[error("objects: {0}")]
    Objects(#[from] object_store::Error),
}

/// An event as it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its place in the stream, from 0.
    pub seq: u64,
    /// Its name.
    pub kind: String,
    /// Its JSON.
    pub body: String,
    /// Index of the first ledger entry of the change that it came with.
    pub entry: Option<u64>,
}

/// An integrator's credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Whose.
    pub tenant: String,
    /// What the integrator calls it.
    pub name: String,
}

/// Where a link or a session secret leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionLink {
    /// Whose contract.
    pub tenant: String,
    /// The contract.
    pub contract: String,
    /// The session.
    pub session: String,
}

/// A certificate in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journaled {
    /// For whom.
    pub tenant: String,
    /// The act, or what else it is for.
    pub act: String,
    /// DER of the `TBSCertificate`.
    pub tbs: Vec<u8>,
}

/// The certificate of a public key, in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certified {
    /// Serial number, hexadecimal.
    pub serial: String,
    /// Digest of the request that it was issued for, hexadecimal.
    pub request: String,
    /// DER of the `TBSCertificate`.
    pub tbs: Vec<u8>,
    /// The signature; none when the service stopped before it was kept.
    pub signature: Option<Vec<u8>>,
}

type CertifiedRow = (String, String, Vec<u8>, Option<Vec<u8>>);

/// A certificate that its authority took back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRevocation {
    /// Serial number, hexadecimal.
    pub serial: String,
    /// When, unix milliseconds.
    pub at: i64,
    /// Number of the reason (RFC 5280, 5.3.1).
    pub reason: u8,
    /// Part of its authority's list that it names; empty: the whole list.
    pub part: String,
}

/// An officer or a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffRow {
    /// Identifier.
    pub id: String,
    /// How often it has changed.
    pub version: u64,
    /// JSON.
    pub body: String,
}

/// What a secret of the staff stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffSecret {
    /// Whose staff.
    pub tenant: String,
    /// JSON.
    pub body: String,
    /// When it ends, unix milliseconds.
    pub expires: i64,
}

/// Something that a receiver is still to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCallback {
    /// Whose contract.
    pub tenant: String,
    /// The contract.
    pub contract: String,
    /// Its place among what is told of this contract.
    pub seq: u64,
    /// Whom to tell.
    pub url: String,
    /// The URL's host and port; empty when nobody is told.
    pub receiver: String,
    /// What.
    pub event: String,
    /// When it happened, unix milliseconds.
    pub at: i64,
    /// How often it was tried.
    pub attempts: u64,
}

/// Where an open contract awaits somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    /// Whose contract.
    pub tenant: String,
    /// The contract.
    pub contract: String,
    /// Its role for who is awaited.
    pub role: String,
}

type CallbackRow = (String, String, i64, String, String, String, i64, i64);

/// The last signed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerCheckpoint {
    /// Size of the tree.
    pub size: u64,
    /// The signed note.
    pub note: String,
}

fn revocation((serial, at, reason, part): (String, i64, i64, String)) -> StoredRevocation {
    let reason = u8::try_from(reason).unwrap_or_default();
    StoredRevocation {
        serial,
        at,
        reason,
        part,
    }
}

fn staff((id, version, body): (String, i64, String)) -> StaffRow {
    StaffRow {
        id,
        version: version.unsigned_abs(),
        body,
    }
}

fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

impl Store {
    /// The events of a stream from `from` on.
    pub async fn events(
        &self,
        tenant: &str,
        stream: &str,
        id: &str,
        from: u64,
    ) -> Result<Vec<StoredEvent>, ReadError> {
        let rows: Vec<(i64, String, String, i64)> = sqlx::query_as(
            "SELECT seq, kind, body, entry FROM event \
             WHERE tenant = $1 AND stream = $2 AND id = $3 AND seq >= $4 ORDER BY seq",
        )
        .bind(tenant)
        .bind(stream)
        .bind(id)
        .bind(number(from))
        .fetch_all(&self.pool)
        .await?;
        let event = |(seq, kind, body, entry): (i64, _, _, i64)| StoredEvent {
            seq: seq.unsigned_abs(),
            kind,
            body,
            entry: u64::try_from(entry).ok(),
        };
        Ok(rows.into_iter().map(event).collect())
    }

    /// Identifiers of a tenant's streams of one kind, newest first.
    pub async fn streams(
        &self,
        tenant: &str,
        stream: &str,
        limit: u32,
    ) -> Result<Vec<String>, ReadError> {
        let sql = "SELECT id FROM event WHERE tenant = $1 AND stream = $2 AND seq = 0 \
                   ORDER BY entry DESC LIMIT $3";
        let query = sqlx::query_scalar(sql)
            .bind(tenant)
            .bind(stream)
            .bind(i64::from(limit));
        Ok(query.fetch_all(&self.pool).await?)
    }

    /// What is to be told by now: of each contract only the first that is still to be told,
    /// to each receiver at most `each`, and of all at most `limit`: one of each tenant, then
    /// a second of each, and so on, each tenant's from its receivers in turn; among these
    /// what waits longest comes first. So no tenant and no receiver hides another.
    pub async fn callbacks(
        &self,
        now: i64,
        each: u32,
        limit: u32,
    ) -> Result<Vec<StoredCallback>, ReadError> {
        let rows: Vec<CallbackRow> = sqlx::query_as(
            "SELECT tenant, contract, seq, url, receiver, event, at, attempts FROM ( \
             SELECT due.*, ROW_NUMBER() OVER (PARTITION BY tenant \
             ORDER BY place, next, attempts DESC) AS round FROM ( \
             SELECT one.*, ROW_NUMBER() OVER (PARTITION BY tenant, receiver \
             ORDER BY next, attempts DESC) AS place FROM callback AS one \
             WHERE next <= $1 AND NOT EXISTS (SELECT 1 FROM callback AS earlier \
             WHERE earlier.tenant = one.tenant AND earlier.contract = one.contract \
             AND earlier.seq < one.seq)) AS due \
             WHERE place <= $2) AS fair ORDER BY round, next, attempts DESC LIMIT $3",
        )
        .bind(now)
        .bind(i64::from(each))
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        let callback = |(tenant, contract, seq, url, receiver, event, at, attempts)| {
            let (seq, attempts): (i64, i64) = (seq, attempts);
            let (seq, attempts) = (seq.unsigned_abs(), attempts.unsigned_abs());
            StoredCallback {
                tenant,
                contract,
                seq,
                url,
                receiver,
                event,
                at,
                attempts,
            }
        };
        Ok(rows.into_iter().map(callback).collect())
    }

    /// The bytes of a blob, checked against its name.
    pub async fn blob(&self, tenant: &str, id: &BlobId) -> Result<Bytes, ReadError> {
        let row: Option<(String, i64, i64)> =
            sqlx::query_as("SELECT pack, start, length FROM blob WHERE tenant = $1 AND id = $2")
                .bind(tenant)
                .bind(id.to_string())
                .fetch_optional(&self.pool)
                .await?;
        let missing = || ReadError::Missing {
            what: "blob",
            name: id.to_string(),
        };
        let (pack, start, length) = row.ok_or_else(missing)?;
        let (start, length) = (start.unsigned_abs(), length.unsigned_abs());
        let bytes = if length == 0 {
            // Has no place in any pack.
            Bytes::new()
        } else {
            self.part(pack, start, length).await?.unwrap_or_default()
        };
        if BlobId::of(&bytes) != *id {
            return Err(ReadError::Damaged(*id));
        }
        Ok(bytes)
    }

    /// Part of a pack; `None` when the pack ends before it.
    async fn part(
        &self,
        pack: String,
        start: u64,
        length: u64,
    ) -> Result<Option<Bytes>, object_store::Error> {
        let pack = Path::from(pack);
        let end = start.saturating_add(length);
        match self.objects.get_range(&pack, start..end).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(_) if self.objects.head(&pack).await?.size < end => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The credential behind an API key's digest.
    pub async fn api_key(&self, digest: &str) -> Result<Option<ApiKey>, ReadError> {
        let row: Option<(String, String)> =
            sqlx::query_as("SELECT tenant, name FROM api_key WHERE digest = $1")
                .bind(digest)
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.map(|(tenant, name)| ApiKey { tenant, name }))
    }

    /// A wrapped data key.
    pub async fn data_key(&self, tenant: &str, name: &str) -> Result<Vec<u8>, ReadError> {
        let sql = "SELECT wrapped FROM data_key WHERE tenant = $1 AND name = $2";
        let query = sqlx::query_scalar(sql).bind(tenant).bind(name);
        let row: Option<Vec<u8>> = query.fetch_optional(&self.pool).await?;
        row.ok_or_else(|| ReadError::Missing {
            what: "data key",
            name: name.to_owned(),
        })
    }

    /// Where a link or session secret leads, by its digest.
    pub async fn session_link(&self, digest: &str) -> Result<Option<SessionLink>, ReadError> {
        let sql = "SELECT tenant, contract, session FROM session_link WHERE digest = $1";
        let row: Option<(String, String, String)> = sqlx::query_as(sql)
            .bind(digest)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|(tenant, contract, session)| SessionLink {
            tenant,
            contract,
            session,
        }))
    }

    /// DER of the `TBSCertificate` that the journal has under a serial number.
    pub async fn certificate(&self, serial: &str) -> Result<Option<Vec<u8>>, ReadError> {
        Ok(self.journaled(serial).await?.map(|there| there.tbs))
    }

    /// What the journal has under a serial number.
    pub async fn journaled(&self, serial: &str) -> Result<Option<Journaled>, ReadError> {
        let query = sqlx::query_as("SELECT tenant, act, tbs FROM certificate WHERE serial = $1");
        let row: Option<(String, String, Vec<u8>)> =
            query.bind(serial).fetch_optional(&self.pool).await?;
        Ok(row.map(|(tenant, act, tbs)| Journaled { tenant, act, tbs }))
    }

    /// Certificates that last and can be revoked, each with its serial number, in the
    /// order of these from the one after `after` on.
    pub async fn lasting(
        &self,
        after: &str,
        limit: u32,
    ) -> Result<Vec<(String, Journaled)>, ReadError> {
        // The first condition word by word, so that SQLite takes the partial index.
        let sql = "SELECT serial, tenant, act, tbs FROM certificate WHERE act IN ( \
                   'person', 'enterprise', 'seal-maker', 'log', 'log/sm2-sm3', 'tsa/sm2-sm3', \
                   'tsa/p256-sha256', 'tsa/rsa2048-sha256', 'tsa/rsa3072-sha256') \
                   AND serial > $1 ORDER BY serial LIMIT $2";
        let query = sqlx::query_as(sql).bind(after).bind(i64::from(limit));
        let rows: Vec<(String, String, String, Vec<u8>)> = query.fetch_all(&self.pool).await?;
        let row = |(serial, tenant, act, tbs)| (serial, Journaled { tenant, act, tbs });
        Ok(rows.into_iter().map(row).collect())
    }

    /// The certificate of a public key, by the digest of its `SubjectPublicKeyInfo` in
    /// hexadecimal.
    pub async fn certified(&self, spki: &str) -> Result<Option<Certified>, ReadError> {
        // The first condition again, so that SQLite takes the partial index.
        let sql = "SELECT c.serial, c.request, c.tbs, s.signature FROM certificate c \
                   LEFT JOIN certificate_signature s ON s.serial = c.serial \
                   WHERE c.spki = $1 AND c.spki <> ''";
        let query = sqlx::query_as(sql).bind(spki);
        let row: Option<CertifiedRow> = query.fetch_optional(&self.pool).await?;
        Ok(row.map(|(serial, request, tbs, signature)| Certified {
            serial,
            request,
            tbs,
            signature,
        }))
    }

    /// The signature that was kept of a journaled certificate.
    pub async fn certificate_signature(&self, serial: &str) -> Result<Option<Vec<u8>>, ReadError> {
        let sql = "SELECT signature FROM certificate_signature WHERE serial = $1";
        let query = sqlx::query_scalar(sql).bind(serial);
        Ok(query.fetch_optional(&self.pool).await?)
    }

    /// The revocation of a serial number.
    pub async fn revocation(&self, serial: &str) -> Result<Option<StoredRevocation>, ReadError> {
        let sql = "SELECT serial, at, reason, part FROM revocation WHERE serial = $1";
        let query = sqlx::query_as(sql).bind(serial);
        Ok(query.fetch_optional(&self.pool).await?.map(revocation))
    }

    /// All revocations of an authority's certificates.
    pub async fn revocations(&self, issuer: &str) -> Result<Vec<StoredRevocation>, ReadError> {
        let sql =
            "SELECT serial, at, reason, part FROM revocation WHERE issuer = $1 ORDER BY serial";
        let rows = sqlx::query_as(sql).bind(issuer).fetch_all(&self.pool);
        Ok(rows.await?.into_iter().map(revocation).collect())
    }

    /// How many revocations there are of all authorities.
    pub async fn revocation_count(&self) -> Result<u64, ReadError> {
        let query = sqlx::query_scalar("SELECT COUNT(*) FROM revocation");
        let count: i64 = query.fetch_one(&self.pool).await?;
        Ok(count.unsigned_abs())
    }

    /// How many certificates the journal has.
    pub async fn certificate_count(&self) -> Result<u64, ReadError> {
        let query = sqlx::query_scalar("SELECT COUNT(*) FROM certificate");
        let count: i64 = query.fetch_one(&self.pool).await?;
        Ok(count.unsigned_abs())
    }

    /// The JSON of a registered company.
    pub async fn company(&self, tenant: &str, id: &str) -> Result<Option<String>, ReadError> {
        let query = sqlx::query_scalar("SELECT body FROM company WHERE tenant = $1 AND id = $2");
        Ok(query
            .bind(tenant)
            .bind(id)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// The officer or device of this kind and identifier.
    pub async fn staff(
        &self,
        tenant: &str,
        kind: &str,
        id: &str,
    ) -> Result<Option<StaffRow>, ReadError> {
        let sql = "SELECT id, version, body FROM staff WHERE tenant = $1 AND kind = $2 AND id = $3";
        let query = sqlx::query_as(sql).bind(tenant).bind(kind).bind(id);
        Ok(query.fetch_optional(&self.pool).await?.map(staff))
    }

    /// All officers or devices of a tenant.
    pub async fn staff_of(&self, tenant: &str, kind: &str) -> Result<Vec<StaffRow>, ReadError> {
        let sql = "SELECT id, version, body FROM staff WHERE tenant = $1 AND kind = $2 ORDER BY id";
        let rows = sqlx::query_as(sql).bind(tenant).bind(kind);
        let rows = rows.fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(staff).collect())
    }

    /// How many officers or devices a tenant has.
    pub async fn staff_count(&self, tenant: &str, kind: &str) -> Result<u64, ReadError> {
        let sql = "SELECT COUNT(*) FROM staff WHERE tenant = $1 AND kind = $2";
        let query = sqlx::query_scalar(sql).bind(tenant).bind(kind);
        let count: i64 = query.fetch_one(&self.pool).await?;
        Ok(count.unsigned_abs())
    }

    /// What a secret or a code of the staff stands for, by its digest; also when it is over.
    pub async fn staff_secret(&self, digest: &str) -> Result<Option<StaffSecret>, ReadError> {
        let sql = "SELECT tenant, body, expires FROM staff_secret WHERE digest = $1";
        let query = sqlx::query_as(sql).bind(digest);
        let row: Option<(String, String, i64)> = query.fetch_optional(&self.pool).await?;
        Ok(row.map(|(tenant, body, expires)| StaffSecret {
            tenant,
            body,
            expires,
        }))
    }

    /// Where the owner of a number is awaited, by its keyed digest, newest contract first;
    /// of all tenants when none is named.
    pub async fn awaited(
        &self,
        tenant: Option<&str>,
        digest: &str,
        now: i64,
        limit: u32,
    ) -> Result<Vec<Awaited>, ReadError> {
        let sql = "SELECT tenant, contract, role FROM awaited_number WHERE digest = $1 \
                   AND expires > $2 AND ($3 = '' OR tenant = $3) ORDER BY made DESC LIMIT $4";
        let rows = sqlx::query_as(sql)
            .bind(digest)
            .bind(now)
            .bind(tenant.unwrap_or_default())
            .bind(i64::from(limit));
        let rows: Vec<(String, String, String)> = rows.fetch_all(&self.pool).await?;
        let awaited = |(tenant, contract, role)| Awaited {
            tenant,
            contract,
            role,
        };
        Ok(rows.into_iter().map(awaited).collect())
    }

    /// Who has a document, by its keyed digest.
    pub async fn person_by_document(
        &self,
        tenant: &str,
        digest: &str,
    ) -> Result<Option<String>, ReadError> {
        let sql = "SELECT person FROM person_document WHERE tenant = $1 AND digest = $2";
        let query = sqlx::query_scalar(sql).bind(tenant).bind(digest);
        Ok(query.fetch_optional(&self.pool).await?)
    }

    /// Which enterprise has a unified social credit code.
    pub async fn enterprise_by_code(
        &self,
        tenant: &str,
        code: &str,
    ) -> Result<Option<String>, ReadError> {
        let sql = "SELECT enterprise FROM enterprise_code WHERE tenant = $1 AND code = $2";
        let query = sqlx::query_scalar(sql).bind(tenant).bind(code);
        Ok(query.fetch_optional(&self.pool).await?)
    }

    /// A setting.
    pub async fn setting(&self, tenant: &str, name: &str) -> Result<Option<String>, ReadError> {
        let query = sqlx::query_scalar("SELECT value FROM setting WHERE tenant = $1 AND name = $2");
        Ok(query
            .bind(tenant)
            .bind(name)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// The answer that was given under an idempotency key, with the request's digest.
    pub async fn answer(
        &self,
        tenant: &str,
        key: &str,
    ) -> Result<Option<(String, String)>, ReadError> {
        let sql = "SELECT request, answer FROM idempotency WHERE tenant = $1 AND name = $2";
        Ok(sqlx::query_as(sql)
            .bind(tenant)
            .bind(key)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Ledger entries from an index on, in order.
    pub async fn ledger_entries(&self, from: u64, limit: u32) -> Result<Vec<Bytes>, ReadError> {
        let rows = self.ledger_rows(from, limit).await?;
        Ok(rows.into_iter().map(|(_, body)| body).collect())
    }

    /// Ledger entries from an index on, in order, each with its tenant.
    pub async fn ledger_rows(
        &self,
        from: u64,
        limit: u32,
    ) -> Result<Vec<(String, Bytes)>, ReadError> {
        let sql = "SELECT tenant, body FROM ledger_entry WHERE idx >= $1 ORDER BY idx LIMIT $2";
        let query = sqlx::query_as(sql)
            .bind(number(from))
            .bind(i64::from(limit));
        let rows: Vec<(String, Vec<u8>)> = query.fetch_all(&self.pool).await?;
        Ok(rows
            .into_iter()
            .map(|(tenant, body)| (tenant, body.into()))
            .collect())
    }

    /// Where an entry lies in the ledger's queue, by its identifier.
    pub async fn ledger_index(&self, id: &EntryId) -> Result<Option<u64>, ReadError> {
        let query = sqlx::query_scalar("SELECT idx FROM ledger_entry WHERE id = $1");
        let index: Option<i64> = query.bind(id.to_vec()).fetch_optional(&self.pool).await?;
        Ok(index.map(i64::unsigned_abs))
    }

    /// Index and identifier of ledger entries from an index on, in order. An entry that
    /// was there before there were identifiers, and was not the first of its kind, has
    /// none.
    pub async fn ledger_ids(
        &self,
        from: u64,
        limit: u32,
    ) -> Result<Vec<(u64, Option<Vec<u8>>)>, ReadError> {
        let sql = "SELECT idx, id FROM ledger_entry WHERE idx >= $1 ORDER BY idx LIMIT $2";
        let query = sqlx::query_as(sql)
            .bind(number(from))
            .bind(i64::from(limit));
        let rows: Vec<(i64, Option<Vec<u8>>)> = query.fetch_all(&self.pool).await?;
        let row = |(index, id): (i64, _)| (index.unsigned_abs(), id);
        Ok(rows.into_iter().map(row).collect())
    }

    /// How many events there are of all tenants.
    pub async fn event_count(&self) -> Result<u64, ReadError> {
        let query = sqlx::query_scalar("SELECT COUNT(*) FROM event");
        let count: i64 = query.fetch_one(&self.pool).await?;
        Ok(count.unsigned_abs())
    }

    /// How many entries the ledger's queue has ever had.
    pub async fn ledger_size(&self) -> Result<u64, ReadError> {
        let query = sqlx::query_scalar("SELECT COALESCE(MAX(idx), -1) + 1 FROM ledger_entry");
        let size: i64 = query.fetch_one(&self.pool).await?;
        Ok(size.unsigned_abs())
    }

    /// The last signed checkpoint of a log.
    pub async fn ledger_checkpoint(
        &self,
        tenant: &str,
    ) -> Result<Option<LedgerCheckpoint>, ReadError> {
        let query = sqlx::query_as("SELECT size, note FROM ledger_checkpoint WHERE tenant = $1");
        let row: Option<(i64, String)> = query.bind(tenant).fetch_optional(&self.pool).await?;
        Ok(row.map(|(size, note)| LedgerCheckpoint {
            size: size.unsigned_abs(),
            note,
        }))
    }

    /// Keeps an object under a path. The same bytes again are fine, others are not.
    pub async fn put_object(&self, path: &str, bytes: Bytes) -> Result<(), ReadError> {
        let options = PutOptions::from(PutMode::Create);
        match self
            .objects
            .put_opts(&Path::from(path), bytes.clone().into(), options)
            .await
        {
            Ok(_) => Ok(()),
            Err(object_store::Error::AlreadyExists { .. }) => match self.object(path).await? {
                Some(there) if there == bytes => Ok(()),
                _ => Err(ReadError::Differs(path.to_owned())),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// The object under a path.
    pub async fn object(&self, path: &str) -> Result<Option<Bytes>, ReadError> {
        match self.objects.get(&Path::from(path)).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
