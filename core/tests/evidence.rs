//! Evidence: documents that are kept as they were, what is refused of others, and the real `tenancy-verify` on them.
//!
//! `tests/evidence/golden` has a run that passed and one that failed, with names that try to be something else. After a
//! change of format: `tests/evidence/sample.py good > …/pass.json`, `bad > …/fail.json`, and EVIDENCE_GOLDEN=write here.

mod command;

use std::fs;
use std::path::PathBuf;

use command::{Directory, run};
use serde_json::Value;
use tenancy_core::evidence::document::{self, DocumentError};
use tenancy_core::evidence::report::{Report, Severity, Verdict};
use tenancy_core::evidence::{Document, Format, render};
use tenancy_core::trace::note::{self, NoteError, Signer, Verifier};
use uuid::Uuid;

const GOLDEN: [&str; 2] = ["pass", "fail"];

fn file(name: &str) -> PathBuf {
    let tests = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests");
    tests.join(name)
}

fn signers() -> Vec<Signer> {
    Signer::parse_file(&fs::read_to_string(file("fixtures/seal.key")).unwrap()).unwrap()
}

fn verifiers() -> Vec<Verifier> {
    signers().iter().map(Signer::verifier).collect()
}

fn signer_of_evidence() -> Signer {
    signers()[0].of_evidence().unwrap()
}

fn golden(name: &str) -> Document {
    let text = fs::read_to_string(file(&format!("evidence/golden/{name}.json"))).unwrap();
    Document::parse(&text).unwrap()
}

/// What is refused, with all the ways a document can be refused.
fn open(text: &str) -> Result<Document, DocumentError> {
    let document = Document::parse(text)?;
    document::verify(&document, &verifiers())?;
    Ok(document)
}

