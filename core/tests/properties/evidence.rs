//! Evidence: whatever a report holds, every form of it is well made, and what was signed cannot be changed.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;
use tenancy_core::evidence::report::{FORMAT, Report, Verdict};
use tenancy_core::evidence::{Document, Format, document, render};
use tenancy_core::trace::note::Signer;

const GOLDEN: [&str; 2] = [
    include_str!("../../../tests/evidence/golden/pass.json"),
    include_str!("../../../tests/evidence/golden/fail.json"),
];

/// Strings that somebody might name a table or a tenant.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[<>&\"'`/a-z \\n\\r\\t#\\\\-]{0,40}",
        "(ok|not ok|1\\.\\.|Bail out!|TAP version|---|\\.\\.\\.|# SKIP| # TODO|\n){0,8}",
        "\\PC{0,300}",
        "[\u{200b}-\u{202e}\u{2066}-\u{2069}\u{0}-\u{1f}\u{7f}-\u{9f}x]{0,20}",
        Just("x".repeat(5000)),
        Just("`".repeat(50)),
    ]
}

/// Something that is done to a report's JSON at a place.
#[derive(Debug, Clone)]
enum Change {
    Text(String),
    Number(i64),
    Remove,
    Repeat,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => hostile().prop_map(Change::Text),
        1 => (-(1_i64 << 53)..=(1_i64 << 53)).prop_map(Change::Number),
        1 => Just(Change::Remove),
        1 => Just(Change::Repeat),
    ]
}

/// Golden reports with texts, numbers and lengths that nobody thought of. What is no longer a report is left out.
fn report() -> impl Strategy<Value = Report> {
    let changes = proptest::collection::vec((any::<usize>(), change()), 0..25);
    (0..GOLDEN.len(), changes).prop_map(|(golden, changes)| {
        let mut document: Value = serde_json::from_str(GOLDEN[golden]).unwrap();
        for (place, change) in changes {
            let before = document.clone();
            let report = &mut document["report"];
            let count = places(report, &mut |_| {});
            let mut at = 0;
            places(report, &mut |value| {
                if at == place % count {
                    apply(value, &change);
                }
                at += 1;
            });
            if serde_json::from_value::<Report>(report.clone()).is_err() {
                document = before;
            }
        }
        document["report"]["format"] = FORMAT.into();
        let mut report: Report = serde_json::from_value(document["report"].clone()).unwrap();
        if report.check_verdict().is_err() {
            report.verdict = Verdict::Fail;
        }
        report
    })
}

/// Calls `visit` for each value that is an array or has nothing in it, and counts them.
fn places(value: &mut Value, visit: &mut impl FnMut(&mut Value)) -> usize {
    match value {
        Value::Object(members) => members
            .values_mut()
            .map(|member| places(member, visit))
            .sum(),
        Value::Array(items) => {
            let inside: usize = items.iter_mut().map(|item| places(item, visit)).sum();
            visit(value);
            inside + 1
        }
        _ => {
            visit(value);
            1
        }
    }
}

fn apply(value: &mut Value, change: &Change) {
    match (value, change) {
        (value @ (Value::String(_) | Value::Null), Change::Text(text)) => {
            *value = Value::String(text.clone())
        }
        (value @ Value::Number(_), Change::Number(number)) => *value = (*number).into(),
        (Value::Array(items), Change::Remove) => {
            items.pop();
        }
        (Value::Array(items), Change::Repeat) => {
            let again = items.clone();
            items.extend(again);
        }
        _ => {}
    }
}

/// The report with another character for each one in its texts.
fn replaced(report: &Report, from: char, to: &str) -> Report {
    let mut value = serde_json::to_value(report).unwrap();
    places(&mut value, &mut |value| {
        if let Value::String(text) = value {
            *text = text.replace(from, to);
        }
    });
    serde_json::from_value(value).unwrap()
}

