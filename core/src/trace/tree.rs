//! The Merkle tree of RFC 6962 over a tenant's leaf hashes.
//!
//! Kept are the leaf hashes, in tiles of [`TILE`], and the root of each full tile. A tile is a whole subtree of every
//! tree that has it, so roots and proofs are computed from the roots of tiles and the leaves of two tiles at most. A
//! tree only grows: those of all earlier sizes are contained in it.

use std::collections::BTreeMap;

use super::{Hash, sha256};

/// Leaves in a full tile.
pub const TILE: usize = 256;
const TILE_U64: u64 = 256;

/// Why a proof can't be made. `E` is what reading a tile fails with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TreeError<E> {
    /// A position at or beyond the tree's size.
    #[error("position {position} is not in a tree of size {size}")]
    Position {
        /// What was asked for.
        position: u64,
        /// The tree's size.
        size: u64,
    },
    /// The old size is larger than the new one.
    #[error("a tree of size {old} is not contained in one of size {new}")]
    Sizes {
        /// The size asked from.
        old: u64,
        /// The size asked to.
        new: u64,
    },
    /// A tile has fewer leaves than the tree's size says; holds the tile's number.
    #[error("tile {0} has fewer leaves than the size of the tree says")]
    Short(u64),
    /// A tile can't be read.
    #[error(transparent)]
    Tile(#[from] E),
}

/// Why a proof doesn't show what it is meant to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// A position at or beyond the tree's size, or an old size larger than the new one.
    #[error("the proof is about a position or size beyond the tree")]
    Range,
    /// More or fewer hashes than a proof between these positions or sizes has.
    #[error("the proof has the wrong number of hashes")]
    Length,
    /// The hashes lead to another root than the earlier checkpoint's.
    #[error("the proof does not lead to the root of the earlier checkpoint")]
    OldRoot,
    /// The hashes lead to another root.
    #[error("the proof does not lead to the root of the checkpoint")]
    Root,
}

/// The hash of a node over two others.
fn node(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[1], left, right])
}

/// The root of a tree over `nodes`, which are leaf hashes or the roots of equal full subtrees, but for the last.
fn fold(nodes: &[Hash]) -> Hash {
    match nodes {
        [] => sha256(&[]),
        [only] => *only,
        _ => {
            // The largest power of two below the length, which is at least 2.
            let left = nodes.len().div_ceil(2).next_power_of_two();
            let (left, right) = nodes.split_at_checked(left).unwrap_or((nodes, &[]));
            node(&fold(left), &fold(right))
        }
    }
}

/// The root of a tile, which is that of a tree over its leaves.
pub fn tile_root(leaves: &[Hash]) -> Hash {
    fold(leaves)
}

/// The root of the tree of all full tiles, by their roots, and the leaves of the last one, if it isn't full. The root
/// of the empty tree is the hash of nothing.
pub fn root(tile_roots: &[Hash], last_tile: &[Hash]) -> Hash {
    if last_tile.is_empty() {
        return fold(tile_roots);
    }
    let mut roots = tile_roots.to_vec();
    roots.push(tile_root(last_tile));
    fold(&roots)
}

/// The proof that the leaf at `position` is in the tree of `size` leaves: the hashes beside its way to the root, from
/// the leaf up.
///
/// The roots and tiles may be those of a larger tree. `tile` reads the leaves of a tile by its number, from 0.
///
/// # Errors
/// [`TreeError`].
pub fn inclusion<E>(
    position: u64,
    size: u64,
    tile_roots: &[Hash],
    tile: impl FnMut(u64) -> Result<Vec<Hash>, E>,
) -> Result<Vec<Hash>, TreeError<E>> {
    if position >= size {
        return Err(TreeError::Position { position, size });
    }
    let mut tiles = Tiles::new(tile_roots, tile);
    let mut proof = Vec::new();
    let mut range = Range {
        begin: 0,
        end: size,
    };
    while let Some((left, right)) = range.split() {
        let (way, beside) = if position < left.end {
            (left, right)
        } else {
            (right, left)
        };
        proof.push(tiles.hash(beside)?);
        range = way;
    }
    proof.reverse();
    Ok(proof)
}

