//! Whatever the text: an answer or faults, never a panic, and never a scenario out of nothing.

use proptest::prelude::*;

use super::*;

/// Loads and renders; what comes out does not matter.
fn survives(text: &str, notation: Notation, overrides: &[String]) {
    if let Err(rejected) = load_text(Path::new("x"), text, notation, overrides) {
        assert!(!rejected.faults.is_empty());
        let shown = rejected.places.render(&rejected.faults, false);
        assert!(shown.contains("error:"));
        assert!(!rejected.places.render(&rejected.faults, true).is_empty());
    }
}

/// A line of the full scenario, whole, cut short, or with a piece of another in it.
fn mutilated() -> impl Strategy<Value = String> {
    let lines: Vec<&'static str> = FULL.lines().collect();
    let count = lines.len();
    prop::collection::vec((0..count, 0..count, 0..40_usize, 0..8_u8), 1..4).prop_map(move |cuts| {
        let mut lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        for (a, b, at, kind) in cuts {
            let other = lines[b].clone();
            let line = &mut lines[a];
            let at = line.floor_char_boundary(at.min(line.len()));
            match kind {
                0 => line.truncate(at),
                1 => line.insert_str(at, &other),
                2 => *line = other,
                3 => *line = line.replace(['1', '5'], "-7"),
                4 => *line = line.replace('"', ""),
                5 => *line = line.replace(" = ", " = [") + "]",
                6 => *line = line.replace(char::is_alphabetic, "é"),
                _ => line.clear(),
            }
        }
        lines.join("\n")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in "\\PC*|[\\[\\]{}\"'=.,\n a1-]*") {
        for notation in [Notation::Toml, Notation::Json, Notation::Yaml] {
            survives(&text, notation, &[]);
        }
    }

    #[test]
    fn any_yaml(text in "[\\[\\]{}\"'&*!?|><:=.,#%@\r\n\t\u{feff}\u{85} aé1-]*") {
        survives(&text, Notation::Yaml, &[]);
        survives(&format!("format: 1\npolicy:\n- id: a\n  {text}"), Notation::Yaml, &[]);
    }

    #[test]
    fn any_override(text in "([a-z0-9\"]*[.=]){0,4}\\PC*") {
        survives(LEAST, Notation::Toml, &[text]);
    }

    #[test]
    fn any_mutilated_scenario(text in mutilated()) {
        survives(&text, Notation::Toml, &[]);
        if let Ok(value) = toml::from_str::<serde_json::Value>(&text) {
            survives(&value.to_string(), Notation::Json, &[]);
            survives(&value.to_string(), Notation::Yaml, &[]);
        }
        survives(&text.replace(" = ", ": "), Notation::Yaml, &[]);
        if let Some((before, _)) = text.split_once("[sampling]") {
            survives(&before.replace(" = ", ": "), Notation::Yaml, &[]);
        }
    }
}

/// Null: reading takes time in proportion to the number of keys. With duplicate keys looked for one by one these
/// take minutes.
#[test]
fn many_keys_are_read_quickly() {
    const KEYS: usize = 200_000;
    let began = std::time::Instant::now();
    let keys = |line: &dyn Fn(usize) -> String| (0..KEYS).map(line).collect::<String>();
    let texts = [
        (Notation::Json, format!("{{{}\"format\": 1}}", keys(&|i| format!("\"k{i}\": {i}, ")))),
        (Notation::Toml, keys(&|i| format!("k{i} = {i}\n"))),
        (Notation::Toml, keys(&|i| format!("[model.segment.s{i}]\n"))),
        // As many as are read with values.
        (Notation::Yaml, (0..49_000).map(|i| format!("k{i}: {i}\n")).collect()),
    ];
    for (notation, text) in texts {
        let rejected = load_text(Path::new("x"), &text, notation, &[]).unwrap_err();
        assert!(rejected.places.render(&rejected.faults, false).len() < 100_000);
    }
    assert!(began.elapsed() < std::time::Duration::from_secs(60), "{:?}", began.elapsed());
}
