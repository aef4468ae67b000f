//! What the rules about Keystone's own file share.

use super::Context;
use crate::catalog::ServiceKind;
use crate::config::{Reading, Setting, Value};
use crate::facts::ServiceFacts;

/// The Keystones whose file was given (`keystone=PATH`).
pub(super) fn keystones<'f>(context: &Context<'f>) -> impl Iterator<Item = &'f ServiceFacts> {
    let services = context.facts.services.iter();
    services.filter(|service| {
        service.service.kind == ServiceKind::Keystone && service.service.configuration.failure().is_none()
    })
}

/// A number that is set or has a default; a negative one counts as 0.
pub(super) fn number(service: &ServiceFacts, section: &str, option: &str) -> Option<(u64, Setting)> {
    let service = &service.service;
    let setting = service.configuration.get_named(&service.schema, section, option)?;
    let number = match &setting.reading {
        Reading::Value(Value::Int(digits)) if digits.starts_with('-') => 0,
        Reading::Value(Value::Int(digits)) => digits.parse().unwrap_or(u64::MAX),
        _ => return None,
    };
    Some((number, setting))
}
