//! The end of a build: images in the store with their names, and what `--output` asks for.

use build_engine::{AssembleOptions, Assembled, Done, LayerRef, Layers, Solved, assemble, assemble_index};
use image::{Descriptor, Platform, Reference};
use plan::{NodeId, Plan};
use store::{Merged, Store};

use crate::attest::{self, Statement};
use crate::build::{Outcome, Session, Supply, is_true};
use crate::caches::{CachePlace, Export};
use crate::dockerfile::Source;
use crate::epoch::Epoch;
use crate::output::{self, Product};
use crate::transfer::Origins;
use crate::{AppError, OutputSpec, gate, provenance, verify};

impl Session<'_> {
    pub(crate) fn export(
        &self,
        plan: &Plan,
        solved: &Solved,
        supply: Supply<'_>,
        epoch: Option<Epoch>,
        source: &Source,
    ) -> Result<Outcome, AppError> {
        let Self { world, request, store, .. } = *self;
        let options = self.assembly(epoch);
        let (mut images, mut top, mut asked) = (Vec::new(), None, None);
        if self.needs_image() {
            images = self.images(plan, solved, supply, &options)?;
            self.keep_lineage(plan, solved, &images, source)?;
            let manifests: Vec<_> = images.iter().map(|(_, image)| image.manifest.clone()).collect();
            let attestations = self.provenance(plan, solved, &manifests, source, epoch)?;
            let named = self.top(&images, attestations)?;
            if request.verify {
                // What did not give the same is not exported.
                manifests.iter().try_for_each(|image| verify::record(store, &image.digest))?;
            }
            asked = request.gate.then(|| self.ask_gates(&named, source)).transpose()?;
            if asked.as_ref().is_some_and(|asked| !asked.passes()) {
                return Ok(Outcome { gate: asked, ..Outcome::default() });
            }
            for tag in &request.tags {
                store.set_image(tag, &named)?;
            }
            top = Some(named);
        } else if request.provenance.is_some() {
            return Err(provenance::without_image());
        }
        let mut roots = Vec::new();
        if !request.outputs.iter().all(OutputSpec::needs_image) {
            for output in &plan.outputs {
                roots.push((output.platform.clone(), merged(store, supply, solved, output.node)?));
            }
        }
        let clamp = epoch.map(|epoch| epoch.seconds);
        let origins = origins(plan, solved, supply);
        let product = Product {
            names: &request.tags,
            manifest: top.as_ref(),
            // What holds one image alone takes that of an index with nothing else but statements.
            only: (images.len() == 1).then(|| &images[0].1.manifest),
            roots: &roots,
            epoch: clamp,
            store,
            origins: &origins,
        };
        for spec in &request.outputs {
            output::write(world, spec, &product)?;
        }
        self.share(&Export { world, store, plan, solved, imports: supply.imports, options: &options })?;
        Ok(Outcome {
            images,
            top,
            epoch: epoch.map(|epoch| (epoch.seconds, epoch.why)),
            verified: None,
            profile: None,
            gate: asked,
        })
    }

    /// Asks the gates of an image that has no name yet.
    fn ask_gates(&self, image: &Descriptor, source: &Source) -> Result<gate::Outcome, AppError> {
        let name = format!("localhost/cooper-gate:{}", &image.digest.hex()[..20]);
        let reference = name.parse::<Reference>().map_err(|error| AppError::usage(error.to_string()))?;
        self.store.set_image(&reference, image)?;
        let request = gate::Request {
            image: name,
            except: gate::but(|gate| !gate.after_signing),
            dockerfile: Some((self.name_in_context(source), source.text.clone())),
            ..gate::Request::default()
        };
        let asked = gate::gate(self.world, &request);
        self.store.remove_image(&reference)?;
        let shown = self.request.tags.first().map_or_else(|| image.digest.to_string(), Reference::familiar);
        Ok(gate::Outcome { image: shown, ..asked? })
    }

    pub(crate) fn assembly(&self, epoch: Option<Epoch>) -> AssembleOptions {
        let clamp = epoch.map(|epoch| epoch.seconds);
        let (compression, level) = self.request.packing();
        AssembleOptions {
            created: rfc3339(clamp.unwrap_or_else(|| self.world.seconds())),
            compression,
            level,
            threads: self.world.cores,
            epoch: clamp,
            inline: self.request.cache_to.iter().any(|to| to.place == CachePlace::Inline),
        }
    }

    /// Writes `--cache-to`, when the results are where they were asked for.
    fn share(&self, export: &Export<'_>) -> Result<(), AppError> {
        // Another engine has written its own.
        let here = self.request.engine.is_none();
        for to in self.request.cache_to.iter().filter(|to| here && to.place != CachePlace::Inline) {
            match export.write(to) {
                Err(error) if to.ignore_error => {
                    self.observer.fetching(&format!("note: the cache was not written: {}", error.message));
                }
                result => result?,
            }
        }
        Ok(())
    }

    pub(crate) fn needs_image(&self) -> bool {
        let outputs = &self.request.outputs;
        outputs.is_empty()
            || self.request.gate
            || !self.request.tags.is_empty()
            || outputs.iter().any(OutputSpec::needs_image)
    }

    /// Keeps beside each image how its files came into it.
    fn keep_lineage(
        &self,
        plan: &Plan,
        solved: &Solved,
        images: &[(Platform, Assembled)],
        source: &Source,
    ) -> Result<(), AppError> {
        let done = Done { store: self.store, plan, solved, remotes: self.remotes };
        let name = self.name_in_context(source);
        let file = build_engine::Dockerfile { name: &name, text: &source.text };
        for (output, (_, image)) in plan.outputs.iter().zip(images) {
            if !solved.knows_steps(output.node) {
                continue;
            }
            let mut key = kit::Hasher::new();
            key.field(build_engine::lineage_key(&done, output, file).as_bytes());
            key.field(image.manifest.digest.as_bytes());
            let key = key.finish();
            if attest::recall(self.store, "lineage", &key, &image.manifest)? {
                continue;
            }
            let lineage = build_engine::lineage(&done, output, file)?;
            let predicate = serde_json::to_value(&lineage)
                .map_err(|error| AppError::environment(format!("failed to write the lineage: {error}")))?;
            let statement =
                Statement { subject: &image.manifest, predicate_type: lineage::PREDICATE_TYPE, predicate };
            attest::forget(self.store, &image.manifest.digest, lineage::PREDICATE_TYPE)?;
            let kept = attest::keep(self.store, &statement)?;
            attest::record(self.store, "lineage", &key, &kept)?;
        }
        Ok(())
    }

    /// The Dockerfile's name, relative to the context where it is within: where the context lies is no matter of the
    /// image.
    pub(crate) fn name_in_context(&self, source: &Source) -> String {
        let is_address = source.name.contains("://");
        let last = || source.name.rsplit('/').next().unwrap_or_default().to_owned();
        let outside = || if is_address { source.name.clone() } else { last() };
        let Some(path) = source.path.as_deref().and_then(|path| path.canonicalize().ok()) else {
            return outside();
        };
        let context =
            self.request.context.as_deref().and_then(|context| self.world.path(context).canonicalize().ok());
        let within = context.and_then(|context| Some(path.strip_prefix(context).ok()?.display().to_string()));
        within.unwrap_or_else(outside)
    }

    fn images(
        &self,
        plan: &Plan,
        solved: &Solved,
        supply: Supply<'_>,
        options: &AssembleOptions,
    ) -> Result<Vec<(Platform, Assembled)>, AppError> {
        let outputs = &self.request.outputs;
        let lazy = !outputs.is_empty() && outputs.iter().all(OutputSpec::is_elsewhere);
        let fetch = (!lazy).then_some(supply.finder as &dyn build_engine::Fetch);
        let from = Layers { store: self.store, fetch, imports: supply.imports };
        let mut images = Vec::new();
        for output in &plan.outputs {
            let image = assemble(from, plan, output, solved, options)?;
            images.push((output.platform.clone(), image));
        }
        Ok(images)
    }

    /// The only image, or the index of several (or of one, where that is asked for).
    fn top(
        &self,
        images: &[(Platform, Assembled)],
        attestations: Vec<Descriptor>,
    ) -> Result<Descriptor, AppError> {
        let forced =
            self.request.build_args.get("BUILDKIT_MULTI_PLATFORM").is_some_and(|value| is_true(value));
        match images {
            [(_, image)] if !forced && attestations.is_empty() => Ok(image.manifest.clone()),
            images => {
                let images: Vec<_> =
                    images.iter().map(|(platform, image)| (platform.clone(), image)).collect();
                Ok(assemble_index(self.store, &images, attestations)?)
            }
        }
    }
}