fn must_be(name: &str, content: &str) {
    let path = file(&format!("evidence/golden/{name}"));
    if std::env::var_os("EVIDENCE_GOLDEN").is_some() {
        fs::write(&path, content).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap();
    assert!(
        kept == content,
        "{name} is not as it was; see git diff after EVIDENCE_GOLDEN=write"
    );
}

#[test]
fn signed_documents_and_tap_are_as_they_were() {
    must_be("seal.pub", &format!("{}\n", verifiers()[0]));
    for name in GOLDEN {
        let signed = document::sign(golden(name).report, &signers()).unwrap();
        must_be(&format!("{name}.json"), &signed.to_json().unwrap());
        must_be(
            &format!("{name}.tap"),
            &render(Format::Tap, &signed).unwrap(),
        );
    }
}

#[test]
fn a_document_says_who_signed_what() {
    for (name, verdict) in [("pass", Verdict::Pass), ("fail", Verdict::Fail)] {
        let document = golden(name);
        let (statement, signed_by) = document::verify(&document, &verifiers()).unwrap();
        assert_eq!(statement.origin, "pg_tenancy.test/evidence");
        assert_eq!(
            (statement.run, statement.verdict),
            (document.report.run.id, verdict)
        );
        assert_eq!(statement.digest, document.report.digest().unwrap());
        assert_eq!(signed_by, [verifiers()[0].of_evidence().unwrap()]);
        let note = document.note.as_deref().unwrap();
        let lines: Vec<&str> = note.lines().collect();
        assert_eq!(lines[0], "pg_tenancy.test/evidence");
        assert_eq!(lines[1], document.report.run.id.to_string());
        assert_eq!(lines[2], verdict.name());
        assert_eq!(lines[3], document.report.fingerprint().unwrap());
        assert!(lines[4].is_empty() && lines[5].starts_with("— pg_tenancy.test/evidence "));
    }
}

#[test]
fn the_report_in_the_text_is_what_was_signed() {
    let document = golden("fail");
    let text = document.to_json().unwrap();
    let report = document.report.canonical().unwrap();
    assert!(text.ends_with(&format!(",\"report\":{report}}}")));
    // Seeds of 64 bits are exact.
    assert!(report.contains("\"seed\":\"-9007199254740993\""));
}

#[test]
fn space_between_tokens_is_no_change_and_everything_else_is() {
    let text = fs::read_to_string(file("evidence/golden/fail.json")).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    let document = open(&text).unwrap();
    assert_eq!(
        open(&serde_json::to_string_pretty(&value).unwrap()).unwrap(),
        document
    );
    assert_eq!(open(&format!("\n{text}\r\n\t ")).unwrap(), document);

    let (note, report) = text.split_once(",\"report\":").unwrap();
    let other_order = format!(
        "{{\"report\":{},{}}}",
        report.strip_suffix('}').unwrap(),
        &note[1..]
    );
    assert_eq!(open(&other_order), Err(DocumentError::NotCanonical));
    let array = text.replacen(
        "{\"name\":\"row_security\",\"value\":\"on\"}",
        "[\"row_security\",\"on\"]",
        1,
    );
    assert_ne!(array, text);
    assert_eq!(open(&array), Err(DocumentError::NotCanonical));
    assert_eq!(
        open(&text.replacen("acme", "\\u0061cme", 1)),
        Err(DocumentError::NotCanonical)
    );
    assert_eq!(
        open(&text.replacen(",\"sqlstate\":null", "", 1)),
        Err(DocumentError::NotCanonical)
    );
    for malformed in [
        text.replacen(
            "\"verdict\":\"fail\"",
            "\"verdict\":\"fail\",\"verdict\":\"pass\"",
            1,
        ),
        text.replacen("\"verdict\":\"fail\"", "\"verdict\":\"fail\",\"more\":1", 1),
        text.replacen("\"verdict\":\"fail\"", "\"verdict\":\"FAIL\"", 1),
        text.replacen("\"seed\":\"-", "\"seed\":\"x", 1),
        text.replacen("\"findings\":1", "\"findings\":1.5", 1),
        text.replacen("\"listed\":[[0,3]", "\"listed\":[[0,3,4]", 1),
        text.replacen("\"listed\":[[0,3]", "\"listed\":[[-1,3]", 1),
        format!("{text}{text}"),
        String::new(),
        "{}".to_owned(),
        "[".repeat(1_000_000),
        format!("{{\"note\":{}", "[".repeat(1_000_000)),
    ] {
        assert!(
            matches!(open(&malformed), Err(DocumentError::Malformed(_))),
            "{}",
            &malformed[..malformed.len().min(99)]
        );
    }
    let later = text.replacen("pg_tenancy/evidence/1", "pg_tenancy/evidence/2", 1);
    assert_eq!(
        open(&later),
        Err(DocumentError::Format("pg_tenancy/evidence/2".to_owned()))
    );
    let endless = " ".repeat(document::MAX_BYTES + 1);
    assert_eq!(open(&endless), Err(DocumentError::TooLong));
}

#[test]
fn every_change_of_the_note_is_refused() {
    let text = fs::read_to_string(file("evidence/golden/pass.json")).unwrap();
    let end = text.find(",\"report\":").unwrap();
    for at in 0..end {
        for change in [1, 2, 0x20] {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= change;
            if let Ok(changed) = std::str::from_utf8(&bytes) {
                assert!(open(changed).is_err(), "byte {at}: {}", &changed[..end]);
            }
        }
    }
}

#[test]
fn only_a_note_of_this_report_by_a_key_for_evidence_counts() {
    let [pass, fail] = GOLDEN.map(golden);
    let mut document = pass.clone();
    document.note = None;
    let refused = |document: &Document| document::verify(document, &verifiers()).unwrap_err();
    assert_eq!(refused(&document), DocumentError::NotSigned);
    document.note = fail.note;
    assert_eq!(refused(&document), DocumentError::Differs("the verdict"));
    let mut document = pass.clone();
    document.report.run.id = Uuid::from_u128(1);
    assert_eq!(refused(&document), DocumentError::Differs("the run"));
    let mut document = pass.clone();
    document.report.system.database.push('x');
    assert_eq!(
        refused(&document),
        DocumentError::Differs("its fingerprint")
    );
    assert_eq!(
        document::verify(&pass, &[]).map(|_| ()),
        Err(NoteError::UnknownKeys("pg_tenancy.test/evidence".to_owned()).into())
    );

    // The same key, under the name that it has for a tenant's log or by itself.
    let text = note::text_unverified(pass.note.as_deref().unwrap()).unwrap();
    let signer = signers().remove(0);
    let of_log = signer.of_log(&Uuid::from_u128(1)).unwrap();
    for signer in [signer, of_log] {
        let mut document = pass.clone();
        document.note = Some(note::sign(text, &[signer]).unwrap());
        assert!(matches!(
            refused(&document),
            DocumentError::Note(NoteError::UnknownKeys(_))
        ));
    }
    // In the name of another key that is known.
    let other = Signer::generate("other.example").unwrap();
    let mut document = pass.clone();
    let ours = signer_of_evidence();
    let theirs = text.replacen(ours.name(), "other.example/evidence", 1);
    document.note = Some(note::sign(&theirs, &[ours]).unwrap());
    let both = [verifiers(), vec![other.verifier()]].concat();
    assert_eq!(
        document::verify(&document, &both).map(|_| ()),
        Err(DocumentError::Origin("other.example/evidence".to_owned()))
    );
    // A note of another kind by the right key: a checkpoint has three lines.
    let signer = signer_of_evidence();
    let lines: Vec<&str> = text.lines().collect();
    for text in [
        format!("{}\n300\n{}\n", lines[0], lines[3]),
        format!("{text}more\n"),
        format!("{}\n{}\npass\n\n", lines[0], lines[1]),
        format!("\n{}\n{}\n{}\n", lines[1], lines[2], lines[3]),
        format!("{}\n{}\nPASS\n{}\n", lines[0], lines[1], lines[3]),
        format!(
            "{}\n{}\n{}\n{}\n",
            lines[0],
            lines[1].to_uppercase(),
            lines[2],
            lines[3]
        ),
    ] {
        let mut document = pass.clone();
        document.note = Some(note::sign(&text, std::slice::from_ref(&signer)).unwrap());
        assert_eq!(refused(&document), DocumentError::Statement, "{text}");
    }
}

#[test]
fn old_and_new_keys_sign_together() {
    let new = Signer::generate("new.example").unwrap();
    let old = signers().remove(0);
    let keys = [new.verifier(), old.verifier()];
    let document = document::sign(golden("pass").report, &[new, old]).unwrap();
    for (verifiers, count) in [(&keys[..], 2), (&keys[..1], 1), (&keys[1..], 1)] {
        let (statement, signed_by) = document::verify(&document, verifiers).unwrap();
        assert_eq!(
            (statement.origin.as_str(), signed_by.len()),
            ("new.example/evidence", count)
        );
    }
    assert_eq!(
        document::sign(document.report, &[]),
        Err(NoteError::NoSigner.into())
    );
}

#[test]
fn a_pass_in_which_something_failed_or_nothing_was_tried_is_not_signed_read_or_shown() {
    type Spoil = fn(&mut Report, Report);
    let spoil: [Spoil; 8] = [
        |report, fail| report.checks = fail.checks,
        |report, fail| report.findings = fail.findings,
        |report, fail| report.probes = fail.probes,
        |report, fail| report.comparisons = fail.comparisons,
        |report, _| report.checks.clear(),
        |report, _| report.probes.clear(),
        |report, _| report.probes.iter_mut().for_each(|p| p.outcomes.clear()),
        |report, _| report.probes.iter_mut().for_each(|p| p.role = None),
    ];
    for spoil in spoil {
        let mut document = golden("pass");
        document.note = None;
        spoil(&mut document.report, golden("fail").report);
        let signed = document::sign(document.report.clone(), &signers());
        assert_eq!(signed, Err(DocumentError::Contradiction));
        let text = document.to_json().unwrap();
        assert_eq!(Document::parse(&text), Err(DocumentError::Contradiction));
        for format in Format::ALL {
            let shown = render(format, &document);
            assert_eq!(shown, Err(DocumentError::Contradiction.into()));
        }
        document.report.verdict = Verdict::Fail;
        assert!(Document::parse(&document.to_json().unwrap()).is_ok());
    }
}

#[test]
fn what_tenants_share_is_not_satisfied_where_a_key_tells() {
    let states = |document: &Document| -> Vec<String> {
        let text = render(Format::Oscal, document).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        let findings = &value["assessment-results"]["results"][0]["findings"];
        let state = |place: usize| findings[place]["target"]["status"]["state"].as_str();
        (0..2).filter_map(state).map(str::to_owned).collect()
    };
    let mut document = golden("pass");
    assert_eq!(states(&document), ["satisfied", "satisfied"]);
    for id in ["probe_key", "unique_key_without_tenant", "not_probed"] {
        document.report.verdict = Verdict::Fail;
        document.report.findings.truncate(1);
        let mut finding = document.report.findings[0].clone();
        (finding.check_id, finding.severity) = (id.to_owned(), Severity::High);
        document.report.findings.push(finding);
        assert_eq!(
            states(&document),
            ["not-satisfied", "not-satisfied"],
            "{id}"
        );
    }
}

#[test]
fn numbers_that_canonical_json_cannot_keep_are_not_signed() {
    let mut report = golden("pass").report;
    report.coverage.probed_pairs = (1 << 53) + 1;
    assert_eq!(
        document::sign(report, &signers()),
        Err(DocumentError::NoCanonicalForm)
    );
}

#[test]
fn formats_have_names() {
    for format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(format));
    }
    let error = "HTML\n".parse::<Format>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "unknown format of evidence \"HTML\\n\": it is json, html, oscal or tap"
    );
}

