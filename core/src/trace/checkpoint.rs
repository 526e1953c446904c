//! A checkpoint: how large a log was and the root of its tree then (C2SP tlog-checkpoint), signed as a note.

use data_encoding::BASE64;

use super::note::{self, NoteError, Signer, Verifier};
use super::{Hash, from_base64};

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
    from_base64(text)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of C2SP tlog-checkpoint.
    const TEXT: &str =
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    #[test]
    fn the_published_example() {
        let checkpoint = Checkpoint::parse(TEXT).unwrap();
        assert_eq!(checkpoint.origin, "example.com/behind-the-sofa");
        assert_eq!(checkpoint.size, 20_852_163);
        assert_eq!(checkpoint.root[..4], [0x0a, 0xc5, 0x18, 0x6a]);
        assert_eq!(checkpoint.to_text(), TEXT);
        assert_eq!(
            Checkpoint::parse(&format!("{TEXT}more\nand more\n")),
            Ok(checkpoint)
        );
    }

    #[test]
    fn what_is_not_a_checkpoint_is_refused() {
        let [origin, size, root] = TEXT.lines().collect::<Vec<_>>().try_into().unwrap();
        for (text, part) in [
            (String::new(), "last line"),
            (TEXT.trim_end().to_owned(), "last line"),
            (format!("\n{size}\n{root}\n"), "origin"),
            (format!("{origin}\n"), "size"),
            (format!("{origin}\n020852163\n{root}\n"), "size"),
            (format!("{origin}\n+1\n{root}\n"), "size"),
            (format!("{origin}\n-1\n{root}\n"), "size"),
            (format!("{origin}\n\n{root}\n"), "size"),
            // Base64 of a root, in two parts with padding of their own.
            (
                format!("{origin}\n{size}\nCg==xRhqAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n"),
                "root",
            ),
            (format!("{origin}\n18446744073709551616\n{root}\n"), "size"),
            (format!("{origin}\n{size}\n"), "root"),
            (format!("{origin}\n{size}\n{}\n", &root[..40]), "root"),
            (format!("{origin}\n{size}\n{root} \n"), "root"),
            (format!("{TEXT}\n"), "extension lines"),
            (format!("{TEXT}more\n\nmore\n"), "extension lines"),
        ] {
            assert_eq!(
                Checkpoint::parse(&text),
                Err(CheckpointError::Malformed(part)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_signed_opens_with_its_key_only() {
        let signer = Signer::generate("example.com/log").unwrap();
        let verifier = signer.verifier();
        let checkpoint = Checkpoint::parse(TEXT).unwrap();
        let note = checkpoint.sign(&[signer]).unwrap();
        assert_eq!(Checkpoint::open(&note, &[verifier]), Ok(checkpoint));
        let other = Signer::generate("example.com/log").unwrap().verifier();
        assert!(matches!(
            Checkpoint::open(&note, &[other]),
            Err(CheckpointError::Note(NoteError::UnknownKeys(_)))
        ));
    }

    #[test]
    fn an_origin_is_one_line() {
        let signers = [Signer::generate("example.com/log").unwrap()];
        for origin in ["", "a\nb", "a\rb", "\n"] {
            let checkpoint = Checkpoint {
                origin: origin.to_owned(),
                size: 0,
                root: [0; 32],
            };
            assert!(checkpoint.sign(&signers).is_err(), "{origin:?}");
        }
    }
}
