//! Names of policies in the frontier figure: at their points, or in a list below the plot.

use plotters::drawing::DrawingAreaErrorKind;

use super::axis::{self, Panel};
use super::canvas::Canvas;
use super::clip::Point;
use super::frontier_trails::Trail;
use super::keys::{KeyList, Samples};
use super::placing::{self, PointLabel, PointPlace};
use super::sheet::Sheet;
use super::style::{self, Look};
use super::text::{Label, MIDDLE};

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Space between the axis and the list of policies below it.
const LIST_GAP: f64 = 5.0;
/// A name at a point is never longer.
const LONGEST_NAME: f64 = 150.0;

/// Where the policies are named.
pub enum Naming {
    /// At their points, ladders at their ends.
    AtPoints(Vec<Name>),
    /// In a list from this corner on.
    List(KeyList, Point),
}

/// A name at a point.
pub struct Name {
    text: String,
    look: Look,
    place: PointPlace,
}

/// A name that looks for a place.
struct Wanted<'a> {
    text: &'a str,
    look: Look,
    at: Point,
    /// The lesser end of a ladder may go without a name.
    can_miss: bool,
}

impl Naming {
    /// Names at the points if all are short and find a place; `lines` and `dots` are what else stands
    /// in the plot.
    pub fn new(
        sheet: &Sheet,
        panel: &Panel,
        trails: &[Trail<'_>],
        mut lines: Vec<Vec<Point>>,
        mut dots: Vec<Point>,
    ) -> Self {
        let wanted: Vec<Wanted<'_>> = trails.iter().flat_map(|trail| names(trail, panel)).collect();
        for trail in trails {
            lines.push(trail.line(panel));
            dots.extend(trail.line(panel));
        }
        let label = |name: &Wanted<'_>| PointLabel {
            at: name.at,
            size: (sheet.text_width(name.text, style::LABEL), 1.2 * style::LABEL),
        };
        let labels: Vec<PointLabel> = wanted.iter().map(label).collect();
        let are_short = labels.iter().all(|label| label.size.0 <= LONGEST_NAME);
        // Looking for places that will not be used takes time where there are many.
        let places = if are_short {
            placing::beside_points(&labels, &lines, &dots, panel.frame)
        } else {
            vec![None; labels.len()]
        };
        if wanted.iter().zip(&places).all(|(name, place)| place.is_some() || name.can_miss) {
            let name = |(name, place): (&Wanted<'_>, Option<PointPlace>)| {
                Some(Name { text: name.text.to_owned(), look: name.look, place: place? })
            };
            return Self::AtPoints(wanted.iter().zip(places).filter_map(name).collect());
        }
        let titles = trails.iter().map(|trail| trail.title);
        let list = KeyList::block(sheet, titles, sheet.room());
        let corner = list.corner_below(sheet, panel.frame, below(panel) + LIST_GAP);
        Self::List(list, corner)
    }

    /// The lower edge of plot and names.
    pub fn bottom(&self, panel: &Panel) -> f64 {
        match self {
            Self::AtPoints(_) => below(panel),
            Self::List(list, (_, top)) => top + list.height(),
        }
    }

    /// Draws the names.
    pub fn draw(&self, canvas: &Canvas<'_>, trails: &[Trail<'_>]) -> Drawn {
        match self {
            Self::AtPoints(names) => {
                for name in names {
                    if let Some(leader) = &name.place.leader {
                        canvas.line(leader, style::MUTED, style::GRID)?;
                    }
                }
                names.iter().try_for_each(|name| name.draw(canvas))
            }
            Self::List(list, corner) => {
                let has_lines = trails.iter().any(|trail| trail.is_ladder);
                let samples = if has_lines { Samples::SignsOnLines } else { Samples::Signs };
                list.draw(canvas, trails.iter().map(|trail| &trail.look), samples, *corner)
            }
        }
    }
}

impl Name {
    fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        let place = self.place.place;
        // Grid lines do not run through names.
        canvas.ground(place)?;
        let middle = f64::midpoint(place.top, place.bottom);
        let at = (place.left, middle + MIDDLE * style::LABEL);
        let colour = style::for_text(self.look.colour);
        canvas.text(&Label::new(&*self.text, at, style::LABEL).coloured(colour))
    }
}

/// The lower edge of the plot's axis.
fn below(panel: &Panel) -> f64 {
    panel.frame.bottom + axis::MONEY_AXIS_HEIGHT
}

/// The title of a policy at its point, or the ids of the caps at both ends of a ladder.
fn names<'a>(trail: &Trail<'a>, panel: &Panel) -> Vec<Wanted<'a>> {
    let line = trail.line(panel);
    let (look, last) = (trail.look, trail.points.len().saturating_sub(1));
    let ends = if last > 0 { vec![last, 0] } else { vec![0] };
    let name = |end: usize| {
        let (point, at) = (*trail.points.get(end)?, *line.get(end)?);
        let text = if trail.is_ladder { &*point.policy } else { trail.title };
        Some(Wanted { text, look, at, can_miss: end < last })
    };
    ends.into_iter().filter_map(name).collect()
}
