//! Units in closed form against units poured one by one.

use super::*;

fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state >> 11
}

#[derive(Debug, Clone)]
struct Set {
    sources: Vec<Source>,
    rooms: Vec<i64>,
    before: Vec<i64>,
    pipes: Vec<Pipe>,
}

impl Set {
    /// A small one, in which pipes close and rules end.
    fn draw(state: &mut u64, scale: u64) -> Self {
        let mut below = |n: u64| random(state) % n;
        let vessels = 1 + below(3);
        let rooms = (0..below(3)).map(|_| below(40 * scale) as i64).collect::<Vec<_>>();
        let (mut sources, mut pipes) = (Vec::new(), Vec::new());
        for _ in 0..1 + below(3) {
            let first = pipes.len();
            for vessel in 0..vessels as usize {
                if below(4) == 0 {
                    continue;
                }
                pipes.push(Pipe {
                    vessel,
                    wave: below(2) as u8,
                    weight: below(5),
                    up_to: below(30 * scale) as i64,
                    rules: below(1 << rooms.len()),
                    ..Pipe::default()
                });
            }
            let withdrawn = below(50 * scale) as i64;
            sources.push(Source { withdrawn, pipes: first..pipes.len() });
        }
        let before = (0..vessels).map(|_| below(6 * scale) as i64).collect();
        Self { sources, rooms, before, pipes }
    }

    fn poured(&self, leakage: f64) -> Vec<i64> {
        let mut pipes = self.pipes.clone();
        let mut rooms: Vec<Room> = self.rooms.iter().map(|&room| Room::new(room)).collect();
        let mut vessels: Vec<Vessel> = self.before.iter().map(|&b| Vessel::new(b)).collect();
        let (rooms, vessels) = (rooms.as_mut_slice(), vessels.as_mut_slice());
        Pour { sources: &self.sources, rooms, vessels, pipes: &mut pipes }.until(leakage);
        pipes.iter().map(|pipe| pipe.poured).collect()
    }

    /// The same unit by unit, in the order of the leakage at which each is due, or, as a wrong twin, source by
    /// source.
    fn one_by_one(&self, leakage: f64, source_by_source: bool) -> Vec<i64> {
        let mut due: Vec<(f64, usize)> = Vec::new();
        for (at, source) in self.sources.iter().enumerate() {
            for unit in 1..=source.withdrawn {
                // The least number at which the unit is due.
                let has = |time: f64| (time * source.withdrawn as f64 + 0.5).floor() >= unit as f64;
                let mut time = (unit as f64 - 0.5) / source.withdrawn as f64;
                while has(time) {
                    time = time.next_down();
                }
                while !has(time) {
                    time = time.next_up();
                }
                if time <= leakage {
                    due.push((time, at));
                }
            }
        }
        due.sort_by(|a, b| match source_by_source {
            true => a.1.cmp(&b.1).then(a.0.total_cmp(&b.0)),
            false => a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)),
        });
        let mut poured = vec![0_i64; self.pipes.len()];
        let mut closed: Vec<bool> = self.pipes.iter().map(|pipe| pipe.weight == 0).collect();
        for turn in 0..=due.len() {
            for (at, pipe) in self.pipes.iter().enumerate() {
                let into: i64 = (0..poured.len())
                    .filter(|&p| self.pipes[p].vessel == pipe.vessel)
                    .map(|p| poured[p])
                    .sum();
                let rule_ends = (0..self.rooms.len()).any(|rule| {
                    let under = |p: &usize| self.pipes[*p].rules >> rule & 1 == 1;
                    let sum: i64 = (0..poured.len()).filter(under).map(|p| poured[p]).sum();
                    under(&at) && sum >= self.rooms[rule]
                });
                closed[at] |= self.before[pipe.vessel] + into >= pipe.up_to || rule_ends;
            }
            let Some(&(_, source)) = due.get(turn) else { break };
            let open = self.sources[source].pipes.clone().filter(|&p| !closed[p]);
            let share = |p: usize| (poured[p] as f64 + 0.5) / self.pipes[p].weight as f64;
            let next = open.min_by(|&a, &b| {
                self.pipes[a].wave.cmp(&self.pipes[b].wave).then(share(a).total_cmp(&share(b)))
            });
            if let Some(pipe) = next {
                poured[pipe] += 1;
            }
        }
        poured
    }
}

