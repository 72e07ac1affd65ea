//! `--output`: where the result of a build goes.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use image::{Descriptor, Platform, Reference, media_type};
use store::{Compression, Merged, Store};

use crate::request::key_values;
use crate::transfer::{Cargo, Origins, push_descriptor};
use crate::{AppError, World};

/// One `--output`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputSpec {
    /// What is written.
    pub kind: OutputKind,
    /// Path, or `-` for standard output; `None` where none is needed.
    pub dest: Option<String>,
    /// How new layers of the image are compressed, where it says so.
    pub compression: Option<Compression>,
    /// How hard, on the algorithm's own scale, where it says so.
    pub level: Option<i32>,
}

/// What an output is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputKind {
    /// The image in the store; pushed to its names when set.
    Image {
        /// Whether it is pushed.
        push: bool,
    },
    /// An OCI layout: a directory, or a tar archive of one.
    Oci {
        /// Whether it is an archive.
        tar: bool,
    },
    /// What `docker load` reads; without a path it is loaded.
    Docker,
    /// Loaded into podman.
    Podman,
    /// The file system as a directory.
    Local,
    /// The file system as a tar archive.
    Tar,
    /// Nothing: the build only fills the cache.
    CacheOnly,
}

impl OutputSpec {
    /// An output with nothing said about layers.
    pub const fn new(kind: OutputKind, dest: Option<String>) -> Self {
        Self { kind, dest, compression: None, level: None }
    }

    /// Reads the option's value. A bare path is a `local` output, `-` a `tar` on standard output.
    pub fn parse(text: &str) -> Result<(Self, Vec<String>), String> {
        if text == "-" {
            return Ok((Self::new(OutputKind::Tar, Some("-".to_owned())), Vec::new()));
        }
        if !text.contains('=') {
            return Ok((Self::new(OutputKind::Local, Some(text.to_owned())), Vec::new()));
        }
        let (mut kind, mut dest, mut push, mut tar, mut names) =
            (String::new(), None, false, true, Vec::new());
        let (mut compression, mut level) = (None, None);
        for (key, value) in key_values(text)? {
            match key.as_str() {
                "type" => kind = value,
                "dest" => dest = Some(value),
                "push" => push = value != "false",
                "tar" => tar = value != "false",
                "compression" => compression = Some(algorithm(&value)?),
                "compression-level" => level = Some(compression_level(&value)?),
                // Types of OCI, times in reproducible builds and layers as they are is what there is here.
                "oci-mediatypes" | "rewrite-timestamp" | "store" | "unpack" if value != "false" => {}
                "force-compression" if value == "false" => {}
                "name" => names.extend(value.split(',').map(str::to_owned)),
                _ => {
                    return Err(format!(
                        "`--output` does not know `{key}={value}`; use `type`, `dest`, `name`, `push`, `tar`, \
                         `compression`, `compression-level`"
                    ));
                }
            }
        }
        let kind = match kind.as_str() {
            "image" => OutputKind::Image { push },
            "registry" => OutputKind::Image { push: true },
            "oci" => OutputKind::Oci { tar },
            "docker" => OutputKind::Docker,
            "podman" => OutputKind::Podman,
            "local" => OutputKind::Local,
            "tar" => OutputKind::Tar,
            "cacheonly" | "none" => OutputKind::CacheOnly,
            other => {
                return Err(format!(
                    "`{other}` is not an output type; use image, registry, oci, docker, podman, local, tar or cacheonly"
                ));
            }
        };
        let needs_dest = matches!(kind, OutputKind::Oci { .. } | OutputKind::Local | OutputKind::Tar);
        if needs_dest && dest.is_none() {
            return Err(format!("`--output {text}` needs `dest=PATH`"));
        }
        Ok((Self { kind, dest, compression, level }, names))
    }

    /// Whether it needs no blob here: it sends the image to a registry, or is nothing at all.
    pub(crate) const fn is_elsewhere(&self) -> bool {
        matches!(self.kind, OutputKind::Image { push: true } | OutputKind::CacheOnly)
    }

