//! What a printed figure must be: nothing clipped, nothing on top of anything else, safe, repeatable.

mod effects;
mod samples;
mod samples_of_differences;
mod samples_of_effects;
mod samples_of_policies;
mod samples_of_systems;
mod systems;

use plotters::style::RGBColor;
use resvg::usvg;

use super::clip::{Point, Rect};
use super::fonts::svg_options;
use super::*;
use crate::measures::{Estimate, Figures};
use samples::all_figures;

/// Every text of a figure as the renderer lays it out.
fn texts(figure: &Figure) -> Vec<usvg::Text> {
    fn collect(group: &usvg::Group, texts: &mut Vec<usvg::Text>) {
        for node in group.children() {
            match node {
                usvg::Node::Group(inner) => collect(inner, texts),
                usvg::Node::Text(text) => texts.push((**text).clone()),
                _ => {}
            }
        }
    }
    let tree = usvg::Tree::from_str(&figure.svg, &svg_options(figure.font.as_ref())).unwrap();
    let mut found = Vec::new();
    collect(tree.root(), &mut found);
    found
}

/// Every text with the box of its glyphs, and the canvas, in unscaled pixels.
fn text_boxes(figure: &Figure) -> (Vec<(String, Rect)>, Rect) {
    let boxes = texts(figure)
        .iter()
        .map(|text| {
            // Cells of fonts for Chinese are much taller than their letters.
            let b = match figure.font {
                Some(_) => {
                    let own = text.flattened().bounding_box();
                    own.transform(text.abs_transform()).unwrap()
                }
                None => text.abs_bounding_box(),
            };
            let said = text.chunks().iter().map(usvg::TextChunk::text).collect();
            (said, rect(b.left(), b.right(), b.top(), b.bottom()))
        })
        .collect();
    let document = usvg::roxmltree::Document::parse(&figure.svg).unwrap();
    let length = |name| document.root_element().attribute(name).unwrap().parse().unwrap();
    (boxes, rect(0.0, length("width"), 0.0, length("height")))
}

fn rect(left: f32, right: f32, top: f32, bottom: f32) -> Rect {
    let [left, right, top, bottom] = [left, right, top, bottom].map(f64::from);
    Rect { left, right, top, bottom }
}

