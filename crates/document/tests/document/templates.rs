//! A folder that is no template, or a template that keeps no promise, says why.

use document::{Document, FontError, Fonts, RenderError, Template};
use serde_json::json;

use crate::bench::{FONTS, folder};

const TOML: &str = r#"
name = "note"
version = "1"
date = "/date"
title = { zh = "收条", en = "Receipt" }
roles = [{ role = "payee", zh = "收款人", en = "Payee" }]
"#;
const SCHEMA: &str = r#"{"type": "object"}"#;
const SLOT: &str =
    "#set document(title: \"x\")\n#metadata((role: \"payee\", width: 100pt, height: 40pt)) <slot>";

fn load(typ: &str, toml: &str, schema: &str) -> Result<Template, String> {
    let folder = folder(&[
        ("template.typ", typ),
        ("template.toml", toml),
        ("schema.json", schema),
        ("sample.json", "{}"),
    ]);
    Template::load(folder.path()).map_err(|e| e.to_string())
}

fn render(typ: &str) -> Result<Document, RenderError> {
    let template = load(typ, TOML, SCHEMA).expect("a template");
    template.render(&FONTS, &json!({"date": "2026-11-20"}))
}

/// What a template that is at fault says.
fn fault(typ: &str) -> String {
    let refused = render(typ).expect_err(typ);
    assert_eq!(refused.code(), "template-refused");
    refused.to_string()
}

#[test]
fn a_template_tells_its_name_its_title_and_its_roles() {
    let template = load(SLOT, TOML, SCHEMA).expect("a template");
    assert_eq!((template.name(), template.version()), ("note", "1"));
    assert_eq!(
        (&*template.title().zh, &*template.title().en),
        ("收条", "Receipt")
    );
    assert_eq!(
        (&*template.roles()[0].zh, &*template.roles()[0].en),
        ("收款人", "Payee")
    );
}

#[test]
fn a_file_that_is_missing_or_unusable_is_named() {
    for (typ, toml, schema, named) in [
        (SLOT, "name = 1", SCHEMA, "template.toml"),
        (SLOT, "name = \"only\"", SCHEMA, "template.toml"),
        (
            SLOT,
            &format!("colour = 1\n{TOML}"),
            SCHEMA,
            "template.toml",
        ),
        (SLOT, TOML, "{", "schema.json"),
        (SLOT, TOML, r#"{"type": "text"}"#, "schema.json"),
    ] {
        let said = load(typ, toml, schema).err().expect(named);
        assert!(said.contains(named), "{said}");
    }
    for absent in [
        "template.typ",
        "template.toml",
        "schema.json",
        "sample.json",
    ] {
        let all = [
            ("template.typ", SLOT),
            ("template.toml", TOML),
            ("schema.json", SCHEMA),
            ("sample.json", "{}"),
        ];
        let rest: Vec<_> = all
            .into_iter()
            .filter(|(name, _)| *name != absent)
            .collect();
        let said = Template::load(folder(&rest).path())
            .err()
            .expect(absent)
            .to_string();
        assert!(said.contains(absent), "{said}");
    }
    let nowhere = folder(&[]).path().join("nowhere");
    assert!(
        Template::load(&nowhere)
            .err()
            .expect("no folder")
            .to_string()
            .contains("nowhere")
    );
}

#[test]
fn every_role_must_have_exactly_one_slot() {
    assert_eq!(render(SLOT).expect("a document").anchors.len(), 1);
    let nothing = "#set document(title: \"x\")\ntext";
    assert!(fault(nothing).contains("payee does not have exactly one slot"));
    let twice = format!("{SLOT}\n{}", SLOT.lines().last().expect("a slot"));
    assert!(fault(&twice).contains("payee does not have exactly one slot"));
    let stranger = format!("{SLOT}\n#metadata((role: \"x\", width: 1pt, height: 1pt)) <slot>");
    assert!(fault(&stranger).contains("a slot belongs to no role"));
}

#[test]
fn a_slot_must_be_whole_and_on_its_page() {
    for place in ["dx: -200pt", "dx: 500pt", "dy: 800pt", "dy: -200pt"] {
        let outside = format!(
            "#place({place})[#metadata((role: \"payee\", width: 100pt, height: 40pt)) <slot>]"
        );
        assert!(
            fault(&outside).contains("not wholly on its page"),
            "{place}"
        );
    }
    for slot in [
        "(role: \"payee\")",
        "(role: 1, width: 1pt, height: 1pt)",
        "(role: \"payee\", width: 0pt, height: 1pt)",
    ] {
        assert!(
            fault(&format!("#metadata({slot}) <slot>")).contains("lacks role, width or height"),
            "{slot}"
        );
    }
    assert!(fault("text <slot>").contains("slot"));
}

/// A template's folder is all the world it sees.
#[test]
fn a_template_reads_nothing_but_its_own_folder() {
    for typ in [
        "#read(\"/etc/hostname\")",
        "#read(\"../template.toml\")",
        "#import \"@preview/cetz:0.3.0\"",
    ] {
        fault(&format!("{SLOT}\n{typ}"));
    }
    render(&format!("{SLOT}\n#let own = read(\"schema.json\")")).expect("its own file");
}

/// The typesetter only warns; a service has nobody who reads warnings.
#[test]
fn a_font_that_is_not_there_is_an_error() {
    let said = fault(&format!("#set text(font: \"SimSun\")\n{SLOT}\ntext"));
    assert!(said.to_lowercase().contains("simsun"), "{said}");
}

#[test]
fn missing_and_damaged_fonts_are_named() {
    let empty = folder(&[]);
    let refused = Fonts::load(empty.path()).err().expect("no fonts");
    assert!(
        matches!(&refused, FontError::Read { path, .. } if path.ends_with("NotoSerifSC-Regular.otf"))
    );
    assert!(refused.to_string().contains("./dev setup"), "{refused}");
    let broken = folder(&[("NotoSerifSC-Regular.otf", "no font")]);
    let refused = Fonts::load(broken.path()).err().expect("no font");
    assert!(
        matches!(refused, FontError::Damaged(path) if path.ends_with("NotoSerifSC-Regular.otf"))
    );
}
