//! What a credential may do: a closed set, so that a typo is an error and never a right that nobody checks.

use crate::quote::quoted;

/// A set of capabilities, at most one bit each. The empty set may do nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Capabilities(u32);

/// A name that is neither a capability nor a preset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CapabilityError {
    /// The name isn't known. Holds the name as given; the message shows it quoted and cut.
    #[error("unknown capability {}, known are {}", quoted(.0), known_names())]
    Unknown(String),
}

/// Every capability with its name, in the order in which names are listed.
const NAMES: [(&str, Capabilities); 6] = [
    ("read", Capabilities::READ),
    ("write", Capabilities::WRITE),
    ("forget", Capabilities::FORGET),
    ("trace:read", Capabilities::TRACE_READ),
    ("key:delegate", Capabilities::KEY_DELEGATE),
    ("secret:read", Capabilities::SECRET_READ),
];

/// Names for usual sets, each holding the one before it.
const PRESETS: [(&str, Capabilities); 5] = [
    ("reader", Capabilities::READER),
    ("writer", Capabilities::WRITER),
    ("agent", Capabilities::AGENT),
    ("supervisor", Capabilities::SUPERVISOR),
    ("manager", Capabilities::ALL),
];

impl Capabilities {
    /// `read`: read rows.
    pub const READ: Self = Self(1);
    /// `write`: insert, update and delete rows.
    pub const WRITE: Self = Self(1 << 1);
    /// `forget`: erase what the tenant's memory holds, beyond a plain delete.
    pub const FORGET: Self = Self(1 << 2);
    /// `trace:read`: read the tenant's decision traces.
    pub const TRACE_READ: Self = Self(1 << 3);
    /// `key:delegate`: issue child keys that are never wider than its own.
    pub const KEY_DELEGATE: Self = Self(1 << 4);
    /// `secret:read`: read the tenant's secrets.
    pub const SECRET_READ: Self = Self(1 << 5);
    /// No capability at all.
    pub const NONE: Self = Self(0);
    /// Every capability; also the preset `manager`.
    pub const ALL: Self = Self((1 << 6) - 1);

    const READER: Self = Self::READ;
    const WRITER: Self = Self(Self::READER.0 | Self::WRITE.0);
    const AGENT: Self = Self(Self::WRITER.0 | Self::TRACE_READ.0);
    const SUPERVISOR: Self = Self(Self::AGENT.0 | Self::FORGET.0 | Self::KEY_DELEGATE.0);

    /// The union of the named capabilities and presets; [`Capabilities::NONE`] when there are no names. Presets:
    /// `reader` = read; `writer` = reader + write; `agent` = writer + trace:read; `supervisor` = agent + forget +
    /// key:delegate; `manager` = everything. Names are matched exactly, case included.
    ///
    /// # Errors
    /// [`CapabilityError::Unknown`] for the first unknown name.
    pub fn parse_names<'a>(
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, CapabilityError> {
        names.into_iter().try_fold(Self::NONE, |set, name| {
            NAMES
                .iter()
                .chain(PRESETS.iter())
                .find(|(known, _)| *known == name)
                .map(|(_, capabilities)| set.union(*capabilities))
                .ok_or_else(|| CapabilityError::Unknown(name.to_owned()))
        })
    }

    /// The names of the set's members, in a fixed order; presets are never named.
    pub fn names(self) -> Vec<&'static str> {
        NAMES
            .iter()
            .filter(|(_, capability)| self.contains(*capability))
            .map(|(name, _)| *name)
            .collect()
    }

    /// The set as bits, stable over releases.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// The set with these bits; `None` if a bit stands for no capability.
    pub const fn from_bits(bits: u32) -> Option<Self> {
        if bits & !Self::ALL.0 == 0 {
            Some(Self(bits))
        } else {
            None
        }
    }

    /// Whether every member of `other` is in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether nothing is allowed.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What is in both sets.
    #[must_use]
    pub const fn intersect(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in this set and not in the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What is in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

fn known_names() -> String {
    let names: Vec<&str> = NAMES
        .iter()
        .chain(&PRESETS)
        .map(|(name, _)| *name)
        .collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_bits_round_trip_for_every_set() {
        for bits in 0..=Capabilities::ALL.bits() {
            let set = Capabilities::from_bits(bits).unwrap();
            assert_eq!(Capabilities::parse_names(set.names()), Ok(set));
            assert_eq!(set.bits(), bits);
        }
        assert_eq!(Capabilities::from_bits(64), None);
        assert_eq!(Capabilities::from_bits(u32::MAX), None);
    }

    #[test]
    fn bits_are_frozen() {
        let bits: Vec<_> = NAMES.iter().map(|(name, c)| (*name, c.bits())).collect();
        assert_eq!(
            bits,
            [
                ("read", 1),
                ("write", 2),
                ("forget", 4),
                ("trace:read", 8),
                ("key:delegate", 16),
                ("secret:read", 32)
            ]
        );
    }

    #[test]
    fn presets_grow_from_reader_to_manager() {
        for pair in PRESETS.windows(2) {
            assert!(pair[1].1.contains(pair[0].1) && pair[1].1 != pair[0].1);
        }
        assert_eq!(
            Capabilities::parse_names(["agent"]).unwrap().names(),
            ["read", "write", "trace:read"]
        );
        assert_eq!(
            Capabilities::parse_names(["manager"]),
            Ok(Capabilities::ALL)
        );
        assert_eq!(Capabilities::parse_names([]), Ok(Capabilities::NONE));
    }

    #[test]
    fn an_unknown_name_is_named_with_the_known_ones() {
        for name in ["admin", "READ", "read ", "", "read,write"] {
            let error = Capabilities::parse_names(["read", name]).unwrap_err();
            assert_eq!(error, CapabilityError::Unknown(name.to_owned()));
            let text = error.to_string();
            assert!(text.contains(&format!("\"{name}\"")), "{text}");
            assert!(text.ends_with(
                "known are read, write, forget, trace:read, key:delegate, secret:read, \
                 reader, writer, agent, supervisor, manager"
            ));
        }
    }

    #[test]
    fn set_operations() {
        let rw = Capabilities::READ.union(Capabilities::WRITE);
        assert!(rw.contains(Capabilities::READ) && rw.contains(Capabilities::NONE));
        assert!(!Capabilities::READ.contains(rw));
        assert_eq!(rw.intersect(Capabilities::READ), Capabilities::READ);
        assert_eq!(rw.without(Capabilities::READ), Capabilities::WRITE);
        assert!(Capabilities::NONE.is_empty() && !rw.is_empty());
    }
}
