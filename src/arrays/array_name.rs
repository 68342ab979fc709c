//! Which of several arrays in a file is read.

use super::error::{ArrayError, brief};

/// The array called `wanted`, else the one called `logits`, else the only one.
pub(super) fn choose<'a>(names: &[&'a str], wanted: Option<&str>) -> Result<&'a str, ArrayError> {
    let name = wanted.unwrap_or("logits");
    if let Some(found) = names.iter().find(|other| **other == name) {
        return Ok(found);
    }
    match names {
        [only] if wanted.is_none() => Ok(only),
        [] => Err(ArrayError::Empty),
        _ => {
            let mut listed: Vec<String> = names.iter().take(8).map(|other| format!("`{}`", brief(other))).collect();
            if names.len() > 8 {
                listed.push(format!("and {} others", names.len() - 8));
            }
            Err(ArrayError::Name { wanted: format!("`{}`", brief(name)), found: listed.join(", ") })
        }
    }
}
