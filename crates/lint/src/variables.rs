//! Which variables are there without an instruction of the file.

use kit::edit_distance;
use stage::Base;

use crate::context::Context;

/// Arguments that are declared in every file (Dockerfile reference, "Automatic platform ARGs in the global scope").
pub(crate) const AUTOMATIC: &[&str] = &[
    "BUILDARCH",
    "BUILDOS",
    "BUILDOSVERSION",
    "BUILDPLATFORM",
    "BUILDVARIANT",
    "TARGETARCH",
    "TARGETOS",
    "TARGETOSVERSION",
    "TARGETPLATFORM",
    "TARGETSTAGE",
    "TARGETVARIANT",
];

/// Whether FROM lines know an argument without its declaration.
pub(crate) fn is_automatic(name: &str) -> bool {
    AUTOMATIC.contains(&name)
}

/// Whether a stage knows a variable whatever is declared. The arguments for proxies are lent to steps alone.
pub(crate) fn is_predefined(name: &str) -> bool {
    name == "PATH"
}

/// Images of distributions, whose environment is a path and nothing else.
const BARE_IMAGES: &[&str] = &[
    "almalinux",
    "alpine",
    "amazonlinux",
    "archlinux",
    "busybox",
    "centos",
    "debian",
    "kalilinux/kali-rolling",
    "opensuse/leap",
    "opensuse/tumbleweed",
    "oraclelinux",
    "rockylinux",
    "ubuntu",
];

/// The variables that the image at the root of a stage defines; `None` when they are not known.
pub(crate) fn base_variables(context: &Context<'_>, stage: usize) -> Option<Vec<String>> {
    let base = context.graph.root_base(stage);
    if base == Some(&Base::Scratch) {
        return Some(Vec::new());
    }
    let (image, _) = context.root_image(stage)?;
    if BARE_IMAGES.contains(&image.as_str()) {
        return Some(Vec::new());
    }
    let Some(Base::Image { reference: Some(reference), .. }) = base else { return None };
    context.project()?.variables(reference, &context.options.platform())
}

/// Names that differ by more letters than this are not meant.
const FARTHEST: usize = 2;

/// The name that is meant by a misspelt one.
pub(crate) fn near_name<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > 64 {
        return None;
    }
    let near = names.into_iter().filter(|known| known.len() <= 64 && *known != name);
    let near = near.map(|known| (edit_distance(name, known), known));
    let best = near
        .filter(|(found, known)| *found <= FARTHEST && *found < known.len())
        .min_by_key(|(found, _)| *found);
    best.map(|(_, known)| known)
}

/// The name that `BuildKit` suggests in the place of an unknown one: the nearest, however short it is.
pub(crate) fn suggested<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let short = |name: &str| name.len() <= 64;
    let near = names.into_iter().filter(|known| short(known) && short(name) && *known != name);
    let near = near.map(|known| (edit_distance(name, known), known)).filter(|(found, _)| *found <= FARTHEST);
    near.min_by_key(|(found, _)| *found).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found() {
        let check = |name: &str, expect: Option<&str>| {
            assert_eq!(near_name(name, ["VERSION", "PATH", "X"]), expect, "{name}");
        };
        check("VERSOIN", Some("VERSION"));
        check("PAHT", Some("PATH"));
        check("Y", None);
        check("OTHER", None);
        assert_eq!(suggested("Y", ["VERSION", "X"]), Some("X"));
        assert_eq!(suggested("OTHER", ["VERSION", "X"]), None);
    }
}
