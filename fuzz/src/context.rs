//! What a bound session knows, and its seal.

use std::collections::BTreeMap;

use serde_json::{Map, json};
use tenancy_core::seal::{PREFIX, SealKey, seal, unseal};
use tenancy_core::{Binding, Capabilities, ContextView, CredentialKind, RunContext, Scope};
use uuid::Uuid;

use crate::{Target, text};

fn contexts() -> Vec<RunContext> {
    let binding = Binding {
        proc_number: 7,
        pid: 4711,
        lxid: 12,
        database: 5,
        whole_session: false,
    };
    let least = RunContext {
        binding,
        kind: CredentialKind::Jwt,
        tenant_ref: "acme".to_owned(),
        tenant_id: None,
        key_id: None,
        capabilities: Capabilities::NONE,
        expires_at: None,
        principal: String::new(),
        on_behalf_of: String::new(),
        on_behalf_of_key: None,
        user_id: String::new(),
        correlation_id: String::new(),
        issuer: String::new(),
        floor: Scope::default(),
        roles: Vec::new(),
        claims: BTreeMap::new(),
        metadata: Map::new(),
    };
    let most = RunContext {
        binding: Binding {
            whole_session: true,
            ..binding
        },
        kind: CredentialKind::ApiKey,
        tenant_id: Some(Uuid::from_u128(1)),
        key_id: Some(Uuid::from_u128(2)),
        capabilities: Capabilities::ALL,
        expires_at: Some(1_800_000_000_000_000),
        principal: "agent".to_owned(),
        on_behalf_of: "user".to_owned(),
        on_behalf_of_key: Some(Uuid::from_u128(3)),
        user_id: "u".to_owned(),
        correlation_id: "c".to_owned(),
        issuer: "https://issuer.test".to_owned(),
        floor: Scope::parse(r#"{"team":"red"}"#).expect("a scope"),
        roles: vec!["a".to_owned(), String::new()],
        claims: BTreeMap::from([("n".to_owned(), json!(1.5)), ("s".to_owned(), json!("x"))]),
        metadata: json!({"a": [1, null]})
            .as_object()
            .cloned()
            .expect("an object"),
        ..least.clone()
    };
    vec![least, most]
}

/// Bytes that are a context say the same when they are written anew, and what is shown of them is JSON.
pub const CONTEXT: Target = Target {
    name: "context",
    run: |bytes| {
        if let Ok(view) = ContextView::parse(bytes) {
            let context = view.to_context().expect("a context that was read is one");
            let again = context
                .encode()
                .expect("a context that was read is written");
            let same = ContextView::parse(&again).expect("a context that was written is read");
            assert_eq!(same.to_context().as_ref(), Ok(&context));
            assert_eq!(same.to_json(), view.to_json());
            assert_eq!(
                Scope::parse(view.floor_json())
                    .map(|floor| floor.to_json())
                    .as_deref(),
                Ok(view.floor_json())
            );
            for role in view.roles() {
                assert!(view.has_role(role));
            }
            assert!(view.binding().admits(&view.binding(), false));
        }
        // What is trusted wrongly may be nonsense, but ends.
        if let Some(view) = ContextView::trusted(bytes) {
            let _ = (
                view.to_json(),
                view.to_context(),
                view.roles().count(),
                view.has_claim("s"),
                view.has_claim_value("s", "x"),
                view.expires_at(),
            );
        }
    },
    seeds: || {
        contexts()
            .iter()
            .map(|context| context.encode().expect("a context"))
            .collect()
    },
};

/// Only what was sealed is unsealed.
pub const SEAL: Target = Target {
    name: "seal",
    run: |bytes| {
        let key = SealKey::from_bytes([7; 32]);
        let sealed = seal(&key, bytes);
        assert_eq!(unseal(&key, &sealed).as_deref(), Ok(bytes));
        assert!(unseal(&SealKey::from_bytes([8; 32]), &sealed).is_err());
        let text = text(bytes);
        for given in [text.to_owned(), format!("{PREFIX}{text}")] {
            if let Ok(context) = unseal(&key, &given) {
                assert_eq!(
                    seal(&key, &context),
                    given,
                    "a seal that nobody made is believed"
                );
            }
        }
    },
    seeds: || {
        let key = SealKey::from_bytes([7; 32]);
        let sealed = contexts()
            .into_iter()
            .map(|context| seal(&key, &context.encode().expect("a context")).into_bytes());
        sealed.chain([b"x".to_vec()]).collect()
    },
};
