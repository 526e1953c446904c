//! The real `tenancy-verify`, on files: what it says and how it ends.

mod command;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use command::{Directory, run};
use tenancy_core::trace::Hash;
use tenancy_core::trace::checkpoint::Checkpoint;
use tenancy_core::trace::export;
use tenancy_core::trace::note::Signer;
use tenancy_core::trace::payload::Payload;
use tenancy_core::trace::proof::{Consistency, Inclusion};
use tenancy_core::trace::record::Record;
use tenancy_core::trace::tree;
use uuid::Uuid;

/// A log of 300 sealed rows and one that isn't, in files.
struct Log {
    directory: Directory,
    signers: Vec<Signer>,
    leaves: Vec<Hash>,
    lines: Vec<String>,
    key: String,
    checkpoint: String,
}

const SIZE: u64 = 300;
const ORIGIN: &str = "db.example/decisions/acme";

impl Log {
    fn new(test: &str) -> Self {
        let directory = Directory::new(test);
        let signer = Signer::generate("db.example/decisions").unwrap();
        let other = Signer::generate("db.example/decisions").unwrap();
        let keys = format!("# present\n{}\n{}\n", signer.verifier(), other.verifier());
        let key = directory.write("key", keys);
        let payload = Payload {
            query: Some("who?"),
            ..Payload::default()
        };
        let mut lines = Vec::new();
        let mut leaves = Vec::new();
        for number in 0..=SIZE {
            let record = Record {
                trace_id: Uuid::from_u128(number.into()),
                tenant_id: Uuid::from_u128(1 << 64),
                scope: "{}",
                recorded_at: 1_700_000_000_000_000,
                kind: "llm_call",
                outcome: Some("ok"),
                payload_digest: payload.digest(&[3; 16]).unwrap(),
                ..Record::default()
            };
            let (json, leaf) = (record.to_json().unwrap(), record.leaf().unwrap());
            let position = (number < SIZE).then_some(number);
            let kept = (number % 2 == 0).then_some((&payload, &[3; 16]));
            lines.push(export::line(&json, &leaf, position, kept).unwrap());
            leaves.push(leaf);
        }
        leaves.truncate(SIZE as usize);
        let mut log = Self {
            directory,
            signers: vec![signer],
            leaves,
            lines,
            key,
            checkpoint: String::new(),
        };
        let note = log.note(SIZE);
        log.checkpoint = log.directory.write("checkpoint", note);
        log
    }

    fn tile(&self, number: u64) -> Result<Vec<Hash>, std::convert::Infallible> {
        let tile = self.leaves.chunks(tree::TILE).nth(number as usize);
        Ok(tile.unwrap_or_default().to_vec())
    }

    fn roots(&self) -> Vec<Hash> {
        self.leaves
            .chunks_exact(tree::TILE)
            .map(tree::tile_root)
            .collect()
    }

    /// The signed checkpoint at a size.
    fn note(&self, size: u64) -> String {
        let leaves = self.leaves[..size as usize].chunks_exact(tree::TILE);
        let last = leaves.remainder();
        let roots: Vec<Hash> = leaves.map(tree::tile_root).collect();
        let checkpoint = Checkpoint {
            origin: ORIGIN.to_owned(),
            size,
            root: tree::root(&roots, last),
        };
        checkpoint.sign(&self.signers).unwrap()
    }

    fn export(&self, lines: &[String]) -> (i32, String, String) {
        let input = lines.join("\n");
        run(
            &[
                "export",
                "--key",
                &self.key,
                "--checkpoint",
                &self.checkpoint,
            ],
            input.as_bytes(),
        )
    }
}

