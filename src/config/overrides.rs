//! Values that beat the files: what a paste filter hands to its middleware.
//!
//! The middleware looks an option up by its name alone, whatever the section,
//! first here and then in the files. Values are converted to the option's type,
//! without `$` references and without taking quotes off; what is no option of
//! the middleware's own stays as it is.
//!
//! Source: keystonemiddleware `_common/config.py`.

use std::sync::Arc;

use super::layers::Configuration;
use super::lookup::{Origin, Reading, Set, Setting};
use super::place::Place;
use super::types::{Value, convert};
use crate::ini::Span;
use crate::secret::Secret;

/// One value.
#[derive(Debug, Clone)]
pub struct Override {
    /// The option's name.
    name: String,
    value: Secret,
    /// Whether it stands in the filter itself, not in what paste merges in.
    own: bool,
    /// Where it stands, and the same with the value masked; none for the paste
    /// file that the service ships.
    places: Option<(Place, Place)>,
}

impl Override {
    /// A value in a paste file.
    pub fn in_file(name: &str, value: String, file: &Arc<str>, text: &str, at: Span) -> Self {
        let place = |secret| Place::in_text(file, text, at, secret);
        let places = Some((place(false), place(true)));
        Self { name: name.to_owned(), value: Secret::new(value), own: true, places }
    }

    /// The same, but from the paste file's `[DEFAULT]`, which concerns others too.
    #[must_use]
    pub fn merged_in(mut self) -> Self {
        self.own = false;
        self
    }

    /// A value in the paste file that the service ships, which was not given.
    pub fn stock(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: Secret::new(value.to_owned()), own: false, places: None }
    }

    /// The option's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it stands in the filter itself.
    pub fn is_own(&self) -> bool {
        self.own
    }

    fn origin(&self, secret: bool) -> Origin {
        match &self.places {
            Some((_, masked)) if secret => Origin::File(masked.clone().into()),
            Some((plain, _)) => Origin::File(plain.clone().into()),
            None => Origin::StockPaste,
        }
    }

    /// The line, its value masked.
    pub fn masked_place(&self) -> Option<&Place> {
        self.places.as_ref().map(|(_, masked)| masked)
    }
}

/// What a paste filter hands over.
#[derive(Debug, Default)]
pub struct Overrides {
    /// In the order in which the middleware meets them.
    values: Vec<Override>,
    /// The filter's header; none for the stock paste file.
    header: Option<Place>,
    /// The files that the filter is pointed to in place of the service's.
    elsewhere: Option<Box<Configuration>>,
    /// The files it was read from and their texts, for the comments in them.
    sources: Vec<(Arc<str>, Secret)>,
    /// The filters of the same pipeline, in its order, the one in question included.
    pipeline: Vec<Neighbour>,
}

/// A filter of a pipeline.
#[derive(Debug, Clone)]
pub struct Neighbour {
    /// What makes it, such as `egg:swift#tempauth`.
    pub factory: String,
    /// The header of its section.
    pub header: Place,
}

impl Neighbour {
    /// The filter whose header stands at `header` of `text`.
    pub fn new(factory: String, file: &Arc<str>, text: &str, header: Span) -> Self {
        Self { factory, header: Place::in_text(file, text, header, false) }
    }
}

impl Overrides {
    /// The values of a filter whose header stands at `header` of `text`.
    pub fn of_filter(values: Vec<Override>, file: &Arc<str>, text: &str, header: Span) -> Self {
        let header = Some(Place::in_text(file, text, header, false));
        Self { values, header, ..Self::default() }
    }

    /// What a service's own paste file would hand over.
    pub fn stock(values: Vec<Override>) -> Self {
        Self { values, ..Self::default() }
    }

    /// The files that it was read from: swift reads a directory of them as one.
    #[must_use]
    pub fn of_files<'f>(mut self, files: impl Iterator<Item = (&'f Arc<str>, &'f str)>) -> Self {
        let sources = files.map(|(file, text)| (Arc::clone(file), Secret::new(text.to_owned())));
        self.sources = sources.collect();
        self
    }

    /// The pipeline that the filter stands in.
    #[must_use]
    pub fn in_pipeline(mut self, pipeline: Vec<Neighbour>) -> Self {
        self.pipeline = pipeline;
        self
    }

    /// The filter reads other files than its service.
    #[must_use]
    pub fn reading(mut self, elsewhere: Configuration) -> Self {
        self.elsewhere = Some(Box::new(elsewhere));
        self
    }

    /// The files it was read from and their texts, which may hold secrets.
    pub fn sources(&self) -> impl Iterator<Item = (&Arc<str>, &str)> {
        self.sources.iter().map(|(file, text)| (file, text.expose()))
    }

    /// The values in order.
    pub fn values(&self) -> &[Override] {
        &self.values
    }

    /// Whether they come from a file that was given.
    pub fn is_given(&self) -> bool {
        self.header.is_some()
    }

    /// The filter's header.
    pub fn header(&self) -> Option<&Place> {
        self.header.as_ref()
    }

    /// The filters of its pipeline, in order, as far as they were looked at.
    pub fn pipeline(&self) -> &[Neighbour] {
        &self.pipeline
    }

    /// The files that the filter reads in place of the service's.
    pub fn elsewhere(&self) -> Option<&Configuration> {
        self.elsewhere.as_deref()
    }

    /// How many files these are that are not `known` already.
    pub(super) fn files(&self, known: impl Fn(&str) -> bool) -> usize {
        let own = self.sources.iter().filter(|(file, _)| !known(file)).count();
        own + self.elsewhere.as_ref().map_or(0, |files| files.files())
    }
}

impl Configuration {
    /// The files that the service's middleware reads: the service's own, unless
    /// its filter is pointed elsewhere.
    pub fn of_middleware(&self) -> &Self {
        self.overrides().and_then(Overrides::elsewhere).unwrap_or(self)
    }

    /// One of the middleware's own options as the middleware reads it, from what its
    /// files give.
    pub fn overridden_own(&self, setting: Setting) -> Setting {
        let spec = setting.spec.clone();
        let known = |name: &str| name == spec.name || spec.deprecated.contains(&name);
        self.overridden(setting, known, |text| match convert(text.into(), &spec) {
            Ok(value) => Reading::Value(value),
            Err(invalid) => Reading::Invalid(invalid),
        })
    }

    /// The same for an option of an auth plugin.
    pub fn overridden_plugin(&self, setting: Setting) -> Setting {
        let spec = setting.spec.clone();
        self.overridden(
            setting,
            |name| name == spec.name,
            |text| {
                Reading::Value(if spec.secret { Value::Secret(Secret::new(text)) } else { Value::Str(text) })
            },
        )
    }

    fn overridden(
        &self,
        setting: Setting,
        known: impl Fn(&str) -> bool,
        read: impl Fn(String) -> Reading,
    ) -> Setting {
        let values = self.overrides().map_or(&[][..], Overrides::values);
        let Some(value) = values.iter().rfind(|value| known(&value.name)) else { return setting };
        let secret = setting.spec.secret;
        let written_as = setting.spec.deprecated.iter().find(|name| **name == value.name).copied();
        let set = Set { raw: value.value.clone(), origin: value.origin(secret), written_as };
        let reading = read(value.value.expose().to_owned());
        Setting { reading, secret, set: Some(Box::new(set)), ..setting }
    }
}