    /// Whether it is made of the image's documents and blobs, not of its file system.
    pub const fn needs_image(&self) -> bool {
        matches!(
            self.kind,
            OutputKind::Image { .. } | OutputKind::Oci { .. } | OutputKind::Docker | OutputKind::Podman
        )
    }
}

/// An algorithm, as `BuildKit` names it.
pub(crate) fn algorithm(name: &str) -> Result<Compression, String> {
    match name {
        "gzip" => Ok(Compression::Gzip),
        "zstd" => Ok(Compression::Zstd),
        "uncompressed" => Ok(Compression::None),
        other => Err(format!("`{other}` is no compression of layers; use `gzip`, `zstd` or `uncompressed`")),
    }
}

fn compression_level(text: &str) -> Result<i32, String> {
    let level = text.parse().ok().filter(|level| (0..=22).contains(level));
    level.ok_or_else(|| format!("`{text}` is no compression level; use 0 to 12 for gzip, 1 to 22 for zstd"))
}

/// What there is to write.
pub(crate) struct Product<'a> {
    pub(crate) store: &'a Store,
    pub(crate) names: &'a [Reference],
    /// The image, where it was assembled.
    pub(crate) manifest: Option<&'a Descriptor>,
    /// The manifest, where there is but one.
    pub(crate) only: Option<&'a Descriptor>,
    /// The file systems with their platforms, where an output asks for them.
    pub(crate) roots: &'a [(Platform, Merged)],
    pub(crate) epoch: Option<i64>,
    /// Where the blobs of base layers come from.
    pub(crate) origins: &'a Origins,
}

/// Writes one output.
pub(crate) fn write(world: &World, spec: &OutputSpec, product: &Product<'_>) -> Result<(), AppError> {
    let dest = spec.dest.as_deref();
    match spec.kind {
        OutputKind::CacheOnly | OutputKind::Image { push: false } => Ok(()),
        OutputKind::Image { push: true } => push(world, product),
        OutputKind::Oci { tar: false } => layout_dir(world, product, dest.unwrap_or_default()),
        OutputKind::Oci { tar: true } => to_file(world, dest, |out| {
            Ok(store::layout::export_tar(
                product.store,
                image(product)?,
                names(product).first().map(String::as_str),
                out,
            )?)
        }),
        OutputKind::Docker if dest.is_some() => to_file(world, dest, |out| docker_archive(product, out)),
        OutputKind::Docker => load("docker", product),
        OutputKind::Podman => load("podman", product),
        OutputKind::Local => local(world, product, dest.unwrap_or_default()),
        OutputKind::Tar => {
            to_file(world, dest, |out| Ok(product.store.write_tar(&trees(product), out, product.epoch)?))
        }
    }
}

fn image<'a>(product: &Product<'a>) -> Result<&'a Descriptor, AppError> {
    product.manifest.ok_or_else(|| AppError::environment("the image was not assembled for this output"))
}

/// The file systems with the directory each goes to: none for a single one, else that of its platform, as `BuildKit`
/// names it.
fn trees<'a>(product: &Product<'a>) -> Vec<(String, &'a Merged)> {
    match product.roots {
        [(_, root)] => vec![(String::new(), root)],
        roots => {
            roots.iter().map(|(platform, root)| (platform.to_string().replace('/', "_"), root)).collect()
        }
    }
}

fn names(product: &Product<'_>) -> Vec<String> {
    product.names.iter().map(Reference::familiar).collect()
}

fn push(world: &World, product: &Product<'_>) -> Result<(), AppError> {
    if product.names.is_empty() {
        return Err(
            AppError::usage("there is no name to push to").help("give one with `-t REGISTRY/NAME:TAG`")
        );
    }
    let cargo = Cargo { store: product.store, origins: product.origins, progress: &registry::NoProgress };
    for name in product.names {
        push_descriptor(world, &cargo, image(product)?, name)?;
    }
    Ok(())
}

fn layout_dir(world: &World, product: &Product<'_>, dest: &str) -> Result<(), AppError> {
    let tag = product.names.first().and_then(|name| name.tag_or_latest().map(str::to_owned));
    store::layout::export_dir(product.store, image(product)?, tag.as_deref(), &world.path(dest))?;
    Ok(())
}

