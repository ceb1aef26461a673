//! What a printed figure must be: nothing clipped, nothing on top of anything else, safe, repeatable.

mod samples;

use resvg::usvg;

use super::clip::Rect;
use super::text::svg_options;
use super::*;
use samples::{all_figures};

/// Every text of a figure with the box of its glyphs, in pixels of the figure.
fn text_boxes(figure: &Figure) -> (Vec<(String, Rect)>, Rect) {
    let tree = usvg::Tree::from_str(&figure.svg, &svg_options()).unwrap();
    let mut boxes = Vec::new();
    let mut groups = vec![tree.root()];
    while let Some(group) = groups.pop() {
        for node in group.children() {
            match node {
                usvg::Node::Group(inner) => groups.push(inner),
                usvg::Node::Text(text) => {
                    let b = text.abs_bounding_box();
                    let said = text.chunks().iter().map(usvg::TextChunk::text).collect();
                    boxes.push((said, rect(b.left(), b.right(), b.top(), b.bottom())));
                }
                _ => {}
            }
        }
    }
    (boxes, rect(0.0, tree.size().width(), 0.0, tree.size().height()))
}

fn rect(left: f32, right: f32, top: f32, bottom: f32) -> Rect {
    let [left, right, top, bottom] = [left, right, top, bottom].map(f64::from);
    Rect { left, right, top, bottom }
}

#[test]
fn texts_stay_inside_and_apart() {
    for (sample, figure) in all_figures() {
        let (boxes, canvas) = text_boxes(&figure);
        assert!(boxes.len() > 8, "{sample}: {} texts", boxes.len());
        for (i, (text, place)) in boxes.iter().enumerate() {
            assert!(canvas.holds(*place), "{sample}: `{text}` leaves the canvas: {place:?}");
            for (other, taken) in &boxes[..i] {
                // A glyph cell has blank rims: touching cells are not touching letters.
                let apart = !place.grown(-0.5).overlaps(*taken);
                assert!(apart, "{sample}: `{text}` over `{other}`: {place:?} {taken:?}");
            }
        }
    }
}

#[test]
#[ignore = "writes pictures for the eye: PLOT_SAMPLES=folder"]
fn write_pictures() {
    let folder = std::path::PathBuf::from(std::env::var("PLOT_SAMPLES").unwrap());
    std::fs::create_dir_all(&folder).unwrap();
    for (sample, figure) in all_figures() {
        let stem = folder.join(format!("{sample}-{}", figure.name));
        std::fs::write(stem.with_extension("svg"), &figure.svg).unwrap();
        let png = to_png(&figure, DEFAULT_PNG_WIDTH).unwrap();
        std::fs::write(stem.with_extension("png"), png).unwrap();
    }
}
