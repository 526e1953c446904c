//! Signed notes: a text and signatures below it (C2SP signed-note), with Ed25519 keys.
//!
//! A key has a name and an id, four bytes that are computed of the name and the public key. Both are in a signature, so
//! that keys can be replaced while notes of the old ones are still about.

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use data_encoding::{BASE64, HEXLOWER};
use uuid::Uuid;

use super::{from_base64, sha256};
use crate::quote::quoted;
use crate::random::{self, RandomError};

/// Longest note that is read, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;

/// Most signatures of a note that is read.
const MAX_SIGNATURES: usize = 100;

/// Longest name of a key, in bytes.
const MAX_NAME_LEN: usize = 255;

/// The signature type of plain Ed25519.
const TYPE_ED25519: u8 = 1;

const PRIVATE: &str = "PRIVATE+KEY+";

/// What no tenant's id is.
const EVIDENCE: &str = "evidence";

/// Why a text isn't a key. No message shows any of a private key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not `PRIVATE+KEY+name+id+base64`.
    #[error("the private key is malformed")]
    Private,
    /// Not `name+id+base64`.
    #[error("the public key is malformed")]
    Public,
    /// A name that is empty or longer than 255 bytes or has a space, a control character or a plus sign in it.
    #[error(
        "the key's name is empty or too long or holds a space, a control character or a plus sign"
    )]
    Name,
    /// A key for another kind of signature; holds the type's number.
    #[error("the key is of signature type {0}; only Ed25519, type 1, is supported")]
    Type(u8),
    /// The id isn't that of name and key; holds the name.
    #[error("the id of key {} does not fit its name and content", quoted(.0))]
    Id(String),
    /// A file without a key.
    #[error("there is no key in the file")]
    None,
    /// A line of a file is wrong; holds its number, from 1.
    #[error("line {line}: {error}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        error: Box<KeyError>,
    },
    /// No key could be made.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// Why a note can't be made or isn't to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The text of a note ends with a newline and has no other control characters.
    #[error("the text of a note must end with a newline and hold no other control character")]
    Text,
    /// There is nobody to sign.
    #[error("there is no key to sign with")]
    NoSigner,
    /// Longer than [`MAX_BYTES`].
    #[error("the note is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// Not a text, an empty line and signature lines.
    #[error("this is not a signed note")]
    Malformed,
    /// More than 100 signatures.
    #[error("the note has more than {MAX_SIGNATURES} signatures")]
    TooManySignatures,
    /// No signature is by a key that is known; holds the names of those that signed, as they say.
    #[error("the note is not signed by a known key, but by {}", quoted(.0))]
    UnknownKeys(String),
    /// The signature of a key that is known is wrong; holds the key's name.
    #[error("the signature of {} is wrong: the note was changed or signed with another key", quoted(.0))]
    WrongSignature(String),
}

/// A private key that signs notes. `Debug` shows nothing but its name.
pub struct Signer {
    name: String,
    id: [u8; 4],
    seed: [u8; 32],
    key: Ed25519KeyPair,
}

/// A public key that signatures are checked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    id: [u8; 4],
    key: [u8; 32],
}

impl Signer {
    /// Makes a new key with this name; the server's host name and what the log is of make a good one.
    ///
    /// # Errors
    /// [`KeyError::Name`], [`KeyError::Random`].
    pub fn generate(name: &str) -> Result<Self, KeyError> {
        Self::from_seed(name, random::bytes()?)
    }

    fn from_seed(name: &str, seed: [u8; 32]) -> Result<Self, KeyError> {
        check_name(name)?;
        let key = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| KeyError::Private)?;
        let public =
            <[u8; 32]>::try_from(key.public_key().as_ref()).map_err(|_| KeyError::Private)?;
        Ok(Self {
            name: name.to_owned(),
            id: key_id(name, &public),
            seed,
            key,
        })
    }

    /// Reads `PRIVATE+KEY+name+id+base64`.
    ///
    /// # Errors
    /// [`KeyError`], which shows nothing of the key.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.strip_prefix(PRIVATE).ok_or(KeyError::Private)?;
        let (name, id, seed) = parse_key(text, KeyError::Private)?;
        let signer = Self::from_seed(name, seed)?;
        if signer.id != id {
            return Err(KeyError::Id(name.to_owned()));
        }
        Ok(signer)
    }

    /// Reads a file of keys, a line each, the present one first. Empty lines and those that begin with `#` are skipped.
    ///
    /// # Errors
    /// [`KeyError`] with the line, and [`KeyError::None`] for a file without keys.
    pub fn parse_file(text: &str) -> Result<Vec<Self>, KeyError> {
        parse_lines(text, Self::parse)
    }

    /// The public key.
    pub fn verifier(&self) -> Verifier {
        let mut key = [0; 32];
        for (to, from) in key.iter_mut().zip(self.key.public_key().as_ref()) {
            *to = *from;
        }
        Verifier {
            name: self.name.clone(),
            id: self.id,
            key,
        }
    }

    /// The key's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same key as that of a tenant's log.
    ///
    /// # Errors
    /// [`KeyError::Name`].
    pub fn of_log(&self, tenant: &Uuid) -> Result<Self, KeyError> {
        Self::from_seed(&origin(&self.name, tenant), self.seed)
    }

    /// The same key as that of the evidence of the server's proofs.
    ///
    /// # Errors
    /// [`KeyError::Name`].
    pub fn of_evidence(&self) -> Result<Self, KeyError> {
        Self::from_seed(&origin(&self.name, EVIDENCE), self.seed)
    }

    /// The secret text form of the key, `PRIVATE+KEY+name+id+base64`.
    pub fn to_private_text(&self) -> String {
        format!("{PRIVATE}{}", key_text(&self.name, self.id, &self.seed))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", quoted(&self.name))
    }
}