/// The proof that the tree of `new` leaves begins with the tree of `old` leaves. Between equal sizes, and from the empty
/// tree, it is empty.
///
/// # Errors
/// [`TreeError`].
pub fn consistency<E>(
    old: u64,
    new: u64,
    tile_roots: &[Hash],
    tile: impl FnMut(u64) -> Result<Vec<Hash>, E>,
) -> Result<Vec<Hash>, TreeError<E>> {
    if old > new {
        return Err(TreeError::Sizes { old, new });
    }
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    let mut tiles = Tiles::new(tile_roots, tile);
    let mut proof = Vec::new();
    let mut range = Range { begin: 0, end: new };
    while range.end != old {
        let Some((left, right)) = range.split() else {
            break;
        };
        let (way, beside) = if old <= left.end {
            (left, right)
        } else {
            (right, left)
        };
        proof.push(tiles.hash(beside)?);
        range = way;
    }
    // Where the way never went right, the old tree's root is this node, and whoever checks has it.
    if range.begin != 0 {
        proof.push(tiles.hash(range)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Checks that `leaf` is at `position` in the tree of `size` leaves with this root (RFC 9162, 2.1.3.2).
///
/// # Errors
/// [`ProofError`].
pub fn check_inclusion(
    leaf: &Hash,
    position: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    let last = size.checked_sub(1).ok_or(ProofError::Range)?;
    if position > last {
        return Err(ProofError::Range);
    }
    let (mut position, mut last, mut hash) = (position, last, *leaf);
    for beside in proof {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if position & 1 == 1 || position == last {
            hash = node(beside, &hash);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, beside);
        }
        position >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofError::Length);
    }
    if hash == *root {
        Ok(())
    } else {
        Err(ProofError::Root)
    }
}

/// Checks that the tree of `new` leaves begins with that of `old` leaves (RFC 9162, 2.1.4.2).
///
/// # Errors
/// [`ProofError`].
pub fn check_consistency(
    old: u64,
    new: u64,
    old_root: &Hash,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old > new {
        return Err(ProofError::Range);
    }
    if old == 0 || old == new {
        if !proof.is_empty() {
            return Err(ProofError::Length);
        }
        let expected = if old == 0 { fold(&[]) } else { *new_root };
        if *old_root != expected {
            return Err(ProofError::OldRoot);
        }
        if new == 0 && *new_root != expected {
            return Err(ProofError::Root);
        }
        return Ok(());
    }
    let mut hashes = proof.iter();
    let mut first = old.saturating_sub(1);
    let mut second = new.saturating_sub(1);
    // The nodes that lie whole in both trees, below the first that the proof has.
    let whole = first.trailing_ones();
    first = first.checked_shr(whole).unwrap_or(0);
    second = second.checked_shr(whole).unwrap_or(0);
    let start = if old.is_power_of_two() {
        *old_root
    } else {
        *hashes.next().ok_or(ProofError::Length)?
    };
    let (mut in_old, mut in_new) = (start, start);
    for beside in hashes {
        if second == 0 {
            return Err(ProofError::Length);
        }
        if first & 1 == 1 || first == second {
            in_old = node(beside, &in_old);
            in_new = node(beside, &in_new);
            while first & 1 == 0 && first != 0 {
                first >>= 1;
                second >>= 1;
            }
        } else {
            in_new = node(&in_new, beside);
        }
        first >>= 1;
        second >>= 1;
    }
    if second != 0 {
        return Err(ProofError::Length);
    }
    if in_old != *old_root {
        return Err(ProofError::OldRoot);
    }
    if in_new == *new_root {
        Ok(())
    } else {
        Err(ProofError::Root)
    }
}

/// Leaves `begin` up to `end` of a tree, which are those below one of its nodes.
#[derive(Clone, Copy)]
struct Range {
    begin: u64,
    end: u64,
}

impl Range {
    /// The leaves below the node's left child, a power of two, and its right one; `None` for a leaf.
    fn split(self) -> Option<(Self, Self)> {
        let leaves = self
            .end
            .checked_sub(self.begin)
            .filter(|leaves| *leaves > 1)?;
        let left = 1_u64.checked_shl(leaves.checked_sub(1)?.ilog2())?;
        let middle = self.begin.checked_add(left)?;
        let left = Self {
            begin: self.begin,
            end: middle,
        };
        let right = Self {
            begin: middle,
            end: self.end,
        };
        Some((left, right))
    }
}

/// The stored tree. Tiles that were read are kept, as a proof has many hashes of one tile.
struct Tiles<'r, F> {
    roots: &'r [Hash],
    read: F,
    leaves: BTreeMap<u64, Vec<Hash>>,
}

impl<'r, E, F: FnMut(u64) -> Result<Vec<Hash>, E>> Tiles<'r, F> {
    fn new(roots: &'r [Hash], read: F) -> Self {
        Self {
            roots,
            read,
            leaves: BTreeMap::new(),
        }
    }

    /// The hash of a node. One of more than a tile's leaves begins with a tile, as its beginning is a multiple of its
    /// left child's leaves; one of fewer lies in a single tile.
    fn hash(&mut self, range: Range) -> Result<Hash, TreeError<E>> {
        let tile = range.begin / TILE_U64;
        let leaves = range.end.saturating_sub(range.begin);
        if leaves < TILE_U64 {
            let skip = range.begin % TILE_U64;
            return self.part(tile, skip, leaves);
        }
        let full = leaves / TILE_U64;
        let roots = usize::try_from(tile)
            .ok()
            .zip(usize::try_from(full).ok())
            .and_then(|(from, count)| self.roots.get(from..from.checked_add(count)?))
            .ok_or(TreeError::Short(tile))?;
        let rest = leaves % TILE_U64;
        if rest == 0 {
            return Ok(fold(roots));
        }
        let last = self.part(range.end / TILE_U64, 0, rest)?;
        let mut roots = roots.to_vec();
        roots.push(last);
        Ok(fold(&roots))
    }

    /// The hash of a node below `count` leaves of a tile, the first `skip` left out.
    fn part(&mut self, tile: u64, skip: u64, count: u64) -> Result<Hash, TreeError<E>> {
        if !self.leaves.contains_key(&tile) {
            let leaves = (self.read)(tile)?;
            self.leaves.insert(tile, leaves);
        }
        let leaves = self.leaves.get(&tile).map(Vec::as_slice);
        leaves
            .zip(usize::try_from(skip).ok().zip(usize::try_from(count).ok()))
            .and_then(|(leaves, (skip, count))| leaves.get(skip..skip.checked_add(count)?))
            .map(fold)
            .ok_or(TreeError::Short(tile))
    }
}

#[cfg(test)]
mod tests;
