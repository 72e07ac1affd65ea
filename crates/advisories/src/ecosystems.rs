//! Which shard has what is known of a package, under which name, and how its versions are ordered.

use facts::{Distro, Ecosystem, Package};

/// What to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The shard.
    pub shard: String,
    /// The name of the package there.
    pub name: String,
    /// The version that counts: that of the source package where advisories are about those.
    pub version: String,
    /// The scheme of its versions.
    pub scheme: &'static str,
}

/// Code names of Debian's releases; its tracker names releases so, all others by number.
const DEBIAN: &[(&str, &str)] = &[
    ("stretch", "9"),
    ("buster", "10"),
    ("bullseye", "11"),
    ("bookworm", "12"),
    ("trixie", "13"),
    ("forky", "14"),
    ("duke", "15"),
];

/// What to ask for a package; nothing when no source knows its distribution.
pub fn asked(package: &Package, distro: Option<&Distro>) -> Option<Asked> {
    let ask = |shard: &str, scheme, (name, version): (&str, &str)| Asked {
        shard: shard.to_owned(),
        name: normal(package.ecosystem, name),
        version: version.to_owned(),
        scheme,
    };
    let own = (package.name.as_str(), package.version.as_str());
    Some(match package.ecosystem {
        Ecosystem::Deb => ask(&distro_shard(distro?)?, "dpkg", package.source()),
        Ecosystem::Apk => ask(&distro_shard(distro?)?, "apk", package.source()),
        Ecosystem::Rpm => ask(&distro_shard(distro?)?, "rpm", own),
        Ecosystem::Npm => ask("npm", "semver", own),
        Ecosystem::Pypi => ask("pypi", "pep440", own),
        Ecosystem::Golang => ask("go", "go", own),
        Ecosystem::Cargo => ask("cargo", "semver", own),
        Ecosystem::Gem => ask("gem", "gem", own),
        Ecosystem::Maven => ask("maven", "maven", own),
        // Nobody publishes advisories about its builds.
        Ecosystem::Conda => return None,
    })
}

/// The shard of a distribution's release.
fn distro_shard(distro: &Distro) -> Option<String> {
    let version = distro.version.as_str();
    Some(match distro.id.as_str() {
        "debian" if version.is_empty() => {
            debian_release(&distro.codename).unwrap_or_else(|| "debian-sid".to_owned())
        }
        "debian" => format!("debian-{}", major(version)),
        "ubuntu" => format!("ubuntu-{version}"),
        "alpine" => format!("alpine-{}", two(version)),
        "wolfi" | "chainguard" => "wolfi".to_owned(),
        "almalinux" | "rocky" => format!("{}-{}", distro.id, major(version)),
        _ => return None,
    })
}

/// The shard of a code name of Debian.
pub(crate) fn debian_release(codename: &str) -> Option<String> {
    if codename == "sid" {
        return Some("debian-sid".to_owned());
    }
    DEBIAN.iter().find(|(name, _)| *name == codename).map(|(_, number)| format!("debian-{number}"))
}

/// The shard of an ecosystem as OSV names it (OSV schema, "Defined ecosystems"), and the scheme of its versions.
pub(crate) fn osv_shard(ecosystem: &str) -> Option<(String, Ecosystem)> {
    let (name, release) = ecosystem.split_once(':').unwrap_or((ecosystem, ""));
    Some(match name {
        "npm" => ("npm".to_owned(), Ecosystem::Npm),
        "PyPI" => ("pypi".to_owned(), Ecosystem::Pypi),
        "Go" => ("go".to_owned(), Ecosystem::Golang),
        "crates.io" => ("cargo".to_owned(), Ecosystem::Cargo),
        "RubyGems" => ("gem".to_owned(), Ecosystem::Gem),
        "Maven" => ("maven".to_owned(), Ecosystem::Maven),
        "Debian" => (format!("debian-{}", if release.is_empty() { "sid" } else { release }), Ecosystem::Deb),
        "Ubuntu" => (format!("ubuntu-{}", ubuntu(release)), Ecosystem::Deb),
        "Alpine" => (format!("alpine-{}", release.trim_start_matches('v')), Ecosystem::Apk),
        "Wolfi" | "Chainguard" => ("wolfi".to_owned(), Ecosystem::Apk),
        "AlmaLinux" => (format!("almalinux-{}", major(release)), Ecosystem::Rpm),
        "Rocky Linux" => (format!("rocky-{}", major(release)), Ecosystem::Rpm),
        _ => return None,
    })
}

/// `22.04` of `22.04:LTS` and of `Pro:22.04:LTS`.
fn ubuntu(release: &str) -> &str {
    release.split(':').find(|part| part.starts_with(|first: char| first.is_ascii_digit())).unwrap_or(release)
}

/// The name by which a package is found, however it is spelled (PEP 503 for Python).
pub(crate) fn normal(ecosystem: Ecosystem, name: &str) -> String {
    if ecosystem != Ecosystem::Pypi {
        return name.to_owned();
    }
    let mut out = String::with_capacity(name.len());
    for byte in name.chars() {
        let byte = if matches!(byte, '_' | '.') { '-' } else { byte.to_ascii_lowercase() };
        if byte != '-' || !out.ends_with('-') {
            out.push(byte);
        }
    }
    out
}

fn major(version: &str) -> &str {
    version.split('.').next().unwrap_or_default()
}

fn two(version: &str) -> String {
    version.split('.').take(2).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_have_one_name_whoever_speaks_of_them() {
        let check = |id: &str, version: &str, osv: &str| {
            let distro = Distro { id: id.to_owned(), version: version.to_owned(), ..Distro::default() };
            assert_eq!(distro_shard(&distro), osv_shard(osv).map(|(shard, _)| shard), "{osv}");
        };
        check("debian", "12", "Debian:12");
        check("debian", "", "Debian");
        check("ubuntu", "22.04", "Ubuntu:Pro:22.04:LTS");
        check("alpine", "3.19.1", "Alpine:v3.19");
        check("almalinux", "9.4", "AlmaLinux:9");
        assert_eq!(debian_release("bookworm").as_deref(), Some("debian-12"));
    }

    #[test]
    fn names_of_python_have_one_spelling() {
        assert_eq!(normal(Ecosystem::Pypi, "Zope._Interface"), "zope-interface");
        assert_eq!(normal(Ecosystem::Npm, "A_b"), "A_b");
    }
}
