//! The figure of the network: lenders on a circle, what they owe one another, and how likely each fails,
//! under the baseline and under the policy that changes failures most.

use std::collections::BTreeMap;

use plotters::drawing::DrawingAreaErrorKind;

use super::canvas::{self, Canvas, Description};
use super::hints::{self, Spot};
use super::language::Thing;
use super::marks;
use super::money::MoneyUnit;
use super::ring::{LARGEST, Ring};
use super::sequential::{self, Sequential};
use super::sheet::Sheet;
use super::style;
use super::surroundings::Surroundings;
use super::text::{Anchor, Label, MIDDLE};
use super::{Figure, FigureContext, PlotError, PolicyName, keys};
use crate::measures::row::MeasureRow;
use crate::measures::{Comparison, Estimate, Measure};
use crate::report::results::SystemResults;
use crate::system::ScopeKind;

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

const NAME: &str = "network";
/// No more lenders, debts and names are drawn.
const MOST_LENDERS: usize = 120;
const MOST_DEBTS: usize = 60;
const MOST_NAMES: usize = 12;
/// Radius of the circle, and the space between it and the names.
const RADIUS: f64 = 70.0;
const BESIDE: f64 = LARGEST + 10.0;
/// Circles stand beside one another where each has so much width.
const NARROWEST: f64 = 350.0;
/// Height of a panel's title, and space around the circle.
const TITLE: f64 = 18.0;
const AROUND: f64 = LARGEST + 9.0;
/// (sqrt 5 - 1) / 2.
const GOLDEN: f64 = 0.618_033_988_749_894_9;
/// Width of the wedge of the largest debt.
const WIDEST: f64 = 5.0;
/// How much of a wedge hides what lies below it.
const OPACITY: f64 = 0.4;

/// A lender on the circle.
struct Node<'a> {
    name: &'a str,
    capital: f64,
}

/// A circle: the title of its policy and the probability that each lender fails.
struct View<'a> {
    title: &'a str,
    fails: Vec<Option<Estimate>>,
}

/// Everything that is drawn.
struct Network<'a> {
    nodes: Vec<Node<'a>>,
    /// Who owes whom how much, the smallest first.
    debts: Vec<(usize, usize, f64)>,
    views: Vec<View<'a>>,
    /// Those that are named, the most endangered first.
    named: Vec<usize>,
    colours: Sequential,
    currency: String,
}

