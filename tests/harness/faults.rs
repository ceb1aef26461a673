//! Runs that are killed, raced, stopped and starved: what stands in the results folder is whole, old or new.

use std::path::Path;
/// What is wrong with a results folder; `None`: it is whole. The numbers and their manifest belong together, and every
/// file that the manifest names is there.
pub fn damage(folder: &Path) -> Option<String> {
    let json = |name: &str| -> Result<serde_json::Value, String> {
        let bytes = std::fs::read(folder.join(name)).map_err(|error| format!("{name}: {error}"))?;
        serde_json::from_slice(&bytes).map_err(|error| format!("{name}: {error}"))
    };
    let (manifest, results) = match (json("manifest.json"), json("results.json")) {
        (Ok(manifest), Ok(results)) => (manifest, results),
        (a, b) => {
            return Some([a.err(), b.err()].into_iter().flatten().collect::<Vec<_>>().join("; "));
        }
    };
    if let Err(fault) = tailcap::report::stored::read(folder) {
        return Some(fault.kind.to_string());
    }
    let (own, told) = (&manifest["scenario"]["seed"], &results["scenario"]["seed"]);
    if own != told {
        return Some(format!("the manifest is of seed {own}, the numbers of seed {told}"));
    }
    let files = manifest["files"].as_array()?;
    let missing =
        files.iter().filter_map(|file| file.as_str()).find(|file| !folder.join(file).is_file());
    missing.map(|file| format!("{file} is missing"))
}

#[cfg(not(unix))]
pub fn all(_: u64, _: std::time::Duration, _: &mut super::report::Report) {
    println!("skipped: kills and limits are those of Unix");
}

#[cfg(unix)]
pub use unix::all;

#[cfg(unix)]
mod unix {
    use std::path::Path;
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    use super::super::dice::Dice;
    use super::super::report::{Finding, Report};
    use super::damage;

    /// How soon a run ends that is interrupted: two seconds are promised, and machines are busy.
    const SOON: Duration = Duration::from_secs(6);

    const SCENARIO: &str = r#"format = 1
currency = "EUR"
seed = 0
levels = [0.9, 0.99]
sampling = { trials = 20_000 }
portfolio = { tape = "book.csv" }
model = { correlation = 0.1 }
severity = { lgd = { law = "beta", sd = 0.1 } }
[[policy]]
id = "today"
[[policy]]
id = "cap"
rule = [{ cap = 500 }]
"#;

    /// A folder with a scenario in it.
    struct Place {
        folder: tempfile::TempDir,
        seed: u64,
        round: u64,
    }

    impl Place {
        fn new(seed: u64, round: u64) -> Self {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let mut book = String::from("limit,balance,pd,lgd,segment\n");
            for n in 0..200 {
                book.push_str(&format!("{},{},0.03,0.5,s{}\n", 500 + 7 * n, 300 + 5 * n, n % 3));
            }
            std::fs::write(folder.path().join("book.csv"), book).expect("a written tape");
            std::fs::write(folder.path().join("cut.toml"), SCENARIO).expect("a written scenario");
            Self { folder, seed, round }
        }

        fn path(&self) -> &Path {
            self.folder.path()
        }

        fn command(&self, program: &str) -> Command {
            let mut command = Command::new(program);
            command
                .current_dir(self.path())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            command
        }

        fn run(&self, more: &[&str]) -> Child {
            let binary = env!("CARGO_BIN_EXE_tailcap");
            let arguments = ["run", "cut.toml", "--out", "out"];
            self.command(binary).args(arguments).args(more).spawn().expect("tailcap starts")
        }

        fn note(&self, oracle: &str, what: String, report: &mut Report) {
            let finding = Finding {
                kind: "faults",
                seed: self.seed,
                case: self.round,
                oracle: oracle.to_owned(),
                what,
            };
            report.add(finding, self.path());
        }

        /// Names in the folder that tailcap hides there while it works.
        fn hidden(&self) -> Vec<String> {
            let entries = std::fs::read_dir(self.path()).expect("a folder");
            let names = entries.flatten().map(|own| own.file_name().to_string_lossy().into_owned());
            names.filter(|name| name.starts_with(".tailcap")).collect()
        }
    }

