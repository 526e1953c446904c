//! Contexts: what is encoded is read back, and no bytes make a reader panic.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;
use tenancy_core::{Binding, Capabilities, ContextView, CredentialKind, RunContext, Scope};
use uuid::Uuid;

use crate::json::{text, value};

fn binding() -> impl Strategy<Value = Binding> {
    any::<(i32, i32, u32, u32, bool)>().prop_map(
        |(proc_number, pid, lxid, database, whole_session)| Binding {
            proc_number,
            pid,
            lxid,
            database,
            whole_session,
        },
    )
}

fn floor() -> impl Strategy<Value = Scope> {
    proptest::collection::btree_map("[a-z]{1,8}", "\\PC{1,8}", 0..4)
        .prop_map(|pairs| Scope::from_pairs(pairs).unwrap())
}

fn claims() -> impl Strategy<Value = BTreeMap<String, Value>> {
    let scalar = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("finite", |number| number.is_finite())
            .prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    proptest::collection::btree_map(text(), scalar, 0..5)
}

fn context() -> impl Strategy<Value = RunContext> {
    let uuid = || proptest::option::of(any::<[u8; 16]>().prop_map(Uuid::from_bytes));
    let head = (
        binding(),
        any::<bool>(),
        uuid(),
        uuid(),
        uuid(),
        0u32..64,
        any::<Option<i64>>(),
    );
    let texts = (text(), text(), text(), text(), text(), text());
    let rest = (
        floor(),
        proptest::collection::vec(text(), 0..5),
        claims(),
        proptest::collection::btree_map(text(), value(), 0..3),
    );
    (head, texts, rest).prop_map(|(head, texts, rest)| RunContext {
        binding: head.0,
        kind: if head.1 {
            CredentialKind::ApiKey
        } else {
            CredentialKind::Jwt
        },
        tenant_ref: format!("t{}", texts.0),
        tenant_id: head.2,
        key_id: head.3,
        capabilities: Capabilities::from_bits(head.5).unwrap(),
        expires_at: head.6,
        principal: texts.1,
        user_id: texts.2,
        correlation_id: texts.3,
        issuer: texts.4,
        on_behalf_of: texts.5,
        on_behalf_of_key: head.4,
        floor: rest.0,
        roles: rest.1,
        claims: rest.2,
        metadata: rest.3.into_iter().collect(),
    })
}

/// Calls every reader; none may panic.
fn read_all(view: ContextView<'_>) {
    view.binding();
    view.kind();
    view.tenant_ref();
    view.tenant_id();
    view.key_id();
    view.capabilities();
    view.expires_at();
    view.principal();
    view.on_behalf_of();
    view.on_behalf_of_key();
    view.user_id();
    view.correlation_id();
    view.issuer();
    view.floor_json();
    view.metadata_json();
    view.has_role("a");
    view.has_claim("a");
    view.has_claim_value("a", "b");
    assert!(view.roles().count() <= view.len());
    view.to_json();
    let _ = view.to_context();
}

proptest! {
    #[test]
    fn what_is_encoded_is_read_back(context in context()) {
        let bytes = context.encode().unwrap();
        let view = ContextView::parse(&bytes).unwrap();
        prop_assert_eq!(ContextView::trusted(&bytes), Some(view));
        for role in &context.roles {
            prop_assert!(view.has_role(role));
        }
        for (name, value) in &context.claims {
            prop_assert!(view.has_claim(name));
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            prop_assert!(view.has_claim_value(name, &text));
        }
        read_all(view);
        let read = view.to_context().unwrap();
        prop_assert_eq!(read.encode().unwrap(), bytes.clone());
        prop_assert_eq!(read, context);
    }

    #[test]
    fn no_bytes_make_a_reader_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..400), honest in any::<bool>()) {
        // Half of the time with a header that the cheap check accepts.
        if honest && bytes.len() >= 120 {
            bytes[0] = 1;
            let blob = u32::try_from(bytes.len() - 120).unwrap();
            bytes[116..120].copy_from_slice(&blob.to_le_bytes());
        }
        if let Ok(view) = ContextView::parse(&bytes) {
            read_all(view);
        }
        let trusted = ContextView::trusted(&bytes);
        prop_assert!(trusted.is_some() || !honest || bytes.len() < 120);
        if let Some(view) = trusted {
            read_all(view);
        }
    }

    #[test]
    fn no_damage_makes_a_reader_panic(context in context(), damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = context.encode().unwrap();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(view) = ContextView::trusted(&bytes) {
            read_all(view);
        }
        // What full validation accepts can be changed and encoded anew, and says the same.
        if let Ok(view) = ContextView::parse(&bytes) {
            let read = view.to_context().unwrap();
            let again = read.encode().unwrap();
            prop_assert_eq!(ContextView::parse(&again).unwrap().to_context(), Ok(read));
        }
    }
}