/// Draws the figure; none where nobody owes anybody anything.
pub fn figure(
    system: &SystemResults,
    rows: &[MeasureRow],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    let sheet = Sheet::new(context)?;
    let Some(base) = policies.iter().find(|policy| policy.id == context.baseline) else {
        return Ok(None);
    };
    let (nodes, hidden) = nodes(system);
    let places: BTreeMap<&str, usize> =
        nodes.iter().enumerate().map(|(at, n)| (n.name, at)).collect();
    let mut debts: Vec<(usize, usize, f64)> = system
        .debts
        .iter()
        .filter(|debt| debt.amount > 0.0)
        .filter_map(|debt| Some((*places.get(&*debt.from)?, *places.get(&*debt.to)?, debt.amount)))
        .collect();
    debts.sort_by(|a, b| a.2.total_cmp(&b.2));
    let all_debts = system.debts.iter().filter(|debt| debt.amount > 0.0).count();
    let debts = debts.split_off(debts.len().saturating_sub(MOST_DEBTS));
    if debts.is_empty() {
        return Ok(None);
    }
    let view = |policy: &PolicyName<'_>| -> Vec<Option<Estimate>> {
        let own = system
            .rows
            .iter()
            .filter(|row| row.policy == policy.id && row.measure == Measure::FailureProbability);
        let known: BTreeMap<&str, Estimate> = own.map(|row| (&*row.lender, row.estimate)).collect();
        nodes.iter().map(|node| known.get(node.name).copied()).collect()
    };
    let shown: Vec<&PolicyName<'_>> =
        [base].into_iter().chain(most_changed(rows, policies)).collect();
    let views: Vec<View<'_>> =
        shown.iter().map(|policy| View { title: policy.title, fails: view(policy) }).collect();
    let value = |view: &View<'_>, at: usize| view.fails[at].map_or(0.0, |e| e.value);
    let mut named: Vec<usize> = (0..nodes.len()).filter(|&at| value(&views[0], at) > 0.0).collect();
    named.sort_by(|&a, &b| value(&views[0], b).total_cmp(&value(&views[0], a)));
    // Which of many that are alike are named would be chance.
    if let Some(first_left_out) = named.get(MOST_NAMES).map(|&at| value(&views[0], at)) {
        named.truncate(MOST_NAMES);
        if value(&views[0], named[0]) > first_left_out {
            named.retain(|&at| value(&views[0], at) > first_left_out);
        }
    }
    let values = views.iter().flat_map(|view| &view.fails).map(|e| e.map_or(0.0, |e| e.value));
    let colours = Sequential::new(values);
    let left_out = (hidden, all_debts - debts.len());
    let network =
        Network { nodes, debts, views, named, colours, currency: context.currency.clone() };
    let notes = network.notes(&sheet, left_out, context);
    let notes: Vec<&str> = notes.iter().map(String::as_str).collect();
    let title = sheet.words.network.to_owned();
    let caption = network.caption(context);
    let surroundings = Surroundings::new(&sheet, &title, context, &notes);
    let top = surroundings.head_height() - 4.0;
    let first = top + sequential::HEIGHT;
    let beside = ((sheet.width / NARROWEST) as usize).clamp(1, network.views.len());
    let bottom = first + network.views.len().div_ceil(beside) as f64 * PANEL;
    let height = (bottom + surroundings.foot_height()).ceil();
    let description = Description {
        name: NAME,
        title: &title,
        content: &caption,
        size: (sheet.width, height),
        words: sheet.words,
    };
    let svg = canvas::svg(&description, |canvas| {
        surroundings.draw(canvas, height)?;
        let said = sheet.words.failing;
        network.colours.draw(canvas, &sheet, said, (style::MARGIN, top))?;
        for (at, view) in network.views.iter().enumerate() {
            let width = sheet.width / beside as f64;
            let left = width * (at % beside) as f64;
            let top = first + (at / beside) as f64 * PANEL;
            network.draw(canvas, &sheet, view, (left, top, width))?;
        }
        Ok(())
    })?;
    Ok(Some(Figure { name: NAME.to_owned(), title, caption, svg, font: context.font.clone() }))
}

/// Height of a circle with its title.
const PANEL: f64 = TITLE + 2.0 * (RADIUS + AROUND);

/// Lenders that can fail; of many the largest, with how many are left out. Large and small ones, which
/// often follow one another, are spread over the circle: the i-th lies i golden sections round it.
fn nodes(system: &SystemResults) -> (Vec<Node<'_>>, usize) {
    let with_capital = system
        .lenders
        .iter()
        .filter_map(|lender| Some(Node { name: &lender.name, capital: lender.capital? }));
    let mut all: Vec<(usize, Node<'_>)> = with_capital.enumerate().collect();
    let hidden = all.len().saturating_sub(MOST_LENDERS);
    all.sort_by(|a, b| b.1.capital.total_cmp(&a.1.capital));
    all.truncate(MOST_LENDERS);
    let place = |at: usize| (at as f64 * GOLDEN).fract();
    all.sort_by(|a, b| place(a.0).total_cmp(&place(b.0)));
    (all.into_iter().map(|(_, node)| node).collect(), hidden)
}

/// The policy that changes the expected number of failures most, if some changes it surely.
fn most_changed<'p, 'a>(
    rows: &[MeasureRow],
    policies: &'p [PolicyName<'a>],
) -> Option<&'p PolicyName<'a>> {
    let change = |policy: &PolicyName<'_>| {
        let is_it = |row: &&MeasureRow| {
            row.policy == policy.id
                && row.scope_kind == ScopeKind::Total
                && row.measure == Measure::Failures
                && row.comparison == Comparison::Change
        };
        let e = rows.iter().find(is_it)?.estimate;
        let is_sure = e.lower? > 0.0 || e.upper? < 0.0;
        is_sure.then_some(e.value.abs())
    };
    let changed = policies.iter().filter_map(|policy| Some((policy, change(policy)?)));
    changed.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(policy, _)| policy)
}

