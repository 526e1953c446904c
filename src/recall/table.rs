//! What the catalogs say of a table that is recalled from: its columns, the one that holds vectors, and the index on it.

use std::ffi::{CStr, CString};

use pgrx::prelude::*;
use pgrx::{FromDatum, PgTupleDesc};
use tenancy_core::quote::quoted;

use crate::catalog;
use crate::error::{Error, Result};
use crate::index::options::strategy;
use crate::object;

/// A protected table.
pub struct Table {
    pub oid: pg_sys::Oid,
    /// Quoted, with its schema.
    pub name: String,
    /// The name of the tenant column.
    pub tenant: String,
    /// That of the scope column.
    pub scope: Option<String>,
    columns: Vec<Column>,
    indexes: Vec<pg_sys::Oid>,
}

/// A column. Types are those beneath domains.
pub struct Column {
    number: i16,
    pub name: String,
    pub kind: pg_sys::Oid,
    pub modifier: i32,
}

/// The operator of the distance by cosine.
const COSINE: &CStr = c"<=>";

/// The types of vectors.
pub struct Types {
    pub vector: pg_sys::Oid,
    pub half: pg_sys::Oid,
    schema: pg_sys::Oid,
}

/// A column of vectors, and how they are compared.
pub struct Embedding<'a> {
    pub column: &'a Column,
    /// The operator that gives the distance.
    pub operator: pg_sys::Oid,
    /// The index whose operator it is.
    pub index: Option<pg_sys::Oid>,
}

impl Embedding<'_> {
    /// Whether only a vector's direction counts.
    pub fn is_angular(&self) -> bool {
        operator_name(self.operator).as_bytes() == COSINE.to_bytes()
    }
}

impl Table {
    /// The table that a row type is of. It is locked until the transaction ends, as by any query.
    pub fn of_rows(kind: pg_sys::Oid) -> Result<Self> {
        // SAFETY: look-ups in the system caches; what is open is read before it is closed, or closed by Postgres after
        // an error.
        unsafe {
            let oid = pg_sys::get_typ_typrelid(kind);
            if oid == pg_sys::InvalidOid {
                return Err(not_a_table(format!(
                    "{} is not the row type of a table",
                    type_name(kind, -1)
                )));
            }
            pg_sys::LockRelationOid(oid, pg_sys::AccessShareLock as i32);
            // A table that is gone by now has no name of its own.
            let name = object::relation_name(oid).unwrap_or_else(|| type_name(kind, -1));
            if ![pg_sys::RELKIND_RELATION, pg_sys::RELKIND_PARTITIONED_TABLE]
                .contains(&(pg_sys::get_rel_relkind(oid) as u8))
            {
                return Err(not_a_table(format!("{name} is not a table")));
            }
            if pg_sys::get_rel_relispartition(oid) {
                return Err(Error::WrongObject {
                    message: format!("{name} is a partition"),
                    hint: "Recall from its partitioned table.".into(),
                });
            }
            let Some(protected) = catalog::protected_columns(oid)? else {
                return Err(Error::RecallUnprotected(name));
            };
            let relation = pg_sys::table_open(oid, pg_sys::NoLock as i32);
            let columns = PgTupleDesc::from_pg_unchecked((*relation).rd_att)
                .iter()
                .filter(|a| !a.attisdropped)
                .map(Column::of)
                .collect();
            let list = pg_sys::RelationGetIndexList(relation);
            let indexes = match list.as_ref() {
                Some(list) => (0..usize::try_from(list.length).unwrap_or(0))
                    .map(|n| (*list.elements.add(n)).oid_value)
                    .collect(),
                None => Vec::new(),
            };
            pg_sys::table_close(relation, pg_sys::NoLock as i32);
            Ok(Self {
                oid,
                name,
                tenant: protected.tenant.clone(),
                scope: protected.scope.clone(),
                columns,
                indexes,
            })
        }
    }
}

fn not_a_table(message: String) -> Error {
    Error::WrongObject {
        message,
        hint: "Name a protected table's row type, as in tenancy.recall(NULL::chunk, ...).".into(),
    }
}

impl Column {
    fn of(attribute: &pg_sys::FormData_pg_attribute) -> Self {
        let mut modifier = attribute.atttypmod;
        // SAFETY: a look-up in the system caches; the name ends in NUL.
        unsafe {
            Self {
                number: attribute.attnum,
                name: string(attribute.attname.data.as_ptr()),
                kind: pg_sys::getBaseTypeAndTypmod(attribute.atttypid, &mut modifier),
                modifier,
            }
        }
    }

    /// The column in a query about the table `t`.
    pub fn sql(&self) -> String {
        format!("t.{}", identifier(&self.name))
    }

    /// Its type, as people write it.
    pub fn type_name(&self) -> String {
        type_name(self.kind, self.modifier)
    }
}

