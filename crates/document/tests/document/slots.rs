//! Every party finds one empty box, and nothing else is where it will sign.

use document::{Anchor, Document};

use crate::bench::{LOAN, SAMPLE, made};
use crate::raster::Raster;
use crate::room::longest;

const A4: [f64; 2] = [595.28, 841.89];

fn inside([x0, y0, x1, y1]: [f64; 4], by: f64) -> [f64; 4] {
    [x0 + by, y0 + by, x1 - by, y1 - by]
}

/// The drawn border is where the anchor says, and within it there is nothing.
fn are_empty_boxes(document: &Document) {
    for Anchor { role, page, rect } in &document.anchors {
        let raster = Raster::new(&document.pdf, *page);
        assert!(
            !raster.drawn(inside(*rect, 1.0)),
            "{role} would sign over something"
        );
        let [x0, y0, x1, y1] = *rect;
        for side in [
            [x0, y0, x1, y0],
            [x0, y1, x1, y1],
            [x0, y0, x0, y1],
            [x1, y0, x1, y1],
        ] {
            assert!(
                raster.drawn(inside(side, -0.6)),
                "{role} misses a side of the box"
            );
        }
    }
}

#[test]
fn every_role_has_one_slot() {
    let roles: Vec<&str> = LOAN.roles().iter().map(|r| r.role.as_str()).collect();
    let slots: Vec<&str> = SAMPLE.anchors.iter().map(|a| a.role.as_str()).collect();
    assert_eq!(roles, ["lender", "borrower", "guarantor", "platform"]);
    assert_eq!(slots, roles);
}

#[test]
fn every_slot_is_an_empty_box() {
    are_empty_boxes(&SAMPLE);
}

#[test]
fn the_longest_data_leaves_the_slots_empty() {
    for letter in ['龘', 'W'] {
        let document = made(&longest(letter));
        assert_eq!(document.anchors.len(), 4);
        are_empty_boxes(&document);
    }
}

#[test]
fn slots_are_on_their_page_and_apart() {
    for (i, Anchor { role, page, rect }) in SAMPLE.anchors.iter().enumerate() {
        let [x0, y0, x1, y1] = *rect;
        assert!(*page < SAMPLE.pages, "{role}");
        assert!(0.0 < x0 && x0 < x1 && x1 < A4[0], "{role}: {rect:?}");
        assert!(0.0 < y0 && y0 < y1 && y1 < A4[1], "{role}: {rect:?}");
        for other in &SAMPLE.anchors[i + 1..] {
            let [a0, b0, a1, b1] = other.rect;
            let apart = a1 < x0 || x1 < a0 || b1 < y0 || y1 < b0;
            assert!(other.page != *page || apart, "{role} and {}", other.role);
        }
    }
}

/// A name of four characters 40 pt high, a seal of 40 mm.
#[test]
fn slots_are_large_enough() {
    for Anchor { role, rect, .. } in &SAMPLE.anchors {
        let (width, height) = (rect[2] - rect[0], rect[3] - rect[1]);
        let (least_width, least_height) = match role.as_str() {
            "lender" | "borrower" => (160.0, 40.0),
            _ => (113.4, 113.4),
        };
        assert!(
            width >= least_width && height >= least_height,
            "{role}: {rect:?}"
        );
    }
}
