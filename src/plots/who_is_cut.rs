//! The figure of who is cut: credit withdrawn, people cut and the over-indebted, band by band.
//!
//! Bands are rows and policies are points in them, so that bands keep their whole names and people
//! without a value stand beside the others.

use super::canvas::{self, Description};
use super::clip::few;
use super::language::{Thing, Told, Words};
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
    let bands = Bands::new(sheet.words, rows, first.id);
    if bands.attributes.iter().all(|(attribute, ..)| *attribute == BandAttribute::All) {
        return Ok(None);
    }
    let judged = bands.of(rows, first.id).iter().any(|row| row.over_indebted_before.is_some());
    let mut columns = sheet.words.cut_columns.map(str::to_owned).to_vec();
    columns.truncate(if judged { 3 } else { 2 });
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
            title: sheet.words.before_cut,
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
        axis_title: sheet.words.share_of_band,
    };
    let mut notes = bands.left_out.clone();
    if shown.len() < binding.len() {
        let left_out = binding.len() - shown.len();
        notes.push(keys::more(sheet.words, left_out, Thing::Policy, "who_is_cut.csv"));
    }
    let notes: Vec<&str> = notes.iter().map(String::as_str).collect();
    let title = sheet.words.who_is_cut.to_owned();
    let version = format!("tailcap {}", context.version);
    let source = (sheet.words.source)(&context.scenario, &version);
    let told = Told { source, ..context.told(shown.len()) };
    let caption = (sheet.words.who_is_cut_caption)(&told, judged);
    let surroundings = Surroundings::exact(&sheet, &title, context, &notes);
    let placed = Placed::new(&sheet, &grid, surroundings.head_height());
    let height = (placed.bottom + surroundings.foot_height()).ceil();
    let description = Description {
        name: NAME,
        title: &title,
        content: &caption,
        size: (sheet.width, height),
        words: sheet.words,
    };
    let svg = canvas::svg(&description, |canvas| {
        surroundings.draw(canvas, height)?;
        placed.draw(canvas, &sheet)
    })?;
    Ok(Some(Figure { name: NAME.to_owned(), title, caption, svg, font: context.font.clone() }))
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
    fn new(words: &Words, rows: &[CutRow], policy: &str) -> Self {
        let mut bands = Self { attributes: Vec::new(), left_out: Vec::new() };
        for attribute in ATTRIBUTES {
            let own = || rows.iter().filter(|r| r.policy == policy && r.attribute == attribute);
            let populated = || own().filter(|r| r.people > 0);
            match populated().count() {
                0 => {}
                // One band of everybody says nothing new.
                1 if attribute != BandAttribute::All => {}
                count if count > MOST_ROWS => {
                    bands.left_out.push((words.many_bands)(count, attribute))
                }
                _ => bands.attributes.push((
                    attribute,
                    populated().map(|row| row.band.clone()).collect(),
                    populated().map(|row| printed(words, row)).collect(),
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
        let words = context.words();
        let title = |attribute| (words.attribute)(attribute, &context.currency);
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
fn printed(words: &Words, row: &CutRow) -> String {
    let number = |x: f64| words.numbers.plain(x);
    match (row.above, row.up_to) {
        (None, None) if row.attribute == BandAttribute::All => words.everybody.to_owned(),
        (None, None) if row.band == UNKNOWN => words.unknown_band.to_owned(),
        (None, None) => row.band.clone(),
        (None, Some(up_to)) => (words.up_to)(&number(up_to)),
        (Some(above), Some(up_to)) => (words.from_to)(&number(above), &number(up_to)),
        (Some(above), None) => (words.above)(&number(above)),
    }
}
