//! `%(name)s` in values, as `configparser.BasicInterpolation` replaces it.

use super::problem::PasteProblem;

/// References nested deeper than this are an error.
const MAX_DEPTH: usize = 10;
/// Ten levels that each name the next often enough outgrow any memory.
const MAX_SIZE: usize = 1 << 20;

/// A value with its references replaced. `find` gives the raw text of a name.
pub(super) fn interpolate<'v>(
    raw: &str,
    option: &str,
    line: Option<usize>,
    find: &dyn Fn(&str) -> Option<&'v str>,
) -> Result<String, PasteProblem> {
    let mut out = String::with_capacity(raw.len());
    expand(raw, &Target { option, line, find }, 1, &mut out)?;
    Ok(out)
}

struct Target<'a, 'v> {
    option: &'a str,
    line: Option<usize>,
    find: &'a dyn Fn(&str) -> Option<&'v str>,
}

fn expand(
    mut rest: &str,
    target: &Target<'_, '_>,
    depth: usize,
    out: &mut String,
) -> Result<(), PasteProblem> {
    let option = || target.option.to_owned();
    if depth > MAX_DEPTH || out.len() > MAX_SIZE {
        return Err(PasteProblem::DeepReference { line: target.line, option: option() });
    }
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(behind) = after.strip_prefix('%') {
            out.push('%');
            rest = behind;
            continue;
        }
        let reference = after.strip_prefix('(').and_then(|inside| inside.split_once(')'));
        let reference = reference.filter(|(name, _)| !name.is_empty());
        let Some((name, behind)) = reference.and_then(|(name, end)| Some((name, end.strip_prefix('s')?)))
        else {
            return Err(PasteProblem::BadReference { line: target.line, option: option() });
        };
        let Some(value) = (target.find)(name) else {
            let name = name.to_owned();
            return Err(PasteProblem::UnknownReference { line: target.line, option: option(), name });
        };
        if value.contains('%') {
            expand(value, target, depth + 1, out)?;
        } else {
            out.push_str(value);
        }
        rest = behind;
    }
    out.push_str(rest);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(name: &str) -> Option<&'static str> {
        match name {
            "here" => Some("/etc"),
            "deep" => Some("%(here)s/x%%"),
            "round" => Some("%(round)s"),
            _ => None,
        }
    }

    fn value(raw: &str) -> Result<String, PasteProblem> {
        interpolate(raw, "o", Some(1), &find)
    }

    #[test]
    fn references_are_replaced() {
        assert_eq!(value("%(here)s/a").unwrap(), "/etc/a");
        assert_eq!(value("100%%").unwrap(), "100%");
        assert_eq!(value("%(deep)s").unwrap(), "/etc/x%");
    }

    #[test]
    fn anything_else_behind_a_percent_sign_is_an_error() {
        for raw in ["50%", "%d", "%(here)", "%()s", "%(here", "%"] {
            assert!(matches!(value(raw), Err(PasteProblem::BadReference { .. })), "{raw}");
        }
        assert!(matches!(value("%(no)s"), Err(PasteProblem::UnknownReference { .. })));
        assert!(matches!(value("%(round)s"), Err(PasteProblem::DeepReference { .. })));
    }
}