#[test]
fn a_new_key_signs_what_its_public_half_opens() {
    let directory = Directory::new("generate-key");
    let (private, public) = (directory.path("private"), directory.path("public"));
    let arguments = [
        "generate-key",
        "--name",
        "db.example/log",
        "--private",
        &private,
        "--public",
        &public,
    ];
    let (status, out, err) = run(&arguments, b"");
    assert_eq!((status, err.as_str()), (0, ""));
    let mode = |path: &str| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&private), 0o600);
    let signers = Signer::parse_file(&directory.read("private")).unwrap();
    assert_eq!(signers[0].name(), "db.example/log");
    assert_eq!(
        directory.read("public"),
        format!("{}\n", signers[0].verifier())
    );
    assert_eq!(out, directory.read("public"));

    // Nothing is ever overwritten, and no half of a pair left behind.
    let before = directory.read("private");
    let (status, _, err) = run(&arguments, b"");
    assert_eq!(status, 2, "{err}");
    assert_eq!(directory.read("private"), before);
    let third = directory.path("third");
    let (status, ..) = run(
        &[
            "generate-key",
            "--name",
            "a",
            "--private",
            &third,
            "--public",
            &public,
        ],
        b"",
    );
    assert_eq!((status, fs::metadata(&third).is_err()), (2, true));
    assert_eq!(directory.read("public"), out);
    let (status, _, err) = run(
        &[
            "generate-key",
            "--name",
            "a b",
            "--private",
            &third,
            "--public",
            &third,
        ],
        b"",
    );
    assert_eq!((status, fs::metadata(&third).is_err()), (2, true));
    assert!(err.contains("name"), "{err}");
}

#[test]
fn a_checkpoint_is_shown_if_it_is_signed() {
    let log = Log::new("checkpoint");
    let (status, out, err) = run(&["checkpoint", "--key", &log.key, &log.checkpoint], b"");
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(out.starts_with("db.example/decisions/acme\n300\n"), "{out}");

    let note = log.note(SIZE);
    let arguments = ["checkpoint", "--key", &log.key, "--origin", ORIGIN, "-"];
    assert_eq!(run(&arguments, note.as_bytes()).0, 0);
    assert_eq!(
        run(&["checkpoint", "--key", &log.key], note.as_bytes()).0,
        0
    );
    let (status, out, err) = run(&arguments, note.replace("\n300\n", "\n301\n").as_bytes());
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(
        err.contains("signature of \"db.example/decisions\" is wrong"),
        "{err}"
    );
    let (status, out, err) = run(
        &["checkpoint", "--key", &log.key, "--origin", "other"],
        note.as_bytes(),
    );
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(
        err.contains("of another log, db.example/decisions/acme"),
        "{err}"
    );
    assert_eq!(run(&arguments, b"").0, 1);
}

#[test]
fn an_export_is_verified() {
    let log = Log::new("export");
    let (status, out, err) = log.export(&log.lines);
    assert_eq!((status, err.as_str()), (0, ""));
    let summary = "db.example/decisions/acme: 300 of 300 rows verified, 150 of them redacted, 1 not sealed by this \
                   checkpoint, 0 problems\n";
    assert_eq!(out, summary);
    let file = log.directory.write("export", log.lines.join("\n"));
    let arguments = [
        "export",
        "--key",
        &log.key,
        "--checkpoint",
        &log.checkpoint,
        "--origin",
        ORIGIN,
        &file,
    ];
    assert_eq!(run(&arguments, b""), (0, out, err));
}

#[test]
fn a_tampered_export_is_refused_and_the_row_named() {
    let log = Log::new("tampered");
    let id = "row 00000000-0000-0000-0000-000000000007, position 7: ";
    let (status, out, err) = {
        let mut lines = log.lines.clone();
        lines[7] = lines[7].replace("\"ok\"", "\"no\"");
        log.export(&lines)
    };
    assert_eq!(status, 1);
    assert!(
        out.starts_with(&format!("line 8, {id}the record was changed")),
        "{out}"
    );
    assert!(
        out.contains("299 of 300 rows verified") && out.contains("1 problems"),
        "{out}"
    );
    assert_eq!(err, "tenancy-verify: the export does not verify\n");

    let mut lines = log.lines.clone();
    lines.remove(7);
    let (status, out, _) = log.export(&lines);
    assert_eq!(status, 1);
    assert!(out.starts_with("position 7: no row"), "{out}");

    let mut lines = log.lines.clone();
    lines[8] = lines[8].replace("who?", "what?");
    let (status, out, _) = log.export(&lines);
    assert_eq!(status, 1);
    assert!(out.contains("position 8: the payload was changed"), "{out}");

    assert_eq!(log.export(&[]).0, 1);
    let arguments = ["export", "--key", &log.key, "--checkpoint", &log.checkpoint];
    let mut bytes = log.lines.join("\n").into_bytes();
    bytes[60] = 0xff;
    assert_eq!(run(&arguments, &bytes).0, 1);
}

