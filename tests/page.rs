//! `report.html` as a file: safe whatever names users choose, the same bytes every time, light however much a run
//! holds. What it does in a browser stands in `browser.rs`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod shell;

use std::fmt::Write;
use std::time::Instant;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};
use shell::Shell;

const HOSTILE: &str = r#"format = 1
title = "</title><script>alert(1)</script>"
description = "</script><img src=x onerror=alert(1)>"
currency = "EUR"
levels = [0.9]

[sampling]
trials = 2_000

[portfolio]
tape = "book.csv"
defaults = { lgd = 0.6 }

[model]
correlation = 0.1

[[policy]]
id = "today"

[[policy]]
id = "cap"
title = "</script><script>alert(2)</script>"
[[policy.rule]]
cap = 500

[[expect]]
text = "<script>alert(3)</script>"
policy = "cap"
measure = { es = 0.9 }
falls_by_at_least = { relative = 0.0 }
"#;

const BOOK: &str = "count,limit,balance,pd,segment\n300,1000,600,0.02,<script>alert(4)</script>\n200,2000,1500,0.05,old\n";

fn page_of(scenario: &str) -> (Shell, String) {
    let shell = Shell::new();
    shell.write("cut.toml", scenario).write("book.csv", BOOK);
    shell.done(&["run", "cut.toml", "--out", "out", "--quiet"]);
    let page = shell.read("out/report.html");
    (shell, page)
}

/// What stands between two marks, the first such place.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text.find(from).unwrap() + from.len();
    &text[start..start + text[start..].find(to).unwrap()]
}

#[test]
fn no_name_leaves_its_place() {
    let (_shell, page) = page_of(HOSTILE);
    assert_eq!(page.matches("<script").count(), 2, "the data and the script");
    assert_eq!(page.matches("</script>").count(), 2);
    assert!(!page.contains("<img"));
    for n in 1..=4 {
        assert!(page.contains(&format!("alert({n})")), "the name is there, as text");
    }
    // The wrong twin: without escaping the page would have held it as it stands.
    assert!(HOSTILE.contains("<script>alert(1)") && !page.contains("<script>alert(1)"));
}

#[test]
fn its_policy_knows_its_own_script_only() {
    let (_shell, page) = page_of(HOSTILE);
    let policy = between(&page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"");
    let script = between(&page, "<script>", "</script>");
    let hash = BASE64_STANDARD.encode(Sha256::digest(script.as_bytes()));
    assert!(policy.starts_with("default-src 'none'; "));
    assert!(policy.contains(&format!("script-src 'sha256-{hash}';")), "{policy}");
    let wrong = BASE64_STANDARD.encode(Sha256::digest(format!("{script} ").as_bytes()));
    assert!(!policy.contains(&wrong));
    for address in ["http://", "https://"] {
        let found = page.matches(address).count();
        let names = page.matches("http://www.w3.org/").count();
        assert_eq!(found, if address == "http://" { names } else { 0 }, "{address}");
    }
}

#[test]
fn anchors_are_one_each_and_all_links_lead_somewhere() {
    let (_shell, page) = page_of(HOSTILE);
    let values = |name: &str| -> Vec<String> {
        let mark = format!(" {name}=\"");
        page.split(&mark).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let mut ids = values("id");
    ids.sort();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all);
    for link in values("href") {
        assert!(ids.contains(&link.trim_start_matches('#').to_owned()), "{link}");
    }
}

#[test]
fn the_same_run_writes_the_same_page() {
    let (shell, page) = page_of(HOSTILE);
    shell.done(&["run", "cut.toml", "--out", "again", "--quiet", "--threads", "1"]);
    assert_eq!(page, shell.read("again/report.html"));
    shell.done(&["run", "cut.toml", "--out", "other", "--quiet", "--seed", "5"]);
    assert_ne!(page, shell.read("other/report.html"));
}

#[test]
fn sections_without_data_are_left_out() {
    let (_shell, page) = page_of(HOSTILE);
    let has = |id: &str| page.contains(&format!("<section id=\"{id}\""));
    for id in [
        "answers",
        "statements",
        "losses",
        "credit",
        "portfolio",
        "assumptions",
        "method",
        "manifest",
        "glossary",
    ] {
        assert!(has(id), "{id}");
    }
    for id in ["attribution", "regions", "variants"] {
        assert!(!has(id), "{id}");
    }
    let plain = HOSTILE.split("[[expect]]").next().unwrap();
    let (_shell, page) = page_of(plain);
    assert!(!page.contains("<section id=\"statements\""));
}

#[test]
fn the_first_screen_answers_five_questions() {
    let (shell, page) = page_of(HOSTILE);
    assert_eq!(page.matches("<div class=\"answer\">").count(), 5);
    let results = shell.json("out/results.json");
    let rows = results["runs"][0]["summary"]["rows"].as_array().unwrap();
    let change = rows.iter().find(|row| {
        row["policy"] == "cap"
            && row["measure"] == "expected_shortfall"
            && row["comparison"] == "relative_change"
            && row["scope_kind"] == "system"
    });
    let fall = -100.0 * change.unwrap()["estimate"]["value"].as_f64().unwrap();
    let said = between(&page, "<p class=\"says\">", "</p>");
    assert!(said.contains(&format!("it lowers ES 90 % by {fall:.1} %")), "{said}: {fall}");
    assert!(page.contains("Gaussian copula, 1 factor; asset correlation 0.1."));
    // Nothing to choose between: one policy, and the page says what it rests on.
    let alone = HOSTILE.replace("[[policy]]\nid = \"cap\"", "[[policy]]\nid = \"same\"");
    let alone =
        alone.replace("cap = 500", "cap = 5_000").replace("policy = \"cap\"", "policy = \"same\"");
    let (_shell, page) = page_of(&alone);
    assert!(
        between(&page, "<p class=\"says\">", "</p>")
            .starts_with("None: no policy changes ES 90 %.")
    );
}

