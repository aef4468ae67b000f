//! From an application's name to the filters that a request passes on its way.

use super::grammar::{PasteFile, PasteSection};
use super::problem::PasteProblem;
use super::section::{Conf, Item, Names, Options};
use crate::ini::Span;

/// Sections nested deeper than this lead back to themselves.
const MAX_DEPTH: usize = 40;
/// Sections looked at before the search is given up: each of forty may name the
/// next one many times.
const MAX_VISITS: usize = 10_000;

/// Whose loader reads a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Loader {
    /// PasteDeploy as it is.
    #[default]
    PasteDeploy,
    /// Swift's, which leaves a value without `%(` as it stands: a lone `%` is
    /// itself, and `%%` is two.
    Swift,
}

/// Which way requests take through a file.
#[derive(Debug, Clone)]
pub struct Route<'r> {
    /// The application the service loads; `main` if it names none.
    pub application: &'r str,
    /// The key of the pipeline that OpenStack's `pipeline_factory` takes.
    pub strategy: &'r str,
    /// The folder of the file, for `%(here)s`.
    pub here: &'r str,
    /// The file, for `%(__file__)s`.
    pub path: &'r str,
    /// Whose loader it is.
    pub loader: Loader,
}

/// A filter as PasteDeploy makes it.
#[derive(Debug, Clone)]
pub struct Filter {
    /// The section's name, such as `filter:authtoken`.
    pub section: String,
    /// The header of the section.
    pub header: Span,
    /// What makes it: the value of `paste.filter_factory` or of `use`.
    pub factory: String,
    /// What the factory is handed: global options, then the filter's own.
    pub conf: Conf,
}

/// What was found on the way to an application.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The filters, in the order in which they are met.
    pub filters: Vec<Filter>,
}

impl PasteFile {
    /// All filters that stand before an application.
    ///
    /// # Errors
    ///
    /// What PasteDeploy refuses on the way; the service does not start.
    pub fn filters(&self, route: &Route<'_>) -> Result<Found, PasteProblem> {
        let names = Names { file: self, here: route.here, path: route.path, loader: route.loader };
        let mut walk = Walk { names, strategy: route.strategy, found: Found::default(), depth: 0, visits: 0 };
        walk.application(&Named::plain(route.application), None)?;
        Ok(walk.found)
    }

    /// Whether the file defines an application of that name.
    pub fn has_application(&self, name: &str) -> bool {
        APPLICATION.iter().flat_map(|prefixes| *prefixes).any(|prefix| self.defined(prefix, name).is_some())
    }

    /// The filters that any section defines, in use or not.
    ///
    /// # Errors
    ///
    /// As for [`PasteFile::filters`].
    pub fn all_filters(&self, route: &Route<'_>) -> Result<Found, PasteProblem> {
        let names = Names { file: self, here: route.here, path: route.path, loader: route.loader };
        let mut walk = Walk { names, strategy: route.strategy, found: Found::default(), depth: 0, visits: 0 };
        for section in self.sections.iter().filter(|section| section.name.starts_with("filter:")) {
            let name = section.name.trim_start_matches("filter:").trim();
            walk.filter(&Named::plain(name), None)?;
        }
        Ok(walk.found)
    }

    fn defined(&self, prefix: &str, name: &str) -> Option<&PasteSection> {
        self.sections.iter().find(|section| is_named(section, prefix, name))
    }
}

fn is_named(section: &PasteSection, prefix: &str, name: &str) -> bool {
    let rest = section.name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix(':'));
    rest.is_some_and(|rest| crate::ini::strip(rest) == name)
}

/// The prefixes of sections; of each row the first that fits counts.
const APPLICATION: &[&[&str]] =
    &[&["app", "application"], &["composite", "composit"], &["pipeline"], &["filter-app"]];
const FILTER: &[&[&str]] = &[&["filter"]];

/// A name and the line that names it.
struct Named<'n> {
    name: &'n str,
    line: Option<usize>,
}

impl<'n> Named<'n> {
    fn plain(name: &'n str) -> Self {
        Self { name, line: None }
    }

    fn of(name: &'n str, item: &Item) -> Self {
        Self { name, line: item.at.map(|at| at.line) }
    }

    /// Whether it names something outside the file: `egg:`, `call:`, `config:`.
    fn is_absolute(&self) -> bool {
        let scheme = self.name.split_once(':').map_or("", |(scheme, _)| scheme);
        !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphabetic())
    }
}

struct Walk<'f> {
    names: Names<'f>,
    strategy: &'f str,
    found: Found,
    depth: usize,
    visits: usize,
}

