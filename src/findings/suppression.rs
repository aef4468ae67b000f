//! Suppressions in comments of the configuration files.
//!
//! A comment line of its own right above an option or a section header,
//! `# nova-token-check: ignore[RULE,…] until=YYYY-MM-DD reason`, makes findings
//! of these rules not count there. They are still found, counted and carried in
//! the machine formats.

use std::sync::Arc;

use super::finding::{Finding, Place, Severity, Suppression, SuppressionKind};
use crate::config::printable;

/// What begins a suppression, behind the comment sign.
const MARK: &str = "nova-token-check:";

/// One suppression as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The file.
    pub file: Arc<str>,
    /// Ids of the services that read it.
    pub services: Vec<String>,
    /// 1-based line of the comment.
    pub line: usize,
    /// What it stands above.
    pub target: Target,
    /// The rules, or why it is not understood.
    pub content: Result<Content, String>,
}

/// What a suppression stands above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An option, on this 1-based line.
    Option(usize),
    /// A section, by normalised name.
    Section(String),
    /// Neither.
    Nothing,
}

/// What a suppression says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The rules.
    pub rules: Vec<String>,
    /// The last day it holds, `YYYY-MM-DD`, UTC.
    pub until: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// The suppressions of a file, which services read.
pub fn directives(file: &Arc<str>, text: &str, services: &[String]) -> Vec<Directive> {
    if !text.contains(MARK) {
        return Vec::new();
    }
    let lines: Vec<&str> = text.split('\n').map(|line| line.trim_end_matches('\r')).collect();
    let found = lines.iter().enumerate().filter_map(|(index, line)| Some((index, directive_text(line)?)));
    found
        .map(|(index, text)| Directive {
            file: Arc::clone(file),
            services: services.to_vec(),
            line: index + 1,
            target: target(&lines, index),
            content: content(text),
        })
        .collect()
}

/// The text behind the mark, if the line is a suppression.
fn directive_text(line: &str) -> Option<&str> {
    let comment = line.strip_prefix(['#', ';'])?;
    Some(comment.trim_start_matches(['#', ';', ' ', '\t']).strip_prefix(MARK)?.trim())
}

/// The line below, past other suppressions.
fn target(lines: &[&str], index: usize) -> Target {
    let below = (index + 1..lines.len()).find(|&at| directive_text(lines[at]).is_none());
    let Some(at) = below else { return Target::Nothing };
    let line = lines[at].trim_end();
    if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        // What stands in a paste filter counts as this section.
        let name = if name.starts_with("filter:") { "keystone_authtoken" } else { name };
        let name = if name == "DEFAULT" { name.to_owned() } else { name.to_lowercase() };
        return Target::Section(name);
    }
    if line.is_empty() || line.starts_with(['#', ';', ' ', '\t']) {
        return Target::Nothing;
    }
    Target::Option(at + 1)
}

fn content(text: &str) -> Result<Content, String> {
    let form = "write ignore[RULE,...] until=YYYY-MM-DD reason";
    let rest = text.strip_prefix("ignore[").ok_or_else(|| form.to_owned())?;
    let (rules, rest) = rest.split_once(']').ok_or_else(|| form.to_owned())?;
    let rules: Vec<String> =
        rules.split(',').map(|rule| rule.trim().to_owned()).filter(|rule| !rule.is_empty()).collect();
    if rules.is_empty() {
        return Err("it names no rule".to_owned());
    }
    let rest = rest.trim();
    let (until, reason) = match rest.strip_prefix("until=") {
        Some(rest) => {
            let (date, reason) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            if date.parse::<jiff::civil::Date>().is_err() || date.len() != 10 {
                return Err(format!("{date:?} is no date of the form YYYY-MM-DD"));
            }
            (Some(date.to_owned()), reason.trim())
        }
        None => (None, rest),
    };
    let reason = (!reason.is_empty()).then(|| printable(reason));
    Ok(Content { rules, until, reason })
}

impl Directive {
    fn covers(&self, finding: &Finding) -> bool {
        let Some(place) = &finding.place else { return false };
        place.file == self.file
            && match &self.target {
                Target::Option(line) => place.line == *line,
                Target::Section(name) => {
                    finding.section.as_ref().is_some_and(|section| section.to_lowercase() == *name)
                }
                Target::Nothing => false,
            }
    }

    fn place(&self) -> Place {
        Place::of_line(&self.file, self.line)
    }
}

