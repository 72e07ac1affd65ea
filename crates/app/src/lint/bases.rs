//! Which platforms base images are for and what variables they set, for a build that is only checked.

use image::{ImageConfig, Platform, Reference};
use store::Store;

use crate::World;
use crate::bases::fetch_manifests;

/// The images of the store and, for other platforms than that of this machine, of registries.
pub(crate) struct BasePlatforms<'a> {
    world: &'a World,
}

impl<'a> BasePlatforms<'a> {
    pub(crate) const fn new(world: &'a World) -> Self {
        Self { world }
    }

    /// The platform of what a build for `wanted` would take; `None` when it is not known. An image that is built for this
    /// machine is hardly ever for another one, so that for it alone no registry is asked.
    pub(crate) fn of(&self, image: &Reference, wanted: &Platform) -> Option<Platform> {
        let host = Platform::host();
        let asks = (&host.os, &host.architecture) != (&wanted.os, &wanted.architecture);
        if !asks && !self.world.store_root.is_dir() {
            return None;
        }
        let store = self.world.store().ok()?;
        let found = known(&store, image, wanted);
        if found.is_some() || !asks {
            return found;
        }
        fetch_manifests(self.world, &store, image, wanted).ok()?;
        known(&store, image, wanted)
    }

    /// The names of the variables that an image of the store sets.
    pub(crate) fn variables(&self, image: &Reference, wanted: &Platform) -> Option<Vec<String>> {
        let is_there = self.world.store_root.is_dir();
        let store = is_there.then(|| self.world.store().ok()).flatten()?;
        let variables = config(&store, image, wanted)?.config.env;
        let name = |variable: &String| variable.split('=').next().unwrap_or_default().to_owned();
        Some(variables.iter().map(name).collect())
    }
}

/// What the store knows.
fn known(store: &Store, image: &Reference, wanted: &Platform) -> Option<Platform> {
    let config = config(store, image, wanted)?;
    Some(Platform::new(&config.os, &config.architecture, config.variant.as_deref()))
}

fn config(store: &Store, image: &Reference, wanted: &Platform) -> Option<ImageConfig> {
    let top = store.image(image).ok()??;
    let (_, document) = store.manifest(&top, wanted).ok()?;
    store.config(&document).ok()
}

#[cfg(test)]
mod tests {
    use image::{Descriptor, media_type};
    use serde_json::json;

    use super::*;

    #[test]
    fn the_store_knows_what_an_image_is_for() {
        let dir = tempfile::tempdir().unwrap();
        let cancel = Box::leak(Box::new(sandbox::Cancel::new()));
        let world =
            World::new(dir.path().join("store"), store::Flavor::User, dir.path().to_path_buf(), cancel);
        let image: Reference = "registry.example.com/tool:1".parse().unwrap();
        let host = Platform::host();
        let bases = BasePlatforms::new(&world);
        assert_eq!(bases.of(&image, &host), None, "no store, and no registry is asked");
        assert!(!dir.path().join("store").exists(), "none is made");
        let store = world.store().unwrap();
        let put = |value: &serde_json::Value| {
            let bytes = value.to_string();
            (store.put_blob(bytes.as_bytes()).unwrap(), bytes.len())
        };
        let config = json!({ "os": "linux", "architecture": "riscv64", "config": { "Env": ["LEVEL=1", "PATH=/bin"] },
            "rootfs": { "type": "layers", "diff_ids": [] } });
        let (digest, size) = put(&config);
        let config = json!({ "mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": size });
        let (digest, size) = put(&json!({ "schemaVersion": 2, "config": config, "layers": [] }));
        let top = Descriptor::new(media_type::MANIFEST, digest, size as u64);
        store.set_base(&image, &top).unwrap();
        assert_eq!(bases.of(&image, &host), Some(Platform::new("linux", "riscv64", None)));
        let names = ["LEVEL", "PATH"].map(str::to_owned).to_vec();
        assert_eq!(bases.variables(&image, &host), Some(names));
    }
}
