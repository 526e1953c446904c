//! Proofs as text: that a record is in a log (C2SP tlog-proof) and that a log only grew (the request to a C2SP
//! tlog-witness). Each ends with the signed checkpoint that it is about.

use data_encoding::BASE64;

use super::Hash;
use super::checkpoint::{Checkpoint, CheckpointError, parse_decimal, parse_hash};
use super::note::{self, Verifier};
use super::tree::{self, ProofError};

/// How a proof of inclusion begins.
const INCLUSION: &str = "c2sp.org/tlog-proof@v1";

/// Most hashes of a proof; a tree of 2^63 leaves has no longer ones.
const MAX_HASHES: usize = 63;

/// Why a text isn't a proof, or doesn't prove anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofTextError {
    /// Not in the format; says where.
    #[error("the proof has no valid {0}")]
    Malformed(&'static str),
    /// The checkpoint below it isn't to be believed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The old checkpoint and the proof are of different logs.
    #[error("the checkpoints are of different logs")]
    Origin,
    /// The proof begins at another size than the old checkpoint has.
    #[error("the proof begins at size {proof}, the earlier checkpoint has size {checkpoint}")]
    OldSize {
        /// The size in the proof.
        proof: u64,
        /// The size in the checkpoint.
        checkpoint: u64,
    },
    /// The hashes don't fit.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

/// That a leaf is at a position of the tree of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion {
    /// Data of the application, which nothing vouches for.
    pub extra: Option<Vec<u8>>,
    /// Where the leaf is, from 0.
    pub position: u64,
    /// From [`tree::inclusion`].
    pub hashes: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: String,
}

/// That the tree of a checkpoint begins with an older one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consistency {
    /// The older tree's size.
    pub old: u64,
    /// From [`tree::consistency`].
    pub hashes: Vec<Hash>,
    /// The signed checkpoint of the newer tree.
    pub checkpoint: String,
}

impl Inclusion {
    /// The proof as text.
    pub fn to_text(&self) -> String {
        let mut text = format!("{INCLUSION}\n");
        if let Some(extra) = &self.extra {
            text.push_str(&format!("extra {}\n", BASE64.encode(extra)));
        }
        text.push_str(&format!("index {}\n", self.position));
        push_rest(&mut text, &self.hashes, &self.checkpoint);
        text
    }

    /// Reads a proof. Whether it proves anything, [`Self::check`] says.
    ///
    /// # Errors
    /// [`ProofTextError::Malformed`] or what is wrong with the note at its end.
    pub fn parse(text: &str) -> Result<Self, ProofTextError> {
        let (head, checkpoint) = split(text)?;
        let mut lines = head.lines().peekable();
        if lines.next() != Some(INCLUSION) {
            return Err(ProofTextError::Malformed("first line"));
        }
        let extra = match lines.next_if(|line| line.starts_with("extra ")) {
            None => None,
            Some(line) => {
                let extra = line.strip_prefix("extra ").unwrap_or_default();
                let extra = BASE64.decode(extra.as_bytes());
                Some(extra.map_err(|_| ProofTextError::Malformed("extra data"))?)
            }
        };
        let position = lines.next().and_then(|line| line.strip_prefix("index "));
        let position = position.and_then(parse_decimal);
        Ok(Self {
            extra,
            position: position.ok_or(ProofTextError::Malformed("index"))?,
            hashes: parse_hashes(lines)?,
            checkpoint: checkpoint.to_owned(),
        })
    }

    /// Checks the checkpoint's signature and that the leaf is in its tree; gives the checkpoint.
    ///
    /// # Errors
    /// [`ProofTextError`].
    pub fn check(&self, leaf: &Hash, verifiers: &[Verifier]) -> Result<Checkpoint, ProofTextError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, verifiers)?;
        tree::check_inclusion(
            leaf,
            self.position,
            checkpoint.size,
            &self.hashes,
            &checkpoint.root,
        )?;
        Ok(checkpoint)
    }
}

impl Consistency {
    /// The proof as text.
    pub fn to_text(&self) -> String {
        let mut text = format!("old {}\n", self.old);
        push_rest(&mut text, &self.hashes, &self.checkpoint);
        text
    }

    /// Reads a proof. Whether it proves anything, [`Self::check`] says.
    ///
    /// # Errors
    /// [`ProofTextError::Malformed`] or what is wrong with the note at its end.
    pub fn parse(text: &str) -> Result<Self, ProofTextError> {
        let (head, checkpoint) = split(text)?;
        let mut lines = head.lines();
        let old = lines.next().and_then(|line| line.strip_prefix("old "));
        let old = old.and_then(parse_decimal);
        Ok(Self {
            old: old.ok_or(ProofTextError::Malformed("old size"))?,
            hashes: parse_hashes(lines)?,
            checkpoint: checkpoint.to_owned(),
        })
    }

    /// Checks the newer checkpoint's signature and that its tree begins with that of `old`, which the caller has
    /// checked; gives the newer checkpoint.
    ///
    /// # Errors
    /// [`ProofTextError`].
    pub fn check(
        &self,
        old: &Checkpoint,
        verifiers: &[Verifier],
    ) -> Result<Checkpoint, ProofTextError> {
        let new = Checkpoint::open(&self.checkpoint, verifiers)?;
        if old.origin != new.origin {
            return Err(ProofTextError::Origin);
        }
        if old.size != self.old {
            return Err(ProofTextError::OldSize {
                proof: self.old,
                checkpoint: old.size,
            });
        }
        tree::check_consistency(old.size, new.size, &old.root, &new.root, &self.hashes)?;
        Ok(new)
    }
}

fn push_rest(text: &mut String, hashes: &[Hash], checkpoint: &str) {
    for hash in hashes {
        text.push_str(&BASE64.encode(hash));
        text.push('\n');
    }
    text.push('\n');
    text.push_str(checkpoint);
}

/// The lines of a proof, and the checkpoint below the first empty line.
fn split(text: &str) -> Result<(&str, &str), ProofTextError> {
    let (head, checkpoint) = text
        .split_once("\n\n")
        .ok_or(ProofTextError::Malformed("checkpoint"))?;
    note::text_unverified(checkpoint).map_err(CheckpointError::from)?;
    if head.contains('\r') {
        return Err(ProofTextError::Malformed("line"));
    }
    Ok((head, checkpoint))
}

fn parse_hashes<'t>(lines: impl Iterator<Item = &'t str>) -> Result<Vec<Hash>, ProofTextError> {
    let mut hashes = Vec::new();
    for line in lines {
        if hashes.len() >= MAX_HASHES {
            return Err(ProofTextError::Malformed("number of hashes"));
        }
        hashes.push(parse_hash(line).ok_or(ProofTextError::Malformed("hash"))?);
    }
    Ok(hashes)
}
