//! An open index: what its meta page says, and what follows.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use pgrx::prelude::*;
use tenancy_core::recall::{Centre, Codec, Metric, Point};

use super::buffer::{Lock, Locked};
use super::page::{self, Entries, Kind, META, Made, Page, code_mut};
use crate::error::{Error, Result};
use crate::object;

/// An index whose relation Postgres holds open.
pub struct Index {
    pub relation: pg_sys::Relation,
    pub codec: Rc<Codec>,
    pub entries: Entries,
    /// Whether it is being built, so that nobody else knows of it and nothing is logged yet.
    pub building: bool,
    blocks: Cell<u32>,
}

thread_local! {
    /// The codec used last: its rotation takes longer to make than a search.
    static LAST: RefCell<Option<Rc<Codec>>> = const { RefCell::new(None) };
}

impl Index {
    /// Reads the meta page.
    pub fn open(relation: pg_sys::Relation) -> Result<Self> {
        let made = {
            let meta = Locked::any(relation, META, Lock::Share);
            Page::of(meta.bytes(), Kind::Meta, None)
                .and_then(|page| page.made())
                .map_err(|what| corrupt(relation, Some(META), what))?
        };
        Self::of(relation, made)
            .ok_or_else(|| corrupt(relation, Some(META), "it says what cannot be"))
    }

    /// An index that is made so; `None` if it cannot be.
    pub fn of(relation: pg_sys::Relation, made: Made) -> Option<Self> {
        let codec = codec(&made)?;
        Some(Self {
            relation,
            entries: Entries::new(codec.code_size(), codec.centre_size())?,
            codec,
            building: false,
            blocks: Cell::new(0),
        })
    }

    /// A vector's place.
    pub fn place(&self, numbers: &[f32]) -> Result<Point> {
        if numbers.len() == self.codec.dimensions() {
            Ok(self.codec.place(numbers))
        } else {
            Err(Error::Dimensions {
                expected: self.codec.dimensions(),
                found: numbers.len(),
            })
        }
    }

    /// The entry of a row; without a point, of one whose vector is NULL.
    pub fn entry(&self, row: u64, point: Option<&Point>, centre: &Centre) -> Vec<u8> {
        let mut entry = page::entry(self.entries.stride, row);
        match point {
            Some(point) => self.codec.encode(point, centre, code_mut(&mut entry)),
            None => self.codec.encode_null(code_mut(&mut entry)),
        }
        entry
    }

    /// Whether there is such a block.
    pub fn has(&self, block: u32) -> bool {
        if block >= self.blocks.get() {
            self.blocks.set(self.count_blocks());
        }
        block < self.blocks.get()
    }

    /// How many blocks there are.
    pub fn count_blocks(&self) -> u32 {
        // SAFETY: an open relation.
        unsafe {
            pg_sys::RelationGetNumberOfBlocksInFork(self.relation, pg_sys::ForkNumber::MAIN_FORKNUM)
        }
    }

    /// A page that was given back.
    pub fn free_page(&self) -> Option<Locked> {
        if self.building {
            return None;
        }
        loop {
            // SAFETY: an open relation. Each call takes the block off the map, so this ends.
            let block = unsafe { pg_sys::GetFreeIndexPage(self.relation) };
            if block == pg_sys::InvalidBlockNumber {
                return None;
            }
            if let Some(locked) = Locked::if_unused(self, block) {
                return Some(locked);
            }
        }
    }

    /// The error of a page that is not as it should be.
    pub fn corrupt(&self, block: u32, what: &'static str) -> Error {
        corrupt(self.relation, Some(block), what)
    }
}

fn codec(made: &Made) -> Option<Rc<Codec>> {
    let metric = Metric::from_number(made.metric)?;
    // A damaged page may say anything; a codec's memory grows with what it says.
    let dimensions = usize::try_from(made.dimensions)
        .ok()
        .filter(|dimensions| *dimensions <= page::ROOM)?;
    LAST.with_borrow_mut(|last| {
        if let Some(codec) = last
            && (codec.metric(), codec.dimensions(), codec.bits()) == (metric, dimensions, made.bits)
        {
            return Some(Rc::clone(codec));
        }
        let codec = Rc::new(Codec::new(metric, dimensions, made.bits)?);
        *last = Some(Rc::clone(&codec));
        Some(codec)
    })
}

/// The error of an index that is not as it should be.
pub fn corrupt(relation: pg_sys::Relation, block: Option<u32>, what: &'static str) -> Error {
    // SAFETY: an open relation.
    let index = unsafe { object::relation_name((*relation).rd_id) };
    Error::CorruptIndex {
        index: index.unwrap_or_default(),
        block,
        what,
    }
}
