//! Damage of the kinds that files meet: typing errors, other programs, cut ends, and malice.

use super::dice::Dice;

/// Numbers and words that readers must survive.
const ODD: [&str; 40] = [
    "0",
    "-0",
    "-1",
    "1",
    "0.5",
    "1e308",
    "-1e308",
    "1e309",
    "1e-320",
    "5e-324",
    "nan",
    "NaN",
    "inf",
    "-inf",
    "Infinity",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "1e400",
    "0.1e-400",
    "1_000",
    "0x10",
    "1,5",
    "\"\"",
    "true",
    "null",
    "~",
    "[]",
    "{}",
    "[[]]",
    "\"\\u0000\"",
    "''",
    "=1+1",
    "../../etc/passwd",
    "\u{1b}[31m",
    "\u{202e}",
    "\u{feff}",
    "é",
    "\u{10ffff}",
];

/// The bytes with one to four pieces of damage; `other` is another file of the kind to take pieces from.
pub fn mutated(dice: &mut Dice, first: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = first.to_vec();
    for _ in 0..=dice.below(4) {
        one(dice, &mut bytes, other);
        bytes.truncate(400_000);
    }
    bytes
}

fn one(dice: &mut Dice, bytes: &mut Vec<u8>, other: &[u8]) {
    let at = dice.below(bytes.len() + 1);
    match dice.below(16) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << dice.below(8);
            }
        }
        1 => bytes.insert(at, *dice.of_all(b"\0\"'\\,;#[]{}=:\n\r\t-+.eE0 \xff\xc3")),
        2 => {
            let end = (at + 1 + dice.below(8)).min(bytes.len());
            bytes.drain(at..end);
        }
        3 => bytes.truncate(at),
        // A token becomes an odd one.
        4..=8 => {
            let (from, to) = token(bytes, at);
            bytes.splice(from..to, dice.of_all(&ODD).bytes());
        }
        // A token becomes another one of the file, or of another file.
        9 | 10 => {
            let source = if dice.chance(0.7) { bytes.clone() } else { other.to_vec() };
            let (a, b) = token(&source, dice.below(source.len() + 1));
            let (from, to) = token(bytes, at);
            bytes.splice(from..to, source[a..b].iter().copied());
        }
        // A line twice, gone, or in another place.
        11 | 12 => {
            let (from, to) = line(bytes, at);
            let own: Vec<u8> = bytes[from..to].to_vec();
            match dice.below(3) {
                0 => {
                    let own = own.repeat(1 + dice.below(4));
                    bytes.splice(from..from, own);
                }
                1 => {
                    bytes.drain(from..to);
                }
                _ => {
                    bytes.drain(from..to);
                    let (place, _) = line(bytes, dice.below(bytes.len() + 1));
                    bytes.splice(place..place, own);
                }
            }
        }
        13 => {
            let (from, to) = line(other, dice.below(other.len() + 1));
            let (place, _) = line(bytes, at);
            bytes.splice(place..place, other[from..to].iter().copied());
        }
        14 => {
            let piece = *dice.of_all(&[
                "[", "{", "(", "\"", "a", "9", ",", "- ", "{\"a\":", "[[a]]\n", " ", "\n",
            ]);
            let times = *dice.of_all(&[2, 50, 300, 5_000]);
            bytes.splice(at..at, piece.repeat(times).bytes());
        }
        _ => {
            let text = String::from_utf8_lossy(bytes);
            let own = match dice.below(4) {
                0 => text.replace('\n', "\r\n"),
                1 => format!("\u{feff}{text}"),
                2 => text.replace(',', ";"),
                _ => text.replace("  ", "\t"),
            };
            *bytes = own.into_bytes();
        }
    }
}

/// The word, number or text around a place.
fn token(bytes: &[u8], at: usize) -> (usize, usize) {
    let is_part =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"_.+-".contains(byte) || *byte >= 128;
    let from = bytes[..at].iter().rposition(|byte| !is_part(byte)).map_or(0, |own| own + 1);
    let to = bytes[at..].iter().position(|byte| !is_part(byte)).map_or(bytes.len(), |own| at + own);
    (from, to)
}

/// The line around a place, with its end.
fn line(bytes: &[u8], at: usize) -> (usize, usize) {
    let from = bytes[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |own| own + 1);
    let to =
        bytes[at..].iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |own| at + own + 1);
    (from, to)
}
