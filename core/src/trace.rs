//! The tamper-evident log of decisions.
//!
//! A [`record`] says who did what; its content ([`payload`]) is in it by digest only, so that it can be erased. The hash
//! of a record is a leaf of its tenant's Merkle [`tree`] (RFC 6962). A [`checkpoint`] is a tree's size and root, signed
//! as a [`note`]. From there on nothing in the log changes unseen: a [`proof`] shows that a record is in the tree of a
//! checkpoint or that one checkpoint's tree grew out of another's, and an [`export`] is checked against a checkpoint row
//! by row. Formats are those of C2SP (signed-note, tlog-checkpoint, tlog-proof, tlog-witness), so that other tools of
//! transparency logs can read them.

pub mod checkpoint;
pub mod export;
pub mod horizon;
pub mod note;
pub mod payload;
pub mod proof;
pub mod record;
pub mod tree;

use data_encoding::BASE64;

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// SHA-256 of the parts, one after another.
pub(crate) fn sha256(parts: &[&[u8]]) -> Hash {
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut hash = [0; 32];
    for (to, from) in hash.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    hash
}

/// What base64 says in its one spelling: with padding at its end only. The decoder alone takes parts with padding of their
/// own, one after another.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let whole = !text.trim_end_matches('=').contains('=');
    whole.then(|| BASE64.decode(text.as_bytes()).ok()).flatten()
}

/// The leaf hash of RFC 6962, which begins with a zero byte so that no leaf passes for a node.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    sha256(&[&[0], entry])
}
