//! Budgets: what may be spent of a metric in a period, and the ledger that says what has been.
//!
//! A ledger lives in memory and spends from a *lease*: a part of the limit that was written down durably before any of it
//! is used. What was leased and is lost with the memory counts as spent, so that nothing ever goes beyond the limit. What
//! is spent and what is reserved are one number, *taken*: a reservation that ends in full changes nothing.

mod amount;
mod period;
mod rate;

pub use amount::{Amount, AmountError, Rounding};
pub use period::Period;
pub use rate::Rate;

/// What a budget counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Tokens of language models.
    Tokens,
    /// Money, in US dollars.
    Cost,
    /// Requests.
    Requests,
    /// Rows.
    Rows,
    /// Agents.
    Agents,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Tokens,
        Self::Cost,
        Self::Requests,
        Self::Rows,
        Self::Agents,
    ];

    /// Its name in SQL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Cost => "cost",
            Self::Requests => "requests",
            Self::Rows => "rows",
            Self::Agents => "agents",
        }
    }

    /// The metric of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.name() == name)
    }
}

/// What happens at the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// What would go beyond it is refused.
    Hard,
    /// It goes on, with a warning.
    Soft,
}

impl Mode {
    /// Its name in SQL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Soft => "soft",
        }
    }

    /// The mode of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Hard, Self::Soft]
            .into_iter()
            .find(|mode| mode.name() == name)
    }
}

/// A tenant's budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// What it counts.
    pub metric: Metric,
    /// When it begins anew.
    pub period: Period,
    /// What happens at the limit.
    pub mode: Mode,
    /// What may be spent in a period.
    pub limit: Amount,
}

/// A lease is at least this part of the limit: so often, at most, is something written down in a period.
const LEASES: u64 = 64;

impl Budget {
    /// What is to be leased in all, where `before` was until now, and `short` more is needed at least. Never beyond the
    /// limit of a hard budget, and never less than before.
    pub fn lease(&self, before: u64, short: u64) -> u64 {
        let most = match self.mode {
            Mode::Hard => self.limit.units(),
            Mode::Soft => Amount::MAX.units(),
        };
        let size = match self.mode {
            Mode::Hard => self.limit.units(),
            Mode::Soft => self.limit.units().max(before),
        };
        let step = short.max(size.checked_div(LEASES).unwrap_or(0));
        before.max(before.saturating_add(step).min(most))
    }
}

/// What was spent of a budget in a period. All zeros is the ledger of no period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ledger {
    /// When its period began, in microseconds since the Unix epoch.
    pub start: i64,
    /// When the period ends.
    pub end: i64,
    /// What is leased, of which what was leased before the ledger was opened is taken.
    pub leased: u64,
    /// What is spent or reserved.
    pub taken: u64,
    /// Whether it is known what was leased before.
    pub opened: bool,
    /// Whether it was said that a soft budget's limit is crossed.
    pub crossed: bool,
}

/// Whether an amount can be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// It can.
    Enough,
    /// Not before so much more is leased.
    Short(u64),
    /// Not in this period.
    Full,
}

impl Ledger {
    /// Begins the period of `now` if the ledger's is over. A clock that went back changes nothing.
    pub fn roll(&mut self, period: Period, now: i64) {
        if now >= self.end {
            let (start, end) = period.around(now);
            *self = Self {
                start,
                end,
                ..Self::default()
            };
        }
    }

    /// Takes in what was written down: in the period that began at `start`, `before` was leased, and now `after` is.
    pub fn extend(&mut self, period: Period, start: i64, before: u64, after: u64) {
        if start > self.start {
            // Written down under a clock that was ahead of ours.
            *self = Self {
                start,
                end: period.around(start).1,
                ..Self::default()
            };
        }
        if start == self.start {
            if !self.opened {
                // Lost, as far as this memory knows.
                self.taken = self.taken.saturating_add(before);
                self.opened = true;
            }
            self.leased = self.leased.max(after);
        }
    }

    fn room(&self, budget: &Budget, amount: u64) -> Room {
        if amount == 0 {
            return Room::Enough;
        }
        let total = match self.taken.checked_add(amount) {
            Some(total) if total <= Amount::MAX.units() => total,
            _ => return Room::Full,
        };
        match budget.mode {
            Mode::Soft => Room::Enough,
            Mode::Hard if !self.opened => Room::Short(amount),
            Mode::Hard if total > budget.limit.units() => Room::Full,
            Mode::Hard => match total.checked_sub(self.leased) {
                None | Some(0) => Room::Enough,
                Some(short) => Room::Short(short),
            },
        }
    }

    /// What a soft budget has taken beyond its lease, or was not opened for.
    pub fn behind(&self, budget: &Budget) -> Option<u64> {
        let beyond = self.taken.saturating_sub(self.leased);
        (budget.mode == Mode::Soft && (beyond > 0 || !self.opened)).then_some(beyond)
    }

    /// Says, once in a period, that the limit is crossed.
    pub fn newly_crossed(&mut self, budget: &Budget) -> bool {
        let crosses = self.taken > budget.limit.units();
        crosses && !std::mem::replace(&mut self.crossed, true)
    }

    /// Gives back what was taken in the period that began at `start`; nothing, once that is over.
    pub fn give_back(&mut self, start: i64, amount: u64) {
        if self.start == start {
            self.taken = self.taken.saturating_sub(amount);
        }
    }
}

/// An amount to be taken from a ledger.
pub struct Charge<'a> {
    /// The ledger's budget.
    pub budget: &'a Budget,
    /// The amount.
    pub amount: u64,
    /// The ledger; no other charge beside it has the same.
    pub ledger: &'a mut Ledger,
}

impl Charge<'_> {
    /// Whether it can be taken.
    pub fn room(&self) -> Room {
        self.ledger.room(self.budget, self.amount)
    }
}

/// Takes all or none. Gives the room of the charge that hinders most: `Full` before `Short`.
pub fn take(charges: &mut [Charge]) -> Room {
    let mut all = Room::Enough;
    for charge in charges.iter() {
        match charge.room() {
            Room::Enough => {}
            Room::Full => return Room::Full,
            short @ Room::Short(_) => all = short,
        }
    }
    if all == Room::Enough {
        for charge in charges {
            charge.ledger.taken = charge.ledger.taken.saturating_add(charge.amount);
        }
    }
    all
}

/// Takes what is left of each, up to the amount: for what was spent already, though there was no room.
pub fn take_rest(charges: &mut [Charge]) {
    for Charge {
        budget,
        amount,
        ledger,
    } in charges
    {
        let most = match budget.mode {
            Mode::Hard => budget.limit.units(),
            Mode::Soft => Amount::MAX.units(),
        };
        let total = ledger.taken.saturating_add(*amount).min(most);
        ledger.taken = ledger.taken.max(total);
    }
}

#[cfg(test)]
mod tests;
