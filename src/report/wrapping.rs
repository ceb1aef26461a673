//! Lines of text that fit the screen.

/// Columns of the screen.
pub const WIDTH: usize = 100;

/// A line broken where it is too long, what follows set in by so many columns.
pub fn wrapped(line: &str, further: usize) -> Vec<String> {
    let further = " ".repeat(further);
    let options = textwrap::Options::new(WIDTH).subsequent_indent(&further);
    textwrap::wrap(line, options).into_iter().map(|part| part.into_owned()).collect()
}
