//! Signed notes: a text and signatures below it (C2SP signed-note), with Ed25519 keys.
//!
//! A key has a name and an id, four bytes that are computed of the name and the public key. Both are in a signature, so
//! that keys can be replaced while notes of the old ones are still about.

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use data_encoding::{BASE64, HEXLOWER};

use super::sha256;
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

    /// The same key under another name, for a log of its own.
    ///
    /// # Errors
    /// [`KeyError::Name`].
    pub fn named(&self, name: &str) -> Result<Self, KeyError> {
        Self::from_seed(name, self.seed)
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

    /// The same key under another name, as [`Signer::named`].
    ///
    /// # Errors
    /// [`KeyError::Name`].
    pub fn named(&self, name: &str) -> Result<Self, KeyError> {
        check_name(name)?;
        Ok(Self {
            name: name.to_owned(),
            id: key_id(name, &self.key),
            key: self.key,
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
    let (text, signatures) = split(note)?;
    let mut verified = false;
    for signature in &signatures {
        let mut known = verifiers
            .iter()
            .filter(|verifier| verifier.is_of(signature))
            .peekable();
        if known.peek().is_none() {
            continue;
        }
        if !known.any(|verifier| verifier.accepts(text, &signature.bytes)) {
            return Err(NoteError::WrongSignature(signature.name.to_owned()));
        }
        verified = true;
    }
    if !verified {
        let names: Vec<_> = signatures.iter().map(|signature| signature.name).collect();
        return Err(NoteError::UnknownKeys(names.join(", ")));
    }
    Ok(text)
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
    let bytes = BASE64.decode(bytes.as_bytes()).ok()?;
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
        let key = BASE64.decode(key.as_bytes()).ok()?;
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
mod tests {
    use super::*;

    // Keys, text and signatures of golang.org/x/mod, sumdb/note/note_test.go.
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const PETER_PRIVATE: &str =
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
    const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                        then you don't know what your problem is.\n";
    const PETER_SIGNATURE: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    const ENOCH_SIGNATURE: &str = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

    fn peter() -> Verifier {
        Verifier::parse(PETER).unwrap()
    }

    fn enoch() -> Verifier {
        Verifier::parse(ENOCH).unwrap()
    }

    #[test]
    fn the_published_key_makes_the_published_note() {
        let signer = Signer::parse(PETER_PRIVATE).unwrap();
        assert_eq!(signer.verifier(), peter());
        assert_eq!(signer.verifier().to_string(), PETER);
        assert_eq!(signer.to_private_text(), PETER_PRIVATE);
        let note = format!("{TEXT}\n{PETER_SIGNATURE}");
        assert_eq!(sign(TEXT, &[signer]).as_ref(), Ok(&note));
        assert_eq!(verify(&note, &[peter()]), Ok(TEXT));
    }

    #[test]
    fn one_known_signature_is_enough_and_each_known_one_must_be_right() {
        let both = format!("{TEXT}\n{PETER_SIGNATURE}{ENOCH_SIGNATURE}");
        assert_eq!(verify(&both, &[peter()]), Ok(TEXT));
        assert_eq!(verify(&both, &[enoch()]), Ok(TEXT));
        assert_eq!(verify(&both, &[enoch(), peter(), enoch()]), Ok(TEXT));
        let signers = "PeterNeumann, EnochRoot".to_owned();
        assert_eq!(verify(&both, &[]), Err(NoteError::UnknownKeys(signers)));
        assert_eq!(text_unverified(&both), Ok(TEXT));

        let spoilt = both.replace("rwz+eBzm", "rwz+eBzn");
        let wrong = NoteError::WrongSignature("EnochRoot".to_owned());
        assert_eq!(verify(&spoilt, &[peter()]), Ok(TEXT));
        assert_eq!(verify(&spoilt, &[peter(), enoch()]), Err(wrong.clone()));
        let changed = both.replacen("If you", "If I", 1);
        assert_eq!(verify(&changed, &[enoch()]), Err(wrong));
    }

    #[test]
    fn a_key_of_the_same_name_is_another_key() {
        let other = Signer::generate("PeterNeumann").unwrap().verifier();
        let note = format!("{TEXT}\n{PETER_SIGNATURE}");
        let unknown = NoteError::UnknownKeys("PeterNeumann".to_owned());
        assert_eq!(verify(&note, std::slice::from_ref(&other)), Err(unknown));
        assert_eq!(verify(&note, &[other, peter()]), Ok(TEXT));
    }

    #[test]
    fn what_is_not_a_note_is_refused() {
        for note in [
            String::new(),
            "\n".to_owned(),
            TEXT.to_owned(),
            format!("{TEXT}\n"),
            format!("{TEXT}\n{}", PETER_SIGNATURE.trim_end()),
            format!("\u{1}{TEXT}\n{PETER_SIGNATURE}"),
            format!("{TEXT}\r\n\r\n{PETER_SIGNATURE}"),
            format!("{TEXT}{PETER_SIGNATURE}"),
            format!("{TEXT}\n{PETER_SIGNATURE}Unexpected line.\n"),
            format!(
                "{TEXT}\n{}",
                PETER_SIGNATURE.replace("PeterNeumann", "Bad Name")
            ),
            format!("{TEXT}\n{}", PETER_SIGNATURE.replace("PeterNeumann", "a+b")),
            format!("{TEXT}\n{}", PETER_SIGNATURE.replace("nAM=", "nAM")),
            format!("{TEXT}\n{}", PETER_SIGNATURE.replace('—', "-")),
            format!("{TEXT}\n— PeterNeumann x08g\n"),
        ] {
            assert_eq!(
                verify(&note, &[peter()]),
                Err(NoteError::Malformed),
                "{note}"
            );
        }
        let repeated = |count| format!("{TEXT}\n{}", PETER_SIGNATURE.repeat(count));
        assert_eq!(verify(&repeated(100), &[peter()]), Ok(TEXT));
        assert_eq!(
            verify(&repeated(101), &[peter()]),
            Err(NoteError::TooManySignatures)
        );
        let long = format!("{}\n\n{PETER_SIGNATURE}", "x".repeat(MAX_BYTES));
        assert_eq!(verify(&long, &[peter()]), Err(NoteError::TooLong));
    }

    #[test]
    fn the_text_goes_up_to_the_last_empty_line() {
        let signer = Signer::generate("example.com/log").unwrap();
        let verifiers = [signer.verifier()];
        for text in [
            "\n",
            "a\n\nb\n",
            "\n\n\n",
            &format!("a\n\n{PETER_SIGNATURE}"),
        ] {
            let note = sign(text, std::slice::from_ref(&signer)).unwrap();
            assert_eq!(verify(&note, &verifiers), Ok(text));
        }
        for text in ["", "a", "a\r\n", "\t\n", "\0\n"] {
            let signed = sign(text, std::slice::from_ref(&signer));
            assert_eq!(signed, Err(NoteError::Text));
        }
        assert_eq!(sign("a\n", &[]), Err(NoteError::NoSigner));
    }

    #[test]
    fn no_part_and_no_change_of_a_key_is_a_key() {
        for key in [PETER, PETER_PRIVATE] {
            let is_key = |text: &str| Verifier::parse(text).is_ok() || Signer::parse(text).is_ok();
            assert!(is_key(key));
            for from in 0..key.len() {
                for to in from..key.len() {
                    assert!(!is_key(&key[from..to]));
                }
                assert!(from == 0 || !is_key(&key[from..]));
                let mut changed = key.as_bytes().to_vec();
                changed[from] += 1;
                assert!(!is_key(std::str::from_utf8(&changed).unwrap()));
            }
        }
        // From the same file: a key that is too long, and one of an unknown type, with ids that fit.
        let long = "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==";
        assert_eq!(Verifier::parse(long), Err(KeyError::Public));
        let unknown = "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        assert_eq!(Verifier::parse(unknown), Err(KeyError::Type(0x65)));
    }

    #[test]
    fn names_are_checked() {
        let long = "x".repeat(MAX_NAME_LEN + 1);
        for name in [
            "",
            " ",
            "a b",
            "a+b",
            "a\u{2003}b",
            "a\nb",
            "a\u{7f}",
            &long,
        ] {
            assert_eq!(
                Signer::generate(name).unwrap_err(),
                KeyError::Name,
                "{name}"
            );
        }
        let key = Signer::generate("ü.example/log").unwrap();
        assert_eq!(
            Verifier::parse(&key.verifier().to_string()),
            Ok(key.verifier())
        );
    }

    #[test]
    fn a_file_holds_several_keys() {
        let file = format!("# present\n{PETER_PRIVATE}\r\n\n  # former\n{PETER_PRIVATE}");
        assert_eq!(Signer::parse_file(&file).unwrap().len(), 2);
        let file = format!("{ENOCH}\n{PETER}\n");
        assert_eq!(Verifier::parse_file(&file), Ok(vec![enoch(), peter()]));
        assert_eq!(Verifier::parse_file("# none\n"), Err(KeyError::None));
        let error = Verifier::parse_file(&format!("\n{PETER_PRIVATE}\n")).unwrap_err();
        assert_eq!(error.to_string(), "line 2: the public key is malformed");
    }

    #[test]
    fn nothing_shows_a_private_key() {
        let signer = Signer::parse(PETER_PRIVATE).unwrap();
        assert_eq!(format!("{signer:?}"), "Signer(\"PeterNeumann\")");
        let error = Signer::parse(&PETER_PRIVATE.replace("c74f", "c74e")).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("AYEK"));
    }
}
