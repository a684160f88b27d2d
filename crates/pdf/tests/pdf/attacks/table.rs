//! All forgeries in one table: name, what is attacked with the code of each refusal, and
//! how. What is `seen` shows another first page than was signed to a reader that trusts
//! the file; what is `unseen` lies deeper, or needs a reader that repairs.

use crypto::{Hash, digest};

use super::{
    bases::*,
    insider, message,
    message::{Der, signer},
    prepared::*,
    saving::*,
    shadow, structure,
    structure::deep,
    universal::*,
};
use crate::{
    house::{HOUSE, STRANGERS},
    paper::{FORM, stream},
};

/// A file that was signed.
pub type Base = fn() -> Vec<u8>;

/// One forgery.
pub struct Row {
    pub class: &'static str,
    pub name: &'static str,
    /// The genuine files that are attacked, and the stable code of each refusal.
    pub on: &'static [(Base, &'static str)],
    /// `seen` or `unseen`.
    pub seen: &'static str,
    pub forge: fn(&[u8]) -> Vec<u8>,
}

const LATER: &str = "bytes-after-signature";
const FORBIDDEN: &str = "revision-not-allowed";
const RANGE: &str = "byte-range-wrong";
const DAMAGED: &str = "pdf-damaged";
const CHANGED: &str = "content-changed";

macro_rules! forgeries {
    ($table:ident, $class:literal: $($seen:ident $name:literal, [$($base:ident $code:tt),*], $forge:expr;)*) => {
        pub const $table: &[Row] = &[$(Row {
            class: $class,
            name: $name,
            on: &[$(($base, $code)),*],
            seen: stringify!($seen),
            forge: $forge,
        }),*];
    };
}

forgeries! { UNIVERSAL, "universal forgery":
    unseen "no contents", [cades "contents-missing", timed "contents-missing", other "contents-missing", act LATER], |f| without_contents(f, "");
    unseen "contents without a value", [other DAMAGED, act LATER], |f| without_contents(f, "/Contents");
    unseen "null contents", [other RANGE, act LATER], |f| contents(f, "null");
    unseen "empty contents", [other RANGE, act LATER], |f| contents(f, "<>");
    unseen "empty text as contents", [other RANGE, act LATER], |f| contents(f, "()");
    unseen "contents of one zero", [other RANGE, act LATER], |f| contents(f, "<00>");
    unseen "contents of the digits 0x00", [other DAMAGED, act LATER], |f| contents(f, "0x00");
    unseen "contents of zeros", [other "der-malformed", act "revision-mismatch"], |f| digits(f, "");
    unseen "contents that are no hexadecimal", [other DAMAGED, act LATER], |f| digits(f, "30zz");
    unseen "contents that are a number", [other RANGE, act LATER], |f| contents(f, "0");
    unseen "contents that are a list", [other RANGE, act LATER], |f| contents(f, "[<00>]");
    unseen "contents somewhere else", [other RANGE, act LATER], |f| contents(f, "1 0 R");
    unseen "contents that lead to themselves", [other RANGE], |f| contents(f, "100 0 R");
    unseen "a message that ends too early", [other "der-malformed", act "revision-mismatch"], |f| digits(f, "3003020101");
    unseen "a message in BER", [other "message-ber", act "revision-mismatch"], |f| digits(f, "30800609");
    unseen "a message that is longer than its room", [other "contents-wrong", act "revision-mismatch"], |f| digits(f, "3082ffff");
    unseen "a message of another signature", [other CHANGED], |f| digits(f, &hexadecimal(&plain(&digest(Hash::Sha256, b"other"))));
    unseen "no byte range", [other RANGE, act LATER], |f| byte_range(f, "");
    unseen "a byte range without a value", [other DAMAGED, act LATER], |f| byte_range(f, "/ByteRange");
    unseen "null byte range", [other RANGE, act LATER], |f| byte_range(f, "/ByteRange null");
    unseen "empty byte range", [other RANGE, act LATER], |f| byte_range(f, "/ByteRange[]");
    unseen "byte range of nothing", [other RANGE, act LATER], |f| byte_range(f, "/ByteRange[0 0 0 0]");
    unseen "byte range that is a text", [other RANGE, act LATER], |f| byte_range(f, "/ByteRange(0 1 2 3)");
    unseen "byte range that leads to itself", [other RANGE], |f| byte_range(f, "/ByteRange 100 0 R");
    unseen "byte range in a circle", [other RANGE], |f| byte_range(f, "/ByteRange[100 0 R 0 0 0]");
    unseen "byte range of three numbers", [other RANGE, act LATER], |f| numbers(f, |a, b, _| format!("0 {a} {b}"));
    unseen "byte range of two numbers", [other RANGE, act LATER], |f| numbers(f, |a, _, _| format!("0 {a}"));
    unseen "byte range of six numbers", [other RANGE, act LATER], |f| numbers(f, |a, b, c| format!("0 {a} {b} {c} 0 0"));
    unseen "byte range of five numbers", [other RANGE, act LATER], |f| numbers(f, |a, b, c| format!("0 {a} {b} {c} 0"));
    unseen "negative byte range", [other RANGE, act LATER], |f| numbers(f, |a, b, c| format!("0 {a} {b} -{c}"));
    unseen "byte range that begins before the file", [other RANGE, act LATER], |f| numbers(f, |a, b, c| format!("-1 {a} {b} {c}"));
    unseen "byte range in real numbers", [other RANGE, act LATER], |f| numbers(f, |a, b, c| format!("0 {a} {b} {c}.5"));
    unseen "byte range after the end", [other RANGE, act LATER], |f| numbers(f, |a, b, c| format!("0 {a} {b} {}", c + 1));
    unseen "byte range beyond all numbers", [other RANGE, act LATER], |f| numbers(f, |_, _, _| "0 9 9 9223372036854775807".to_owned());
    unseen "byte range that overlaps", [other RANGE, act LATER], |f| numbers(f, |_, b, c| format!("0 {} {b} {c}", b + 9));
    unseen "byte range with the parts exchanged", [other RANGE, act LATER], |f| numbers(f, |a, b, c| format!("{b} {c} 0 {a}"));
    unseen "byte range that does not begin the file", [other RANGE, act LATER], |f| numbers(f, |a, b, c| format!("1 {} {b} {c}", a - 1));
    unseen "byte range that ends early", [other LATER, act LATER], |f| numbers(f, |a, b, c| format!("0 {a} {b} {}", c - 1));
    unseen "byte range of one part", [other RANGE, act LATER], |f| numbers(f, |_, b, c| format!("0 {} {} 0", b + c, b + c));
    unseen "byte range over the message", [other RANGE, act LATER], |f| numbers(f, |a, b, c| format!("0 {} {} {c}", a + 1, b - 1));
}