/// The images that the layers of bases are parts of.
fn origins(plan: &Plan, solved: &Solved, supply: Supply<'_>) -> Origins {
    let layers = plan.outputs.iter().flat_map(|output| solved.layers(output.node));
    let base = layers.filter_map(|layer| layer.base.as_ref());
    let mut known = supply.imports.origins();
    known.extend(base.map(|(image, blob)| (blob.digest, image.clone())));
    Origins { known, other: None }
}

/// The file system of a node, the layers of its base fetched where no step has read them.
fn merged(store: &Store, supply: Supply<'_>, solved: &Solved, node: NodeId) -> Result<Merged, AppError> {
    let layers: Result<Vec<_>, _> =
        solved.layers(node).iter().map(|layer| unpacked(store, supply, layer)).collect();
    Ok(Merged::new(layers?)?)
}

/// A layer, fetched where no step has read it.
pub(crate) fn unpacked(
    store: &Store,
    supply: Supply<'_>,
    layer: &LayerRef,
) -> Result<store::Layer, AppError> {
    if let Some(found) = store.layer(&layer.id)? {
        return Ok(found);
    }
    let Some((image, blob)) = &layer.base else {
        return Ok(supply.imports.bring(store, &layer.id)?);
    };
    if !store.has_blob(&blob.digest) {
        build_engine::Fetch::blob(supply.finder, image, blob)?;
    }
    Ok(store.unpack(blob, &layer.id)?)
}

/// Seconds since 1970 as RFC 3339 in UTC.
pub(crate) fn rfc3339(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

/// The date of a day number (0 is 1970-01-01) in the proleptic Gregorian calendar, by counting in eras of 400
/// years that begin on 1 March.
const fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + (month <= 2) as i64, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FIXED_EPOCH;

    #[test]
    fn times_are_written_in_utc() {
        for (seconds, expect) in [
            (0, "1970-01-01T00:00:00Z"),
            (FIXED_EPOCH, "1980-01-01T00:00:00Z"),
            (951_826_153, "2000-02-29T12:09:13Z"),
            (1_767_225_600, "2026-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc3339(seconds), expect);
        }
    }
}
