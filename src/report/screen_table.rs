//! Tables of the screen.

use comfy_table::{CellAlignment, Table, TableStyle};

use super::wrapping::WIDTH;

/// An empty table of the screen.
pub(super) fn empty() -> Table {
    let mut table = Table::new();
    table.load_style(TableStyle::new());
    table.set_width(WIDTH as u16);
    table
}

/// A table as text, two spaces between columns where there is room for them.
pub(super) fn fitted(mut table: Table) -> String {
    let columns = table.column_iter().count();
    let mut text = String::new();
    for gap in [2, 1] {
        for (at, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, if at + 1 == columns { 0 } else { gap }));
            if at > 0 {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        text = table.lines().map(|line| format!("{}\n", line.trim_end())).collect();
        if text.lines().all(|line| line.chars().count() <= WIDTH) {
            break;
        }
    }
    text
}

/// A name in so many characters.
pub(super) fn short(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let head: String = text.chars().take(width - 1).collect();
    format!("{head}…")
}
