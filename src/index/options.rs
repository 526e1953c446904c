//! What an index is made as: its columns, operator classes and options.

use std::ffi::CStr;
use std::mem::offset_of;
use std::sync::atomic::{AtomicU32, Ordering};

use pgrx::prelude::*;
use tenancy_core::recall::Metric;

use super::page::Made;
use super::value::Element;
use crate::error::{Error, Result};

/// Strategy numbers of the operators of an operator class.
pub mod strategy {
    /// `=` on tenants.
    pub const EQUAL: u16 = 1;
    /// `<->`
    pub const L2: u16 = 2;
    /// `<#>`
    pub const INNER_PRODUCT: u16 = 3;
    /// `<=>`
    pub const COSINE: u16 = 4;
    /// How many there are.
    pub const COUNT: u16 = 4;
}

const METRICS: [(u16, Metric); 3] = [
    (strategy::L2, Metric::L2),
    (strategy::INNER_PRODUCT, Metric::InnerProduct),
    (strategy::COSINE, Metric::Cosine),
];

/// Bits of a code for each dimension.
const BITS: (i32, i32, i32) = (1, 1, 4);

const COLUMNS: Error = Error::WrongIndex {
    message: "a tenant_vector index has two columns, the tenant's and the vector's",
    hint: "Write: CREATE INDEX ON documents USING tenant_vector (tenant_id, embedding vector_cosine_ops);",
};
const COLLATION: Error = Error::WrongIndex {
    message: "a tenant_vector index cannot tell tenants apart under a nondeterministic collation",
    hint: "Give the tenant column a deterministic collation, such as \"C\".",
};
const NO_DIMENSIONS: Error = Error::WrongIndex {
    message: "the vector column of a tenant_vector index must have a number of dimensions",
    hint: "Give the column a type such as vector(384), or index an expression such as (embedding::vector(384)).",
};
/// Vectors of which no code fits a page.
pub const TOO_LARGE: Error = Error::WrongIndex {
    message: "vectors of so many dimensions do not fit the pages of a tenant_vector index",
    hint: "An index can hold up to 8128 dimensions.",
};
/// A scan without order, which the cost estimate keeps the planner from.
pub const UNORDERED: Error = Error::WrongIndex {
    message: "a tenant_vector index gives rows in the order of one distance only",
    hint: "Order by one distance, or SET enable_seqscan = on.",
};

/// What stands in `WITH (…)`, as Postgres lays it out.
#[repr(C)]
struct Options {
    length: i32,
    bits: i32,
}

/// The kind that Postgres gave these options.
static KIND: AtomicU32 = AtomicU32::new(0);

/// Declares the options; to be called once, from `_PG_init`.
pub fn init() {
    let (default, least, most) = BITS;
    // SAFETY: single-threaded start-up; Postgres copies the texts.
    unsafe {
        let kind = pg_sys::add_reloption_kind();
        pg_sys::add_int_reloption(
            kind,
            c"bits".as_ptr(),
            c"bits of a code for each dimension: more take more room and fetch fewer rows".as_ptr(),
            default,
            least,
            most,
            pg_sys::AccessExclusiveLock as i32,
        );
        KIND.store(kind, Ordering::Relaxed);
    }
}

/// # Safety
/// Called by Postgres with valid arguments, as all functions of an access method are.
#[pg_guard]
pub unsafe extern "C-unwind" fn parse(
    options: pg_sys::Datum,
    validate: bool,
) -> *mut pg_sys::bytea {
    #[allow(clippy::needless_update, reason = "Postgres 18 has one field more")]
    let known = [pg_sys::relopt_parse_elt {
        optname: c"bits".as_ptr(),
        opttype: pg_sys::relopt_type::RELOPT_TYPE_INT,
        offset: offset_of!(Options, bits) as i32,
        ..Default::default()
    }];
    // SAFETY: the table describes `Options`.
    unsafe {
        pg_sys::build_reloptions(
            options,
            validate,
            KIND.load(Ordering::Relaxed),
            size_of::<Options>(),
            known.as_ptr(),
            known.len() as i32,
        )
        .cast()
    }
}