impl Types {
    /// Those of the extension that a vector's type belongs to.
    pub fn of(vector: pg_sys::Oid) -> Self {
        // SAFETY: look-ups in the system caches.
        unsafe {
            let schema = attribute_of(
                pg_sys::SysCacheIdentifier::TYPEOID,
                vector,
                pg_sys::Anum_pg_type_typnamespace,
            );
            let half = pg_sys::GetSysCacheOid(
                pg_sys::SysCacheIdentifier::TYPENAMENSP as i32,
                pg_sys::Anum_pg_type_oid as i16,
                pg_sys::Datum::from(c"halfvec".as_ptr()),
                pg_sys::Datum::from(schema),
                pg_sys::Datum::null(),
                pg_sys::Datum::null(),
            );
            Self {
                vector,
                half,
                schema,
            }
        }
    }

    fn include(&self, column: &Column) -> bool {
        column.kind == self.vector || column.kind == self.half
    }

    /// Their operator for the distance by cosine.
    fn cosine(&self, kind: pg_sys::Oid) -> pg_sys::Oid {
        // SAFETY: a look-up in the system caches.
        unsafe {
            pg_sys::GetSysCacheOid(
                pg_sys::SysCacheIdentifier::OPERNAMENSP as i32,
                pg_sys::Anum_pg_operator_oid as i16,
                pg_sys::Datum::from(COSINE.as_ptr()),
                pg_sys::Datum::from(kind),
                pg_sys::Datum::from(kind),
                pg_sys::Datum::from(self.schema),
            )
        }
    }

    /// A vector as that type.
    ///
    /// # Safety
    /// The datum is of the type `vector`, not NULL.
    pub unsafe fn cast(&self, vector: pg_sys::Datum, kind: pg_sys::Oid) -> pg_sys::Datum {
        if kind == self.vector {
            return vector;
        }
        // SAFETY: a cast's function takes the value, the type's modifier, and whether it was asked for.
        unsafe {
            let mut function = pg_sys::InvalidOid;
            pg_sys::find_coercion_pathway(
                kind,
                self.vector,
                pg_sys::CoercionContext::COERCION_EXPLICIT,
                &mut function,
            );
            pg_sys::OidFunctionCall3Coll(
                function,
                pg_sys::InvalidOid,
                vector,
                pg_sys::Datum::from(-1),
                pg_sys::Datum::from(true),
            )
        }
    }

    /// The name of one of their operator classes.
    pub fn class(&self, kind: pg_sys::Oid, of: &str) -> String {
        let prefix = if kind == self.half {
            "halfvec"
        } else {
            "vector"
        };
        // SAFETY: gives NULL or a palloc'ed C string, which is copied.
        let schema = unsafe { string(pg_sys::get_namespace_name(self.schema)) };
        format!("{}.{prefix}_{of}_ops", identifier(&schema))
    }
}

impl Table {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Result<&Column> {
        self.columns
            .iter()
            .find(|c| c.name == name)
            .ok_or_else(|| Error::NoSuchColumn {
                column: quoted(name),
                table: self.name.clone(),
            })
    }

    /// Whether there is such a column.
    pub fn has(&self, is: impl Fn(&Column) -> bool) -> bool {
        self.columns.iter().any(is)
    }

    /// The column that is meant: the one of that name, or the only one that will do.
    pub fn choose(
        &self,
        argument: &'static str,
        name: Option<&CStr>,
        what: &str,
        will_do: impl Fn(&Column) -> bool,
    ) -> Result<&Column> {
        if let Some(name) = name {
            let column = self.column(&name.to_string_lossy())?;
            if will_do(column) {
                return Ok(column);
            }
            return Err(Error::WrongObject {
                message: format!(
                    "column {} of table {} is of type {}",
                    quoted(&column.name),
                    self.name,
                    column.type_name()
                ),
                hint: format!("Name a column of type {what}."),
            });
        }
        let mut found = self.columns.iter().filter(|c| will_do(c));
        match (found.next(), found.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err(Error::WrongObject {
                message: format!("table {} has no column of type {what}", self.name),
                hint: "Recall from a table that has one.".into(),
            }),
            (Some(first), Some(second)) => {
                let names = [first, second]
                    .into_iter()
                    .chain(found)
                    .map(|c| quoted(&c.name));
                Err(Error::AmbiguousColumn {
                    message: format!(
                        "table {} has several columns of type {what}: {}",
                        self.name,
                        names.collect::<Vec<_>>().join(", ")
                    ),
                    argument,
                })
            }
        }
    }

    /// The column of vectors, and how they are compared: as its index does, or else by cosine.
    pub fn embedding(&self, types: &Types, name: Option<&CStr>) -> Result<Embedding<'_>> {
        let column = self.choose("vector_column", name, "vector or halfvec", |c| {
            types.include(c)
        })?;
        let index = self.vector_index(column);
        Ok(Embedding {
            column,
            operator: index.map_or_else(|| types.cosine(column.kind), |(_, operator)| operator),
            index: index.map(|(index, _)| index),
        })
    }

    /// The `tenant_vector` index on a column and the operator it orders by; of several, the first by name.
    fn vector_index(&self, column: &Column) -> Option<(pg_sys::Oid, pg_sys::Oid)> {
        // SAFETY: a look-up in the system caches.
        let method = unsafe { pg_sys::get_index_am_oid(c"tenant_vector".as_ptr(), true) };
        self.indexes
            .iter()
            .filter(|index| method_of(**index) == method)
            .filter_map(|index| Some((*index, order_of(*index, column)?)))
            .min_by_key(|(index, _)| object::relation_name(*index))
    }
}