#[test]
fn what_is_no_text_or_has_no_end_is_refused() {
    let mut log = Log::new("no_text");
    let arguments = [
        "export",
        "--key",
        &log.key,
        "--checkpoint",
        &log.checkpoint,
        "-",
    ];
    // U+FFFD stands for bytes that are no text, and is not the same.
    let payload = Payload {
        query: Some("\u{fffd}"),
        ..Payload::default()
    };
    let record = Record {
        trace_id: Uuid::from_u128(7 << 64),
        tenant_id: Uuid::from_u128(1 << 64),
        scope: "{}",
        recorded_at: 1_700_000_000_000_000,
        kind: "llm_call",
        payload_digest: payload.digest(&[3; 16]).unwrap(),
        ..Record::default()
    };
    let (json, leaf) = (record.to_json().unwrap(), record.leaf().unwrap());
    let line = export::line(&json, &leaf, None, Some((&payload, &[3; 16]))).unwrap();
    log.lines.push(line);
    let good = log.lines.join("\n").into_bytes();
    assert_eq!(run(&arguments, &good).0, 0);
    let at = good
        .windows(3)
        .position(|bytes| bytes == b"\xef\xbf\xbd")
        .unwrap();
    let bad = [&good[..at], b"\xff", &good[at + 3..]].concat();
    let (status, out, _) = run(&arguments, &bad);
    assert_eq!(status, 1);
    assert!(out.starts_with("line 302, not readable: "), "{out}");

    let endless = vec![b' '; 17 << 20];
    let (status, _, err) = run(&arguments, &endless);
    assert_eq!(status, 2);
    assert!(
        err.contains("a line is longer than any of an export"),
        "{err}"
    );
    let (status, _, err) = run(&["checkpoint", "--key", &log.key, "-"], &endless);
    assert_eq!(status, 2);
    assert!(err.contains("it is longer than 16 MiB"), "{err}");
}

#[test]
fn a_row_is_shown_to_be_in_the_log() {
    let log = Log::new("inclusion");
    let proof = |position| {
        let hashes =
            tree::inclusion(position, SIZE, &log.roots(), |number| log.tile(number)).unwrap();
        Inclusion {
            extra: None,
            position,
            hashes,
            checkpoint: log.note(SIZE),
        }
        .to_text()
    };
    let row = log.directory.write("row", format!("{}\n", log.lines[270]));
    let arguments = ["inclusion", "--key", &log.key, "--row", &row];
    let (status, out, err) = run(&arguments, proof(270).as_bytes());
    assert_eq!((status, err.as_str()), (0, ""));
    assert_eq!(
        out,
        "db.example/decisions/acme: row 00000000-0000-0000-0000-00000000010e is at position 270 of 300\n"
    );
    for text in [
        proof(271),
        proof(270).replace("index 270", "index 271"),
        "no proof".to_owned(),
        String::new(),
    ] {
        let (status, out, _) = run(&arguments, text.as_bytes());
        assert_eq!((status, out.as_str()), (1, ""), "{text}");
    }
    let other = [
        "inclusion",
        "--key",
        &log.key,
        "--origin",
        "other",
        "--row",
        &row,
    ];
    assert_eq!(run(&other, proof(270).as_bytes()).0, 1);
    log.directory
        .write("row", log.lines[270].replace("\"ok\"", "\"no\""));
    let (status, _, err) = run(&arguments, proof(270).as_bytes());
    assert_eq!(status, 1);
    assert!(err.contains("the record was changed"), "{err}");
}

