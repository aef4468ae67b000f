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

    /// An option with a fixed place in the schema.
    pub(super) fn get(&self, section: &str, spec: &OptionSpec) -> Setting {
        let setting = self.files().get(self.schema, section, spec);
        if self.middleware { self.configuration.overridden_own(setting) } else { setting }
    }

    /// Several of one section.
    pub(super) fn get_all(&self, section: &str, specs: &[OptionSpec]) -> Vec<Setting> {
        let settings = self.files().get_all(self.schema, section, specs).into_iter();
        let own =
            |setting| if self.middleware { self.configuration.overridden_own(setting) } else { setting };
        settings.map(own).collect()
    }

    /// The options of an auth plugin that its keystoneauth1 knows.
    pub(super) fn plugin_settings(&self, section: &str, plugin: &Plugin) -> Vec<Setting> {
        let options = plugin.options(self.keystoneauth);
        let settings = self.files().get_all(self.schema, section, options).into_iter();
        let own =
            |setting| if self.middleware { self.configuration.overridden_plugin(setting) } else { setting };
        settings.map(own).collect()
    }

    /// Where it reads what nothing overrides.
    fn files(&self) -> &'c Configuration {
        if self.middleware { self.configuration.of_middleware() } else { self.configuration }
    }

    /// The same by name; none if it is not registered.
    pub(super) fn named(&self, section: &str, name: &str) -> Option<Setting> {
        Some(self.get(section, &self.schema.option(section, name)?))
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
