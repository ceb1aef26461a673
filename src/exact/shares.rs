//! Whose losses are whose: what the parts of a scope hold of each lot.

use super::class::Class;

/// What a part holds of the losses of some draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Owned {
    /// Number of the class.
    pub class: usize,
    /// Loss and law of the lot.
    pub lot: (i64, Option<usize>),
    /// Number of the part.
    pub part: usize,
    /// Sum of what the part loses if all of them default, smallest units.
    pub amount: f64,
}

/// Parts with what they lose if all draws of a lot default, smallest units.
pub type Holders = Vec<(usize, f64)>;

/// What parts hold of the lots of a book. Parts of a kind add up to the lots.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shares {
    /// Number of parts.
    pub parts: usize,
    /// By class and lot.
    pub lots: Vec<Vec<Holders>>,
    /// Parts that hold each column of the book.
    pub holders: Vec<Vec<usize>>,
}

impl Shares {
    /// Gathers what is owned by lot, in any order.
    pub fn of(
        classes: &[Class],
        (parts, holders): (usize, Vec<Vec<usize>>),
        owned: Vec<Owned>,
    ) -> Self {
        if parts == 0 {
            return Self { holders, ..Self::default() };
        }
        let none = |class: &Class| vec![Holders::new(); class.lots.len()];
        let mut lots: Vec<Vec<Holders>> = classes.iter().map(none).collect();
        for own in owned {
            let at = classes[own.class].lots.partition_point(|lot| (lot.loss, lot.cost) < own.lot);
            let known = &mut lots[own.class][at];
            match known.iter_mut().find(|(part, _)| *part == own.part) {
                Some((_, amount)) => *amount += own.amount,
                None => known.push((own.part, own.amount)),
            }
        }
        Self { parts, lots, holders }
    }

    /// What parts lose if everybody in a class defaults.
    pub fn of_class(&self, class: usize) -> Holders {
        let mut sums = vec![0.0; self.parts];
        self.lots[class].iter().flatten().for_each(|&(part, amount)| sums[part] += amount);
        sums.into_iter().enumerate().filter(|(_, sum)| *sum > 0.0).collect()
    }
}
