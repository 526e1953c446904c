//! Tokens: the key set file, and tokens already verified.

use std::cell::RefCell;
use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::rc::Rc;

use tenancy_core::jwt::{self, JwtError, JwtIdentity, JwtPolicy, KeySet};

use crate::error::{Error, Result};
use crate::guc;

/// What tells one state of a file from another: device, inode, size, and change time to the nanosecond.
type Stamp = (u64, u64, u64, i64, i64);

/// A key set file larger than this is refused.
const MAX_FILE: u64 = 1 << 20;

/// Most verified tokens remembered; past it, all are dropped.
const REMEMBERED: usize = 1024;

struct Loaded {
    path: String,
    stamp: Stamp,
    policy: JwtPolicy,
    keys: KeySet,
    verified: HashMap<String, Rc<JwtIdentity>>,
}

thread_local! {
    static LOADED: RefCell<Option<Loaded>> = const { RefCell::new(None) };
}

/// Verifies a token against the key set file as it is now. A token verified before under the same file and settings is
/// only compared with the clock.
pub fn verify(token: &str, now_unix_seconds: u64) -> Result<Rc<JwtIdentity>> {
    let policy = guc::jwt_policy();
    let path = guc::jwks_file();
    for (setting, value) in [
        ("tenancy.jwks_file", &path),
        ("tenancy.jwt_issuer", &policy.issuer),
        ("tenancy.jwt_audience", &policy.audience),
    ] {
        if value.is_empty() {
            return Err(Error::TokensNotConfigured(setting));
        }
    }
    let stamp = stamp(&path)?;
    LOADED.with_borrow_mut(|loaded| {
        let fresh = loaded
            .as_ref()
            .is_some_and(|l| l.path == path && l.stamp == stamp && l.policy == policy);
        if !fresh {
            *loaded = None;
            let text =
                std::fs::read_to_string(&path).map_err(|e| Error::KeySet(e.kind().to_string()))?;
            let keys = KeySet::parse(&text).map_err(|e| Error::KeySet(e.to_string()))?;
            *loaded = Some(Loaded {
                path,
                stamp,
                policy,
                keys,
                verified: HashMap::new(),
            });
        }
        let Some(loaded) = loaded else {
            return Err(Error::UnknownKey);
        };
        if let Some(known) = loaded.verified.get(token) {
            let last = known.expires_at / 1_000_000
                + i64::try_from(loaded.policy.leeway_seconds).unwrap_or(0);
            return if i64::try_from(now_unix_seconds).is_ok_and(|now| now < last) {
                Ok(Rc::clone(known))
            } else {
                Err(JwtError::Expired.into())
            };
        }
        let identity = Rc::new(jwt::verify(
            token,
            &loaded.keys,
            &loaded.policy,
            now_unix_seconds,
        )?);
        if loaded.verified.len() >= REMEMBERED {
            loaded.verified.clear();
        }
        loaded
            .verified
            .insert(token.to_owned(), Rc::clone(&identity));
        Ok(identity)
    })
}

fn stamp(path: &str) -> Result<Stamp> {
    let meta = std::fs::metadata(path).map_err(|e| Error::KeySet(e.kind().to_string()))?;
    if !meta.is_file() || meta.len() > MAX_FILE {
        return Err(Error::KeySet("it is not a file of at most 1 MiB".into()));
    }
    Ok((
        meta.dev(),
        meta.ino(),
        meta.len(),
        meta.ctime(),
        meta.ctime_nsec(),
    ))
}
