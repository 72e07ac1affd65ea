//! `--cache-from` and `--cache-to`: results of steps at a registry, in a directory, or in the image itself.
//!
//! The form is cooper's own (`docs/cache-format.md`): an OCI manifest whose configuration is a [`CacheDocument`].

use std::path::PathBuf;

use build_engine::{
    AssembleOptions, CacheDocument, CacheSource, INLINE_CACHE, Imports, ShareMode, Solved, share,
    shared_steps,
};
use image::{Descriptor, ImageConfig, Index, Manifest, Platform, Reference, media_type};
use plan::Plan;
use registry::NoProgress;
use store::{Compression, ExportOptions, Store};

use crate::output;
use crate::request::key_values;
use crate::transfer::{Cargo, Origins, pull_blob, push_descriptor};
use crate::{AppError, World};

/// Type of the configuration, and of the artifact.
const DOCUMENT: &str = "application/vnd.cooper.cache.v1+json";
/// Larger configurations of images than this are not looked into.
const MAX_CONFIG: u64 = 16 << 20;

/// Where a cache is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CachePlace {
    /// An artifact at a registry; to read, also an image that has one in it.
    Registry(Reference),
    /// An OCI layout in a directory, and the name within.
    Local(PathBuf, String),
    /// The image that is built.
    Inline,
}

/// One `--cache-from`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheFrom {
    /// Where it is.
    pub place: CachePlace,
}

/// One `--cache-to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheTo {
    /// Where it goes.
    pub place: CachePlace,
    /// Which steps.
    pub mode: ShareMode,
    /// How layers are compressed, where it is not as the image has it.
    pub compression: Option<Compression>,
    /// And how hard.
    pub level: Option<i32>,
    /// Whether the build goes on when it cannot be written.
    pub ignore_error: bool,
}

/// The values of an option.
#[derive(Default)]
struct Fields {
    kind: String,
    reference: Option<String>,
    dir: Option<String>,
    tag: Option<String>,
    mode: Option<String>,
    compression: Option<String>,
    level: Option<i32>,
    ignore_error: bool,
}

impl Fields {
    /// Reads the keys that `buildx` knows.
    fn parse(option: &str, text: &str) -> Result<Self, String> {
        let mut fields = Self::default();
        if !text.contains('=') {
            // A name alone is an image.
            return Ok(Self { kind: "registry".to_owned(), reference: Some(text.to_owned()), ..fields });
        }
        for (key, value) in key_values(text)? {
            let flag = !matches!(value.as_str(), "false" | "0");
            match key.as_str() {
                "type" => fields.kind = value,
                "ref" => fields.reference = Some(value),
                "src" | "dest" => fields.dir = Some(value),
                "tag" => fields.tag = Some(value),
                "mode" => fields.mode = Some(value),
                "compression" => fields.compression = Some(value),
                "compression-level" => {
                    let level = value.parse().map_err(|_| format!("`{value}` is no compression level"))?;
                    fields.level = Some(level);
                }
                "ignore-error" => fields.ignore_error = flag,
                // The form is always an image manifest of OCI types, all of it compressed alike.
                "image-manifest" | "oci-mediatypes" if flag => {}
                "force-compression" => {}
                "image-manifest" | "oci-mediatypes" => {
                    return Err(format!(
                        "`{option} {key}=false` is not possible: it is always an OCI image manifest"
                    ));
                }
                _ => return Err(format!("`{option}` does not know `{key}`")),
            }
        }
        Ok(fields)
    }

    fn place(&self, option: &str) -> Result<CachePlace, String> {
        match self.kind.as_str() {
            "registry" => {
                let text = self.reference.as_ref();
                let text = text.ok_or_else(|| format!("`{option} type=registry` needs `ref=NAME`"))?;
                let name: Reference =
                    text.parse().map_err(|error: image::ReferenceError| error.to_string())?;
                Ok(CachePlace::Registry(name))
            }
            "local" => {
                let dir = self.dir.as_ref();
                let key = if option == "--cache-to" { "dest" } else { "src" };
                let dir = dir.ok_or_else(|| format!("`{option} type=local` needs `{key}=DIR`"))?;
                let tag = self.tag.clone().unwrap_or_else(|| "latest".to_owned());
                Ok(CachePlace::Local(PathBuf::from(dir), tag))
            }
            "inline" => Ok(CachePlace::Inline),
            "gha" | "s3" | "azblob" => {
                Err(format!("`{option} type={}` is not supported; use `registry` or `local`", self.kind))
            }
            other => Err(format!("`{option}` has no type `{other}`; use `registry`, `local` or `inline`")),
        }
    }
}

