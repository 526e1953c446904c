//! The file with the keys that sign checkpoints. It lies outside the database: who can write every table still cannot
//! sign.

use std::os::unix::fs::MetadataExt;

use pgrx::Spi;
use tenancy_core::quote::quoted;
use tenancy_core::trace::Hash;
use tenancy_core::trace::checkpoint::Checkpoint;
use tenancy_core::trace::note::{self, Signer, Verifier};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::query::Snapshot;
use crate::{guc, query};

/// Larger files are refused.
const MAX_FILE: u64 = 1 << 16;

/// The keys, the present one first.
pub fn signers() -> Result<Vec<Signer>> {
    let path = guc::seal_key_file();
    if path.is_empty() {
        return Err(Error::NoSealKey);
    }
    let unusable = |why: String| Error::SealKeyFile(why);
    let meta = std::fs::metadata(&path).map_err(|e| unusable(e.kind().to_string()))?;
    if !meta.is_file() || meta.len() > MAX_FILE {
        return Err(unusable("it is not a file of at most 64 KiB".into()));
    }
    // As Postgres has it for the key of its certificate.
    let others = if meta.uid() == 0 { 0o037 } else { 0o077 };
    if meta.mode() & others != 0 {
        return Err(unusable("others than its owner can read it".into()));
    }
    let text = std::fs::read_to_string(&path).map_err(|e| unusable(e.kind().to_string()))?;
    let signers = Signer::parse_file(&text).map_err(|e| unusable(e.to_string()))?;
    if signers.is_empty() {
        return Err(unusable("it holds no key".into()));
    }
    Ok(signers)
}

/// The same; none where no file is set up.
pub fn signers_if_set_up() -> Result<Vec<Signer>> {
    match signers() {
        Err(Error::NoSealKey) => Ok(Vec::new()),
        signers => signers,
    }
}

/// The first line of the note that goes with a key.
const SUCCESSION: &str = "pg_tenancy keys";

/// The public keys that have signed.
#[derive(Default)]
pub struct Known {
    /// Those that are believed.
    pub verifiers: Vec<Verifier>,
    /// What is wrong with the file, or with the others.
    pub problems: Vec<String>,
}

/// The keys that have signed. Those in the file are believed, and those that stand in a note signed with a key that is
/// believed: so a key that somebody else wrote into the table is not. Without a file there is only the table to go by.
pub fn known() -> Result<Known> {
    let mut known = Known::default();
    let mut others = Vec::new();
    query::each(
        Snapshot::Statement,
        "SELECT k.verifier, k.note FROM tenancy.trace_key k ORDER BY k.first_used, k.verifier",
        &[],
        |row| {
            let (verifier, note) = (row.get::<String>(1), row.get::<String>(2));
            match Verifier::parse(&verifier.unwrap_or_default()) {
                Ok(verifier) => others.push((verifier, note.unwrap_or_default())),
                Err(e) => known
                    .problems
                    .push(format!("tenancy.trace_key holds what is no key: {e}")),
            }
            Ok(())
        },
    )?;
    let file = match signers() {
        Ok(signers) => signers.iter().map(Signer::verifier).collect(),
        Err(Error::NoSealKey) => Vec::new(),
        Err(error) => {
            known.problems.push(error.message());
            Vec::new()
        }
    };
    if !others.iter().any(|(verifier, _)| file.contains(verifier)) {
        if !file.is_empty() && !others.is_empty() {
            let strange = "tenancy.trace_key has none of the keys of tenancy.seal_key_file";
            known.problems.push(strange.into());
        }
        known.verifiers = others.into_iter().map(|(verifier, _)| verifier).collect();
        return Ok(known);
    }
    let mut believed = file;
    while let Some(at) = others.iter().position(|(verifier, note)| {
        believed.contains(verifier) || vouched(verifier, note, &believed)
    }) {
        let (verifier, _) = others.swap_remove(at);
        known.verifiers.push(verifier.clone());
        believed.push(verifier);
    }
    for (verifier, _) in others {
        let name = quoted(verifier.name());
        known.problems.push(format!(
            "tenancy.trace_key holds a key {name} that no key of tenancy.seal_key_file vouches for"
        ));
    }
    Ok(known)
}

/// Whether a note that is signed with one of the keys names a key.
fn vouched(verifier: &Verifier, note: &str, by: &[Verifier]) -> bool {
    let name = verifier.to_string();
    note::verify(note, by).is_ok_and(|text| {
        let mut lines = text.lines();
        lines.next() == Some(SUCCESSION) && lines.any(|line| line == name)
    })
}

/// Writes the keys down, with a note that they sign together. A new one must come in company of one that signed before:
/// so a key that anybody else put there, or that of another database, signs nothing.
pub fn adopt(signers: &[Signer]) -> Result<()> {
    let known: Vec<String> = query::column("SELECT k.verifier FROM tenancy.trace_key k", &[])?;
    let verifiers: Vec<String> = signers.iter().map(|s| s.verifier().to_string()).collect();
    if verifiers.iter().all(|verifier| known.contains(verifier)) {
        return Ok(());
    }
    if !known.is_empty() && !verifiers.iter().any(|verifier| known.contains(verifier)) {
        return Err(Error::ForeignSealKey);
    }
    let text = format!("{SUCCESSION}\n{}\n", verifiers.join("\n"));
    let note = note::sign(&text, signers).map_err(|e| Error::SealKeyFile(e.to_string()))?;
    for verifier in verifiers {
        Spi::run_with_args(
            "INSERT INTO tenancy.trace_key (verifier, note) VALUES ($1, $2)
             ON CONFLICT (verifier) DO UPDATE SET note = excluded.note",
            &[verifier.into(), note.as_str().into()],
        )?;
    }
    Ok(())
}

/// Signs what a tenant's tree is.
pub fn sign(signers: &[Signer], tenant: Uuid, size: u64, root: Hash) -> Result<String> {
    let unusable = |e: &dyn std::fmt::Display| Error::SealKeyFile(e.to_string());
    let mut of_tenant = Vec::new();
    for signer in signers {
        of_tenant.push(signer.of_log(&tenant).map_err(|e| unusable(&e))?);
    }
    let first = of_tenant.first().ok_or(Error::NoSealKey)?;
    let checkpoint = Checkpoint {
        origin: first.name().to_owned(),
        size,
        root,
    };
    // Two keys of one name sign for the same log; a log has one origin.
    of_tenant.retain(|signer| signer.name() == checkpoint.origin);
    checkpoint.sign(&of_tenant).map_err(|e| unusable(&e))
}
