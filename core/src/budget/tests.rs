use proptest::prelude::*;

use super::*;

fn budget(mode: Mode, limit: u64) -> Budget {
    Budget {
        metric: Metric::Tokens,
        period: Period::Hour,
        mode,
        limit: Amount::from_units(limit),
    }
}

fn parse(metric: Metric, text: &str) -> Result<u64, AmountError> {
    Amount::parse(metric, text, Rounding::Up).map(Amount::units)
}

#[test]
fn amounts() {
    use AmountError::*;
    for (metric, text, expected) in [
        (Metric::Tokens, "0", Ok(0)),
        (Metric::Tokens, "12", Ok(12)),
        (Metric::Tokens, "12.000", Ok(12)),
        (Metric::Tokens, "12.5", Err(Fraction("tokens"))),
        (Metric::Tokens, "-1", Err(Negative)),
        (Metric::Tokens, "-0.5", Err(Negative)),
        (Metric::Tokens, "NaN", Err(NotFinite)),
        (Metric::Tokens, "Infinity", Err(NotFinite)),
        (Metric::Tokens, "-Infinity", Err(NotFinite)),
        (Metric::Tokens, "", Err(NotFinite)),
        (Metric::Tokens, "-", Err(NotFinite)),
        (Metric::Tokens, "9223372036854775807", Ok(i64::MAX as u64)),
        (Metric::Tokens, "9223372036854775808", Err(TooLarge)),
        (Metric::Tokens, "99999999999999999999999", Err(TooLarge)),
        (Metric::Cost, "1", Ok(1_000_000_000)),
        (Metric::Cost, "0.5", Ok(500_000_000)),
        (Metric::Cost, "0.000000001", Ok(1)),
        (Metric::Cost, "0.0000000001", Ok(1)),
        (Metric::Cost, "0.0000000010", Ok(1)),
        (Metric::Cost, "0.0000000011", Ok(2)),
        (Metric::Cost, "9223372036.854775807", Ok(i64::MAX as u64)),
        (Metric::Cost, "9223372036.8547758071", Err(TooLarge)),
        (Metric::Cost, "9223372036.854775808", Err(TooLarge)),
    ] {
        assert_eq!(parse(metric, text), expected, "{text}");
    }
    assert_eq!(
        Amount::parse(Metric::Cost, "0.0000000011", Rounding::Refused),
        Err(TooFine)
    );
    for (metric, units, text) in [
        (Metric::Tokens, 1200, "1200"),
        (Metric::Cost, 0, "0"),
        (Metric::Cost, 1, "0.000000001"),
        (Metric::Cost, 12_500_000_000, "12.5"),
        (Metric::Cost, 10_000_000_000, "10"),
    ] {
        assert_eq!(Amount::from_units(units).to_text(metric), text);
    }
}

#[test]
fn periods() {
    // Reference values: date -u -d TEXT +%s.
    let at = |seconds: i64| seconds * 1_000_000;
    for (period, now, start, end) in [
        (Period::Minute, 1_709_210_096, 1_709_210_040, 1_709_210_100),
        (Period::Hour, 1_709_210_096, 1_709_208_000, 1_709_211_600),
        (Period::Day, 1_709_210_096, 1_709_164_800, 1_709_251_200),
        // 2024-02-29 to 2024-03-01, and December.
        (Period::Month, 1_709_210_096, 1_706_745_600, 1_709_251_200),
        (Period::Month, 1_767_225_599, 1_764_547_200, 1_767_225_600),
        (Period::Month, 1_767_225_600, 1_767_225_600, 1_769_904_000),
    ] {
        assert_eq!(period.around(at(now)), (at(start), at(end)), "{period:?}");
    }
    assert_eq!(Period::Month.around(i64::MAX), (i64::MAX, i64::MAX));
    assert_eq!(Period::Day.around(i64::MAX).1, i64::MAX);
}

#[test]
fn names() {
    assert!(
        Metric::ALL
            .into_iter()
            .all(|m| Metric::parse(m.name()) == Some(m))
    );
    assert!(
        Period::ALL
            .into_iter()
            .all(|p| Period::parse(p.name()) == Some(p))
    );
    assert_eq!(Metric::parse("Tokens"), None);
    assert_eq!(Mode::parse("soft"), Some(Mode::Soft));
    assert_eq!(Mode::parse("firm"), None);
}

