use super::*;
use crate::trace::note::Signer;
use crate::trace::record::Record;

const SALT: [u8; 16] = [5; 16];

fn row_id(number: u8) -> Uuid {
    Uuid::from_bytes([number.saturating_add(1); 16])
}

/// A log of three sealed rows, the first with a payload, the second redacted, and one row that isn't sealed.
struct Log {
    lines: Vec<String>,
    note: String,
    verifiers: Vec<Verifier>,
}

fn payload() -> Payload<'static> {
    Payload {
        query: Some("who?"),
        sources: Some("[1]"),
        detail: Some(r#"{"deep":[[[]]]}"#),
    }
}

fn record(number: u8) -> Record<'static> {
    let payload_digest = match number {
        0 | 1 => payload().digest(&SALT).unwrap(),
        _ => None,
    };
    Record {
        trace_id: row_id(number),
        tenant_id: Uuid::from_bytes([0xee; 16]),
        scope: r#"{"team":"a"}"#,
        recorded_at: 1_700_000_000_000_000,
        kind: "decision",
        outcome: Some("ok"),
        cost_usd: Some("0.10"),
        payload_digest,
        ..Record::default()
    }
}

fn row_line(number: u8, position: Option<u64>) -> String {
    let record = record(number);
    let payload = payload();
    let payload = (number == 0).then_some((&payload, &SALT));
    line(
        &record.to_json().unwrap(),
        &record.leaf().unwrap(),
        position,
        payload,
    )
    .unwrap()
}

fn log() -> Log {
    let leaves: Vec<Hash> = (0..3)
        .map(|number| record(number).leaf().unwrap())
        .collect();
    let checkpoint = Checkpoint {
        origin: "example.com/log".to_owned(),
        size: 3,
        root: tree::root(&[], &leaves),
    };
    let signer = Signer::generate("example.com/log").unwrap();
    let mut lines: Vec<String> = (0..3)
        .map(|number| row_line(number, Some(number.into())))
        .collect();
    lines.push(row_line(3, None));
    Log {
        lines,
        verifiers: vec![signer.verifier()],
        note: checkpoint.sign(&[signer]).unwrap(),
    }
}

impl Log {
    fn report(&self) -> Report {
        verify_export(&self.lines, &self.note, &self.verifiers).unwrap()
    }

    fn faults(&self) -> Vec<(Option<Uuid>, Option<u64>, Fault)> {
        let problems = self.report().problems.into_iter();
        problems
            .map(|problem| (problem.trace_id, problem.position, problem.fault))
            .collect()
    }
}

#[test]
fn an_honest_export_verifies() {
    let report = log().report();
    assert_eq!(report.problems, []);
    assert_eq!(
        (report.verified, report.redacted, report.unsealed),
        (3, 1, 1)
    );
    assert_eq!(report.checkpoint.size, 3);
}

#[test]
fn order_white_space_and_empty_lines_are_nothing() {
    let mut log = log();
    log.lines.reverse();
    log.lines.insert(1, "  ".to_owned());
    log.lines = log
        .lines
        .iter()
        .map(|line| line.replace(",\"", " , \""))
        .collect();
    assert_eq!(log.report().problems, []);
}

#[test]
fn the_longest_payload_verifies() {
    let (query, json) = (
        "\u{1}".repeat(payload::MAX_BYTES),
        format!("\"{}\"", "x".repeat(payload::MAX_BYTES - 2)),
    );
    let payload = Payload {
        query: Some(&query),
        sources: Some(&json),
        detail: Some(&json),
    };
    let record = Record {
        payload_digest: payload.digest(&SALT).unwrap(),
        ..record(3)
    };
    let (text, leaf) = (record.to_json().unwrap(), record.leaf().unwrap());
    let mut log = log();
    log.lines[3] = line(&text, &leaf, None, Some((&payload, &SALT))).unwrap();
    assert_eq!(log.report().problems, []);
}

