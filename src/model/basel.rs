//! Asset correlations of the Basel retail functions (CRE31.13 to CRE31.16).

use crate::scenario::BaselRetail;
use crate::units::{AssetCorrelation, Probability};

/// The asset correlation R of a retail class at the (unstressed) PD:
///
/// 1. qualifying revolving retail: R = 0.04;
/// 2. residential mortgages: R = 0.15;
/// 3. other retail: R = 0.03 w + 0.16 (1 - w), w = (1 - exp(-35 PD)) / (1 - exp(-35)).
pub fn correlation(class: BaselRetail, pd: Probability) -> AssetCorrelation {
    let r = match class {
        BaselRetail::Qrre => 0.04,
        BaselRetail::Mortgage => 0.15,
        BaselRetail::OtherRetail => {
            let w = (1.0 - libm::exp(-35.0 * pd.get())) / (1.0 - libm::exp(-35.0));
            0.03 * w + 0.16 * (1.0 - w)
        }
    };
    AssetCorrelation::new(r).expect("Basel correlations lie in 0.03..=0.16")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_retail_meets_the_published_values() {
        // CRE31.16 evaluated at five PDs, to six digits.
        for (pd, r) in [
            (0.001, 0.155_529),
            (0.01, 0.121_609),
            (0.03, 0.075_492),
            (0.05, 0.052_591),
            (0.10, 0.033_926),
        ] {
            let found = correlation(BaselRetail::OtherRetail, Probability::new(pd).unwrap()).get();
            assert!((found - r).abs() < 5e-7, "{pd}: {found}");
        }
        let at = |class, pd| correlation(class, Probability::new(pd).unwrap()).get();
        assert_eq!(at(BaselRetail::Qrre, 0.3), 0.04);
        assert_eq!(at(BaselRetail::Mortgage, 0.3), 0.15);
        assert_eq!(at(BaselRetail::OtherRetail, 0.0), 0.16);
        assert!((at(BaselRetail::OtherRetail, 1.0) - 0.03).abs() < 1e-15);
    }
}