impl Network<'_> {
    fn notes(
        &self,
        sheet: &Sheet,
        (lenders, debts): (usize, usize),
        context: &FigureContext,
    ) -> Vec<String> {
        let largest = self.nodes.iter().map(|node| node.capital).fold(0.0, f64::max);
        let widest = self.debts.last().map_or(0.0, |debt| debt.2);
        let amount = |x: f64| MoneyUnit::for_range(sheet.words, x, &context.currency).amount(x, 3);
        let mut notes = vec![
            (sheet.words.disc_area)(&amount(largest)),
            (sheet.words.wedge_width)(&amount(widest)),
        ];
        let more = [(debts, Thing::Debt, "debts.csv"), (lenders, Thing::Lender, "lenders.csv")];
        let more = more.into_iter().filter(|(count, ..)| *count > 0);
        notes
            .extend(more.map(|(count, thing, table)| keys::more(sheet.words, count, thing, table)));
        if self.views.iter().any(|view| self.named.iter().any(|&at| view.is_doubtful(at))) {
            notes.push(sheet.words.few_star.to_owned());
        }
        notes
    }

    /// Draws a circle below and right of a corner, in so much width.
    fn draw(
        &self,
        canvas: &Canvas<'_>,
        sheet: &Sheet,
        view: &View<'_>,
        (left, top, width): (f64, f64, f64),
    ) -> Drawn {
        let centre = (left + width / 2.0, top + TITLE + AROUND + RADIUS);
        let areas: Vec<f64> = self.nodes.iter().map(|node| node.capital).collect();
        let ring = Ring::new(&areas, centre, RADIUS);
        let room = width - 2.0 * style::MARGIN;
        let title = sheet.fitted(view.title, style::LABEL, room);
        let at = (left + style::MARGIN, top + style::LABEL);
        canvas.text(&Label::new(title, at, style::LABEL))?;
        let largest = self.debts.last().map_or(1.0, |debt| debt.2);
        for &(from, to, debt) in &self.debts {
            let wedge = ring.wedge(from, to, WIDEST * debt / largest);
            canvas.shape(&wedge, style::MUTED, OPACITY)?;
        }
        let labels = ring.labels(&self.named, BESIDE);
        for label in &labels {
            canvas.line(&label.leader, style::MUTED, style::GRID)?;
        }
        for ((disc, fails), node) in ring.discs.iter().zip(&view.fails).zip(&self.nodes) {
            let unit = MoneyUnit::for_range(sheet.words, node.capital, &self.currency);
            let capital = (sheet.words.capital_of)(&unit.amount(node.capital, 3));
            let names = [view.title, node.name, &*capital, sheet.words.failing];
            let chance = fails.filter(|e| e.value.is_finite());
            let said = match chance {
                Some(e) => hints::share(sheet, &names, e.value, [e.lower, e.upper]),
                None => names[..3].join(" · "),
            };
            canvas.hint(Spot::Disc(disc.at, disc.radius), said);
            let colour = self.colours.colour(fails.map_or(0.0, |e| e.value));
            canvas.disc(disc.at, disc.radius + 0.3, style::INK)?;
            canvas.disc(disc.at, (disc.radius - 0.3).max(0.5), colour)?;
        }
        let room = width / 2.0 - RADIUS - BESIDE - style::MARGIN - 2.0;
        for label in labels {
            let text = view.label(sheet, self.nodes[label.disc].name, label.disc, room);
            let (anchor, shift) =
                if label.is_right { (Anchor::Start, 2.0) } else { (Anchor::End, -2.0) };
            let at = (label.at.0 + shift, label.at.1 + MIDDLE * style::SMALL);
            canvas.text(&Label::new(text, at, style::SMALL).anchored(anchor))?;
        }
        Ok(())
    }

    fn caption(&self, context: &FigureContext) -> String {
        let second = self.views.get(1).map(|view| view.title);
        let (debts, named) = (self.debts.len(), self.named.len());
        (context.words().network_caption)(&context.told(0), second, debts, named)
    }
}

impl View<'_> {
    fn is_doubtful(&self, at: usize) -> bool {
        self.fails[at].is_some_and(|e| e.value > 0.0 && marks::is_doubtful(&e))
    }

    /// Name and probability in so much room; the name is cut first.
    fn label(&self, sheet: &Sheet, name: &str, at: usize, room: f64) -> String {
        let value = self.fails[at].map_or(0.0, |e| e.value);
        let star = if self.is_doubtful(at) { "*" } else { "" };
        let chance = match value {
            0.0 => sheet.words.never.to_owned(),
            _ => sheet.numbers.percent(&sheet.numbers.two_digits(100.0 * value)) + star,
        };
        let left = room - sheet.text_width(&format!(" {chance}"), style::SMALL);
        format!("{} {chance}", sheet.shortened(name, style::SMALL, left))
    }
}
