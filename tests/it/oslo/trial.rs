//! Files in the order of their arguments, and what the real oslo.config and this
//! program make of them. An answer is given only if both give the same one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::ours;
use crate::cloud::judge::Source;
use crate::cloud::oslo::{self, Plain, Question, Reading, Refused, Value};

/// The plugin whose options stand in all login sections.
const PLUGINS: [&str; 3] = ["password", "password", "password"];

pub(super) struct Trial {
    directory: TempDir,
    sources: Vec<Source>,
    env: BTreeMap<String, String>,
}

/// A trial of one file, `0.conf`.
pub(super) fn one(text: impl AsRef<[u8]>) -> Trial {
    several(&[text.as_ref()])
}

/// A trial of the files `0.conf`, `1.conf` and so on.
pub(super) fn several<Text: AsRef<[u8]>>(texts: &[Text]) -> Trial {
    let names = (0..texts.len()).map(|index| format!("{index}.conf"));
    let files = names.zip(texts);
    files.fold(Trial::empty(), |trial, (name, text)| trial.put(&name, text).file(&name))
}

/// The user name in `[service_user]` of a file that has these lines there.
pub(super) fn user_of(lines: &str) -> Value {
    one(format!("[service_user]\n{lines}\n")).user()
}

/// An option of `[service_user]` of a file that has these lines there.
pub(super) fn in_service_user(lines: &str, option: &str) -> Value {
    one(format!("[service_user]\n{lines}\n")).get("service_user", option)
}

impl Trial {
    pub(super) fn empty() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), sources: Vec::new(), env: BTreeMap::new() }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file that no argument names yet.
    pub(super) fn put(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Adds `--config-file`.
    pub(super) fn file(mut self, name: &str) -> Self {
        let path = self.path(name);
        self.sources.push(Source::File(path));
        self
    }

    /// Adds `--config-dir`.
    pub(super) fn dir(mut self, name: &str) -> Self {
        let path = self.path(name);
        self.sources.push(Source::Dir(path));
        self
    }

    /// Sets an environment variable.
    pub(super) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    fn question(&self, asked: Option<(&str, &str)>) -> Question {
        let ask = asked.map(|(group, option)| (group.to_owned(), option.to_owned()));
        Question {
            sources: self.sources.clone(),
            env: self.env.clone(),
            plugins: PLUGINS,
            ask: ask.into_iter().collect(),
        }
    }

    /// One argument whose path is not to be joined with anything.
    pub(super) fn at(path: &str, directory: bool) -> Self {
        let path = PathBuf::from(path);
        let source = if directory { Source::Dir(path) } else { Source::File(path) };
        Self { sources: vec![source], ..Self::empty() }
    }

    /// `username` of `[service_user]`, as the real oslo.config alone reads it.
    pub(super) fn their_user(&self) -> Value {
        let question = self.question(Some(("service_user", "username")));
        match oslo::shared().ask(&[question]).unwrap().remove(0) {
            Reading::Values(mut values) => values.remove(0),
            refused @ Reading::Refused(_) => panic!("{refused:?}"),
        }
    }

    /// What the real oslo.config alone says.
    pub(super) fn theirs(&self) -> Reading {
        oslo::shared().ask(&[self.question(None)]).unwrap().remove(0)
    }

    fn both(&self, asked: Option<(&str, &str)>) -> Reading {
        let question = self.question(asked);
        let ours = ours::read(&question, &ours::schema(PLUGINS));
        let theirs = oslo::shared().ask(&[question]).unwrap().remove(0);
        assert_eq!(ours, theirs, "ours, then oslo.config's");
        theirs
    }

    /// The value of an option.
    pub(super) fn get(&self, group: &str, option: &str) -> Value {
        match self.both(Some((group, option))) {
            Reading::Values(mut values) => values.remove(0),
            refused @ Reading::Refused(_) => panic!("{refused:?}"),
        }
    }

    /// `username` of `[service_user]`.
    pub(super) fn user(&self) -> Value {
        self.get("service_user", "username")
    }

    /// `service_token_roles` of `[keystone_authtoken]`.
    pub(super) fn roles(&self) -> Value {
        self.get("keystone_authtoken", "service_token_roles")
    }

    /// Why the files are refused: the exception, and for what the grammar refuses
    /// the file's name, line and reason.
    pub(super) fn refusal(&self) -> (String, Option<(String, usize, String)>) {
        match self.both(None) {
            Reading::Refused(refused) => said(refused),
            values @ Reading::Values(_) => panic!("{values:?}"),
        }
    }

    /// The line and the reason of what the grammar refuses.
    pub(super) fn refused_at(&self) -> (usize, String) {
        let (_, line, reason) = self.refusal().1.unwrap();
        (line, reason)
    }
}

pub(super) fn said(refused: Refused) -> (String, Option<(String, usize, String)>) {
    let name = |file: String| Path::new(&file).file_name().unwrap().to_str().unwrap().to_owned();
    let place = refused.file.map(|file| (name(file), refused.line.unwrap(), refused.message.unwrap()));
    (refused.class, place)
}

/// A line and a reason, as [`Trial::refused_at`] gives them.
pub(super) fn at(line: usize, reason: &str) -> (usize, String) {
    (line, reason.to_owned())
}

pub(super) fn text(value: &str) -> Value {
    Value::Plain(Some(Plain::Text(value.to_owned())))
}

pub(super) fn null() -> Value {
    Value::Plain(None)
}

pub(super) fn boolean(value: bool) -> Value {
    Value::Plain(Some(Plain::Bool(value)))
}

pub(super) fn int(digits: &str) -> Value {
    Value::Int(digits.to_owned())
}

pub(super) fn float(text: &str) -> Value {
    Value::Float(text.to_owned())
}

pub(super) fn list(items: &[&str]) -> Value {
    Value::Plain(Some(Plain::List(items.iter().map(|item| (*item).to_owned()).collect())))
}

pub(super) fn error(class: &str) -> Value {
    Value::Error(class.to_owned())
}

/// A value of a file that its type does not take.
pub(super) fn bad() -> Value {
    error("ConfigFileValueError")
}
