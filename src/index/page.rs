//! What the bytes of a page mean. Every page ends in the same special space; between Postgres's own header and it lie
//!
//! - meta page, block 0: how the index was made;
//! - bucket page: a node of the directory (see `directory`), entries of several tenants, and a record for each of them,
//!   from the end of the page downwards;
//! - shared page: more entries of a bucket page's tenants (see `bucket`);
//! - chain page: entries of one tenant;
//! - centre page: the centre that codes of a chain or bucket are relative to;
//! - free page: nothing, until it is used again.
//!
//! An entry is a row's address, the number of the tenant's record on its bucket page, and the code. Integers are in the
//! machine's own order, as everywhere in Postgres's files.

use std::ops::Range;

use pgrx::pg_sys;
use tenancy_core::tenant_key::{TENANT_KEY_SIZE, TenantKey};

use super::bucket::Bucket;

/// Size of a page.
pub const SIZE: usize = pg_sys::BLCKSZ as usize;
/// The block of the meta page.
pub const META: u32 = 0;
/// The block of the bucket page from which all others are reached.
pub const ROOT: u32 = 1;
/// Whose a page is that is no tenant's.
pub const NOBODY: TenantKey = [0; TENANT_KEY_SIZE];
/// No block.
pub const NONE: u32 = u32::MAX;
/// How deep the directory can get.
pub const MAX_DEPTH: usize = 32;

const HEADER: usize = 24;
/// key, next, centre, magic, kind, padding
pub const SPECIAL: usize = TENANT_KEY_SIZE + 16;
const END: usize = SIZE - SPECIAL;
const MAGIC: u32 = 0x7465_6e31;

/// depth, prefix, links
const BUCKET: usize = 8 + 4 * MAX_DEPTH;
/// key, head, pages, centre
const TENANT: usize = TENANT_KEY_SIZE + 12;
/// A row's address and the number of its tenant's record, before the code.
const ADDRESS: usize = 7;

/// What a chain or centre page can hold.
pub const ROOM: usize = END - HEADER;
/// What a bucket page can hold, of entries and records.
const BUCKET_ROOM: usize = ROOM - BUCKET;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    Meta = 1,
    Bucket = 2,
    Chain = 3,
    Centre = 4,
    Free = 5,
    Shared = 6,
}

/// How the index was made, as its meta page says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Made {
    pub metric: u8,
    pub bits: u8,
    pub dimensions: u32,
}

/// Version of this format.
const FORMAT: u32 = 1;

/// What a bucket page knows of a tenant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tenant {
    pub key: TenantKey,
    /// The first page of its chain.
    pub head: u32,
    /// How many pages the chain has.
    pub pages: u32,
    /// The centre of its entries on the bucket page.
    pub centre: u32,
}

impl Tenant {
    pub fn new(key: TenantKey) -> Self {
        Self {
            key,
            head: NONE,
            pages: 0,
            centre: NONE,
        }
    }
}

/// Sizes that follow from the size of a code.
#[derive(Clone, Copy)]
pub struct Entries {
    /// Bytes of an entry.
    pub stride: usize,
    /// How many fit a chain page.
    pub per_page: usize,
    /// How many a shared page holds: no more than a bucket page that holds nothing else.
    pub per_shared: usize,
}

impl Entries {
    /// `None` if no page could hold an entry or a centre.
    pub fn new(code_size: usize, centre_size: usize) -> Option<Self> {
        let stride = ADDRESS + code_size;
        (stride + TENANT <= BUCKET_ROOM && centre_size <= ROOM).then_some(Self {
            stride,
            per_page: ROOM / stride,
            per_shared: BUCKET_ROOM / stride,
        })
    }

    /// How many fit a bucket page with so many tenants.
    pub fn per_bucket(self, tenants: usize) -> usize {
        BUCKET_ROOM.saturating_sub(TENANT * tenants) / self.stride
    }

    /// Bytes of the entries that a shared page holds.
    pub fn shared_bytes(self) -> usize {
        self.per_shared * self.stride
    }
}

/// Where a row lies, as one number: block and offset.
pub fn row(entry: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    bytes[..6].copy_from_slice(&entry[..6]);
    u64::from_le_bytes(bytes)
}

/// The code of an entry.
pub fn code(entry: &[u8]) -> &[u8] {
    &entry[ADDRESS..]
}

/// A new entry: its address, and room for a code.
pub fn entry(stride: usize, row: u64) -> Vec<u8> {
    let mut entry = vec![0; stride];
    entry[..6].copy_from_slice(&row.to_le_bytes()[..6]);
    entry
}

pub fn set_tag(entry: &mut [u8], number: usize) {
    // Records are numbered so far.
    entry[6] = number as u8;
}

pub fn code_mut(entry: &mut [u8]) -> &mut [u8] {
    &mut entry[ADDRESS..]
}

