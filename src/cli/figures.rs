//! The figures of a result, from its stored series.

use std::sync::atomic::AtomicBool;

use crate::engine::{PlanName, ordered_map};
use crate::error::Error;
use crate::measures::summary::Summary;
use crate::plots::{
    self, DEFAULT_PNG_WIDTH, Figure, FigureContext, Language, PlotError, PolicyName, Theme,
};
use crate::report::at_a_glance::shown;
use crate::report::results::SystemResults;
use crate::report::{Results, RunResults, Staging};
use crate::system::ScopeKind;

/// Draws and writes all figures of all runs as SVG and PNG.
pub fn write(results: &Results, threads: usize, staging: &Staging) -> Result<(), Error> {
    let never = AtomicBool::new(false);
    for run in &results.runs {
        let prefix =
            if run.variant == "base" { String::new() } else { format!("{}/", run.variant) };
        let figures = draw(results, run).map_err(|error| refused(&error))?;
        // Pixels are what takes time.
        let pngs = ordered_map(
            figures.len(),
            threads,
            &never,
            || (),
            |(), at| plots::to_png(&figures[at], DEFAULT_PNG_WIDTH),
            |_| {},
        );
        for (figure, png) in figures.iter().zip(pngs.done) {
            let png = png.map_err(|error| refused(&error))?;
            staging.write(&format!("{prefix}{}.svg", figure.name), figure.svg.as_bytes())?;
            staging.write(&format!("{prefix}{}.png", figure.name), &png)?;
        }
    }
    Ok(())
}

/// The figures of a run.
fn draw(results: &Results, run: &RunResults) -> Result<Vec<Figure>, PlotError> {
    let context = context(results, run);
    let summary = &run.summary;
    // Of a long ladder some caps, as on the screen; a figure of all would be a hatching.
    let shown = shown(&run.policies, &results.scenario.baseline);
    let is_shown = |policy: &str| shown.iter().any(|p| p.id == policy);
    let mut densities = summary.densities.clone();
    densities.retain(|series| is_shown(&series.policy));
    let mut exceedance = summary.system_exceedance();
    exceedance.retain(|series| is_shown(&series.policy));
    let names: Vec<PolicyName<'_>> = shown
        .iter()
        .map(|p| PolicyName { id: &p.id, title: &p.title, is_step: p.ladder.is_some() })
        .collect();
    // Their figure is about ES, which no part has a share of where nothing was sampled.
    let parts = |kind| match &run.engine {
        Some(_) => Ok(None),
        None => plots::contributions(kind, &summary.contributions, &names, &context),
    };
    let mut figures =
        vec![plots::densities(&densities, &context)?, plots::exceedance(&exceedance, &context)?];
    let where_known = [
        plots::frontier(&summary.frontier, &names, &context)?,
        plots::who_is_cut(&run.who_is_cut.rows, &names, &context)?,
        plots::convergence(&summary.convergence, &context)?,
        parts(ScopeKind::Segment)?,
        parts(ScopeKind::Lender)?,
        plots::waterfall(&summary.attribution, &names, &context)?,
    ];
    figures.extend(where_known.into_iter().flatten());
    for ladder in &summary.ladders {
        figures.extend(plots::ladder(ladder, &context)?);
    }
    for region in &run.regions {
        figures.push(plots::region(region, &context)?);
    }
    if let Some(system) = &run.system {
        figures.extend(of_system(system, summary, &names, &context)?);
    }
    Ok(figures)
}

/// The figures of the lenders behind the book.
fn of_system(
    system: &SystemResults,
    summary: &Summary,
    names: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Vec<Figure>, PlotError> {
    let rows = &summary.rows;
    let where_known = [
        plots::bearers(&summary.contributions, names, context)?,
        plots::failures(&system.failures, names, context)?,
        plots::loss_against_capital(rows, &system.lenders, names, context)?,
        plots::network(system, rows, names, context)?,
        plots::tranches(rows, &system.tranches, names, context)?,
        plots::waterfall_total(&system.effects, rows, names, context)?,
    ];
    Ok(where_known.into_iter().flatten().collect())
}

fn refused(error: &PlotError) -> Error {
    Error::Refused { message: error.to_string(), hint: None }
}

fn context(results: &Results, run: &RunResults) -> FigureContext {
    let facts = &results.scenario;
    FigureContext {
        scenario: run.title.clone(),
        currency: facts.currency.clone(),
        horizon: facts.horizon.clone(),
        plan: match &run.engine {
            Some(engine) if engine.name == "large-pool" => Some("large-pool"),
            Some(_) => Some("exact"),
            None => {
                Some(run.plan.name).filter(|&name| name != PlanName::Plain).map(PlanName::as_str)
            }
        },
        trials: run.trials,
        seed: facts.seed,
        version: results.version.clone(),
        confidence: facts.confidence,
        baseline: facts.baseline.clone(),
        theme: Theme::Paper,
        language: Language::English,
        font: None,
    }
}
