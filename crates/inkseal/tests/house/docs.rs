//! The description of the API, and the page that shows it.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use serde_json::Value;

use crate::kit::{House, program::Said, repository};

/// Method and path of every handler, read from the attributes in its source.
fn handlers(folder: &Path) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(handlers(&path));
            continue;
        }
        let source = fs::read_to_string(path).unwrap();
        for attribute in source.split("#[utoipa::path(").skip(1) {
            let (method, rest) = attribute.split_once(',').unwrap();
            let (_, rest) = rest.split_once("path = \"").unwrap();
            let (path, _) = rest.split_once('"').unwrap();
            found.insert((method.trim().to_owned(), path.to_owned()));
        }
    }
    found
}

#[tokio::test]
async fn openapi_lists_every_route() {
    let house = House::start();
    let document = house.anybody().get("/api/v1/openapi.json").await.ok();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut listed = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            listed.insert((method.clone(), path.clone()));
            let summary = operation["summary"].as_str().unwrap_or_default();
            assert_ne!(summary, "", "{method} {path} says what it does");
            let secured = operation["security"].is_array();
            let open = operation["tags"][0] == "public"
                || path.ends_with("/open")
                || path.ends_with("/pickup")
                || path.ends_with("/enrolment");
            assert_ne!(secured, open, "{method} {path} says who may call it");
        }
    }
    let written = handlers(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http"));
    assert_eq!(listed, written);
    assert!(listed.len() > 20, "{listed:?}");
}

#[tokio::test]
async fn every_reference_in_openapi_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| match value {
                Value::String(to) if name == "$ref" => found.push(to),
                value => references(value, found),
            }),
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let house = House::start();
    let document = house.anybody().get("/api/v1/openapi.json").await.ok();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn the_page_of_the_api_works_offline_under_our_policy() {
    let house = House::start();
    let document = house.anybody().get("/api/v1/openapi.json").await.ok();
    let paths = document["paths"].as_object().unwrap().values();
    let operations: usize = paths.map(|of| of.as_object().unwrap().len()).sum();
    let script = repository().join("web/e2e/docs.mjs");
    let said = Said::of(
        Command::new("node")
            .arg(script)
            .arg(format!("{}/api/docs", house.url)),
    );
    let seen: Value = serde_json::from_str(&said.ok()).unwrap();
    assert_eq!(seen["faults"], serde_json::json!([]));
    assert_eq!(seen["operations"], operations);
}
