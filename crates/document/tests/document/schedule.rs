//! The repayment schedule adds up, and its cost is what the contract says.

use serde_json::{Value, json};

use crate::bench::{SAMPLE, made, refused, rows, sample_with, text};

/// One row of the schedule; amounts in fen.
#[derive(Debug, PartialEq)]
struct Row {
    number: usize,
    due: String,
    principal: u64,
    interest: u64,
    payment: u64,
    left: u64,
}

fn fen(figures: &str) -> u64 {
    let digits: String = figures.chars().filter(char::is_ascii_digit).collect();
    digits.parse().expect(figures)
}

/// Rows of the schedule, and its sums of principal, interest and payments.
fn schedule(pdf: &[u8]) -> (Vec<Row>, [u64; 3]) {
    let (mut table, mut sums) = (Vec::new(), None);
    for words in rows(pdf) {
        match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [number, due, principal, interest, payment, left] if due.starts_with("20") => {
                table.push(Row {
                    number: number.parse().expect("a number"),
                    due: due.to_owned(),
                    principal: fen(principal),
                    interest: fen(interest),
                    payment: fen(payment),
                    left: fen(left),
                });
            }
            ["合计", a, b, c, "—"] => sums = Some([fen(a), fen(b), fen(c)]),
            _ => {}
        }
    }
    (table, sums.expect("the line of sums"))
}

fn loan(principal: u64, rate: u32, months: u32, first_due: &str) -> Value {
    let mut data = sample_with("/fees", json!([]));
    data["loan"]["principal_fen"] = json!(principal);
    data["loan"]["annual_rate_bp"] = json!(rate);
    data["loan"]["cost_cap_bp"] = json!(3600);
    data["loan"]["months"] = json!(months);
    data["loan"]["first_due_date"] = json!(first_due);
    data
}

#[test]
fn the_samples_schedule_stands_in_the_contract() {
    let (table, sums) = schedule(&SAMPLE.pdf);
    assert_eq!(table.len(), 12);
    // Computed by hand: 200,000 at 0.8 % a month over 12 months.
    let first = Row {
        number: 1,
        due: "2026-12-23".to_owned(),
        principal: 1_594_599,
        interest: 160_000,
        payment: 1_754_599,
        left: 18_405_401,
    };
    assert_eq!(table[0], first);
    assert_eq!(table[11].due, "2027-11-23");
    assert_eq!(sums, [20_000_000, 1_055_190, 21_055_190]);
    assert!(text(&SAMPLE.pdf).contains("应付利息合计¥10,551.90"));
}

#[test]
fn every_schedule_adds_up() {
    for (principal, rate, months) in [
        (20_000_000, 960, 12),
        (10_000, 3600, 36),
        (10_001, 0, 36),
        (99_999_999, 1, 24),
        (1_000_000_000_000, 2400, 36),
        (123_456_789, 1540, 1),
    ] {
        let pdf = made(&loan(principal, rate, months, "2026-12-23")).pdf;
        let (table, sums) = schedule(&pdf);
        let what = format!("{principal} at {rate} over {months}: {table:?}");
        assert_eq!(table.len(), months as usize, "{what}");
        let mut left = principal;
        for (i, row) in table.iter().enumerate() {
            assert_eq!(row.number, i + 1, "{what}");
            assert_eq!(row.payment, row.principal + row.interest, "{what}");
            left -= row.principal;
            assert_eq!(row.left, left, "{what}");
            // Equal but for the last, which takes what rounding left: half a fen a month.
            let off = row.payment.abs_diff(table[0].payment);
            assert!(off <= if i + 1 == table.len() { 36 } else { 0 }, "{what}");
        }
        assert_eq!(left, 0, "{what}");
        let sum = |of: fn(&Row) -> u64| table.iter().map(of).sum::<u64>();
        assert_eq!(
            sums,
            [
                sum(|r| r.principal),
                sum(|r| r.interest),
                sum(|r| r.payment)
            ],
            "{what}"
        );
    }
}

#[test]
fn a_schedule_of_the_31st_keeps_to_the_ends_of_months() {
    let (table, _) = schedule(&made(&loan(20_000_000, 960, 15, "2026-12-31")).pdf);
    let due: Vec<&str> = table.iter().map(|r| r.due.as_str()).collect();
    assert_eq!(
        due[..4],
        ["2026-12-31", "2027-01-31", "2027-02-28", "2027-03-31"]
    );
    assert_eq!(due[14], "2028-02-29");
}

/// Without fees the loan costs its rate; with fees it costs more, and too much is
/// refused.
#[test]
fn the_annual_cost_is_that_of_interest_and_fees() {
    let free = made(&loan(20_000_000, 960, 12, "2026-12-23")).pdf;
    assert!(text(&free).contains("折合年化综合成本9.60%"));
    assert!(text(&SAMPLE.pdf).contains("折合年化综合成本13.10%"));
    let (code, said) = refused(&sample_with("/loan/cost_cap_bp", 1309));
    assert_eq!(code, "template-refused");
    assert!(
        said.contains("13.10% a year, above /loan/cost_cap_bp"),
        "{said}"
    );
    made(&sample_with("/loan/cost_cap_bp", 1310));
}

#[test]
fn dates_in_a_wrong_order_are_refused_by_name() {
    for (pointer, value) in [
        ("/loan/disbursement_date", "2026-11-19"),
        ("/loan/first_due_date", "2026-11-23"),
    ] {
        let (code, said) = refused(&sample_with(pointer, value));
        assert_eq!(code, "template-refused");
        assert!(said.contains(pointer), "{said}");
    }
}
