//! What a process has registered while it reads: one world for each choice of auth
//! plugins.

use nova_token_check::config::Schema;

use crate::oslo::ours;

/// A choice of plugins and the options that come with it.
pub(crate) struct World {
    pub(crate) plugins: [&'static str; 3],
    pub(crate) schema: Schema,
    pub(crate) options: Vec<Option>,
}

/// An option.
pub(crate) struct Option {
    pub(crate) group: String,
    pub(crate) name: String,
    /// The name and the old ones, as they are matched.
    pub(crate) names: Vec<String>,
}

/// All of them; together they put every plugin into every login section.
pub(crate) fn all() -> Vec<World> {
    ours::plugins().into_iter().map(World::new).collect()
}

impl World {
    fn new(plugins: [&'static str; 3]) -> Self {
        let schema = ours::schema(plugins);
        let mut options = Vec::new();
        for group in schema.groups() {
            for option in &group.options {
                let names = std::iter::once(&option.name).chain(option.deprecated);
                options.push(Option {
                    group: group.name.clone(),
                    name: option.name.to_owned(),
                    names: names.map(|name| (*name).to_owned()).collect(),
                });
            }
        }
        Self { plugins, schema, options }
    }
}
