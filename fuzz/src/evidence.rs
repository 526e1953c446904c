//! The evidence of a proof.

use std::sync::LazyLock;

use serde_json::{Value, json};
use tenancy_core::evidence::document::{Document, sign, verify};
use tenancy_core::evidence::format::{Format, render};
use tenancy_core::evidence::report::{FORMAT, Report};
use tenancy_core::trace::note::{Signer, Verifier};

use crate::{Target, text, texts};

static SIGNERS: LazyLock<Vec<Signer>> = LazyLock::new(|| {
    Signer::parse_file(include_str!("../../tests/fixtures/seal.key")).expect("keys")
});
static VERIFIERS: LazyLock<Vec<Verifier>> =
    LazyLock::new(|| SIGNERS.iter().map(Signer::verifier).collect());

fn report() -> Value {
    json!({
        "format": FORMAT,
        "run": {"id": "00000000-0000-0000-0000-000000000001", "started_at": "2026-11-23T05:00:00Z", "ended_at": "2026-11-23T05:01:00Z", "prover": "auditor", "seed": "7"},
        "verdict": "fail",
        "system": {"database": "d", "system_identifier": "1", "server_version": "18.4", "extension_version": "0.1.0", "settings": [{"name": "tenancy.guard", "value": "enforce"}]},
        "coverage": {"protected_tables": 1, "proved_tables": 1, "known_tenants": 2, "probed_tenants": 2, "probed_pairs": 2, "limits": ["none"]},
        "tenants": [{"id": "00000000-0000-0000-0000-00000000000a", "slug": "<script>"}],
        "checks": [{"id": "row_security_off", "severity": "critical", "title": "t", "why": "w", "findings": 1}],
        "findings": [{"check_id": "row_security_off", "severity": "critical", "object": "app.\"x\ny\"", "message": "m", "remediation": "ALTER TABLE …"}],
        "tables": [{"name": "app.note", "root": "app.note", "owner": "o", "tenant_column": "tenant_id", "scope_column": null, "shared": false, "read_grants": 0, "rows_seen": 3,
            "policies": [{"name": "p", "kind": "restrictive", "command": "select", "roles": ["PUBLIC"], "using": "true", "check": null}], "privileges": ["app SELECT"]}],
        "roles": [{"name": "app", "kinds": ["application"], "login": true}],
        "probes": [{"table": "app.note", "verb": "read", "role": "app", "statement": "SELECT", "expected": "no rows", "outcomes": [{"pass": true, "outcome": "none", "sqlstate": null, "pairs": 2}]}],
        "comparisons": []
    })
}

fn documents() -> Vec<String> {
    let report: Report = serde_json::from_value(report()).expect("a report");
    let signed = sign(report.clone(), &SIGNERS).expect("a document");
    let unsigned = Document { report, note: None };
    [signed, unsigned]
        .iter()
        .map(|document| document.to_json().expect("JSON"))
        .collect()
}

/// A document is written as it was read, and one that is believed was signed; whatever it holds, it can be handed out.
pub const DOCUMENT: Target = Target {
    name: "evidence",
    run: |bytes| {
        let text = text(bytes);
        let Ok(document) = Document::parse(text) else {
            return;
        };
        let json = document.to_json().expect("what was read is written");
        assert_eq!(Document::parse(&json).as_ref(), Ok(&document));
        for format in Format::ALL {
            let _ = render(format, &document);
        }
        if verify(&document, &VERIFIERS).is_ok() {
            let genuine = documents();
            assert!(
                genuine
                    .first()
                    .and_then(|one| Document::parse(one).ok())
                    .is_some_and(|one| one.report == document.report),
                "a report that nobody signed is believed"
            );
        }
        let signed = sign(document.report, &SIGNERS).expect("a report that was read is signed");
        verify(&signed, &VERIFIERS).expect("what was signed is believed");
    },
    seeds: || texts(documents()),
};