forgeries! { WRAPPING, "signature wrapping":
    seen "the second part moved", [other RANGE, act LATER], |f| wrapped(f, 0, false);
    seen "the second part moved, with padding", [other RANGE, act LATER], |f| wrapped(f, 1000, false);
    seen "a second byte range in the gap", [other DAMAGED, act LATER], |f| wrapped(f, 0, true);
    unseen "a second message in the gap", [other DAMAGED, act LATER], |f| in_the_gap(f, ">/Contents<00>");
    unseen "a second byte range in place", [other DAMAGED, act LATER], |f| in_the_gap(f, ">/ByteRange[0 1 2 3]");
    unseen "another key in the gap", [other RANGE, act LATER], |f| in_the_gap(f, ">/Name(Somebody)");
    unseen "a comment in the gap", [other RANGE, act LATER], |f| in_the_gap(f, "> %hidden\n ");
    unseen "something that nothing verifies in the padding", [other "message-not-canonical", act "message-changed"], |f| in_the_gap(f, "cafe>");
}

forgeries! { SAVING, "incremental saving":
    seen "new content", [other FORBIDDEN, act LATER], |f| repainted().save(f);
    seen "new content, certified", [certified_1 FORBIDDEN, certified_2 FORBIDDEN, certified_3 FORBIDDEN], |f| repainted().save(f);
    seen "new content in a packed file", [packed FORBIDDEN], |f| repainted().save(f);
    unseen "new content without anything", [other FORBIDDEN, act LATER], |f| body_only(f, |_| String::new());
    unseen "without cross-reference and trailer", [other DAMAGED, act DAMAGED], |f| body_only(f, |at| format!("startxref\n{at}\n%%EOF\n"));
    unseen "without cross-reference", [other DAMAGED, act DAMAGED], |f| body_only(f, |at| { format!("trailer\n<</Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n") });
    unseen "without trailer", [other DAMAGED, act DAMAGED], |f| body_only(f, |at| format!("xref\n0 0\nstartxref\n{at}\n%%EOF\n"));
    unseen "with an empty cross-reference", [other DAMAGED, act DAMAGED], |f| body_only(f, |at| { format!("xref\n0 0\ntrailer\n<</Size 999/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n") });
    unseen "with a cross-reference of zeros", [other DAMAGED, act DAMAGED], |f| body_only(f, |at| { format!( "xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 999/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n" ) });
    unseen "without startxref", [other FORBIDDEN, act LATER], |f| body_only(f, |_| "trailer\n<</Root 1 0 R>>\n%%EOF\n".to_owned());
    unseen "with the old end again", [other FORBIDDEN, act LATER], old_end;
    unseen "an end of file again", [other FORBIDDEN, act LATER], |f| [f, b"%%EOF\n"].concat();
    unseen "a comment behind the end", [other FORBIDDEN, act LATER], |f| [f, b"% (10000)\n"].concat();
    unseen "one blank behind the end", [other LATER, act LATER], |f| [f, b" "].concat();
    unseen "zeros behind the end", [other LATER, act LATER], |f| [f, &[0; 100][..]].concat();
    unseen "an empty revision", [other LATER, act LATER], empty;
    seen "with a copy of the signature", [other FORBIDDEN], |f| with_copy(f, FIRST);
    seen "another catalog", [other FORBIDDEN, act LATER], other_catalog;
    seen "the catalog changed", [other FORBIDDEN, act LATER], changed_catalog;
    seen "the page shows other content", [other FORBIDDEN, act LATER], other_content;
    unseen "a note over the page", [other FORBIDDEN, certified_3 FORBIDDEN, act LATER], noted;
    seen "the page is turned", [other FORBIDDEN, act LATER], |f| page_says(f, "/Rotate 180");
    unseen "the trailer is written anew", [other DAMAGED, act DAMAGED], cut;
}

