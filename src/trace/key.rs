//! The file with the keys that sign checkpoints. It lies outside the database: who can write every table still cannot
//! sign.

use pgrx::Spi;
use tenancy_core::trace::Hash;
use tenancy_core::trace::checkpoint::Checkpoint;
use tenancy_core::trace::note::{Signer, Verifier};
use uuid::Uuid;

use crate::error::{Error, Result};
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
    let text = std::fs::read_to_string(&path).map_err(|e| unusable(e.kind().to_string()))?;
    let signers = Signer::parse_file(&text).map_err(|e| unusable(e.to_string()))?;
    if signers.is_empty() {
        return Err(unusable("it holds no key".into()));
    }
    Ok(signers)
}

/// The keys that have signed.
pub fn known() -> Result<Vec<String>> {
    query::column(
        "SELECT k.verifier FROM tenancy.trace_key k ORDER BY k.first_used",
        &[],
    )
}

/// What is wrong when none of the file's keys has ever signed; nothing can be said where there is no file.
pub fn strange(verifiers: &[Verifier]) -> Result<Option<&'static str>> {
    if guc::seal_key_file().is_empty() || verifiers.is_empty() {
        return Ok(None);
    }
    let known = |signer: &Signer| verifiers.iter().any(|known| *known == signer.verifier());
    Ok((!signers()?.iter().any(known))
        .then_some("tenancy.trace_key has none of the keys of tenancy.seal_key_file"))
}

/// Notes the keys. A new one must come in company of one that signed before: so a key that anybody else put there, or
/// that of another database, signs nothing.
pub fn adopt(signers: &[Signer]) -> Result<()> {
    let known = known()?;
    let verifiers: Vec<String> = signers.iter().map(|s| s.verifier().to_string()).collect();
    if !known.is_empty() && !verifiers.iter().any(|verifier| known.contains(verifier)) {
        return Err(Error::ForeignSealKey);
    }
    for verifier in verifiers.into_iter().filter(|v| !known.contains(v)) {
        Spi::run_with_args(
            "INSERT INTO tenancy.trace_key (verifier) VALUES ($1)",
            &[verifier.into()],
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
