//! What the folders that were looked through do not hold, so that nobody has to look
//! there again: a tree of many services has as many folders, and each look takes
//! several system calls.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::{installed, policy};

/// What is known of folders.
#[derive(Debug, Default)]
pub struct Seen {
    folders: HashMap<PathBuf, Sight>,
}

/// What was seen of one folder.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sight {
    packages: bool,
    policies: bool,
}

impl Seen {
    pub(super) fn add(&mut self, folder: &Path, sight: Sight) {
        if !(sight.packages && sight.policies) {
            self.folders.insert(folder.to_path_buf(), sight);
        }
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.folders.extend(other.folders);
    }

    /// Whether nothing in a folder leads to installed packages.
    pub(super) fn has_no_packages(&self, folder: &Path) -> bool {
        self.folders.get(folder).is_some_and(|sight| !sight.packages)
    }

    /// Whether no policy file is in a folder.
    pub(super) fn has_no_policies(&self, folder: &Path) -> bool {
        self.folders.get(folder).is_some_and(|sight| !sight.policies)
    }
}

impl Sight {
    /// Takes note of a name that stands in the folder.
    pub(super) fn meets(&mut self, name: &str) {
        self.packages |= installed::is_way_to_packages(name);
        self.policies |= policy::is_way_to_policies(name);
    }

    /// Not all of its names could be read.
    pub(super) fn misses_some(&mut self) {
        *self = Self { packages: true, policies: true };
    }
}
