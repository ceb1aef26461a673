//! Figures in which several runs stand together.

use super::figures::{Drawing, context};
use crate::plots::{self, Figure, FigureContext, PlotError, PolicyName};
use crate::report::overlay::{Layer, Overlay, overlay};

/// The names of figures that several runs share.
pub const SHARED: [&str; 3] = ["densities", "exceedance", "frontier"];

/// What a figure of several runs says besides its curves.
pub fn shared_context(layers: &[Layer<'_>], own: &Overlay, drawing: &Drawing) -> FigureContext {
    let first = layers[0];
    let is_same = layers.iter().all(|layer| layer.run.title == first.run.title);
    let titles = layers.iter().map(|layer| format!("{}: {}", layer.label, layer.run.title));
    let scenario =
        if is_same { first.run.title.clone() } else { titles.collect::<Vec<_>>().join(" · ") };
    FigureContext {
        scenario,
        baseline: own.baseline.clone(),
        sources: own.sources.clone(),
        version: own.version.clone(),
        // Bands are told as soon as one of the runs has them.
        trials: layers.iter().map(|layer| trials(layer)).max().unwrap_or(0),
        ..context(&first.stored.results, first.run, drawing)
    }
}

/// The trials behind a run; 0 where its numbers were worked out.
fn trials(layer: &Layer<'_>) -> u64 {
    if layer.run.engine.is_some() { 0 } else { layer.run.trials }
}

/// Densities, exceedance curves and the frontier of several runs.
pub fn draw(layers: &[Layer<'_>], drawing: &Drawing) -> Result<Vec<Figure>, PlotError> {
    if layers.is_empty() {
        return Ok(Vec::new());
    }
    let own = overlay(layers, &drawing.policies);
    let context = shared_context(layers, &own, drawing);
    let names: Vec<PolicyName<'_>> = own
        .policies
        .iter()
        .map(|p| PolicyName { id: &p.id, title: &p.title, is_step: p.is_step })
        .collect();
    let mut figures = vec![
        plots::densities(&own.densities, &context)?,
        plots::exceedance(&own.exceedance, &context)?,
    ];
    figures.extend(plots::frontier(&own.frontier, &names, &context)?);
    Ok(figures)
}
