//! What statements about rows answer.

use std::collections::BTreeMap;
use std::rc::Rc;

use tenancy_core::access::{Whose, may_read, may_write};
use tenancy_core::capability::Capabilities;
use tenancy_core::scope::Scope;

use super::{CHECK, DENIED, DUPLICATE, Outcome, TESTED, Turn};
use crate::answer::{Answer, Expected};
use crate::model::{Id, Row, Seen, TenantRows};
use crate::operation::*;
use crate::session::{Context, Cursor};
use crate::world::{SHARED, TABLES, TableNo, Tenant, Via};

/// Refuses what a table cannot be asked for at all.
fn require(context: &Context, wanted: Capabilities) -> Outcome<()> {
    if context.rights.capabilities.contains(wanted) {
        Ok(())
    } else {
        Err(TESTED)
    }
}

fn require_read(context: &Context, table: TableNo, via: Via) -> Outcome<()> {
    require(context, Capabilities::READ)?;
    let table = &TABLES[table];
    if table.scoped || table.shares(via) || context.rights.floor.is_empty() {
        Ok(())
    } else {
        Err(TESTED)
    }
}

fn require_write(context: &Context, table: TableNo) -> Outcome<()> {
    require(context, Capabilities::WRITE)?;
    if TABLES[table].scoped || context.rights.floor.is_empty() {
        Ok(())
    } else {
        Err(TESTED)
    }
}

fn writes(context: &Context, scope: &Scope) -> bool {
    may_write(&context.rights.floor, Whose::Own, scope)
}

impl Filter {
    fn takes(&self, row: &Seen) -> bool {
        match self {
            Self::All => true,
            Self::Id(id) => row.id == *id,
            Self::Below(value) => row.value < *value,
            Self::Scope(scope) => row.scope == *scope,
        }
    }

    /// Whether a statement needs to read for it.
    fn reads(&self) -> bool {
        !matches!(self, Self::All)
    }
}