impl CacheFrom {
    /// Reads the option's value.
    pub fn parse(text: &str) -> Result<Self, String> {
        let place = Fields::parse("--cache-from", text)?.place("--cache-from")?;
        if place == CachePlace::Inline {
            return Err("`--cache-from type=inline` does not say where; name the image with \
                        `type=registry,ref=NAME`"
                .to_owned());
        }
        Ok(Self { place })
    }
}

impl CacheTo {
    /// Reads the option's value.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fields = Fields::parse("--cache-to", text)?;
        let mode = match fields.mode.as_deref() {
            None | Some("min") => ShareMode::Min,
            Some("max") => ShareMode::Max,
            Some(other) => return Err(format!("`{other}` is no mode of a cache; use `min` or `max`")),
        };
        let compression = fields.compression.as_deref().map(output::algorithm).transpose()?;
        let place = fields.place("--cache-to")?;
        Ok(Self { place, mode, compression, level: fields.level, ignore_error: fields.ignore_error })
    }
}

/// A cache that is read from.
pub(crate) struct Place<'a> {
    pub(crate) world: &'a World,
    pub(crate) store: &'a Store,
    pub(crate) from: &'a CacheFrom,
    /// Platforms whose images are looked into.
    pub(crate) platforms: &'a [Platform],
}

impl CacheSource for Place<'_> {
    fn name(&self) -> String {
        match &self.from.place {
            CachePlace::Registry(name) => format!("`{}`", name.familiar()),
            CachePlace::Local(dir, _) => format!("`{}`", dir.display()),
            CachePlace::Inline => "of the image".to_owned(),
        }
    }

    fn documents(&self) -> Result<Vec<CacheDocument>, String> {
        match &self.from.place {
            CachePlace::Registry(name) => self.at_registry(name).map_err(|error| error.message),
            CachePlace::Local(dir, tag) => self.in_directory(dir, tag),
            CachePlace::Inline => Ok(Vec::new()),
        }
    }

    fn fetch(&self, blob: &Descriptor) -> Result<(), String> {
        match &self.from.place {
            CachePlace::Registry(name) => self
                .world
                .client()
                .and_then(|client| pull_blob(client, self.store, name, blob, &NoProgress))
                .map_err(|error| error.message),
            CachePlace::Local(dir, _) => {
                let dir = self.world.cwd.join(dir);
                store::layout::import_blob(self.store, &dir, blob).map_err(|error| error.to_string())
            }
            CachePlace::Inline => Err("it has no blobs".to_owned()),
        }
    }

    fn image(&self) -> Option<&Reference> {
        match &self.from.place {
            CachePlace::Registry(name) => Some(name),
            CachePlace::Local(..) | CachePlace::Inline => None,
        }
    }
}

impl Place<'_> {
    fn at_registry(&self, name: &Reference) -> Result<Vec<CacheDocument>, AppError> {
        let client = self.world.client()?;
        let (top, bytes) = client.manifest(name)?;
        let mut manifests = Vec::new();
        if media_type::is_index(&top.media_type) {
            let index: Index = malformed(serde_json::from_slice(&bytes))?;
            for platform in self.platforms {
                let Some(entry) = index.select(platform) else { continue };
                manifests.push(client.manifest(&name.with_digest(entry.digest))?.1);
            }
            if manifests.is_empty() {
                return Err(AppError::environment(unknown(&bytes)));
            }
        } else {
            manifests.push(bytes);
        }
        let mut documents = Vec::new();
        for bytes in manifests {
            let manifest: Manifest = malformed(serde_json::from_slice(&bytes))?;
            if manifest.config.size > MAX_CONFIG {
                return Err(AppError::environment("its configuration is too large"));
            }
            let mut config = registry::VecSink(Vec::new());
            client.pull_blob(name, &manifest.config, &mut config, &NoProgress)?;
            documents.push(read(&manifest, &config.0).map_err(AppError::environment)?);
        }
        Ok(documents)
    }

    fn in_directory(&self, dir: &std::path::Path, tag: &str) -> Result<Vec<CacheDocument>, String> {
        let dir = self.world.cwd.join(dir);
        if !dir.join("index.json").exists() {
            return Err("there is nothing yet".to_owned());
        }
        let (manifest, config) =
            store::layout::documents(self.store, &dir, tag).map_err(|error| error.to_string())?;
        Ok(vec![read(&manifest, &config)?])
    }
}

fn malformed<T>(read: Result<T, serde_json::Error>) -> Result<T, AppError> {
    read.map_err(|error| AppError::environment(format!("it is damaged: {error}")))
}

