//! The report in a real browser: it answers to its reader, shows what `results.json` holds, asks nobody for
//! anything, can be read by everybody and can be printed.
//!
//! A machine without Chromium leaves these out and says so; `TAILCAP_CHROMIUM` names one elsewhere.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod chromium;
mod shell;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use chromium::{Browser, Page};
use serde_json::Value;
use shell::Shell;

/// A ladder, statements, several lenders, and names that would do harm in a page that let them.
const HOSTILE: &str = r#"format = 1
title = "Caps & <script>alert('title')</script> \"quoted\""
description = "</script><script>document.title = 'taken'</script><img src=x onerror=alert(1)>"
currency = "EUR"
levels = [0.9, 0.99]

[sampling]
trials = 4_000

[portfolio]
tape = "book.csv"
defaults = { lgd = 0.6 }

[model]
correlation = 0.1

[[policy]]
id = "today"
title = "<b>Today</b>"

[[policy]]
id = "half"
title = "<script>document.title = 'taken'</script>"
[[policy.rule]]
scale = 0.5

[[policy]]
id = "cap"
[[policy.rule]]
cap = { from = 200, to = 2_000, steps = 10, spacing = "linear" }

[[variant]]
id = "strong"
title = "Stronger & <i>together</i>"
set = { "model.correlation" = 0.3 }

[[expect]]
text = "half saves <u>something</u>"
policy = "half"
measure = { es = 0.99 }
falls_by_at_least = { relative = 0.1 }
"#;

const BOOK: &str = "\
count,limit,balance,pd,segment,lender
300,1000,600,0.02,young,north
200,2000,1500,0.05,old,south
100,1600,1600,0.08,</script>,\"a \"\"b\"\" <i>\"
";

/// A result in a folder of its own.
struct Made {
    _shell: Shell,
    folder: PathBuf,
    results: Value,
}

impl Made {
    fn of(shell: Shell, arguments: &[&str]) -> Self {
        shell.done(arguments);
        let folder = shell.path("out");
        let text = std::fs::read_to_string(folder.join("results.json")).unwrap();
        Self { folder, results: serde_json::from_str(&text).unwrap(), _shell: shell }
    }

    fn shipped(name: &str) -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
        let file = file.display().to_string();
        Self::of(Shell::new(), &["run", &file, "--trials", "3000", "--out", "out", "--quiet"])
    }

    /// The value of a row of the system in a run.
    fn value(
        &self,
        run: usize,
        (policy, measure, level): (&str, &str, f64),
        comparison: &str,
    ) -> f64 {
        let rows = self.results["runs"][run]["summary"]["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| {
            row["policy"] == policy
                && row["measure"] == measure
                && row["level"].as_f64() == (level > 0.0).then_some(level)
                && row["scope_kind"] == "system"
                && row["comparison"] == comparison
        });
        row.unwrap()["estimate"]["value"].as_f64().unwrap()
    }
}

static HOSTILE_RUN: LazyLock<Made> = LazyLock::new(|| {
    let shell = Shell::new();
    shell.write("hostile.toml", HOSTILE).write("book.csv", BOOK);
    Made::of(shell, &["run", "hostile.toml", "--out", "out", "--quiet"])
});
static CARDS: LazyLock<Made> = LazyLock::new(|| Made::shipped("taiwan-cards.toml"));
static PLATFORM: LazyLock<Made> = LazyLock::new(|| Made::shipped("platform.toml"));

fn all() -> [(&'static str, &'static Made); 3] {
    [("hostile", &HOSTILE_RUN), ("taiwan-cards", &CARDS), ("platform", &PLATFORM)]
}

fn open<'a>(browser: &'a Browser, made: &Made) -> Page<'a> {
    browser.open(&made.folder.join("report.html"))
}

