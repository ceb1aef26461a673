//! Borrower-trials per second of the engine, set-up apart. `cargo bench` prints them as items/s.

use std::sync::atomic::AtomicBool;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use tailcap::bench::workloads;
use tailcap::engine::{Carrying, Costs, Defaults, Engine, Holding};
use tailcap::portfolio::Portfolio;
use tailcap::run::Prepared;

fn prepared(id: &str) -> Prepared {
    workloads::find(id).expect("a workload of this name").prepare()
}

fn main() {
    divan::main();
}

fn sample(bencher: Bencher<'_, '_>, one: &Prepared, trials: u64, threads: usize) {
    run(bencher, &one.engine(), one.book(), trials, threads);
}

fn run(
    bencher: Bencher<'_, '_>,
    engine: &Engine<'_>,
    book: &Portfolio,
    trials: u64,
    threads: usize,
) {
    let stop = AtomicBool::new(false);
    let people = book.people();
    bencher.counter(ItemsCount::new(people * trials)).bench_local(|| {
        let carrying = Carrying { threads, stop: &stop, finished: &|_| {} };
        black_box(engine.sample(trials, carrying))
    });
}

/// 100,000 different borrowers, one exposure set.
#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn w1(bencher: Bencher<'_, '_>, threads: usize) {
    sample(bencher, &prepared("W1"), 10_000, threads);
}

/// The same with ten caps.
#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn w2(bencher: Bencher<'_, '_>, threads: usize) {
    sample(bencher, &prepared("W2"), 10_000, threads);
}

/// 500 million people in 1,000 pools, ten caps.
#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn w3(bencher: Bencher<'_, '_>, threads: usize) {
    sample(bencher, &prepared("W3"), 10_000, threads);
}

/// W1 with a ladder of 25 caps: a table of losses.
#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn ladder(bencher: Bencher<'_, '_>, threads: usize) {
    sample(bencher, &prepared("ladder"), 10_000, threads);
}

/// The same with losses worked out per default, as in books too large for the table.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn ladder_lean(bencher: Bencher<'_, '_>) {
    let one = prepared("ladder");
    let exposures = one.applied.iter().map(|a| &a.effect.exposure).collect();
    let costs = Costs::new(one.book(), &one.columns, exposures, Holding::Lean);
    let defaults = Defaults::new(one.scenario.seed, one.book(), &one.model);
    run(bencher, &Engine::new(one.book(), &one.columns, defaults, costs), one.book(), 10_000, 1);
}

/// 500 million people in 1,000 pools, a ladder of 25 caps, 100,000 trials.
#[divan::bench(args = [2], sample_count = 3, sample_size = 1)]
fn pools_ladder(bencher: Bencher<'_, '_>, threads: usize) {
    sample(bencher, &prepared("pools-ladder"), 100_000, threads);
}
