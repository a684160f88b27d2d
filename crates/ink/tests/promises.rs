//! What handwriting promises, whatever comes in.

use ink::{Handwriting, InkError, MAX_SAMPLES, MAX_STROKES, Outline, Pointer, Sample, hand};
use proptest::prelude::*;

/// 人: two strokes, written for this test.
const REN: &str =
    r#"{"medians":[[[520,800],[515,600],[420,300],[120,20]],[[530,480],[650,260],[900,30]]]}"#;

fn medians(times: usize) -> Vec<hand::Medians> {
    (0..times)
        .map(|_| serde_json::from_str(REN).expect("medians"))
        .collect()
}

fn sound(outline: &Outline) {
    assert!(outline.width > 0.0 && outline.height > 0.0, "{outline:?}");
    for polygon in &outline.polygons {
        assert!(polygon.len() >= 3);
        for [x, y] in polygon {
            assert!(
                (0.0..=outline.width).contains(x),
                "{x} of {}",
                outline.width
            );
            assert!(
                (0.0..=outline.height).contains(y),
                "{y} of {}",
                outline.height
            );
        }
    }
    assert!(outline.polygons.iter().map(Vec::len).sum::<usize>() < 50_000);
}

fn area(polygon: &[[f32; 2]]) -> f32 {
    let pairs = polygon.iter().zip(polygon.iter().cycle().skip(1));
    pairs.map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f32>() / 2.0
}

#[test]
fn what_is_written_can_be_read_back() {
    let written = hand::from_medians(&medians(2), 1).expect("a hand");
    let json = serde_json::to_vec(&written).expect("JSON");
    assert_eq!(Handwriting::parse(&json), Ok(written));
}

#[test]
fn a_hand_is_one_hand_for_one_seed() {
    let write = |seed| hand::from_medians(&medians(1), seed).expect("a hand");
    assert_eq!(write(5), write(5));
    assert_ne!(write(5), write(6));
}

#[test]
fn a_hand_moves_like_a_hand() {
    let written = hand::from_medians(&medians(3), 9).expect("a hand");
    let all: Vec<&Sample> = written.strokes().iter().flatten().collect();
    assert!(all.iter().any(|s| s.pressure < 0.25) && all.iter().any(|s| s.pressure > 0.55));
    let steps: Vec<f32> = written.strokes()[0]
        .windows(2)
        .map(|w| (w[1].x - w[0].x).hypot(w[1].y - w[0].y))
        .collect();
    let fastest = steps.iter().copied().fold(0.0, f32::max);
    assert!(steps[0] < fastest / 2.0, "it starts slowly: {steps:?}");
    assert!(fastest < 12.0, "it does not jump: {steps:?}");
    assert!((1_000.0..10_000.0).contains(&written.duration_ms()));
}

#[test]
fn polygons_turn_one_way() {
    let outline = hand::from_medians(&medians(1), 3)
        .expect("a hand")
        .outline();
    let areas: Vec<f32> = outline.polygons.iter().map(|p| area(p)).collect();
    assert!(
        areas.iter().all(|a| a.signum() == areas[0].signum()),
        "{areas:?}"
    );
}

#[test]
fn a_character_is_a_few_kilobytes() {
    let outline = hand::from_medians(&medians(1), 3)
        .expect("a hand")
        .outline();
    let points: usize = outline.polygons.iter().map(Vec::len).sum();
    assert!((30..250).contains(&points), "{points}");
}

#[test]
fn a_tap_is_a_dot() {
    let json = br#"{"pointer":"touch","width":300,"height":200,"strokes":[[[10,10,0,0.5,0,0]]]}"#;
    let outline = Handwriting::parse(json).expect("a tap").outline();
    sound(&outline);
    assert_eq!(outline.polygons.len(), 1);
}

#[test]
fn a_pen_that_presses_draws_wider() {
    let draw = |pressure: f32| {
        let line: Vec<Sample> = (0..40_u8)
            .map(|i| {
                let at = f32::from(i);
                Sample {
                    x: 5.0 * at,
                    y: 50.0,
                    t: 8.0 * at,
                    pressure,
                    tilt_x: 0.0,
                    tilt_y: 0.0,
                }
            })
            .collect();
        // A second stroke with another pressure, so that the sensor is believed.
        let mut other = line.clone();
        for s in &mut other {
            (s.y, s.t, s.pressure) = (150.0, s.t + 1_000.0, 1.0);
        }
        let ink = Handwriting::new(Pointer::Pen, 300.0, 200.0, vec![line, other]).expect("ink");
        area(&ink.outline().polygons[0]).abs()
    };
    assert!(draw(0.8) > 1.5 * draw(0.2));
}

