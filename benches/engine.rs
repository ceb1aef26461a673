//! Borrower-trials per second of the engine, set-up apart. `cargo bench` prints them as items/s.

mod workloads;

use std::sync::atomic::AtomicBool;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use tailcap::engine::Carrying;
use tailcap::run::Prepared;

fn main() {
    divan::main();
}

fn sample(bencher: Bencher<'_, '_>, one: &Prepared, trials: u64, threads: usize) {
    let engine = one.engine();
    let stop = AtomicBool::new(false);
    let people = one.book().people();
    bencher.counter(ItemsCount::new(people * trials)).bench_local(|| {
        let carrying = Carrying { threads, stop: &stop, finished: &|_| {} };
        black_box(engine.sample(trials, carrying))
    });
}

/// 100,000 different borrowers, one exposure set.
#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn w1(bencher: Bencher<'_, '_>, threads: usize) {
    sample(bencher, &workloads::w1(), 10_000, threads);
}

/// The same with ten caps.
#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn w2(bencher: Bencher<'_, '_>, threads: usize) {
    sample(bencher, &workloads::w2(), 10_000, threads);
}

/// 500 million people in 1,000 pools, ten caps.
#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn w3(bencher: Bencher<'_, '_>, threads: usize) {
    sample(bencher, &workloads::w3(), 10_000, threads);
}
