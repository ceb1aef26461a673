//! Tells whom a trial has met before.

/// People met, by position in a cell.
#[derive(Debug, Default)]
pub struct Seen {
    /// The last trial that met each person, by its stamp; 0 for none.
    stamps: Vec<u8>,
    stamp: u8,
}

/// Stamps of a trial: one for each kind of meeting.
const STAMPS: u8 = 2;

/// What was known of somebody who is met again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// Nothing.
    New,
    /// A meeting of the first kind.
    First,
    /// One of the second.
    Second,
}

/// Those whom one trial has met.
///
/// The stamps are held by a slice of their own: as bytes they might otherwise be part of anything, and what
/// stands around them would be read anew after each.
#[derive(Debug)]
pub struct Met<'s> {
    stamps: &'s mut [u8],
    stamp: u8,
}

impl Seen {
    /// A new trial, in which positions are below `people`.
    pub fn begin(&mut self, people: u64) -> Met<'_> {
        if self.stamps.len() < people as usize {
            self.stamps.resize(people as usize, 0);
        }
        if self.stamp > u8::MAX - STAMPS {
            self.stamps.fill(0);
            self.stamp = 0;
        }
        self.stamp += STAMPS;
        Met { stamps: &mut self.stamps, stamp: self.stamp }
    }
}

impl Met<'_> {
    /// Whether a position comes for the first time.
    #[inline(always)]
    pub fn is_new(&mut self, position: u32) -> bool {
        let last = &mut self.stamps[position as usize];
        std::mem::replace(last, self.stamp) != self.stamp
    }

    /// The same for a second kind of meetings, behind those of the first kind: who is met here never comes as a
    /// first meeting later.
    #[inline(always)]
    pub fn again(&mut self, position: u32) -> Again {
        let last = &mut self.stamps[position as usize];
        if *last < self.stamp {
            *last = self.stamp + 1;
            Again::New
        } else if *last == self.stamp {
            Again::First
        } else {
            Again::Second
        }
    }

    /// Moves positions that come for the first time to the front, and returns how many they are.
    pub fn keep_new(mut self, positions: &mut [u32]) -> usize {
        let mut kept = 0;
        for i in 0..positions.len() {
            let position = positions[i];
            positions[kept] = position;
            kept += usize::from(self.is_new(position));
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_new_once_in_each_trial() {
        let mut seen = Seen::default();
        for _ in 0..600 {
            let mut positions = [3, 1, 3, 3, 4, 1];
            assert_eq!(seen.begin(5).keep_new(&mut positions), 3);
            assert_eq!(positions[..3], [3, 1, 4]);
            let mut met = seen.begin(5);
            assert!(met.is_new(0) && met.is_new(4) && !met.is_new(0));
            assert_eq!([0, 2, 2, 4].map(|p| met.again(p)), {
                [Again::First, Again::New, Again::Second, Again::First]
            });
        }
    }
}
