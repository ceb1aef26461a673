//! Scenarios built on others: what is merged how, from where paths start, and what is refused.

use std::fs;
use std::path::PathBuf;

use insta::assert_snapshot;

use super::*;

/// A base with a bit of everything, in its own folder.
const BASE: &str = r#"
format = 1
title = "The base"
currency = "TWD"
levels = [0.9, 0.99]
baseline = "today"
[portfolio]
tape = "data/x.csv"
defaults = { lgd = 0.75, ccf = 0.24 }
[[portfolio.segment]]
id = "young"
where = { age = { below = 25 } }
[model]
correlation = { basel = "qrre" }
[[policy]]
id = "today"
[[policy]]
id = "cap"
title = "A cap"
[[policy.rule]]
cap = 100
[[policy.rule]]
floor = 5
[[variant]]
id = "elsewhere"
set = { "portfolio.tape" = "y.csv", "portfolio.defaults.lgd" = 0.1 }
"#;

/// Files in a folder of their own; the first is the scenario.
struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn load(&self, name: &str, overrides: &[&str]) -> Result<Loaded, Rejected> {
        let overrides: Vec<String> = overrides.iter().map(ToString::to_string).collect();
        load(&self.path(name), &overrides)
    }

    fn loaded(&self, name: &str) -> Loaded {
        self.load(name, &[]).unwrap_or_else(|rejected| {
            panic!("{}", rejected.places.render(&rejected.faults, false))
        })
    }

    /// The message without the folder, which has another name each time.
    fn message(&self, name: &str) -> String {
        self.brief(self.load(name, &[]))
    }

    fn brief(&self, result: Result<Loaded, Rejected>) -> String {
        let folder = format!("{}/", self.folder.path().display());
        rendered(result)
            .replace(&folder, "")
            .replace(&self.folder.path().display().to_string(), ".")
    }
}

/// The message for `cut.toml` with this text, beside `base.toml`.
fn refused(text: &str, base: &str) -> String {
    Files::new(&[("cut.toml", text), ("base.toml", base)]).message("cut.toml")
}

#[test]
fn nothing_said_is_the_base_under_another_name() {
    let files =
        Files::new(&[("cut.toml", "format = 1\nextends = \"base.toml\""), ("base.toml", BASE)]);
    let (cut, base) = (files.loaded("cut.toml"), files.loaded("base.toml"));
    assert_eq!(cut.scenario, Scenario { id: "cut".into(), ..base.scenario });
    assert_eq!(cut.checksum_text, base.checksum_text);
}

#[test]
fn tables_merge_and_what_is_said_again_goes_first() {
    let text = r#"
format = 1
extends = "base.toml"
title = "Built on it"
levels = [0.5]
[portfolio]
defaults = { lgd = 0.5 }
[[portfolio.segment]]
id = "old"
where = { age = { at_least = 60 } }
[[portfolio.segment]]
id = "young"
where = { age = { at_most = 30 } }
[model]
loadings = { systematic = 0.2 }
[[policy]]
id = "new"
[[policy]]
id = "cap"
[[policy.rule]]
scale = 0.5
[[variant]]
id = "elsewhere"
stress = { pd_multiplier = 2 }
"#;
    let files = Files::new(&[("cut.toml", text), ("base.toml", BASE)]);
    let loaded = files.loaded("cut.toml");
    let s = &loaded.scenario;
    assert_eq!((s.id.as_str(), s.title.as_str()), ("cut", "Built on it"));
    assert_eq!(s.levels.len(), 1);
    assert_eq!(s.portfolio.defaults.lgd, Some(Fraction::new(0.5).unwrap()));
    assert_eq!(s.portfolio.defaults.ccf, Some(Fraction::new(0.24).unwrap()));
    let ids: Vec<&str> = s.portfolio.segments.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids, ["young", "old"]);
    // One end of a range takes the place of the other way to give it.
    let age = s.portfolio.segments[0].filter.age;
    assert_eq!(age, Some(Range { lower: None, upper: Some(Bound::Inclusive(30.0)) }));
    assert!(matches!(s.model.default, Dependence::Loadings(_)), "{:?}", s.model.default);
    let ids: Vec<&str> = s.policies.iter().map(|p| p.id.as_str()).collect();
    assert_eq!(ids, ["today", "cap", "new"]);
    assert_eq!(s.policies[1].title, "A cap");
    // Rules are replaced as a whole.
    assert_eq!(s.policies[1].rules.len(), 1);
    assert_eq!(loaded.variants[0].scenario.stress.pd_multiplier, 2.0);
    assert_eq!(tape(&loaded.variants[0].scenario), files.path("y.csv"));
}

#[test]
fn an_empty_list_takes_the_list_of_the_base_away() {
    let text = "format = 1\nextends = \"base.toml\"\nvariant = []\nportfolio = { segment = [] }\n";
    let loaded = Files::new(&[("cut.toml", text), ("base.toml", BASE)]).loaded("cut.toml");
    assert!(loaded.variants.is_empty() && loaded.scenario.portfolio.segments.is_empty());
}

#[test]
fn null_takes_a_value_of_the_base_away() {
    let text = r#"{"$schema": "x", "format": 1, "extends": "base.toml", "baseline": null,
                   "portfolio": {"defaults": {"lgd": null}}}"#;
    let loaded = Files::new(&[("cut.json", text), ("base.toml", BASE)]).loaded("cut.json");
    assert_eq!(loaded.scenario.portfolio.defaults.lgd, None);
    assert!(!loaded.checksum_text.contains("schema"));
}