/// The number of the tenant's record.
pub fn tag(entry: &[u8]) -> usize {
    usize::from(entry[6])
}

/// A page to be read. What it says of itself was checked when it was taken.
#[derive(Clone, Copy)]
pub struct Page<'a>(&'a [u8]);

/// A page to be changed.
pub struct PageMut<'a>(&'a mut [u8]);

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_ne_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn key_at(bytes: &[u8], at: usize) -> TenantKey {
    let mut key = [0; TENANT_KEY_SIZE];
    key.copy_from_slice(&bytes[at..at + TENANT_KEY_SIZE]);
    key
}

impl<'a> Page<'a> {
    /// `None` for a page that Postgres has not written yet.
    pub fn is_new(bytes: &[u8]) -> bool {
        u16_at(bytes, 14) == 0
    }

    /// The page, if it is of this kind and all its sizes hold.
    pub fn of(bytes: &'a [u8], kind: Kind, entries: Option<Entries>) -> Result<Self, &'static str> {
        let page = Self::any(bytes)?;
        if page.kind_number() != kind as u8 {
            return Err(match kind {
                Kind::Meta => "it is not a meta page",
                Kind::Bucket => "it is not a bucket page",
                Kind::Chain => "it is not a chain page",
                Kind::Centre => "it is not a centre page",
                Kind::Free => "it is not a free page",
                Kind::Shared => "it is not a shared page",
            });
        }
        let Some(entries) = entries else {
            return Ok(page);
        };
        let (lower, upper) = (page.lower(), page.upper());
        let start = page.start();
        if lower < start || !(lower - start).is_multiple_of(entries.stride) {
            return Err("its entries have another size");
        }
        if kind == Kind::Bucket {
            let tenants = END - upper;
            if !tenants.is_multiple_of(TENANT) {
                return Err("its records have another size");
            }
            let count = tenants / TENANT;
            if page.depth() > MAX_DEPTH || page.entries(entries).any(|entry| tag(entry) >= count) {
                return Err("its records do not fit its entries");
            }
        } else if upper != END {
            return Err("it has records");
        } else if kind == Kind::Shared && lower - start > entries.shared_bytes() {
            return Err("it holds too much");
        }
        Ok(page)
    }

    /// A page that was checked.
    pub fn checked(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The page, if it is any of an index's pages.
    pub fn any(bytes: &'a [u8]) -> Result<Self, &'static str> {
        if bytes.len() != SIZE || usize::from(u16_at(bytes, 16)) != END {
            return Err("its header is damaged");
        }
        let page = Self(bytes);
        if u32_at(bytes, END + TENANT_KEY_SIZE + 8) != MAGIC {
            return Err("it is no page of such an index");
        }
        let (lower, upper) = (page.lower(), page.upper());
        if lower < HEADER || lower > upper || upper > END {
            return Err("its header is damaged");
        }
        Ok(page)
    }

    fn lower(&self) -> usize {
        usize::from(u16_at(self.0, 12))
    }

    fn upper(&self) -> usize {
        usize::from(u16_at(self.0, 14))
    }

    pub fn kind_number(&self) -> u8 {
        self.0[END + TENANT_KEY_SIZE + 12]
    }

    pub fn is(&self, kind: Kind) -> bool {
        self.kind_number() == kind as u8
    }

    fn start(&self) -> usize {
        if self.is(Kind::Bucket) {
            HEADER + BUCKET
        } else {
            HEADER
        }
    }

    /// Whose chain or centre it is.
    pub fn key(&self) -> TenantKey {
        key_at(self.0, END)
    }

    /// The next page of the chain, the centre before this one, or the next shared page of a bucket.
    pub fn next(&self) -> u32 {
        u32_at(self.0, END + TENANT_KEY_SIZE)
    }

    /// The centre of the entries of a chain page.
    pub fn centre(&self) -> u32 {
        u32_at(self.0, END + TENANT_KEY_SIZE + 4)
    }

    /// The bucket page that a shared page is of.
    pub fn owner(&self) -> u32 {
        self.centre()
    }

    /// All entries, one after the other.
    pub fn entry_bytes(&self) -> &'a [u8] {
        &self.0[self.start()..self.lower()]
    }

    pub fn count(&self, entries: Entries) -> usize {
        self.entry_bytes().len() / entries.stride
    }

    pub fn entries(&self, entries: Entries) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.entry_bytes().chunks_exact(entries.stride)
    }

    /// The entries but those of one record.
    pub fn bytes_but(&self, number: usize, entries: Entries) -> Vec<u8> {
        self.entries(entries)
            .filter(|entry| tag(entry) != number)
            .collect::<Vec<_>>()
            .concat()
    }

    /// The entries but those of some rows, which are given in order.
    pub fn entries_but(&self, rows: &[u64], entries: Entries) -> Vec<u8> {
        self.entries(entries)
            .filter(|entry| rows.binary_search(&row(entry)).is_err())
            .collect::<Vec<_>>()
            .concat()
    }

    /// What lies on a page that holds something else than entries.
    pub fn content(&self) -> &'a [u8] {
        &self.0[HEADER..END]
    }

