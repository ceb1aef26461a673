//! All that is done before sampling, and all that can be refused.

use std::sync::Arc;

use super::{Prepared, Reader, Refused};
use crate::error::Fault;
use crate::measures::irb;
use crate::model::{Model, Segments, Severity};
use crate::policy::{self, Bands, Conduct, EqualCreditCut, Ground, rounding};
use crate::portfolio::{self, Columns, LoadedTape};
use crate::report::manifest;
use crate::scenario::{BookSource, Loaded, Scenario, When};
use crate::system;
use crate::units::fineness;

/// Reads the tapes, builds the models and works the policies out: all that can be refused.
pub fn prepare(loaded: &Loaded) -> Result<Vec<Prepared>, Refused> {
    prepare_from(loaded, &portfolio::load)
}

/// As [`prepare`], with books that need not stand in files.
///
/// Where the scenario gives no smallest unit and a hundredth is too coarse for its data, all is read and
/// worked out again in a finer one.
pub fn prepare_from(loaded: &Loaded, read: Reader<'_>) -> Result<Vec<Prepared>, Refused> {
    let mut finer: Option<Loaded> = None;
    loop {
        let own = finer.as_ref().unwrap_or(loaded);
        let refused = match prepare_in_unit(own, read) {
            Ok(prepared) => return Ok(prepared),
            Err(refused) => refused,
        };
        match fineness::needed(&refused.faults) {
            Some(per_unit) if !own.scenario.gives_unit => {
                let again = own.in_unit(per_unit).map_err(|rejected| {
                    let hint = format!(
                        "the data need {per_unit} smallest units in one of currency, and 2^53 of them \
                         are the most: round the data, or write `minor_units` yourself"
                    );
                    let faults = rejected.faults.into_iter();
                    at(None)(faults.map(|fault| fault.with_hint(hint.clone())).collect())
                });
                finer = Some(again?);
            }
            _ => return Err(refused),
        }
    }
}

fn prepare_in_unit(loaded: &Loaded, read: Reader<'_>) -> Result<Vec<Prepared>, Refused> {
    let base = &loaded.scenario;
    let first = read(&base.portfolio, &base.currency).map(Arc::new).map_err(at(None))?;
    let mut whole = prepare_one(base, "base", &base.title, first).map_err(at(None))?;
    whole.vary = Some(loaded.vary.clone());
    whole.try_studies().map_err(at(None))?;
    let mut prepared = vec![whole];
    for (index, variant) in loaded.variants.iter().enumerate() {
        let same_book = variant.scenario.portfolio == base.portfolio
            && variant.scenario.currency == base.currency;
        let tape = match same_book {
            true => Ok(Arc::clone(&prepared[0].tape)),
            false => read(&variant.scenario.portfolio, &variant.scenario.currency).map(Arc::new),
        };
        let one =
            tape.and_then(|tape| prepare_one(&variant.scenario, &variant.id, &variant.title, tape));
        prepared.push(one.map_err(at(Some(index)))?);
    }
    Ok(prepared)
}

fn at(variant: Option<usize>) -> impl Fn(Vec<Fault>) -> Refused {
    move |faults| Refused { faults, variant }
}

fn prepare_one(
    scenario: &Scenario,
    variant: &str,
    title: &str,
    tape: Arc<LoadedTape>,
) -> Result<Prepared, Vec<Fault>> {
    let book = &tape.portfolio;
    let currency = &scenario.currency;
    let conduct =
        Conduct::new(&scenario.behaviour, book, currency)?.under(&scenario.severity, book);
    let takers: Vec<usize> = conduct.new_lenders.iter().map(|new| new.lender).collect();
    let names: Vec<String> =
        book.accounts.lender.names.iter().chain(&conduct.outside).cloned().collect();
    let slices = scenario.system.as_ref().map(|spec| system::funding::slices(spec, book, &names));
    let slices = slices.transpose()?.unwrap_or_default();
    let columns = Columns::new(book, &conduct.outside, &takers, slices);
    let highest_pds = book.highest_pds();
    let segments = Segments { names: &book.borrowers.segment.names, highest_pds: &highest_pds };
    let model = Model::new(&scenario.model, &scenario.stress, segments)?;
    let severity = Severity::new(&scenario.severity, book, conduct.lgds_elsewhere())?;
    let irb_classes =
        irb::classes(scenario.output.irb.as_ref(), &scenario.model, &book.borrowers.segment.names)?;
    let twins = EqualCreditCut::from(scenario.output.equal_credit_cut);
    let bands = Bands::new(book, &scenario.output, currency);
    let ground = Ground { book, columns: &columns, currency, conduct: &conduct, bands: &bands };
    let applied = policy::apply(&scenario.policies, ground, twins)?;
    let asked = rounding::Asked {
        nothing_vanishes: matches!(scenario.portfolio.source, BookSource::Tape(_)),
        sums_stay: !scenario.gives_unit,
    };
    rounding::check(book, &applied, scenario.baseline, asked, currency)?;
    let mut prepared = Prepared {
        scenario: scenario.clone(),
        variant: variant.to_owned(),
        title: title.to_owned(),
        tape,
        columns,
        bands,
        model,
        severity,
        during: applied
            .iter()
            .map(|own| own.solved.as_ref().is_some_and(|policy| policy.when == When::During))
            .collect(),
        applied,
        market: None,
        network_sha256: None,
        new_lenders: takers,
        irb_classes,
        vary: None,
    };
    if let Some((market, bytes)) = prepared.market()? {
        prepared.market = Some(market);
        prepared.network_sha256 = (!bytes.is_empty()).then(|| manifest::sha256(&bytes));
    }
    let own = scenario.expectations.iter().filter(|e| e.runs.iter().any(|run| run == variant));
    system::check_parts(own, &prepared.scopes())?;
    prepared.check_engine()?;
    Ok(prepared)
}