/// Why something is no cache.
fn unknown(bytes: &[u8]) -> String {
    let buildkit = String::from_utf8_lossy(bytes).contains("vnd.buildkit.cacheconfig");
    if buildkit {
        "it is a cache of BuildKit, whose form cooper does not read; write one with `--cache-to`".to_owned()
    } else {
        "it is neither a cache of cooper nor an image with one (`--cache-to type=inline`)".to_owned()
    }
}

/// The document of a manifest, whose layers it may only speak of.
fn read(manifest: &Manifest, config: &[u8]) -> Result<CacheDocument, String> {
    let document = if manifest.config.media_type == DOCUMENT {
        CacheDocument::parse(config)?
    } else {
        let parsed: Result<ImageConfig, _> = serde_json::from_slice(config);
        let inline = parsed.ok().and_then(|mut config| config.other.remove(INLINE_CACHE));
        CacheDocument::from_value(
            inline.ok_or_else(|| unknown(&manifest.config.media_type.clone().into_bytes()))?,
        )?
    };
    let foreign = document.layers.iter().find(|layer| {
        !manifest.layers.iter().any(|own| (own.digest, own.size) == (layer.blob.digest, layer.blob.size))
    });
    match foreign {
        Some(layer) => Err(format!("it speaks of the blob `{}`, which it does not have", layer.blob.digest)),
        None => Ok(document),
    }
}

/// What a cache is written from.
pub(crate) struct Export<'a> {
    pub(crate) world: &'a World,
    pub(crate) store: &'a Store,
    pub(crate) plan: &'a Plan,
    pub(crate) solved: &'a Solved,
    pub(crate) imports: &'a Imports<'a>,
    pub(crate) options: &'a AssembleOptions,
}

impl Export<'_> {
    /// Writes a cache.
    pub(crate) fn write(&self, to: &CacheTo) -> Result<(), AppError> {
        let steps = shared_steps(self.plan, &self.plan.outputs, self.solved, to.mode);
        let mut options: ExportOptions = self.options.export();
        if let Some(compression) = to.compression {
            (options.compression, options.level) = (compression, None);
        }
        options.level = to.level.or(options.level);
        let document = share(self.store, self.imports, &steps, &options)?;
        let bytes = document
            .to_bytes()
            .ok_or_else(|| AppError::environment("the cache has too many records to be written"))?;
        self.store.put_blob(&bytes)?;
        let config = Descriptor::of(DOCUMENT, &bytes);
        let layers = document.layers.iter().map(|layer| layer.blob.clone()).collect();
        let manifest = Manifest { artifact_type: Some(DOCUMENT.to_owned()), ..Manifest::new(config, layers) };
        let bytes =
            serde_json::to_vec(&manifest).map_err(|error| AppError::environment(error.to_string()))?;
        self.store.put_blob(&bytes)?;
        let top = Descriptor::of(media_type::MANIFEST, &bytes);
        match &to.place {
            CachePlace::Inline => Ok(()),
            CachePlace::Registry(name) => {
                let origins = Origins { known: self.imports.origins(), other: None };
                let cargo = Cargo { store: self.store, origins: &origins, progress: &NoProgress };
                push_descriptor(self.world, &cargo, &top, name)
            }
            CachePlace::Local(dir, tag) => {
                for layer in &document.layers {
                    if !self.store.has_blob(&layer.blob.digest) {
                        self.imports.bring(self.store, &layer.id)?;
                    }
                }
                Ok(store::layout::export_dir(self.store, &top, Some(tag), &self.world.cwd.join(dir))?)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_of_buildx_are_read() {
        let from = |text: &str| CacheFrom::parse(text).map(|from| from.place);
        let name: Reference = "example.com/a:c".parse().unwrap();
        assert_eq!(from("example.com/a:c"), Ok(CachePlace::Registry(name.clone())));
        assert_eq!(from("type=registry,ref=example.com/a:c"), Ok(CachePlace::Registry(name.clone())));
        assert_eq!(from("type=local,src=d"), Ok(CachePlace::Local("d".into(), "latest".into())));
        let to = CacheTo::parse(
            "type=registry,ref=example.com/a:c,mode=max,compression=zstd,image-manifest=true,ignore-error=true",
        );
        let expect = CacheTo {
            place: CachePlace::Registry(name),
            mode: ShareMode::Max,
            compression: Some(Compression::Zstd),
            level: None,
            ignore_error: true,
        };
        assert_eq!(to, Ok(expect));
        for bad in [
            "type=gha",
            "type=local",
            "type=registry",
            "type=local,dest=d,mode=most",
            "type=local,dest=d,compression=estargz",
            "type=local,dest=d,image-manifest=false",
            "type=local,dest=d,what=1",
        ] {
            assert!(CacheTo::parse(bad).is_err(), "{bad}");
        }
        assert!(from("type=inline").unwrap_err().contains("name the image"));
    }
}
