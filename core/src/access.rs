//! Who reads and who writes which row. The rules are stated here once, for scopes in any form.

use crate::scope::Scope;

/// Scopes, ordered by inclusion.
pub trait Inclusion {
    /// Whether each pair of this scope, as a floor, is in `scope`.
    fn covers(&self, scope: &Self) -> bool;
    /// Whether this is the whole tenant.
    fn is_empty(&self) -> bool;
}

impl Inclusion for Scope {
    fn covers(&self, scope: &Self) -> bool {
        Scope::covers(self, scope)
    }

    fn is_empty(&self) -> bool {
        Scope::is_empty(self)
    }
}

/// Whose row it is, as the credential's tenant sees it.
pub enum Whose<'a, S> {
    /// The tenant's own.
    Own,
    /// Of the tenant whose rows are there for all.
    Shared,
    /// Of a tenant that granted reading; holds the scopes of its grants in force.
    Granted(&'a mut dyn Iterator<Item = S>),
    /// Of any other tenant.
    Other,
}

/// Whether a credential with this floor reads a row of scope `row`. What is tenant-wide (scope `{}`) in a shared table
/// is there for every floor; else the floor covers what is read.
pub fn may_read<S: Inclusion>(floor: &S, shared_table: bool, whose: Whose<'_, S>, row: &S) -> bool {
    let reached = floor.covers(row);
    match whose {
        Whose::Own => reached || (shared_table && row.is_empty()),
        Whose::Shared => shared_table && (reached || row.is_empty()),
        Whose::Granted(mut grants) => {
            reached && Iterator::any(&mut grants, |grant| grant.covers(row))
        }
        Whose::Other => false,
    }
}

/// Whether a credential with this floor makes a row of scope `row`, changes it or removes it. Only the tenant's own
/// rows are written, and only inside the floor; what is shared or granted is read.
pub fn may_write<S: Inclusion>(floor: &S, whose: Whose<'_, S>, row: &S) -> bool {
    matches!(whose, Whose::Own) && floor.covers(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [&str; 4] = ["{}", r#"{"a":"1"}"#, r#"{"a":"1","b":"2"}"#, r#"{"a":"9"}"#];

    fn scope(text: &str) -> Scope {
        Scope::parse(text).unwrap()
    }

    /// Which of `ROWS` the floor `{"a":"1"}` reads.
    fn read<'a>(shared_table: bool, whose: impl Fn() -> Whose<'a, Scope>) -> [bool; 4] {
        let floor = scope(r#"{"a":"1"}"#);
        ROWS.map(|row| may_read(&floor, shared_table, whose(), &scope(row)))
    }

    #[test]
    fn reading_follows_the_floor_and_what_is_shared() {
        assert_eq!(read(false, || Whose::Own), [false, true, true, false]);
        assert_eq!(read(true, || Whose::Own), [true, true, true, false]);
        assert_eq!(read(false, || Whose::Shared), [false; 4]);
        assert_eq!(read(true, || Whose::Shared), [true, true, true, false]);
        assert_eq!(read(false, || Whose::Other), [false; 4]);
        assert_eq!(read(true, || Whose::Other), [false; 4]);
    }

    #[test]
    fn a_grant_shows_what_is_in_it_and_in_the_floor() {
        for shared_table in [false, true] {
            let floor = scope(r#"{"a":"1"}"#);
            let read = |grants: &[&str]| {
                let scopes: Vec<Scope> = grants.iter().map(|grant| scope(grant)).collect();
                ROWS.map(|row| {
                    let mut grants = scopes.iter().cloned();
                    let whose = Whose::Granted(&mut grants);
                    may_read(&floor, shared_table, whose, &scope(row))
                })
            };
            assert_eq!(read(&[]), [false; 4]);
            assert_eq!(read(&["{}"]), [false, true, true, false]);
            assert_eq!(read(&[r#"{"b":"2"}"#]), [false, false, true, false]);
            assert_eq!(read(&[r#"{"a":"9"}"#]), [false; 4]);
            assert_eq!(
                read(&[r#"{"a":"9"}"#, r#"{"a":"1"}"#]),
                [false, true, true, false]
            );
        }
    }

    #[test]
    fn only_own_rows_inside_the_floor_are_written() {
        let floor = scope(r#"{"a":"1"}"#);
        let written = ROWS.map(|row| may_write(&floor, Whose::Own, &scope(row)));
        assert_eq!(written, [false, true, true, false]);
        let everything = Scope::default();
        for row in ROWS.map(scope) {
            assert!(may_write(&everything, Whose::Own, &row));
            assert!(!may_write(&everything, Whose::Shared, &row));
            assert!(!may_write(&everything, Whose::Other, &row));
            let mut grants = [everything.clone()].into_iter();
            assert!(!may_write(&everything, Whose::Granted(&mut grants), &row));
        }
    }
}
