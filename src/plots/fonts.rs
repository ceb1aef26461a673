//! Fonts: DejaVu Sans, which the binary carries, and one more for letters that it lacks.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use resvg::usvg::{self, fontdb};

use super::language::Language;
use crate::disk;
use crate::media;

/// Folders in which systems keep fonts; those below the home folder come last.
const FOLDERS: [&str; 5] = [
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "C:\\Windows\\Fonts",
];
const HOME_FOLDERS: [&str; 3] = [".fonts", ".local/share/fonts", "Library/Fonts"];
/// Beginnings of the names of files that usually hold the letters of Chinese without serifs, the best first.
const USUAL: [&str; 9] = [
    "notosanscjk-regular",
    "notosanssc",
    "notosanscjksc",
    "sourcehansans",
    "msyh.",
    "pingfang",
    "wqy-microhei",
    "droidsansfallback",
    "simhei",
];
/// Deeper than this no folder is looked into.
const DEEPEST: usize = 6;

/// A font beside DejaVu Sans, for letters that DejaVu Sans lacks.
#[derive(Clone)]
pub struct Font {
    bytes: Arc<Vec<u8>>,
    advances: Arc<Mutex<Advances>>,
}

/// Advances in ems of letters beside others, which take time to find in a font of many letters.
type Advances = BTreeMap<(char, char), f64>;

impl Font {
    /// The font in the bytes of a file, if it has the letters of a language.
    pub fn of(bytes: Vec<u8>, language: Language) -> Option<Self> {
        let font = Self { bytes: Arc::new(bytes), advances: Arc::default() };
        let is_font = svg_options(Some(&font)).fontdb.len() > 1;
        (is_font && font.has(language)).then_some(font)
    }

    /// The advance of a letter beside another as it was found before, or as `find` finds it.
    pub(super) fn advance(&self, key: (char, char), find: impl FnOnce() -> f64) -> f64 {
        // A panic of another thread leaves what it had found, which is as good as ever.
        let known = || self.advances.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(&key) {
            return *found;
        }
        let found = find();
        known().insert(key, found);
        found
    }

    /// Whether it has the letters of a language.
    pub fn has(&self, language: Language) -> bool {
        has_letters(&svg_options(Some(self)), language)
    }
}

impl PartialEq for Font {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.bytes, &other.bytes) || self.bytes == other.bytes
    }
}

impl Eq for Font {}

impl fmt::Debug for Font {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Font({} bytes)", self.bytes.len())
    }
}

/// A font of this machine that has the letters of a language beyond those of DejaVu Sans; none is looked for
/// where DejaVu Sans has all of them.
pub fn find(language: Language) -> Option<Font> {
    if language.letters().is_empty() {
        return None;
    }
    let home = std::env::home_dir();
    let own = home.iter().flat_map(|home| HOME_FOLDERS.map(|folder| home.join(folder)));
    let mut files = Vec::new();
    for folder in FOLDERS.map(PathBuf::from).into_iter().chain(own) {
        collect(&folder, DEEPEST, &mut files);
    }
    // The same font on every run, whatever the order of the folder.
    files.sort_by_key(|file| (rank(file), file.clone()));
    files.into_iter().find_map(|file| Font::of(disk::read(&file).ok()?, language))
}

/// Adds the files of fonts in a folder and below it; what cannot be read is left out.
fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        if matches!(ending.as_deref(), Some("ttf" | "otf" | "ttc" | "otc")) {
            files.push(path);
        } else if depth > 0 && path.is_dir() {
            collect(&path, depth - 1, files);
        }
    }
}

/// Files with usual names first; the others may hold the letters, too.
fn rank(file: &Path) -> usize {
    let name = file.file_name().map(|name| name.to_string_lossy().to_lowercase());
    let is_so = |start: &&str| name.as_deref().is_some_and(|name| name.starts_with(*start));
    USUAL.iter().position(is_so).unwrap_or(USUAL.len())
}

/// The reader of SVG for which DejaVu Sans, and a font for letters that it lacks, are the only fonts in the
/// world.
pub fn svg_options(font: Option<&Font>) -> usvg::Options<'static> {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(dejavu::sans::regular().to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    if let Some(font) = font {
        let faces = fonts.load_font_source(fontdb::Source::Binary(font.bytes.clone()));
        let best = faces.iter().copied().min_by_key(|&face| order(&fonts, face));
        for face in faces.into_iter().filter(|face| Some(*face) != best) {
            fonts.remove_face(face);
        }
    }
    usvg::Options {
        font_family: "DejaVu Sans".to_owned(),
        fontdb: Arc::new(fonts),
        ..usvg::Options::default()
    }
}

/// Of the faces of a collection the one for simplified letters, upright, of ordinary weight and free widths.
fn order(fonts: &fontdb::Database, face: fontdb::ID) -> (bool, bool, u16) {
    let Some(info) = fonts.face(face) else { return (true, true, u16::MAX) };
    let has = |part: &str| info.families.iter().any(|(name, _)| name.contains(part));
    (!has(" SC"), has("Mono"), info.weight.0.abs_diff(fontdb::Weight::NORMAL.0))
}

/// Whether these fonts together have the letters of a language.
pub fn has_letters(options: &usvg::Options<'_>, language: Language) -> bool {
    language.letters().is_empty() || glyphs(options, language.letters()).is_some_and(|all| all)
}

/// Whether every letter of a text has a glyph; none where it cannot be laid out.
fn glyphs(options: &usvg::Options<'_>, text: &str) -> Option<bool> {
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><text>{}</text></svg>",
        media::xml(text)
    );
    let tree = usvg::Tree::from_str(&svg, options).ok()?;
    let mut found = 0;
    let mut is_whole = true;
    for node in tree.root().children() {
        let usvg::Node::Text(text) = node else { continue };
        for glyph in text.layouted().iter().flat_map(|span| &span.positioned_glyphs) {
            // Glyph 0 is the box that stands for a missing letter.
            is_whole &= glyph.id.0 != 0;
            found += 1;
        }
    }
    Some(is_whole && found > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_font_counts_by_its_letters_not_by_its_name() {
        assert_eq!(Font::of(dejavu::sans::regular().to_vec(), Language::Chinese), None);
        assert_eq!(Font::of(b"no font".to_vec(), Language::German), None);
        assert_eq!(find(Language::German), None);
        assert!(Font::of(dejavu::sans::regular().to_vec(), Language::German).is_some());
        // Passes where the machine has no font for Chinese.
        assert!(find(Language::Chinese).is_none_or(|font| font.has(Language::Chinese)));
    }
}
