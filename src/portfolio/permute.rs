//! Brings columns into a new order without second copies of them.

/// What is done to the rows of a column.
#[derive(Debug, Clone, Copy)]
pub(super) enum How<'h> {
    /// Row `i` becomes row `order[i]`, each of which is named at most once: all rows in a new order are moved in
    /// place, some of them are gathered into a smaller column.
    Order(&'h [u32]),
    /// Row `i` goes to the bucket `buckets[i]`, where in it is the same for all columns; `ends` are those of
    /// the buckets.
    IntoBuckets {
        /// By row.
        buckets: &'h [u8],
        /// By bucket.
        ends: &'h [usize],
    },
    /// Row `first + i` becomes row `order[i]`, which lies among as many from `first` on.
    Within {
        /// The first of the rows.
        first: usize,
        /// Each of them once.
        order: &'h [u32],
    },
    /// Rows without a bit go.
    Keep {
        /// 64 rows a word.
        bits: &'h [u64],
        /// How many stay.
        kept: usize,
    },
}

impl How<'_> {
    /// How many of so many rows there are afterwards.
    pub(super) fn rows(&self, before: usize) -> usize {
        match self {
            Self::Order(order) => order.len(),
            Self::IntoBuckets { .. } | Self::Within { .. } => before,
            Self::Keep { kept, .. } => *kept,
        }
    }
}

/// Something with a row for each entry.
pub(super) trait Rearrange: Sized {
    /// Rearranges the rows.
    fn rearrange(&mut self, how: How<'_>);

    /// The rows in a new order ([`How::Order`]).
    fn reordered(mut self, order: &[u32]) -> Self {
        self.rearrange(How::Order(order));
        self
    }
}

impl<T: Copy> Rearrange for Vec<T> {
    fn rearrange(&mut self, how: How<'_>) {
        match how {
            How::Order(order) if order.len() == self.len() => permute(self, |i| order[i] as usize),
            How::Order(order) => *self = order.iter().map(|&i| self[i as usize]).collect(),
            How::IntoBuckets { buckets, ends } => into_buckets(self, buckets.to_vec(), ends),
            How::Within { first, order } => {
                let rows = &mut self[first..first + order.len()];
                permute(rows, |i| order[i] as usize - first);
            }
            How::Keep { bits, kept } => {
                let mut row = 0;
                self.retain(|_| {
                    row += 1;
                    bits[(row - 1) / 64] >> ((row - 1) % 64) & 1 == 1
                });
                debug_assert_eq!(self.len(), kept);
                self.shrink_to_fit();
            }
        }
    }
}

impl<R: Rearrange> Rearrange for Option<R> {
    fn rearrange(&mut self, how: How<'_>) {
        if let Some(own) = self {
            own.rearrange(how);
        }
    }
}

/// Rows are exchanged until each is in its bucket (McIlroy, Bostic and McIlroy 1993, "Engineering radix
/// sort"): what moves where depends on the buckets alone.
fn into_buckets<T: Copy>(rows: &mut [T], mut buckets: Vec<u8>, ends: &[usize]) {
    let mut next: Vec<usize> =
        std::iter::once(0).chain(ends.iter().copied()).take(ends.len()).collect();
    for (bucket, &end) in ends.iter().enumerate() {
        while next[bucket] < end {
            let here = next[bucket];
            let to = usize::from(buckets[here]);
            let there = next[to];
            rows.swap(here, there);
            buckets.swap(here, there);
            next[to] += 1;
        }
    }
}

/// Row i becomes row `from(i)`, cycle by cycle, with a bit for each row that is done.
fn permute<T: Copy>(rows: &mut [T], from: impl Fn(usize) -> usize) {
    let mut done = vec![0_u64; rows.len().div_ceil(64)];
    for start in 0..rows.len() {
        if done[start / 64] >> (start % 64) & 1 == 1 {
            continue;
        }
        let first = rows[start];
        let mut to = start;
        loop {
            done[to / 64] |= 1 << (to % 64);
            let next = from(to);
            if next == start {
                rows[to] = first;
                break;
            }
            rows[to] = rows[next];
            to = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_fixed_points_and_selections() {
        let values = vec!['a', 'b', 'c', 'd', 'e'];
        let in_place = values.clone().reordered(&[2, 1, 4, 3, 0]);
        assert_eq!(in_place, ['c', 'b', 'e', 'd', 'a']);
        assert_eq!(values.clone().reordered(&[4, 0]), ['e', 'a']);
        assert_eq!(values.reordered(&[1, 0, 3, 4, 2]), ['b', 'a', 'd', 'e', 'c']);
    }

    #[test]
    fn columns_move_alike() {
        let buckets: Vec<u8> = (0..1_000_u32).map(|i| (i * i % 7) as u8).collect();
        let count = |b: u8| buckets.iter().filter(|&&own| own <= b).count();
        let ends: Vec<usize> = (0..7).map(count).collect();
        let how = How::IntoBuckets { buckets: &buckets, ends: &ends };
        let (mut moved, mut names) = (buckets.clone(), Vec::from_iter(0..1_000_u32));
        moved.rearrange(how);
        names.rearrange(how);
        assert!(moved.is_sorted());
        assert!(moved.iter().zip(&names).all(|(&b, &i)| buckets[i as usize] == b));
        names.sort_unstable();
        assert!(names.iter().copied().eq(0..1_000), "every row once");
        let mut some = vec![9, 5, 6, 7];
        some.rearrange(How::Within { first: 1, order: &[3, 1, 2] });
        assert_eq!(some, [9, 7, 5, 6]);
        some.rearrange(How::Keep { bits: &[0b1010], kept: 2 });
        assert_eq!(some, [7, 6]);
    }
}
