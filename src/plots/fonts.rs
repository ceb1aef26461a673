//! Fonts: DejaVu Sans, which the binary carries.

use std::sync::Arc;

use resvg::usvg::{self, fontdb};

/// The reader of SVG for which DejaVu Sans is the only font in the world.
pub fn svg_options() -> usvg::Options<'static> {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(dejavu::sans::regular().to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    usvg::Options {
        font_family: "DejaVu Sans".to_owned(),
        fontdb: Arc::new(fonts),
        ..usvg::Options::default()
    }
}
