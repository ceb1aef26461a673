//! Where the curves of a plot are named: beside them, in an empty corner, or in a list below.

use plotters::drawing::DrawingAreaErrorKind;

use super::axis;
use super::canvas::Canvas;
use super::clip::{Point, Rect};
use super::keys::{KeyList, Samples};
use super::placing::{self, Labelled};
use super::sheet::Sheet;
use super::style::{self, Look};
use super::text::{Label, MIDDLE};

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// A name beside a curve or in the corner is never longer.
const LONGEST_NAME: f64 = 150.0;
/// Space between the axis and the list of policies below it.
const LIST_GAP: f64 = 5.0;

/// What a curve needs to be named.
pub struct Named<'a> {
    /// Title of its policy.
    pub title: &'a str,
    /// Its look.
    pub look: Look,
    /// The curve and the rims of its band, pixels.
    pub lines: Vec<Vec<Point>>,
}

/// Where the policies are named.
pub enum Naming {
    /// Beside the curves.
    Direct(Vec<Rect>),
    /// In a list from this corner on.
    List(KeyList, Point),
}

impl Naming {
    /// Chooses between names at the curves, a list in the empty corner at the top right, and one below
    /// the horizontal axis.
    pub fn new(sheet: &Sheet, curves: &[Named<'_>], frame: Rect) -> Self {
        let titles = curves.iter().map(|curve| curve.title);
        let labelled: Vec<Labelled> = curves
            .iter()
            .map(|curve| Labelled {
                lines: curve.lines.clone(),
                size: (sheet.text_width(curve.title, style::LABEL), 1.2 * style::LABEL),
            })
            .collect();
        if labelled.iter().all(|one| one.size.0 <= LONGEST_NAME)
            && let Some(places) = placing::beside_curves(&labelled, frame)
        {
            return Self::Direct(places);
        }
        let corner = KeyList::column(sheet, titles.clone(), style::SAMPLE + LONGEST_NAME);
        if let Some(list) = corner {
            let (left, top) = (frame.right - 8.0 - list.width(), frame.top + 4.0);
            let bottom = top + list.height();
            let place = Rect { left, right: frame.right, top: frame.top, bottom };
            if frame.holds(place) && placing::is_clear(place, &labelled) {
                return Self::List(list, (left, top));
            }
        }
        let room = sheet.room();
        let list = KeyList::block(sheet, titles, room);
        let corner =
            list.corner_below(sheet, frame, frame.bottom + axis::MONEY_AXIS_HEIGHT + LIST_GAP);
        Self::List(list, corner)
    }

    /// Lower edge of the axis and the names of a plot.
    pub fn bottom(&self, frame: Rect) -> f64 {
        let below = frame.bottom + axis::MONEY_AXIS_HEIGHT;
        match self {
            Self::List(list, (_, top)) => below.max(top + list.height()),
            Self::Direct(_) => below,
        }
    }

    /// Draws the names.
    pub fn draw(&self, canvas: &Canvas<'_>, curves: &[Named<'_>], samples: Samples) -> Drawn {
        match self {
            Self::Direct(places) => {
                for (curve, place) in curves.iter().zip(places) {
                    let middle = (place.top + place.bottom) / 2.0;
                    // Grid lines do not run through names.
                    canvas.ground(*place)?;
                    let at = (place.left, middle + MIDDLE * style::LABEL);
                    let colour = style::for_text(curve.look.colour);
                    canvas.text(&Label::new(curve.title, at, style::LABEL).coloured(colour))?;
                }
                Ok(())
            }
            Self::List(list, corner) => {
                list.draw(canvas, curves.iter().map(|curve| &curve.look), samples, *corner)
            }
        }
    }
}