#[test]
fn a_log_is_shown_to_have_grown_only() {
    let log = Log::new("consistency");
    let proof = |old| {
        let hashes = tree::consistency(old, SIZE, &log.roots(), |number| log.tile(number)).unwrap();
        Consistency {
            old,
            hashes,
            checkpoint: log.note(SIZE),
        }
        .to_text()
    };
    let old = log.directory.write("old", log.note(100));
    let arguments = [
        "consistency",
        "--key",
        &log.key,
        "--origin",
        ORIGIN,
        "--old",
        &old,
    ];
    let (status, out, err) = run(&arguments, proof(100).as_bytes());
    assert_eq!((status, err.as_str()), (0, ""));
    assert_eq!(
        out,
        "db.example/decisions/acme: the log of 300 rows begins with that of 100 rows\n"
    );
    for text in [
        proof(99),
        proof(100).replace("old 100", "old 99"),
        String::new(),
    ] {
        let (status, out, _) = run(&arguments, text.as_bytes());
        assert_eq!((status, out.as_str()), (1, ""), "{text}");
    }
    // Another history of the same length.
    let forked = Checkpoint {
        origin: ORIGIN.to_owned(),
        size: 100,
        root: [1; 32],
    };
    log.directory
        .write("old", forked.sign(&log.signers).unwrap());
    let (status, _, err) = run(&arguments, proof(100).as_bytes());
    assert_eq!(status, 1);
    assert!(err.contains("does not lead to the root"), "{err}");
}

#[test]
fn what_cannot_be_asked_ends_with_two() {
    let log = Log::new("usage");
    let missing = log.directory.path("missing");
    let binary = log.directory.write("binary", [0xff, 0xfe]);
    let empty = log.directory.write("empty", "");
    let note = log.note(SIZE);
    for arguments in [
        &[][..],
        &["frobnicate"],
        &["checkpoint"],
        &["checkpoint", "--key", &missing],
        &["checkpoint", "--key", &empty],
        &["checkpoint", "--key", &binary],
        &["checkpoint", "--key", &log.checkpoint],
        &["checkpoint", "--key", &log.key, &missing],
        &["checkpoint", "--key", &log.key, &binary],
        &["export", "--key", &log.key],
        &["export", "--key", &log.key, "--checkpoint", &missing],
        &[
            "export",
            "--key",
            &log.key,
            "--checkpoint",
            &log.checkpoint,
            &missing,
        ],
        &["inclusion", "--key", &log.key],
        &["consistency", "--key", &log.key, "--old", &missing],
        &["generate-key", "--name", "a", "--private", &missing],
    ] {
        let (status, out, err) = run(arguments, note.as_bytes());
        assert_eq!((status, out.as_str()), (2, ""), "{arguments:?}");
        assert!(!err.is_empty());
    }
    assert_eq!(run(&["--help"], b"").0, 0);
}

#[test]
fn a_key_serves_each_tenants_log_under_another_name() {
    let directory = Directory::new("of-a-tenant");
    let signer = Signer::generate("db.example").unwrap();
    let key = directory.write("key", signer.verifier().to_string());
    let (acme, globex) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let of_acme = signer.of_log(&acme).unwrap();
    let checkpoint = Checkpoint {
        origin: of_acme.name().to_owned(),
        size: 0,
        root: tree::root(&[], &[]),
    };
    let note = checkpoint.sign(&[of_acme]).unwrap();
    let ask = |tenant: &[&str]| {
        let arguments = [&["checkpoint", "--key", &key], tenant].concat();
        run(&arguments, note.as_bytes()).0
    };
    assert_eq!(ask(&["--tenant", &acme.to_string()]), 0);
    assert_eq!(ask(&["--tenant", &globex.to_string()]), 1);
    assert_eq!(ask(&[]), 1);
    assert_eq!(ask(&["--tenant", "acme"]), 2);
    // As psql writes it.
    let arguments = ["checkpoint", "--key", &key, "--tenant", &acme.to_string()];
    assert_eq!(run(&arguments, format!("{note}\n").as_bytes()).0, 0);
}
