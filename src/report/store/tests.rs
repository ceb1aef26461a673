//! Publishing: what is there before, what comes in between.

use super::*;
use crate::report::manifest::MANIFEST_FORMAT;

fn key(seed: &str) -> Key {
    Key { version: "0".into(), numbers: 1, scenario_sha256: seed.into(), data_sha256: vec![] }
}

/// Results of some files in the making.
fn staged(target: &Path, seed: &str, files: &[&str]) -> Staging {
    let staging = Staging::open(target).unwrap();
    for name in files {
        staging.write(name, seed.as_bytes()).unwrap();
    }
    let manifest = Manifest {
        manifest_format: MANIFEST_FORMAT,
        version: "0".into(),
        target: String::new(),
        key: key(seed),
        generator: String::new(),
        scenario: serde_json::Value::Null,
        scenario_id: String::new(),
        folder: String::new(),
        files: staging.files().unwrap(),
        trials: Vec::new(),
        interrupted: false,
        warnings: Vec::new(),
        threads: 1,
        wall_seconds: 0.0,
        ended_unix: 0,
    };
    staging.write(MANIFEST, &serde_json::to_vec(&manifest).unwrap()).unwrap();
    staging
}

fn read(path: PathBuf) -> String {
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn publishing_replaces_whole_folders_and_an_unfinished_one_leaves_no_trace() {
    let root = tempfile::tempdir().unwrap();
    let target = root.path().join("out").join("case");
    let published = staged(&target, "one", &["a.txt", "sub/x"]).publish(&key("one"), false);
    assert_eq!(published.unwrap(), Published::InPlace);
    drop(staged(&target, "half", &["a.txt"]));
    assert_eq!(read(target.join("a.txt")), "one");
    let published = staged(&target, "two", &["b.txt"]).publish(&key("two"), true);
    assert_eq!(published.unwrap(), Published::InPlace);
    assert!(!target.join("a.txt").exists() && !target.join("sub").exists());
    assert_eq!(read(target.join("b.txt")), "two");
    assert_eq!(count(target.parent().unwrap()), 1);
}

#[test]
fn foreign_folders_are_not_free() {
    let root = tempfile::tempdir().unwrap();
    assert!(matches!(standing(root.path(), &key("")), Standing::Free));
    fs::create_dir(root.path().join("drafts")).unwrap();
    assert!(matches!(standing(root.path(), &key("")), Standing::Foreign));
    fs::write(root.path().join("thesis.doc"), "x").unwrap();
    assert!(matches!(standing(root.path(), &key("")), Standing::Foreign));
}

#[test]
fn what_appears_meanwhile_stays_with_and_without_force() {
    for force in [false, true] {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("case");
        // A file, a folder with files, and one that holds nothing but a folder.
        for (case, make) in [(0, "thesis"), (1, "case/thesis"), (2, "case/drafts/")] {
            let target = if case == 0 { root.path().join("thesis") } else { target.clone() };
            let own = staged(&target, "own", &["a.txt"]);
            let path = root.path().join(make);
            if make.ends_with('/') {
                fs::create_dir_all(&path).unwrap();
            } else {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, "years of work").unwrap();
            }
            let Published::Kept { place, .. } = own.publish(&key("own"), force).unwrap() else {
                panic!("{make} was replaced");
            };
            assert_eq!(read(place.join("a.txt")), "own");
            assert!(path.exists());
            let _ = fs::remove_dir_all(root.path().join("case"));
            let _ = fs::remove_dir_all(place);
        }
    }
}

#[test]
fn of_several_runs_one_wins_and_the_others_keep_theirs() {
    let root = tempfile::tempdir().unwrap();
    let target = root.path().join("case");
    let staged: Vec<_> = ["1", "2", "3"].map(|seed| (seed, staged(&target, seed, &["a"]))).into();
    let mut found = Vec::new();
    for (seed, staging) in staged {
        found.push(match staging.publish(&key(seed), false).unwrap() {
            Published::InPlace => "in place".to_owned(),
            Published::Kept { place, .. } => {
                assert_eq!(read(place.join("a")), seed);
                place.file_name().unwrap().to_str().unwrap().to_owned()
            }
        });
    }
    assert_eq!(found, ["in place", "case-2", "case-3"]);
    assert_eq!(count(root.path()), 3);
}

#[cfg(unix)]
#[test]
fn links_to_folders_and_to_nothing_and_empty_folders_are_places() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("empty")).unwrap();
    fs::set_permissions(root.path().join("empty"), fs::Permissions::from_mode(0o750)).unwrap();
    symlink("empty", root.path().join("link")).unwrap();
    symlink("deep/nothing", root.path().join("dangling")).unwrap();
    for (target, real) in [("link", "empty"), ("dangling", "deep/nothing"), ("link/.", "empty")] {
        let target = root.path().join(target);
        staged(&target, target.to_str().unwrap(), &["a"])
            .publish(&key(target.to_str().unwrap()), true)
            .unwrap();
        assert_eq!(read(root.path().join(real).join("a")), target.to_str().unwrap());
    }
    assert!(fs::symlink_metadata(root.path().join("link")).unwrap().is_symlink());
    let mode = fs::metadata(root.path().join("empty")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o750);
}