/// Applies the suppressions and adds what there is to say about them. `today` is
/// `YYYY-MM-DD`; `ran` tells whether a rule ran, `rules` are the names of all.
pub fn suppress(
    findings: &mut Vec<Finding>,
    directives: &[Directive],
    today: &str,
    ran: impl Fn(&str) -> bool,
    rules: &[&str],
) {
    let mut more = Vec::new();
    for directive in directives {
        let content = match &directive.content {
            Ok(content) => content,
            Err(why) => {
                more.push(unused(directive, format!("the suppression is not understood: {why}")));
                continue;
            }
        };
        let expired = content.until.as_deref().is_some_and(|until| until < today);
        for rule in &content.rules {
            if !rules.contains(&rule.as_str()) {
                more.push(unknown(directive, rule, rules));
                continue;
            }
            let mut hits = 0;
            for finding in
                findings.iter_mut().filter(|finding| finding.rule == *rule && directive.covers(finding))
            {
                hits += 1;
                if !expired {
                    finding.suppression = Some(Suppression {
                        kind: SuppressionKind::Comment,
                        reason: content.reason.clone(),
                        until: content.until.clone(),
                    });
                }
            }
            if matches!(directive.target, Target::Nothing) {
                let message =
                    format!("the suppression of {rule} stands above neither an option nor a section header");
                more.push(unused(directive, message));
            } else if hits == 0 && ran(rule) {
                more.push(unused(
                    directive,
                    format!("nothing here is found by {rule}, so its suppression can go"),
                ));
            } else if hits > 0 && expired {
                more.push(past(directive, rule, content.until.as_deref().unwrap_or_default()));
            }
        }
    }
    findings.append(&mut more);
}

fn about(directive: &Directive, finding: Finding) -> Finding {
    directive.services.iter().fold(finding, |finding, service| finding.of(service))
}

fn unused(directive: &Directive, message: String) -> Finding {
    about(directive, Finding::new("suppression-unused", Severity::Note, message))
        .at(Some(directive.place()))
        .help("remove or correct the comment")
}

fn unknown(directive: &Directive, rule: &str, rules: &[&str]) -> Finding {
    let help = crate::text::nearest(rule, rules.iter().copied()).map_or_else(
        || "`nova-token-check rules` lists them".to_owned(),
        |near| format!("did you mean {near}?"),
    );
    let message = format!("the suppression names no rule: {}", printable(rule));
    about(directive, Finding::new("suppression-unknown-rule", Severity::Warning, message))
        .at(Some(directive.place()))
        .help(help)
}

fn past(directive: &Directive, rule: &str, until: &str) -> Finding {
    let message = format!("the suppression of {rule} ended on {until}, so its finding counts again");
    about(directive, Finding::new("suppression-expired", Severity::Warning, message))
        .at(Some(directive.place()))
        .help("mend what it suppressed, or set a new date")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<Directive> {
        directives(&Arc::from("a.conf"), text, &[])
    }

    #[test]
    fn a_comment_right_above_is_a_suppression() {
        let found = of("[a]\n# nova-token-check: ignore[x,y] until=2027-01-31 till the audit\nk = v\n");
        let content = found[0].content.clone().unwrap();
        assert_eq!(content.rules, ["x", "y"]);
        assert_eq!(content.until.as_deref(), Some("2027-01-31"));
        assert_eq!(content.reason.as_deref(), Some("till the audit"));
        assert_eq!(found[0].target, Target::Option(3));
        assert_eq!(of("# nova-token-check: ignore[x]\n[A]\n")[0].target, Target::Section("a".into()));
    }

    #[test]
    fn elsewhere_it_stands_above_nothing() {
        assert_eq!(of("[a]\n# nova-token-check: ignore[x]\n\nk = v\n")[0].target, Target::Nothing);
        assert!(of("[a]\nk = v # nova-token-check: ignore[x]\n").is_empty());
    }

    #[test]
    fn mistakes_are_named() {
        for text in ["ignroe[x]", "ignore[]", "ignore[x] until=2027-02-30", "ignore[x] until=soon"] {
            assert!(of(&format!("# nova-token-check: {text}\n[a]\n"))[0].content.is_err(), "{text}");
        }
    }

    #[test]
    fn the_last_day_counts() {
        let at = |today: &str| {
            let finding =
                Finding::new("x", Severity::Error, "m").at(Some(Place::of_line(&Arc::from("a.conf"), 3)));
            let mut findings = vec![finding];
            let directives = of("[a]\n# nova-token-check: ignore[x] until=2027-01-31\nk = v\n");
            suppress(&mut findings, &directives, today, |_| true, &["x"]);
            (findings[0].suppression.is_some(), findings.len())
        };
        assert_eq!(at("2027-01-31"), (true, 1));
        assert_eq!(at("2027-02-01"), (false, 2));
    }
}
