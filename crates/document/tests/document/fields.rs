//! Data that is not of the schema's form is refused by the name of the field.

use document::MAX_DATA_BYTES;
use serde_json::{Value, json};

use crate::bench::{LOAN, loan_folder, refused, sample_with};

/// A field of the schema: where it is in the sample, and what the schema says of it.
struct Field {
    pointer: String,
    schema: Value,
}

/// All fields below the top, those of the first item of lists included.
fn fields() -> Vec<Field> {
    let text = std::fs::read_to_string(loan_folder().join("schema.json")).expect("the schema");
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    let mut fields = Vec::new();
    collect(&schema, &schema, "", &mut fields);
    fields
}

fn collect(root: &Value, schema: &Value, at: &str, fields: &mut Vec<Field>) {
    for (name, below) in schema["properties"].as_object().into_iter().flatten() {
        let required = schema["required"].as_array().expect("required fields");
        assert!(required.contains(&json!(name)), "{at}/{name} is optional");
        let (pointer, schema) = (format!("{at}/{name}"), named(root, below));
        collect(root, &schema, &pointer, fields);
        fields.push(Field { pointer, schema });
    }
    if let Some(items) = schema.get("items") {
        collect(root, &named(root, items), &format!("{at}/0"), fields);
    }
}

/// The schema that a reference names, or the schema itself.
fn named(root: &Value, schema: &Value) -> Value {
    match schema["$ref"].as_str() {
        Some(reference) => root
            .pointer(reference.trim_start_matches('#'))
            .expect(reference)
            .clone(),
        None => schema.clone(),
    }
}

#[test]
fn every_field_is_required_and_missed_by_name() {
    let fields = fields();
    assert!(fields.len() >= 60, "{}", fields.len());
    for Field { pointer, .. } in fields {
        let mut data = LOAN.sample().clone();
        let (above, name) = pointer.rsplit_once('/').expect("a pointer");
        let fields = data.pointer_mut(above).expect(above);
        fields
            .as_object_mut()
            .expect(above)
            .remove(name)
            .expect(&pointer);
        let (code, said) = refused(&data);
        assert_eq!(code, "field-missing", "{pointer}: {said}");
        assert_eq!(said, format!("{pointer} is missing"));
    }
}

#[test]
fn every_field_of_a_wrong_type_is_named() {
    let others = [
        json!(null),
        json!(true),
        json!(1.5),
        json!("字"),
        json!([1]),
        json!({"a": 1}),
    ];
    for Field { pointer, schema } in fields() {
        let right = match schema["type"]
            .as_str()
            .unwrap_or_else(|| panic!("{pointer} has no type"))
        {
            "string" => 3,
            "array" => 4,
            "object" => 5,
            "integer" => usize::MAX,
            other => panic!("{pointer} is of type {other}"),
        };
        let wrong = others.iter().enumerate().filter(|(i, _)| *i != right);
        for (_, value) in wrong {
            let (code, said) = refused(&sample_with(&pointer, value.clone()));
            assert_eq!(code, "field-type", "{pointer} as {value}: {said}");
            assert!(
                said.starts_with(&format!("{pointer} has the wrong type: ")),
                "{said}"
            );
        }
    }
}

#[test]
fn a_field_that_nobody_knows_is_named() {
    for (at, name, pointer) in [
        ("", "rate", "/rate"),
        ("/lender", "nickname", "/lender/nickname"),
        ("/fees/2", "vat", "/fees/2/vat"),
        ("/borrower/account", "a/b~c", "/borrower/account/a~1b~0c"),
    ] {
        let mut data = LOAN.sample().clone();
        data.pointer_mut(at).expect(at)[name] = json!(1);
        let expected = format!("{pointer} is not a field of this template");
        assert_eq!(refused(&data), ("field-unknown", expected));
    }
}

/// Values may be personal, and errors end in logs.
#[test]
fn a_value_that_is_not_accepted_is_named_but_not_repeated() {
    for (pointer, value) in [
        ("/borrower/id_number", json!("31010119900307741x")),
        ("/borrower/phone", json!("138-SECRET")),
        ("/borrower/name", json!("")),
        ("/borrower/name", json!("  ")),
        ("/borrower/name", json!("名".repeat(61))),
        ("/signing_date", json!("2026-02-30")),
        ("/signing_date", json!("20 November")),
        ("/loan/months", json!(37)),
        ("/loan/principal_fen", json!(-1)),
        ("/loan/principal_fen", json!(1e30)),
        ("/dispute/forum", json!("duel")),
    ] {
        let (code, said) = refused(&sample_with(pointer, value.clone()));
        assert_eq!(code, "field-value", "{pointer}: {said}");
        assert!(
            said.starts_with(&format!("{pointer} is not accepted: ")),
            "{said}"
        );
        let value = value.as_str().unwrap_or("1e30").trim();
        assert!(value.is_empty() || !said.contains(value), "{said}");
    }
}

#[test]
fn too_much_data_is_refused_before_it_is_looked_at() {
    let (code, said) = refused(&sample_with(
        "/loan/purpose",
        "字".repeat(MAX_DATA_BYTES / 3),
    ));
    assert_eq!(code, "data-too-long");
    assert!(said.contains(&MAX_DATA_BYTES.to_string()), "{said}");
}

#[test]
fn no_value_is_no_data() {
    for data in [json!(null), json!([]), json!("text"), json!(1)] {
        assert_eq!(refused(&data).0, "field-type", "{data}");
    }
}
