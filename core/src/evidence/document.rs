//! A report and the note that vouches for it, as JSON.
//!
//! The text is canonical JSON (RFC 8785) but for white space between its tokens. So it has one meaning in every parser,
//! the report in it is what the note's digest is of, byte by byte, and any change shows.

use std::str::FromStr;

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use serde_json_canonicalizer as jcs;
use uuid::Uuid;

use super::report::{FORMAT, Report, Verdict};
use crate::quote::quoted;
use crate::trace::Hash;
use crate::trace::note::{self, KeyError, NoteError, Signer, Verifier};
use crate::trace::sha256;

/// Longest document that is read, in bytes.
pub const MAX_BYTES: usize = 256 * 1024 * 1024;

/// A report, and the signed note of it where the server has a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// What a run found.
    pub report: Report,
    /// A signed note (C2SP signed-note) of the text that [`Statement`] has.
    pub note: Option<String>,
}

/// What a note says of a report: origin, run, verdict and digest, a line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The name of the first key that signed.
    pub origin: String,
    /// The run.
    pub run: Uuid,
    /// What came of it.
    pub verdict: Verdict,
    /// SHA-256 of the canonical report.
    pub digest: Hash,
}

/// Why a text isn't a document, or not one to be believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Longer than [`MAX_BYTES`].
    #[error("the evidence is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// Not JSON, or not a document of this model; says what and where.
    #[error("this is not evidence of pg_tenancy: {0}")]
    Malformed(String),
    /// Of another version of the model; holds what it says.
    #[error("the evidence is of format {}, not {FORMAT}", quoted(.0))]
    Format(String),
    /// The same could be written in another way.
    #[error("the evidence is not in canonical form (RFC 8785): it was rewritten since it was made")]
    NotCanonical,
    /// The report holds what canonical JSON cannot keep.
    #[error("the report has no canonical form")]
    NoCanonicalForm,
    /// A verdict that the rest of the report does not bear out.
    #[error("the report says pass, but something in it failed, or nothing was tried")]
    Contradiction,
    /// There is no note.
    #[error("the evidence is not signed")]
    NotSigned,
    /// The name of a key gets too long.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The note isn't one, or not by a key that is known.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The note is not about evidence.
    #[error("the note is not one of evidence")]
    Statement,
    /// The note names a key that is known and did not sign it; holds the key's name.
    #[error("the note names {}, which did not sign it", quoted(.0))]
    Origin(String),
    /// The note is of another report.
    #[error("the report is not the one that was signed: {0} differs")]
    Differs(&'static str),
}

impl Report {
    /// Refuses a pass with something that failed in it, or in which nothing was tried: nobody should have to find that out
    /// by reading on.
    ///
    /// # Errors
    /// [`DocumentError::Contradiction`].
    pub fn check_verdict(&self) -> Result<(), DocumentError> {
        let failed = self.findings.iter().any(|finding| finding.severity.fails())
            || self
                .checks
                .iter()
                .any(|check| check.severity.fails() && check.findings != 0)
            || self
                .probes
                .iter()
                .any(|probe| probe.passed() == Some(false))
            || self.comparisons.iter().any(|comparison| !comparison.alike);
        let tried =
            !self.checks.is_empty() && self.probes.iter().any(|probe| probe.passed().is_some());
        if (failed || !tried) && self.verdict == Verdict::Pass {
            return Err(DocumentError::Contradiction);
        }
        Ok(())
    }

    /// The canonical JSON of it.
    ///
    /// # Errors
    /// [`DocumentError::NoCanonicalForm`] when it isn't read back as it is: for integers beyond 2^53.
    pub fn canonical(&self) -> Result<String, DocumentError> {
        canonical(self)
    }

    /// The SHA-256 of its canonical JSON.
    ///
    /// # Errors
    /// As [`Self::canonical`].
    pub fn digest(&self) -> Result<Hash, DocumentError> {
        Ok(sha256(&[self.canonical()?.as_bytes()]))
    }

    /// The digest in base64, as the note has it.
    ///
    /// # Errors
    /// As [`Self::canonical`].
    pub fn fingerprint(&self) -> Result<String, DocumentError> {
        Ok(BASE64.encode(&self.digest()?))
    }
}