impl Turn<'_> {
    /// What is committed, as this transaction sees it.
    fn committed(&self) -> &BTreeMap<Tenant, TenantRows> {
        self.next.snapshot.as_deref().unwrap_or(&self.model.rows)
    }

    /// A tenant's own rows in its transaction.
    fn own(&self, tenant: Tenant) -> &TenantRows {
        self.next
            .rows
            .as_deref()
            .unwrap_or_else(|| &self.committed()[&tenant])
    }

    /// The same, to be changed.
    fn own_mut(&mut self, tenant: Tenant) -> &mut TenantRows {
        let rows = Rc::new(self.own(tenant).clone());
        Rc::make_mut(self.next.rows.insert(rows))
    }

    /// All rows of what is named, in order, as this transaction has them.
    fn all(&self, tenant: Tenant, table: TableNo, via: Via) -> Vec<Seen> {
        let of = |owner: &Tenant| {
            if *owner == tenant {
                self.own(tenant)
            } else {
                &self.committed()[owner]
            }
        };
        let rows = self
            .committed()
            .keys()
            .flat_map(|owner| of(owner).iter().map(|row| (*owner, row)));
        rows.filter(|(_, ((of, id), _))| *of == table && via.holds(*id))
            .map(|(owner, ((_, id), row))| row.seen(owner, *id))
            .collect()
    }

    /// Whether a row of what is named is read.
    fn reads(&self, context: &Context, table: TableNo, via: Via, row: &Seen) -> bool {
        let mut grants;
        let whose = if context.tenant() == Some(row.tenant) {
            Whose::Own
        } else if matches!(via, Via::Partition(_)) {
            // Others' rows are read through the table itself.
            Whose::Other
        } else if row.tenant == SHARED {
            Whose::Shared
        } else {
            let grantee = context.tenant().unwrap_or(SHARED);
            grants = self
                .model
                .grants_to(grantee, self.at)
                .filter(|grant| grant.owner == row.tenant && grant.table == table)
                .map(|grant| grant.scope.clone());
            Whose::Granted(&mut grants)
        };
        may_read(
            &context.rights.floor,
            TABLES[table].shares(via),
            whose,
            &row.scope,
        )
    }

    fn readable(&self, context: &Context, tenant: Tenant, table: TableNo, via: Via) -> Vec<Seen> {
        let mut rows = self.all(tenant, table, via);
        rows.retain(|row| self.reads(context, table, via, row));
        rows
    }

    /// The bound tenant's rows that may be written, and that the filter takes.
    fn writable(
        &self,
        context: &Context,
        tenant: Tenant,
        table: TableNo,
        via: Via,
        filter: &Filter,
    ) -> Vec<Seen> {
        let mut rows = self.all(tenant, table, via);
        rows.retain(|row| row.tenant == tenant && writes(context, &row.scope) && filter.takes(row));
        rows
    }

    fn put(&mut self, table: TableNo, row: &Seen) {
        let value = Row {
            scope: row.scope.clone(),
            value: row.value,
        };
        self.own_mut(row.tenant).insert((table, row.id), value);
    }

    fn remove(&mut self, table: TableNo, row: &Seen) {
        self.own_mut(row.tenant).remove(&(table, row.id));
    }

    /// The tenant's own row of that key, whether or not it can be seen.
    fn same_key(&self, table: TableNo, tenant: Tenant, id: Id) -> Option<&Row> {
        self.own(tenant).get(&(table, id))
    }

    pub(super) fn select(&mut self, select: &Select) -> Outcome<Answer> {
        let (context, tenant) = self.present()?;
        require_read(&context, select.table, select.via)?;
        if select.for_update {
            require_write(&context, select.table)?;
            return Ok(Answer::Rows(self.writable(
                &context,
                tenant,
                select.table,
                select.via,
                &select.filter,
            )));
        }
        let mut rows = self.readable(&context, tenant, select.table, select.via);
        rows.retain(|row| select.filter.takes(row));
        Ok(Answer::Rows(rows))
    }

    pub(super) fn join(&mut self, left: TableNo, right: TableNo) -> Outcome<Answer> {
        let (context, tenant) = self.present()?;
        require_read(&context, left, Via::Table)?;
        require_read(&context, right, Via::Table)?;
        let right = self.readable(&context, tenant, right, Via::Table);
        let left = self.readable(&context, tenant, left, Via::Table);
        let pairs = left
            .iter()
            .map(|l| right.iter().filter(|r| r.id == l.id).count())
            .sum::<usize>();
        Ok(Answer::Count(pairs as u64))
    }

    pub(super) fn open_cursor(&mut self, table: TableNo, via: Via) -> Outcome<Answer> {
        let (context, tenant) = self.present()?;
        require_read(&context, table, via)?;
        self.next.cursors += 1;
        self.next.cursor = Some(Cursor {
            number: self.next.cursors,
            table,
            via,
            certain: self
                .readable(&context, tenant, table, via)
                .into_iter()
                .collect(),
            possible: self.all(tenant, table, via).into_iter().collect(),
            narrowed: None,
            grants: self.grants_to(tenant),
            grants_ended: false,
        });
        Ok(Answer::Done)
    }

    pub(super) fn fetch(&mut self, asked: Option<usize>) -> Outcome<Expected> {
        let found = self.present();
        let Some(mut cursor) = self.next.cursor.take() else {
            return Err(DENIED);
        };
        // Queries that ran before the context was narrowed or taken back give no more.
        let since = *cursor.narrowed.get_or_insert(self.next.narrowed);
        let (context, _) = match found {
            Err(TESTED) | Ok(_) if self.next.narrowed != since => return Err(DENIED),
            found => found?,
        };
        // Declared when more could be read.
        require_read(&context, cursor.table, cursor.via)?;
        let reads = |row: &&Seen| self.reads(&context, cursor.table, cursor.via, row);
        let possible = cursor.possible.iter().filter(reads).cloned().collect();
        cursor.certain = cursor.certain.iter().filter(reads).cloned().collect();
        let certain = cursor.certain.clone();
        let refusable = cursor.grants_ended;
        self.next.cursor = Some(cursor);
        Ok(Expected::Part {
            asked,
            certain,
            possible,
            refusable,
        })
    }

    pub(super) fn insert(&mut self, insert: &Insert) -> Outcome<Answer> {
        let (context, own) = self.present()?;
        let scope = match &insert.scope {
            Some(Written::NoScope) => return Err(CHECK),
            Some(Written::Scope(scope)) => scope.clone(),
            None => self.default_scope(&context, insert.table),
        };
        let tenant = insert.tenant.unwrap_or(own);
        let mut row = Seen {
            tenant,
            id: insert.id,
            scope,
            value: insert.value,
        };
        self.require_insertable(&context, insert.table, &row)?;
        if insert.returning || insert.conflict == Conflict::Update {
            require_read(&context, insert.table, insert.via)?;
        }
        let mut written = Vec::new();
        match (
            self.same_key(insert.table, own, row.id).cloned(),
            insert.conflict,
        ) {
            (None, _) => {
                self.put(insert.table, &row);
                written.push(row);
            }
            (Some(_), Conflict::Error) => return Err(DUPLICATE),
            (Some(_), Conflict::Nothing) => {}
            (Some(old), Conflict::Update) => {
                if !writes(&context, &old.scope) {
                    return Err(DENIED);
                }
                row.scope = old.scope;
                self.put(insert.table, &row);
                written.push(row);
            }
        }
        Ok(answer(written, insert.returning))
    }

    /// What `tenancy.current_scope()` stamps.
    fn default_scope(&self, context: &Context, table: TableNo) -> Scope {
        if TABLES[table].scoped {
            context.rights.floor.clone()
        } else {
            Scope::default()
        }
    }

    fn require_insertable(&self, context: &Context, table: TableNo, row: &Seen) -> Outcome<()> {
        require_write(context, table)?;
        if context.tenant() == Some(row.tenant) && writes(context, &row.scope) {
            Ok(())
        } else {
            Err(DENIED)
        }
    }

    pub(super) fn update(&mut self, update: &Update) -> Outcome<Answer> {
        let (context, own) = self.present()?;
        require_write(&context, update.table)?;
        if update.filter.reads() || update.returning || matches!(update.set, Set::Increment) {
            require_read(&context, update.table, update.via)?;
        }
        let mut rows = self.writable(&context, own, update.table, update.via, &update.filter);
        for row in &mut rows {
            match &update.set {
                Set::Value(value) => row.value = *value,
                Set::Increment => row.value += 1,
                Set::Scope(scope) if writes(&context, scope) => row.scope = scope.clone(),
                Set::Tenant(tenant) if *tenant == own => {}
                Set::Scope(_) | Set::Tenant(_) => return Err(DENIED),
                Set::Id(id) => {
                    if !update.via.holds(*id) {
                        return Err(CHECK);
                    }
                    if *id != row.id && self.same_key(update.table, own, *id).is_some() {
                        return Err(DUPLICATE);
                    }
                    self.remove(update.table, row);
                    row.id = *id;
                }
            }
            self.put(update.table, row);
        }
        rows.sort();
        Ok(answer(rows, update.returning))
    }

    pub(super) fn delete(&mut self, delete: &Delete) -> Outcome<Answer> {
        let (context, own) = self.present()?;
        require_write(&context, delete.table)?;
        if delete.filter.reads() || delete.returning {
            require_read(&context, delete.table, delete.via)?;
        }
        let rows = self.writable(&context, own, delete.table, delete.via, &delete.filter);
        for row in &rows {
            self.remove(delete.table, row);
        }
        Ok(answer(rows, delete.returning))
    }

    pub(super) fn merge(&mut self, merge: &Merge) -> Outcome<Answer> {
        let (context, own) = self.present()?;
        require_read(&context, merge.table, merge.via)?;
        let mut rows = self.readable(&context, own, merge.table, merge.via);
        rows.retain(|row| {
            row.id == merge.id && merge.own.is_none_or(|tenant| row.tenant == tenant)
        });
        if rows.is_empty() {
            let Some(scope) = &merge.insert else {
                return Ok(Answer::Count(0));
            };
            let scope = scope
                .clone()
                .unwrap_or_else(|| self.default_scope(&context, merge.table));
            let row = Seen {
                tenant: own,
                id: merge.id,
                scope,
                value: merge.value,
            };
            self.require_insertable(&context, merge.table, &row)?;
            if self.same_key(merge.table, own, row.id).is_some() {
                return Err(DUPLICATE);
            }
            self.put(merge.table, &row);
            return Ok(Answer::Count(1));
        }
        if merge.matched == Matched::Nothing {
            return Ok(Answer::Count(0));
        }
        require_write(&context, merge.table)?;
        for row in &mut rows {
            // Rows that are read and not written are an error here, and not left alone.
            if row.tenant != own || !writes(&context, &row.scope) {
                return Err(DENIED);
            }
            if merge.matched == Matched::Delete {
                self.remove(merge.table, row);
            } else {
                row.value = merge.value;
                self.put(merge.table, row);
            }
        }
        Ok(Answer::Count(rows.len() as u64))
    }
}

fn answer(rows: Vec<Seen>, returning: bool) -> Answer {
    if returning {
        Answer::Rows(rows)
    } else {
        Answer::Count(rows.len() as u64)
    }
}
