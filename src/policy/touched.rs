//! Who is cut: credit withdrawn and people touched, by band. Exact sums over the book, no sampling.

use super::bands::{Bands, Burden};
use super::reaction::{Person, Reaction};

/// Sums over the people of one band, pools by count; amounts in smallest units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BandSums {
    /// People in the band.
    pub people: u64,
    /// People with at least one limit cut.
    pub people_cut: u64,
    /// Accounts whose limit falls.
    pub accounts_cut: u64,
    /// Limits before the policy.
    pub limit: i64,
    /// Limit the policy takes away (sum of falls).
    pub limit_cut: i64,
    /// Balances before the policy.
    pub credit: i64,
    /// Balance the policy takes away.
    pub withdrawn: i64,
    /// People whose burden can be judged.
    pub judged: u64,
    /// Over-indebted among them before the policy.
    pub over_indebted_before: u64,
    /// And after it.
    pub over_indebted_after: u64,
}

impl BandSums {
    fn add(&mut self, other: &Self) {
        self.people += other.people;
        self.people_cut += other.people_cut;
        self.accounts_cut += other.accounts_cut;
        self.limit += other.limit;
        self.limit_cut += other.limit_cut;
        self.credit += other.credit;
        self.withdrawn += other.withdrawn;
        self.judged += other.judged;
        self.over_indebted_before += other.over_indebted_before;
        self.over_indebted_after += other.over_indebted_after;
    }
}

/// Sums by banding and band.
pub fn who_is_cut(reaction: &Reaction<'_>, bands: &Bands, per_unit: f64) -> Vec<Vec<BandSums>> {
    let book = reaction.book;
    let mut person = Person::default();
    let mut sums: Vec<Vec<BandSums>> =
        bands.bandings.iter().map(|banding| vec![BandSums::default(); banding.len()]).collect();
    for b in 0..book.entries() {
        reaction.of(b, &mut person);
        let own = borrower(reaction, &person, bands.burden, per_unit, b);
        for (banding, sums) in bands.bandings.iter().zip(&mut sums) {
            sums[banding.of(book, b)].add(&own);
        }
    }
    sums
}

/// What a policy does to entry `b`, all its people together.
fn borrower(
    reaction: &Reaction<'_>,
    person: &Person,
    burden: Option<Burden>,
    per_unit: f64,
    b: usize,
) -> BandSums {
    let book = reaction.book;
    let count = book.count(b);
    let times = count as i64;
    let mut own = BandSums { people: count, ..BandSums::default() };
    let rates = book.accounts.interest_rate.as_ref();
    let income = book.borrowers.income.as_ref().and_then(|income| income.known(b));
    // Repayment before and after, as long as all rates are known.
    let mut repayment = Some((0.0, 0.0));
    for (a, after) in book.accounts_of(b).zip(&person.accounts) {
        let (limit, balance) = (book.accounts.limit.get(a), book.accounts.balance.get(a));
        own.limit += limit * times;
        own.credit += balance * times;
        own.withdrawn += after.withdrawn * times;
        if after.limit < limit {
            own.people_cut = count;
            own.accounts_cut += count;
            own.limit_cut += (limit - after.limit) * times;
        }
        let rate = rates.and_then(|rates| rates.known(a));
        repayment = burden.zip(rate).zip(repayment).map(|((burden, rate), (before, left))| {
            let share = rate + 1.0 / burden.years;
            (before + share * balance as f64, left + share * after.debt() as f64)
        });
    }
    for new in &person.elsewhere {
        // A debt elsewhere is taken to cost what the one it stands for did.
        let rate = rates.and_then(|rates| rates.known(new.from));
        repayment = burden.zip(rate).zip(repayment).map(|((burden, rate), (before, left))| {
            (before, left + (rate + 1.0 / burden.years) * new.debt as f64)
        });
    }
    if let (Some(burden), Some((before, after)), Some(income)) = (burden, repayment, income) {
        let most = burden.line * income * per_unit;
        own.judged = count;
        own.over_indebted_before = if before > most { count } else { 0 };
        own.over_indebted_after = if after > most { count } else { 0 };
    }
    own
}
