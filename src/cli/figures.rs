//! The figures of a result, from its stored series.

use crate::error::Error;
use crate::plots::{self, DEFAULT_PNG_WIDTH, Figure, FigureContext, PlotError, PolicyName};
use crate::report::at_a_glance::shown;
use crate::report::{Results, RunResults, Staging};
use crate::system::ScopeKind;

/// Draws and writes all figures of all runs as SVG and PNG.
pub fn write(results: &Results, staging: &Staging) -> Result<(), Error> {
    for run in &results.runs {
        let context = context(results, run);
        let prefix =
            if run.variant == "base" { String::new() } else { format!("{}/", run.variant) };
        // Of a long ladder some caps, as on the screen; a figure of all would be a hatching.
        let shown = shown(&run.policies, &results.scenario.baseline);
        let is_shown = |policy: &str| shown.iter().any(|p| p.id == policy);
        let mut densities = run.summary.densities.clone();
        densities.retain(|series| is_shown(&series.policy));
        let mut exceedance = run.summary.system_exceedance();
        exceedance.retain(|series| is_shown(&series.policy));
        let names: Vec<PolicyName<'_>> =
            shown.iter().map(|p| PolicyName { id: &p.id, title: &p.title }).collect();
        let summary = &run.summary;
        let always =
            [plots::densities(&densities, &context), plots::exceedance(&exceedance, &context)];
        let parts = |kind| plots::contributions(kind, &summary.contributions, &names, &context);
        let where_known = [
            plots::frontier(&summary.frontier, &names, &context),
            plots::who_is_cut(&run.who_is_cut.rows, &names, &context),
            plots::convergence(&summary.convergence, &context),
            parts(ScopeKind::Segment),
            parts(ScopeKind::Lender),
        ];
        let ladders = summary.ladders.iter().map(|ladder| plots::ladder(ladder, &context));
        let drawn = always.into_iter().map(|figure| figure.map(Some));
        for figure in drawn.chain(where_known).chain(ladders) {
            if let Some(figure) = figure.map_err(|error| refused(&error))? {
                write_one(&figure, &prefix, staging)?;
            }
        }
    }
    Ok(())
}

fn write_one(figure: &Figure, prefix: &str, staging: &Staging) -> Result<(), Error> {
    staging.write(&format!("{prefix}{}.svg", figure.name), figure.svg.as_bytes())?;
    let png = plots::to_png(figure, DEFAULT_PNG_WIDTH).map_err(|error| refused(&error))?;
    staging.write(&format!("{prefix}{}.png", figure.name), &png)
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
        trials: run.trials,
        seed: facts.seed,
        version: results.version.clone(),
        confidence: facts.confidence,
        baseline: facts.baseline.clone(),
    }
}
