//! Asks package indexes which version of a package is installed today.

use std::collections::BTreeMap;
use std::sync::Mutex;

use lint_rules::Package;

use crate::World;

/// What the indexes answered, once for all files.
pub(crate) struct Versions<'a> {
    _world: &'a World,
    known: Mutex<BTreeMap<(String, String), Option<String>>>,
}

impl<'a> Versions<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        Self { _world: world, known: Mutex::default() }
    }

    /// The version of a package; `None` when no index is known or answers.
    pub(crate) fn of(&self, package: &Package<'_>) -> Option<String> {
        let key = (package.manager.to_owned(), package.name.to_owned());
        self.known.lock().ok()?.get(&key).cloned().flatten()
    }
}