/// # Safety
/// As for [`parse`].
#[pg_guard]
pub unsafe extern "C-unwind" fn validate(class: pg_sys::Oid) -> bool {
    // SAFETY: looks system caches up.
    unsafe {
        let family = pg_sys::get_opclass_family(class);
        let of = pg_sys::get_opclass_input_type(class);
        let tenants = pg_sys::get_opfamily_member(family, of, of, strategy::EQUAL as i16)
            != pg_sys::InvalidOid;
        // An operator class is either of tenants or of vectors.
        tenants != metric(family, of).is_some()
    }
}

/// What an index is to be made as; refuses what cannot be.
///
/// # Safety
/// An open index of this access method.
pub unsafe fn made(relation: pg_sys::Relation) -> Result<Made> {
    // SAFETY: as the caller promises: its arrays have as many elements as it has columns.
    unsafe {
        let columns = (*(*relation).rd_index).indnatts;
        let classes = std::slice::from_raw_parts((*relation).rd_opcintype, columns as usize);
        let families = std::slice::from_raw_parts((*relation).rd_opfamily, columns as usize);
        let (&[_, class], &[tenants, vectors]) = (classes, families) else {
            return Err(COLUMNS);
        };
        let metric = metric(vectors, class).ok_or(COLUMNS)?;
        if pg_sys::get_opfamily_member(tenants, classes[0], classes[0], strategy::EQUAL as i16)
            == pg_sys::InvalidOid
        {
            return Err(COLUMNS);
        }
        let dimensions = dimensions(relation).ok_or(NO_DIMENSIONS)?;
        let collation = *(*relation).rd_indcollation;
        if collation != pg_sys::InvalidOid && !pg_sys::get_collation_isdeterministic(collation) {
            return Err(COLLATION);
        }
        let options = (*relation).rd_options.cast::<Options>().as_ref();
        Ok(Made {
            metric: metric.number(),
            bits: options.map_or(BITS.0, |options| options.bits) as u8,
            dimensions,
        })
    }
}

/// How many dimensions the type of the vector's column says there are.
unsafe fn dimensions(relation: pg_sys::Relation) -> Option<u32> {
    let (mut of, mut modifier, mut collation) = Default::default();
    // SAFETY: an open index with two columns.
    unsafe {
        pg_sys::get_atttypetypmodcoll((*relation).rd_id, 2, &mut of, &mut modifier, &mut collation);
    }
    u32::try_from(modifier).ok()
}

/// The metric of a strategy.
pub fn metric_of(number: u16) -> Option<Metric> {
    METRICS
        .into_iter()
        .find(|(strategy, _)| *strategy == number)
        .map(|(_, metric)| metric)
}

/// The metric of an operator class, by its operator for ORDER BY.
fn metric(family: pg_sys::Oid, class: pg_sys::Oid) -> Option<Metric> {
    METRICS
        .into_iter()
        // SAFETY: looks a system cache up.
        .find(|(number, _)| unsafe {
            pg_sys::get_opfamily_member(family, class, class, *number as i16) != pg_sys::InvalidOid
        })
        .map(|(_, metric)| metric)
}

impl Element {
    /// What the numbers of an index's vectors are, by the type that its operator class is for.
    ///
    /// # Safety
    /// An open index of this access method with two columns.
    pub unsafe fn of_column(relation: pg_sys::Relation) -> Self {
        // SAFETY: as the caller promises; the name, if there is one, is a C string.
        unsafe {
            let class = *(*relation).rd_opcintype.add(1);
            let name =
                pg_sys::format_type_extended(class, -1, pg_sys::FORMAT_TYPE_ALLOW_INVALID as u16);
            if !name.is_null() && CStr::from_ptr(name).to_bytes().ends_with(b"halfvec") {
                Self::Half
            } else {
                Self::Single
            }
        }
    }
}