forgeries! { SHADOW, "shadow":
    seen "content replaced", [other FORBIDDEN, timed FORBIDDEN], |f| shadow::with_data(f, repainted());
    seen "content replaced under a timestamp", [other FORBIDDEN], |f| shadow::stamped_with(f, |u| u.add(5, stream("", RED)));
    seen "a drawing replaced", [other FORBIDDEN], |f| shadow::object(f, DRAWING, &shadow::red());
    seen "a font replaced", [other FORBIDDEN], |f| shadow::object(f, FONT, "<</Type/Font/Subtype/Type1/BaseFont/Symbol>>");
    seen "an object that was missing appears", [missing_drawn FORBIDDEN], |f| shadow::object(f, 90, &shadow::red());
    seen "validation data that were missing are drawn", [missing_drawn FORBIDDEN], |f| { let catalog = with(&body(f, 1), "/DSS<</Certs[90 0 R]>>"); shadow::with_data(f, Update::default().add(1, catalog).add(90, shadow::red())) };
    seen "an object that was free appears", [free_drawn FORBIDDEN], |f| shadow::object(f, 90, &shadow::red());
    unseen "a generation that was missing appears", [generation_drawn FORBIDDEN], |f| shadow::with_data(f, Update { generation: Some((DRAWING, 1)), ..Update::default() }.add(DRAWING, body(f, DRAWING)));
    unseen "an object above the size appears", [above_size FORBIDDEN], |f| shadow::with_data(f, Update::default());
    seen "a page's drawing that is metadata", [metadata_drawn FORBIDDEN], |f| shadow::with_data(f, Update::default().add(1, body(f, 1).replace("/Metadata 50 0 R", "/Metadata 300 0 R")).add(EXTRA, shadow::red()));
    seen "a page's drawing that is validation data", [data_drawn FORBIDDEN], |f| shadow::with_data(f, Update::default().add(1, with(&body(f, 1), "/DSS 300 0 R")).add(EXTRA, shadow::red()));
    seen "a page's drawing that is the value of a field", [value_drawn FORBIDDEN], |f| insider::along(f, AMOUNT, |b| b.replace("/V 41 0 R", "/V 300 0 R"));
    unseen "a page's font that is its annotations", [annotations_written FORBIDDEN], |f| shadow::replaced(f, 3, "/Annots 50 0 R", "/Annots 51 0 R");
    seen "an object stream replaced", [fonts_packed FORBIDDEN], shadow::other_pack;
    unseen "the content free in the table and hidden in a stream", [other FORBIDDEN], shadow::hybrid;
    unseen "a font of the form added", [looks_made_later FORBIDDEN], |f| shadow::form_font(f, "/F 40 0 R/G<</Type/Font/Subtype/Type1/BaseFont/Symbol>>");
    unseen "a font of the form said otherwise", [looks_made_later FORBIDDEN, other FORBIDDEN], |f| shadow::form_font(f, "/F<</Type/Font/Subtype/Type1/BaseFont/Symbol>>");
    unseen "the font of the form gets an encoding", [looks_made_later FORBIDDEN], |f| shadow::says(f, FONT, "/Encoding<</Differences[49/nine]>>");
    seen "a hidden layer shown", [layered FORBIDDEN], |f| shadow::object(f, 55, "<</ON[54 0 R]>>");
    unseen "layers added", [other FORBIDDEN], |f| shadow::says(f, 1, "/OCProperties<</OCGs[]/D<<>>>>");
    seen "a field filled in under a timestamp", [other FORBIDDEN, certified_2 FORBIDDEN], |f| shadow::filled_and_stamped(f, AMOUNT);
    seen "a field over the page filled in under a timestamp", [other FORBIDDEN, certified_2 FORBIDDEN], |f| shadow::filled_and_stamped(f, REMARK);
    seen "a field filled in without a signature", [other LATER, certified_2 LATER], |f| shadow::with_data(f, Update::default().add(AMOUNT, with(&body(f, AMOUNT), "/V(9)/AP<</N 300 0 R>>")).add(EXTRA, shadow::red()));
    seen "the timestamp's own field over the page", [other FORBIDDEN, certified_2 FORBIDDEN], shadow::stamped_over;
    seen "a mark under a timestamp", [certified_3 FORBIDDEN], |f| shadow::marked_and_stamped(f, "Highlight");
    unseen "the looks of fields are to be made anew", [other FORBIDDEN], |f| shadow::says(f, FORM, "/NeedAppearances true");
    unseen "a script when the file is opened", [other FORBIDDEN], |f| shadow::says(f, 1, "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>");
    unseen "a program started when the file is opened", [other FORBIDDEN], |f| shadow::says(f, 1, "/OpenAction<</S/Launch/F(calc.exe)>>");
    unseen "an address asked when the page is shown", [other FORBIDDEN], |f| shadow::says(f, 3, "/AA<</O<</S/URI/URI(http://example.com/)>>>>");
    unseen "a script in a field", [other FORBIDDEN], |f| shadow::says(f, AMOUNT, "/AA<</F<</S/JavaScript/JS(1)>>>>");
    unseen "scripts by name", [other FORBIDDEN], |f| shadow::says(f, 1, "/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(1)>>]>>>>");
    unseen "a file embedded", [other FORBIDDEN], |f| shadow::says(f, 1, "/Names<</EmbeddedFiles<</Names[]>>>>");
    seen "the tree of pages swapped", [other FORBIDDEN], |f| shadow::object(f, 2, "<</Type/Pages/Kids[4 0 R 3 0 R]/Count 2>>");
    seen "a page taken out", [other FORBIDDEN], |f| shadow::object(f, 2, "<</Type/Pages/Kids[4 0 R]/Count 1>>");
    unseen "the form taken away", [other "unsigned"], |f| shadow::replaced(f, 1, "/AcroForm 6 0 R", "");
    unseen "the signature taken away", [other "unsigned"], |f| shadow::replaced(f, 101, "/V 100 0 R", "");
    unseen "fields taken away", [other FORBIDDEN], |f| shadow::replaced(f, FORM, "30 0 R 31 0 R", "");
    unseen "information about the document", [other FORBIDDEN], |f| { let update = Update { trailer: "/Info 301 0 R".to_owned(), ..Update::default() }; shadow::with_data(f, update.add(301, "<</Title(Another)>>")) };
    unseen "the content called free", [other FORBIDDEN], |f| { let update = Update { rows: "5 1\n0000000000 00001 f \n".to_owned(), ..Update::default() }; shadow::with_data(f, update) };
}

