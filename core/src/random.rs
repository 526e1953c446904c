//! Random bytes and identifiers, from the operating system's generator.
//!
//! It has no state in the process, which two children could share, and costs a new one nothing. AWS-LC's generator takes
//! some 30 ms to seed itself in each process: a connection would pay that for its first trace.

use uuid::Uuid;

/// The random generator failed. Nothing can be issued until it works again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the random generator failed")]
pub struct RandomError;

/// `N` random bytes.
///
/// # Errors
/// [`RandomError`] when the generator fails.
pub fn bytes<const N: usize>() -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| RandomError)?;
    Ok(bytes)
}

/// A random (version 4) identifier: it tells nothing about when or in which order it was made.
///
/// # Errors
/// [`RandomError`] when the generator fails.
pub fn uuid_v4() -> Result<Uuid, RandomError> {
    Ok(uuid::Builder::from_random_bytes(bytes()?).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_version_4_and_differ() {
        let (a, b) = (uuid_v4().unwrap(), uuid_v4().unwrap());
        assert_ne!(a, b);
        assert_eq!(a.get_version_num(), 4);
        assert_eq!(a.get_variant(), uuid::Variant::RFC4122);
    }

    #[test]
    fn bytes_differ() {
        assert_ne!(bytes::<32>().unwrap(), bytes::<32>().unwrap());
    }
}
