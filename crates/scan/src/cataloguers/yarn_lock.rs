//! What a project takes from npm by yarn: `yarn.lock` of version 1 and of later ones (berry).

use facts::{Ecosystem, Package};

use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "yarn-lock",
    revision: 2,
    files: &[Pattern::Name("yarn.lock")],
    reads: Reads::Declared,
    read,
};

fn read(file: &FileToRead<'_>, found: &mut Found) {
    if file.path.contains("node_modules/") {
        return;
    }
    let Some(text) = file.text(found) else { return };
    let (mut name, mut version, mut local) = (String::new(), String::new(), false);
    for line in text.lines().chain(["end:"]) {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        if line.starts_with(' ') {
            let field = line.trim();
            if let Some(value) = field.strip_prefix("version").filter(|_| version.is_empty()) {
                unquoted(value.trim_start_matches(':')).clone_into(&mut version);
            } else if let Some(value) = field.strip_prefix("resolution:") {
                let value = unquoted(value);
                local = value.contains("@workspace:") || value.contains("@link:");
                name_of(value).clone_into(&mut name);
            }
            continue;
        }
        if !name.is_empty() && !version.is_empty() && !local {
            found.push(Package::new(Ecosystem::Npm, std::mem::take(&mut name), std::mem::take(&mut version)));
        }
        version.clear();
        local = line.contains("@workspace:");
        let first = line.trim_end_matches(':').split(", ").next().unwrap_or_default();
        let is_package = !line.starts_with("__metadata") && line != "end:";
        (if is_package { name_of(unquoted(first)) } else { "" }).clone_into(&mut name);
    }
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['"', '\''])
}

/// `@a/b` of `@a/b@^1.0`; of an alias, or an address at a registry, the package that it stands for.
fn name_of(pattern: &str) -> &str {
    let at = pattern.get(1..).and_then(|rest| rest.find('@')).map(|at| at + 1);
    let Some(at) = at else { return pattern };
    let range = &pattern[at + 1..];
    if let Some(name) = at_registry(range) {
        return name;
    }
    match range.strip_prefix("npm:").filter(|other| other.starts_with('@') || other.contains('@')) {
        Some(other) => name_of(other),
        None => &pattern[..at],
    }
}

/// `@a/b` of `https://host/@a/b/-/b-1.0.0.tgz`: so registries lay out their archives. Forges have `/-/` in their paths, too.
fn at_registry(address: &str) -> Option<&str> {
    let (_, path) = address.split_once("://")?;
    let (path, archive) = path.split_once("/-/")?;
    let at = path.find("/@").or_else(|| path.rfind('/'))?;
    let name = &path[at + 1..];
    let bare = name.rsplit('/').next()?;
    let is_archive = [name, bare].iter().any(|name| {
        archive.strip_prefix(name).is_some_and(|rest| rest.starts_with('-') && rest.contains(".tgz"))
    });
    is_archive.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::check;

    #[test]
    fn old_and_new_files_are_read() {
        let old = "# yarn lockfile v1\n\n\n\"@a/b@^1.0\", \"@a/b@^1.1\":\n  version \"1.2.0\"\n  dependencies:\n    version \"^1\"\n\nc@~2:\n  version \"2.0.1\"\n\
                   \nx@npm:y@1:\n  version \"1.0.0\"\n\n\"x@https://host/@z/z/-/z-2.0.0.tgz\":\n  version \"2.0.0\"\n\
                   \n\"x@https://host/npm/w/-/w-3.0.0.tgz\":\n  version \"3.0.0\"\n\
                   \n\"v@https://host/g/other/-/archive/1/other-1.tgz\":\n  version \"4.0.0\"\n";
        check(
            &CATALOGUER,
            "yarn.lock",
            old,
            &["@a/b 1.2.0", "c 2.0.1", "y 1.0.0", "@z/z 2.0.0", "w 3.0.0", "v 4.0.0"],
        );
        let new = "__metadata:\n  version: 6\n\n\"@a/b@npm:^1.0, @a/b@npm:^1.1\":\n  version: 1.2.0\n  resolution: \"@a/b@npm:1.2.0\"\n\n\
                   'b@npm:^2':\n  version: '2.0.0'\n\n\"me@workspace:.\":\n  version: 0.0.0-use.local\n  resolution: \"me@workspace:.\"\n";
        check(&CATALOGUER, "yarn.lock", new, &["@a/b 1.2.0", "b 2.0.0"]);
    }
}
