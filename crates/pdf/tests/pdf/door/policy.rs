//! The caller's policy: each switch lets in what it names, and nothing else.

use pdf::{Base, Policy};

use super::{catalog, object, refused};
use crate::paper::{MORE, Make, Paper, stream};

/// Each kind of file with its code and the switch that lets it in.
fn kinds() -> Vec<(Vec<u8>, &'static str, Policy)> {
    let strict = Policy::STRICT;
    vec![
        (
            catalog("/AcroForm<</Fields[]/XFA 20 0 R>>")
                .with(MORE, stream("", "<xdp/>"))
                .bytes(),
            "pdf-xfa",
            Policy {
                xfa: true,
                ..strict
            },
        ),
        (
            object("<</S/JavaScript/JS(1)>>"),
            "pdf-javascript",
            Policy {
                javascript: true,
                ..strict
            },
        ),
        (
            object("<</S/Launch/F(a.exe)>>"),
            "pdf-launch-action",
            Policy {
                launch_actions: true,
                ..strict
            },
        ),
        (
            invoice(Make::Packed),
            "pdf-embedded-file",
            Policy {
                embedded_files: true,
                ..strict
            },
        ),
        (
            layers("/OFF[20 0 R]", ""),
            "pdf-hidden-layers",
            Policy {
                hidden_layers: true,
                ..strict
            },
        ),
        (
            layers("", ""),
            "pdf-layers",
            Policy {
                layers: true,
                ..strict
            },
        ),
        (
            object("<</S/SetOCGState/State[/OFF 20 0 R]>>"),
            "pdf-action",
            Policy {
                actions: true,
                ..strict
            },
        ),
        (
            object("<</Type/Font/Subtype/TrueType/BaseFont/SimSun>>"),
            "pdf-font-not-embedded",
            Policy {
                fonts_not_embedded: true,
                ..strict
            },
        ),
    ]
}

/// As PDF/A-3 has it: a file that belongs to the document.
fn invoice(make: Make) -> Vec<u8> {
    let paper = Paper {
        make,
        ..catalog("/AF[20 0 R]/Names<</EmbeddedFiles<</Names[(a.xml)20 0 R]>>>>")
    };
    let named = "<</Type/Filespec/F(a.xml)/AFRelationship/Data/EF<</F 21 0 R>>>>";
    let paper = paper.with(MORE, named);
    let file = stream("/Type/EmbeddedFile/Subtype/text#2Fxml", "<invoice/>");
    paper.with(MORE + 1, file).bytes()
}

fn layers(shown: &str, usage: &str) -> Vec<u8> {
    let properties = format!("/OCProperties<</OCGs[20 0 R]/D<<{shown}>>>>");
    let group = format!("<</Type/OCG/Name(a){usage}>>");
    catalog(&properties).with(MORE, group).bytes()
}

#[test]
fn each_switch_lets_in_what_it_names_alone() {
    for (at, (bytes, code, _)) in kinds().iter().enumerate() {
        refused(bytes, code);
        for (other, (_, _, policy)) in kinds().iter().enumerate() {
            let read = Base::read_by(bytes, *policy).map_err(|error| error.code());
            assert_eq!(read.is_ok(), at == other, "{code} {policy:?} {read:?}");
        }
    }
}

#[test]
fn a_file_in_the_file_is_found_wherever_it_is() {
    for make in [Make::Table, Make::Stream, Make::Packed] {
        refused(&invoice(make), "pdf-embedded-file");
    }
    let clip = "<</Subtype/FileAttachment/FS<</F(a)/EF<</UF 21 0 R>>>>>>";
    refused(&object(clip), "pdf-embedded-file");
    // Named by nothing: a reader may list it all the same.
    let paper = Paper::default().with(MORE, stream("/Type/EmbeddedFile", "a"));
    refused(&paper.bytes(), "pdf-embedded-file");
    // A file elsewhere is none within.
    assert!(Base::read(&object("<</Type/Filespec/F(a.pdf)>>")).is_ok());
}

/// On the screen it is there, on paper it is not.
#[test]
fn a_layer_that_hides_itself() {
    let automatic = "/AS[<</Event/Print/Category[/Print]/OCGs[20 0 R]>>]";
    let usage = |state: &str| format!("/Usage<</Print<</PrintState/{state}>>>>");
    refused(&layers(automatic, &usage("OFF")), "pdf-hidden-layers");
    refused(&layers(automatic, &usage("ON")), "pdf-layers");
    // Nothing switches it.
    refused(&layers("", &usage("OFF")), "pdf-layers");
}

/// What can change what is shown, or carries data of a form; links are harmless.
#[test]
fn an_action_that_changes_what_is_shown() {
    for kind in [
        "Hide",
        "ResetForm",
        "SubmitForm",
        "ImportData",
        "Rendition",
        "GoToE",
    ] {
        refused(&object(&format!("<</S/{kind}>>")), "pdf-action");
    }
    for kind in ["GoTo", "GoToR", "URI", "Named", "Thread"] {
        assert!(
            Base::read(&object(&format!("<</S/{kind}>>"))).is_ok(),
            "{kind}"
        );
    }
}

#[test]
fn no_policy_lets_in_what_readers_disagree_about() {
    let all = Policy {
        certified: false,
        ..Policy::ARCHIVE
    };
    let encrypted = Paper {
        trailer: "/Encrypt<<>>".to_owned(),
        ..Paper::default()
    };
    let certified = "<</Reference[<</TransformMethod/DocMDP/TransformParams<</P 1>>>>]>>";
    let certified = catalog("/Perms<</DocMDP 20 0 R>>").with(MORE, certified);
    let damaged = object("<</A 1/A 2>>");
    for (bytes, code) in [
        (encrypted.bytes(), "pdf-encrypted"),
        (certified.bytes(), "pdf-certified"),
        (damaged, "pdf-damaged"),
    ] {
        assert_eq!(Base::read_by(&bytes, all).unwrap_err().code(), code);
    }
}