impl Document {
    /// Reads a document. That says nothing yet of who made it: [`verify`] does.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        if text.len() > MAX_BYTES {
            return Err(DocumentError::TooLong);
        }
        let document: Self = serde_json::from_str(text)
            .map_err(|error| DocumentError::Malformed(legible(&error.to_string())))?;
        if document.report.format != FORMAT {
            return Err(DocumentError::Format(document.report.format));
        }
        if without_space(text).ne(document.to_json()?.bytes()) {
            return Err(DocumentError::NotCanonical);
        }
        document.report.check_verdict()?;
        Ok(document)
    }

    /// The canonical JSON of it.
    ///
    /// # Errors
    /// [`DocumentError::NoCanonicalForm`].
    pub fn to_json(&self) -> Result<String, DocumentError> {
        canonical(self)
    }
}

impl FromStr for Document {
    type Err = DocumentError;

    fn from_str(text: &str) -> Result<Self, DocumentError> {
        Self::parse(text)
    }
}

/// Signs a report with the keys of a server, each under its name for evidence.
///
/// # Errors
/// [`DocumentError`].
pub fn sign(report: Report, signers: &[Signer]) -> Result<Document, DocumentError> {
    report.check_verdict()?;
    let signers: Vec<Signer> = signers
        .iter()
        .map(Signer::of_evidence)
        .collect::<Result<_, _>>()?;
    let first = signers.first().ok_or(NoteError::NoSigner)?;
    let statement = Statement {
        origin: first.name().to_owned(),
        run: report.run.id,
        verdict: report.verdict,
        digest: report.digest()?,
    };
    let note = note::sign(&statement.to_text(), &signers)?;
    Ok(Document {
        report,
        note: Some(note),
    })
}

/// What the note says and the keys it is signed with, if one of `verifiers` signed it and it is of this report.
/// `verifiers` are the server's keys, as [`sign`] takes them.
///
/// # Errors
/// [`DocumentError`].
pub fn verify(
    document: &Document,
    verifiers: &[Verifier],
) -> Result<(Statement, Vec<Verifier>), DocumentError> {
    let note = document.note.as_deref().ok_or(DocumentError::NotSigned)?;
    let verifiers: Vec<Verifier> = verifiers
        .iter()
        .map(Verifier::of_evidence)
        .collect::<Result<_, _>>()?;
    let (text, signed_by) = note::open(note, &verifiers)?;
    let statement = Statement::parse(text).ok_or(DocumentError::Statement)?;
    // Who signed for it: another's name over one's own signature would be shown on the page.
    let named = |verifier: &Verifier| verifier.name() == statement.origin;
    if verifiers.iter().any(named) && !signed_by.iter().any(|verifier| named(verifier)) {
        return Err(DocumentError::Origin(statement.origin));
    }
    let report = &document.report;
    if statement.run != report.run.id {
        return Err(DocumentError::Differs("the run"));
    }
    if statement.verdict != report.verdict {
        return Err(DocumentError::Differs("the verdict"));
    }
    if statement.digest != report.digest()? {
        return Err(DocumentError::Differs("its fingerprint"));
    }
    Ok((statement, signed_by.into_iter().cloned().collect()))
}

impl Statement {
    fn to_text(&self) -> String {
        format!(
            "{}\n{}\n{}\n{}\n",
            self.origin,
            self.run,
            self.verdict,
            BASE64.encode(&self.digest)
        )
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let statement = Self {
            origin: lines.next()?.to_owned(),
            run: Uuid::parse_str(lines.next()?).ok()?,
            verdict: match lines.next()? {
                "pass" => Verdict::Pass,
                "fail" => Verdict::Fail,
                _ => return None,
            },
            digest: BASE64
                .decode(lines.next()?.as_bytes())
                .ok()?
                .try_into()
                .ok()?,
        };
        // Nothing is left over, and there is no other way to say it.
        (statement.to_text() == text && !statement.origin.is_empty()).then_some(statement)
    }
}

/// Canonical JSON. What isn't read back as it is must not be signed: an integer beyond 2^53 becomes another one.
fn canonical<T>(value: &T) -> Result<String, DocumentError>
where
    T: Serialize + for<'de> Deserialize<'de> + PartialEq,
{
    let text = jcs::to_string(value).map_err(|_| DocumentError::NoCanonicalForm)?;
    match serde_json::from_str::<T>(&text) {
        Ok(read) if read == *value => Ok(text),
        _ => Err(DocumentError::NoCanonicalForm),
    }
}

/// The bytes of a JSON text without the white space between its tokens.
fn without_space(text: &str) -> impl Iterator<Item = u8> {
    let mut in_string = false;
    let mut escaped = false;
    text.bytes().filter(move |byte| {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            return true;
        }
        in_string = *byte == b'"';
        !matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
    })
}

/// A parser's message, which may hold names of the text's, on one short line.
fn legible(message: &str) -> String {
    let shown = message.chars().take(200);
    shown
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
