//! SVG to PDF: vectors with the letters of the embedded font, so that text stays text.
//!
//! No clock and no random number enter the file: the same figure gives the same bytes.

use krilla::Document;
use krilla::geom::Size;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla_svg::{SurfaceExt, SvgSettings};
use resvg::usvg;

use super::fonts::svg_options;
use super::{Figure, PlotError};

/// Points of an inch, and millimetres of one.
const POINTS: f64 = 72.0;
const MILLIMETRES: f64 = 25.4;

/// One page of this width, millimetres; the height follows.
pub fn to_pdf(figure: &Figure, millimetres: f64) -> Result<Vec<u8>, PlotError> {
    let name = || figure.name.clone();
    let tree = usvg::Tree::from_str(&figure.svg, &svg_options(figure.font.as_ref()))
        .map_err(|error| PlotError::Svg { figure: name(), source: Box::new(error) })?;
    let refused =
        |reason: String| PlotError::Pdf { figure: figure.name.clone(), source: reason.into() };
    let width = (millimetres / MILLIMETRES * POINTS) as f32;
    let height = width * tree.size().height() / tree.size().width();
    let too_small = || refused(format!("a page of {width} x {height} points"));
    let size = Size::from_wh(width, height).ok_or_else(too_small)?;
    let page = PageSettings::from_wh(width, height).ok_or_else(too_small)?;
    let mut document = Document::new();
    document.set_metadata(
        Metadata::new()
            .title(figure.title.clone())
            .description(figure.caption.clone())
            .creator(format!("tailcap {}", crate::VERSION)),
    );
    let mut page = document.start_page_with(page);
    let mut surface = page.surface();
    let drawn = surface.draw_svg(&tree, size, SvgSettings::default());
    surface.finish();
    page.finish();
    drawn.ok_or_else(|| refused("the drawing has no size".into()))?;
    document.finish().map_err(|error| refused(format!("{error:?}")))
}
