//! The system's loss in every trial as CSV, for those who ask for it (`output.trial_losses`).

use crate::engine::LossSample;
use crate::run::Prepared;

/// One row per variant x trial x policy, losses in units of currency.
pub fn table(prepared: &[Prepared], samples: &[LossSample]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["variant", "trial", "policy", "loss", "weight"])?;
    for (one, sample) in prepared.iter().zip(samples) {
        let columns: Vec<usize> = (0..one.columns.len()).collect();
        let currency = &one.scenario.currency;
        let weights = sample.weights();
        for (index, policy) in one.scenario.policies.iter().enumerate() {
            for (trial, &loss) in sample.losses(index, &columns).iter().enumerate() {
                let loss = currency.units(crate::units::Amount(loss));
                let weight = weights.as_ref().map_or(1.0, |weights| weights[trial]);
                writer.serialize((&one.variant, trial, &policy.id, loss, weight))?;
            }
        }
    }
    writer.into_inner().map_err(|e| csv::Error::from(std::io::Error::other(e.to_string())))
}
