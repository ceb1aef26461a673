//! The figure of who is cut: credit withdrawn, people cut and the over-indebted, band by band.
//!
//! Bands are rows and policies are points in them, so that bands keep their whole names and people
//! without a value stand beside the others.

use super::canvas::{self, Description};
use super::clip::few;
use super::numbers;
use super::profiles::{
    Grid, Group, MOST_PROFILES, MOST_ROWS, Placed, Profile, Ranges, Spot, Spread,
};
use super::sheet::Sheet;
use super::style::{self, Look};
use super::surroundings::Surroundings;
use super::{Figure, FigureContext, PlotError, PolicyName, keys};
use crate::policy::bands::BandAttribute;
use crate::report::who_is_cut::CutRow;

const NAME: &str = "who-is-cut";
/// Name of the band of people without a value.
const UNKNOWN: &str = "unknown";

/// The attributes from top to bottom.
const ATTRIBUTES: [BandAttribute; 5] = [
    BandAttribute::All,
    BandAttribute::Income,
    BandAttribute::Age,
    BandAttribute::Score,
    BandAttribute::Limit,
];

/// Draws the figure; none where no policy cuts a limit or nothing tells people apart.
pub fn figure(
    rows: &[CutRow],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    let sheet = Sheet::new(context)?;
    let looks = style::looks(policies.iter().map(|policy| policy.id), &context.baseline);
    let binds = |policy: &str| {
        rows.iter()
            .any(|r| r.policy == policy && r.attribute == BandAttribute::All && r.people_cut > 0)
    };
    let binding: Vec<(&PolicyName<'_>, Look)> =
        policies.iter().zip(looks).filter(|(policy, _)| binds(policy.id)).collect();
    let shown = few(&binding, MOST_PROFILES, |(policy, _)| policy.is_step);
    let Some((first, _)) = shown.first() else { return Ok(None) };
    let bands = Bands::new(rows, first.id);
    if bands.attributes.iter().all(|(attribute, ..)| *attribute == BandAttribute::All) {
        return Ok(None);
    }
    let judged = bands.of(rows, first.id).iter().any(|row| row.over_indebted_before.is_some());
    let mut columns = vec!["credit withdrawn".to_owned(), "people cut".to_owned()];
    if judged {
        columns.push("over-indebted".to_owned());
    }
    let mut profiles: Vec<Profile<'_>> = shown
        .iter()
        .map(|&(policy, look)| {
            let own = bands.of(rows, policy.id);
            let mut columns = vec![
                own.iter().map(|r| share(r.withdrawn_credit, r.credit_before)).collect(),
                own.iter().map(|r| share(r.people_cut as f64, r.people as f64)).collect(),
            ];
            if judged {
                columns.push(own.iter().map(|r| r.over_indebted_after.map(exact)).collect());
            }
            Profile { title: policy.title, look, columns }
        })
        .collect();
    if judged {
        let own = bands.of(rows, first.id);
        let none = || vec![None; own.len()];
        let before = own.iter().map(|r| r.over_indebted_before.map(exact)).collect();
        let look = style::looks([&*context.baseline].into_iter(), &context.baseline)[0];
        profiles.push(Profile {
            title: "before any cut",
            look,
            columns: vec![none(), none(), before],
        });
    }
    let grid = Grid {
        columns,
        groups: bands.groups(context),
        profiles,
        ranges: Ranges::Own,
        spread: Spread::Level,
        axis_title: "share of the band (%)",
    };
    let mut notes = bands.left_out.clone();
    if shown.len() < binding.len() {
        let left_out = binding.len() - shown.len();
        notes.push(keys::more(left_out, ("policy", "policies"), "who_is_cut.csv"));
    }
    let notes: Vec<&str> = notes.iter().map(String::as_str).collect();
    let title = "Whose credit and limits are cut".to_owned();
    let caption = caption(shown.len(), judged, context);
    let surroundings = Surroundings::exact(&sheet, &title, context, &notes);
    let placed = Placed::new(&sheet, &grid, surroundings.head_height());
    let height = (placed.bottom + surroundings.foot_height()).ceil();
    let description =
        Description { name: NAME, title: &title, content: &caption, size: (sheet.width, height) };
    let svg = canvas::svg(&description, |canvas| {
        surroundings.draw(canvas, height)?;
        placed.draw(canvas, &sheet)
    })?;
    Ok(Some(Figure { name: NAME.to_owned(), title, caption, svg }))
}

fn caption(policies: usize, judged: bool, context: &FigureContext) -> String {
    let judged = if judged {
        "; people who are over-indebted as a share of those whose income and interest rates are known"
    } else {
        ""
    };
    format!(
        "Credit withdrawn as a share of the band's credit and people with a limit cut as a share of \
         the band's people, by band, for {} that cut limits{judged}. Exact sums over the book, \
         without sampling error; lines only guide the eye. Baseline: {}. {}; tailcap {}.",
        keys::policies(policies),
        context.baseline,
        context.scenario,
        context.version,
    )
}

fn exact(value: f64) -> Spot {
    Spot { value, ends: [None, None] }
}

/// A share of something.
fn share(part: f64, whole: f64) -> Option<Spot> {
    (whole > 0.0).then(|| exact(part / whole))
}

/// The bands that are drawn, in order.
struct Bands {
    /// Attribute with the names of its bands as they stand in the table, and as they are printed.
    attributes: Vec<(BandAttribute, Vec<String>, Vec<String>)>,
    /// What is said about attributes that have too many.
    left_out: Vec<String>,
}

impl Bands {
    fn new(rows: &[CutRow], policy: &str) -> Self {
        let mut bands = Self { attributes: Vec::new(), left_out: Vec::new() };
        for attribute in ATTRIBUTES {
            let own = || rows.iter().filter(|r| r.policy == policy && r.attribute == attribute);
            let populated = || own().filter(|r| r.people > 0);
            match populated().count() {
                0 => {}
                // One band of everybody says nothing new.
                1 if attribute != BandAttribute::All => {}
                count if count > MOST_ROWS => bands
                    .left_out
                    .push(format!("{count} bands of {}: see who_is_cut.csv", attribute.as_str())),
                _ => bands.attributes.push((
                    attribute,
                    populated().map(|row| row.band.clone()).collect(),
                    populated().map(printed).collect(),
                )),
            }
        }
        bands
    }

    /// The rows of a policy in the order of the bands.
    fn of<'r>(&self, rows: &'r [CutRow], policy: &str) -> Vec<&'r CutRow> {
        let own: Vec<&CutRow> = rows.iter().filter(|row| row.policy == policy).collect();
        let all = self
            .attributes
            .iter()
            .flat_map(|(attribute, bands, _)| bands.iter().map(move |band| (attribute, band)));
        // All policies have the same bands.
        all.filter_map(|(attribute, band)| {
            own.iter().find(|row| row.attribute == *attribute && row.band == *band).copied()
        })
        .collect()
    }

    /// The bands as rows; people without a value stand by themselves behind those in order.
    fn groups(&self, context: &FigureContext) -> Vec<Group> {
        let title = |attribute| match attribute {
            BandAttribute::All => None,
            BandAttribute::Income => Some(format!("yearly income ({})", context.currency)),
            BandAttribute::Age => Some("age (years)".to_owned()),
            BandAttribute::Score => Some("score".to_owned()),
            BandAttribute::Limit => Some(format!("sum of limits ({})", context.currency)),
        };
        let groups = self.attributes.iter().flat_map(|(attribute, bands, names)| {
            let ordered = bands.iter().position(|band| band == UNKNOWN).unwrap_or(bands.len());
            let (ordered, unknown) = names.split_at(ordered);
            let of = |title, rows: &[String]| Group { title, rows: rows.to_vec() };
            [of(title(*attribute), ordered), of(None, unknown)]
        });
        groups.filter(|group| !group.rows.is_empty()).collect()
    }
}

/// The band in words with its numbers as in print.
fn printed(row: &CutRow) -> String {
    match (row.above, row.up_to) {
        (None, None) if row.attribute == BandAttribute::All => "everybody".to_owned(),
        (None, None) => row.band.clone(),
        (None, Some(up_to)) => format!("up to {}", numbers::plain(up_to)),
        (Some(above), Some(up_to)) => {
            format!("{} to {}", numbers::plain(above), numbers::plain(up_to))
        }
        (Some(above), None) => format!("above {}", numbers::plain(above)),
    }
}