/// The access method of an index.
fn method_of(index: pg_sys::Oid) -> pg_sys::Oid {
    let cache = pg_sys::SysCacheIdentifier::RELOID;
    // SAFETY: an oid of the index's own row, which is never NULL.
    unsafe { attribute_of(cache, index, pg_sys::Anum_pg_class_relam) }
}

/// The operator that an index orders by, if it is valid, of the whole table, and its second column is that one.
fn order_of(index: pg_sys::Oid, column: &Column) -> Option<pg_sys::Oid> {
    // SAFETY: the tuple of pg_index begins with FormData_pg_index, whose array has as many members as it has columns; it
    // is read before it is released.
    unsafe {
        let cache = pg_sys::SysCacheIdentifier::INDEXRELID as i32;
        let tuple = pg_sys::SearchSysCache1(cache, pg_sys::Datum::from(index));
        if tuple.is_null() {
            return None;
        }
        let form = &*pg_sys::heap_tuple_get_struct::<pg_sys::FormData_pg_index>(tuple);
        let (mut whole, mut none) = (false, false);
        pg_sys::SysCacheGetAttr(
            cache,
            tuple,
            pg_sys::Anum_pg_index_indpred as i16,
            &mut whole,
        );
        let classes = pg_sys::SysCacheGetAttr(
            cache,
            tuple,
            pg_sys::Anum_pg_index_indclass as i16,
            &mut none,
        )
        .cast_mut_ptr::<pg_sys::oidvector>();
        let class = (form.indisvalid
            && form.indnkeyatts == 2
            && *form.indkey.values.as_ptr().add(1) == column.number
            && whole
            && !none)
            .then(|| *(*classes).values.as_ptr().add(1));
        pg_sys::ReleaseSysCache(tuple);
        let (mut family, mut kind) = (pg_sys::InvalidOid, pg_sys::InvalidOid);
        if !pg_sys::get_opclass_opfamily_and_input_type(class?, &mut family, &mut kind) {
            return None;
        }
        [strategy::L2, strategy::INNER_PRODUCT, strategy::COSINE]
            .map(|strategy| pg_sys::get_opfamily_member(family, kind, kind, strategy as i16))
            .into_iter()
            .find(|operator| *operator != pg_sys::InvalidOid)
    }
}

/// An oid that a catalog's row says.
///
/// # Safety
/// The cache is by oid, and the attribute an oid that is never NULL.
unsafe fn attribute_of(
    cache: pg_sys::SysCacheIdentifier::Type,
    oid: pg_sys::Oid,
    attribute: u32,
) -> pg_sys::Oid {
    // SAFETY: as the caller promises.
    unsafe {
        let tuple = pg_sys::SearchSysCache1(cache as i32, pg_sys::Datum::from(oid));
        if tuple.is_null() {
            return pg_sys::InvalidOid;
        }
        let mut none = false;
        let value = pg_sys::SysCacheGetAttr(cache as i32, tuple, attribute as i16, &mut none);
        let value = pg_sys::Oid::from_datum(value, none).unwrap_or(pg_sys::InvalidOid);
        pg_sys::ReleaseSysCache(tuple);
        value
    }
}

/// A copy of a C string; empty for NULL.
///
/// # Safety
/// NULL or a C string.
pub unsafe fn string(text: *const std::ffi::c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(text) }
        .to_string_lossy()
        .into_owned()
}

/// A name, quoted where it needs to be.
pub fn identifier(name: &str) -> String {
    let name = CString::new(name).unwrap_or_default();
    // SAFETY: gives what it got, or a palloc'ed C string, which is copied.
    unsafe { string(pg_sys::quote_identifier(name.as_ptr())) }
}

/// A type, as people write it.
pub fn type_name(kind: pg_sys::Oid, modifier: i32) -> String {
    // SAFETY: gives a palloc'ed C string, which is copied.
    unsafe { string(pg_sys::format_type_with_typemod(kind, modifier)) }
}

/// The name of an operator.
pub fn operator_name(operator: pg_sys::Oid) -> String {
    // SAFETY: gives NULL or a palloc'ed C string, which is copied.
    unsafe { string(pg_sys::get_opname(operator)) }
}

/// An operator between two texts of SQL, with its schema, and with the types that it takes where those differ.
pub fn operation(left: &str, kind: pg_sys::Oid, operator: pg_sys::Oid, right: &str) -> String {
    let (left, right) = (
        CString::new(left).unwrap_or_default(),
        CString::new(right).unwrap_or_default(),
    );
    // SAFETY: a string that Postgres appends to, of which a copy is taken; the operator exists.
    unsafe {
        let clause = pg_sys::makeStringInfo();
        pg_sys::generate_operator_clause(
            clause,
            left.as_ptr(),
            kind,
            operator,
            right.as_ptr(),
            kind,
        );
        string((*clause).data)
    }
}