#[test]
fn closed_forms_are_the_units_one_by_one() {
    let mut state = 88_172_645_463_325_252_u64;
    let mut twins = 0;
    for case in 0..4_000 {
        let set = Set::draw(&mut state, 1);
        for leakage in [0.0, 0.033, 0.25, 0.5, 0.81, 1.0] {
            let found = set.poured(leakage);
            assert_eq!(found, set.one_by_one(leakage, false), "{case} {leakage} {set:?}");
            twins += usize::from(found != set.one_by_one(leakage, true));
        }
    }
    assert!(twins > 1_000, "pouring source by source passes");
}

/// What has found a place keeps it, whatever the size of amounts, and no bound is passed.
#[test]
fn more_leakage_takes_nothing_away() {
    let mut state = 7_u64;
    for scale in [1, 1_000, 10_000_000_000, 40_000_000_000_000] {
        for _ in 0..300 {
            let set = Set::draw(&mut state, scale);
            let mut before = vec![0; set.pipes.len()];
            for step in 0..=20 {
                let found = set.poured(f64::from(step) / 20.0);
                assert!(
                    before.iter().zip(&found).all(|(a, b)| a <= b),
                    "{set:?} {before:?} {found:?}"
                );
                for source in &set.sources {
                    let sum: i64 = found[source.pipes.clone()].iter().sum();
                    assert!(sum <= source.withdrawn);
                }
                for (vessel, before) in set.before.iter().enumerate() {
                    let own = || {
                        set.pipes.iter().zip(&found).filter(|(p, n)| p.vessel == vessel && **n > 0)
                    };
                    let level = before + own().map(|own| own.1).sum::<i64>();
                    let most = own().map(|own| own.0.up_to).max();
                    assert!(most.is_none_or(|most| level <= most), "{set:?} {found:?}");
                }
                before = found;
            }
        }
    }
}

/// One vessel and one rule: all that there is room for is poured, to the unit.
#[test]
fn large_amounts_find_all_the_room_there_is() {
    let mut state = 11_u64;
    for scale in [1_000, 10_000_000_000, 1_000_000_000_000_000] {
        for _ in 0..500 {
            let mut below = |n: u64| (random(&mut state) % n) as i64;
            let n = 2 + below(4) as usize;
            let sources: Vec<Source> =
                (0..n).map(|at| Source { withdrawn: below(scale), pipes: at..at + 1 }).collect();
            let all: i64 = sources.iter().map(|own| own.withdrawn).sum();
            let (up_to, room) = (below(2 * scale), below(2 * scale));
            let pipe = Pipe { weight: 1, up_to, rules: 1, ..Pipe::default() };
            let set = Set { sources, rooms: vec![room], before: vec![0], pipes: vec![pipe; n] };
            assert_eq!(set.poured(1.0).iter().sum::<i64>(), all.min(up_to).min(room), "{set:?}");
        }
    }
}

/// Thirds: shares are rounded to nearest and add up, as many as are asked for.
#[test]
fn shares_are_in_proportion_and_add_up() {
    let pipe = |weight| Pipe { weight, up_to: i64::MAX, ..Pipe::default() };
    let set = |withdrawn, pipes: Vec<Pipe>| Set {
        sources: vec![Source { withdrawn, pipes: 0..pipes.len() }],
        rooms: Vec::new(),
        before: vec![0; 1],
        pipes,
    };
    assert_eq!(set(100, vec![pipe(1); 3]).poured(1.0), [34, 33, 33]);
    assert_eq!(set(800, vec![pipe(2), pipe(1)]).poured(1.0), [533, 267]);
    assert_eq!(set(3, vec![pipe(1)]).poured(0.5), [2]);
    let large = i64::MAX as u64 / 4;
    assert_eq!(set(i64::MAX / 1024, vec![pipe(large), pipe(3)]).poured(1.0), [i64::MAX / 1024, 0]);
}
