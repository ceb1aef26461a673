//! The drawing surface: plotters' SVG backend at ten times the size, and the `<svg>` element made of it.

use std::cell::RefCell;
use std::fmt::Write;

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color, FontDesc, FontFamily, FontStyle, FontTransform, RGBColor, ShapeStyle, TextStyle,
};

use super::PlotError;
use super::clip::{Point, Rect, dashes};
use super::hints::Spot;
use super::language::Words;
use super::style::{Look, PAPER, SCALE};
use super::text::{Anchor, Direction, Label};

use crate::media;

type DrawError = DrawingAreaErrorKind<std::io::Error>;

/// The backend divides every font size by this before it writes it.
const BACKEND_FONT_DIVISOR: f64 = 1.24;
/// The backend lowers a text anchored at its top by so many ems, which puts its baseline there.
const BACKEND_TOP_SHIFT: f64 = 0.76;

/// What the `<svg>` element says about itself.
pub struct Description<'a> {
    /// Name of the figure.
    pub name: &'a str,
    /// Its title.
    pub title: &'a str,
    /// Its content in words.
    pub content: &'a str,
    /// Width and height, pixels.
    pub size: (f64, f64),
    /// What the figure says it with.
    pub words: &'static Words,
}

/// A surface in unscaled pixels.
pub struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    /// What is said where a reader points.
    hints: RefCell<Vec<(Spot, String)>>,
    /// Families of every text.
    families: &'static str,
}

/// Lets `paint` draw on white ground and returns the `<svg>` element.
pub fn svg(
    description: &Description<'_>,
    paint: impl FnOnce(&Canvas<'_>) -> Result<(), DrawError>,
) -> Result<String, PlotError> {
    let size = (scaled(description.size.0) as u32, scaled(description.size.1) as u32);
    let mut drawn = String::new();
    let hints;
    {
        let canvas = Canvas {
            area: SVGBackend::with_string(&mut drawn, size).into_drawing_area(),
            hints: RefCell::default(),
            families: description.words.families,
        };
        canvas
            .area
            .fill(&PAPER)
            .and_then(|()| paint(&canvas))
            .and_then(|()| canvas.area.present())
            .map_err(|error| PlotError::Drawing {
                figure: description.name.to_owned(),
                source: Box::new(error),
            })?;
        hints = elements(&canvas.hints.borrow());
    }
    let body = drawn.split_once('>').map_or("", |(_, body)| body);
    let body = body.trim_end().trim_end_matches("</svg>");
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" \
         viewBox=\"0 0 {} {}\"{lang} role=\"img\" aria-labelledby=\"{name}-title {name}-desc\" \
         stroke-linejoin=\"round\">\n<title id=\"{name}-title\">{}</title>\n\
         <desc id=\"{name}-desc\">{}</desc>{body}{hints}</svg>\n",
        description.size.0,
        description.size.1,
        size.0,
        size.1,
        media::svg(description.title),
        media::svg(description.content),
        name = description.name,
        lang = description.words.lang,
    ))
}

/// The hints as transparent shapes with titles, on top of everything; nothing where there are none. They are
/// circles around marks and boxes on bars, so that nothing but a title is needed to show them.
fn elements(hints: &[(Spot, String)]) -> String {
    if hints.is_empty() {
        return String::new();
    }
    let mut text = String::from(
        "<g class=\"hints\" fill=\"#fff\" fill-opacity=\"0\" pointer-events=\"all\">\n",
    );
    for (spot, said) in hints {
        let place = spot.around();
        let (left, top) = pixel((place.left, place.top));
        let (right, bottom) = pixel((place.right, place.bottom));
        let said = media::svg(said);
        // Writing to a text cannot fail.
        let _ = match spot {
            Spot::Mark(_) | Spot::Disc(..) => writeln!(
                text,
                "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"><title>{said}</title></circle>",
                i32::midpoint(left, right),
                i32::midpoint(top, bottom),
                (right - left) / 2,
            ),
            Spot::Area(_) => writeln!(
                text,
                "<rect x=\"{left}\" y=\"{top}\" width=\"{}\" height=\"{}\"><title>{said}</title></rect>",
                right - left,
                bottom - top,
            ),
        };
    }
    text + "</g>\n"
}