forgeries! { INSIDER, "second signer":
    seen "content replaced", [other FORBIDDEN, timed FORBIDDEN, certified_2 FORBIDDEN], |f| insider::along(f, 5, |_| stream("", RED));
    seen "a drawing replaced", [other FORBIDDEN], |f| insider::along(f, DRAWING, |_| shadow::red());
    unseen "a field added", [other FORBIDDEN], |f| insider::along(f, FORM, |b| listed(b, "Fields", "<</FT/Tx/T(new)/V(1)>>"));
    unseen "a child over the page added to a field", [other FORBIDDEN], |f| insider::says(f, AMOUNT, "/Kids[301 0 R]");
    unseen "the name of a field again", [other FORBIDDEN], |f| Hand { name: "amount", ..insider::second() }.sign(f);
    unseen "the name of the signature again", [other FORBIDDEN], |f| Hand { name: "first", ..insider::second() }.sign(f);
    unseen "a field moved", [other FORBIDDEN], |f| insider::along(f, AMOUNT, |b| b.replace("200 100 300 120", "0 0 400 300"));
    unseen "looks of an earlier signature by its name", [one_name FORBIDDEN], |f| insider::prepared("").sign_with(f, |u| u.add(34, body(f, 34).replace("/N 41 0 R", "/N 300 0 R")).add(EXTRA, shadow::red()));
    seen "looks for a note that is called a field", [note_as_field FORBIDDEN], |f| insider::says(f, 33, "/AP<</N 300 0 R>>");
    seen "a hidden field shown", [hidden_field FORBIDDEN], |f| insider::prepared("/AP<</N 300 0 R>>").sign_with(f, |u| u.add(EMPTY, with(&body(f, EMPTY).replace("/F 2", "/F 4"), "/V 200 0 R/AP<</N 300 0 R>>")).add(EXTRA, shadow::red()));
    unseen "an action in its field", [other FORBIDDEN], |f| insider::over(f, "9 9 20 20", "/AA<</E<</S/JavaScript/JS(1)>>>>");
    unseen "a layer in its field", [other FORBIDDEN], |f| insider::over(f, "9 9 20 20", "/OC 54 0 R");
    unseen "what opens the file", [other FORBIDDEN], |f| insider::says(f, 1, "/OpenAction<</S/Launch/F(calc.exe)>>");
    unseen "the looks of fields are to be made anew", [other FORBIDDEN], |f| insider::says(f, FORM, "/NeedAppearances true");
    unseen "an annotation taken away", [other FORBIDDEN], |f| insider::along(f, 3, |b| b.replace("30 0 R ", ""));
    unseen "a note over the page", [other FORBIDDEN], |f| insider::annotated(f, "<</Type/Annot/Subtype/FreeText/Rect[0 0 400 300]/Contents(10000)/DA(/F 40 Tf)/AP<</N 300 0 R>>>>");
    seen "the page turned", [other FORBIDDEN, certified_3 FORBIDDEN], |f| insider::says(f, 3, "/Rotate 180");
    unseen "its catalog", [other FORBIDDEN], |f| insider::second().sign_with(f, |u| { let catalog = body(f, 1); Update { root: Some(EXTRA), ..u }.add(EXTRA, catalog) });
}