#[test]
fn nothing_goes_wrong_and_nobody_is_asked() {
    let Some(browser) = Browser::start() else { return };
    for (name, made) in all() {
        let size = std::fs::metadata(made.folder.join("report.html")).unwrap().len();
        assert!(size < 3_000_000, "{name}: {size} bytes");
        let page = open(&browser, made);
        assert_eq!(page.text("document.querySelector('#explorer').hidden"), "false", "{name}");
        // Everything that draws or loads anything is tried.
        page.text(
            "document.querySelectorAll('details').forEach((d) => { d.open = true; });
             document.querySelectorAll('select').forEach((s) => {
               for (const o of s.options) { s.value = o.value; s.dispatchEvent(new Event('change')); } });
             document.querySelectorAll('input[type=checkbox]').forEach((c) => { c.click(); c.click(); });
             document.querySelectorAll('button.sort').forEach((b) => { b.click(); b.click(); });
             document.querySelectorAll('.hints > *').forEach((h) =>
               h.dispatchEvent(new PointerEvent('pointerover', { bubbles: true })));
             document.querySelectorAll('.plot svg').forEach((s) =>
               s.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true })));
             'done'",
        );
        page.rest();
        assert_eq!(page.complaints(), Vec::<String>::new(), "{name}");
        let asked: Vec<String> = page.requests();
        let own = |url: &String| url.starts_with("file:") && url.ends_with("report.html");
        let strange: Vec<&String> =
            asked.iter().filter(|url| !own(url) && !url.starts_with("data:")).collect();
        assert_eq!(strange, Vec::<&String>::new(), "{name}");
    }
}

#[test]
fn what_the_policy_of_content_forbids_is_stopped() {
    let Some(browser) = Browser::start() else { return };
    let page = open(&browser, &HOSTILE_RUN);
    // The wrong twin of the page above: it asks, it is refused, and both are seen.
    let tried = "new Promise((done) => { fetch('http://127.0.0.1:9/').then(() => done('reached'), () => done('stopped')); })";
    assert_eq!(page.text_later(tried), "stopped");
    let script = "const s = document.createElement('script'); s.textContent = 'window.ran = true';
                  document.body.append(s); String(window.ran)";
    assert_eq!(page.text(script), "undefined");
    page.rest();
    assert!(page.complaints().iter().any(|line| line.contains("Content Security Policy")));
}

#[test]
fn names_of_users_do_nothing() {
    let Some(browser) = Browser::start() else { return };
    let page = open(&browser, &HOSTILE_RUN);
    let title = page.text("document.title");
    assert_eq!(title, "Caps & <script>alert('title')</script> \"quoted\" · tailcap");
    assert_eq!(page.text("document.querySelectorAll('script').length"), "2");
    assert_eq!(page.text("document.querySelectorAll('img, main b, main i, main u').length"), "0");
    let policies = page.text(
        "[...document.querySelectorAll('#overview tbody th')].map((c) => c.textContent).join('|')",
    );
    assert!(
        policies.starts_with("<b>Today</b>|<script>document.title = 'taken'</script>|"),
        "{policies}"
    );
}

#[test]
fn numbers_are_those_of_the_results() {
    let Some(browser) = Browser::start() else { return };
    for (name, made) in all() {
        let page = open(&browser, made);
        let scenario = &made.results["scenario"];
        let level = scenario["levels"].as_array().unwrap().last().unwrap().as_f64().unwrap();
        let policies = made.results["runs"][0]["policies"].as_array().unwrap();
        let shown: Vec<Vec<String>> = serde_json::from_str(&page.text(
            "JSON.stringify([...document.querySelectorAll('#overview tbody tr')].map((row) =>
               [row.cells[0].textContent, ...[...row.cells].slice(1).map((c) => c.dataset.v ?? '')]))",
        ))
        .unwrap();
        assert!(shown.len() > 1, "{name}");
        for row in shown.iter().filter(|row| !row[0].starts_with('…')) {
            let policy = policies.iter().find(|p| p["title"] == *row[0]).unwrap();
            let id = policy["id"].as_str().unwrap();
            let (el, es) = (("expected_loss", 0.0), ("expected_shortfall", level));
            for (cell, (measure, level)) in row[2..4].iter().zip([el, es]) {
                let want = made.value(0, (id, measure, level), "level");
                assert_eq!(cell.parse::<f64>().unwrap(), want, "{name} {id} {measure}");
            }
            if id != scenario["baseline"] {
                let want = made.value(0, (id, "expected_shortfall", level), "relative_change");
                assert_eq!(row[4].parse::<f64>().unwrap(), want, "{name} {id}");
            }
        }
        // The key numbers beside the charts are rounded to seven digits.
        let key = page.text("document.querySelector('#key-numbers tbody tr').cells[4].dataset.v");
        let want = made.value(
            0,
            (scenario["baseline"].as_str().unwrap(), "expected_shortfall", level),
            "level",
        );
        assert!((key.parse::<f64>().unwrap() / want - 1.0).abs() < 1e-6, "{name}: {key} {want}");
    }
}