#[test]
fn leases() {
    let hard = budget(Mode::Hard, 640);
    assert_eq!(hard.lease(0, 1), 10);
    assert_eq!(hard.lease(10, 25), 35);
    assert_eq!(hard.lease(635, 1), 640);
    assert_eq!(hard.lease(640, 1), 640);
    // The limit was lowered.
    assert_eq!(hard.lease(700, 1), 700);
    assert_eq!(budget(Mode::Hard, 3).lease(0, 1), 1);
    assert_eq!(budget(Mode::Soft, 640).lease(6400, 1), 6500);
    assert_eq!(
        budget(Mode::Soft, 640).lease(u64::MAX / 2, 7),
        Amount::MAX.units()
    );
}

#[test]
fn a_clock_that_goes_back_changes_nothing() {
    let mut ledger = Ledger::default();
    ledger.roll(Period::Hour, 7_200_000_001);
    ledger.taken = 5;
    let before = ledger;
    ledger.roll(Period::Hour, 1);
    assert_eq!(ledger, before);
    ledger.roll(Period::Hour, 10_800_000_000);
    assert_eq!((ledger.start, ledger.taken), (10_800_000_000, 0));
}

#[test]
fn all_or_none() {
    let (small, large) = (budget(Mode::Hard, 10), budget(Mode::Hard, 100));
    let open = |leased| Ledger {
        end: i64::MAX,
        leased,
        opened: true,
        ..Ledger::default()
    };
    let (mut a, mut b) = (open(10), open(100));
    let mut ask = |amount| {
        let mut charges = [
            Charge {
                budget: &small,
                amount,
                ledger: &mut a,
            },
            Charge {
                budget: &large,
                amount,
                ledger: &mut b,
            },
        ];
        let room = take(&mut charges);
        (room, a.taken, b.taken)
    };
    assert_eq!(ask(11), (Room::Full, 0, 0));
    assert_eq!(ask(10), (Room::Enough, 10, 10));
    assert_eq!(ask(1), (Room::Full, 10, 10));
    assert_eq!(ask(0), (Room::Enough, 10, 10));
    assert_eq!(ask(u64::MAX), (Room::Full, 10, 10));
}

#[test]
fn a_soft_budget_goes_on_and_says_so_once() {
    let soft = budget(Mode::Soft, 10);
    let mut ledger = Ledger::default();
    let mut ask = |amount| {
        let room = take(&mut [Charge {
            budget: &soft,
            amount,
            ledger: &mut ledger,
        }]);
        (room, ledger.newly_crossed(&soft), ledger.behind(&soft))
    };
    assert_eq!(ask(10), (Room::Enough, false, Some(10)));
    assert_eq!(ask(1), (Room::Enough, true, Some(11)));
    assert_eq!(ask(1), (Room::Enough, false, Some(12)));
    assert_eq!(ask(Amount::MAX.units()).0, Room::Full);
}

#[test]
fn a_rate_admits_a_burst_and_then_an_even_pace() {
    let rate = Rate {
        every: 10,
        burst: 3,
    };
    let mut state = 0;
    let mut at = |now| match rate.admit(state, now) {
        Some(next) => {
            state = next;
            true
        }
        None => false,
    };
    assert_eq!([1000; 5].map(&mut at), [true, true, true, false, false]);
    assert_eq!([1009, 1010, 1011].map(&mut at), [false, true, false]);
    // The clock goes back.
    assert_eq!([500; 4].map(&mut at), [true, true, true, false]);
}

