//! Themes: the page that a figure is drawn for.
//!
//! Letters and strokes have one size in pixels everywhere; a theme says how many pixels lie across its page,
//! so that a page with fewer of them has larger letters.

/// What a figure is drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Theme {
    /// One column of a journal.
    #[default]
    Paper,
    /// Both columns of a journal.
    PaperWide,
    /// A projected slide.
    Slides,
    /// A page in a browser.
    Screen,
}

impl Theme {
    /// All themes.
    pub const ALL: [Self; 4] = [Self::Paper, Self::PaperWide, Self::Slides, Self::Screen];

    /// As written on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::PaperWide => "paper-wide",
            Self::Slides => "slides",
            Self::Screen => "screen",
        }
    }

    /// The theme that is written so.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == name)
    }

    /// Width of a figure, pixels of the unscaled canvas.
    pub const fn width(self) -> f64 {
        match self {
            // A pixel is 0.56 pt, so that letters have 6.2 to 8.1 pt.
            Self::Paper => 430.0,
            // 0.59 pt: 6.5 to 8.6 pt.
            Self::PaperWide => 860.0,
            // 1.29 pt: 14.1 to 18.6 pt.
            Self::Slides => 560.0,
            Self::Screen => 720.0,
        }
    }

    /// Width of a figure in print or on the screen, millimetres.
    pub const fn millimetres(self) -> f64 {
        match self {
            Self::Paper => 85.0,
            Self::PaperWide => 180.0,
            Self::Slides => 254.0,
            // 96 pixels to an inch.
            Self::Screen => 190.5,
        }
    }

    /// How tall plots are, compared with those of a column.
    pub const fn tallness(self) -> f64 {
        match self {
            Self::Paper => 1.0,
            Self::PaperWide => 1.2,
            // A plot with its words then fills a slide of 16:9.
            Self::Slides => 0.74,
            Self::Screen => 1.15,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for theme in Theme::ALL {
            assert_eq!(Theme::named(theme.as_str()), Some(theme));
        }
        assert_eq!(Theme::named("poster"), None);
    }
}
