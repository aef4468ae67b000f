//! What a service process registers, as far as service tokens go.

use super::other;
use super::reader::Reader;
use crate::catalog::{self, InForce, Release, ServiceKind};
use crate::config::{Configuration, Schema};

/// The section with the receiver's options.
pub(super) const AUTHTOKEN: &str = "keystone_authtoken";
/// The section of nova's, cinder's and cyborg's sender.
pub(super) const SERVICE_USER: &str = "service_user";
/// The section of castellan's sender.
pub(super) const BARBICAN_SERVICE_USER: &str = "barbican_service_user";

/// Builds the schema: the fixed options first, then those of the auth plugin
/// that each section turns out to name.
pub(super) fn of(kind: ServiceKind, configuration: &Configuration, in_force: InForce) -> Schema {
    let mut schema = before_logins(kind, configuration, in_force);
    for section in login_sections(kind, configuration, &schema, in_force.release) {
        register_plugin(&mut schema, configuration, section, in_force);
    }
    schema
}

/// What is registered before any auth plugin is loaded. A `$name` that is read
/// by then can stand for none of a plugin's options.
pub(super) fn before_logins(kind: ServiceKind, configuration: &Configuration, in_force: InForce) -> Schema {
    let mut schema = Schema::new(catalog::registered(kind));
    schema.register("DEFAULT", const { &[catalog::switch("backup_swift_service_auth")] });
    schema.register(AUTHTOKEN, catalog::authtoken_at(kind, in_force));
    schema.register(AUTHTOKEN, catalog::common_auth());
    let switch = const { &[catalog::switch("send_service_user_token")] };
    if kind.reads_service_user() {
        schema.register(SERVICE_USER, switch);
    }
    if catalog::castellan_sends(in_force.release) {
        schema.register("barbican", switch);
    }
    if kind == ServiceKind::Keystone {
        catalog::keystone().for_each(|(section, option)| schema.register(section, [option]));
    }
    for section in &login_sections(kind, configuration, &schema, in_force.release)[1..] {
        schema.register(section, catalog::common_auth());
        schema.register(section, catalog::session(in_force.keystoneauth));
    }
    schema
}

/// The sections that may hold a login, the receiver's first.
fn login_sections(
    kind: ServiceKind,
    configuration: &Configuration,
    schema: &Schema,
    release: &Release,
) -> Vec<&'static str> {
    let mut sections = vec![AUTHTOKEN];
    if kind.reads_service_user() {
        sections.push(SERVICE_USER);
    }
    if sends_to_barbican(configuration, schema) {
        sections.push(BARBICAN_SERVICE_USER);
    }
    sections.extend(kind.session_sections());
    for login in other::sections(kind, configuration, release) {
        if !sections.contains(&login.section) {
            sections.push(login.section);
        }
    }
    sections
}

/// Whether castellan is told how to send a service token to barbican: by the
/// section, or by the switch alone, which is not enough but counts.
pub(super) fn sends_to_barbican(configuration: &Configuration, schema: &Schema) -> bool {
    // Before castellan 3.9.0 there is no such option.
    let switch = configuration.get_named(schema, "barbican", "send_service_user_token");
    switch.is_some_and(|switch| {
        configuration.has_section(BARBICAN_SERVICE_USER) || switch.is_invalid() || switch.bool() == Some(true)
    })
}

/// Registers the options of the plugin that `section` names, where it names one.
fn register_plugin(schema: &mut Schema, configuration: &Configuration, section: &str, in_force: InForce) {
    let holder = login_section(&reader(configuration, schema, section, in_force), section);
    if !schema.is_complete() && configuration.has_section(&holder) {
        // Where the service's options are not known, nor is whether it registers a
        // login in another section.
        let is_own = holder == section;
        schema.register(&holder, if is_own { catalog::common_auth() } else { catalog::uncertain_auth() });
    }
    if section == BARBICAN_SERVICE_USER && holder != section {
        // castellan registers its options when the files are read already, so that
        // keystoneauth1 sees where auth_section leads (`loading/conf.py`); nova and
        // cinder register theirs before.
        let [auth_type, _] = catalog::common_auth();
        schema.register(&holder, [auth_type]);
    }
    if !schema.has_group(&holder) {
        return;
    }
    let auth_type = reader(configuration, schema, section, in_force).named(&holder, "auth_type");
    let plugin = auth_type
        .as_ref()
        .and_then(|s| s.truthy_text())
        .and_then(|name| catalog::plugin_in(in_force.keystoneauth, name));
    if let Some(plugin) = plugin {
        schema.register(&holder, plugin.options(in_force.keystoneauth));
    }
}

/// Who reads the login of a section.
fn reader<'c>(
    configuration: &'c Configuration,
    schema: &'c Schema,
    section: &str,
    in_force: InForce,
) -> Reader<'c> {
    if section == AUTHTOKEN {
        Reader::middleware(configuration, schema, in_force)
    } else {
        Reader::service(configuration, schema, in_force)
    }
}

/// The section that holds the login of `section`: itself, or the one that its
/// `auth_section` names.
pub(super) fn login_section(reader: &Reader<'_>, section: &str) -> String {
    let named = reader.named(section, "auth_section");
    named.as_ref().and_then(|s| s.truthy_text()).unwrap_or(section).to_owned()
}