/// Nothing of a figure leaves its canvas or covers another text.
fn check_texts(figures: &[(&str, Figure)], on: &str) {
    let mut faults = Vec::new();
    for (sample, figure) in figures {
        let sample = format!("{on}: {sample}, {}", figure.name);
        let (boxes, canvas) = text_boxes(figure);
        assert!(boxes.len() > 8, "{sample}: {} texts", boxes.len());
        for (i, (text, place)) in boxes.iter().enumerate() {
            if !canvas.holds(*place) {
                faults.push(format!("{sample}: `{text}` leaves the canvas: {place:?}"));
            }
            for (other, taken) in &boxes[..i] {
                // A glyph cell has blank rims: touching cells are not touching letters.
                if place.grown(-0.5).overlaps(*taken) {
                    faults.push(format!("{sample}: `{text}` over `{other}`: {place:?} {taken:?}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn texts_stay_inside_and_apart() {
    check_texts(all_figures(), "paper");
}

#[test]
fn texts_stay_inside_and_apart_on_every_page() {
    check_pages(Language::English);
}

#[test]
fn german_texts_stay_inside_and_apart_on_every_page() {
    check_pages(Language::German);
}

#[test]
fn chinese_texts_stay_inside_and_apart_on_every_page() {
    // Needs a font for Chinese; passes where the machine has none.
    check_pages(Language::Chinese);
}

fn check_pages(language: Language) {
    let Some(context) = samples::context_in(language) else { return };
    for theme in Theme::ALL {
        let context = FigureContext { theme, ..context.clone() };
        let on = format!("{}, {}", language.as_str(), theme.as_str());
        let figures = samples::drawn(&context);
        check_texts(&figures, &on);
        check_curves(&figures, &on);
        check_marks(&figures, &on);
        check_type(&figures, theme);
    }
}

#[test]
fn drawings_are_safe_documents_that_describe_themselves() {
    for (sample, figure) in all_figures() {
        let document = usvg::roxmltree::Document::parse(&figure.svg).unwrap();
        let root = document.root_element();
        assert_eq!(root.attribute("role"), Some("img"), "{sample}");
        let said = |tag| root.children().find(|n| n.has_tag_name(tag)).unwrap().text().unwrap();
        assert_eq!(said("title"), figure.title);
        assert_eq!(said("desc"), crate::media::one_line(&figure.caption));
        for node in document.descendants().filter(usvg::roxmltree::Node::is_element) {
            let tag = node.tag_name().name();
            let known = [
                "svg", "title", "desc", "rect", "line", "polyline", "polygon", "circle", "text",
                "g",
            ];
            assert!(known.contains(&tag), "{sample}: element `{tag}`");
            let references = node.attributes().any(|a| a.name().ends_with("href"));
            assert!(!references, "{sample}: a reference to something else");
        }
    }
}

#[test]
fn axes_name_their_units() {
    let has = |wanted: (&str, &str), text: &str| {
        let found = all_figures().iter().find(|(s, f)| (*s, f.name.as_str()) == wanted);
        assert!(found.unwrap().1.svg.contains(text), "{wanted:?} lacks `{text}`");
    };
    has(("five", "densities"), "loss over 1 year (TWD million)");
    has(("five", "densities"), "probability density (per TWD million)");
    has(("five", "exceedance"), "return period (years)");
    has(("five", "exceedance"), "\n10k\n");
    has(("five", "exceedance"), "100,000 trials · seed 20240223 · 95 % bands · tailcap 0.1.0");
    has(("forty", "densities"), "(TWD billion)");
    has(("forty", "densities"), "TWD billion)");
    has(("hostile", "densities"), "loss over 6 months (TWD)");
    has(("hostile", "exceedance"), "horizons of 6 months");
    has(("atoms", "densities"), "probability of exactly this loss");
    has(("one", "densities"), "fewer than 50 tail trials");
    has(("bounds", "densities"), "99 %*");
    has(("caps-25", "ladder-cap"), "cap (TWD)");
    has(("caps-25", "ladder-cap"), "share of the baseline");
    has(("narrow", "ladder-narrow"), "cap (TWD thousand)");
    has(("four", "frontier"), "credit withdrawn (% of the baseline");
    has(("four", "frontier"), "fall of ES 99.9 % (% of the baseline");
    has(("eight", "who-is-cut"), "yearly income (TWD)");
    has(("eight", "who-is-cut"), "share of the band (%)");
    has(("forty", "who-is-cut"), "60 bands of limit: see who_is_cut.csv");
    has(("plain", "convergence"), "deviation from the final value (%)");
    has(("plain", "convergence"), "EL, in the end TWD 50.00 million");
    has(("open", "convergence"), "fewer than 50 tail trials");
    has(("four", "segments"), "share of the system");
    has(("doubtful", "segments"), "ES 99.9 %*");
    has(("forty", "segments"), "20 more segments: see segments.csv");
}

/// The least size of type on a page, points: journals print 6 and more, and a slide is read from afar.
fn least_type(theme: Theme) -> f64 {
    match theme {
        Theme::Paper => 6.0,
        Theme::PaperWide => 6.5,
        Theme::Slides => 14.0,
        Theme::Screen => 8.0,
    }
}

#[test]
fn type_can_be_read_at_the_width_of_a_column() {
    check_type(all_figures(), Theme::Paper);
}

/// Type has a size that can be read where the page has the width of its theme.
fn check_type(figures: &[(&str, Figure)], theme: Theme) {
    for (sample, figure) in figures {
        let document = usvg::roxmltree::Document::parse(&figure.svg).unwrap();
        let view_box = document.root_element().attribute("viewBox").unwrap();
        let width: f64 = view_box.split(' ').nth(2).unwrap().parse().unwrap();
        let sizes = document.descendants().filter_map(|node| node.attribute("font-size"));
        for size in sizes.map(|size| size.parse::<f64>().unwrap()) {
            let printed = size / width * theme.millimetres() / 25.4 * 72.0;
            assert!(printed >= least_type(theme), "{sample}, {}: {printed} pt", figure.name);
        }
        // A title, names of axes and ticks at least: the loop above has seen something.
        assert!(figure.svg.matches("font-size").count() > 8, "{sample}");
    }
}

#[test]
fn drawings_stay_light() {
    for (sample, figure) in all_figures() {
        let document = usvg::roxmltree::Document::parse(&figure.svg).unwrap();
        for node in document.descendants() {
            let points = node.attribute("points").map_or(0, |p| p.split_whitespace().count());
            assert!(points <= 2 * style::MAX_POINTS, "{sample}: {points} points");
        }
    }
}

#[test]
fn few_losses_are_drawn_as_steps() {
    let sloping = |sample: &str| {
        let wanted = |(s, f): &&(&str, Figure)| *s == sample && f.name == "exceedance";
        let figure = &all_figures().iter().find(wanted).unwrap().1;
        curves(figure)
            .iter()
            .flat_map(|line| line.windows(2))
            .filter(|pair| pair[0].0 != pair[1].0 && pair[0].1 != pair[1].1)
            .count()
    };
    assert_eq!(sloping("atoms"), 0);
    assert!(sloping("five") > 100);
}

#[test]
fn the_same_figure_gives_the_same_pixels() {
    let (_, figure) = &all_figures()[0];
    let first = to_png(figure, 400).unwrap();
    assert_eq!(first[1..4], *b"PNG");
    assert_eq!(first, to_png(figure, 400).unwrap());
    assert!(matches!(to_png(figure, 0), Err(PlotError::Size { .. })));
}

#[test]
fn pictures_are_opaque_to_their_edges() {
    for (name, figure) in all_figures() {
        // The kind of colours in the first chunk: red, green and blue, nothing transparent.
        assert_eq!(to_png(figure, 401).unwrap()[25], 2, "{name}");
    }
}

#[test]
fn pictures_carry_their_density() {
    let (_, figure) = &all_figures()[0];
    let png = to_png_of(figure, 85.0, 300).unwrap();
    // 85 mm at 300 pixels an inch; width stands in the first chunk, the density in one of its own.
    assert_eq!(u32::from_be_bytes(png[16..20].try_into().unwrap()), 1_004);
    let at = png.windows(4).position(|tag| tag == b"pHYs").unwrap() + 4;
    assert_eq!(u32::from_be_bytes(png[at..at + 4].try_into().unwrap()), 11_811);
    assert_eq!(png, to_png_of(figure, 85.0, 300).unwrap());
}

#[test]
fn documents_repeat_themselves_and_know_no_clock() {
    let (_, figure) = &all_figures()[0];
    let pdf = to_pdf(figure, 85.0).unwrap();
    assert!(pdf.starts_with(b"%PDF-1."));
    assert_eq!(pdf, to_pdf(figure, 85.0).unwrap());
    for date in [&b"CreationDate"[..], b"ModDate"] {
        assert!(!pdf.windows(date.len()).any(|part| part == date));
    }
    let has = |text: &[u8]| pdf.windows(text.len()).any(|part| part == text);
    assert!(has(b"DejaVuSans"), "the font is not in the document");
    assert!(has(b"/Type /Page") || has(b"/Type/Page"));
}

#[test]
fn no_font_of_the_system_is_used() {
    let options = svg_options(None);
    assert_eq!(options.fontdb.faces().count(), 1);
    let face = options.fontdb.faces().next().unwrap().id;
    for (sample, figure) in all_figures() {
        for text in texts(figure) {
            for glyph in text.layouted().iter().flat_map(|span| &span.positioned_glyphs) {
                assert_eq!(glyph.font, face, "{sample}: `{}`", glyph.text);
                // Glyph 0 is the box that stands for a missing sign.
                assert_ne!(glyph.id.0, 0, "{sample}: `{}` is not in the font", glyph.text);
            }
        }
    }
}

#[test]
fn texts_stand_clear_of_curves() {
    check_curves(all_figures(), "paper");
}

/// No curve runs through a text.
fn check_curves(figures: &[(&str, Figure)], on: &str) {
    for (sample, figure) in figures {
        let curves = curves(figure);
        // Points, bars and cells need no curve.
        let curveless = [
            "frontier",
            "segments",
            "lenders",
            "waterfall",
            "bearers",
            "loss-against-capital",
            "differences",
            "network",
            "tranches",
            "waterfall-total",
        ];
        let has_points = curveless.contains(&&*figure.name) || figure.name.starts_with("region_");
        assert!(!curves.is_empty() || has_points || *sample == "nothing", "{sample}: no curve");
        for (text, place) in text_boxes(figure).0 {
            let is_clear = curves.iter().all(|line| !place.grown(-1.0).crossed_by(line));
            assert!(is_clear, "{on}: {sample}, {}: a curve runs through `{text}`", figure.name);
        }
    }
}

#[test]
fn marks_stand_clear_of_texts() {
    check_marks(all_figures(), "paper");
}

/// No mark lies on a text.
fn check_marks(figures: &[(&str, Figure)], on: &str) {
    for (sample, figure) in figures {
        let document = usvg::roxmltree::Document::parse(&figure.svg).unwrap();
        let is_drawn = |node: &usvg::roxmltree::Node<'_, '_>| !node.has_children();
        let circles =
            document.descendants().filter(|node| node.has_tag_name("circle")).filter(is_drawn);
        let length = |node: usvg::roxmltree::Node<'_, '_>, name| {
            node.attribute(name).unwrap().parse::<f64>().unwrap() / style::SCALE
        };
        let boxes = circles.map(|node| {
            let (x, y) = (length(node, "cx"), length(node, "cy"));
            Rect { left: x, right: x, top: y, bottom: y }.grown(length(node, "r"))
        });
        // So are the small polygons among the shapes.
        let shapes = document.descendants().filter(|node| node.has_tag_name("polygon"));
        let signs = shapes.filter_map(|node| {
            let corners = points(node.attribute("points"));
            let first = corners.first()?;
            let around = Rect { left: first.0, right: first.0, top: first.1, bottom: first.1 };
            let box_of = corners.iter().fold(around, |r, &(x, y)| Rect {
                left: r.left.min(x),
                right: r.right.max(x),
                top: r.top.min(y),
                bottom: r.bottom.max(y),
            });
            (box_of.right - box_of.left < 9.0 && box_of.bottom - box_of.top < 9.0).then_some(box_of)
        });
        let texts = text_boxes(figure).0;
        for mark in boxes.chain(signs) {
            let covered = texts.iter().find(|(_, place)| place.grown(-1.5).overlaps(mark));
            assert!(covered.is_none(), "{on}: {sample}, {}: {covered:?} on {mark:?}", figure.name);
        }
    }
}

/// The strokes of all curves in unscaled pixels.
fn curves(figure: &Figure) -> Vec<Vec<Point>> {
    let document = usvg::roxmltree::Document::parse(&figure.svg).unwrap();
    let curves = document.descendants().filter(|node| {
        let width = node.attribute("stroke-width").and_then(|w| w.parse::<f64>().ok());
        node.has_tag_name("polyline") && width.is_some_and(|w| w >= style::SCALE * style::CURVE)
    });
    curves.map(|node| points(node.attribute("points"))).collect()
}

/// The `points` of a polyline in unscaled pixels.
fn points(attribute: Option<&str>) -> Vec<Point> {
    let pair = |text: &str| {
        let (x, y) = text.split_once(',').unwrap();
        (x.parse::<f64>().unwrap() / style::SCALE, y.parse::<f64>().unwrap() / style::SCALE)
    };
    attribute.unwrap_or_default().split_whitespace().map(pair).collect()
}

#[test]
fn colours_and_dashes_tell_policies_apart() {
    let far = |a: RGBColor, b: RGBColor| {
        let part = |x: u8, y: u8| (f64::from(x) - f64::from(y)).powi(2);
        (part(a.0, b.0) + part(a.1, b.1) + part(a.2, b.2)).sqrt()
    };
    for (i, a) in style::COLOURS.iter().enumerate() {
        for b in &style::COLOURS[..i] {
            assert!(far(*a, *b) > 60.0, "{a:?} {b:?}");
        }
    }
    let ids: Vec<String> = (0..64).map(|i| i.to_string()).collect();
    let looks = style::looks(ids.iter().map(String::as_str), "3");
    for (i, a) in looks.iter().enumerate() {
        assert!(looks[..i].iter().all(|b| (a.colour, a.dash) != (b.colour, b.dash)), "{i}");
    }
    assert_eq!(looks[3].colour, style::COLOURS[0]);
    // In grey print the dash alone has to do for the usual handful.
    for (i, a) in looks[..7].iter().enumerate() {
        assert!(looks[..i].iter().all(|b| a.dash != b.dash), "{i}");
    }
}

#[test]
fn numbers_that_are_none_are_left_out() {
    let mut series = samples::density_of(&samples::five()[0], &["99"]);
    series.points[7].density = f64::NAN;
    series.points[9].loss = f64::INFINITY;
    let mark = &mut series.marks[0];
    mark.value_at_risk = Estimate::of(Figures { value: f64::NAN, ..*mark.value_at_risk });
    mark.expected_shortfall = mark.expected_shortfall.within(None, Some(f64::INFINITY));
    let figure = densities(&[series], &samples::context()).unwrap();
    assert!(!figure.svg.contains("NaN") && !figure.svg.contains("inf"));
    let mut series = samples::exceedance_of(&samples::five()[0]);
    series.points[3].upper = f64::NAN;
    series.points.truncate(4);
    exceedance(&[series], &samples::context()).unwrap();
}

#[test]
fn what_has_nothing_to_show_is_not_drawn() {
    for (what, figure) in
        [samples_of_policies::empty(), samples_of_effects::empty(), samples_of_systems::empty()]
            .into_iter()
            .flatten()
    {
        assert_eq!(figure.unwrap(), None, "{what}");
    }
}

#[test]
fn exact_numbers_say_so_instead_of_a_band() {
    let wanted = |(sample, f): &&(&str, Figure)| (*sample, &*f.name) == ("eight", "who-is-cut");
    let (_, figure) = all_figures().iter().find(wanted).unwrap();
    assert!(figure.caption.contains("without sampling error"));
    assert!(!figure.svg.contains("% bands"));
}

#[test]
fn extreme_series_are_drawn_without_panic() {
    let context = FigureContext { currency: "X".repeat(80), ..samples::context() };
    let five = samples::five();
    for size in [1e-300, 1e-9, 1.0, 1e15, 1e300] {
        let mut smooth = samples::density_of(&five[0], &["99", "99.9"]);
        for point in &mut smooth.points {
            point.loss *= size;
            point.density /= size.max(1e-200);
        }
        let flat = DensitySeries { points: Vec::new(), marks: Vec::new(), ..smooth.clone() };
        densities(&[smooth, flat], &context).unwrap();
        let mut curve = samples::exceedance_of(&five[0]);
        for point in &mut curve.points {
            point.loss *= size;
            point.probability = point.probability.powi(12) - 1e-50;
            point.upper = 2.0;
            point.lower = -1.0;
        }
        exceedance(&[curve], &context).unwrap();
    }
}

/// Pictures for the eye: PLOT_SAMPLES=folder cargo test write_pictures
///
/// PLOT_THEME and PLOT_LANGUAGE choose others than those of a journal in English, PLOT_ONLY a sample.
#[test]
fn write_pictures() {
    let Some(folder) = std::env::var_os("PLOT_SAMPLES").map(std::path::PathBuf::from) else {
        return;
    };
    let theme = std::env::var("PLOT_THEME").map_or(Theme::Paper, |t| Theme::named(&t).unwrap());
    let language = std::env::var("PLOT_LANGUAGE")
        .map_or(Language::English, |code| Language::named(&code).unwrap());
    let only = std::env::var("PLOT_ONLY").unwrap_or_default();
    let Some(context) = samples::context_in(language) else { return };
    std::fs::create_dir_all(&folder).unwrap();
    for (sample, figure) in samples::drawn(&FigureContext { theme, ..context }) {
        let name = format!("{sample}-{}", figure.name);
        if !only.is_empty() && !only.split(',').any(|wanted| wanted == name) {
            continue;
        }
        let stem = folder.join(name);
        std::fs::write(stem.with_extension("svg"), &figure.svg).unwrap();
        let png = to_png(&figure, DEFAULT_PNG_WIDTH).unwrap();
        std::fs::write(stem.with_extension("png"), png).unwrap();
    }
}

/// A drawing without what is said where a reader points.
fn without_hints(svg: &str) -> String {
    let Some((before, after)) = svg.split_once("<g class=\"hints\"") else { return svg.to_owned() };
    before.to_owned() + after.split_once("</g>\n").map_or("", |(_, after)| after)
}

/// The shapes of hints with what they say.
fn hints_of(figure: &Figure) -> Vec<String> {
    let document = usvg::roxmltree::Document::parse(&figure.svg).unwrap();
    let groups = document.descendants().filter(|node| node.has_tag_name("g"));
    let titles = groups.flat_map(|group| group.descendants().filter(|n| n.has_tag_name("title")));
    titles.map(|title| title.text().unwrap().to_owned()).collect()
}

#[test]
fn every_figure_with_data_says_its_values_where_a_reader_points() {
    for (sample, figure) in all_figures() {
        let hints = hints_of(figure);
        assert_eq!(hints.is_empty(), *sample == "nothing", "{sample}, {}", figure.name);
        assert!(hints.len() <= 2_000, "{sample}, {}: {} hints", figure.name, hints.len());
        for said in &hints {
            let is_said = said.contains(" · ") && said.chars().any(|c| c.is_ascii_digit());
            assert!(is_said && !said.contains("NaN") && !said.contains("inf"), "{said}");
        }
        // The last group of the drawing, so that nothing covers it.
        if !hints.is_empty() {
            assert!(figure.svg.ends_with("</g>\n</svg>\n"), "{sample}, {}", figure.name);
        }
    }
}

#[test]
fn hints_say_the_numbers_of_the_series() {
    let series = samples::density_of(&samples::five()[1], &["99.9"]);
    let figure = densities(std::slice::from_ref(&series), &samples::context()).unwrap();
    let e = series.marks[0].expected_shortfall;
    let million = |x: f64| format!("{:.4}", x / 1e6).chars().take(5).collect::<String>();
    let found = hints_of(&figure);
    let own = found.iter().find(|said| said.contains("ES 99.9 %")).unwrap();
    assert!(own.starts_with("No line above 300,000 · ES 99.9 %: TWD "), "{own}");
    // Of four digits the first ones, which rounding seldom changes.
    for x in [e.value, e.lower.unwrap(), e.upper.unwrap()].map(million) {
        assert!(own.contains(&x[..4]), "{x} in {own}");
    }
    let series = samples::exceedance_of(&samples::five()[0]);
    let figure = exceedance(std::slice::from_ref(&series), &samples::context()).unwrap();
    let found = hints_of(&figure);
    assert!((20..=40).contains(&found.len()), "{}", found.len());
    let numbers = Language::English.words().numbers;
    for said in found {
        let (name, value) = said.split_once(": ").unwrap();
        let is_it = |p: &&crate::measures::series::ExceedancePoint| {
            name.contains(&numbers.digits(p.loss / 1e6, 4))
                && value.starts_with(&numbers.percent(&numbers.digits(100.0 * p.probability, 3)))
        };
        assert!(series.points.iter().any(|p| is_it(&p)), "{said}");
    }
}

#[test]
fn hints_do_not_show() {
    let (_, figure) = &all_figures()[0];
    let bare = Figure { svg: without_hints(&figure.svg), ..figure.clone() };
    assert_ne!(bare.svg, figure.svg);
    assert_eq!(to_png(figure, 500).unwrap(), to_png(&bare, 500).unwrap());
}

#[test]
fn every_figure_is_of_a_known_kind_and_every_kind_has_a_sample() {
    let kind_of = |name: &str| {
        let is_it = |kind: &&&str| {
            name == **kind
                || [("ladder", "-"), ("region", "_")]
                    .iter()
                    .any(|(own, mark)| *kind == own && name.starts_with(&format!("{own}{mark}")))
        };
        KINDS.iter().find(is_it).copied()
    };
    let mut seen: Vec<&str> = Vec::new();
    for (sample, figure) in all_figures() {
        let kind = kind_of(&figure.name);
        seen.push(kind.unwrap_or_else(|| panic!("{sample}: figure `{}` of no kind", figure.name)));
    }
    for kind in KINDS {
        assert!(seen.contains(&kind), "no sample of `{kind}`");
    }
}
