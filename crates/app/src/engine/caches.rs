//! `--cache-from` and `--cache-to` at another engine: its own caches, in its own form.

use std::collections::BTreeMap;

use build_engine::ShareMode;
use buildkit::CacheEntry;

use store::Compression;

use super::Remote;
use crate::AppError;
use crate::build::Request;
use crate::caches::{CachePlace, CacheTo};

/// Caches that an engine cannot reach are refused.
pub(super) fn check(request: &Request) -> Result<(), AppError> {
    let from = request.cache_from.iter().map(|from| ("--cache-from", &from.place));
    let to = request.cache_to.iter().map(|to| ("--cache-to", &to.place));
    for (option, place) in from.chain(to) {
        let kind = match place {
            CachePlace::Registry(_) => continue,
            CachePlace::Local(..) => "local",
            CachePlace::Inline => "inline",
        };
        let message = format!("`{option} type={kind}` is not for a build at another engine");
        return Err(AppError::usage(message).help(format!("use `{option} type=registry,ref=NAME`")));
    }
    Ok(())
}

/// The caches that the engine reads.
pub(super) fn read(request: &Request) -> Vec<CacheEntry> {
    let entry = |place: &CachePlace| registry(place, BTreeMap::new());
    request.cache_from.iter().filter_map(|from| entry(&from.place)).collect()
}

/// The caches that it writes, when the build is not one that is only done again.
pub(super) fn written(remote: &Remote<'_>) -> Vec<CacheEntry> {
    let wanted = remote.session.request.cache_to.iter().filter(|_| remote.options.repeat.is_none());
    let entry = |to: &CacheTo| registry(&to.place, attrs(to));
    wanted.filter_map(entry).collect()
}

fn attrs(to: &CacheTo) -> BTreeMap<String, String> {
    let mode = match to.mode {
        ShareMode::Min => "min",
        ShareMode::Max => "max",
    };
    let mut attrs = BTreeMap::from([
        ("mode".to_owned(), mode.to_owned()),
        ("image-manifest".to_owned(), "true".to_owned()),
        ("oci-mediatypes".to_owned(), "true".to_owned()),
        ("ignore-error".to_owned(), to.ignore_error.to_string()),
    ]);
    if let Some(compression) = to.compression {
        let name = match compression {
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
            Compression::None => "uncompressed",
        };
        attrs.insert("compression".to_owned(), name.to_owned());
    }
    if let Some(level) = to.level {
        attrs.insert("compression-level".to_owned(), level.to_string());
    }
    attrs
}

fn registry(place: &CachePlace, mut attrs: BTreeMap<String, String>) -> Option<CacheEntry> {
    let CachePlace::Registry(name) = place else { return None };
    attrs.insert("ref".to_owned(), name.to_string());
    Some(CacheEntry { kind: "registry".to_owned(), attrs })
}
