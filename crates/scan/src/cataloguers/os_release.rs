//! The distribution, by os-release(5): `etc/os-release`, and `usr/lib/os-release`, to which the former is often a link.

use facts::Distro;

use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "os-release",
    revision: 2,
    files: &[Pattern::Path("etc/os-release"), Pattern::Path("usr/lib/os-release")],
    reads: Reads::Installed,
    read,
};

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let Some(text) = file.short_text(found) else { return };
    let mut distro = Distro::default();
    for line in text.lines() {
        let Some((name, value)) = line.trim().split_once('=') else { continue };
        let value = unquoted(value);
        match name {
            // In lower case, as it has to be.
            "ID" => distro.id = value.to_lowercase(),
            "VERSION_ID" => distro.version = value,
            "VERSION_CODENAME" => distro.codename = value,
            "PRETTY_NAME" => distro.name = value,
            "ID_LIKE" => distro.like = value.split_whitespace().map(str::to_owned).collect(),
            _ => {}
        }
    }
    found.distro = (!distro.id.is_empty()).then_some(distro);
}

/// A value without the quotes of a shell.
fn unquoted(value: &str) -> String {
    let value = value.trim();
    let inner = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    inner.unwrap_or(value).replace('\\', "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::found;

    #[test]
    fn distributions_are_read_as_a_shell_does() {
        let text = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=Debian\nVERSION_ID='12'\n# ID=no\nID_LIKE=\"a b\"\n";
        let distro = found(&CATALOGUER, "etc/os-release", text).distro.unwrap();
        assert_eq!((distro.id.as_str(), distro.version.as_str()), ("debian", "12"));
        assert_eq!((distro.name.as_str(), distro.like.len()), ("Debian GNU/Linux 12 (bookworm)", 2));
        assert!(found(&CATALOGUER, "etc/os-release", "NAME=x").distro.is_none());
    }
}
