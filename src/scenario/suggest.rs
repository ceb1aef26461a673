//! Suggestions for mistyped names, and the slugs that ids must be.

/// The known name that was probably meant, if one is near enough.
pub fn nearest<'a>(found: &str, known: &'a [String]) -> Option<&'a str> {
    let found = found.to_lowercase();
    known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(&found, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= 1 + name.chars().count() / 4)
        // Keep the first of equals, so that the answer follows the order of the list.
        .reduce(|best, other| if other.0 < best.0 { other } else { best })
        .map(|(_, name)| name.as_str())
}

/// The nearest slug of any text; empty if it has no letter or digit to keep.
pub(super) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(64);
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_suggested_and_far_ones_are_not() {
        let known: Vec<String> = ["policy", "cap", "score_caps"].map(String::from).into();
        assert_eq!(nearest("polcy", &known), Some("policy"));
        assert_eq!(nearest("capp", &known), Some("cap"));
        assert_eq!(nearest("score_cap", &known), Some("score_caps"));
        assert_eq!(nearest("elephant", &known), None);
    }

    #[test]
    fn slugs_keep_letters_and_digits() {
        assert_eq!(slug("Cap 3,000!"), "cap-3-000");
        assert_eq!(slug("--"), "");
    }
}
