//! The distribution of older systems, which have no os-release(5): a line as `CentOS release 6.10 (Final)` in `etc/redhat-release` and files of other
//! names for the same, or the version alone in `etc/alpine-release`.

use facts::Distro;

use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "distro-release",
    revision: 1,
    files: &[
        Pattern::Path("etc/alpine-release"),
        Pattern::Path("etc/centos-release"),
        Pattern::Path("etc/fedora-release"),
        Pattern::Path("etc/oracle-release"),
        Pattern::Path("etc/redhat-release"),
        Pattern::Path("etc/system-release"),
    ],
    reads: Reads::Installed,
    read,
};

/// How names begin, with what os-release(5) calls the same.
const IDS: [(&str, &str); 8] = [
    ("AlmaLinux", "almalinux"),
    ("Amazon", "amzn"),
    ("CentOS", "centos"),
    ("Fedora", "fedora"),
    ("Oracle", "ol"),
    ("Red Hat Enterprise Linux", "rhel"),
    ("Rocky", "rocky"),
    ("Scientific", "scientific"),
];

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let Some(text) = file.short_text(found) else { return };
    let line = text.lines().next().unwrap_or_default().trim();
    found.distro = if file.name() == "alpine-release" { alpine(line) } else { named(line) };
}

fn alpine(version: &str) -> Option<Distro> {
    let is_version = version.starts_with(|first: char| first.is_ascii_digit());
    is_version.then(|| distro("alpine", version, &format!("Alpine Linux {version}")))
}

fn named(line: &str) -> Option<Distro> {
    let (_, rest) = line.split_once(" release ")?;
    let version = rest.split_whitespace().next().unwrap_or_default();
    let (_, id) = IDS.into_iter().find(|(name, _)| line.starts_with(name))?;
    version.starts_with(|first: char| first.is_ascii_digit()).then(|| distro(id, version, line))
}

fn distro(id: &str, version: &str, name: &str) -> Distro {
    Distro { id: id.to_owned(), version: version.to_owned(), name: name.to_owned(), ..Distro::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::found;

    #[test]
    fn lines_name_a_distribution_and_its_version() {
        let check = |file: &str, line: &str, expect: Option<(&str, &str)>| {
            let distro = found(&CATALOGUER, &format!("etc/{file}"), line).distro;
            let said = distro.as_ref().map(|distro| (distro.id.as_str(), distro.version.as_str()));
            assert_eq!(said, expect, "{line}");
        };
        check("centos-release", "CentOS release 6.10 (Final)\n", Some(("centos", "6.10")));
        let line = "Red Hat Enterprise Linux Server release 6.10 (Santiago)\n";
        check("redhat-release", line, Some(("rhel", "6.10")));
        check("system-release", "Amazon Linux AMI release 2018.03", Some(("amzn", "2018.03")));
        check("redhat-release", "Something release 1", None);
        check("redhat-release", "CentOS release unknown", None);
        check("alpine-release", "3.18.4\n", Some(("alpine", "3.18.4")));
        check("alpine-release", "\n", None);
    }
}
