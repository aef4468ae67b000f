//! Options as one reader sees them: the service itself, or the middleware in
//! front of it, which asks its paste filter first.

use crate::catalog::{self, InForce, Plugin, Version};
use crate::config::{Configuration, OptionSpec, Place, Schema, Setting};

/// Who reads.
#[derive(Clone, Copy)]
pub(super) struct Reader<'c> {
    configuration: &'c Configuration,
    schema: &'c Schema,
    middleware: bool,
    /// The version of keystoneauth1 that it logs in with.
    keystoneauth: Version,
}

impl<'c> Reader<'c> {
    /// The service's own code.
    pub(super) fn service(configuration: &'c Configuration, schema: &'c Schema, in_force: InForce) -> Self {
        Self { configuration, schema, middleware: false, keystoneauth: in_force.keystoneauth }
    }

    /// The middleware in front of it.
    pub(super) fn middleware(
        configuration: &'c Configuration,
        schema: &'c Schema,
        in_force: InForce,
    ) -> Self {
        Self { configuration, schema, middleware: true, keystoneauth: in_force.keystoneauth }
    }

    /// An auth plugin by name, if its keystoneauth1 has it.
    pub(super) fn plugin(&self, name: &str) -> Option<&'static Plugin> {
        catalog::plugin_in(self.keystoneauth, name)
    }

    /// The options of a plugin that its keystoneauth1 knows.
    pub(super) fn plugin_options(
        &self,
        plugin: &'static Plugin,
    ) -> impl Iterator<Item = &'static OptionSpec> {
        plugin.options(self.keystoneauth)
    }

    /// An option with a fixed place in the schema.
    pub(super) fn get(&self, section: &str, spec: &OptionSpec) -> Setting {
        if self.middleware {
            self.configuration.get_in_middleware(self.schema, section, spec)
        } else {
            self.configuration.get(self.schema, section, spec)
        }
    }

    /// The same by name; none if it is not registered.
    pub(super) fn named(&self, section: &str, name: &str) -> Option<Setting> {
        Some(self.get(section, &self.schema.option(section, name)?))
    }

    /// An option of an auth plugin.
    pub(super) fn plugin_option(&self, section: &str, spec: &OptionSpec) -> Setting {
        if self.middleware {
            self.configuration.get_plugin_in_middleware(self.schema, section, spec)
        } else {
            self.configuration.get(self.schema, section, spec)
        }
    }

    /// The header of a section (normalised name); for the middleware also that
    /// of its filter.
    pub(super) fn header(&self, section: &str) -> Option<Place> {
        if !self.middleware {
            return self.configuration.header(section);
        }
        let filter = || self.configuration.overrides()?.header().cloned();
        self.configuration.of_middleware().header(section).or_else(filter)
    }
}