#[test]
fn limits_hold() {
    let sample = Sample {
        x: 1.0,
        y: 1.0,
        t: 0.0,
        pressure: 0.5,
        tilt_x: 0.0,
        tilt_y: 0.0,
    };
    let ink = |strokes| Handwriting::new(Pointer::Pen, 300.0, 200.0, strokes);
    assert!(ink(vec![vec![sample]; MAX_STROKES]).is_ok());
    assert_eq!(
        ink(vec![vec![sample]; MAX_STROKES + 1]),
        Err(InkError::Strokes(MAX_STROKES + 1))
    );
    assert!(ink(vec![vec![sample; MAX_SAMPLES]]).is_ok());
    assert_eq!(
        ink(vec![vec![sample; MAX_SAMPLES + 1]]),
        Err(InkError::Samples(MAX_SAMPLES + 1))
    );
    assert_eq!(ink(vec![]), Err(InkError::Empty));
    assert_eq!(
        ink(vec![vec![sample], vec![]]),
        Err(InkError::EmptyStroke(1))
    );
    let later = Sample { t: 5.0, ..sample };
    assert_eq!(
        ink(vec![vec![later], vec![sample]]),
        Err(InkError::Time {
            stroke: 1,
            sample: 0
        })
    );
    for (field, wrong) in [
        (
            "x",
            Sample {
                x: f32::NAN,
                ..sample
            },
        ),
        (
            "y",
            Sample {
                y: f32::INFINITY,
                ..sample
            },
        ),
        ("t", Sample { t: -1.0, ..sample }),
        (
            "pressure",
            Sample {
                pressure: 1.1,
                ..sample
            },
        ),
        (
            "tilt_x",
            Sample {
                tilt_x: 91.0,
                ..sample
            },
        ),
        (
            "tilt_y",
            Sample {
                tilt_y: -91.0,
                ..sample
            },
        ),
    ] {
        assert_eq!(
            ink(vec![vec![wrong]]),
            Err(InkError::Range {
                stroke: 0,
                sample: 0,
                field
            })
        );
    }
    assert_eq!(
        Handwriting::new(Pointer::Pen, 0.0, 9.0, vec![vec![sample]]),
        Err(InkError::Area)
    );
}

#[test]
fn other_forms_are_refused() {
    for json in [
        "",
        "null",
        r#"{"pointer":"pen","width":1,"height":1}"#,
        r#"{"pointer":"eye","width":1,"height":1,"strokes":[[[0,0,0,0,0,0]]]}"#,
        r#"{"pointer":"pen","width":1,"height":1,"strokes":[[[0,0,0,0,0]]]}"#,
        r#"{"pointer":"pen","width":1,"height":1,"strokes":[[[0,0,0,0,0,0,0]]]}"#,
        r#"{"pointer":"pen","width":1,"height":1,"strokes":[[[0,0,0,"0",0,0]]]}"#,
        r#"{"pointer":"pen","width":1,"height":1,"name":"x","strokes":[[[0,0,0,0,0,0]]]}"#,
        r#"{"pointer":"pen","width":1e39,"height":1,"strokes":[[[0,0,0,0,0,0]]]}"#,
        r#"{"pointer":"pen","width":1,"height":1,"strokes":[[[1e39,0,0,0,0,0]]]}"#,
    ] {
        let refused = Handwriting::parse(json.as_bytes()).expect_err(json);
        assert_eq!(refused.code(), "ink-malformed", "{json}");
    }
}

#[test]
fn the_worst_input_is_drawn() {
    let corner = |i: usize| if i.is_multiple_of(2) { 0.0 } else { 20_000.0 };
    let samples: Vec<Sample> = (0..MAX_SAMPLES)
        .map(|i| Sample {
            x: corner(i),
            y: corner(i / 2),
            t: 0.0,
            pressure: 0.5,
            tilt_x: 0.0,
            tilt_y: 0.0,
        })
        .collect();
    let ink = Handwriting::new(Pointer::Mouse, 300.0, 200.0, vec![samples]).expect("in the limits");
    sound(&ink.outline());
}

prop_compose! {
    fn sample()(
        x in prop_oneof![-20_000.0_f32..20_000.0, 0.0_f32..300.0, Just(0.0), -1e-30_f32..1e-30],
        y in prop_oneof![-20_000.0_f32..20_000.0, 0.0_f32..300.0, Just(0.0)],
        t in prop_oneof![0.0_f32..600_000.0, Just(0.0)],
        pressure in 0.0_f32..=1.0,
    ) -> Sample {
        Sample { x, y, t, pressure, tilt_x: 0.0, tilt_y: 0.0 }
    }
}

proptest! {
    #[test]
    fn every_handwriting_has_a_sound_outline(
        mut strokes in prop::collection::vec(prop::collection::vec(sample(), 1..40), 1..12),
        pointer in prop_oneof![Just(Pointer::Pen), Just(Pointer::Touch), Just(Pointer::Mouse)],
    ) {
        let mut times: Vec<f32> = strokes.iter().flatten().map(|s| s.t).collect();
        times.sort_by(f32::total_cmp);
        for (s, t) in strokes.iter_mut().flatten().zip(times) {
            s.t = t;
        }
        let ink = Handwriting::new(pointer, 300.0, 200.0, strokes).expect("in the limits");
        sound(&ink.outline());
    }

    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Handwriting::parse(&bytes);
    }

    #[test]
    fn numbers_never_panic(numbers in prop::collection::vec(any::<f32>(), 1..60)) {
        let samples: Vec<_> = numbers.chunks_exact(6).map(<[f32]>::to_vec).collect();
        let json = serde_json::json!({"pointer": "pen", "width": 300, "height": 200, "strokes": [samples]});
        if let Ok(ink) = Handwriting::parse(json.to_string().as_bytes()) {
            sound(&ink.outline());
        }
    }

    #[test]
    fn any_median_is_written_or_refused(
        medians in prop::collection::vec(
            prop::collection::vec(prop::array::uniform2(-2_000.0_f32..2_000.0), 0..8), 0..6),
        seed in any::<u64>(),
    ) {
        if let Ok(ink) = hand::from_medians(&[hand::Medians { medians }], seed) {
            sound(&ink.outline());
        }
    }
}
