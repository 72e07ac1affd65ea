//! The distribution of older systems, which have no os-release(5): a line as `CentOS release 6.10 (Final)` in `etc/redhat-release` and files of other
//! names for the same, the version alone in `etc/alpine-release` and `etc/debian_version`, or `DISTRIB_ID` and others in `etc/lsb-release`.

use facts::Distro;

use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "distro-release",
    revision: 2,
    files: &[
        Pattern::Path("etc/almalinux-release"),
        Pattern::Path("etc/alpine-release"),
        Pattern::Path("etc/azurelinux-release"),
        Pattern::Path("etc/centos-release"),
        Pattern::Path("etc/debian_version"),
        Pattern::Path("etc/fedora-release"),
        Pattern::Path("etc/lsb-release"),
        Pattern::Path("etc/mariner-release"),
        Pattern::Path("etc/oracle-release"),
        Pattern::Path("etc/photon-release"),
        Pattern::Path("etc/redhat-release"),
        Pattern::Path("etc/rocky-release"),
        Pattern::Path("etc/system-release"),
        Pattern::Path("usr/lib/system-release"),
    ],
    reads: Reads::Installed,
    read,
};

/// How names begin, with what os-release(5) calls the same.
const IDS: [(&str, &str); 11] = [
    ("AlmaLinux", "almalinux"),
    ("Amazon", "amzn"),
    ("CBL-Mariner", "mariner"),
    ("CentOS", "centos"),
    ("Fedora", "fedora"),
    ("Microsoft Azure Linux", "azurelinux"),
    ("Oracle", "ol"),
    ("Red Hat Enterprise Linux", "rhel"),
    ("Rocky", "rocky"),
    ("Scientific", "scientific"),
    ("VMware Photon", "photon"),
];

/// Distributions whose files have the day of a build behind the release.
const DATED: [&str; 2] = ["azurelinux", "mariner"];

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let Some(text) = file.short_text(found) else { return };
    let line = text.lines().next().unwrap_or_default().trim();
    found.distro = match file.name() {
        "alpine-release" => alpine(line),
        "debian_version" => debian(line),
        "lsb-release" => lsb(&text),
        _ => named(line),
    };
}

/// `8` of `8.11`, as os-release(5) has it, or the name of the release to come, `bullseye/sid`.
fn debian(line: &str) -> Option<Distro> {
    let (release, _) = line.split_once(['.', '/']).unwrap_or((line, ""));
    let name = format!("Debian GNU/Linux {line}");
    let is_release = !release.is_empty() && release.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_number = release.starts_with(|first: char| first.is_ascii_digit());
    let (version, codename) = if is_number { (release, "") } else { ("", release) };
    is_release.then(|| Distro { codename: codename.to_owned(), ..distro("debian", version, &name) })
}

/// The Linux Standard Base, `lsb_release`: as Ubuntu has it.
fn lsb(text: &str) -> Option<Distro> {
    let get = |name: &str| {
        let mut pairs = text.lines().filter_map(|line| line.split_once('='));
        pairs.find(|(known, _)| known.trim() == name).map_or("", |(_, value)| value.trim().trim_matches('"'))
    };
    let (id, version) = (get("DISTRIB_ID"), get("DISTRIB_RELEASE"));
    (id == "Ubuntu" && !version.is_empty()).then(|| Distro {
        codename: get("DISTRIB_CODENAME").to_owned(),
        ..distro("ubuntu", version, get("DISTRIB_DESCRIPTION"))
    })
}

fn alpine(version: &str) -> Option<Distro> {
    let is_version = version.starts_with(|first: char| first.is_ascii_digit());
    is_version.then(|| distro("alpine", version, &format!("Alpine Linux {version}")))
}

fn named(line: &str) -> Option<Distro> {
    let (_, id) = IDS.into_iter().find(|(name, _)| line.starts_with(name))?;
    let mut words = line.split_whitespace();
    let version = words.find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?;
    let version = if DATED.contains(&id) { version.rsplit_once('.')?.0 } else { version };
    Some(distro(id, version, line))
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
        check(
            "mariner-release",
            "CBL-Mariner 2.0.20220527\nMARINER_BUILD_NUMBER=0a\n",
            Some(("mariner", "2.0")),
        );
        check("photon-release", "VMware Photon OS 3.0\n", Some(("photon", "3.0")));
        check("debian_version", "8.11\n", Some(("debian", "8")));
        check("debian_version", "bullseye/sid\n", Some(("debian", "")));
        check("debian_version", "\n", None);
        let lsb = "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\nDISTRIB_DESCRIPTION=\"Ubuntu 14.04.6 LTS\"\n";
        check("lsb-release", lsb, Some(("ubuntu", "14.04")));
        check("lsb-release", "LSB_VERSION=1\n", None);
    }
}
