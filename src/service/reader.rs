//! Options as one reader sees them: the service itself, or the middleware in
//! front of it, which asks its paste filter first.

use crate::catalog::{self, InForce, Plugin, Version};
use crate::config::{Configuration, InSection, Place, Schema, Setting, Spec};

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

    /// A section whose options it reads.
    pub(super) fn section(&self, section: &str) -> SectionReader<'c> {
        SectionReader { lines: self.files().section(self.schema, section), reader: *self }
    }

    /// The options of an auth plugin that its keystoneauth1 knows.
    pub(super) fn plugin_settings(
        &self,
        section: &str,
        plugin: &'static Plugin,
    ) -> impl Iterator<Item = Setting> {
        let section = self.section(section);
        let settings = plugin.options(self.keystoneauth).map(move |option| section.lines.get(option));
        let (configuration, middleware) = (self.configuration, self.middleware);
        settings.map(
            move |setting| {
                if middleware { configuration.overridden_plugin(setting) } else { setting }
            },
        )
    }

    /// Where it reads what nothing overrides.
    fn files(&self) -> &'c Configuration {
        if self.middleware { self.configuration.of_middleware() } else { self.configuration }
    }

    /// The same by name; none if it is not registered.
    pub(super) fn named(&self, section: &str, name: &str) -> Option<Setting> {
        self.section(section).named(name)
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

/// A section as one reader sees it.
pub(super) struct SectionReader<'c> {
    lines: InSection<'c>,
    reader: Reader<'c>,
}

impl SectionReader<'_> {
    /// An option with a fixed place in the schema.
    pub(super) fn get(&self, spec: impl Into<Spec>) -> Setting {
        self.own(self.lines.get(spec))
    }

    /// The same by name; none if it is not registered.
    pub(super) fn named(&self, name: &str) -> Option<Setting> {
        self.lines.named(name).map(|setting| self.own(setting))
    }

    fn own(&self, setting: Setting) -> Setting {
        let Reader { middleware, configuration, .. } = self.reader;
        if middleware { configuration.overridden_own(setting) } else { setting }
    }
}