#[test]
fn a_page_tells_a_verdict_and_shows_names_for_what_they_are() {
    let page = render(Format::Html, &golden("pass")).unwrap();
    assert!(page.contains("<h1>Tenant isolation: passed</h1>"));
    assert!(page.contains(&golden("pass").report.fingerprint().unwrap()));
    let page = render(Format::Html, &golden("fail")).unwrap();
    assert!(page.contains("<h1>Tenant isolation: failed</h1>"));
    assert!(page.contains("5 protected tables were not part of it."));
    for hostile in [
        "<script",
        "<img",
        "<b>",
        "alert(1)\"",
        "\u{202e}",
        "\u{2066}",
        "\u{1b}",
        "shop & \"sons\"",
    ] {
        assert!(!page.contains(hostile), "{hostile:?}");
    }
    assert!(page.contains("globex⟨U+202E⟩xcod.exe"));
    assert_eq!(page.matches("<style>").count(), 1);
}

#[test]
fn the_command_says_a_verdict_only_of_what_it_verified() {
    let directory = Directory::new("evidence");
    let key = directory.write("key", verifiers()[0].to_string());
    let other = directory.write(
        "other",
        Signer::generate("other").unwrap().verifier().to_string(),
    );
    let pass = file("evidence/golden/pass.json")
        .to_str()
        .unwrap()
        .to_owned();
    let fail = file("evidence/golden/fail.json")
        .to_str()
        .unwrap()
        .to_owned();

    let (status, out, err) = run(&["evidence", "--key", &key, &pass], b"");
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(out.starts_with("verdict: pass\nrun: 0198f3c2-7d1e-7a44-9c52-3b1f6f0c2a11\ndatabase: \"shop\" of cluster "), "{out}");
    assert!(out.contains(&golden("pass").report.fingerprint().unwrap()));
    assert!(
        out.ends_with(&format!(
            "signed by: {}\n",
            verifiers()[0].of_evidence().unwrap()
        )),
        "{out}"
    );
    let text = fs::read(&pass).unwrap();
    assert_eq!(run(&["evidence", "--key", &key], &text), (0, out, err));

    let (status, out, err) = run(&["evidence", "--key", &key, &fail], b"");
    assert_eq!(
        (status, err.as_str()),
        (
            3,
            "tenancy-verify: the evidence verifies; its verdict is fail\n"
        )
    );
    assert!(out.starts_with("verdict: fail\n"), "{out}");

    // Nothing is said or shown of what does not verify.
    let changed = directory.write(
        "changed",
        String::from_utf8(text).unwrap().replace("18.1", "18.2"),
    );
    let (status, out, err) = run(&["evidence", "--key", &key, &changed], b"");
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(
        err.contains("the report is not the one that was signed"),
        "{err}"
    );
    for form in ["--html", "--oscal", "--tap"] {
        assert_eq!(run(&["evidence", "--key", &other, form, &pass], b"").0, 1);
        assert_eq!(run(&["evidence", "--key", &key, form, &changed], b"").1, "");
    }
    assert_eq!(run(&["evidence", "--key", &key, "-"], b"{}").0, 1);
    assert_eq!(run(&["evidence", "--key", &key, "-"], b"\xff").0, 2);
}

#[test]
fn the_command_shows_every_form() {
    let directory = Directory::new("evidence-forms");
    let key = directory.write("key", verifiers()[0].to_string());
    for (name, verdict) in [("pass", 0), ("fail", 3)] {
        let path = file(&format!("evidence/golden/{name}.json"))
            .to_str()
            .unwrap()
            .to_owned();
        for (form, format) in [
            ("--html", Format::Html),
            ("--oscal", Format::Oscal),
            ("--tap", Format::Tap),
        ] {
            let shown = render(format, &golden(name)).unwrap();
            let (status, out, _) = run(&["evidence", "--key", &key, form, &path], b"");
            assert_eq!((status, out == shown), (verdict, true), "{name} {form}");
            let (status, out, err) = run(&["evidence", "--unsigned", form, &path], b"");
            assert_eq!((status, out == shown), (1, true), "{name} {form}");
            assert_eq!(err, "tenancy-verify: the evidence was not verified\n");
        }
    }
    for arguments in [
        &["evidence"][..],
        &["evidence", "--key", &key, "--unsigned"],
        &["evidence", "--key", &key, "--tap", "--html"],
    ] {
        assert_eq!(run(arguments, b"").0, 2);
    }
}
