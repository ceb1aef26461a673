//! Tells whom a trial has met before.

/// People met, by position in a cell.
#[derive(Debug, Default)]
pub struct Seen {
    /// The last trial that met each person, by its stamp; 0 for none.
    stamps: Vec<u8>,
    stamp: u8,
}

impl Seen {
    /// Forgets whom the trial before has met; positions are below `people`.
    pub fn begin(&mut self, people: u64) {
        if self.stamps.len() < people as usize {
            self.stamps.resize(people as usize, 0);
        }
        self.stamp = self.stamp.wrapping_add(1);
        if self.stamp == 0 {
            self.stamps.fill(0);
            self.stamp = 1;
        }
    }

    /// Whether a position comes for the first time.
    #[inline]
    pub fn is_new(&mut self, position: u32) -> bool {
        let last = &mut self.stamps[position as usize];
        std::mem::replace(last, self.stamp) != self.stamp
    }

    /// Moves positions that come for the first time to the front, and returns how many they are.
    pub fn keep_new(&mut self, positions: &mut [u32]) -> usize {
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
            seen.begin(5);
            let mut positions = [3, 1, 3, 3, 4, 1];
            assert_eq!(seen.keep_new(&mut positions), 3);
            assert_eq!(positions[..3], [3, 1, 4]);
            assert!(seen.is_new(0) && !seen.is_new(4));
        }
    }
}
