//! Smaller inputs that fail in the same way.

use serde_json::Value;

use super::world::World;

/// Tries so many smaller inputs at most.
const PATIENCE: usize = 150;

/// The smallest scenario that still fails, found by leaving things out one after another.
pub fn world(first: &World, fails: &mut dyn FnMut(&World) -> bool) -> World {
    let mut best = first.clone();
    let mut tries = 0;
    loop {
        let before = best.clone();
        rows(&mut best, &mut tries, fails);
        for path in paths(&best.scenario) {
            let mut own = best.clone();
            if tries < PATIENCE && remove(&mut own.scenario, &path) {
                tries += 1;
                if fails(&own) {
                    best = own;
                }
            }
        }
        if best == before || tries >= PATIENCE {
            return best;
        }
    }
}

fn rows(best: &mut World, tries: &mut usize, fails: &mut dyn FnMut(&World) -> bool) {
    let mut chunk = best.rows.len().div_ceil(2);
    while chunk > 0 {
        let mut at = 0;
        while at < best.rows.len() && best.rows.len() > 1 && *tries < PATIENCE {
            let mut own = best.clone();
            own.rows.drain(at..(at + chunk).min(own.rows.len()));
            *tries += 1;
            if !own.rows.is_empty() && fails(&own) {
                *best = own;
            } else {
                at += chunk;
            }
        }
        chunk = if chunk == 1 { 0 } else { chunk / 2 };
    }
}

/// Paths of all values below the top, those of whole parts first.
fn paths(tree: &Value) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    walk(tree, &mut Vec::new(), &mut found);
    found.sort_by_key(Vec::len);
    // From the back, so that the places of list elements stay.
    found.reverse();
    found.sort_by_key(Vec::len);
    found
}

fn walk(tree: &Value, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let mut step = |key: String, own: &Value| {
        path.push(key);
        found.push(path.clone());
        walk(own, path, found);
        path.pop();
    };
    match tree {
        Value::Object(map) => map.iter().for_each(|(key, own)| step(key.clone(), own)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(at, own)| step(at.to_string(), own));
        }
        _ => {}
    }
}

fn remove(tree: &mut Value, path: &[String]) -> bool {
    let Some((last, before)) = path.split_last() else { return false };
    let mut at = tree;
    for step in before {
        let next = match at {
            Value::Object(map) => map.get_mut(step),
            Value::Array(list) => step.parse::<usize>().ok().and_then(|n| list.get_mut(n)),
            _ => None,
        };
        let Some(next) = next else { return false };
        at = next;
    }
    match at {
        Value::Object(map) => map.shift_remove(last).is_some(),
        Value::Array(list) => match last.parse::<usize>() {
            Ok(n) if n < list.len() => {
                list.remove(n);
                true
            }
            _ => false,
        },
        _ => false,
    }
}

/// The shortest bytes that still fail, found by leaving pieces out.
pub fn bytes(first: &[u8], fails: &mut dyn FnMut(&[u8]) -> bool) -> Vec<u8> {
    let mut best = first.to_vec();
    let mut chunk = best.len().div_ceil(2);
    let mut tries = 0;
    while chunk > 0 && tries < 2 * PATIENCE {
        let mut at = 0;
        while at < best.len() && tries < 2 * PATIENCE {
            let mut own = best.clone();
            own.drain(at..(at + chunk).min(own.len()));
            tries += 1;
            if fails(&own) {
                best = own;
            } else {
                at += chunk;
            }
        }
        chunk = if chunk == 1 { 0 } else { chunk.div_ceil(2) };
        if chunk == 1 && best.len() > 400 {
            break;
        }
    }
    best
}