#[test]
fn the_slider_moves_charts_and_numbers_together() {
    let Some(browser) = Browser::start() else { return };
    let made = &*HOSTILE_RUN;
    let page = open(&browser, made);
    let state = "JSON.stringify([
        document.querySelector('#live-density .plot').innerHTML.length > 500,
        document.querySelector('#live-density .plot').innerHTML,
        document.querySelector('#live-exceedance .plot').innerHTML,
        [...document.querySelectorAll('#key-numbers tbody tr')].at(-1).cells[4].dataset.v])";
    let at = |step: usize| -> Vec<Value> {
        let moved = format!(
            "const slider = document.querySelector('input[type=range]'); slider.value = '{step}';
             slider.dispatchEvent(new Event('input')); {state}"
        );
        serde_json::from_str(&page.text(&moved)).unwrap()
    };
    let (low, high) = (at(0), at(9));
    for (step, seen) in [(0, &low), (9, &high)] {
        let id = made.results["runs"][0]["policies"][2 + step]["id"].as_str().unwrap();
        let want = made.value(0, (id, "expected_shortfall", 0.99), "level");
        let found: f64 = seen[3].as_str().unwrap().parse().unwrap();
        assert!((found / want - 1.0).abs() < 1e-6, "{id}: {found} {want}");
        assert_eq!(seen[0], true);
    }
    assert!(low[1] != high[1] && low[2] != high[2]);
}

#[test]
fn switches_change_what_they_say() {
    let Some(browser) = Browser::start() else { return };
    let page = open(&browser, &HOSTILE_RUN);
    let rows = "[...document.querySelectorAll('#key-numbers tbody th')].map((c) => c.textContent).join('|')";
    let click = |id: &str| {
        page.text(&format!("document.querySelector('[data-policy={id}]').click(); {rows}"))
    };
    let before = page.text(rows);
    let off = click("half");
    assert!(before.contains("taken") && !off.contains("taken"), "{before} {off}");
    assert_eq!(click("half"), before);
    let plot = "document.querySelector('#live-exceedance .plot').innerHTML";
    let log = page.text(plot);
    let linear = page.text(&format!("document.getElementById('log-probability').click(); {plot}"));
    assert_ne!(log, linear);
    let key = "document.querySelector('#key-numbers tbody tr').cells[4].dataset.v";
    let choose = |list: &str, value: &str| {
        page.text(&format!(
            "const s = document.getElementById('{list}'); s.value = '{value}';
             s.dispatchEvent(new Event('change')); {key}"
        ))
    };
    let number = |text: String| text.parse::<f64>().unwrap();
    let made = &*HOSTILE_RUN;
    let close =
        |found: f64, want: f64| assert!((found / want - 1.0).abs() < 1e-6, "{found} {want}");
    close(
        number(choose("level", "0")),
        made.value(0, ("today", "expected_shortfall", 0.9), "level"),
    );
    close(
        number(choose("variant", "1")),
        made.value(1, ("today", "expected_shortfall", 0.9), "level"),
    );
    choose("variant", "0");
    let whole = number(choose("scope", "0"));
    let part = number(choose("scope", "1"));
    assert!(part > 0.0 && part < whole, "{part} {whole}");
}

#[test]
fn tables_sort_and_open() {
    let Some(browser) = Browser::start() else { return };
    let page = open(&browser, &CARDS);
    let column = "[...document.querySelectorAll('#overview tbody tr')].map((r) => Number(r.cells[3].dataset.v))";
    let press =
        "document.querySelectorAll('#overview thead th')[3].querySelector('button').click();";
    for (times, sign) in [(1, 1.0), (2, -1.0)] {
        let found: Vec<f64> =
            serde_json::from_str(&page.text(&format!("{press} JSON.stringify({column})"))).unwrap();
        assert!(
            found.len() > 3 && found.windows(2).all(|w| sign * w[0] <= sign * w[1]),
            "{times}: {found:?}"
        );
    }
    // Whatever is drawn can be read as numbers.
    let without = "[...document.querySelectorAll('figure.drawing')].filter((f) => !f.querySelector('details.behind')).length";
    assert_eq!(page.text(without), "0");
    let rows = "const d = document.querySelector('figure[data-name=frontier] details') ??
                document.querySelector('figure.drawing details');
                d.open = true; d.dispatchEvent(new Event('toggle')); d.querySelectorAll('tbody tr').length";
    assert!(page.text(rows).parse::<usize>().unwrap() > 3);
}

