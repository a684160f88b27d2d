//! Opening a store: lock, migrations, writer, readers.

use std::{
    fmt::Write,
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
};

use object_store::local::LocalFileSystem;
use sqlx::{
    AnyConnection, AnyPool, ConnectOptions as _, Connection, Executor,
    any::{AnyConnectOptions, AnyPoolOptions},
};
use tokio::{
    sync::{Mutex, Notify, mpsc},
    task::JoinHandle,
};

use crate::{
    change::{Change, CommitError, Committed},
    entry,
    write::{Pending, Writer},
};

/// Every migration, in order; a new one is added at the end and never changed.
const MIGRATIONS: [&str; 11] = [
    include_str!("../migrations/1-begin.sql"),
    include_str!("../migrations/2-revocation.sql"),
    include_str!("../migrations/3-entry-id.sql"),
    include_str!("../migrations/4-certificate-request.sql"),
    include_str!("../migrations/5-lasting.sql"),
    include_str!("../migrations/6-person.sql"),
    include_str!("../migrations/7-once.sql"),
    include_str!("../migrations/8-staff.sql"),
    include_str!("../migrations/9-authorisation.sql"),
    include_str!("../migrations/10-number-and-receiver.sql"),
    include_str!("../migrations/11-first-events.sql"),
];
/// The migration after which the entries that are there get their identifiers, which
/// SQL cannot compute.
const ENTRY_ID: i64 = 3;
/// Changes that may wait for the writer.
const QUEUE: usize = 1024;

/// Events, blobs and rows of one folder. A clone is the same store.
#[derive(Clone)]
pub struct Store {
    pub(crate) pool: AnyPool,
    pub(crate) objects: Arc<LocalFileSystem>,
    queue: mpsc::Sender<Pending>,
    closing: Arc<Closing>,
}

/// What closing needs.
struct Closing {
    asked: Notify,
    writer: Mutex<Option<JoinHandle<()>>>,
    lock: File,
}

/// Why a store did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be used.
    #[error("data folder {path}: {reason}")]
    Folder {
        /// Which folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Another process has it.
    #[error("data folder {0} is in use by another process; stop it or choose another folder")]
    InUse(PathBuf),
    /// The database is newer than the program.
    #[error("the database has migration {found}, this program knows {known}; update the program")]
    Newer {
        /// In the database.
        found: i64,
        /// In the program.
        known: usize,
    },
    /// A setting that durability needs did not hold.
    #[error("the database does not flush every commit: {0}")]
    NotDurable(&'static str),
    /// The database refused.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
}

impl Store {
    /// Opens the store of a folder, which is made when it is not there.
    pub async fn open(folder: &Path) -> Result<Self, OpenError> {
        let unusable = |e: &dyn std::fmt::Display| OpenError::Folder {
            path: folder.to_owned(),
            reason: e.to_string(),
        };
        let objects = folder.join("objects");
        std::fs::create_dir_all(&objects).map_err(|e| unusable(&e))?;
        make_private(folder).map_err(|e| unusable(&e))?;
        let lock = File::create(folder.join("lock")).map_err(|e| unusable(&e))?;
        lock.try_lock()
            .map_err(|_| OpenError::InUse(folder.to_owned()))?;
        let objects = LocalFileSystem::new_with_prefix(&objects).map_err(|e| unusable(&e))?;
        let objects = Arc::new(objects.with_fsync(true));

        sqlx::any::install_default_drivers();
        let database = folder.join("inkseal.db");
        let url = format!("sqlite://{}?mode=rwc", percent_encoded(&database)?);
        let options: AnyConnectOptions = url.parse()?;
        let options = options.disable_statement_logging();
        let mut connection = connect(&options).await?;
        migrate(&mut connection).await?;

        let pool = AnyPoolOptions::new()
            .max_connections(4)
            // It is a file: no line to it breaks while nobody looks.
            .test_before_acquire(false)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    connection.execute("PRAGMA busy_timeout = 5000").await?;
                    connection.execute("PRAGMA query_only = 1").await?;
                    Ok(())
                })
            })
            .connect_with(options.clone())
            .await?;
        let (queue, waiting) = mpsc::channel(QUEUE);
        let writer = Writer::new(options, connection, Arc::clone(&objects)).await?;
        let (asked, slot) = (Notify::new(), Mutex::default());
        let closing = Arc::new(Closing {
            asked,
            writer: slot,
            lock,
        });
        let ending = Arc::clone(&closing);
        let run = writer.run(waiting, async move { ending.asked.notified().await });
        *closing.writer.lock().await = Some(tokio::spawn(run));
        Ok(Self {
            pool,
            objects,
            queue,
            closing,
        })
    }

    /// Writes all that was taken in, folds the log into the database, and leaves the
    /// folder to others. Later changes, of any clone, are refused.
    pub async fn close(&self) {
        self.closing.asked.notify_one();
        if let Some(writer) = self.closing.writer.lock().await.take() {
            // A writer that panicked has nothing more to write.
            let _ = writer.await;
        }
        self.pool.close().await;
        // Released with the last clone anyway.
        let _ = self.closing.lock.unlock();
    }

    /// Waits until every change that was handed over before has been made or refused,
    /// also those whose callers no longer wait.
    pub async fn settled(&self) -> Result<(), CommitError> {
        match self.commit(Change::default()).await {
            Err(CommitError::Closed) => Err(CommitError::Closed),
            // A batch that could not be written was refused, and that is settled too.
            _ => Ok(()),
        }
    }

    /// Makes a change. It is durable when this returns.
    pub async fn commit(&self, change: Change) -> Result<Committed, CommitError> {
        let (answer, answered) = tokio::sync::oneshot::channel();
        let pending = Pending { change, answer };
        self.queue
            .send(pending)
            .await
            .map_err(|_| CommitError::Closed)?;
        answered.await.map_err(|_| CommitError::Closed)?
    }
}

