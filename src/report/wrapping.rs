//! Lines of text that fit the screen.

/// Columns of the screen.
pub const WIDTH: usize = 100;

/// A line broken where it is too long, what follows set in by so many columns.
pub fn wrapped(line: &str, further: usize) -> Vec<String> {
    wrapped_to(line, WIDTH, further)
}

/// The same for other widths.
pub fn wrapped_to(line: &str, width: usize, further: usize) -> Vec<String> {
    let further = " ".repeat(further);
    let options = textwrap::Options::new(width).subsequent_indent(&further);
    textwrap::wrap(line, options).into_iter().map(|part| part.into_owned()).collect()
}