#[test]
fn figures_can_be_taken_along() {
    let Some(browser) = Browser::start() else { return };
    let page = open(&browser, &CARDS);
    // What a download hands over, without a folder to put it in.
    let taken = "new Promise((done) => {
        const make = URL.createObjectURL;
        URL.createObjectURL = (blob) => { blob.arrayBuffer().then((b) => done(`${blob.type} ${b.byteLength}`)); return make(blob); };
        [...document.querySelectorAll('figure[data-name=exceedance] .tools button')].find((b) => b.textContent === 'KIND').click();
    })";
    for (kind, wanted) in [("SVG", "image/svg+xml"), ("PNG", "image/png"), ("CSV", "text/csv")] {
        let found = page.text_later(&taken.replace("KIND", kind));
        let (media, size) = found.split_once(' ').unwrap();
        assert_eq!(media, wanted);
        assert!(size.parse::<u64>().unwrap() > 5_000, "{kind}: {size}");
    }
    let live =
        taken.replace("figure[data-name=exceedance]", "#live-exceedance").replace("KIND", "CSV");
    assert!(page.text_later(&live).starts_with("text/csv "));
}

#[test]
fn it_can_be_read_by_everybody() {
    let Some(browser) = Browser::start() else { return };
    for (name, made) in all() {
        let page = open(&browser, made);
        for scheme in ["light", "dark"] {
            page.prefer(scheme);
            let found: Vec<String> = serde_json::from_str(&page.text(chromium::ACCESS)).unwrap();
            assert_eq!(found, Vec::<String>::new(), "{name}, {scheme}");
        }
    }
    // The wrong twin: a page with faults of every kind.
    let page = browser.open_text(
        "<html><body><h1>a</h1><h3>b</h3><img src='data:,'><input><button></button>
         <p id='x' style='color:#bbb;background:#fff'>pale</p><p id='x'>twin</p>
         <table><tr><td>1</td></tr></table></body></html>",
    );
    let found: Vec<String> = serde_json::from_str(&page.text(chromium::ACCESS)).unwrap();
    for fault in ["lang", "heading", "img", "input", "button", "contrast", "id", "table"] {
        assert!(found.iter().any(|line| line.starts_with(fault)), "{fault}: {found:?}");
    }
}

#[test]
fn it_fits_every_screen_and_paper() {
    let Some(browser) = Browser::start() else { return };
    let keep = std::env::var_os("TAILCAP_SCREENSHOTS").map(PathBuf::from);
    for (name, made) in all() {
        for scheme in ["light", "dark"] {
            for width in [360, 800, 1_280] {
                let page = open(&browser, made);
                page.prefer(scheme);
                page.resize(width, 900);
                let wide =
                    page.text("document.documentElement.scrollWidth").parse::<u32>().unwrap();
                assert!(wide <= width, "{name}: {wide} pixels on a screen of {width}");
                let png = page.screenshot();
                assert!(png.len() > 10_000 && png.starts_with(b"\x89PNG"), "{name} {width}");
                if let Some(folder) = &keep {
                    std::fs::write(folder.join(format!("{name}-{scheme}-{width}.png")), png)
                        .unwrap();
                }
            }
        }
        let page = open(&browser, made);
        // What only a screen can use is not printed.
        let seen = "['nav', '.tools', '.controls'].map((own) =>
            getComputedStyle(document.querySelector(own)).display === 'none').join()";
        assert_eq!(page.text(seen), "false,false,false");
        page.as_printed();
        assert_eq!(page.text(seen), "true,true,true", "{name}");
        for (paper, size) in [("a4", (8.27, 11.69)), ("letter", (8.5, 11.0))] {
            let pdf = page.print(size);
            assert!(
                pdf.starts_with(b"%PDF") && pdf.len() > 50_000,
                "{name} {paper}: {}",
                pdf.len()
            );
            if let Some(folder) = &keep {
                std::fs::write(folder.join(format!("{name}-{paper}.pdf")), pdf).unwrap();
            }
        }
    }
}
