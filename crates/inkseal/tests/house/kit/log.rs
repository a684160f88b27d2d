//! A ledger of somebody else's, published on loopback, whose operator can be dishonest.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use ledger::{AddCheckpoint, Checkpoint, Edge, LogKey, consistency};
use tokio::net::TcpListener;

pub const ORIGIN: &str = "log.example/2026";

type Objects = Arc<Mutex<HashMap<String, Vec<u8>>>>;

/// A log, and what of it is published.
pub struct Log {
    key: LogKey,
    edge: Edge,
    pub objects: Objects,
}

impl Log {
    /// Every such log has the same key: two with different entries are forks.
    pub fn new() -> Self {
        let key = LogKey::from_seed(ORIGIN, &[7; 32]).unwrap();
        let (edge, objects) = (Edge::default(), Objects::default());
        Self { key, edge, objects }
    }

    pub fn verifier(&self) -> String {
        self.key.verifier()
    }

    pub fn size(&self) -> u64 {
        self.edge.size()
    }

    /// Takes in entries and publishes a checkpoint. Entries of another story make a fork.
    pub fn grow(&mut self, count: u64, story: &str) {
        let first = self.size();
        let entry = |n: u64| format!("{story} {n}").into_bytes();
        let entries: Vec<_> = (first..first + count).map(entry).collect();
        let grown = self.edge.grow(&entries).unwrap();
        let note = self.note().into_bytes();
        let mut objects = self.objects.lock().unwrap();
        objects.extend(grown.objects);
        objects.insert("checkpoint".to_owned(), note);
    }

    pub fn note(&self) -> String {
        self.key.sign(&Checkpoint {
            origin: ORIGIN.to_owned(),
            size: self.size(),
            root: self.edge.root(),
        })
    }

    /// The request to a witness that cosigned `old` entries last.
    pub fn ask(&self, old: u64) -> String {
        let objects = self.objects.lock().unwrap();
        let proof = consistency(old, self.size(), &objects).unwrap();
        let note = self.note();
        AddCheckpoint { old, proof, note }.to_body()
    }

    /// Publishes it on loopback and gives the prefix.
    pub async fn publish(&self) -> String {
        async fn object(
            State(objects): State<Objects>,
            Path(path): Path<String>,
        ) -> Result<Vec<u8>, StatusCode> {
            let objects = objects.lock().unwrap();
            objects.get(&path).cloned().ok_or(StatusCode::NOT_FOUND)
        }
        let router = Router::new().route("/log/{*path}", get(object));
        let router = router.with_state(Arc::clone(&self.objects));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/log", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }
}
