//! Who reads and writes: narrower floors reach less, and nothing reaches past tenant, floor and grant.

use proptest::prelude::*;
use tenancy_core::{Inclusion, Scope, StoredScope, Whose, may_read, may_write, store};

use crate::scope::scope;

/// A row's owner, without the lifetime of [`Whose`].
#[derive(Debug, Clone)]
enum Owner {
    Own,
    Shared,
    Granted(Vec<Scope>),
    Other,
}

fn owner() -> impl Strategy<Value = Owner> {
    prop_oneof![
        Just(Owner::Own),
        Just(Owner::Shared),
        proptest::collection::vec(scope(), 0..4).prop_map(Owner::Granted),
        Just(Owner::Other),
    ]
}

/// Whether the row is read, and whether it is written.
fn reach<S: Inclusion + Clone>(
    floor: &S,
    shared_table: bool,
    owner: &Owner,
    grants: &[S],
    row: &S,
) -> (bool, bool) {
    let whose = |grants| match owner {
        Owner::Own => Whose::Own,
        Owner::Shared => Whose::Shared,
        Owner::Granted(_) => Whose::Granted(grants),
        Owner::Other => Whose::Other,
    };
    let mut some = grants.iter().cloned();
    let mut same = some.clone();
    (
        may_read(floor, shared_table, whose(&mut some), row),
        may_write(floor, whose(&mut same), row),
    )
}

fn reach_of(floor: &Scope, shared_table: bool, owner: &Owner, row: &Scope) -> (bool, bool) {
    let grants = match owner {
        Owner::Granted(grants) => &grants[..],
        _ => &[],
    };
    reach(floor, shared_table, owner, grants, row)
}

proptest! {
    #[test]
    fn a_narrower_floor_reaches_no_more(wide in scope(), more in scope(), shared in any::<bool>(), owner in owner(), row in scope()) {
        let Ok(narrow) = wide.join(&more) else { return Ok(()) };
        let (wide_reads, wide_writes) = reach_of(&wide, shared, &owner, &row);
        let (narrow_reads, narrow_writes) = reach_of(&narrow, shared, &owner, &row);
        prop_assert!(wide_reads || !narrow_reads);
        prop_assert!(wide_writes || !narrow_writes);
    }

    #[test]
    fn what_is_written_is_read_and_own(floor in scope(), shared in any::<bool>(), owner in owner(), row in scope()) {
        let (reads, writes) = reach_of(&floor, shared, &owner, &row);
        if writes {
            prop_assert!(reads && matches!(owner, Owner::Own) && floor.covers(&row));
        }
    }

    #[test]
    fn what_is_read_is_covered_or_shared(floor in scope(), shared in any::<bool>(), owner in owner(), row in scope()) {
        let (reads, _) = reach_of(&floor, shared, &owner, &row);
        if reads && !floor.covers(&row) {
            prop_assert!(shared && row.is_empty() && matches!(owner, Owner::Own | Owner::Shared));
        }
        match owner {
            Owner::Own => prop_assert!(reads || !floor.covers(&row)),
            Owner::Shared => prop_assert_eq!(reads, shared && (row.is_empty() || floor.covers(&row))),
            Owner::Granted(grants) => {
                let granted = grants.iter().any(|grant| grant.covers(&row));
                prop_assert_eq!(reads, granted && floor.covers(&row));
            }
            Owner::Other => prop_assert!(!reads),
        }
    }

    #[test]
    fn sharing_and_granting_take_nothing_away(floor in scope(), owner in owner(), another in scope(), row in scope()) {
        let (reads, _) = reach_of(&floor, false, &owner, &row);
        prop_assert!(!reads || reach_of(&floor, true, &owner, &row).0);
        if let Owner::Granted(mut grants) = owner {
            grants.push(another);
            prop_assert!(!reads || reach_of(&floor, false, &Owner::Granted(grants), &row).0);
        }
    }

    #[test]
    fn stored_scopes_are_judged_alike(floor in scope(), shared in any::<bool>(), owner in owner(), row in scope()) {
        let grants = match &owner {
            Owner::Granted(grants) => grants.iter().map(store).collect(),
            _ => Vec::new(),
        };
        let grants: Vec<_> = grants.iter().map(|grant| StoredScope::trusted(grant).unwrap()).collect();
        let (stored_floor, stored_row) = (store(&floor), store(&row));
        let reach_stored = reach(
            &StoredScope::trusted(&stored_floor).unwrap(),
            shared,
            &owner,
            &grants,
            &StoredScope::trusted(&stored_row).unwrap(),
        );
        prop_assert_eq!(reach_stored, reach_of(&floor, shared, &owner, &row));
    }
}
