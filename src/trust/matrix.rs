//! All pairs of a run, equal ones together.

use std::collections::BTreeMap;

use super::verdict::{Judgement, judge};
use crate::facts::Facts;

/// Verdicts of every pair.
#[derive(Debug, Clone, Default)]
pub struct Matrix {
    /// Pairs that differ in nothing that matters share a row.
    pub rows: Vec<Row>,
}

/// The pairs of some senders with some receivers, which are all the same.
#[derive(Debug, Clone)]
pub struct Row {
    /// Indices of the sending services.
    pub senders: Vec<usize>,
    /// The senders' common name.
    pub sender_name: String,
    /// The section that sends.
    pub section: &'static str,
    /// Whether it needs no switch (see [`crate::service::Sender::implicit`]).
    pub implicit: bool,
    /// Indices of the receiving services.
    pub receivers: Vec<usize>,
    /// The receivers' common name.
    pub receiver_name: String,
    /// Whether the sender calls the receiver with its service token.
    pub used: Option<bool>,
    /// The verdict and why.
    pub judgement: Judgement,
}

/// What pairs of one sender with the receivers of one name have in common.
type Cell = (String, Option<bool>, Judgement, Vec<usize>);

/// Judges every pair.
pub fn matrix(facts: &Facts) -> Matrix {
    let mut rows: Vec<Row> = Vec::new();
    let mut known: BTreeMap<(String, &'static str, bool, Vec<Cell>), usize> = BTreeMap::new();
    // Ten thousand hosts may send, and a handful of services receive.
    let judged = facts.services.iter().enumerate();
    let judged = judged.filter(|(_, facts)| facts.receiver.is_some() || facts.service.gateways.is_some());
    let receivers: Vec<usize> = judged.map(|(index, _)| index).collect();
    for (index, service) in facts.services.iter().enumerate() {
        for (sender_index, sender) in service.service.senders.iter().enumerate() {
            let cells = cells(facts, index, sender_index, &receivers);
            let count = cells.len();
            let key = (service.service.name.clone(), sender.section, sender.implicit, cells);
            if let Some(&first) = known.get(&key) {
                rows[first..first + count].iter_mut().for_each(|row| row.senders.push(index));
                continue;
            }
            let first = rows.len();
            rows.extend(key.3.iter().map(|(receiver_name, used, judgement, receivers)| Row {
                senders: vec![index],
                sender_name: key.0.clone(),
                section: key.1,
                implicit: key.2,
                receivers: receivers.clone(),
                receiver_name: receiver_name.clone(),
                used: *used,
                judgement: judgement.clone(),
            }));
            known.insert(key, first);
        }
    }
    Matrix { rows }
}

/// One sender's verdicts, receivers of one name and verdict together.
fn cells(facts: &Facts, sender: usize, sender_index: usize, receivers: &[usize]) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    let service = &facts.services[sender];
    let implicit = service.service.senders[sender_index].implicit;
    let section = service.service.senders[sender_index].section;
    let swift_backup = service.service.swift_backup();
    for &index in receivers {
        let receiver = &facts.services[index];
        let Some(judgement) = judge(facts, service, sender_index, receiver) else { continue };
        let used = used(service, section, implicit, receiver, swift_backup);
        let name = &receiver.service.name;
        let same = cells.iter_mut().find(|cell| cell.0 == *name && cell.1 == used && cell.2 == judgement);
        match same {
            Some(cell) => cell.3.push(index),
            None => cells.push((name.clone(), used, judgement, vec![index])),
        }
    }
    cells
}

fn used(
    sender: &crate::facts::ServiceFacts,
    section: &str,
    implicit: bool,
    receiver: &crate::facts::ServiceFacts,
    swift_backup: bool,
) -> Option<bool> {
    use crate::catalog::ServiceKind;
    let to = receiver.service.kind;
    if section == "barbican_service_user" {
        return if to == ServiceKind::Other { None } else { Some(to == ServiceKind::Barbican) };
    }
    if implicit && section != "keystone_authtoken" {
        return if to == ServiceKind::Other { None } else { Some(to.name() == Some(section)) };
    }
    sender.service.kind.calls(to, implicit, swift_backup)
}
