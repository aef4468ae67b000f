//! `check`: from targets to a report.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::Exit;
use super::args::CheckArgs;
use super::error::CliError;
use super::output::{end, save, write};
use super::plan::{Inputs, Plan, plan};
use super::preview;
use super::progress::watched;
use super::settings;
use crate::catalog::{Release, ServiceKind, service_names};
use crate::config::{Configuration, Overrides};
use crate::deployment::{self, Packages, Process, Surroundings, Unchecked};
use crate::facts::{self, Facts, LoginState, ProbeFact, ServiceFacts, Skip};
use crate::findings::{self, Baseline, Directive, Finding};
use crate::keystone::Evidence;
use crate::report::{NotChecked, Outline, ReleaseFrom, Report, Verbosity};
use crate::rules;
use crate::service::{Identity, Service};
use crate::text::nearest;
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
    if let Some(path) = &plan.write_baseline {
        save(path, baseline.to_text().as_bytes())?;
    }
    write(&report, &plan.output)?;
    let exit = end(&report, plan.output.fail_on);
    // The process ends here. To take a large report apart would only keep its user
    // waiting, and no secret is in it that would have to be wiped.
    std::mem::forget(report);
    Ok(exit)
}

/// What the targets mean.
pub(super) struct Read {
    pub(super) services: Vec<Service>,
    /// The command line of each, where one was found.
    pub(super) commands: Vec<Option<String>>,
    /// What was met and not looked at.
    pub(super) unchecked: Vec<Unchecked>,
    /// The release in force where no other is known for a service, and how it is
    /// known.
    pub(super) release: (&'static Release, ReleaseFrom),
}

/// Reads the services that the targets mean. `met` sees each as soon as it is
/// there.
pub(super) fn services(inputs: &Inputs, mut met: impl FnMut(&Service)) -> Result<Read, CliError> {
    let resolved = deployment::resolve(&inputs.targets, &inputs.variables)?;
    let (processes, mut unchecked) = (&resolved.processes, resolved.unchecked);
    let mut finder = deployment::Finder::default();
    let installed: Vec<Option<Arc<Packages>>> = processes
        .iter()
        .map(|process| if inputs.releases.is_given(&process.name) { None } else { finder.of(process) })
        .collect();
    let named = processes.iter().map(|process| process.name.as_str()).zip(&installed);
    let release = inputs.releases.overall(named.filter_map(|(name, found)| Some((name, &**found.as_ref()?))));
    let mut services = Vec::new();
    for ((process, id), packages) in processes.iter().zip(ids(processes)).zip(installed) {
        let loaded = deployment::load(process, &inputs.environment)?;
        let in_force = inputs.releases.of(&process.name, packages.as_deref(), release.0);
        let identity = identity(process, id, loaded.paths, packages);
        let mut service = Service::new(identity, Arc::new(loaded.configuration), in_force)
            .with_policy_files(loaded.policy_files);
        service.gateways = loaded.gateways;
        met(&service);
        look_around(&mut service, process);
        services.push(service);
        for item in loaded.unchecked {
            if !unchecked.contains(&item) {
                unchecked.push(item);
            }
        }
    }
    let commands = processes.iter().map(|process| process.command.clone()).collect();
    Ok(Read { services, commands, unchecked, release })
}

/// Looks at what the service's files lie among: the files that they name, and who can
/// read them.
fn look_around(service: &mut Service, process: &Process) {
    let around = Surroundings::of(process, Path::new("/"));
    let now = u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or_default();
    let sessions = service.tls_sessions();
    let unusable = sessions.iter().flat_map(|session| {
        let faults = around.tls_faults(session.paths(), now);
        faults.into_iter().filter_map(|fault| session.unusable(fault))
    });
    service.unusable = unusable.collect();
    if service.kind == ServiceKind::Cinder {
        service.detach_policies =
            deployment::policies(process, &service.policy_files, &rules::DETACH_POLICIES);
    }
    let files = service.configuration.layers().iter().map(|layer| &**layer.file());
    service.exposed = around.exposed(files);
}

fn identity(process: &Process, id: String, paths: Vec<String>, packages: Option<Arc<Packages>>) -> Identity {
    Identity {
        name: process.name.clone(),
        id,
        process: process.process,
        method: process.method,
        paths,
        packages,
    }
}

/// NAME, else `NAME@` and all paths, else with `#2`.
fn ids(processes: &[Process]) -> Vec<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for process in processes {
        *counts.entry(&process.name).or_default() += 1;
    }
    let mut taken: HashMap<String, usize> = HashMap::new();
    processes
        .iter()
        .map(|process| {
            let id = if counts[process.name.as_str()] == 1 {
                process.name.clone()
            } else {
                let paths: Vec<&str> =
                    process.sources.iter().map(super::super::deployment::Source::label).collect();
                format!("{}@{}", process.name, paths.join(","))
            };
            let times = taken.entry(id.clone()).or_default();
            *times += 1;
            if *times == 1 { id } else { format!("{id}#{times}") }
        })
        .collect()
}

