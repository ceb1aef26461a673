//! The one place with threads: blocks of work on all cores, results in order.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What a block map has done.
#[derive(Debug)]
pub struct Mapped<T> {
    /// Results of blocks 0, 1, 2, ... without a gap.
    pub done: Vec<T>,
    /// Whether it ended before the last block because it was asked to stop.
    pub stopped: bool,
}

/// Runs `work(state, block)` for every block in `0..blocks` on `threads` threads.
///
/// Blocks are claimed in order and a claimed block is always finished, so after a stop the results
/// are the longest contiguous prefix and nothing finished is lost. Every thread has its own
/// `state`. `finished` is called once per block, from any thread. Results do not depend on the
/// number of threads as long as `work` depends on its block only.
pub fn ordered_map<S, T: Send>(
    blocks: usize,
    threads: usize,
    stop: &AtomicBool,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> T + Sync,
    finished: impl Fn(usize) + Sync,
) -> Mapped<T> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    let worker = || {
        let mut own = state();
        let mut mine = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let block = next.fetch_add(1, Ordering::Relaxed);
            if block >= blocks {
                break;
            }
            mine.push((block, work(&mut own, block)));
            finished(block);
        }
        results.lock().expect("a worker that panics takes the run with it").extend(mine);
    };
    let threads = threads.clamp(1, blocks.max(1));
    match pool_of(threads - 1) {
        Some(pool) => pool.in_place_scope(|scope| {
            (1..threads).for_each(|_| scope.spawn(|_| worker()));
            worker();
        }),
        None => worker(),
    }
    let mut results = results.into_inner().expect("all workers have ended");
    results.sort_unstable_by_key(|(block, _)| *block);
    let stopped = results.len() < blocks;
    Mapped { done: results.into_iter().map(|(_, result)| result).collect(), stopped }
}

/// A pool of so many threads beside the calling one, of fewer where the system starts no more; `None` where that is none.
fn pool_of(mut threads: usize) -> Option<rayon::ThreadPool> {
    while threads > 0 {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|i| format!("tailcap-{}", i + 1))
            .build();
        match pool {
            Ok(pool) => return Some(pool),
            Err(_) => threads /= 2,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_holds_for_sizes_around_the_number_of_threads() {
        let never = AtomicBool::new(false);
        for threads in [1, 2, 3, 8] {
            for blocks in [0, 1, 2, 3, 7, 8, 9, 100] {
                let mapped = ordered_map(blocks, threads, &never, || (), |(), b| b * b, |_| {});
                assert_eq!(mapped.done, (0..blocks).map(|b| b * b).collect::<Vec<_>>());
                assert!(!mapped.stopped);
            }
        }
    }

    #[test]
    fn a_stop_keeps_a_contiguous_prefix() {
        let stop = AtomicBool::new(false);
        let mapped = ordered_map(
            1_000,
            4,
            &stop,
            || (),
            |(), b| b,
            |b| {
                if b == 100 {
                    stop.store(true, Ordering::Relaxed);
                }
            },
        );
        assert!(mapped.stopped);
        assert!(mapped.done.len() > 100);
        assert_eq!(mapped.done, (0..mapped.done.len()).collect::<Vec<_>>());
    }
}