#[test]
fn of_several_bases_the_later_goes_first_and_paths_start_where_they_are_written() {
    let top = "format = 1\nextends = [\"./lib/a.toml\", \"lib/deep/b.toml\"]\n";
    let b = "extends = '../c.toml'\nseed = 5\n[portfolio]\ntape = \"b.csv\"\n";
    let c = "title = \"C\"\nlevels = [0.5]\nconfidence = 0.9\n";
    let files = Files::new(&[
        ("top.toml", top),
        ("lib/a.toml", BASE),
        ("lib/deep/b.toml", b),
        ("lib/c.toml", c),
    ]);
    let loaded = files.loaded("top.toml");
    let s = &loaded.scenario;
    assert_eq!((s.seed, s.title.as_str(), s.levels.len()), (5, "C", 1));
    assert_eq!(s.confidence.get(), 0.9);
    assert_eq!(tape(s), files.path("lib/deep/b.csv"));
    assert_eq!(tape(&loaded.variants[0].scenario), files.path("lib/y.csv"));
    // The merged text stands on its own, in the folder of the file that was asked for.
    let path = files.path("top.json");
    let again = load_text(&path, &loaded.checksum_text, Notation::Json, &[]).unwrap();
    assert_eq!((&again.scenario, &again.variants), (s, &loaded.variants));
    assert_eq!(again.checksum_text, loaded.checksum_text);
}

#[test]
fn overrides_come_after_merging() {
    let files =
        Files::new(&[("cut.toml", "format = 1\nextends = \"base.toml\""), ("base.toml", BASE)]);
    let set = ["policy.cap.rule.0.cap=50", "portfolio.tape=z.csv"];
    let s = files.load("cut.toml", &set).unwrap().scenario;
    assert_eq!(s.policies[1].rules[0].bound, LimitBound::Cap(Amount(5_000)));
    assert_eq!(tape(&s), files.path("z.csv"));
    let message = files.brief(files.load("cut.toml", &["extends=base.toml"]));
    assert!(message.contains("`extends` is read before any value is changed"), "{message}");
}

// What is refused.

#[test]
fn a_missing_base() {
    assert_snapshot!(refused("format = 1\nextends = \"bsae.toml\"\n", BASE));
}

#[test]
fn a_broken_base() {
    let base = BASE.replace("[model]", "[model");
    assert_snapshot!(refused("format = 1\nextends = \"base.toml\"\n", &base));
}

#[test]
fn faults_stand_in_the_file_that_wrote_them() {
    let base = BASE.replace("lgd = 0.75", "lgdd = 75").replace("cap = 100", "cap = -1");
    let text = "format = 1\nextends = \"base.toml\"\nseed = -1\n[model]\ncorrelation = 4\n";
    assert_snapshot!(refused(text, &base));
}

#[test]
fn a_circle() {
    let files = Files::new(&[
        ("a.toml", "format = 1\nextends = \"lib/b.toml\"\n"),
        ("lib/b.toml", "seed = 1\nextends = [\"c.toml\"]\n"),
        ("lib/c.toml", "extends = \"../lib/../a.toml\"\n"),
    ]);
    assert_snapshot!(files.message("a.toml"));
    let own = Files::new(&[("a.toml", "extends = 'a.toml'")]).message("a.toml");
    assert!(own.contains("`a.toml` extends itself: `a.toml` extends `a.toml`"), "{own}");
}

#[test]
fn the_format_is_said_by_the_outermost_file_and_agrees() {
    assert_snapshot!("no_format", refused("extends = \"base.toml\"\n", BASE));
    let base = BASE.replace("format = 1", "format = 2");
    assert_snapshot!("other_format", refused("format = 1\nextends = \"base.toml\"\n", &base));
}

#[test]
fn values_of_extends_that_are_no_scenario_files() {
    let text = "format = 1\nextends = [3, \"\", \"x.csv\", \"lib\"]\n";
    let files = Files::new(&[("cut.toml", text), ("lib/base.toml", BASE)]);
    assert_snapshot!(files.message("cut.toml"));
    let list = Files::new(&[("cut.toml", "extends = 'x.json'"), ("x.json", "[1]")]);
    assert!(list.message("cut.toml").contains("the scenario is `[1]`, must be a table"));
}

#[test]
fn a_base_in_json_has_its_own_faults() {
    let files = Files::new(&[
        ("cut.toml", "format = 1\nextends = \"base.json\"\n"),
        ("base.json", "{\"currency\": \"TWD\",\n \"seed\": }"),
    ]);
    let message = files.message("cut.toml");
    assert!(
        message.contains("not well-formed JSON") && message.contains("base.json:2:"),
        "{message}"
    );
}

#[test]
fn an_id_given_twice_above_stays_a_fault() {
    let twice = "[[policy]]\nid = \"cap\"\n[[policy]]\nid = \"cap\"\n[[policy]]\ntitle = \"x\"\n";
    let message = refused(&format!("format = 1\nextends = \"base.toml\"\n{twice}"), BASE);
    assert!(message.contains("policy id `cap` is given twice"), "{message}");
    assert!(message.contains("`id` is missing"), "{message}");
}

#[test]
fn doubling_files_end() {
    let mut files = vec![("0.toml".to_owned(), BASE.to_owned())];
    for i in 1..20 {
        let below = i - 1;
        files.push((format!("{i}.toml"), format!("extends = ['{below}.toml', '{below}.toml']")));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let message = Files::new(&files).message("19.toml");
    assert!(message.contains("more than 64 files"), "{message}");
}
