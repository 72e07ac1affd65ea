//! Alpine's secdb (`secdb.alpinelinux.org/v3.20/main.json`): for each source package the versions that mended something. Version 0 says that
//! the package never had it.

use std::collections::BTreeMap;

use facts::Ecosystem;
use serde::Deserialize;

use super::{Source, json_with};
use crate::ecosystems::osv_shard;
use crate::import::Sink;
use crate::{Advisory, Bounds};

pub(crate) static SOURCE: Source = Source {
    name: "secdb",
    title: "list of Alpine's secdb",
    knows: |_, bytes| json_with(bytes, "reponame") && json_with(bytes, "packages"),
    read,
};

#[derive(Deserialize)]
struct List {
    /// `v3.20`; Wolfi has none.
    #[serde(default)]
    distroversion: String,
    /// `main` or `community`.
    #[serde(default)]
    reponame: String,
    #[serde(default)]
    packages: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    pkg: Package,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    #[serde(default)]
    secfixes: Option<BTreeMap<String, Option<Vec<String>>>>,
}

fn read(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), String> {
    let list: List = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let name = if list.distroversion.is_empty() {
        "Wolfi".to_owned()
    } else {
        format!("Alpine:{}", list.distroversion)
    };
    let (shard, _) = osv_shard(&name).ok_or("its release is not known")?;
    sink.published_by(&format!("secdb-{}", list.reponame));
    for Entry { pkg } in &list.packages {
        for (fixed, ids) in pkg.secfixes.iter().flatten().filter(|(fixed, _)| *fixed != "0") {
            for words in ids.iter().flatten() {
                let mut ids = words.split_whitespace().map(str::to_owned);
                let Some(id) = ids.next() else { continue };
                let bounds = vec![Bounds { fixed: fixed.clone(), ..Bounds::default() }];
                let advisory = Advisory { id, aliases: ids.collect(), bounds, ..Advisory::default() };
                sink.push(&shard, Ecosystem::Apk, &pkg.name, advisory);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::sources::tests::said;

    #[test]
    fn versions_that_mended_something_are_ends() {
        let text = r#"{"distroversion": "v3.20", "reponame": "main", "packages": [{"pkg": {"name": "a", "secfixes":
            {"1.2-r0": ["CVE-1 GHSA-1", "CVE-2"], "0": ["CVE-3"], "2-r0": null}}}]}"#;
        assert_eq!(
            said("main.json", text, "alpine-3.20", "a"),
            ["CVE-1 unknown ..1.2-r0", "CVE-2 unknown ..1.2-r0"]
        );
    }
}
