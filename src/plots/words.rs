//! What is measured and what varies, in words.

use super::language::Words;
use super::money::MoneyUnit;
use crate::measures::Measure;

/// A measure in words as short as an axis needs: `ES 99.9 %`.
pub fn measure(
    words: &'static Words,
    measure: Measure,
    level: Option<f64>,
    threshold: Option<f64>,
    currency: &str,
) -> String {
    let name = match measure {
        Measure::ExpectedLoss => "EL",
        Measure::ValueAtRisk => "VaR",
        Measure::ExpectedShortfall => "ES",
        Measure::ExceedanceProbability => {
            let amount = |x: f64| MoneyUnit::for_range(words, x, currency).amount(x, 3);
            return format!("P(L > {})", threshold.map_or_else(|| "x".to_owned(), amount));
        }
        Measure::FailuresAtLeast => {
            let failures = threshold.map_or_else(|| "m".to_owned(), |m| words.numbers.plain(m));
            return (words.at_least_fail)(&failures);
        }
        Measure::DebtRank => "DebtRank",
        Measure::MarginalShortfall => "MES",
        Measure::DeltaCovar => "ΔCoVaR",
        Measure::Srisk => "SRISK",
        _ => &(words.measure)(measure),
    };
    match level {
        Some(level) => format!("{name} {}", words.numbers.share(level)),
        None => name.to_owned(),
    }
}

/// The path of a number in words: its last part, followed by the path that tells which one is meant
/// where the last part alone does not.
pub fn key(path: &str) -> String {
    let is_index = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let words = |part: &str| part.replace('_', " ");
    let (holder, last) = path.rsplit_once('.').unwrap_or(("", path));
    if is_index(last) {
        return format!("{} {last}", key(holder)).trim().to_owned();
    }
    if holder.contains('.') { format!("{} ({holder})", words(last)) } else { words(last) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_their_last_part_unless_that_is_not_enough() {
        assert_eq!(key("behaviour.leakage"), "leakage");
        assert_eq!(key("behaviour.recovery_rate"), "recovery rate");
        assert_eq!(key("policy.cap-3000.rule.0.cap"), "cap (policy.cap-3000.rule.0)");
        assert_eq!(key("model.weights.2"), "weights 2");
        assert_eq!([key("trials"), key("")], ["trials", ""]);
    }

    #[test]
    fn measures_have_the_names_of_the_axes() {
        let words = crate::plots::Language::English.words();
        let named = |what, level, threshold| measure(words, what, level, threshold, "TWD");
        assert_eq!(named(Measure::ExpectedShortfall, Some(0.999), None), "ES 99.9 %");
        assert_eq!(named(Measure::ExpectedLoss, None, None), "EL");
        assert_eq!(named(Measure::LossPerDefault, None, None), "loss per default");
        let exceeded = named(Measure::ExceedanceProbability, None, Some(5e7));
        assert_eq!(exceeded, "P(L > TWD 50.0 million)");
    }
}
