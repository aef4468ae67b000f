//! `check`: from targets to a report.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Exit;
use super::args::CheckArgs;
use super::error::CliError;
use super::output::{end, save, write};
use super::plan::{Plan, plan};
use super::preview;
use super::progress::watched;
use super::services::{Read, services};
use super::settings;
use super::unchecked::not_checked;
use crate::catalog::Release;
use crate::config::{Configuration, Overrides};
use crate::deployment::Unchecked;
use crate::facts::{self, Facts};
use crate::findings::{self, Baseline, Directive, Finding};
use crate::report::{Outline, ReleaseFrom, Report, Verbosity};
use crate::rules;
use crate::trust::{self, Upgrade};

pub(super) fn run(mut args: CheckArgs, typed: &HashSet<String>) -> Result<Exit, CliError> {
    let mut settings = settings::of(&args.own)?;
    let levels = std::mem::take(&mut settings.levels);
    settings.apply(&mut args, |id| typed.contains(id));
    let plan = Plan { levels, ..plan(&args)? };
    let mut roots = None;
    let Read { services, commands, unchecked, release } = services(&plan.inputs, |service| {
        if roots.is_none() && !args.plan {
            roots = plan.asking.load_roots(service);
        }
    })?;
    plan.inputs.releases.check(&services)?;
    if args.plan {
        return preview::run(&services, &commands, &plan);
    }
    let quiet = plan.output.style.verbosity == Verbosity::Quiet || plan.asking.live.is_none();
    let facts =
        watched("nova-token-check: asking Keystone", quiet, || facts::gather(services, &plan.asking, roots))
            .map_err(CliError::Runtime)?;
    let (report, baseline) = report(facts, &plan, &unchecked, release);
    if let Some((path, baseline)) = plan.write_baseline.as_deref().zip(baseline) {
        save(path, baseline.to_text().as_bytes())?;
    }
    write(&report, &plan.output)?;
    let exit = end(&report, plan.output.fail_on);
    // The process ends here. To take a large report apart would only keep its user
    // waiting. Nor would its secrets be wiped by that: the texts of the files that they
    // were read from are ordinary memory, and it is the kernel that wipes all of it.
    std::mem::forget(report);
    Ok(exit)
}

/// The report, and the baseline that knows all of it, if one is to be written.
fn report(
    facts: Facts,
    plan: &Plan,
    unchecked: &[Unchecked],
    release: (&'static Release, ReleaseFrom),
) -> (Report, Option<Baseline>) {
    let matrix = trust::matrix(&facts);
    let context = rules::Context::new(&facts, &matrix);
    let mut findings = rules::check(&context, |rule| plan.rules.runs(rule));
    let upgrade =
        plan.inputs.releases.target.map(|to| upgrade(&context, plan, (release.0, to), &mut findings));
    set_aside(&mut findings, &facts, plan);
    relevel(&mut findings, plan);
    let baseline = plan.write_baseline.as_ref().map(|_| Baseline::of(&findings));
    findings::bring_together(&mut findings);
    let not_checked = not_checked(&facts, plan, unchecked);
    let files = facts.services.iter().map(|s| s.service.files()).sum();
    let report = Report {
        generated_at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        host: gethostname::gethostname().to_string_lossy().into_owned(),
        release: release.0,
        release_from: release.1,
        counts: findings::count(&findings),
        facts: Outline::of(facts),
        matrix,
        upgrade,
        rules_run: rules::RULES.iter().copied().filter(|rule| plan.rules.runs(rule)).collect(),
        findings,
        not_checked,
        files,
        merged: Vec::new(),
    };
    (report, baseline)
}

/// Marks the findings that a comment or the baseline knows.
fn set_aside(findings: &mut Vec<Finding>, facts: &Facts, plan: &Plan) {
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let names: Vec<&str> = rules::RULES.iter().map(|rule| rule.name).collect();
    let ran = |name: &str| rules::find(name).is_some_and(|rule| plan.rules.runs(rule));
    findings::suppress(findings, &directives(facts), &today, ran, &names);
    match (&plan.baseline, &plan.write_baseline) {
        (Some(baseline), _) => baseline.apply(findings, ran),
        (None, Some(_)) => Baseline::of(findings).apply(findings, ran),
        (None, None) => {}
    }
    findings.retain(|finding| rules::find(finding.rule).is_none_or(|rule| plan.rules.runs(rule)));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
}

/// Gives findings the severities that the configuration file wants.
fn relevel(findings: &mut [Finding], plan: &Plan) {
    for (rule, severity) in &plan.levels {
        findings.iter_mut().filter(|finding| finding.rule == rule).for_each(|f| f.severity = *severity);
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
}

/// The suppressions of all files, each file once.
fn directives(facts: &Facts) -> Vec<Directive> {
    // Each file with the services that read it.
    let mut files: Vec<(&Arc<str>, &str, Vec<String>)> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for service in facts.services.iter().map(|facts| &facts.service) {
        let overrides = || service.configuration.overrides().into_iter();
        let elsewhere = overrides().filter_map(Overrides::elsewhere).flat_map(Configuration::layers);
        let layers = service.configuration.layers().iter().chain(elsewhere);
        let texts = layers.map(|layer| (layer.file(), layer.document().text()));
        for (file, text) in texts.chain(overrides().flat_map(Overrides::sources)) {
            let at = *known.entry(file).or_insert_with(|| {
                files.push((file, text, Vec::new()));
                files.len() - 1
            });
            files[at].2.push(service.id.clone());
        }
    }
    files.iter().flat_map(|(file, text, services)| findings::directives(file, text, services)).collect()
}

/// Judges the same facts under a later release; what the rules find only there is
/// added to the findings.
fn upgrade(
    context: &rules::Context<'_>,
    plan: &Plan,
    (from, to): (&'static Release, &'static Release),
    findings: &mut Vec<Finding>,
) -> Upgrade {
    let after = context.facts.under(to);
    let matrix = trust::matrix(&after);
    let later = rules::check(&rules::Context::new(&after, &matrix), |rule| plan.rules.runs(rule));
    findings::add_later(findings, later, to.id);
    trust::compare((context.facts, context.matrix), (&after, &matrix), (from, to), findings)
}
