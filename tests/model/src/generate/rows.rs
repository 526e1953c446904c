//! Random statements about rows.

use tenancy_core::scope::Scope;

use super::Generator;
use crate::model::Id;
use crate::operation::*;
use crate::world::{Half, MAX_ID, TABLES, TableNo, Tenant, Via};

impl Generator<'_> {
    pub(super) fn table(&mut self) -> TableNo {
        self.chance.below(TABLES.len())
    }

    fn id(&mut self) -> Id {
        self.chance.between(1, MAX_ID)
    }

    /// Of a row that the tenant has, or has not, as a rule.
    fn id_of(&mut self, table: TableNo, there: bool) -> Id {
        let rows = self
            .session
            .rows
            .as_deref()
            .unwrap_or_else(|| &self.model.rows[&self.tenant]);
        let fitting: Vec<Id> = (1..=MAX_ID)
            .filter(|id| rows.contains_key(&(table, *id)) == there)
            .collect();
        if fitting.is_empty() || self.chance.percent(25) {
            self.id()
        } else {
            self.chance.of(&fitting)
        }
    }

    fn value(&mut self) -> i32 {
        self.chance.between(0, 99)
    }

    /// A name for a table, under which that row is found.
    fn via(&mut self, table: TableNo, id: Option<Id>) -> Via {
        let half = self.chance.of(&[Half::Low, Half::High]);
        match self.chance.below(100) {
            0..25 if TABLES[table].partitioned => Via::Partition(id.map_or(half, Half::of)),
            25..40 => Via::View,
            _ => Via::Table,
        }
    }

    fn near_floor(&mut self) -> Scope {
        let floor = self
            .session
            .context
            .as_ref()
            .map(|context| context.rights.floor.clone());
        self.chance.scope_near(&floor.unwrap_or_default())
    }

    fn filter(&mut self, table: TableNo) -> Filter {
        match self.chance.below(20) {
            0..7 => Filter::All,
            7..14 => Filter::Id(self.id_of(table, true)),
            14..17 if TABLES[table].scoped => Filter::Scope(self.near_floor()),
            _ => Filter::Below(self.value()),
        }
    }

    /// As [`Generator::filter`], for what is written: seldom everything.
    fn target(&mut self, table: TableNo) -> Filter {
        match self.filter(table) {
            Filter::All if self.chance.percent(75) => Filter::Id(self.id_of(table, true)),
            filter => filter,
        }
    }

    fn manner(&mut self) -> Manner {
        self.chance
            .weighted(&[(70, Manner::Once), (30, Manner::Prepared)])
    }

    pub(super) fn select(&mut self) -> Operation {
        let table = self.table();
        let plain = Select {
            table,
            via: Via::Table,
            filter: Filter::All,
            for_update: false,
            manner: Manner::Once,
        };
        Operation::Select(match self.chance.below(100) {
            0..12 => Select {
                filter: if self.chance.percent(50) {
                    Filter::All
                } else {
                    Filter::Id(self.id_of(table, true))
                },
                manner: Manner::Function,
                ..plain
            },
            12..18 => Select {
                via: self.via(table, None),
                manner: Manner::Copy,
                ..plain
            },
            18..21 if !TABLES[table].partitioned => Select {
                manner: Manner::CopyTable,
                ..plain
            },
            21..33 if !self.session.read_only => Select {
                via: self.via(table, None),
                filter: self.filter(table),
                for_update: true,
                manner: self.manner(),
                ..plain
            },
            _ => Select {
                via: self.via(table, None),
                filter: self.filter(table),
                manner: self.manner(),
                ..plain
            },
        })
    }

    pub(super) fn join(&mut self) -> Operation {
        Operation::Join(self.table(), self.table())
    }

    pub(super) fn open_cursor(&mut self) -> Operation {
        let table = self.table();
        Operation::OpenCursor(table, self.via(table, None))
    }

    pub(super) fn fetch(&mut self) -> Operation {
        Operation::Fetch(self.chance.percent(65).then(|| 1 + self.chance.below(4)))
    }

    pub(super) fn insert(&mut self) -> Operation {
        let table = self.table();
        let conflict = self.chance.weighted(&[
            (60, Conflict::Error),
            (15, Conflict::Nothing),
            (25, Conflict::Update),
        ]);
        let there = conflict != Conflict::Error && self.chance.percent(50);
        let id = self.id_of(table, there);
        let tenant = match self.chance.below(20) {
            0..16 => None,
            16..19 => Some(self.tenant),
            _ => Some(Tenant(self.chance.below(self.world.tenants.len()))),
        };
        let scope = match self.chance.below(20) {
            _ if !TABLES[table].scoped => None,
            0..7 => None,
            7 if tenant.is_none() => Some(Written::NoScope),
            _ => Some(Written::Scope(self.near_floor())),
        };
        Operation::Insert(Insert {
            table,
            via: self.via(table, Some(id)),
            id,
            tenant,
            scope,
            value: self.value(),
            conflict,
            returning: self.chance.percent(30),
            manner: self.manner(),
        })
    }

    pub(super) fn update(&mut self) -> Operation {
        let table = self.table();
        let returning = self.chance.percent(30);
        if self.chance.percent(10) {
            return Operation::Update(Update {
                table,
                via: Via::Table,
                filter: Filter::Id(self.id_of(table, true)),
                set: Set::Value(self.value()),
                returning: false,
                manner: Manner::Function,
            });
        }
        let (set, filter) = match self.chance.below(20) {
            0..7 if TABLES[table].scoped => (Set::Scope(self.near_floor()), self.target(table)),
            7..9 => (
                Set::Tenant(Tenant(self.chance.below(self.world.tenants.len()))),
                self.target(table),
            ),
            9..12 => (
                Set::Id(self.id_of(table, false)),
                Filter::Id(self.id_of(table, true)),
            ),
            12..15 => (Set::Increment, self.target(table)),
            _ => (Set::Value(self.value()), self.target(table)),
        };
        let id = if let Filter::Id(id) = filter {
            Some(id)
        } else {
            None
        };
        Operation::Update(Update {
            table,
            via: self.via(table, id),
            filter,
            set,
            returning,
            manner: self.manner(),
        })
    }

    pub(super) fn delete(&mut self) -> Operation {
        let table = self.table();
        let filter = match self.target(table) {
            Filter::All | Filter::Below(_) if self.chance.percent(70) => {
                Filter::Id(self.id_of(table, true))
            }
            Filter::Below(value) => Filter::Below(value / 3),
            filter => filter,
        };
        Operation::Delete(Delete {
            table,
            via: self.via(table, None),
            filter,
            returning: self.chance.percent(30),
            manner: self.manner(),
        })
    }

    pub(super) fn merge(&mut self) -> Operation {
        let table = self.table();
        let there = self.chance.percent(60);
        let id = self.id_of(table, there);
        let via = match self.via(table, Some(id)) {
            // Postgres 16 does not merge into views.
            Via::View => Via::Table,
            via => via,
        };
        let scope = match self.chance.below(4) {
            0 | 1 if TABLES[table].scoped => Some(self.near_floor()),
            _ => None,
        };
        Operation::Merge(Merge {
            table,
            via,
            id,
            value: self.value(),
            own: self.chance.percent(50).then_some(self.tenant),
            matched: self.chance.weighted(&[
                (60, Matched::Update),
                (20, Matched::Delete),
                (20, Matched::Nothing),
            ]),
            insert: self.chance.percent(75).then_some(scope),
        })
    }
}