impl<'f> Walk<'f> {
    fn section(&self, kinds: &[&[&str]], named: &Named<'_>) -> Result<&'f PasteSection, PasteProblem> {
        let mut possible: Vec<&PasteSection> = Vec::new();
        for prefixes in kinds {
            let found = prefixes.iter().find_map(|prefix| {
                let sections = self.names.file.sections.iter();
                let found: Vec<_> = sections.filter(|s| is_named(s, prefix, named.name)).collect();
                (!found.is_empty()).then_some(found)
            });
            possible.extend(found.into_iter().flatten());
        }
        let name = || named.name.to_owned();
        match possible.as_slice() {
            [section] => Ok(section),
            [] => Err(PasteProblem::NoSuchName { line: named.line, name: name() }),
            _ => Err(PasteProblem::Ambiguous { line: named.line, name: name() }),
        }
    }

    fn deeper(&mut self, named: &Named<'_>) -> Result<(), PasteProblem> {
        self.depth += 1;
        self.visits += 1;
        if self.depth > MAX_DEPTH || self.visits > MAX_VISITS {
            return Err(PasteProblem::Loop { name: named.name.to_owned() });
        }
        Ok(())
    }

    fn application(&mut self, named: &Named<'_>, passed: Option<&Conf>) -> Result<(), PasteProblem> {
        if named.is_absolute() {
            return Ok(());
        }
        self.deeper(named)?;
        let section = self.section(APPLICATION, named)?;
        let mut options = self.names.options(section, passed)?;
        if let Some(with) = options.local.take("filter-with") {
            self.filter(&Named::of(&with.value, &with), Some(&options.global))?;
        }
        if section.name.starts_with("filter-app:") {
            self.filter_app(section, options)?;
        } else if section.name.starts_with("pipeline:") {
            self.pipeline(section, &options)?;
        } else {
            self.composite(options)?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn filter_app(&mut self, section: &PasteSection, mut options: Options) -> Result<(), PasteProblem> {
        let Some(next) = options.local.take("next") else {
            return Err(lacks(section, "next"));
        };
        let filter = self.made_filter(section, options.clone())?;
        self.found.filters.push(filter);
        self.application(&Named::of(&next.value, &next), Some(&options.global))
    }

    fn pipeline(&mut self, section: &PasteSection, options: &Options) -> Result<(), PasteProblem> {
        let Some(item) = options.local.get("pipeline") else {
            return Err(lacks(section, "pipeline"));
        };
        if let Some(extra) = options.local.items().iter().find(|item| item.name != "pipeline") {
            let line = extra.at.map(|at| at.line);
            return Err(PasteProblem::Extra { line, section: section.name.clone() });
        }
        self.row(item, Some(&options.global))
    }

    /// Filters and, at the end, an application.
    fn row(&mut self, item: &Item, passed: Option<&Conf>) -> Result<(), PasteProblem> {
        let names: Vec<&str> = item.value.split_whitespace().collect();
        let Some((application, filters)) = names.split_last() else { return Ok(()) };
        for filter in filters {
            self.filter(&Named::of(filter, item), passed)?;
        }
        self.application(&Named::of(application, item), passed)
    }

    /// A section that names its factory: a single application, or one that
    /// sends requests on to others.
    fn composite(&mut self, mut options: Options) -> Result<(), PasteProblem> {
        let factory = ["use", "paste.composite_factory", "paste.composit_factory"]
            .into_iter()
            .find_map(|name| options.local.take(name));
        let Some(factory) = factory else { return Ok(()) };
        let used = Named::of(&factory.value, &factory);
        if factory.name == "use" && !used.is_absolute() {
            return self.application(&used, Some(&options.global));
        }
        if factory.value.contains("pipeline_factory") {
            // It asks the loader for each name, without the options set here.
            return match options.local.get(self.strategy) {
                Some(item) => self.row(item, None),
                None => Ok(()),
            };
        }
        for item in options.local.items() {
            // Which of the options of an unknown factory name applications is
            // not known either; those that do not are passed over.
            let named = Named::of(&item.value, item);
            if named.is_absolute() || self.section(APPLICATION, &named).is_ok() {
                self.application(&named, Some(&options.global))?;
            }
        }
        Ok(())
    }

    fn filter(&mut self, named: &Named<'_>, passed: Option<&Conf>) -> Result<(), PasteProblem> {
        let filter = self.named_filter(named, passed)?;
        self.found.filters.extend(filter);
        Ok(())
    }

    /// A filter of the file; none if it stands outside.
    fn named_filter(
        &mut self,
        named: &Named<'_>,
        passed: Option<&Conf>,
    ) -> Result<Option<Filter>, PasteProblem> {
        if named.is_absolute() {
            return Ok(None);
        }
        self.deeper(named)?;
        let section = self.section(FILTER, named)?;
        let mut options = self.names.options(section, passed)?;
        if let Some(with) = options.local.take("filter-with") {
            self.filter(&Named::of(&with.value, &with), Some(&options.global))?;
        }
        let filter = self.made_filter(section, options)?;
        self.depth -= 1;
        Ok(Some(filter))
    }

    /// The filter that a section makes, itself or by way of the one it uses.
    fn made_filter(&mut self, section: &PasteSection, mut options: Options) -> Result<Filter, PasteProblem> {
        options.local.take("require");
        if let Some(used) = options.local.take("use") {
            let named = Named::of(&used.value, &used);
            let base = self.named_filter(&named, Some(&options.global))?;
            let (factory, mut conf) = match base {
                Some(base) => (base.factory, base.conf),
                None => (used.value.clone(), options.global),
            };
            conf.update(&options.local);
            return Ok(made(section, factory, conf));
        }
        let factory = ["paste.filter_factory", "paste.filter_app_factory"]
            .into_iter()
            .find_map(|name| options.local.take(name));
        let Some(factory) = factory else {
            return Err(lacks(section, "paste.filter_factory"));
        };
        let mut conf = options.global;
        conf.update(&options.local);
        Ok(made(section, factory.value, conf))
    }
}

fn made(section: &PasteSection, factory: String, conf: Conf) -> Filter {
    Filter { section: section.name.clone(), header: section.header, factory, conf }
}

fn lacks(section: &PasteSection, option: &'static str) -> PasteProblem {
    PasteProblem::Lacks { line: section.header.line, section: section.name.clone(), option }
}

impl Filter {
    /// Whether keystonemiddleware's `auth_token` makes it.
    pub fn is_auth_token(&self) -> bool {
        let factory = crate::ini::strip(&self.factory);
        let factory = factory.strip_prefix("call:").unwrap_or(factory);
        let spaceless: String = factory.split_whitespace().collect();
        spaceless.eq_ignore_ascii_case("egg:keystonemiddleware#auth_token")
            || spaceless == "keystonemiddleware.auth_token:filter_factory"
            || spaceless == "keystonemiddleware.auth_token.__init__:filter_factory"
            || self.drops_its_section()
            || self.may_drop_its_section()
    }

    /// Whether its factory passes on the global options alone: cyborg's and zun's own
    /// (`api/middleware/auth_token.py`) forget those of the filter.
    pub fn drops_its_section(&self) -> bool {
        matches!(self.own_factory(), Some("cyborg" | "zun"))
    }

    /// Whether that hangs on the release: magnum's forgot them before 23.0.0.
    pub fn may_drop_its_section(&self) -> bool {
        self.own_factory() == Some("magnum")
    }

    /// The service that puts a class of its own around the middleware's.
    fn own_factory(&self) -> Option<&str> {
        crate::ini::strip(&self.factory)
            .strip_suffix(".api.middleware.auth_token:AuthTokenMiddleware.factory")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTE: Route<'static> = Route {
        application: "main",
        strategy: "keystone",
        here: "/e",
        path: "/e/p.ini",
        loader: Loader::PasteDeploy,
    };

    fn conf(text: &str) -> Vec<(String, String)> {
        let found = PasteFile::parse(text.to_owned()).unwrap().filters(&ROUTE).unwrap();
        let filter = found.filters.into_iter().rfind(Filter::is_auth_token).unwrap();
        let items = filter.conf.items().iter().filter(|item| item.at.is_some());
        items.map(|item| (item.name.clone(), item.value.clone())).collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    const FILTER: &str = "[filter:a]\npaste.filter_factory = keystonemiddleware.auth_token:filter_factory\n";
    const APP: &str = "[app:x]\npaste.app_factory = m:f\n";

    #[test]
    fn an_option_that_default_has_too_keeps_the_value_of_default() {
        let text = format!("[DEFAULT]\nb = 1\n[pipeline:main]\npipeline = a x\n{APP}{FILTER}b = 2\nc = 3\n");
        assert_eq!(conf(&text), pairs(&[("b", "1"), ("c", "3")]));
        let text = format!("[DEFAULT]\nb = 1\n[pipeline:main]\npipeline = a x\n{APP}{FILTER}set b = 2\n");
        assert_eq!(conf(&text), pairs(&[("b", "2")]));
    }

    #[test]
    fn a_filter_may_use_another() {
        let text = format!(
            "[pipeline:main]\npipeline = b x\n{APP}{FILTER}c = 1\nd = 2\n[filter:b]\nuse = a\nd = 3\n"
        );
        assert_eq!(conf(&text), pairs(&[("c", "1"), ("d", "3")]));
    }

    #[test]
    fn the_strategy_chooses_the_pipeline() {
        let text = format!(
            "[composite:main]\nuse = egg:Paste#urlmap\n/: v\n[composite:v]\nuse = call:n.auth:pipeline_factory\n\
             noauth = x\nkeystone = a x\n{APP}{FILTER}c = %(here)s\n"
        );
        assert_eq!(conf(&text), pairs(&[("c", "/e")]));
    }

    #[test]
    fn names_that_lead_nowhere_are_problems() {
        let problem = |text: &str| PasteFile::parse(text.to_owned()).unwrap().filters(&ROUTE).unwrap_err();
        let text = "[pipeline:main]\npipeline = no x\n[app:x]\n";
        assert!(matches!(problem(text), PasteProblem::NoSuchName { line: Some(2), .. }));
        let text = "[composite:main]\nuse = main\n";
        assert!(matches!(problem(text), PasteProblem::Loop { .. }));
        let text = "[filter-app:main]\nnext = main\npaste.filter_factory = a:b\n";
        assert!(matches!(problem(text), PasteProblem::Loop { .. }));
    }
}
