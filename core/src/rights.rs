//! What a credential may do, where, and until when. Rights only ever narrow: by what a session asks for, by a second
//! credential, and by each parent of a key.

use crate::capability::Capabilities;
use crate::scope::{Scope, ScopeError};

/// The rights of a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// Where inside the tenant.
    pub floor: Scope,
    /// What may be done.
    pub capabilities: Capabilities,
    /// Until when, in microseconds since the Unix epoch; `None` is for ever.
    pub expires_at: Option<i64>,
}

/// In what some rights go beyond others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Wider {
    /// The scope floor reaches rows that the other doesn't.
    #[error("the scope floor is wider")]
    Floor,
    /// A capability that the other lacks; the first one in order.
    #[error("capability \"{0}\" is added")]
    Capability(&'static str),
    /// They end later than the other.
    #[error("the expiry is later")]
    Expiry,
}

impl Rights {
    /// What both allow: floors joined, capabilities intersected, the earlier expiry.
    ///
    /// # Errors
    /// [`ScopeError`] if the floors contradict each other, or are too large together.
    pub fn narrowed_by(&self, other: &Rights) -> Result<Rights, ScopeError> {
        Ok(Rights {
            floor: self.floor.join(&other.floor)?,
            capabilities: self.capabilities.intersect(other.capabilities),
            expires_at: match (self.expires_at, other.expires_at) {
                (Some(this), Some(that)) => Some(this.min(that)),
                (this, that) => this.or(that),
            },
        })
    }

    /// Whether `other` is no wider in floor, capabilities and expiry. A partial order.
    pub fn admits(&self, other: &Rights) -> bool {
        self.wider(other).is_none()
    }

    /// In what `other` is wider, the first of floor, capabilities and expiry.
    pub fn wider(&self, other: &Rights) -> Option<Wider> {
        if !self.floor.covers(&other.floor) {
            return Some(Wider::Floor);
        }
        let added = other.capabilities.without(self.capabilities);
        if let Some(name) = added.names().first() {
            return Some(Wider::Capability(name));
        }
        let later = match (self.expires_at, other.expires_at) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(this), Some(that)) => that > this,
        };
        later.then_some(Wider::Expiry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(floor: &str, names: &[&str], expires_at: Option<i64>) -> Rights {
        Rights {
            floor: Scope::parse(floor).unwrap(),
            capabilities: Capabilities::parse_names(names.iter().copied()).unwrap(),
            expires_at,
        }
    }

    #[test]
    fn narrowing_takes_the_narrower_of_each() {
        let one = rights(r#"{"team":"x"}"#, &["writer", "forget"], None);
        let other = rights(r#"{"agent":"y"}"#, &["agent"], Some(7));
        let both = rights(r#"{"team":"x","agent":"y"}"#, &["writer"], Some(7));
        assert_eq!(one.narrowed_by(&other), Ok(both.clone()));
        assert_eq!(other.narrowed_by(&one), Ok(both.clone()));
        let earlier = rights("{}", &["manager"], Some(-3));
        assert_eq!(both.narrowed_by(&earlier).unwrap().expires_at, Some(-3));
        let elsewhere = rights(r#"{"team":"z"}"#, &["manager"], None);
        assert_eq!(
            one.narrowed_by(&elsewhere),
            Err(ScopeError::Contradiction("team".to_owned()))
        );
    }

    #[test]
    fn what_is_wider_is_named() {
        let parent = rights(r#"{"team":"x"}"#, &["agent"], Some(100));
        for (floor, names, expires_at, wider) in [
            (r#"{"team":"x"}"#, &["agent"][..], Some(100), None),
            (r#"{"team":"x","a":"y"}"#, &[], Some(99), None),
            ("{}", &["agent"], Some(100), Some(Wider::Floor)),
            (r#"{"team":"z"}"#, &["read"], Some(1), Some(Wider::Floor)),
            (
                r#"{"team":"x"}"#,
                &["read", "secret:read", "forget"],
                Some(1),
                Some(Wider::Capability("forget")),
            ),
            (r#"{"team":"x"}"#, &["read"], Some(101), Some(Wider::Expiry)),
            (r#"{"team":"x"}"#, &["read"], None, Some(Wider::Expiry)),
        ] {
            let child = rights(floor, names, expires_at);
            assert_eq!(parent.wider(&child), wider, "{child:?}");
            assert_eq!(parent.admits(&child), wider.is_none());
        }
        let endless = rights("{}", &["manager"], None);
        assert!(endless.admits(&parent) && endless.admits(&endless));
        assert_eq!(
            Wider::Capability("forget").to_string(),
            "capability \"forget\" is added"
        );
    }
}