/// The path as a URL has it: blanks, question marks and per cent signs mean themselves.
fn percent_encoded(path: &Path) -> Result<String, OpenError> {
    let text = path.to_str().ok_or_else(|| OpenError::Folder {
        path: path.to_owned(),
        reason: "its name is not UTF-8".to_owned(),
    })?;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    Ok(encoded)
}

fn make_private(folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// A connection that writes, and flushes every commit.
pub(crate) async fn connect(options: &AnyConnectOptions) -> Result<AnyConnection, OpenError> {
    let mut connection = AnyConnection::connect_with(options).await?;
    connection.execute("PRAGMA journal_mode = WAL").await?;
    connection.execute("PRAGMA synchronous = FULL").await?;
    // What a statement would have to take back is kept in memory: it is a page for each row,
    // and no business of a folder for temporary files.
    connection.execute("PRAGMA temp_store = MEMORY").await?;
    // 16 MiB of pages at hand, and as many in the log before they are folded in: a page
    // that many acts touch is written once.
    connection.execute("PRAGMA cache_size = -16384").await?;
    connection
        .execute("PRAGMA wal_autocheckpoint = 4096")
        .await?;
    // What is deleted is overwritten: a data key that was destroyed is in no free page.
    connection.execute("PRAGMA secure_delete = ON").await?;
    assert_durable(&mut connection).await?;
    Ok(connection)
}

async fn assert_durable(connection: &mut AnyConnection) -> Result<(), OpenError> {
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *connection)
        .await?;
    if journal != "wal" {
        return Err(OpenError::NotDurable("journal_mode is not WAL"));
    }
    let flush: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(connection)
        .await?;
    if flush < 2 {
        return Err(OpenError::NotDurable("synchronous is below FULL"));
    }
    Ok(())
}

async fn migrate(connection: &mut AnyConnection) -> Result<(), OpenError> {
    connection
        .execute("CREATE TABLE IF NOT EXISTS migration (number BIGINT NOT NULL PRIMARY KEY)")
        .await?;
    let done: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(number), 0) FROM migration")
        .fetch_one(&mut *connection)
        .await?;
    let known = MIGRATIONS.len();
    let first = usize::try_from(done).unwrap_or(usize::MAX);
    if first > known {
        return Err(OpenError::Newer { found: done, known });
    }
    for (index, script) in MIGRATIONS.iter().enumerate().skip(first) {
        let mut transaction = connection.begin().await?;
        for statement in script.split(';').filter(|s| !s.trim().is_empty()) {
            transaction
                .execute(sqlx::raw_sql(sqlx::AssertSqlSafe(statement)))
                .await?;
        }
        let number = i64::try_from(index).unwrap_or(i64::MAX - 1) + 1;
        if number == ENTRY_ID {
            entry::fill(&mut transaction).await?;
        }
        sqlx::query("INSERT INTO migration (number) VALUES ($1)")
            .bind(number)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
    }
    Ok(())
}
