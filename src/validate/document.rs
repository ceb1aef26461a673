//! The validation report as one HTML file that can be filed: what was proved on this machine, and the document
//! of the model it was proved for.
//!
//! It loads nothing, runs nothing (a Content-Security-Policy forbids both) and reads the same in print.

use std::fmt::Write;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use super::table::Report;
use super::{Basis, Case, Check, Kind, Verdict};
use crate::media::html as html_text;

/// Purpose, equations, assumptions and limits of use: the document that the report stands on.
const MODEL: &str = include_str!("../../docs/model.md");
const STYLE: &str = include_str!("document.css");

/// The report as HTML.
pub fn html(report: &Report, seconds: f64) -> String {
    let mut out = String::new();
    let passed = report.verdict == Verdict::Passed;
    let checks: usize = report.cases.iter().map(|case| case.checks.len()).sum();
    let failed: usize = report.cases.iter().map(Case::failed).sum();
    push(
        &mut out,
        &format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>tailcap {}: validation report</title>\n<style>\n{STYLE}</style></head>\n<body>\n<main>",
            html_text(&report.version)
        ),
    );
    push(&mut out, "<h1>Validation report</h1>");
    let (class, word) = if passed { ("passed", "Passed") } else { ("failed", "Failed") };
    push(
        &mut out,
        &format!(
            "<p class=\"verdict {class}\">{word}: {} of {checks} checks in {} cases lie where they \
             should</p>",
            checks - failed,
            report.cases.len()
        ),
    );
    push(
        &mut out,
        &format!(
            "<table class=\"facts\"><tr><th scope=\"row\">Software</th><td>tailcap {}</td></tr>\
             <tr><th scope=\"row\">Computed on</th><td>{}</td></tr>\
             <tr><th scope=\"row\">Time taken</th><td>{seconds:.0} s</td></tr>\
             <tr><th scope=\"row\">To repeat</th><td><code>tailcap validate --report FOLDER</code></td></tr>\
             <tr><th scope=\"row\">Carried out by, on</th><td class=\"blank\"></td></tr>\
             <tr><th scope=\"row\">Reviewed by, on</th><td class=\"blank\"></td></tr></table>",
            html_text(&report.version),
            html_text(&report.target)
        ),
    );
    contents(&mut out);
    outcomes(&mut out, &report.cases);
    push(
        &mut out,
        "<section id=\"model\"><h2>2. The model: soundness, assumptions, limits of use</h2>",
    );
    out.push_str(&model_document());
    push(&mut out, "</section>");
    push(&mut out, "<section id=\"tests\"><h2>3. Tests and benchmarks in full</h2>");
    for kind in Kind::ALL {
        let own: Vec<&Case> = report.cases.iter().filter(|case| case.kind == kind).collect();
        if own.is_empty() {
            continue;
        }
        push(&mut out, &format!("<h3>{}</h3>\n<p>{}</p>", kind.title(), kind.meaning()));
        own.into_iter().for_each(|case| in_full(&mut out, case));
    }
    push(&mut out, "</section>\n</main></body></html>");
    out
}

fn contents(out: &mut String) {
    push(
        out,
        "<nav><ol><li><a href=\"#outcomes\">Outcomes</a></li>\
         <li><a href=\"#model\">The model: soundness, assumptions, limits of use</a></li>\
         <li><a href=\"#tests\">Tests and benchmarks in full</a></li></ol></nav>",
    );
}

