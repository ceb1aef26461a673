//! Ticks: round values of an axis with their labels, as many as have room.

use super::money::MoneyUnit;
use super::sheet::Sheet;
use super::style;

/// Space between two labels of a money axis, at least.
const LABEL_GAP: f64 = 14.0;
/// Space between two labels of a logarithmic axis, at least.
const TIGHT_GAP: f64 = 8.0;
/// A money axis has about so many ticks, unless their labels need more room.
const MONEY_TICKS: usize = 6;

/// Round values from `low` to `high`, about `count` of them, and the decimals they need.
pub fn linear_ticks(low: f64, high: f64, count: usize) -> (Vec<f64>, usize) {
    let raw = (high - low) / count.max(1) as f64;
    if !(raw > 0.0 && raw.is_finite()) {
        return (vec![low], 0);
    }
    let power = 10_f64.powf(raw.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    let step = power * steps.into_iter().find(|&m| m * power >= raw * 0.999).unwrap_or(10.0);
    let is_whole = |x: f64| (x - x.round()).abs() < 1e-6 * x.abs();
    let decimals = (0..15).find(|&d| is_whole(step * 10_f64.powi(d))).unwrap_or(15) as usize;
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    ((first..=last).map(|i| i as f64 * step).collect(), decimals)
}

/// The powers of ten from `low` to `high`, at most about seven of them.
pub fn decades(low: f64, high: f64) -> Vec<i32> {
    let first = (low.log10() - 1e-9).ceil() as i32;
    let last = (high.log10() + 1e-9).floor() as i32;
    let stride = ((last - first) / 7 + 1) as usize;
    (first..=last).rev().step_by(stride).collect()
}

/// Ticks at powers of ten with these labels.
pub fn of_decades(decades: &[i32], text: impl Fn(i32) -> String) -> Vec<(f64, String)> {
    decades.iter().map(|&decade| (10_f64.powi(decade), text(decade))).collect()
}

/// 2 to 9 times every power of ten, where all powers are shown.
pub fn minor_ticks(decades: &[i32]) -> Vec<(i32, f64)> {
    if decades.windows(2).any(|pair| pair[0] - pair[1] != 1) {
        return Vec::new();
    }
    let below = decades.iter().skip(1);
    below.flat_map(|&decade| (2..10).map(move |part| (decade, f64::from(part)))).collect()
}

/// Ticks of an axis of shares, labelled in percent without the sign.
pub fn percent_ticks(sheet: &Sheet, range: (f64, f64), count: usize) -> Vec<(f64, String)> {
    let (ticks, decimals) = linear_ticks(100.0 * range.0, 100.0 * range.1, count);
    ticks.into_iter().map(|tick| (tick / 100.0, sheet.numbers.fixed(tick, decimals))).collect()
}

/// The same for a horizontal axis of this width: as many as have room.
pub fn percent_ticks_across(sheet: &Sheet, width: f64, range: (f64, f64)) -> Vec<(f64, String)> {
    let fits = |ticks: &[(f64, String)]| {
        let pitch = match ticks {
            [(a, _), (b, _), ..] => (b - a) / (range.1 - range.0) * width,
            _ => f64::INFINITY,
        };
        widest(sheet, ticks) + TIGHT_GAP <= pitch
    };
    let found =
        (2..=6).rev().map(|count| percent_ticks(sheet, range, count)).find(|ticks| fits(ticks));
    found.unwrap_or_else(|| percent_ticks(sheet, range, 1))
}

/// Ticks of a logarithmic axis of this width: as many of 1, 2, 5 times the powers of ten as have room.
pub fn log_ticks(sheet: &Sheet, width: f64, range: (f64, f64)) -> Vec<(f64, String)> {
    let decades = decades(range.0 / 10.0, range.1);
    let of = |parts: &[u32]| -> Vec<(f64, String)> {
        let all = decades.iter().rev().flat_map(|&d| parts.iter().map(move |&part| (part, d)));
        let ticks =
            all.map(|(part, d)| (f64::from(part) * 10_f64.powi(d), sheet.numbers.brief(part, d)));
        let is_inside = |x: f64| x >= range.0 * (1.0 - 1e-9) && x <= range.1 * (1.0 + 1e-9);
        ticks.filter(|(value, _)| is_inside(*value)).collect()
    };
    let fits = |ticks: &Vec<(f64, String)>| have_room(sheet, width, range, ticks);
    let found = [&[1, 2, 5][..], &[1, 3], &[1]].into_iter().map(of).find(fits);
    found.unwrap_or_else(|| of(&[1]))
}

/// Whether the labels of a logarithmic axis keep clear of one another.
fn have_room(sheet: &Sheet, width: f64, range: (f64, f64), ticks: &[(f64, String)]) -> bool {
    let scale = width / (range.1 / range.0).log10();
    ticks.windows(2).all(|pair| {
        let half = |at: usize| sheet.text_width(&pair[at].1, style::TICK) / 2.0;
        (pair[1].0 / pair[0].0).log10() * scale >= half(0) + half(1) + TIGHT_GAP
    })
}

/// As many of the ticks of a logarithmic axis as have room, evenly taken, the last among them.
pub fn with_room(
    sheet: &Sheet,
    width: f64,
    range: (f64, f64),
    all: &[(f64, String)],
) -> Vec<(f64, String)> {
    let every = |stride: usize| -> Vec<(f64, String)> {
        let mut kept: Vec<_> = all.iter().rev().step_by(stride).cloned().collect();
        kept.reverse();
        kept
    };
    let found = (1..=all.len()).map(every).find(|ticks| have_room(sheet, width, range, ticks));
    found.unwrap_or_default()
}

/// Ticks of a logarithmic axis of shares, labelled in percent without the sign: as many as have room,
/// the largest among them.
pub fn log_percent_ticks(sheet: &Sheet, width: f64, range: (f64, f64)) -> Vec<(f64, String)> {
    let range = (100.0 * range.0, 100.0 * range.1);
    let all = log_ticks(sheet, width, range);
    let ticks = with_room(sheet, width, range, &all).into_iter();
    ticks.map(|(percent, text)| (percent / 100.0, text)).collect()
}

/// Values and labels of the ticks of a money axis of this width.
pub fn money_ticks(
    sheet: &Sheet,
    width: f64,
    x: (f64, f64),
    unit: &MoneyUnit,
) -> Vec<(f64, String)> {
    let labelled = |count| -> Vec<(f64, String)> {
        let (ticks, decimals) = linear_ticks(x.0 / unit.size, x.1 / unit.size, count);
        ticks
            .into_iter()
            .map(|tick| (tick * unit.size, sheet.numbers.fixed(tick, decimals)))
            .collect()
    };
    let fits = |ticks: &[(f64, String)]| {
        let pitch = match ticks {
            [(a, _), (b, _), ..] => (b - a) / (x.1 - x.0) * width,
            _ => f64::INFINITY,
        };
        widest(sheet, ticks) + LABEL_GAP <= pitch
    };
    (1..=MONEY_TICKS).rev().map(labelled).find(|ticks| fits(ticks)).unwrap_or_else(|| labelled(1))
}

/// Width of the widest label of an axis.
pub fn widest(sheet: &Sheet, ticks: &[(f64, String)]) -> f64 {
    ticks.iter().map(|(_, text)| sheet.text_width(text, style::TICK)).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_have_the_decimals_they_need() {
        let numbers = Sheet::column().numbers;
        let shown = |low, high, count| {
            let (ticks, decimals) = linear_ticks(low, high, count);
            ticks.iter().map(|&t| numbers.fixed(t, decimals)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown(0.0, 147.0, 7), "0 25 50 75 100 125");
        assert_eq!(shown(0.0, 0.065, 6), "0.00 0.02 0.04 0.06");
        assert_eq!(shown(-0.3, 0.3, 6), "−0.3 −0.2 −0.1 0.0 0.1 0.2 0.3");
        assert_eq!(shown(0.0, 1.5, 6), "0.00 0.25 0.50 0.75 1.00 1.25 1.50");
        assert_eq!(shown(5.0, 5.0, 6), "5");
    }

    #[test]
    fn logarithmic_ticks_have_room_and_read_briefly() {
        let sheet = Sheet::column();
        let shown = |width, range| {
            let ticks = log_ticks(&sheet, width, range).into_iter().map(|(_, text)| text);
            ticks.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown(300.0, (900.0, 21_000.0)), "1k 2k 5k 10k 20k");
        assert_eq!(shown(60.0, (900.0, 1.1e6)), "1k 10k 100k 1M");
        assert_eq!(shown(300.0, (0.2, 5.0)), "0.2 0.5 1 2 5");
        assert_eq!(shown(300.0, (1e9, 3e10)), "10⁹ 2·10⁹ 5·10⁹ 10¹⁰ 2·10¹⁰");
    }

    #[test]
    fn decades_are_few() {
        assert_eq!(decades(1e-5, 1.0), [0, -1, -2, -3, -4, -5]);
        assert_eq!(decades(1e-12, 1.0), [0, -2, -4, -6, -8, -10, -12]);
    }
}