forgeries! { CERTIFIED, "certified":
    unseen "evil annotation: free text", [certified_1 FORBIDDEN, certified_2 FORBIDDEN, certified_3 FORBIDDEN], |f| insider::annotated(f, "<</Type/Annot/Subtype/FreeText/F 4/Rect[0 0 400 300]/Contents(10000)/DA(/F 40 Tf)/AP<</N 300 0 R>>>>");
    seen "evil annotation: stamp", [certified_1 FORBIDDEN, certified_2 FORBIDDEN, certified_3 FORBIDDEN], |f| insider::annotated(f, &shadow::mark("Stamp"));
    seen "evil annotation: ink", [certified_3 FORBIDDEN], |f| insider::annotated(f, &shadow::mark("Ink"));
    seen "evil annotation: redaction", [certified_3 FORBIDDEN], |f| insider::annotated(f, &shadow::mark("Redact"));
    seen "evil annotation: square", [certified_3 FORBIDDEN], |f| insider::annotated(f, &shadow::mark("Square"));
    seen "evil annotation: a mark with looks of its own", [certified_2 FORBIDDEN, certified_3 FORBIDDEN], |f| insider::annotated(f, &shadow::mark("Highlight"));
    seen "evil annotation: a remark with looks of its own", [certified_3 FORBIDDEN], |f| insider::annotated(f, &shadow::mark("Text"));
    unseen "evil annotation: a link that starts something", [certified_3 FORBIDDEN], |f| insider::annotated(f, "<</Type/Annot/Subtype/Link/F 4/Rect[0 0 400 300]/A<</S/URI/URI(http://example.com/)>>>>");
    unseen "evil annotation: a remark with a script", [certified_3 FORBIDDEN], |f| insider::annotated(f, "<</Type/Annot/Subtype/Text/F 4/Rect[0 0 9 9]/AA<</E<</S/JavaScript/JS(1)>>>>>>");
    unseen "evil annotation: the kind is said elsewhere", [certified_3 FORBIDDEN], |f| insider::annotated(f, "<</Type/Annot/Subtype 302 0 R/F 4/Rect[0 0 400 300]>>");
    seen "sneaky signature", [certified_1 FORBIDDEN, certified_2 FORBIDDEN, certified_3 FORBIDDEN], |f| insider::over(f, "0 0 400 300", "/AP<</N 300 0 R>>");
    unseen "sneaky signature: a second one", [certified_1 FORBIDDEN], |f| insider::second().sign(f);
    unseen "sneaky signature in the prepared field", [certified_1 FORBIDDEN], |f| insider::prepared("").sign(f);
    unseen "a field filled in", [certified_1 FORBIDDEN], |f| insider::second().sign_with(f, |u| insider::filled(u, f));
    unseen "its level said otherwise", [certified_1 RANGE], |f| insider::along(f, FIRST, |b| b.replace("/P 1", "/P 3"));
    unseen "its level taken away", [certified_1 FORBIDDEN], |f| insider::along(f, 1, |b| b.replace("/Perms<</DocMDP 100 0 R>>", ""));
}