impl Verifier {
    /// Reads `name+id+base64`.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (name, id, key) = parse_key(text, KeyError::Public)?;
        check_name(name)?;
        if key_id(name, &key) != id {
            return Err(KeyError::Id(name.to_owned()));
        }
        let name = name.to_owned();
        Ok(Self { name, id, key })
    }

    /// Reads a file of keys, as [`Signer::parse_file`] does.
    ///
    /// # Errors
    /// As there.
    pub fn parse_file(text: &str) -> Result<Vec<Self>, KeyError> {
        parse_lines(text, Self::parse)
    }

    /// The key's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same key as that of a tenant's log.
    ///
    /// # Errors
    /// [`KeyError::Name`].
    pub fn of_log(&self, tenant: &Uuid) -> Result<Self, KeyError> {
        self.named(origin(&self.name, tenant))
    }

    /// The same key as that of the evidence of the server's proofs.
    ///
    /// # Errors
    /// [`KeyError::Name`].
    pub fn of_evidence(&self) -> Result<Self, KeyError> {
        self.named(origin(&self.name, EVIDENCE))
    }

    fn named(&self, name: String) -> Result<Self, KeyError> {
        check_name(&name)?;
        Ok(Self {
            id: key_id(&name, &self.key),
            key: self.key,
            name,
        })
    }

    fn is_of(&self, signature: &Signature<'_>) -> bool {
        self.name == signature.name && self.id == signature.id
    }

    fn accepts(&self, text: &str, signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, self.key);
        key.verify(text.as_bytes(), signature).is_ok()
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&key_text(&self.name, self.id, &self.key))
    }
}

/// The origin of what is signed, and so the name of what signs it: a key that signs for many has a name for each.
fn origin(name: &str, of: impl fmt::Display) -> String {
    format!("{name}/{of}")
}

/// Signs a text with each of the keys.
///
/// # Errors
/// [`NoteError::Text`] for what can't be the text of a note, [`NoteError::NoSigner`].
pub fn sign(text: &str, signers: &[Signer]) -> Result<String, NoteError> {
    if !text.ends_with('\n') || has_controls(text) {
        return Err(NoteError::Text);
    }
    if signers.is_empty() {
        return Err(NoteError::NoSigner);
    }
    let mut note = format!("{text}\n");
    for signer in signers {
        let mut signature = signer.id.to_vec();
        signature.extend_from_slice(signer.key.sign(text.as_bytes()).as_ref());
        note.push_str(&format!(
            "— {} {}\n",
            signer.name,
            BASE64.encode(&signature)
        ));
    }
    Ok(note)
}

/// The text of a note that one of the keys signed. Signatures of others are left alone; a wrong one of a known key
/// spoils the note.
///
/// # Errors
/// [`NoteError`].
pub fn verify<'n>(note: &'n str, verifiers: &[Verifier]) -> Result<&'n str, NoteError> {
    open(note, verifiers).map(|(text, _)| text)
}

/// As [`verify`], and which of the keys signed.
///
/// # Errors
/// As there.
pub fn open<'n, 'v>(
    note: &'n str,
    verifiers: &'v [Verifier],
) -> Result<(&'n str, Vec<&'v Verifier>), NoteError> {
    let (text, signatures) = split(note)?;
    let mut signed_by = Vec::new();
    for signature in &signatures {
        let mut known = verifiers
            .iter()
            .filter(|verifier| verifier.is_of(signature))
            .peekable();
        if known.peek().is_none() {
            continue;
        }
        let verifier = known
            .find(|verifier| verifier.accepts(text, &signature.bytes))
            .ok_or_else(|| NoteError::WrongSignature(signature.name.to_owned()))?;
        signed_by.push(verifier);
    }
    if signed_by.is_empty() {
        let names: Vec<_> = signatures.iter().map(|signature| signature.name).collect();
        return Err(NoteError::UnknownKeys(names.join(", ")));
    }
    Ok((text, signed_by))
}