fn outcomes(out: &mut String, cases: &[Case]) {
    push(
        out,
        "<section id=\"outcomes\"><h2>1. Outcomes</h2>\n<p>Every case is a small scenario with a known \
         answer. A number passes inside the stated tolerance: rounding, or the range that the exact law leaves \
         to chance with a probability of 2 in a million, so that all checks together raise a false \
         alarm in less than 1 of 500 seeds. <em>Used</em> is the largest part of its tolerance \
         that any check of the case takes.</p>\n<div class=\"wide\"><table><thead><tr>\
         <th scope=\"col\">case</th><th scope=\"col\">what it is</th><th scope=\"col\">answer from</th>\
         <th scope=\"col\">trials</th><th scope=\"col\">checks</th><th scope=\"col\">used</th>\
         <th scope=\"col\">verdict</th></tr></thead><tbody>",
    );
    for case in cases {
        let used = case.checks.iter().map(Check::strain).fold(0.0, f64::max);
        let failed = case.failed();
        let (class, verdict) = match failed {
            0 => ("passed", "passed".to_owned()),
            n => ("failed", format!("{n} failed")),
        };
        let used = if used.is_finite() { format!("{:.0} %", 100.0 * used) } else { "far".into() };
        push(
            out,
            &format!(
                "<tr><th scope=\"row\"><a href=\"#case-{id}\">{id}</a></th><td>{}</td><td>{}</td>\
                 <td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{used}</td>\
                 <td class=\"{class}\">{verdict}</td></tr>",
                html_text(case.title),
                html_text(case.source),
                if case.trials == 0 { "none".to_owned() } else { case.trials.to_string() },
                case.checks.len(),
                id = html_text(case.id),
            ),
        );
    }
    push(out, "</tbody></table></div></section>");
}

fn in_full(out: &mut String, case: &Case) {
    push(
        out,
        &format!(
            "<h4 id=\"case-{id}\">{id}: {}</h4>\n<p>Expected: {}.</p>\n<div class=\"wide\"><table><thead><tr>\
             <th scope=\"col\">quantity</th><th scope=\"col\">expected</th><th scope=\"col\">found</th>\
             <th scope=\"col\">from</th><th scope=\"col\">to</th><th scope=\"col\">range from</th>\
             <th scope=\"col\">verdict</th></tr></thead><tbody>",
            html_text(case.title),
            html_text(case.source),
            id = html_text(case.id),
        ),
    );
    for check in &case.checks {
        let (class, verdict) = match check.verdict {
            Verdict::Passed => ("passed", "passed"),
            Verdict::Failed => ("failed", "failed"),
        };
        let basis = match check.basis {
            Basis::Rounding => "rounding",
            Basis::StandardErrors => "standard errors",
            Basis::OrderStatistics => "law of the rank",
            Basis::Counts => "law of the count",
        };
        push(
            out,
            &format!(
                "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td>\
                 <td class=\"n\">{}</td><td class=\"n\">{}</td><td>{basis}</td>\
                 <td class=\"{class}\">{verdict}</td></tr>",
                html_text(&check.quantity),
                number(check.expected),
                number(check.found),
                number(check.lower),
                number(check.upper),
            ),
        );
    }
    push(out, "</tbody></table></div>");
}

/// Nine digits; large and small ones with an exponent.
fn number(x: f64) -> String {
    let size = x.abs();
    if x == 0.0 {
        "0".into()
    } else if !x.is_finite() {
        "none".into()
    } else if (1e-4..1e9).contains(&size) {
        let decimals = (8 - libm::floor(libm::log10(size)) as i32).clamp(0, 12) as usize;
        let text = format!("{x:.decimals$}");
        match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
            false => text,
        }
    } else {
        format!("{x:.8e}")
    }
}

/// The document of the model, its headings two levels down and its own title left out.
fn model_document() -> String {
    let mut skipping = false;
    let events = Parser::new_ext(MODEL, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) => {
            skipping = true;
            None
        }
        Event::End(TagEnd::Heading(HeadingLevel::H1)) => {
            skipping = false;
            None
        }
        _ if skipping => None,
        Event::Start(Tag::Heading { id, classes, attrs, .. }) => {
            Some(Event::Start(Tag::Heading { level: HeadingLevel::H3, id, classes, attrs }))
        }
        Event::End(TagEnd::Heading(_)) => Some(Event::End(TagEnd::Heading(HeadingLevel::H3))),
        other => Some(other),
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    out
}

fn push(out: &mut String, line: &str) {
    writeln!(out, "{line}").expect("writing to a string cannot fail");
}
