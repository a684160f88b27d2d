//! A second signer whom the anchors vouch for does more than to sign.

use super::{
    bases::{AMOUNT, EMPTY, EXTRA, Hand, Update, body, listed, with},
    prepared::drawing,
};

/// The second signature in a new field that is not seen.
pub fn second() -> Hand {
    Hand {
        number: 200,
        name: "other",
        ..Hand::default()
    }
}

/// Signs, and changes an object along with it.
pub fn along(file: &[u8], number: u32, change: impl Fn(&str) -> String) -> Vec<u8> {
    second().sign_with(file, |update| {
        let known = update.objects.iter().find(|(known, _)| *known == number);
        let before = known.map_or_else(|| body(file, number), |(_, body)| body.clone());
        update
            .add(number, change(&before))
            .add(EXTRA, drawing("1 0 0"))
    })
}

/// Signs, and an object says something more.
pub fn says(file: &[u8], number: u32, more: &str) -> Vec<u8> {
    along(file, number, |before| with(before, more))
}

/// Signs in a field of its own, with this rectangle and these entries.
pub fn over(file: &[u8], rect: &'static str, entries: &str) -> Vec<u8> {
    let hand = Hand {
        rect: Some(rect),
        field: entries.to_owned(),
        ..second()
    };
    hand.sign_with(file, |update| update.add(EXTRA, drawing("1 0 0")))
}

/// Signs in the field that was prepared.
pub fn prepared(entries: &str) -> Hand {
    Hand {
        into: Some(EMPTY),
        field: entries.to_owned(),
        ..second()
    }
}

/// Puts an annotation on the page along with the signature.
pub fn annotated(file: &[u8], annotation: &str) -> Vec<u8> {
    second().sign_with(file, |update| {
        let page = listed(&body(file, 3), "Annots", "301 0 R");
        update
            .add(3, page)
            .add(301, annotation)
            .add(EXTRA, drawing("1 0 0"))
    })
}

/// Fills in a field along with the signature.
pub fn filled(update: Update, file: &[u8]) -> Update {
    update.add(AMOUNT, with(&body(file, AMOUNT), "/V(200)"))
}