impl Canvas<'_> {
    /// What is said where a reader points at a place.
    pub fn hint(&self, spot: Spot, text: String) {
        let place = spot.around();
        let is_drawn =
            [place.left, place.right, place.top, place.bottom].iter().all(|x| x.abs() < 1e5);
        if is_drawn {
            self.hints.borrow_mut().push((spot, text));
        }
    }

    /// A line through points.
    pub fn line(&self, points: &[Point], colour: RGBColor, width: f64) -> Result<(), DrawError> {
        let mut pixels: Vec<_> = points.iter().map(|&point| pixel(point)).collect();
        pixels.dedup();
        if pixels.len() < 2 {
            return Ok(());
        }
        self.area.draw(&PathElement::new(pixels, stroke(colour, width)))
    }

    /// A curve in the look of its policy.
    pub fn curve(&self, points: &[Point], look: &Look) -> Result<(), DrawError> {
        for dash in dashes(points, look.dash) {
            self.line(&dash, look.colour, look.width)?;
        }
        Ok(())
    }

    /// A filled shape.
    pub fn shape(&self, rim: &[Point], colour: RGBColor, opacity: f64) -> Result<(), DrawError> {
        let mut pixels: Vec<_> = rim.iter().map(|&point| pixel(point)).collect();
        pixels.dedup();
        if pixels.len() < 3 {
            return Ok(());
        }
        self.area.draw(&Polygon::new(pixels, colour.mix(opacity)))
    }

    /// A filled box: one of many cells of a map, or a bar.
    pub fn rect(&self, place: Rect, colour: RGBColor) -> Result<(), DrawError> {
        let Rect { left, right, top, bottom } = place;
        let corners = [pixel((left, top)), pixel((right, bottom))];
        self.area.draw(&Rectangle::new(corners, colour.filled()))
    }

    /// The rim of a box.
    pub fn outline(&self, place: Rect, colour: RGBColor, width: f64) -> Result<(), DrawError> {
        let Rect { left, right, top, bottom } = place;
        let rim = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
        self.line(&rim, colour, width)
    }

    /// Ground for a text: what is below a box does not shine through.
    pub fn ground(&self, place: Rect) -> Result<(), DrawError> {
        let Rect { left, right, top, bottom } = place;
        self.shape(&[(left, top), (right, top), (right, bottom), (left, bottom)], PAPER, 1.0)
    }

    /// A filled disc.
    pub fn disc(&self, centre: Point, radius: f64, colour: RGBColor) -> Result<(), DrawError> {
        self.area.draw(&Circle::new(pixel(centre), scaled(radius), colour.filled()))
    }

    /// A ring with the ground inside.
    pub fn ring(&self, centre: Point, radius: f64, colour: RGBColor) -> Result<(), DrawError> {
        self.disc(centre, radius, PAPER)?;
        self.area.draw(&Circle::new(pixel(centre), scaled(radius), stroke(colour, 1.4)))
    }

    /// A text.
    pub fn text(&self, label: &Label) -> Result<(), DrawError> {
        let size = SCALE * label.size;
        let lift = BACKEND_TOP_SHIFT * label.size;
        let (at, transform) = match label.direction {
            Direction::Level => ((label.at.0, label.at.1 - lift), FontTransform::None),
            Direction::Up => ((label.at.0 - lift, label.at.1), FontTransform::Rotate270),
        };
        let side = match label.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let family = FontFamily::Name(self.families);
        let font = FontDesc::new(family, size * BACKEND_FONT_DIVISOR, FontStyle::Normal)
            .transform(transform);
        let style = TextStyle::from(font).color(&label.colour).pos(Pos::new(side, VPos::Top));
        self.area.draw_text(&media::one_line(&label.text), &style, pixel(at))
    }
}

fn scaled(length: f64) -> i32 {
    (SCALE * length).round() as i32
}

fn pixel(point: Point) -> (i32, i32) {
    (scaled(point.0), scaled(point.1))
}

fn stroke(colour: RGBColor, width: f64) -> ShapeStyle {
    colour.stroke_width(scaled(width) as u32)
}
