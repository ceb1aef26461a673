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
    packed(pixels(figure, width)?, None).map_err(|error| packing(figure, error))
}

/// Renders a figure for a page on which it is so wide, millimetres, at a density that the file carries.
pub fn to_png_of(figure: &Figure, millimetres: f64, dpi: u32) -> Result<Vec<u8>, PlotError> {
    let width = (millimetres / INCH * f64::from(dpi)).round() as u32;
    let pixels = pixels(figure, width)?;
    let per_metre = (f64::from(dpi) * 1_000.0 / INCH).round() as u32;
    let unit = png::Unit::Meter;
    let density = png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit };
    packed(pixels, Some(density)).map_err(|error| packing(figure, error))
}

/// The file. Drawings are long runs of few colours, which pack best as they are: without filters, and without
/// a channel for what is opaque everywhere, in half the time and six sevenths of the room.
fn packed(
    pixels: tiny_skia::Pixmap,
    density: Option<png::PixelDimensions>,
) -> Result<Vec<u8>, png::EncodingError> {
    let (width, height) = (pixels.width(), pixels.height());
    let (all, _) = pixels.data().as_chunks::<4>();
    let is_opaque = all.iter().all(|pixel| pixel[3] == u8::MAX);
    let (color, data) = match is_opaque {
        true => {
            let mut colours = Vec::with_capacity(3 * all.len());
            all.iter().for_each(|pixel| colours.extend_from_slice(&pixel[..3]));
            (png::ColorType::Rgb, colours)
        }
        false => (png::ColorType::Rgba, pixels.take_demultiplied()),
    };
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_deflate_compression(png::DeflateCompression::Level(5));
    encoder.set_pixel_dims(density);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&data)?;
    writer.finish()?;
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
    // Part of a row of pixels would be half transparent; there is nothing in it but margin.
    let height = ((tree.size().height() * zoom) as u32).max(1);
    let mut pixels = tiny_skia::Pixmap::new(width, height).ok_or(PlotError::Size {
        figure: name(),
        width,
        height,
    })?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(zoom, zoom), &mut pixels.as_mut());
    Ok(pixels)
}