#[test]
fn the_form_of_a_line_is_frozen() {
    let payload = Payload {
        query: Some("q"),
        ..Payload::default()
    };
    let text = line(r#"{"v":1}"#, &[0xab; 32], Some(7), Some((&payload, &SALT))).unwrap();
    let expected = format!(
        r#"{{"v":1,"leaf":"{}","payload":{{"query":"q","salt":"{}"}},"position":7}}"#,
        "ab".repeat(32),
        "05".repeat(16)
    );
    assert_eq!(text, expected);
}

#[test]
fn every_changed_member_names_its_row() {
    for (from, to) in [
        ("\"ok\"", "\"OK\""),
        ("\"0.1\"", "\"0.01\""),
        ("\"a\"", "\"b\""),
        ("2023-11-14", "2023-11-15"),
        ("\"decision\"", "\"denial\""),
        ("\"outcome\"", "\"model\""),
        ("\"outcome\":\"ok\",", ""),
        ("\"outcome\":\"ok\"", "\"outcome\":\"ok\",\"tier\":\"x\""),
        ("\"outcome\":\"ok\"", "\"outcome\":null"),
    ] {
        for row in 0..3 {
            let mut log = log();
            let changed = log.lines[row].replacen(from, to, 1);
            assert_ne!(changed, log.lines[row], "{from}");
            log.lines[row] = changed;
            let id = row_id(row as u8);
            assert_eq!(
                log.faults(),
                [(Some(id), Some(row as u64), Fault::Record)],
                "{from}"
            );
            assert_eq!(log.report().verified, 2);
        }
    }
}

#[test]
fn a_record_that_is_changed_with_its_leaf_spoils_the_root() {
    let mut log = log();
    let leaf = HEXLOWER.encode(&record(1).leaf().unwrap());
    let forged = Record {
        outcome: Some("OK"),
        ..record(1)
    };
    log.lines[1] = log.lines[1].replacen("\"ok\"", "\"OK\"", 1).replacen(
        &leaf,
        &HEXLOWER.encode(&forged.leaf().unwrap()),
        1,
    );
    assert_eq!(log.faults(), [(None, None, Fault::Root)]);
    assert_eq!(log.report().verified, 0);
    // The same without stated leaves.
    for line in &mut log.lines {
        let mut row: Map<String, Value> = serde_json::from_str(line).unwrap();
        row.remove(LEAF).unwrap();
        *line = serde_json::to_string(&row).unwrap();
    }
    assert_eq!(log.faults(), [(None, None, Fault::Root)]);
}

#[test]
fn a_changed_payload_names_its_row() {
    for (from, to) in [
        ("who?", "what?"),
        ("[1]", "[2]"),
        ("[[[]]]", "[[]]"),
        ("0505", "0506"),
        ("\"query\":\"who?\",", ""),
        ("\"query\"", "\"more\":1,\"query\""),
    ] {
        let mut log = log();
        log.lines[0] = log.lines[0].replacen(from, to, 1);
        assert_eq!(
            log.faults(),
            [(Some(row_id(0)), Some(0), Fault::Payload)],
            "{from}"
        );
    }
    for payload in ["null", "{}", "\"x\""] {
        let mut log = log();
        log.lines[1] =
            log.lines[1].replacen("\"leaf\"", &format!("\"payload\":{payload},\"leaf\""), 1);
        assert_eq!(log.faults(), [(Some(row_id(1)), Some(1), Fault::Payload)]);
        let mut log = self::log();
        log.lines[2] =
            log.lines[2].replacen("\"leaf\"", &format!("\"payload\":{payload},\"leaf\""), 1);
        assert_eq!(
            log.faults(),
            [(Some(row_id(2)), Some(2), Fault::PayloadAdded)]
        );
    }
}

#[test]
fn rows_that_are_removed_or_moved_are_missed() {
    let mut log = log();
    log.lines.remove(1);
    assert_eq!(log.faults(), [(None, Some(1), Fault::Missing(1))]);
    assert_eq!(log.report().verified, 0);
    log.lines.remove(1);
    assert_eq!(log.faults(), [(None, Some(1), Fault::Missing(2))]);
    log.lines.clear();
    assert_eq!(log.faults(), [(None, Some(0), Fault::Missing(2))]);

    // Sealed no more, or beyond the checkpoint: not vouched for, and missed where it was.
    for position in ["", ",\"position\":3", ",\"position\":9007199254740992"] {
        let mut log = self::log();
        log.lines[2] = log.lines[2].replace(",\"position\":2", position);
        assert_eq!(log.faults(), [(None, Some(2), Fault::Missing(2))]);
        assert_eq!(log.report().unsealed, 2);
    }
}

#[test]
fn swapped_rows_spoil_the_root() {
    let mut log = log();
    log.lines[1] = row_line(1, Some(2));
    log.lines[2] = row_line(2, Some(1));
    assert_eq!(log.faults(), [(None, None, Fault::Root)]);
}

#[test]
fn added_rows_are_named() {
    let mut log = log();
    log.lines.push(row_line(9, Some(1)));
    let taken = Fault::PositionTwice(row_id(1));
    assert_eq!(log.faults(), [(Some(row_id(9)), Some(1), taken)]);
    let line = log.lines[2].clone();
    log.lines[4] = line;
    assert_eq!(
        log.faults(),
        [
            (Some(row_id(2)), Some(2), Fault::RowTwice),
            (Some(row_id(2)), Some(2), Fault::PositionTwice(row_id(2)))
        ]
    );
    let foreign = Record {
        tenant_id: row_id(7),
        ..record(9)
    };
    let (json, leaf) = (foreign.to_json().unwrap(), foreign.leaf().unwrap());
    log.lines[4] = super::line(&json, &leaf, None, None).unwrap();
    assert_eq!(log.faults(), [(Some(row_id(9)), None, Fault::Tenant)]);
}

#[test]
fn lines_that_are_no_rows_are_named_by_number() {
    let good = row_line(3, None);
    let member = |name: &str| Fault::Member(name.to_owned());
    for (line, fault) in [
        ("[]".to_owned(), member("trace_id")),
        (good.replace("\"trace_id\"", "\"trace\""), member("trace")),
        (
            good.replace("\"trace_id\":\"04", "\"trace_id\":\"x4"),
            member("trace_id"),
        ),
        (
            good.replace("\"tenant_id\":\"ee", "\"tenant_id\":\"xe"),
            member("tenant_id"),
        ),
        (good.replace("\"leaf\":\"", "\"leaf\":\"a"), member("leaf")),
        (
            good.replace("\"v\":1", "\"v\":1,\"position\":-1"),
            member("position"),
        ),
        (
            good.replace("\"v\":1", "\"v\":1,\"payload_digest\":null"),
            member("payload_digest"),
        ),
        (
            good.replace("\"v\":1", "\"v\":1,\"colour\":1"),
            member("colour"),
        ),
        (good.replace("\"v\":1", "\"v\":2"), Fault::Version),
        (good.replace("\"v\":1,", ""), Fault::Version),
    ] {
        assert_ne!(line, good);
        let mut log = log();
        log.lines[3] = line;
        let problem = Problem {
            line: Some(4),
            trace_id: None,
            position: None,
            fault,
        };
        assert_eq!(log.report().problems, [problem]);
    }
    for line in ["{", "{\"v\":1,\"v\":1}", "{\"v\":1e400}"] {
        let mut log = log();
        log.lines[3] = line.to_owned();
        let problems = log.report().problems;
        assert!(matches!(
            problems[..],
            [Problem {
                line: Some(4),
                fault: Fault::Json(_),
                ..
            }]
        ));
    }
}

#[test]
fn a_checkpoint_of_nobody_is_refused() {
    let log = log();
    assert!(verify_export(&log.lines, &log.note, &[]).is_err());
    assert!(
        verify_export(
            &log.lines,
            &log.note.replace("\n3\n", "\n2\n"),
            &log.verifiers
        )
        .is_err()
    );
    assert!(verify_export(&log.lines, "", &log.verifiers).is_err());
}

#[test]
fn a_checkpoint_of_another_log_spoils_the_root() {
    let (log, mut other) = (log(), log());
    let mut lines = log.lines.clone();
    lines[0] = row_line(8, Some(0));
    other.lines = lines;
    assert_eq!(other.faults(), [(None, None, Fault::Root)]);
}

#[test]
fn an_empty_log_has_an_empty_export() {
    let signer = Signer::generate("a").unwrap();
    let verifiers = [signer.verifier()];
    let checkpoint = Checkpoint {
        origin: "a".to_owned(),
        size: 0,
        root: tree::root(&[], &[]),
    };
    let note = checkpoint.sign(&[signer]).unwrap();
    let none: [&str; 0] = [];
    let report = verify_export(none, &note, &verifiers).unwrap();
    assert_eq!((report.verified, report.problems), (0, vec![]));
}

#[test]
fn problems_read_well() {
    let mut log = log();
    log.lines[1] = log.lines[1].replace("\"ok\"", "\"OK\"");
    log.lines[2] = "{".to_owned();
    let texts: Vec<_> = log
        .report()
        .problems
        .iter()
        .map(Problem::to_string)
        .collect();
    assert_eq!(
        texts,
        [
            "line 2, row 02020202-0202-0202-0202-020202020202, position 1: \
             the record was changed: it does not have the leaf hash of the log",
            "line 3, not readable: invalid JSON at line 1 column 1",
            "position 2: no row up to position 2: removed, or left out of the export",
        ]
    );
}
