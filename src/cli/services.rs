//! From targets to services: the files read, and what they lie among.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::error::CliError;
use super::plan::Inputs;
use crate::catalog::{Release, ServiceKind};
use crate::deployment::{self, Packages, Process, Source, Surroundings, Unchecked};
use crate::report::ReleaseFrom;
use crate::rules;
use crate::service::{Identity, Service};

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
    let (processes, seen, mut unchecked) = (&resolved.processes, &resolved.seen, resolved.unchecked);
    let mut finder = deployment::Finder::new(seen);
    let installed: Vec<Option<Arc<Packages>>> = processes
        .iter()
        .map(|process| if inputs.releases.is_given(&process.name) { None } else { finder.of(process) })
        .collect();
    let named = processes.iter().map(|process| process.name.as_str()).zip(&installed);
    let release = inputs.releases.overall(named.filter_map(|(name, found)| Some((name, &**found.as_ref()?))));
    let mut services = Vec::with_capacity(processes.len());
    for ((process, id), packages) in processes.iter().zip(ids(processes)).zip(installed) {
        let loaded = deployment::load(process, &inputs.environment, seen)?;
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
                let paths: Vec<&str> = process.sources.iter().map(Source::label).collect();
                format!("{}@{}", process.name, paths.join(","))
            };
            let times = taken.entry(id.clone()).or_default();
            *times += 1;
            if *times == 1 { id } else { format!("{id}#{times}") }
        })
        .collect()
}