fn unsigned(report: Report) -> Document {
    Document { report, note: None }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_report_is_read_back_and_vouched_for(report in report()) {
        let signer = Signer::generate("db.example").unwrap();
        let keys = [signer.verifier()];
        let signed = document::sign(report.clone(), &[signer]).unwrap();
        let read = Document::parse(&signed.to_json().unwrap()).unwrap();
        prop_assert_eq!(&read, &signed);
        let (statement, signed_by) = document::verify(&read, &keys).unwrap();
        prop_assert_eq!((statement.run, statement.verdict, signed_by.len()), (report.run.id, report.verdict, 1));
    }

    #[test]
    fn a_changed_byte_is_refused(golden in 0..GOLDEN.len(), at in any::<prop::sample::Index>(), change in 1..=255_u8) {
        let signer = Signer::parse_file(include_str!("../../../tests/fixtures/seal.key")).unwrap().remove(0);
        let mut bytes = GOLDEN[golden].as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        let opened = std::str::from_utf8(&bytes).ok().and_then(|text| Document::parse(text).ok());
        if let Some(document) = opened {
            prop_assert!(document::verify(&document, &[signer.verifier()]).is_err());
        }
    }

    #[test]
    fn no_text_is_parsed_into_a_panic(text in hostile()) {
        let _ = Document::parse(&text);
        let _ = text.parse::<Format>();
    }

    #[test]
    fn a_page_has_no_markup_of_a_report(report in report()) {
        let page = |report: Report| render(Format::Html, &unsigned(report)).unwrap();
        let shown = page(report.clone());
        // A text of a report adds no tag and ends no attribute, whatever is in it.
        for c in ['<', '>', '"'] {
            let harmless = page(replaced(&report, c, "\u{e000}"));
            prop_assert_eq!(shown.matches(c).count(), harmless.matches(c).count(), "{}", c);
        }
        prop_assert!(!shown.contains("<script"));
        let hidden = |c: char| c.is_control() && !matches!(c, '\n' | '\t')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        prop_assert!(!shown.contains(hidden));
        let said = if report.verdict == Verdict::Pass { "<h1>Tenant isolation: passed</h1>" } else { "<h1>Tenant isolation: failed</h1>" };
        prop_assert_eq!(shown.matches(said).count(), 1);
    }

    #[test]
    fn tap_has_the_tests_of_its_plan_and_fails_with_the_run(report in report()) {
        let tap = render(Format::Tap, &unsigned(report.clone())).unwrap();
        let mut lines = tap.split_terminator('\n');
        prop_assert_eq!(lines.next(), Some("TAP version 13"));
        let plan: usize = lines.next().and_then(|line| line.strip_prefix("1..")).unwrap().parse().unwrap();
        let mut number = 0;
        let mut failed = false;
        let mut inside = false;
        for line in lines {
            prop_assert!(!line.contains(|c: char| c.is_control()), "{:?}", line);
            let (not, test) = line.strip_prefix("not ").map_or((false, line), |test| (true, test));
            if let Some(test) = test.strip_prefix("ok ") {
                number += 1;
                prop_assert!(!inside && test.starts_with(&format!("{number} - ")), "{}", line);
                failed |= not && !line.ends_with(" # TODO advice, which fails no run");
            } else if line.starts_with("  ") {
                inside = match line {
                    "  ---" => true,
                    "  ..." => false,
                    _ => { prop_assert!(inside, "{}", line); true }
                };
            } else {
                prop_assert!(line.starts_with("# "), "{}", line);
            }
        }
        prop_assert_eq!(number, plan);
        prop_assert!(failed || report.verdict == Verdict::Pass);
    }

    #[test]
    fn oscal_names_each_part_once_and_satisfies_nothing_that_failed(report in report()) {
        let oscal: Value = serde_json::from_str(&render(Format::Oscal, &unsigned(report.clone())).unwrap()).unwrap();
        let mut uuids = BTreeSet::new();
        let mut references = BTreeSet::new();
        let mut repeated = false;
        let mut stack = vec![&oscal];
        while let Some(value) = stack.pop() {
            match value {
                Value::Object(members) => {
                    for (name, member) in members {
                        match (name.as_str(), member) {
                            ("uuid", Value::String(uuid)) => repeated |= !uuids.insert(uuid),
                            ("observation-uuid" | "actor-uuid" | "subject-uuid" | "component-uuid", Value::String(uuid)) => {
                                references.insert(uuid);
                            }
                            _ => stack.push(member),
                        }
                    }
                }
                Value::Array(items) => {
                    prop_assert!(!items.is_empty());
                    stack.extend(items);
                }
                _ => {}
            }
        }
        // What is in a title is no markup: of HTML, which Markdown may hold, or its own.
        let titles = serde_json::to_string(&oscal).unwrap();
        for title in titles.split("\"title\":\"").skip(1).filter_map(|rest| rest.split("\",\"").next()) {
            for (at, _) in title.match_indices(['<', '`', '[', '*']) {
                prop_assert!(title[..at].ends_with("\\\\"), "{}", title);
            }
        }
        // Checks of one id are one observation, so a report that repeats one repeats its uuid.
        let ids: BTreeSet<&str> = report.checks.iter().map(|check| check.id.as_str()).collect();
        prop_assert!(!repeated || ids.len() < report.checks.len());
        prop_assert!(references.is_subset(&uuids));
        let findings = oscal["assessment-results"]["results"][0]["findings"].as_array().unwrap();
        let satisfied = findings.iter().all(|finding| finding["target"]["status"]["state"] == "satisfied");
        prop_assert!(!satisfied || report.verdict == Verdict::Pass);
    }
}