/// Twenty policies before a hundred lenders.
fn large() -> String {
    let mut text = String::from(
        r#"format = 1
title = "Many"
currency = "EUR"
levels = [0.99, 0.999]
sampling = { trials = 3_000 }
portfolio = { tape = "book.csv", defaults = { lgd = 0.6 } }
model = { correlation = 0.1 }
output = { equal_credit_cut = false }
policy = [{ id = "today" }"#,
    );
    for policy in 1..20 {
        write!(text, ", {{ id = \"cap-{policy}\", rule = [{{ cap = {} }}] }}", 100 * policy)
            .unwrap();
    }
    text.push_str("]\n");
    text
}

/// A platform before a hundred partner banks that owe one another, under twenty caps.
#[cfg(unix)]
#[test]
fn a_large_system_makes_a_light_page() {
    let shell = Shell::with_scenarios();
    let mut text = String::from(
        "format = 1\nextends = \"scenarios/claims/partners.toml\"\nsampling = { trials = 500 }\n\
         output = { equal_credit_cut = false }\n",
    );
    for policy in 1..=20 {
        write!(
            text,
            "[[policy]]\nid = \"cap-{policy}\"\n[[policy.rule]]\ncap = {}\n",
            1_500 * policy
        )
        .unwrap();
    }
    shell.write("large.toml", &text);
    shell.done(&["run", "large.toml", "--out", "out", "--quiet"]);
    let page = shell.read("out/report.html");
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    // Parts of all losses of lenders are told as parts of these, not of the losses of the book.
    let results = shell.json("out/results.json");
    let rows = results["runs"][0]["summary"]["rows"].as_array().unwrap();
    let said_of = |scope: &str| {
        let row = rows.iter().find(|row| {
            row["policy"] == "cap-1"
                && row["scope_kind"] == scope
                && row["measure"] == "expected_shortfall"
                && row["level"] == 0.999
                && row["comparison"] == "level"
        });
        let value = row.unwrap()["estimate"]["value"].as_f64().unwrap();
        format!("Of {} ", tailcap::report::numbers::amount(value, "CNY"))
    };
    assert!(page.contains(&said_of("total")), "{}", said_of("total"));
    assert!(!page.contains(&said_of("system")));
    assert!(page.contains(" lenders fail on average"));
}

#[test]
fn a_large_run_makes_a_light_page_in_no_time() {
    let shell = Shell::new();
    let mut book = String::from("count,limit,balance,pd,segment,lender\n");
    for lender in 0..100 {
        let limit = 1_000 + 37 * lender;
        writeln!(book, "50,{limit},{},0.03,s{},bank-{lender}", limit / 2, lender % 7).unwrap();
    }
    shell.write("large.toml", &large()).write("book.csv", &book);
    shell.done(&["run", "large.toml", "--out", "out", "--quiet"]);
    let page = shell.read("out/report.html");
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    // All that the screen needs is there: a hundred lenders under twenty policies.
    let data: serde_json::Value =
        serde_json::from_str(between(&page, "id=\"data\">", "</script>")).unwrap();
    let scopes = data["explorer"]["runs"][0]["scopes"].as_array().unwrap();
    let lenders = scopes.iter().filter(|scope| scope["kind"] == "lender");
    let left_out = data["explorer"]["left_out"].as_array().unwrap();
    let left: u64 = left_out.iter().map(|own| own[1].as_u64().unwrap()).sum();
    let told = scopes.iter().filter(|scope| scope["kind"] == "segment").count() + lenders.count();
    assert_eq!(told as u64 + left, 107);
    // The tail of every curve is kept, however few points there are.
    let stored = shell.json("out/results.json");
    let own = stored["runs"][0]["summary"]["exceedance"].as_array().unwrap();
    for (series, policy) in scopes[0]["exceedance"].as_array().unwrap().iter().zip(0..) {
        let full = own.iter().filter(|s| s["scope_kind"] == "system").nth(policy).unwrap();
        let worst = |points: &serde_json::Value| points.as_array().unwrap().last().unwrap().clone();
        let (drawn, kept) = (worst(series), worst(&full["points"]));
        let (a, b) = (drawn[0].as_f64().unwrap(), kept["loss"].as_f64().unwrap());
        assert!((a / b - 1.0).abs() < 1e-4, "{policy}: {a} {b}");
    }
    let results = tailcap::report::stored::read(&shell.path("out")).unwrap();
    let key = results.manifest.unwrap().key;
    let began = Instant::now();
    let again = tailcap::page::html(&results.results, &[], &key).unwrap();
    let took = began.elapsed().as_secs_f64();
    assert!(again.len() > 100_000);
    // A release build takes about a tenth of this.
    assert!(took < if cfg!(debug_assertions) { 20.0 } else { 1.0 }, "{took} s");
}
