//! Paths into the scenario as text, such as `policy[1].rule[0].cap`: how they are written, and
//! how one climbs from a value to what holds it.

/// The path of the value `key` inside the table at `path`; keys that are not bare are quoted.
pub(super) fn key(path: &str, key: &str) -> String {
    let bare =
        !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let name = if bare { key.to_owned() } else { serde_json::Value::from(key).to_string() };
    if path.is_empty() { name } else { format!("{path}.{name}") }
}

/// The path of an element of the list at `path`.
pub(super) fn element(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

/// The path of what holds the value at `path`; `None` at the root.
pub(super) fn parent(path: &str) -> Option<&str> {
    (!path.is_empty()).then(|| &path[..last_separator(path).unwrap_or(0)])
}

/// The last key of a path with the indices behind it: `levels[1]` of `a.levels[1]`.
pub(super) fn last_key(path: &str) -> &str {
    let mut holder = path;
    while holder.ends_with(']') {
        holder = parent(holder).unwrap_or("");
    }
    match parent(holder) {
        Some("") | None => path,
        Some(above) => &path[above.len() + 1..],
    }
}

/// Byte of the last `.` or `[` that stands outside quotes.
fn last_separator(path: &str) -> Option<usize> {
    let (mut quoted, mut escaped, mut last) = (false, false, None);
    for (at, byte) in path.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'.' | b'[' if !quoted => last = Some(at),
            _ => {}
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_written_and_climbed() {
        let rule = element(&key(&element(&key("", "policy"), 1), "rule"), 0);
        assert_eq!(key(&rule, "cap"), "policy[1].rule[0].cap");
        assert_eq!(parent("policy[1].rule[0]"), Some("policy[1].rule"));
        assert_eq!(parent("policy[1]"), Some("policy"));
        assert_eq!(parent("policy"), Some(""));
        assert_eq!(parent(""), None);
        let quoted = key("variant[0].set", "model.correlation");
        assert_eq!(quoted, "variant[0].set.\"model.correlation\"");
        assert_eq!(parent(&quoted), Some("variant[0].set"));
        assert_eq!(last_key("portfolio.observed_pd.limit_bands[2]"), "limit_bands[2]");
        assert_eq!(last_key("levels[1]"), "levels[1]");
        assert_eq!(last_key("seed"), "seed");
    }
}