    /// Goes over the faults until time is over, each at least once.
    pub fn all(seed: u64, time: Duration, report: &mut Report) {
        let begin = Instant::now();
        let mut round = 0;
        while round < 5 || begin.elapsed() < time {
            let mut dice = Dice::of(seed, round);
            let place = Place::new(seed, round);
            let name = match round % 5 {
                0 => killed(&place, &mut dice, report),
                1 => raced(&place, &mut dice, report),
                2 => limited(&place, &mut dice, report),
                3 => interrupted(&place, &mut dice, report),
                _ => full(&place, report),
            };
            report.count("faults", name);
            round += 1;
        }
    }

    fn wait(mut child: Child, patience: Duration) -> Option<i32> {
        let begin = Instant::now();
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Some(status.code().unwrap_or(-1)),
                Ok(None) if begin.elapsed() < patience => {
                    std::thread::sleep(Duration::from_millis(3))
                }
                _ => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return None;
                }
            }
        }
    }

    fn seed_of(folder: &Path) -> Option<u64> {
        let bytes = std::fs::read(folder.join("results.json")).ok()?;
        let results: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
        results["scenario"]["seed"].as_u64()
    }

    /// Replacing results, killed at a random moment: the old ones are left or the new ones stand.
    fn killed(place: &Place, dice: &mut Dice, report: &mut Report) -> &'static str {
        let begin = Instant::now();
        let minute = Duration::from_secs(60);
        if wait(place.run(&[]), minute) != Some(0) {
            place.note("run-failed", "the first run of a plain scenario failed".to_owned(), report);
            return "killed";
        }
        let usual = begin.elapsed().as_micros() as i64;
        let out = place.path().join("out");
        let mut old = 0;
        for n in 1..=6_u64 {
            let set = format!("seed={n}");
            let mut child = place.run(&["--force", "--set", &set]);
            // Most kills near the end, where files are put in place.
            let at = if dice.chance(0.7) {
                dice.whole(usual / 2, usual * 6 / 5)
            } else {
                dice.whole(0, usual)
            };
            std::thread::sleep(Duration::from_micros(at as u64));
            let _ = child.kill();
            let _ = child.wait();
            match (damage(&out), seed_of(&out)) {
                (None, Some(seed)) if seed == old || seed == n => old = seed,
                (None, seed) => {
                    let what = format!("killed: results of seed {seed:?}, neither {old} nor {n}");
                    place.note("killed-results", what, report);
                    return "killed";
                }
                (Some(what), _) => {
                    place.note("killed-results", format!("killed after {at} us: {what}"), report);
                    return "killed";
                }
            }
        }
        if wait(place.run(&["--force", "--set", "seed=99"]), minute) != Some(0) {
            place.note("run-failed", "a run after kills failed".to_owned(), report);
        }
        let left = place.hidden();
        if !left.is_empty() {
            let what =
                format!("folders of killed runs stay after the next run: {}", left.join(", "));
            place.note("stale-folders", what, report);
        }
        "killed"
    }

    /// Several runs into one folder: one wins, the others say so and keep what they have worked out.
    fn raced(place: &Place, dice: &mut Dice, report: &mut Report) -> &'static str {
        let count = dice.whole(2, 4);
        let children: Vec<Child> = (1..=count)
            .map(|seed| place.run(&["--set", &format!("seed={seed}"), "--trials", "4000"]))
            .collect();
        let codes: Vec<Option<i32>> =
            children.into_iter().map(|child| wait(child, Duration::from_secs(60))).collect();
        let winners = codes.iter().filter(|code| **code == Some(0)).count();
        let losers = codes.iter().filter(|code| **code == Some(3)).count();
        if winners != 1 || winners + losers != codes.len() {
            let what = format!(
                "runs of {count} seeds into one folder end with {codes:?}, wanted one 0 and 3 else"
            );
            place.note("race", what, report);
        } else if let Some(what) = damage(&place.path().join("out")) {
            place.note("race", what, report);
        }
        "raced"
    }

    /// Files may not grow: the run fails with a message, and the old results are whole.
    fn limited(place: &Place, dice: &mut Dice, report: &mut Report) -> &'static str {
        if wait(place.run(&[]), Duration::from_secs(60)) != Some(0) {
            return "limited";
        }
        let blocks = dice.whole(0, 300);
        // With the signal ignored the system says that the file is too large.
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let binary = env!("CARGO_BIN_EXE_tailcap");
        let arguments = ["run", "cut.toml", "--out", "out", "--force", "--set", "seed=1"];
        let child = place.command("sh").arg("-c").arg(script).arg(binary).args(arguments).spawn();
        let code = wait(child.expect("a shell"), Duration::from_secs(60));
        let out = place.path().join("out");
        let (seed, wrong) = (seed_of(&out), damage(&out));
        let is_right = match code {
            Some(0) => seed == Some(1),
            Some(1) => seed == Some(0),
            _ => false,
        };
        if wrong.is_some() || !is_right {
            let what = format!(
                "files of at most {blocks} blocks: code {code:?}, results of seed {seed:?}, {wrong:?}"
            );
            place.note("file-limit", what, report);
        }
        if !place.hidden().is_empty() {
            let what = format!("a failed run leaves {}", place.hidden().join(", "));
            place.note("stale-folders", what, report);
        }
        "limited"
    }

    /// An interrupt at a random moment ends the run soon.
    fn interrupted(place: &Place, dice: &mut Dice, report: &mut Report) -> &'static str {
        let most = ["--trials", "200000000"];
        let (name, set): (&str, &[&str]) = match dice.below(3) {
            0 => ("sampling", &[]),
            1 => (
                "drawing a book",
                &[
                    "--set",
                    "portfolio={synthetic=[{id=\"s\",borrowers=20000000,limit={uniform={from=1,to=1000}},utilisation=0.5,pd=0.02,lgd=0.5}]}",
                ],
            ),
            _ => (
                "exact",
                &[
                    "--set",
                    "engine=\"exact\"",
                    "--set",
                    "model.copula=\"t\"",
                    "--set",
                    "model.degrees_of_freedom=3",
                ],
            ),
        };
        let mut child = place.run(&[&most[..], set].concat());
        std::thread::sleep(Duration::from_millis(dice.whole(5, 1_500) as u64));
        if matches!(child.try_wait(), Ok(Some(_))) {
            return "interrupted (done before)";
        }
        let pid = child.id().to_string();
        let _ = place.command("kill").args(["-INT", &pid]).status();
        let begin = Instant::now();
        match wait(child, SOON) {
            // Ended by the signal itself, or by its own word.
            Some(-1 | 0 | 130) => {}
            Some(code) => {
                let what = format!("{name}, interrupted: exit code {code}");
                place.note("interrupt", what, report);
            }
            None => {
                let what =
                    format!("{name}: still at work {:?} after an interrupt", begin.elapsed());
                place.note("interrupt", what, report);
            }
        }
        "interrupted"
    }

    /// A full disk, where a small one may be mounted.
    fn full(place: &Place, report: &mut Report) -> &'static str {
        let disk = place.path().join("disk");
        std::fs::create_dir(&disk).expect("a folder");
        let mount = place
            .command("mount")
            .args(["-t", "tmpfs", "-o", "size=300k", "none"])
            .arg(&disk)
            .status();
        if !mount.is_ok_and(|status| status.success()) {
            return "full disk (skipped: no disk may be mounted here)";
        }
        let binary = env!("CARGO_BIN_EXE_tailcap");
        let run = place.command(binary).args(["run", "cut.toml", "--out", "disk/out"]).spawn();
        let code = wait(run.expect("tailcap starts"), Duration::from_secs(60));
        let left: Vec<String> = std::fs::read_dir(&disk)
            .expect("a folder")
            .flatten()
            .map(|own| own.file_name().to_string_lossy().into_owned())
            .collect();
        if code != Some(1) || !left.is_empty() {
            place.note("full-disk", format!("code {code:?}, left behind {left:?}"), report);
        }
        let _ = place.command("umount").arg(&disk).status();
        "full disk"
    }
}