forgeries! { MESSAGE, "message":
    unseen "by a stranger of the same names", [other "certificate-untrusted"], |_| message::signed(message::stranger);
    unseen "by a stranger, below the true authority", [other "certificate-untrusted"], |_| message::signed(message::stranger_below);
    unseen "by a root of one's own", [other "certificate-wrong-usage"], |_| message::signed(message::own_root);
    unseen "by an authority", [other "certificate-wrong-usage"], |_| message::signed(message::authority);
    unseen "by somebody whom the company vouches for", [other "issuer-not-ca"], |_| message::signed(message::below_the_company);
    unseen "by a timestamp authority", [other "certificate-wrong-usage"], |_| message::signed(message::for_timestamps);
    unseen "by another key", [other "signature-wrong"], |_| message::signed(message::another_key);
    unseen "another certificate of the same key", [other "certificate-not-named"], |_| message::signed(message::another_certificate);
    unseen "a certificate that has expired", [other "certificate-expired"], |_| message::signed(message::expired);
    unseen "a certificate that is not valid yet", [other "certificate-not-yet-valid"], |_| message::signed(message::not_yet);
    unseen "a certificate whose signature is wrong", [other "certificate-signature-wrong"], |_| message::signed(message::broken_certificate);
    unseen "a digest without a signature over it", [other "signature-wrong"], |_| message::signed(message::digest_alone);
    unseen "a timestamp of strangers", [timed "certificate-untrusted"], |_| message::signed(message::timestamp_of_strangers);
    unseen "a timestamp over another signature", [timed "timestamp-wrong"], |_| message::signed(message::timestamp_over_another);
    unseen "a timestamp in place of a signature", [other "der-malformed"], |_| message::signed(|content| token(&HOUSE.branch(SUITE).tsa, content));
    unseen "a signature in place of a timestamp", [other "der-malformed"], |_| Hand { message: plain, ..timestamp() }.sign(&form().bytes());
    unseen "a document timestamp of strangers", [other "certificate-untrusted"], |f| Hand { message: |content| token(&STRANGERS.branch(SUITE).tsa, content), ..timestamp() }.sign(f);
    unseen "no signed attributes", [other "part-missing", act "revision-mismatch"], |f| message::changed(f, |data| drop(signer(data).remove(3)));
    unseen "two signers", [other "der-malformed"], |f| message::changed(f, |data| { let set = data.last_mut().unwrap().parts(); set.push(set[0].clone()) });
    unseen "no signer", [other "der-malformed", act "revision-mismatch"], |f| message::changed(f, |data| data.last_mut().unwrap().parts().clear());
    unseen "no certificate", [other "part-missing", act "revision-mismatch"], |f| message::changed(f, |data| drop(data.remove(3)));
    unseen "the certificate of another", [other "certificate-untrusted", act "certificate-untrusted"], |f| message::changed(f, |data| drop(data[3].parts().remove(0)));
    unseen "one more signed attribute", [other "signature-wrong", act "signature-wrong"], |f| message::changed(f, |data| signer(data)[3].parts().push(message::attribute()));
    unseen "a signed attribute taken away", [other "signature-wrong", act "revision-mismatch"], |f| message::changed(f, |data| drop(signer(data)[3].parts().pop()));
    unseen "an unsigned attribute smuggled in", [act "message-changed"], |f| message::changed(f, |data| match &mut signer(data)[..] { [.., Der::Node(0xa1, unsigned)] => unsigned.push(message::attribute()), _ => panic!("no timestamp") });
    unseen "two timestamps", [timed "der-malformed"], |f| message::changed(f, |data| { let unsigned = signer(data)[6].parts(); unsigned.push(unsigned[0].clone()) });
    unseen "the timestamp taken away", [act "timestamp-missing"], |f| message::changed(f, |data| drop(signer(data).pop()));
    unseen "the content within", [other "der-malformed", act "revision-mismatch"], |f| message::changed(f, |data| data[2].parts().push(Der::Node(0xa0, vec![Der::Leaf(4, b"10000".to_vec())])));
    unseen "another type of content", [other "der-malformed", act "revision-mismatch"], |f| message::changed(f, |data| data[2].parts()[0] = Der::Leaf(6, vec![0x2a, 3, 4]));
    unseen "a digest of MD5", [other "algorithm-unsupported", act "revision-mismatch"], |f| message::changed(f, |data| signer(data)[2] = message::algorithm(message::MD5));
    unseen "a digest of SHA-1", [other "algorithm-unsupported", act "revision-mismatch"], |f| message::changed(f, |data| signer(data)[2] = message::algorithm(message::SHA1));
    unseen "a signature with SHA-1", [other "algorithm-unsupported", act "revision-mismatch"], |f| message::changed(f, |data| signer(data)[4] = message::algorithm(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1]));
    unseen "a signature of nothing", [other "signature-wrong", act "signature-wrong"], |f| message::changed(f, |data| signer(data)[5] = Der::Leaf(4, Vec::new()));
    unseen "a signature of zeros", [other "signature-wrong", act "signature-wrong"], |f| message::changed(f, |data| signer(data)[5] = Der::Leaf(4, vec![0x30, 6, 2, 1, 0, 2, 1, 0]));
    unseen "a kind that is no kind", [other "signature-kind-unknown"], |_| Hand { kind: "none", ..Hand::default() }.sign(&form().bytes());
    unseen "the kind of SHA-1", [other "signature-kind-unknown"], |_| Hand { kind: "adbe.pkcs7.sha1", ..Hand::default() }.sign(&form().bytes());
    unseen "the kind of bare RSA", [other "signature-kind-unknown"], |_| Hand { kind: "adbe.x509.rsa_sha1", ..Hand::default() }.sign(&form().bytes());
}

