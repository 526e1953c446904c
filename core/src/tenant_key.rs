//! The name of a tenant in an index: the same size whatever the type of the tenant column, and evenly spread, so that
//! its first bits divide tenants evenly and nobody can choose tenants that fall together.

use aws_lc_rs::digest;

/// Bytes of a key.
pub const TENANT_KEY_SIZE: usize = 16;

/// SHA-256 of a tenant column's value, its first half.
pub type TenantKey = [u8; TENANT_KEY_SIZE];

/// Keeps these keys apart from any other use of SHA-256 over the same bytes.
const DOMAIN: &[u8] = b"pg_tenancy tenant key v1\0";

/// The key of a value, given by the bytes that two equal values share: a uuid's 16, an integer's 8 as a signed
/// little-endian number, a text's own.
#[must_use]
pub fn tenant_key(value: &[u8]) -> TenantKey {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(DOMAIN);
    context.update(value);
    let mut key = [0; TENANT_KEY_SIZE];
    for (to, from) in key.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_never_changes() {
        // Keys lie in index files.
        assert_eq!(
            data_encoding::HEXLOWER.encode(&tenant_key(&7_i64.to_le_bytes())),
            "05f597145c54897d081362891bbc8751"
        );
    }

    #[test]
    fn values_have_keys_of_their_own() {
        assert_ne!(tenant_key(b"a"), tenant_key(b"b"));
        assert_eq!(tenant_key(b"a"), tenant_key(b"a"));
    }
}
