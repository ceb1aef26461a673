//! SVG to PNG: resvg with the embedded font only, so the pixels are the same on every machine.

use resvg::{tiny_skia, usvg};

use super::fonts::svg_options;
use super::{Figure, PlotError};

/// Width of a PNG unless another is asked for: 478 dpi in a column of 85 mm, 226 dpi at 180 mm.
pub const DEFAULT_PNG_WIDTH: u32 = 1_600;
/// Millimetres of an inch.
const INCH: f64 = 25.4;

/// Renders a figure at a width in pixels; the height follows.
pub fn to_png(figure: &Figure, width: u32) -> Result<Vec<u8>, PlotError> {
    let pixels = pixels(figure, width)?;
    pixels.encode_png().map_err(|error| packing(figure, error))
}

/// Renders a figure for a page on which it is so wide, millimetres, at a density that the file carries.
pub fn to_png_of(figure: &Figure, millimetres: f64, dpi: u32) -> Result<Vec<u8>, PlotError> {
    let width = (millimetres / INCH * f64::from(dpi)).round() as u32;
    let pixels = pixels(figure, width)?;
    let per_metre = (f64::from(dpi) * 1_000.0 / INCH).round() as u32;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixels.width(), pixels.height());
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: per_metre,
        yppu: per_metre,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header().map_err(|error| packing(figure, error))?;
    let data = pixels.take_demultiplied();
    writer.write_image_data(&data).map_err(|error| packing(figure, error))?;
    writer.finish().map_err(|error| packing(figure, error))?;
    Ok(bytes)
}

fn packing(figure: &Figure, error: impl std::error::Error + Send + Sync + 'static) -> PlotError {
    PlotError::Png { figure: figure.name.clone(), source: Box::new(error) }
}

fn pixels(figure: &Figure, width: u32) -> Result<tiny_skia::Pixmap, PlotError> {
    let name = || figure.name.clone();
    let tree = usvg::Tree::from_str(&figure.svg, &svg_options(figure.font.as_ref()))
        .map_err(|error| PlotError::Svg { figure: name(), source: Box::new(error) })?;
    let zoom = width as f32 / tree.size().width();
    let height = (tree.size().height() * zoom).round() as u32;
    let mut pixels = tiny_skia::Pixmap::new(width, height).ok_or(PlotError::Size {
        figure: name(),
        width,
        height,
    })?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(zoom, zoom), &mut pixels.as_mut());
    Ok(pixels)
}