fn docker_archive(product: &Product<'_>, out: &mut dyn Write) -> Result<(), AppError> {
    let image = product.only.map_or_else(|| image(product), Ok)?;
    if media_type::is_index(&image.media_type) {
        return Err(AppError::usage("docker's archives hold one platform only")
            .help("build for one platform, or write an OCI layout with `--output type=oci,dest=FILE`"));
    }
    Ok(store::layout::export_docker(product.store, image, &names(product), out)?)
}

/// Opens the target, or standard output, and writes through a buffer.
fn to_file(
    world: &World,
    dest: Option<&str>,
    write: impl FnOnce(&mut dyn Write) -> Result<(), AppError>,
) -> Result<(), AppError> {
    let dest = dest.unwrap_or("-");
    if dest == "-" {
        let mut out = BufWriter::with_capacity(1 << 20, (world.stdout)());
        write(&mut out)?;
        return Ok(out.flush()?);
    }
    let path = world.path(dest);
    let temporary = path.with_extension(format!("{}.partial", std::process::id()));
    let result = create(&temporary).and_then(|file| {
        let mut out = BufWriter::with_capacity(1 << 20, file);
        write(&mut out)?;
        Ok(out.flush()?)
    });
    match result {
        Ok(()) => Ok(std::fs::rename(&temporary, &path)?),
        Err(error) => {
            // The first error is the one to tell; a leftover file is named by its ending.
            let _ = std::fs::remove_file(&temporary);
            Err(error)
        }
    }
}

fn create(path: &Path) -> Result<File, AppError> {
    File::create(path)
        .map_err(|error| AppError::environment(format!("failed to write `{}`: {error}", path.display())))
}

fn local(world: &World, product: &Product<'_>, dest: &str) -> Result<(), AppError> {
    for (directory, root) in trees(product) {
        let path: PathBuf = world.path(dest).join(directory);
        std::fs::create_dir_all(&path)?;
        store::copy_tree(root, b"", &path, product.epoch)?;
    }
    Ok(())
}

/// Pipes the image into another engine.
fn load(engine: &str, product: &Product<'_>) -> Result<(), AppError> {
    let failed = |error: std::io::Error| {
        AppError::environment(format!("failed to run `{engine} load`: {error}"))
            .help(format!("install {engine}, or write an archive with `--output type=docker,dest=FILE`"))
    };
    let mut child = Command::new(engine)
        .arg("load")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .map_err(failed)?;
    let mut written = Ok(());
    if let Some(input) = child.stdin.take() {
        let mut input = BufWriter::with_capacity(1 << 20, input);
        written = docker_archive(product, &mut input).and_then(|()| Ok(input.flush()?));
    }
    let status = child.wait().map_err(failed)?;
    if !status.success() {
        return Err(AppError::environment(format!("`{engine} load` failed with {status}")));
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_read_as_buildx_reads_them() {
        let kind = |text: &str| OutputSpec::parse(text).unwrap().0;
        assert_eq!(kind("out"), OutputSpec::new(OutputKind::Local, Some("out".into())));
        assert_eq!(kind("-"), OutputSpec::new(OutputKind::Tar, Some("-".into())));
        assert_eq!(kind("type=oci,dest=x").kind, OutputKind::Oci { tar: true });
        assert_eq!(kind("type=oci,dest=x,tar=false").kind, OutputKind::Oci { tar: false });
        assert_eq!(kind("type=image,push=true").kind, OutputKind::Image { push: true });
        assert_eq!(OutputSpec::parse("type=image,\"name=a,b\"").unwrap().1, ["a", "b"]);
        let zstd =
            OutputSpec::parse("type=registry,compression=zstd,compression-level=9,oci-mediatypes=true")
                .unwrap()
                .0;
        assert_eq!((zstd.compression, zstd.level), (Some(Compression::Zstd), Some(9)));
        assert!(OutputSpec::parse("type=image,compression=estargz").is_err());
        assert!(OutputSpec::parse("type=image,force-compression=true").is_err());
        assert!(OutputSpec::parse("type=oci").is_err());
        assert!(OutputSpec::parse("type=what").is_err());
    }
}
