//! Fuzz targets for everything in the core that reads what others wrote. A target takes any bytes, and panics when what
//! the core makes of them breaks a promise: texts and values go back and forth, what is canonical stays as it is, and what
//! was not signed is not believed.

mod budget;
mod canonical;
mod context;
mod credential;
mod evidence;
mod log;
mod scope;

/// Something to be fuzzed.
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Takes any bytes.
    pub run: fn(&[u8]),
    /// Real inputs, to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub const TARGETS: &[Target] = &[
    credential::API_KEY,
    credential::JWT,
    credential::CLAIMS,
    credential::KEY_SET,
    credential::CLAIM_PATH,
    credential::REDACTION,
    scope::SCOPE,
    scope::STORED_SCOPE,
    context::CONTEXT,
    context::SEAL,
    canonical::JSON,
    canonical::CANONICAL,
    log::NOTE,
    log::KEY,
    log::CHECKPOINT,
    log::PROOF,
    log::EXPORT,
    log::HORIZON,
    budget::AMOUNT,
    budget::PERIOD,
    budget::RATE,
    evidence::DOCUMENT,
];

/// The target of that name.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// Texts as seeds.
fn texts<T: AsRef<[u8]>>(texts: impl IntoIterator<Item = T>) -> Vec<Vec<u8>> {
    let texts = texts.into_iter();
    texts.map(|text| text.as_ref().to_vec()).collect()
}

/// What is UTF-8 of some bytes: all, or what comes before the first byte that is not.
fn text(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    }
}
