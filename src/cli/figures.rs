//! The figures of a result, from its stored series.

use crate::error::Error;
use crate::measures::summary::Summary;
use crate::plots::{self, Figure, FigureContext, Font, Language, PlotError, PolicyName, Theme};
use crate::report::at_a_glance::shown;
use crate::report::overlay::plan;
use crate::report::results::SystemResults;
use crate::report::{Results, RunResults};
use crate::system::ScopeKind;

/// The figures of a run of a result.
#[derive(Debug)]
pub struct Drawn {
    /// Their folder within the result's, with a `/` at its end; empty for the scenario itself.
    pub folder: String,
    /// The figures.
    pub figures: Vec<Figure>,
}

/// Draws the figures of a run of a result.
pub fn of_run(results: &Results, run: &RunResults) -> Result<Drawn, Error> {
    let folder = match &*run.variant {
        "base" => String::new(),
        variant => format!("{variant}/"),
    };
    let figures = draw(results, run, &Drawing::default()).map_err(|error| refused(&error))?;
    Ok(Drawn { folder, figures })
}

/// How figures are drawn.
#[derive(Debug, Clone, Default)]
pub struct Drawing {
    /// What for.
    pub theme: Theme,
    /// The language of what they say.
    pub language: Language,
    /// A font for letters that the embedded one lacks.
    pub font: Option<Font>,
    /// Ids of the policies that are drawn; empty: those that there is room for.
    pub policies: Vec<String>,
}

/// The figures of a run.
pub fn draw(
    results: &Results,
    run: &RunResults,
    drawing: &Drawing,
) -> Result<Vec<Figure>, PlotError> {
    let context = context(results, run, drawing);
    let summary = &run.summary;
    // Of a long ladder some caps, as on the screen; a figure of all would be a hatching.
    let shown = if drawing.policies.is_empty() {
        shown(&run.policies, &results.scenario.baseline)
    } else {
        run.policies.iter().filter(|policy| drawing.policies.contains(&policy.id)).collect()
    };
    let is_shown = |policy: &str| shown.iter().any(|p| p.id == policy);
    let mut densities = summary.densities.clone();
    densities.retain(|series| is_shown(&series.policy));
    let mut exceedance = summary.system_exceedance();
    exceedance.retain(|series| is_shown(&series.policy));
    // A ladder is one line of the frontier: all of its caps, or those asked for.
    let mut frontier = summary.frontier.clone();
    frontier.retain(|p| drawing.policies.is_empty() || drawing.policies.contains(&p.policy));
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
        plots::frontier(&frontier, &names, &context)?,
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

/// A figure that cannot be drawn or written.
pub fn refused(error: &PlotError) -> Error {
    Error::Refused { message: error.to_string(), hint: None }
}

/// What figures of a run say besides their curves.
pub fn context(results: &Results, run: &RunResults, drawing: &Drawing) -> FigureContext {
    let facts = &results.scenario;
    FigureContext {
        scenario: run.title.clone(),
        currency: facts.currency.clone(),
        horizon: facts.horizon.clone(),
        plan: plan(run),
        trials: run.trials,
        seed: facts.seed,
        sources: Vec::new(),
        version: results.version.clone(),
        confidence: facts.confidence,
        baseline: facts.baseline.clone(),
        theme: drawing.theme,
        language: drawing.language,
        font: drawing.font.clone(),
    }
}
