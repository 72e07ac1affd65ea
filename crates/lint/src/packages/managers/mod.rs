//! Package managers, one file each, with the words that they understand and what pins a version for them.

kit::table! {
    Manager;
    apk::MANAGER,
    apt::MANAGER,
    bun::MANAGER,
    bundler::MANAGER,
    cargo::MANAGER,
    composer::MANAGER,
    conda::MANAGER,
    dnf::MANAGER,
    gem::MANAGER,
    go::MANAGER,
    gradle::MANAGER,
    maven::MANAGER,
    npm::MANAGER,
    pacman::MANAGER,
    pip::MANAGER,
    pipenv::MANAGER,
    pipx::MANAGER,
    pnpm::MANAGER,
    poetry::MANAGER,
    uv::MANAGER,
    yarn::MANAGER,
    yum::MANAGER,
    zypper::MANAGER,
}

/// A package manager.
#[derive(Debug)]
pub(crate) struct Manager {
    /// Its name, as [`crate::Package`] has it.
    pub(crate) name: &'static str,
    /// The programs that it is called by, without a version at the end.
    pub(crate) programs: &'static [&'static str],
    /// Options whose value can be the next word.
    pub(crate) valued: &'static [&'static str],
    /// What it is told to do, by its first operands; the first entry that fits counts.
    pub(crate) verbs: &'static [(&'static str, Verb)],
    /// What it does when no operand says so.
    pub(crate) default: Verb,
    /// Options that name a file with packages or their versions.
    pub(crate) files: &'static [&'static str],
    /// What stands between a package and its version; empty when versions cannot be given so.
    pub(crate) separator: &'static str,
    /// Whether what stands behind `--` is for another program.
    pub(crate) ends_at_dashes: bool,
    /// What pins the version of a package that is given as an operand.
    pub(crate) pin: fn(&str) -> Pin,
    /// The directories below which it keeps what it downloads; `~` is the home of the user.
    pub(crate) caches: &'static [&'static str],
}

/// What a package manager is told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Verb {
    /// Installs packages, those named or those that a file of the project lists.
    Install,
    /// Installs what a lock file says.
    Restore,
    /// Runs a program of a package.
    Run,
    /// Reads the index of packages again.
    Refresh,
    /// Installs newer versions of what is there.
    Upgrade,
    /// The same, and replaces or removes packages for it.
    Replace,
    /// Removes packages.
    Remove,
    /// Removes what it has downloaded.
    Clean,
    /// Builds the project; what it needs is downloaded.
    Build,
    /// Anything else.
    Other,
}

/// How the version of a package is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Pin {
    /// Not at all.
    None,
    /// By a version or a range of versions.
    Version,
    /// By a name that moves: a tag like `latest`, a release.
    Channel,
    /// It is a file or directory.
    Local,
    /// It is an address.
    Remote,
    /// That depends on something unknown.
    Unknown,
}

/// Whether a text ends in one of these ways.
fn has_end(text: &str, ends: &[&str]) -> bool {
    ends.iter().any(|end| text.ends_with(end))
}

/// The manager of a program.
pub(crate) fn manager(program: &str) -> Option<&'static Manager> {
    let stem = program.trim_end_matches(|ch: char| ch.is_ascii_digit() || ch == '.').trim_end_matches('-');
    ALL.iter().copied().find(|manager| manager.programs.contains(&stem))
}

#[cfg(test)]
mod tests;
