//! Brings a column into a new order without a second copy of it.

/// `values` in the order of `order`, which names each row at most once.
///
/// A full permutation is done in place, cycle by cycle, with one bit per row to know what is
/// done; a selection of rows is gathered into a new, smaller column.
pub(super) fn permuted<T: Copy>(mut values: Vec<T>, order: &[u32]) -> Vec<T> {
    if order.len() != values.len() {
        return order.iter().map(|&i| values[i as usize]).collect();
    }
    let mut done = vec![0_u64; values.len().div_ceil(64)];
    for start in 0..values.len() {
        if done[start / 64] >> (start % 64) & 1 == 1 {
            continue;
        }
        let first = values[start];
        let mut to = start;
        loop {
            done[to / 64] |= 1 << (to % 64);
            let from = order[to] as usize;
            if from == start {
                values[to] = first;
                break;
            }
            values[to] = values[from];
            to = from;
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::permuted;

    #[test]
    fn cycles_fixed_points_and_selections() {
        let values = vec!['a', 'b', 'c', 'd', 'e'];
        let in_place = permuted(values.clone(), &[2, 1, 4, 3, 0]);
        assert_eq!(in_place, ['c', 'b', 'e', 'd', 'a']);
        assert_eq!(permuted(values.clone(), &[4, 0]), ['e', 'a']);
        assert_eq!(permuted(values, &[1, 0, 3, 4, 2]), ['b', 'a', 'd', 'e', 'c']);
    }
}
