//! What the terminal can show: how wide it is, and whether it knows more than ASCII.

use std::io::IsTerminal;

use crate::report::curves::Terminal;

/// Columns of a pipe or file: those of the first screen.
const USUAL: usize = 100;
/// No narrower, whatever is said.
const LEAST: usize = 40;
/// No wider.
const MOST: usize = 240;

/// The terminal behind standard output.
pub fn terminal() -> Terminal {
    Terminal { width: width(), unicode: is_utf8(|name| std::env::var(name).ok()) }
}

/// `COLUMNS` where it is set, else what the terminal says, else 100.
fn width() -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|text| text.trim().parse().ok());
    let own = || {
        let size = terminal_size::terminal_size_of(std::io::stdout());
        size.filter(|_| std::io::stdout().is_terminal()).map(|(width, _)| usize::from(width.0))
    };
    said.filter(|&width| width > 0).or_else(own).unwrap_or(USUAL).clamp(LEAST, MOST)
}

/// Whether the locale writes UTF-8: the first of the three that is set decides. Where none is, as on
/// Windows, terminals of today do.
fn is_utf8(variable: impl Fn(&str) -> Option<String>) -> bool {
    let set = |name: &&str| variable(name).filter(|value| !value.is_empty());
    match ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set) {
        Some(locale) => {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        }
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_locale_that_is_set_decides() {
        let with = |set: &'static [(&str, &str)]| {
            is_utf8(|name| set.iter().find(|(own, _)| *own == name).map(|own| own.1.to_owned()))
        };
        assert!(with(&[]) && with(&[("LANG", "de_DE.UTF-8")]) && with(&[("LC_CTYPE", "C.utf8")]));
        assert!(!with(&[("LANG", "C")]) && !with(&[("LC_ALL", "POSIX"), ("LANG", "en_US.UTF-8")]));
        assert!(with(&[("LC_ALL", ""), ("LANG", "en_US.UTF-8")]));
    }
}