/// The text of a note without a look at who signed it. Nothing in it may be believed.
///
/// # Errors
/// [`NoteError`] for what isn't a note.
pub fn text_unverified(note: &str) -> Result<&str, NoteError> {
    split(note).map(|(text, _)| text)
}

struct Signature<'n> {
    name: &'n str,
    id: [u8; 4],
    bytes: Vec<u8>,
}

/// A note's text, with its final newline, and its signatures.
fn split(note: &str) -> Result<(&str, Vec<Signature<'_>>), NoteError> {
    if note.len() > MAX_BYTES {
        return Err(NoteError::TooLong);
    }
    if has_controls(note) || !note.ends_with('\n') {
        return Err(NoteError::Malformed);
    }
    let end = note
        .rfind("\n\n")
        .ok_or(NoteError::Malformed)?
        .saturating_add(1);
    let (text, signatures) = note.split_at_checked(end).ok_or(NoteError::Malformed)?;
    let lines = signatures.strip_prefix('\n').unwrap_or_default();
    if lines.lines().count() > MAX_SIGNATURES {
        return Err(NoteError::TooManySignatures);
    }
    let signatures: Option<Vec<_>> = lines.lines().map(parse_signature).collect();
    match signatures {
        Some(signatures) if !signatures.is_empty() => Ok((text, signatures)),
        _ => Err(NoteError::Malformed),
    }
}

fn parse_signature(line: &str) -> Option<Signature<'_>> {
    let (name, bytes) = line.strip_prefix("— ")?.split_once(' ')?;
    check_name(name).ok()?;
    let bytes = from_base64(bytes)?;
    let (id, bytes) = bytes.split_first_chunk::<4>()?;
    Some(Signature {
        name,
        id: *id,
        bytes: Some(bytes).filter(|bytes| !bytes.is_empty())?.to_vec(),
    })
}

/// Whether there is an ASCII control character other than newline.
fn has_controls(text: &str) -> bool {
    text.bytes().any(|byte| byte < b' ' && byte != b'\n')
}

fn check_name(name: &str) -> Result<(), KeyError> {
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    if name.is_empty() || name.len() > MAX_NAME_LEN || name.contains(forbidden) {
        return Err(KeyError::Name);
    }
    Ok(())
}

fn key_id(name: &str, public: &[u8; 32]) -> [u8; 4] {
    let [a, b, c, d, ..] = sha256(&[name.as_bytes(), b"\n", &[TYPE_ED25519], public]);
    [a, b, c, d]
}

fn key_text(name: &str, id: [u8; 4], key: &[u8; 32]) -> String {
    let mut typed = vec![TYPE_ED25519];
    typed.extend_from_slice(key);
    format!("{name}+{}+{}", HEXLOWER.encode(&id), BASE64.encode(&typed))
}

/// Name, id and 32 bytes of `name+id+base64`. Base64 has plus signs of its own, names have none.
fn parse_key(text: &str, malformed: KeyError) -> Result<(&str, [u8; 4], [u8; 32]), KeyError> {
    let parse = || {
        let (name, rest) = text.split_once('+')?;
        let (id, key) = rest.split_once('+')?;
        let id = <[u8; 4]>::try_from(HEXLOWER.decode(id.as_bytes()).ok()?).ok()?;
        let key = from_base64(key)?;
        let (kind, key) = key.split_first()?;
        Some((name, id, *kind, key.to_vec()))
    };
    let (name, id, kind, key) = parse().ok_or_else(|| malformed.clone())?;
    if kind != TYPE_ED25519 {
        return Err(KeyError::Type(kind));
    }
    Ok((name, id, key.try_into().map_err(|_| malformed)?))
}

fn parse_lines<T>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, KeyError>,
) -> Result<Vec<T>, KeyError> {
    let mut keys = Vec::new();
    for (line, key) in (1..).zip(text.lines()) {
        let key = key.trim();
        if key.is_empty() || key.starts_with('#') {
            continue;
        }
        keys.push(parse(key).map_err(|error| KeyError::Line {
            line,
            error: Box::new(error),
        })?);
    }
    if keys.is_empty() {
        Err(KeyError::None)
    } else {
        Ok(keys)
    }
}

#[cfg(test)]
mod tests;
