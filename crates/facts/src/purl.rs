//! Package URLs (purl-spec), which name a package of any ecosystem.

use std::collections::BTreeMap;

use crate::{Distro, Ecosystem, Package};

/// The package URL of a package; `distro` is where those of a distribution come from.
pub fn purl(package: &Package, distro: Option<&Distro>) -> String {
    let mut out = format!("pkg:{}/", package.ecosystem.name());
    let (namespace, name) = parts(package, distro);
    for part in namespace.split('/').filter(|part| !part.is_empty()) {
        escape(&mut out, part, b"");
        out.push('/');
    }
    escape(&mut out, &name, b"");
    if !package.version.is_empty() {
        out.push('@');
        // An epoch of rpm is a qualifier of its own.
        let version = match package.ecosystem {
            Ecosystem::Rpm => package.version.split_once(':').map_or(&*package.version, |(_, rest)| rest),
            _ => &package.version,
        };
        escape(&mut out, version, b":");
    }
    let mut separator = '?';
    for (key, value) in qualifiers(package, distro) {
        out.push(separator);
        out += &format!("{key}=");
        escape(&mut out, &value, b":/");
        separator = '&';
    }
    out
}

fn parts(package: &Package, distro: Option<&Distro>) -> (String, String) {
    let split = |name: &str, at: Option<usize>| match at {
        Some(at) => (name[..at].to_owned(), name[at + 1..].to_owned()),
        None => (String::new(), name.to_owned()),
    };
    let name = &package.name;
    match package.ecosystem {
        Ecosystem::Deb | Ecosystem::Apk | Ecosystem::Rpm => {
            let vendor = distro.map(|distro| distro.id.to_lowercase()).unwrap_or_default();
            // Red Hat is called otherwise in os-release(5).
            (if vendor == "rhel" { "redhat".to_owned() } else { vendor }, name.clone())
        }
        Ecosystem::Npm | Ecosystem::Golang => split(name, name.rfind('/')),
        Ecosystem::Maven => split(name, name.find(':')),
        Ecosystem::Pypi => (String::new(), pypi(name)),
        Ecosystem::Cargo | Ecosystem::Gem | Ecosystem::Conda => (String::new(), name.clone()),
    }
}

/// A name as `PyPI` knows it (PEP 503): in lower case, with one dash for each run of what parts words.
fn pypi(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for one in name.chars() {
        match one {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            other => out.extend(other.to_lowercase()),
        }
    }
    out
}

/// In the order of their names.
fn qualifiers<'a>(package: &'a Package, distro: Option<&Distro>) -> BTreeMap<&'a str, String> {
    let mut out: BTreeMap<&str, String> =
        package.qualifiers.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
    if !package.architecture.is_empty() {
        out.insert("arch", package.architecture.clone());
    }
    if !package.ecosystem.is_distro() {
        return out;
    }
    if let Some(distro) = distro {
        let version = if distro.version.is_empty() { &distro.codename } else { &distro.version };
        let joined = if version.is_empty() { distro.id.clone() } else { format!("{}-{version}", distro.id) };
        out.insert("distro", joined);
    }
    if let (Ecosystem::Rpm, Some((epoch, _))) = (package.ecosystem, package.version.split_once(':')) {
        out.insert("epoch", epoch.to_owned());
    }
    if let (Ecosystem::Rpm, Some(source)) = (package.ecosystem, &package.source) {
        // Sources of rpm are known by their files.
        out.insert("upstream", format!("{}-{}.src.rpm", source.name, source.version));
    } else if let Some(source) = &package.source {
        let same = source.version == package.version || source.version.is_empty();
        let version = if same { String::new() } else { format!("@{}", source.version) };
        out.insert("upstream", format!("{}{version}", source.name));
    }
    out
}

/// Percent-encodes all but unreserved characters and those in `also`.
fn escape(out: &mut String, text: &str, also: &[u8]) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ if also.contains(&byte) => out.push(char::from(byte)),
            _ => *out += &format!("%{byte:02X}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourcePackage;

    #[test]
    fn each_ecosystem_has_its_form() {
        let debian = Distro { id: "debian".to_owned(), version: "12".to_owned(), ..Distro::default() };
        let check = |ecosystem, name: &str, version: &str, expect: &str| {
            assert_eq!(purl(&Package::new(ecosystem, name, version), Some(&debian)), expect);
        };
        check(Ecosystem::Npm, "@a/b", "1.0.0", "pkg:npm/%40a/b@1.0.0");
        check(
            Ecosystem::Golang,
            "github.com/a/b/v2",
            "v2.0.0+incompatible",
            "pkg:golang/github.com/a/b/v2@v2.0.0%2Bincompatible",
        );
        check(Ecosystem::Maven, "org.a:b", "1", "pkg:maven/org.a/b@1");
        check(Ecosystem::Pypi, "Typing_Extensions", "4", "pkg:pypi/typing-extensions@4");
        check(Ecosystem::Pypi, "zope.interface-_x", "4", "pkg:pypi/zope-interface-x@4");
        check(Ecosystem::Gem, "rails", "7", "pkg:gem/rails@7");
        check(Ecosystem::Deb, "libc6", "1:2-3", "pkg:deb/debian/libc6@1:2-3?distro=debian-12");
        check(Ecosystem::Rpm, "a", "1:2-3", "pkg:rpm/debian/a@2-3?distro=debian-12&epoch=1");
    }

    #[test]
    fn a_source_of_another_name_or_version_is_said() {
        let source =
            |version: &str| Some(SourcePackage { name: "glibc".to_owned(), version: version.to_owned() });
        let mut package = Package::new(Ecosystem::Deb, "libc6", "2.36-9+b1");
        package.architecture = "amd64".to_owned();
        package.source = source("2.36-9");
        assert_eq!(purl(&package, None), "pkg:deb/libc6@2.36-9%2Bb1?arch=amd64&upstream=glibc%402.36-9");
        package.source = source("2.36-9+b1");
        assert_eq!(purl(&package, None), "pkg:deb/libc6@2.36-9%2Bb1?arch=amd64&upstream=glibc");
        let mut package = Package::new(Ecosystem::Rpm, "glibc", "2.34-60.el9");
        package.source = source("2.34-60.el9");
        let rhel = Distro { id: "rhel".to_owned(), version: "9.2".to_owned(), ..Distro::default() };
        let expect = "pkg:rpm/redhat/glibc@2.34-60.el9?distro=rhel-9.2&upstream=glibc-2.34-60.el9.src.rpm";
        assert_eq!(purl(&package, Some(&rhel)), expect);
        package.source = None;
        package.qualifiers.insert(crate::RPM_MODULE.to_owned(), "perl:5.32:8:0a".to_owned());
        let expect = "pkg:rpm/redhat/glibc@2.34-60.el9?distro=rhel-9.2&rpmmod=perl:5.32:8:0a";
        assert_eq!(purl(&package, Some(&rhel)), expect);
    }
}
