//! Money in figures: the unit in which it is shown.

use super::language::Words;

/// The unit in which an axis shows money.
#[derive(Clone)]
pub struct MoneyUnit {
    /// Amount of currency that the unit stands for.
    pub size: f64,
    /// Its name, such as `TWD million`.
    pub name: String,
    currency: String,
    word: &'static str,
    words: &'static Words,
}

impl MoneyUnit {
    /// The largest unit in which `largest` is still at least 2.
    pub fn for_range(words: &'static Words, largest: f64, currency: &str) -> Self {
        let (size, word) =
            words.scales.into_iter().find(|(size, _)| largest >= 2.0 * size).unwrap_or((1.0, ""));
        let name = (words.unit)(currency, word);
        Self { size, name, currency: currency.to_owned(), word, words }
    }

    /// An amount in this unit with so many significant digits, such as `TWD 50.3 million`.
    pub fn amount(&self, x: f64, digits: i32) -> String {
        let value = self.words.numbers.plain_digits(x / self.size, digits);
        (self.words.amount)(&value, &self.currency, self.word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::language::Language;

    #[test]
    fn money_has_the_unit_of_its_range() {
        let words = Language::English.words();
        let name = |largest| MoneyUnit::for_range(words, largest, "TWD").name;
        assert_eq!(name(1.9e9), "TWD million");
        assert_eq!(name(2.0e9), "TWD billion");
        assert_eq!(name(900.0), "TWD");
        assert_eq!(name(0.0), "TWD");
        assert_eq!(MoneyUnit::for_range(words, 5.0e6, "TWD").amount(5.0e6, 3), "TWD 5.00 million");
        assert_eq!(MoneyUnit::for_range(words, 950.0, "TWD").amount(950.0, 4), "TWD 950.0");
        let said = |language: Language, x: f64| {
            MoneyUnit::for_range(language.words(), x, "TWD").amount(x, 3)
        };
        assert_eq!(said(Language::German, 5.03e7), "50,3 Mio. TWD");
        assert_eq!(said(Language::Chinese, 5.03e8), "5.03 亿 TWD");
    }
}
