//! All forgeries in one table: name, what is attacked with the code of each refusal, and
//! how. What is `seen` shows another first page than was signed to a reader that trusts
//! the file; what is `unseen` lies deeper, or needs a reader that repairs.

use crypto::{Hash, digest};

use super::{bases::*, saving::*, universal::*};

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
