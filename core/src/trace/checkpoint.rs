//! A checkpoint: how large a log was and the root of its tree then (C2SP tlog-checkpoint), signed as a note.

use data_encoding::BASE64;

use super::Hash;
use super::note::{self, NoteError, Signer, Verifier};

/// A tree's head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log it is of, the same for ever and no other's.
    pub origin: String,
    /// How many leaves the tree has.
    pub size: u64,
    /// The tree's root.
    pub root: Hash,
}

/// Why a text isn't a checkpoint, or not one to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note around it isn't right.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The text isn't that of a checkpoint; says which part of it.
    #[error("the checkpoint has no valid {0}")]
    Malformed(&'static str),
}

impl Checkpoint {
    /// The text that is signed: origin, size and root, a line each.
    pub fn to_text(&self) -> String {
        format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            BASE64.encode(&self.root)
        )
    }

    /// Reads such a text. Extension lines, which others may add, are read over.
    ///
    /// # Errors
    /// [`CheckpointError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let text = text
            .strip_suffix('\n')
            .ok_or(CheckpointError::Malformed("last line"))?;
        let mut lines = text.split('\n');
        let origin = lines.next().filter(|origin| !origin.is_empty());
        let origin = origin
            .ok_or(CheckpointError::Malformed("origin"))?
            .to_owned();
        let size = lines.next().and_then(parse_decimal);
        let size = size.ok_or(CheckpointError::Malformed("size"))?;
        let root = lines.next().and_then(parse_hash);
        let root = root.ok_or(CheckpointError::Malformed("root"))?;
        if lines.any(str::is_empty) {
            return Err(CheckpointError::Malformed("extension lines"));
        }
        Ok(Self { origin, size, root })
    }

    /// Signs it.
    ///
    /// # Errors
    /// [`CheckpointError`] for an origin that is empty or has a control character in it, or without a key.
    pub fn sign(&self, signers: &[Signer]) -> Result<String, CheckpointError> {
        let text = self.to_text();
        if Self::parse(&text).as_ref() != Ok(self) {
            return Err(CheckpointError::Malformed("origin"));
        }
        Ok(note::sign(&text, signers)?)
    }

    /// Reads a signed checkpoint that one of the keys signed.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn open(note: &str, verifiers: &[Verifier]) -> Result<Self, CheckpointError> {
        Self::parse(note::verify(note, verifiers)?)
    }
}

/// A number in decimal without leading zeros.
pub(super) fn parse_decimal(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with('0');
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    (canonical && digits).then(|| text.parse().ok()).flatten()
}

/// A hash in base64.
pub(super) fn parse_hash(text: &str) -> Option<Hash> {
    BASE64.decode(text.as_bytes()).ok()?.try_into().ok()
}