    // Meta page.

    pub fn made(&self) -> Result<Made, &'static str> {
        let content = self.content();
        if u32_at(content, 0) != FORMAT {
            return Err("its format is of another version; REINDEX makes it anew");
        }
        Ok(Made {
            metric: content[8],
            bits: content[9],
            dimensions: u32_at(content, 4),
        })
    }

    // Bucket page.

    /// How many bits of a key led here.
    pub fn depth(&self) -> usize {
        usize::from(self.0[HEADER])
    }

    fn prefix(&self) -> u32 {
        u32_at(self.0, HEADER + 4)
    }

    /// The page that split off when this one got so deep.
    pub fn link(&self, depth: usize) -> u32 {
        u32_at(self.0, HEADER + 8 + 4 * depth)
    }

    /// Where the tenant went, if it is not here.
    pub fn forward(&self, key: &TenantKey) -> Option<u32> {
        let differs = (bits(key) ^ self.prefix()).leading_zeros() as usize;
        (differs < self.depth()).then(|| self.link(differs))
    }

    pub fn tenant_count(&self) -> usize {
        (END - self.upper()) / TENANT
    }

    pub fn tenants(&self) -> impl Iterator<Item = Tenant> + use<'a> {
        let bytes = self.0;
        (0..self.tenant_count()).map(move |n| {
            let at = END - (n + 1) * TENANT;
            Tenant {
                key: key_at(bytes, at),
                head: u32_at(bytes, at + TENANT_KEY_SIZE),
                pages: u32_at(bytes, at + TENANT_KEY_SIZE + 4),
                centre: u32_at(bytes, at + TENANT_KEY_SIZE + 8),
            }
        })
    }

    /// The tenant's record and its number.
    pub fn find(&self, key: &TenantKey) -> Option<(usize, Tenant)> {
        self.tenants()
            .enumerate()
            .find(|(_, tenant)| tenant.key == *key)
    }

    /// The entries of one record.
    pub fn entries_of(
        &self,
        number: usize,
        entries: Entries,
    ) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.entries(entries)
            .filter(move |entry| tag(entry) == number)
    }

    /// The same, one after the other.
    pub fn bytes_of(&self, number: usize, entries: Entries) -> Vec<u8> {
        self.entries_of(number, entries)
            .collect::<Vec<_>>()
            .concat()
    }

    /// How many bytes are left for entries of a tenant, whose record is yet to be made if it is new; `None` if that does
    /// not fit.
    pub fn room(&self, new_tenant: bool) -> Option<usize> {
        let room = self.upper() - self.lower();
        match new_tenant {
            false => Some(room),
            true if self.is_full_of_tenants() => None,
            true => room.checked_sub(TENANT),
        }
    }

    /// Whether there are as many tenants as can be numbered.
    pub fn is_full_of_tenants(&self) -> bool {
        self.tenant_count() >= usize::from(u8::MAX)
    }

    /// All that a bucket page itself holds, to be laid out anew.
    pub fn bucket(&self, entries: Entries) -> Bucket {
        let mut tenants: Vec<_> = self.tenants().map(|tenant| (tenant, Vec::new())).collect();
        for entry in self.entries(entries) {
            tenants[tag(entry)].1.extend_from_slice(entry);
        }
        Bucket { tenants }
    }
}

/// The first bits of a key, which lead through the directory.
pub fn bits(key: &TenantKey) -> u32 {
    u32::from_be_bytes([key[0], key[1], key[2], key[3]])
}

impl<'a> PageMut<'a> {
    /// For bytes of a page that [`PageMut::init`] is to lay out, or that were checked as a [`Page`].
    pub fn new(bytes: &'a mut [u8]) -> Self {
        Self(bytes)
    }

