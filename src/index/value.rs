//! What an index reads of its two columns: tenants and vectors.

use half::slice::HalfFloatSliceExt;
use pgrx::prelude::*;
use tenancy_core::tenant_key::{TenantKey, tenant_key};

use crate::frame;

/// Bytes of a uuid.
const UUID: usize = 16;

/// A type that a tenant column can have, or what it is compared with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TenantType {
    Uuid,
    Text,
    Int2,
    Int4,
    Int8,
}

impl TenantType {
    /// By the type that an operator class is for.
    pub fn of(class: pg_sys::Oid) -> Option<Self> {
        match class {
            pg_sys::UUIDOID => Some(Self::Uuid),
            pg_sys::TEXTOID | pg_sys::VARCHAROID => Some(Self::Text),
            pg_sys::INT2OID => Some(Self::Int2),
            pg_sys::INT4OID => Some(Self::Int4),
            pg_sys::INT8OID => Some(Self::Int8),
            _ => None,
        }
    }

    /// The key of a tenant.
    ///
    /// # Safety
    /// A value of this type, not NULL.
    pub unsafe fn key(self, value: pg_sys::Datum) -> TenantKey {
        // SAFETY: as the caller promises.
        unsafe {
            match self {
                Self::Uuid => tenant_key(&*value.cast_mut_ptr::<[u8; UUID]>()),
                Self::Text => tenant_key(frame::bytes(value)),
                Self::Int2 => tenant_key(&i64::from(value.value() as i16).to_le_bytes()),
                Self::Int4 => tenant_key(&i64::from(value.value() as i32).to_le_bytes()),
                Self::Int8 => tenant_key(&(value.value() as i64).to_le_bytes()),
            }
        }
    }
}

/// What the numbers of a vector are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Element {
    Single,
    Half,
}

impl Element {
    /// The numbers of a value of pgvector's types `vector` or `halfvec`: after the length word come 16 bits with how
    /// many there are, 16 unused ones, and the numbers.
    ///
    /// # Safety
    /// A value of the type, not NULL.
    pub unsafe fn numbers(self, value: pg_sys::Datum) -> Vec<f32> {
        // SAFETY: as the caller promises; the bytes are the value's own or a copy in the present memory context.
        let bytes = unsafe { frame::bytes(value) };
        let numbers = bytes.get(4..).unwrap_or_default();
        match self {
            Self::Single => numbers
                .chunks_exact(4)
                .map(|n| f32::from_ne_bytes([n[0], n[1], n[2], n[3]]))
                .collect(),
            Self::Half => {
                let halves: Vec<half::f16> = numbers
                    .chunks_exact(2)
                    .map(|n| half::f16::from_bits(u16::from_ne_bytes([n[0], n[1]])))
                    .collect();
                let mut singles = vec![0.0; halves.len()];
                halves.convert_to_f32_slice(&mut singles);
                singles
            }
        }
    }
}
