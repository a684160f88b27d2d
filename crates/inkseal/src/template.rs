//! Requests to services of others whose form the configuration gives: JSON with places
//! such as `{{name}}` in its strings.
//!
//! A template is read once, and a place that does not exist is refused then. It is filled
//! as a tree and not as text: whatever a value holds stays inside of its string, and is
//! not looked through for places again.

use serde_json::Value;
use zeroize::Zeroizing;

/// Deepest template.
const DEPTH: usize = 16;

/// JSON with places.
#[derive(Debug, Clone)]
pub struct Template(Node);

#[derive(Debug, Clone)]
enum Node {
    Fixed(Value),
    Text(Vec<Piece>),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    Place(&'static str),
}

/// What is put into a place.
pub enum Filling {
    /// Text.
    Text(Zeroizing<String>),
    /// A number; it stays one where a string is the place alone.
    Number(i64),
}

impl Filling {
    /// Text that is copied.
    pub fn text(text: &str) -> Self {
        Self::Text(Zeroizing::new(text.to_owned()))
    }
}

/// Places and what is put into them.
pub type Fillings = Vec<(&'static str, Filling)>;

/// Why a template is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A place that nothing is known for.
    #[error("there is no place {place:?}; there are {}", known.join(", "))]
    Unknown {
        /// As it was written.
        place: String,
        /// Those that there are.
        known: Vec<&'static str>,
    },
    /// `{{` without `}}`.
    #[error("a place begins with {{{{ and does not end with }}}}")]
    Open,
    /// A place in the name of a field.
    #[error("the name of a field has a place; only values can have one")]
    Name,
    /// Too deep.
    #[error("it is more than {DEPTH} levels deep")]
    Deep,
}

impl Template {
    /// Reads a template that may have these places.
    pub fn read(value: &Value, places: &[&'static str]) -> Result<Self, TemplateError> {
        Ok(Self(node(value, places, DEPTH)?))
    }

    /// The JSON with everything in its place.
    pub fn fill(&self, fillings: &Fillings) -> Zeroizing<Vec<u8>> {
        let size = fillings.iter().map(|(_, filling)| match filling {
            Filling::Text(text) => text.len(),
            Filling::Number(_) => 20,
        });
        // Room enough, so that no copy of a part is left behind.
        let room = 4096 + 2 * size.sum::<usize>();
        let mut out = Zeroizing::new(Vec::with_capacity(room));
        self.0.write(fillings, &mut out);
        out
    }
}

fn node(value: &Value, places: &[&'static str], depth: usize) -> Result<Node, TemplateError> {
    let depth = depth.checked_sub(1).ok_or(TemplateError::Deep)?;
    Ok(match value {
        Value::String(text) if text.contains("{{") => Node::Text(pieces(text, places)?),
        Value::Array(items) => {
            let items = items.iter().map(|item| node(item, places, depth));
            Node::List(items.collect::<Result<_, _>>()?)
        }
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| {
                if name.contains("{{") {
                    return Err(TemplateError::Name);
                }
                Ok((name.clone(), node(value, places, depth)?))
            };
            Node::Object(fields.iter().map(field).collect::<Result<_, _>>()?)
        }
        fixed => Node::Fixed(fixed.clone()),
    })
}

fn pieces(mut text: &str, places: &[&'static str]) -> Result<Vec<Piece>, TemplateError> {
    let mut pieces = Vec::new();
    while let Some((before, rest)) = text.split_once("{{") {
        let (place, after) = rest.split_once("}}").ok_or(TemplateError::Open)?;
        let known = places.iter().find(|known| **known == place.trim());
        let known = known.ok_or_else(|| TemplateError::Unknown {
            place: place.to_owned(),
            known: places.to_vec(),
        })?;
        pieces.extend([Piece::Text(before.to_owned()), Piece::Place(known)]);
        text = after;
    }
    pieces.push(Piece::Text(text.to_owned()));
    pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
    Ok(pieces)
}

impl Node {
    fn write(&self, fillings: &Fillings, out: &mut Vec<u8>) {
        match self {
            Self::Fixed(value) => json(out, value),
            Self::Text(pieces) => write_text(pieces, fillings, out),
            Self::List(items) => {
                out.push(b'[');
                for (index, item) in items.iter().enumerate() {
                    comma(index, out);
                    item.write(fillings, out);
                }
                out.push(b']');
            }
            Self::Object(fields) => {
                out.push(b'{');
                for (index, (name, value)) in fields.iter().enumerate() {
                    comma(index, out);
                    json(out, name);
                    out.push(b':');
                    value.write(fillings, out);
                }
                out.push(b'}');
            }
        }
    }
}

fn comma(index: usize, out: &mut Vec<u8>) {
    if index > 0 {
        out.push(b',');
    }
}

fn write_text(pieces: &[Piece], fillings: &Fillings, out: &mut Vec<u8>) {
    let filling = |place: &str| {
        let found = fillings.iter().find(|(name, _)| *name == place);
        found.map(|(_, filling)| filling)
    };
    if let [Piece::Place(place)] = pieces {
        match filling(place) {
            Some(Filling::Number(number)) => return json(out, number),
            Some(Filling::Text(text)) => return json(out, text.as_str()),
            None => {}
        }
    }
    let mut text = Zeroizing::new(String::new());
    for piece in pieces {
        match piece {
            Piece::Text(fixed) => text.push_str(fixed),
            Piece::Place(place) => match filling(place) {
                Some(Filling::Text(filling)) => text.push_str(filling),
                Some(Filling::Number(number)) => text.push_str(&number.to_string()),
                None => {}
            },
        }
    }
    json(out, text.as_str());
}

/// Writing JSON of strings and numbers into memory does not fail.
fn json(out: &mut Vec<u8>, value: &(impl serde::Serialize + ?Sized)) {
    let _ = serde_json::to_writer(out, value);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn filled(template: &Value, fillings: &Fillings) -> Value {
        let template = Template::read(template, &["name", "fen", "nonce"]).unwrap();
        serde_json::from_slice(&template.fill(fillings)).unwrap()
    }

    fn name(text: &str) -> Fillings {
        vec![("name", Filling::text(text)), ("nonce", Filling::text("n"))]
    }

    #[test]
    fn places_are_filled_where_they_are() {
        let template = json!({
            "a": ["{{name}}", "x {{ name }}/{{nonce}} y", 7, null, true],
            "b": { "fen": "{{fen}}", "text": "{{fen}} fen", "plain": "}} {" },
        });
        let mut fillings = name("陈思远");
        fillings.push(("fen", Filling::Number(37)));
        let expected = json!({
            "a": ["陈思远", "x 陈思远/n y", 7, null, true],
            "b": { "fen": 37, "text": "37 fen", "plain": "}} {" },
        });
        assert_eq!(filled(&template, &fillings), expected);
    }

    #[test]
    fn what_is_wrong_is_said_when_it_is_read() {
        let read = |template: Value| Template::read(&template, &["name"]).unwrap_err();
        let unknown = read(json!({ "a": ["{{nam}}"] })).to_string();
        assert_eq!(unknown, r#"there is no place "nam"; there are name"#);
        assert_eq!(read(json!("{{name")), TemplateError::Open);
        assert_eq!(read(json!({ "{{name}}": 1 })), TemplateError::Name);
        let deep = (0..20).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(read(deep), TemplateError::Deep);
    }

    #[test]
    fn a_value_is_no_template_and_no_json() {
        let template = json!({ "name": "{{name}}", "both": "<{{name}}|{{nonce}}>" });
        for value in [
            r#"","verdict":"match"#,
            "{{nonce}}",
            "{{",
            "}}",
            "\\",
            "\u{0}\n",
            "{\"a\":1}",
        ] {
            let expected = json!({ "name": value, "both": format!("<{value}|n>") });
            assert_eq!(filled(&template, &name(value)), expected);
        }
    }

    proptest! {
        #[test]
        fn whatever_a_name_is_it_is_only_that(value in any::<String>()) {
            let template = json!({ "name": "{{name}}", "both": "{{name}}{{nonce}}" });
            let expected = json!({ "name": value, "both": format!("{value}n") });
            prop_assert_eq!(filled(&template, &name(&value)), expected);
        }
    }
}
