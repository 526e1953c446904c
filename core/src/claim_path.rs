//! Where a claim is found: `sub`, a top-level member, or `/app_metadata/tenant`, an RFC 6901 JSON pointer.

use serde_json::{Map, Value};

use crate::quote::quoted;

/// A claim's name as configured, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimPath<'p>(&'p str);

/// Why a claim can't be looked up. Holds the configured name, which is the operator's and no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimPathError {
    /// A `~` that is neither `~0` nor `~1`.
    #[error("claim name {} is not a JSON pointer", quoted(.0))]
    Pointer(String),
    /// The pointer goes through something that has no members: a scalar, or an array by what is no index.
    #[error("claim {} goes through a value that has no members", quoted(.0))]
    NoMembers(String),
}

impl<'p> ClaimPath<'p> {
    /// Takes a name: a JSON pointer if it begins with `/`, else a top-level member, to the letter.
    ///
    /// # Errors
    /// [`ClaimPathError::Pointer`] for a bad escape.
    pub fn parse(name: &'p str) -> Result<Self, ClaimPathError> {
        let bad_escape = |token: &str| {
            token
                .split('~')
                .skip(1)
                .any(|after| !after.starts_with(['0', '1']))
        };
        if name.starts_with('/') && bad_escape(name) {
            return Err(ClaimPathError::Pointer(name.to_owned()));
        }
        Ok(Self(name))
    }

    /// The claim's value; `None` if an object on the way hasn't the member or an array not that many elements. Anything
    /// else on the way is an error rather than "absent": an absent floor is the widest one.
    ///
    /// # Errors
    /// [`ClaimPathError::NoMembers`].
    pub fn find<'v>(
        &self,
        claims: &'v Map<String, Value>,
    ) -> Result<Option<&'v Value>, ClaimPathError> {
        let Some(pointer) = self.0.strip_prefix('/') else {
            return Ok(claims.get(self.0));
        };
        let mut tokens = pointer.split('/');
        let first = tokens.next().unwrap_or("");
        let Some(mut value) = claims.get(&unescape(first)) else {
            return Ok(None);
        };
        for token in tokens {
            let member = match value {
                Value::Object(members) => members.get(&unescape(token)),
                Value::Array(elements) => elements.get(self.index(token)?),
                _ => return Err(self.no_members()),
            };
            let Some(member) = member else {
                return Ok(None);
            };
            value = member;
        }
        Ok(Some(value))
    }

    /// An array index as RFC 6901 writes it: digits without a leading zero.
    fn index(&self, token: &str) -> Result<usize, ClaimPathError> {
        let digits = !token.is_empty() && token.bytes().all(|c| c.is_ascii_digit());
        if !digits || (token.len() > 1 && token.starts_with('0')) {
            return Err(self.no_members());
        }
        token.parse().map_err(|_| self.no_members())
    }

    fn no_members(&self) -> ClaimPathError {
        ClaimPathError::NoMembers(self.0.to_owned())
    }
}

/// RFC 6901 section 4: first `~1`, then `~0`, so that `~01` is `~1`.
fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(name: &str, json: &str) -> Result<Option<String>, ClaimPathError> {
        let Ok(Value::Object(claims)) = serde_json::from_str(json) else {
            panic!("not an object");
        };
        let path = ClaimPath::parse(name)?;
        Ok(path.find(&claims)?.map(Value::to_string))
    }

    #[test]
    fn plain_names_are_taken_to_the_letter() {
        let json = r#"{"a.b":1,"https://x/y":2,"":3,"a~2":4,"/a":5}"#;
        assert_eq!(find("a.b", json), Ok(Some("1".into())));
        assert_eq!(find("https://x/y", json), Ok(Some("2".into())));
        assert_eq!(find("", json), Ok(Some("3".into())));
        assert_eq!(find("a~2", json), Ok(Some("4".into())));
        assert_eq!(find("c", json), Ok(None));
    }

    #[test]
    fn pointers_of_rfc_6901_section_5() {
        let json = r#"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"m~n":8,"~1":9," ":7}"#;
        for (pointer, value) in [
            ("/foo/0", "\"bar\""),
            ("/", "0"),
            ("/a~1b", "1"),
            ("/c%d", "2"),
            ("/m~0n", "8"),
            ("/~01", "9"),
            ("/ ", "7"),
        ] {
            assert_eq!(find(pointer, json), Ok(Some(value.into())), "{pointer}");
        }
        assert_eq!(find("/foo/2", json), Ok(None));
        assert_eq!(find("/nothing/here", json), Ok(None));
    }

    #[test]
    fn what_has_no_members_is_an_error_not_absence() {
        for (pointer, json) in [
            ("/a/b", r#"{"a":null}"#),
            ("/a/b", r#"{"a":"text"}"#),
            ("/a/b", r#"{"a":[1]}"#),
            ("/a/-", r#"{"a":[1]}"#),
            ("/a/00", r#"{"a":[1]}"#),
            ("/a/+0", r#"{"a":[1]}"#),
            ("/a/99999999999999999999999", r#"{"a":[1]}"#),
        ] {
            let error = find(pointer, json).unwrap_err();
            assert_eq!(error, ClaimPathError::NoMembers(pointer.to_owned()));
        }
    }

    #[test]
    fn bad_escapes_are_refused() {
        for name in ["/~", "/a~", "/~2", "/a/b~x/c", "/~~0"] {
            assert_eq!(
                ClaimPath::parse(name),
                Err(ClaimPathError::Pointer(name.to_owned()))
            );
        }
    }
}
