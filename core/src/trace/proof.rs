//! Proofs as text: that a record is in a log (C2SP tlog-proof) and that a log only grew (the request to a C2SP
//! tlog-witness). Each ends with the signed checkpoint that it is about.

use data_encoding::BASE64;

use super::checkpoint::{Checkpoint, CheckpointError, parse_decimal, parse_hash};
use super::note::{self, Verifier};
use super::tree::{self, ProofError};
use super::{Hash, from_base64};

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
                Some(from_base64(extra).ok_or(ProofTextError::Malformed("extra data"))?)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::leaf_hash;
    use crate::trace::note::Signer;

    const SIGNATURE: &str = "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

    /// The example of a request in C2SP tlog-witness.
    fn request() -> String {
        format!(
            "old 20852014\n\
             PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n\
             jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\
             5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n\
             /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\
             \n\
             example.com/behind-the-sofa\n\
             20852163\n\
             CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\
             \n\
             {SIGNATURE}\
             — example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n"
        )
    }

    /// The form of the example in C2SP tlog-proof, whose own base64 is shortened.
    fn proof(extra: &str) -> String {
        format!(
            "c2sp.org/tlog-proof@v1\n{extra}index 73894\n\
             gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n\
             B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=\n\
             \n\
             example.com/fancylog\n109482\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n\
             \n\
             {SIGNATURE}"
        )
    }

    #[test]
    fn the_published_request() {
        let consistency = Consistency::parse(&request()).unwrap();
        assert_eq!(consistency.old, 20_852_014);
        assert_eq!(consistency.hashes.len(), 4);
        assert!(
            consistency
                .checkpoint
                .starts_with("example.com/behind-the-sofa\n20852163\n")
        );
        assert_eq!(consistency.to_text(), request());
    }

    #[test]
    fn the_published_form_of_a_proof() {
        for (line, extra) in [
            ("", None),
            ("extra \n", Some(vec![])),
            ("extra AQI=\n", Some(vec![1, 2])),
        ] {
            let text = proof(line);
            let inclusion = Inclusion::parse(&text).unwrap();
            assert_eq!((inclusion.position, inclusion.hashes.len()), (73_894, 2));
            assert_eq!(inclusion.extra, extra);
            assert_eq!(inclusion.to_text(), text);
        }
    }

    #[test]
    fn what_is_not_a_proof_is_refused() {
        let text = proof("");
        let many = format!(
            "index 73894\n{}",
            "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n".repeat(62)
        );
        for (from, to, part) in [
            ("@v1", "@v2", "first line"),
            ("index 73894\n", "", "index"),
            ("index 73894", "index 073894", "index"),
            ("index 73894", "index -1", "index"),
            ("index 73894", "index 99999999999999999999", "index"),
            ("index 73894", "extra !\nindex 73894", "extra data"),
            (
                "index 73894",
                "extra AQI=\nextra AQI=\nindex 73894",
                "index",
            ),
            ("gSKy", "gSK", "hash"),
            ("gSKy", "gSKygSKy", "hash"),
            ("index 73894\n", "index 73894\nindex 73894\n", "hash"),
            ("\n", "\r\n", "checkpoint"),
            ("index 73894\n", &many, "number of hashes"),
        ] {
            let error = Inclusion::parse(&text.replace(from, to));
            assert_eq!(error, Err(ProofTextError::Malformed(part)), "{from} {to}");
        }
        assert!(Inclusion::parse("").is_err());
        assert!(Inclusion::parse("c2sp.org/tlog-proof@v1\nindex 0\n\ncheckpoint\n").is_err());
        for (from, to, part) in [
            ("old 20852014", "old 020852014", "old size"),
            ("old 20852014\n", "", "old size"),
            ("PlRN", "PlR", "hash"),
        ] {
            let error = Consistency::parse(&request().replacen(from, to, 1));
            assert_eq!(error, Err(ProofTextError::Malformed(part)), "{from} {to}");
        }
    }

    #[test]
    fn proofs_prove_what_they_say_and_nothing_else() {
        let leaves = [leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c")];
        let signer = Signer::generate("example.com/log").unwrap();
        let verifiers = [signer.verifier()];
        let signers = [signer];
        let checkpoint = |origin: &str, size: u64| Checkpoint {
            origin: origin.to_owned(),
            size,
            root: tree::root(&[], &leaves[..size as usize]),
        };
        let new = checkpoint("log", 3);
        let note = new.sign(&signers).unwrap();
        let read = |_| Ok::<_, std::convert::Infallible>(leaves.to_vec());

        let inclusion = Inclusion {
            extra: None,
            position: 1,
            hashes: tree::inclusion(1, 3, &[], read).unwrap(),
            checkpoint: note.clone(),
        };
        let inclusion = Inclusion::parse(&inclusion.to_text()).unwrap();
        assert_eq!(inclusion.check(&leaves[1], &verifiers), Ok(new.clone()));
        assert_eq!(
            inclusion.check(&leaves[0], &verifiers),
            Err(ProofTextError::Proof(ProofError::Root))
        );
        let moved = Inclusion {
            position: 0,
            ..inclusion.clone()
        };
        assert!(moved.check(&leaves[1], &verifiers).is_err());
        assert!(matches!(
            inclusion.check(&leaves[1], &[]),
            Err(ProofTextError::Checkpoint(CheckpointError::Note(_)))
        ));

        let consistency = Consistency {
            old: 2,
            hashes: tree::consistency(2, 3, &[], read).unwrap(),
            checkpoint: note,
        };
        let consistency = Consistency::parse(&consistency.to_text()).unwrap();
        assert_eq!(
            consistency.check(&checkpoint("log", 2), &verifiers),
            Ok(new)
        );
        assert_eq!(
            consistency.check(&checkpoint("other", 2), &verifiers),
            Err(ProofTextError::Origin)
        );
        assert_eq!(
            consistency.check(&checkpoint("log", 1), &verifiers),
            Err(ProofTextError::OldSize {
                proof: 2,
                checkpoint: 1
            })
        );
        let forked = Checkpoint {
            root: leaves[0],
            ..checkpoint("log", 2)
        };
        assert!(matches!(
            consistency.check(&forked, &verifiers),
            Err(ProofTextError::Proof(_))
        ));
    }
}