#[derive(Debug, Clone)]
enum Step {
    /// Charges, on all budgets.
    Charge(u64),
    /// Gives so much of what is held back.
    GiveBack(u64),
    /// Writes a lease down and tells the ledger.
    Lease(usize),
    /// Writes a lease down and dies before it tells.
    LeaseLost(usize),
    /// Memory is lost.
    Crash,
    /// The clock moves.
    Clock(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec(
        prop_oneof![
            6 => (0u64..60).prop_map(Step::Charge),
            2 => (0u64..60).prop_map(Step::GiveBack),
            6 => (0usize..2).prop_map(Step::Lease),
            1 => (0usize..2).prop_map(Step::LeaseLost),
            1 => Just(Step::Crash),
            1 => (-4_000_000_000i64..4_000_000_000).prop_map(Step::Clock),
        ],
        1..200,
    )
}

#[test]
fn what_is_left_is_taken_and_no_more() {
    let (hard, soft) = (budget(Mode::Hard, 100), budget(Mode::Soft, 100));
    for (budget, taken, amount, after) in [
        (&hard, 40, 50, 90),
        (&hard, 40, 80, 100),
        (&hard, 100, u64::MAX, 100),
        // The limit was lowered meanwhile.
        (&hard, 120, 10, 120),
        (&soft, 90, 80, 170),
    ] {
        let mut ledger = Ledger {
            taken,
            ..Ledger::default()
        };
        take_rest(&mut [Charge {
            budget,
            amount,
            ledger: &mut ledger,
        }]);
        assert_eq!(ledger.taken, after);
    }
}

proptest! {
    /// Whatever happens in whatever order, what was granted in a period and not given back is within every limit, and a
    /// crash loses no more than a lease.
    #[test]
    fn never_over_the_limit(limits in (0u64..300, 0u64..2000), steps in steps()) {
        let budgets = [
            budget(Mode::Hard, limits.0),
            Budget { period: Period::Day, ..budget(Mode::Hard, limits.1) },
        ];
        let mut now: i64 = 1_700_000_000_000_000;
        let mut ledgers = [Ledger::default(); 2];
        // (period's start, leased), as the database has it; what was granted, by period's start.
        let mut durable = [std::collections::BTreeMap::<i64, u64>::new(), Default::default()];
        let mut granted = [std::collections::BTreeMap::<i64, u64>::new(), Default::default()];
        let mut wanted = [0u64; 2];
        let mut latest = [i64::MIN; 2];
        for step in steps {
            for (ledger, budget) in ledgers.iter_mut().zip(&budgets) {
                ledger.roll(budget.period, now);
            }
            match step {
                Step::Clock(by) => now += by,
                Step::Crash => { ledgers = [Ledger::default(); 2]; latest = [i64::MIN; 2]; }
                Step::Lease(i) | Step::LeaseLost(i) => {
                    let start = durable[i].range(ledgers[i].start..).next_back().map_or(ledgers[i].start, |(s, _)| *s);
                    let before = durable[i].get(&start).copied().unwrap_or(0);
                    let known = if ledgers[i].opened && ledgers[i].start == start { ledgers[i].leased } else { 0 };
                    let after = budgets[i].lease(before.max(known), wanted[i]);
                    durable[i].insert(start, after);
                    if matches!(step, Step::Lease(_)) {
                        ledgers[i].extend(budgets[i].period, start, before, after);
                    }
                }
                Step::Charge(amount) => {
                    let [a, b] = &mut ledgers;
                    let mut charges = [
                        Charge { budget: &budgets[0], amount, ledger: a },
                        Charge { budget: &budgets[1], amount, ledger: b },
                    ];
                    for (wanted, charge) in wanted.iter_mut().zip(&charges) {
                        *wanted = match charge.room() { Room::Short(short) => short, _ => 0 };
                    }
                    if take(&mut charges) == Room::Enough {
                        for i in 0..2 {
                            *granted[i].entry(ledgers[i].start).or_default() += amount;
                        }
                    }
                }
                Step::GiveBack(amount) => {
                    // No more than this memory granted.
                    for i in 0..2 {
                        let start = ledgers[i].start;
                        let held = granted[i].get(&start).copied().unwrap_or(0);
                        let lost = durable[i].get(&start).copied().unwrap_or(0) - ledgers[i].leased.min(durable[i].get(&start).copied().unwrap_or(0));
                        let back = amount.min(held).min(ledgers[i].taken);
                        if ledgers[i].opened && lost == 0 && latest[i] == start {
                            ledgers[i].give_back(start, back);
                            *granted[i].entry(start).or_default() -= back;
                        }
                        latest[i] = start;
                    }
                }
            }
            for i in 0..2 {
                for (start, sum) in &granted[i] {
                    prop_assert!(*sum <= budgets[i].limit.units());
                    prop_assert!(*sum <= durable[i].get(start).copied().unwrap_or(0));
                }
                if ledgers[i].opened {
                    prop_assert!(ledgers[i].taken <= ledgers[i].leased);
                }
            }
        }
    }

    #[test]
    fn texts_of_amounts_read_back(units in 0..=Amount::MAX.units()) {
        for metric in Metric::ALL {
            let text = Amount::from_units(units).to_text(metric);
            prop_assert_eq!(parse(metric, &text), Ok(units));
        }
    }
}