    pub fn read(&self) -> Page<'_> {
        Page(self.0)
    }

    fn put(&mut self, at: usize, value: u32) {
        self.0[at..at + 4].copy_from_slice(&value.to_ne_bytes());
    }

    fn put_u16(&mut self, at: usize, value: usize) {
        // Sizes on a page fit 16 bits.
        self.0[at..at + 2].copy_from_slice(&(value as u16).to_ne_bytes());
    }

    fn set_lower(&mut self, lower: usize) {
        self.put_u16(12, lower);
    }

    fn set_upper(&mut self, upper: usize) {
        self.put_u16(14, upper);
    }

    /// Lays an empty page out. The page's log position stays.
    pub fn init(&mut self, kind: Kind, key: &TenantKey) {
        self.0[8..].fill(0);
        self.set_lower(HEADER + if kind == Kind::Bucket { BUCKET } else { 0 });
        self.set_upper(END);
        self.put_u16(16, END);
        self.put_u16(18, SIZE | pg_sys::PG_PAGE_LAYOUT_VERSION as usize);
        self.0[END..END + TENANT_KEY_SIZE].copy_from_slice(key);
        self.set_next(NONE);
        self.set_centre(NONE);
        self.put(END + TENANT_KEY_SIZE + 8, MAGIC);
        self.0[END + TENANT_KEY_SIZE + 12] = kind as u8;
        if kind == Kind::Bucket {
            for depth in 0..MAX_DEPTH {
                self.set_link(depth, NONE);
            }
        }
    }

    pub fn set_next(&mut self, block: u32) {
        self.put(END + TENANT_KEY_SIZE, block);
    }

    pub fn set_centre(&mut self, block: u32) {
        self.put(END + TENANT_KEY_SIZE + 4, block);
    }

    /// Lays out a shared page of a bucket page.
    pub fn init_shared(&mut self, owner: u32, next: u32) {
        self.init(Kind::Shared, &NOBODY);
        self.set_centre(owner);
        self.set_next(next);
    }

    /// Fills a page that holds something else than entries.
    pub fn set_content(&mut self, content: &[u8]) {
        self.0[HEADER..HEADER + content.len()].copy_from_slice(content);
        self.set_lower(HEADER + content.len());
    }

    pub fn set_made(&mut self, made: &Made) {
        let mut content = [0; 12];
        content[..4].copy_from_slice(&FORMAT.to_ne_bytes());
        content[4..8].copy_from_slice(&made.dimensions.to_ne_bytes());
        content[8] = made.metric;
        content[9] = made.bits;
        self.set_content(&content);
    }

    fn set_link(&mut self, depth: usize, block: u32) {
        self.put(HEADER + 8 + 4 * depth, block);
    }

    /// Adds entries; they must fit.
    pub fn append(&mut self, entries: &[u8]) {
        let lower = self.read().lower();
        self.0[lower..lower + entries.len()].copy_from_slice(entries);
        self.set_lower(lower + entries.len());
    }

    /// Replaces the entries of a chain or shared page.
    pub fn set_entries(&mut self, entries: &[u8]) {
        let (start, lower) = (self.read().start(), self.read().lower());
        self.clear(start..lower);
        self.set_lower(start);
        self.append(entries);
    }

    fn clear(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.0[range].fill(0);
        }
    }

    // Bucket page.

    /// Adds entries of a tenant, whose record is made if there is none. They must fit.
    pub fn add(&mut self, tenant: &Tenant, added: &[u8], entries: Entries) {
        let number = match self.read().find(&tenant.key) {
            Some((number, _)) => number,
            None => self.add_tenant(tenant),
        };
        let start = self.read().lower();
        self.append(added);
        for at in (start..start + added.len()).step_by(entries.stride) {
            set_tag(&mut self.0[at..], number);
        }
    }

    /// Adds a record; it must fit.
    fn add_tenant(&mut self, tenant: &Tenant) -> usize {
        let number = self.read().tenant_count();
        self.set_upper(self.read().upper() - TENANT);
        self.set_tenant(number, tenant);
        number
    }

    pub fn set_tenant(&mut self, number: usize, tenant: &Tenant) {
        let at = END - (number + 1) * TENANT;
        self.0[at..at + TENANT_KEY_SIZE].copy_from_slice(&tenant.key);
        self.put(at + TENANT_KEY_SIZE, tenant.head);
        self.put(at + TENANT_KEY_SIZE + 4, tenant.pages);
        self.put(at + TENANT_KEY_SIZE + 8, tenant.centre);
    }

    /// Lays tenants out anew, numbered in their order, and entries.
    pub fn set_bucket(&mut self, bucket: &Bucket, entries: Entries) {
        let start = self.read().start();
        let (lower, upper) = (self.read().lower(), self.read().upper());
        self.clear(start..lower);
        self.clear(upper..END);
        self.set_lower(start);
        self.set_upper(END);
        for (tenant, of_tenant) in &bucket.tenants {
            self.add(tenant, of_tenant, entries);
        }
    }

    /// Makes this page one bit deeper, with a page that split off for the keys whose bit is set; that page is laid out
    /// as its twin.
    pub fn deepen(&mut self, twin: &mut PageMut<'_>, block: u32) {
        let depth = self.read().depth();
        let prefix = self.read().prefix();
        self.0[HEADER] = (depth + 1) as u8;
        self.set_link(depth, block);
        twin.0[HEADER] = (depth + 1) as u8;
        twin.put(HEADER + 4, prefix | 1 << (31 - depth));
    }
}