forgeries! { STRUCTURE, "structure":
    unseen "a cross-reference that leads to itself", [other DAMAGED, act DAMAGED], |f| structure::previous(f, &f.len().to_string());
    unseen "two that lead to each other", [other DAMAGED, act DAMAGED], structure::circle;
    unseen "one that leads before the file", [other DAMAGED], |f| structure::previous(f, "-1");
    unseen "one that leads behind the file", [other DAMAGED], |f| structure::previous(f, "99999999");
    unseen "one that leads to a half", [other DAMAGED], |f| structure::previous(f, "0.5");
    unseen "one that hides itself in itself", [other DAMAGED], |f| Update { trailer: format!("/XRefStm {}", f.len()), ..Update::default() }.save(f);
    unseen "one of many entries", [other "pdf-too-large", act "pdf-too-large"], structure::many_entries;
    unseen "one that is large when decoded", [other "pdf-too-large", act "pdf-too-large"], structure::large_reference;
    unseen "one of the widths of nothing", [other DAMAGED], |f| { let row = "998 0 obj\n<</Type/XRef/W[0 0 0]/Size 1/Root 1 0 R/Length 0>>\nstream\n\nendstream\nendobj\n"; let at = f.len(); [f, row.as_bytes(), format!("startxref\n{at}\n%%EOF\n").as_bytes()].concat() };
    unseen "an object stream that is large when decoded", [other "pdf-too-large"], structure::large_pack;
    unseen "an object stream in an object stream", [other DAMAGED], |f| structure::pack_in_pack(f, EXTRA);
    unseen "an object stream in itself", [other DAMAGED], |f| structure::pack_in_pack(f, 301);
    unseen "an object stream that extends itself", [other LATER], |f| structure::packed_catalog(f, structure::object_stream("/N 1/First 4/Extends 300 0 R", format!("1 0 {}", body(f, 1)).as_bytes()));
    unseen "an object stream of too many", [other DAMAGED], |f| structure::packed_catalog(f, structure::object_stream("/N 99999999/First 4", b"1 0 <<>>"));
    unseen "an object stream that begins behind itself", [other DAMAGED], |f| structure::packed_catalog(f, structure::object_stream("/N 1/First 99999999", b"1 0 <<>>"));
    unseen "lists in lists", [other DAMAGED, act DAMAGED], |f| page_says(f, &format!("/X{}", deep("[", "]", 100_000)));
    unseen "dictionaries in dictionaries", [other DAMAGED, act DAMAGED], |f| page_says(f, &format!("/X{}", deep("<</A ", ">>", 100_000)));
    unseen "fields below fields", [other "form-damaged"], |f| structure::deep_fields(f, 300);
    unseen "a field below itself", [other "form-damaged"], |f| shadow::says(f, AMOUNT, "/Kids[30 0 R]");
    unseen "a name that all fields below repeat", [other DAMAGED], structure::long_name;
    unseen "a list of too many", [other "pdf-too-large", act "pdf-too-large"], |f| page_says(f, &format!("/X[{}]", "0 ".repeat(600_000)));
    unseen "a field twice", [other "form-damaged"], |f| shadow::replaced(f, FORM, "[30 0 R", "[30 0 R 30 0 R");
    unseen "two fields with one signature", [other "form-damaged"], |f| shadow::says(f, EMPTY, "/V 100 0 R");
    unseen "pages below pages", [other FORBIDDEN], |f| structure::deep_pages(f, 300);
    unseen "pages below themselves", [other FORBIDDEN], |f| shadow::object(f, 2, "<</Type/Pages/Kids[2 0 R]/Count 2>>");
    unseen "a page twice", [other FORBIDDEN], |f| shadow::object(f, 2, "<</Type/Pages/Kids[3 0 R 3 0 R]/Count 2>>");
    unseen "references in a circle", [other DAMAGED], |f| Update::default().add(1, body(f, 1).replace("/AcroForm 6 0 R", "/AcroForm 300 0 R")).add(EXTRA, "301 0 R").add(301, "300 0 R").save(f);
    unseen "a stream of another length", [other DAMAGED], |f| shadow::object(f, 5, "<</Length 99999999>>\nstream\n\nendstream");
    unseen "a stream whose length is itself", [other DAMAGED], |f| shadow::object(f, 5, "<</Length 5 0 R>>\nstream\n\nendstream");
    seen "an object twice in one table, the new one last", [waiting DAMAGED], |f| structure::twice(f, true);
    unseen "an object twice in one table, the new one first", [waiting DAMAGED], |f| structure::twice(f, false);
    unseen "an object where there is none", [other DAMAGED], |f| shadow::with_data(f, Update { rows: "5 1\n0000000009 00000 n \n".to_owned(), ..Update::default() });
    unseen "an object behind the file", [other DAMAGED], |f| shadow::with_data(f, Update { rows: "5 1\n9999999999 00000 n \n".to_owned(), ..Update::default() });
    unseen "a number beyond all numbers", [other DAMAGED], |f| shadow::with_data(f, Update { rows: "4294967295 1\n0000000009 00000 n \n".to_owned(), ..Update::default() });
    unseen "encrypted from now on", [other "pdf-encrypted", act "pdf-encrypted"], |f| Update { trailer: "/Encrypt<</Filter/Standard>>".to_owned(), ..Update::default() }.save(f);
    unseen "bytes before the header", [other DAMAGED, act DAMAGED], |f| [b"%\n", f].concat();
    unseen "two ends of the dictionary", [other DAMAGED], |_| structure::dictionary(|d| d + ">>");
    unseen "the kind twice", [other DAMAGED], |_| structure::dictionary(|d| with(&d, "/SubFilter/ETSI.CAdES.detached"));
    unseen "the byte range twice", [other DAMAGED], |_| structure::dictionary(|d| with(&d, "/ByteRange[0 1 2 3]"));
    unseen "the byte range twice, once in disguise", [other DAMAGED], |_| structure::dictionary(|d| with(&d, "/Byte#52ange[0 1 2 3]"));
    unseen "the byte range somewhere else", [other RANGE], |_| structure::dictionary(|d| d.replace("/ByteRange[", "/ByteRange 1 0 R/X["));
    unseen "the message twice", [other DAMAGED], |_| structure::dictionary(|d| format!("{}/Contents<00>>>", &d[..d.len() - 2]));
    unseen "the signature within the field", [other "signature-misplaced"], |_| structure::inline();
    unseen "the signature twice in the field", [other DAMAGED], |f| shadow::says(f, 101, "/V 1 0 R");
    unseen "the form twice", [other DAMAGED], |f| shadow::says(f, 1, "/AcroForm 300 0 R");
    unseen "the pages twice", [other DAMAGED], |f| shadow::says(f, 1, "/Pages 300 0 R");
    unseen "the content twice", [other DAMAGED], |f| shadow::says(f, 3, "/Contents 300 0 R");
    unseen "the content twice, once in disguise", [other DAMAGED], |f| shadow::says(f, 3, "/#43ontents 300 0 R");
}

/// What the same people may do honestly; were it refused, the refusals above would say
/// nothing.
pub const HONEST: &[(&str, Base)] = &[
    ("a second signature", || insider::second().sign(&other())),
    ("a second signature, certified", || {
        insider::second().sign(&certified_2())
    }),
    ("a second signature that is seen", || {
        insider::over(&other(), "9 9 20 20", "/AP<</N 300 0 R>>")
    }),
    ("the prepared field signed", || {
        insider::prepared("/AP<</N 41 0 R>>").sign(&certified_2())
    }),
    ("a field filled in and signed", || {
        let file = certified_2();
        insider::second().sign_with(&file, |update| insider::filled(update, &file))
    }),
    ("a mark without looks", || {
        let mark = "<</Type/Annot/Subtype/Highlight/F 4/Rect[20 20 80 30]/QuadPoints[20 30 80 30 20 20 80 20]>>";
        insider::annotated(&certified_3(), mark)
    }),
    ("a timestamp", || timestamp().sign(&certified_1())),
    ("validation data", || {
        shadow::with_data(&certified_1(), Update::default())
    }),
    ("validation data and a timestamp", || {
        timestamp().sign(&shadow::with_data(&other(), Update::default()))
    }),
];
