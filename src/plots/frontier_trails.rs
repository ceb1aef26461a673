//! The points of the frontier figure: policies, ladders, and the proportional cuts beside them.

use super::axis::Panel;
use super::clip::{Point, thinned};
use super::style::{self, Look};
use super::{FigureContext, PolicyName};
use crate::measures::frontier::{FrontierPoint, FrontierRule};

/// A proportional cut in the look of its policy.
pub type Cut<'a> = (&'a FrontierPoint, Look);

/// Points of one look: a policy, or the caps of a ladder by rising withdrawn credit.
pub struct Trail<'a> {
    /// Title of the policy, or id of the ladder.
    pub title: &'a str,
    /// Its look.
    pub look: Look,
    /// Its points.
    pub points: Vec<&'a FrontierPoint>,
    /// Whether it is a ladder.
    pub is_ladder: bool,
}

impl Trail<'_> {
    /// Whether a policy is among its points.
    pub fn has(&self, policy: &str) -> bool {
        self.points.iter().any(|point| point.policy == policy)
    }

    /// Its points in pixels.
    pub fn line(&self, panel: &Panel) -> Vec<Point> {
        self.points.iter().map(|point| place(panel, point)).collect()
    }
}

/// Where a point stands, pixels.
pub fn place(panel: &Panel, point: &FrontierPoint) -> Point {
    panel.at(point.credit_withdrawn, point.loss_saved.value)
}

/// Policies alone, then ladders; what is not among `policies` and no step of a ladder is left out.
pub fn trails<'a>(
    points: &[&'a FrontierPoint],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Vec<Trail<'a>> {
    let looks = style::looks(policies.iter().map(|policy| policy.id), &context.baseline);
    let look = |policy: &str| {
        let at = policies.iter().position(|known| known.id == policy)?;
        looks.get(at).copied()
    };
    let mut trails: Vec<Trail<'a>> = Vec::new();
    for &point in points.iter().filter(|point| point.rule == FrontierRule::Policy) {
        let Some(ladder) = point.ladder.as_deref() else {
            if let Some(look) = look(&point.policy) {
                let title = &point.title;
                trails.push(Trail { title, look, points: vec![point], is_ladder: false });
            }
            continue;
        };
        match trails.iter_mut().find(|trail| trail.is_ladder && trail.title == ladder) {
            Some(trail) => trail.points.push(point),
            // The first cap of a ladder is always shown, unless it is the baseline.
            None => trails.push(Trail {
                title: ladder,
                look: look(&point.policy).unwrap_or(looks[0]),
                points: vec![point],
                is_ladder: true,
            }),
        }
    }
    for trail in &mut trails {
        trail.points.sort_by(|a, b| a.credit_withdrawn.total_cmp(&b.credit_withdrawn));
        trail.points = thinned(&trail.points, style::MAX_POINTS);
    }
    trails
}

/// The proportional cuts beside the policies that are drawn, by rising withdrawn credit.
pub fn cuts<'a>(points: &[&'a FrontierPoint], trails: &[Trail<'a>]) -> Vec<Cut<'a>> {
    let look = |cut: &FrontierPoint| {
        trails.iter().find(|trail| trail.has(&cut.policy)).map(|trail| trail.look)
    };
    let all = points.iter().filter(|point| point.rule == FrontierRule::EqualCreditCut);
    let mut cuts: Vec<_> = all.filter_map(|&cut| Some((cut, look(cut)?))).collect();
    cuts.sort_by(|(a, _), (b, _)| a.credit_withdrawn.total_cmp(&b.credit_withdrawn));
    cuts
}