/// The report, and the baseline that knows all of it.
fn report(
    facts: Facts,
    plan: &Plan,
    unchecked: &[Unchecked],
    release: (&'static Release, ReleaseFrom),
) -> (Report, Baseline) {
    let matrix = trust::matrix(&facts);
    let context = rules::Context::new(&facts, &matrix);
    let mut findings = rules::check(&context, |rule| plan.rules.runs(rule));
    let upgrade =
        plan.inputs.releases.target.map(|to| upgrade(&context, plan, (release.0, to), &mut findings));
    set_aside(&mut findings, &facts, plan);
    relevel(&mut findings, plan);
    let baseline = Baseline::of(&findings);
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

fn not_checked(facts: &Facts, plan: &Plan, unchecked: &[Unchecked]) -> Vec<NotChecked> {
    let item = |what: &str, why: &str, how: &str| NotChecked {
        what: what.to_owned(),
        why: why.to_owned(),
        how: how.to_owned(),
    };
    let mut items = Vec::new();
    if !facts.live {
        items.push(item(
            "logins and the roles really granted",
            "--offline",
            "run it without --offline where Keystone can be reached",
        ));
    }
    if !facts.services.iter().any(|service| service.service.receiver.is_some()) {
        items.push(item(
            "what the receivers do with the token",
            "no receiver's file was given",
            "add cinder=FILE, glance=FILE, neutron=FILE",
        ));
    }
    items.extend(near_names(facts));
    let unseen: Vec<&str> = facts.unseen_receivers().into_iter().map(ServiceKind::label).collect();
    if !unseen.is_empty() && facts.services.iter().any(|service| service.service.receiver.is_some()) {
        let files: Vec<String> = unseen.iter().map(|name| format!("{name}=FILE")).collect();
        items.push(item(
            &format!("what {} of Keystone's catalogue does with the token", unseen.join(", ")),
            "no file of it was given",
            &format!("add {}", files.join(", ")),
        ));
    }
    let old = facts.logins_with_unknown_policies();
    if !old.is_empty() {
        items.push(item(
            &format!(
                "whether the users of {} hold the roles that the called services ask for",
                old.join(", ")
            ),
            "default policies are known from 2023.1 on",
            "--upgrade-to shows what a later release asks for",
        ));
    }
    items.extend(unchecked.iter().map(|Unchecked { what, why, how }| item(what, why, how)));
    if !plan.inputs.unused_variables.is_empty() {
        let names = plan.inputs.unused_variables.join(", ");
        items.push(item(
            &format!("this shell's {names}"),
            "a service has its own environment",
            "--with-env takes them for the services'",
        ));
    }
    items.extend(facts.trust_store.as_ref().map(|path| {
        item(
            "the trust stores of the services themselves",
            &format!("without cafile this host's counted, {path}; theirs may be another (requests brings certifi's)"),
            "set cafile in their sections",
        )
    }));
    items.extend(skipped_logins(facts));
    items.extend(unasked(facts));
    items
}

/// Running services that `--probe` learnt nothing from. That a cloud does not have
/// a service is no reason to speak of it.
fn unasked(facts: &Facts) -> Vec<NotChecked> {
    let is_receiver = |known: &ServiceFacts, kind| known.service.kind == kind && known.receiver.is_some();
    let has_file = |kind| facts.services.iter().any(|known| is_receiver(known, kind));
    let mut items: Vec<NotChecked> = Vec::new();
    for service in &facts.services {
        for ProbeFact { kind, outcome, .. } in &service.probes {
            let told = match outcome.evidence {
                Evidence::NotTried => false,
                Evidence::NoEndpoint => has_file(*kind),
                _ => true,
            };
            let Some(why) = outcome.evidence.why_none().filter(|_| told) else { continue };
            let target = kind.label();
            let at = if outcome.url.is_empty() { String::new() } else { format!(" at {}", outcome.url) };
            let item = NotChecked {
                what: format!("whether the running {target}{at} rejects {}'s token", service.service.name),
                why,
                how: outcome.evidence.help(target),
            };
            if !items.contains(&item) {
                items.push(item);
            }
        }
    }
    items
}

/// Services of no known name that is nearly a known one: whoever mistyped it gets a
/// receiver that nobody calls.
fn near_names(facts: &Facts) -> Vec<NotChecked> {
    let mut names: Vec<&str> = facts.services.iter().map(|known| known.service.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let unknown = names.into_iter().filter(|name| !service_names().any(|known| known == *name));
    unknown
        .filter_map(|name| {
            let near = nearest(name, service_names())?;
            Some(NotChecked {
                what: format!("who calls {name}"),
                why: "no service of that name is known here".to_owned(),
                how: format!("did you mean {near}?"),
            })
        })
        .collect()
}

/// Logins that a live run did not try for a reason of its own.
fn skipped_logins(facts: &Facts) -> Vec<NotChecked> {
    let mut items: Vec<NotChecked> = Vec::new();
    for service in &facts.services {
        let senders = service.service.senders.iter().map(|sender| sender.section).zip(&service.senders);
        let receiver = service.receiver.iter().map(|receiver| ("keystone_authtoken", &receiver.login));
        let others = service.other_logins().map(|(other, state)| (other.purpose.section, state));
        for (section, state) in senders.chain(receiver).chain(others) {
            let LoginState::Skipped { why: why @ (Skip::Unsupported(_) | Skip::Run(_)) } = state else {
                continue;
            };
            let known = NotChecked {
                what: format!("the login of {} [{section}]", service.service.id),
                why: why.reason(),
                how: "log in by hand with its settings".to_owned(),
            };
            if !items.contains(&known) {
                items.push(known);
            }
        }
    }
    items
}
