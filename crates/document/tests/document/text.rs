//! What stands in the contract, as a stranger's program reads it.

use serde_json::{Value, json};

use crate::bench::{LOAN, SAMPLE, made, rows, sample_with, squeezed, text};

#[test]
fn the_contract_has_at_least_four_pages() {
    assert!(SAMPLE.pages >= 4);
    assert!(text(&SAMPLE.pdf).contains(&format!("第{0}页共{0}页", SAMPLE.pages)));
}

#[test]
fn the_amount_stands_in_figures_and_in_capitals() {
    let text = text(&SAMPLE.pdf);
    assert!(
        text.contains("借款本金为人民币¥200,000.00（大写：贰拾万元整）"),
        "{text}"
    );
}

#[test]
fn every_fee_stands_in_the_contract() {
    let rows: Vec<String> = rows(&SAMPLE.pdf).iter().map(|r| r.join(" ")).collect();
    for row in [
        "平台信息服务费 1,200.00 乙方 丁方 放款日一次付清",
        "融资担保费 2,400.00 乙方 丙方 放款日一次付清",
        "账户管理费 5.00 乙方 丁方 随每期还款支付",
        "出借撮合服务费 300.00 甲方 丁方 放款日一次付清",
    ] {
        assert!(rows.iter().any(|r| r == row), "{row} is not in {rows:#?}");
    }
    let free = made(&sample_with("/fees", json!([]))).pdf;
    assert!(text(&free).contains("支付时间（无）"));
}

#[test]
fn risks_are_disclosed() {
    let text = text(&SAMPLE.pdf);
    for part in [
        "第十一条风险揭示",
        "信用风险：",
        "流动性风险：",
        "政策与市场风险：",
        "技术风险：",
        "过度负债风险：",
    ] {
        assert!(text.contains(part), "{part}");
    }
}

#[test]
fn disputes_have_a_forum() {
    assert!(text(&SAMPLE.pdf).contains("第十五条争议解决"));
    assert!(text(&SAMPLE.pdf).contains("任何一方可向上海市徐汇区人民法院提起诉讼"));
    let forum = json!({"forum": "arbitration", "body": "上海仲裁委员会"});
    let arbitration = text(&made(&sample_with("/dispute", forum)).pdf);
    assert!(arbitration.contains("提交上海仲裁委员会，按其届时有效的仲裁规则仲裁"));
}

#[test]
fn the_articles_are_numbered_in_order() {
    let text = text(&SAMPLE.pdf);
    let numerals = "一 二 三 四 五 六 七 八 九 十 十一 十二 十三 十四 十五 十六";
    let mut from = text.find("第一条定义").expect("the first article");
    for numeral in numerals.split(' ') {
        let article = format!("第{numeral}条");
        from += text[from..].find(&article).expect(&article);
    }
    assert!(!text.contains("第十七条"));
}

/// Numbers, too, in one piece: an invisible character within would hide an account from
/// whoever searches for it.
#[test]
fn every_value_of_the_data_can_be_found() {
    fn words(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(word) => found.push(squeezed(word)),
            Value::Array(items) => items.iter().for_each(|v| words(v, found)),
            Value::Object(fields) => fields.values().for_each(|v| words(v, found)),
            _ => {}
        }
    }
    let mut expected = Vec::new();
    let mut data = LOAN.sample().clone();
    // Dates are printed in words, and roles, forum and due day by name.
    for field in ["signing_date", "dispute"] {
        data.as_object_mut().expect("fields").remove(field);
    }
    for field in ["disbursement_date", "first_due_date"] {
        data["loan"].as_object_mut().expect("fields").remove(field);
    }
    for fee in data["fees"].as_array_mut().expect("fees") {
        *fee = fee["name"].take();
    }
    words(&data, &mut expected);
    assert!(expected.len() > 30);
    let text = text(&SAMPLE.pdf);
    for word in expected {
        assert!(text.contains(&word), "{word} is not in {text}");
    }
    for date in [
        "签订日期：2026年11月20日",
        "自2026年11月23日起至2027年11月23日止",
    ] {
        assert!(text.contains(date), "{date}");
    }
}

#[test]
fn whoever_signs_is_named_beside_the_slot() {
    let text = text(&SAMPLE.pdf);
    let end = &text[text.find("以下无正文").expect("the signature blocks")..];
    for party in ["lender", "borrower", "guarantor", "platform"] {
        let name = LOAN.sample()[party]["name"].as_str().expect("a name");
        assert!(end.contains(name), "{name} is not in {end}");
    }
    for role in LOAN.roles() {
        assert!(end.contains(&role.zh), "{} is not in {end}", role.zh);
    }
}
