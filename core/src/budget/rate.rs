//! How often something may happen, as one number that can live in an atomic.

/// A rate with a burst: `burst` at once, and then one in `every` microseconds.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// Microseconds between two.
    pub every: i64,
    /// How many at once after a pause.
    pub burst: i64,
}

impl Rate {
    /// Whether one may happen at `now`. `state` is what the last that happened left, zero before the first; gives what
    /// this one leaves. (The generic cell rate algorithm: the state is when the next would be due at an even pace.)
    pub fn admit(self, state: i64, now: i64) -> Option<i64> {
        let ahead = self.every.saturating_mul(self.burst.saturating_sub(1));
        // Due later than any could have left it: the clock went back, which must not silence for long.
        let possible = now.saturating_add(ahead).saturating_add(self.every);
        let due = if state > possible {
            now
        } else {
            state.max(now)
        };
        (due.saturating_sub(now) <= ahead).then(|| due.saturating_add(self.every))
    }
}
