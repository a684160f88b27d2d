//! The capture module in TypeScript (sdk/capture) seals for us and opens what we seal.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use crypto::envelope::{Envelope, OpeningKey, Scheme, open, seal};
use serde_json::{Value, json};

use crate::envelopes::{binding, moved};

/// Has the module work through a list of tasks; one answer for each.
fn module(tasks: &[Value]) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/capture");
    let missing = "Node.js or sdk/capture/dist is missing: run ./dev setup";
    let mut node = Command::new("node")
        .arg("test/interop.mjs")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect(missing);
    let tasks = serde_json::to_vec(tasks).unwrap();
    node.stdin.take().unwrap().write_all(&tasks).expect(missing);
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success(), "{missing}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Nothing, one byte, something Chinese, and a megabyte.
fn contents() -> [Vec<u8>; 4] {
    let megabyte = (0..1_u32 << 20).map(|at| at.to_le_bytes()[0] ^ at.to_le_bytes()[1]);
    [
        Vec::new(),
        vec![7],
        "笔迹 ink".as_bytes().to_vec(),
        megabyte.collect(),
    ]
}

#[test]
fn we_open_what_the_capture_module_seals() {
    for scheme in Scheme::ALL {
        let key = OpeningKey::generate(scheme).unwrap();
        let spki = hex::encode(key.recipient().spki());
        let tasks = contents().map(
            |content| json!({"spki": spki, "binding": binding(), "content": hex::encode(content)}),
        );
        let answers = module(&tasks);
        assert_eq!(answers.len(), 4);
        for (answer, content) in answers.iter().zip(contents()) {
            let envelope = Envelope::from_bytes(hex::decode(answer).unwrap()).unwrap();
            assert_eq!(envelope.scheme(), scheme);
            assert_eq!(envelope.binding(), &binding());
            let opened = open(&envelope, &key, &binding()).unwrap();
            assert!(*opened == content, "{}", scheme.name());
            for other in moved() {
                assert!(open(&envelope, &key, &other).is_err());
            }
        }
    }
}

#[test]
fn the_capture_module_opens_what_we_seal_and_only_there() {
    for scheme in Scheme::ALL {
        let key = OpeningKey::generate(scheme).unwrap();
        let pkcs8 = hex::encode(&*key.to_pkcs8().unwrap());
        let task = |place, envelope: &[u8]| json!({"pkcs8": pkcs8, "binding": place, "envelope": hex::encode(envelope)});
        let mut tasks = Vec::new();
        let mut expected = Vec::new();
        for content in contents() {
            let sealed = seal(key.recipient(), &binding(), &content).unwrap();
            tasks.push(task(binding(), sealed.as_bytes()));
            expected.push(hex::encode(content));
        }
        let sealed = seal(key.recipient(), &binding(), b"i").unwrap();
        for other in moved() {
            tasks.push(task(other, sealed.as_bytes()));
            expected.push("envelope-not-opened".into());
        }
        for at in 0..sealed.as_bytes().len() {
            let mut changed = sealed.as_bytes().to_vec();
            changed[at] ^= 1;
            tasks.push(task(binding(), &changed));
            expected.push("envelope-not-opened".into());
        }
        let answers = module(&tasks);
        assert!(answers == expected, "{}", scheme.name());
    }
}
