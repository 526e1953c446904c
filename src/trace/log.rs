//! A tenant's leaves and checkpoints, as they are stored.

use pgrx::datum::DatumWithOid;
use pgrx::spi::OwnedPreparedStatement;
use pgrx::{Spi, pg_sys};
use tenancy_core::trace::Hash;
use tenancy_core::trace::tree::{self, TILE};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::id;
use crate::query::{self, Snapshot};

/// Bytes of the id of a trace.
const ID: usize = 16;

/// A tile: the traces and leaves of up to [`TILE`] positions.
#[derive(Default, Clone)]
pub struct Tile {
    pub traces: Vec<Uuid>,
    pub leaves: Vec<Hash>,
}

impl Tile {
    /// `None` if the bytes are not those of a tile.
    pub fn read(traces: &[u8], leaves: &[u8]) -> Option<Self> {
        let (traces, rest) = traces.as_chunks::<ID>();
        let (leaves, rest_of_leaves) = leaves.as_chunks::<32>();
        (rest.is_empty()
            && rest_of_leaves.is_empty()
            && traces.len() == leaves.len()
            && (1..=TILE).contains(&traces.len()))
        .then(|| Self {
            traces: traces.iter().map(|id| Uuid::from_bytes(*id)).collect(),
            leaves: leaves.to_vec(),
        })
    }

    fn is_full(&self) -> bool {
        self.leaves.len() >= TILE
    }
}

/// The end of a tenant's log, to which leaves are added.
#[derive(Default)]
pub struct Tail {
    /// Roots of the full tiles.
    pub roots: Vec<Hash>,
    last: Tile,
    /// Whether the last tile is stored with fewer leaves.
    stored: bool,
}

/// The statements by which the log is written, ready for many tenants.
pub struct Log {
    write: OwnedPreparedStatement,
    sign: OwnedPreparedStatement,
}

fn number(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Reads the end of a tenant's log.
pub fn tail(snapshot: Snapshot, tenant: Uuid) -> Result<Tail> {
    let mut tail = Tail::default();
    let damaged = || Error::DamagedLog(tenant.to_string());
    query::each(
        snapshot,
        "SELECT l.tile, l.root, CASE WHEN l.root IS NULL THEN l.traces END, CASE WHEN l.root IS NULL THEN l.leaves END
         FROM tenancy.trace_log l WHERE l.tenant_id = $1 ORDER BY l.tile",
        &[id::to_sql(tenant).into()],
        |row| {
            if tail.stored || row.get::<i64>(1) != Some(number(tail.roots.len())) {
                return Err(damaged());
            }
            if let Some(root) = row.get::<&[u8]>(2) {
                tail.roots.push(Hash::try_from(root).map_err(|_| damaged())?);
            } else {
                let (traces, leaves) = (row.get::<&[u8]>(3), row.get::<&[u8]>(4));
                tail.last = Tile::read(traces.unwrap_or_default(), leaves.unwrap_or_default())
                    .ok_or_else(damaged)?;
                tail.stored = true;
            }
            Ok(())
        },
    )?;
    Ok(tail)
}

const TILES: &str = "SELECT l.tile, l.traces, l.leaves, l.root FROM tenancy.trace_log l WHERE l.tenant_id = $1 ORDER BY l.tile";

/// Hands a tenant's tiles to `take`, in order, with the number and the root that are stored.
pub fn tiles(
    snapshot: Snapshot,
    tenant: Uuid,
    mut take: impl FnMut(i64, Option<Tile>, Option<Vec<u8>>) -> Result<()>,
) -> Result<()> {
    query::each(snapshot, TILES, &[id::to_sql(tenant).into()], |row| {
        let (traces, leaves) = (row.get::<&[u8]>(2), row.get::<&[u8]>(3));
        let tile = Tile::read(traces.unwrap_or_default(), leaves.unwrap_or_default());
        take(row.get(1).unwrap_or_default(), tile, row.get(4))
    })
}

/// The leaves of one tile.
pub fn leaves(snapshot: Snapshot, tenant: Uuid, number: u64) -> Result<Vec<Hash>> {
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    let mut found = None;
    query::each(
        snapshot,
        "SELECT l.traces, l.leaves FROM tenancy.trace_log l WHERE l.tenant_id = $1 AND l.tile = $2",
        &[id::to_sql(tenant).into(), number.into()],
        |row| {
            let (traces, leaves) = (row.get::<&[u8]>(1), row.get::<&[u8]>(2));
            found = Tile::read(traces.unwrap_or_default(), leaves.unwrap_or_default());
            Ok(())
        },
    )?;
    found
        .map(|tile| tile.leaves)
        .ok_or_else(|| Error::DamagedLog(tenant.to_string()))
}

impl Log {
    pub fn new() -> Result<Self> {
        use pg_sys::BuiltinOid::*;
        let ready = |sql, types: &[pg_sys::BuiltinOid]| -> Result<OwnedPreparedStatement> {
            let types: Vec<_> = types.iter().map(|kind| (*kind).into()).collect();
            Spi::connect_mut(|client| Ok(client.prepare_mut(sql, &types)?.keep()))
        };
        Ok(Self {
            write: ready(
                "INSERT INTO tenancy.trace_log (tenant_id, tile, traces, leaves, root) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (tenant_id, tile)
                 DO UPDATE SET traces = excluded.traces, leaves = excluded.leaves, root = excluded.root",
                &[UUIDOID, INT8OID, BYTEAOID, BYTEAOID, BYTEAOID],
            )?,
            sign: ready(
                "INSERT INTO tenancy.trace_checkpoint (tenant_id, size, sealed_at, note)
                 VALUES ($1, $2, pg_catalog.clock_timestamp(), $3)",
                &[UUIDOID, INT8OID, TEXTOID],
            )?,
        })
    }

    /// Adds a leaf.
    pub fn append(&self, tenant: Uuid, tail: &mut Tail, trace: Uuid, leaf: Hash) -> Result<()> {
        tail.last.traces.push(trace);
        tail.last.leaves.push(leaf);
        if tail.last.is_full() {
            let root = tree::tile_root(&tail.last.leaves);
            self.store(tenant, tail, Some(&root))?;
            tail.roots.push(root);
            tail.last = Tile::default();
        }
        Ok(())
    }

    /// Stores what is not stored yet, and the checkpoint.
    pub fn close(&self, tenant: Uuid, tail: &Tail, note: &str) -> Result<()> {
        if !tail.last.leaves.is_empty() {
            self.store(tenant, tail, None)?;
        }
        let size = i64::try_from(tail.size()).unwrap_or(i64::MAX);
        run(
            &self.sign,
            &[id::to_sql(tenant).into(), size.into(), note.into()],
        )
    }

    fn store(&self, tenant: Uuid, tail: &Tail, root: Option<&Hash>) -> Result<()> {
        let traces: Vec<[u8; ID]> = tail.last.traces.iter().map(|id| *id.as_bytes()).collect();
        run(
            &self.write,
            &[
                id::to_sql(tenant).into(),
                number(tail.roots.len()).into(),
                traces.concat().into(),
                tail.last.leaves.concat().into(),
                root.map(|root| root.to_vec()).into(),
            ],
        )
    }
}

fn run(statement: &OwnedPreparedStatement, arguments: &[DatumWithOid]) -> Result<()> {
    Spi::connect_mut(|client| {
        client.update(statement, None, arguments)?;
        Ok(())
    })
}

impl Tail {
    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        u64::try_from(self.roots.len() * TILE + self.last.leaves.len()).unwrap_or(u64::MAX)
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        tree::root(&self.roots, &self.last.leaves)
    }
}
