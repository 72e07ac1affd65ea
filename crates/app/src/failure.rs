//! What a failed build leaves behind when it is asked to: the files of the failed step, as a directory or an image.

use std::path::PathBuf;

use build_engine::{AssembleOptions, FailedState, Layers, assemble_layers};
use image::{ContainerConfig, ImageConfig, Reference};
use plan::{Op, Plan};
use store::{Compression, Merged};

use crate::build::{Session, Supply};
use crate::{AppError, World};

/// `--keep-failed` and `--export-on-failure`.
#[derive(Debug, Clone, Default)]
pub struct KeepFailed {
    /// The name of an image.
    pub image: Option<Reference>,
    /// A directory, new or empty.
    pub directory: Option<PathBuf>,
}

impl KeepFailed {
    pub(crate) fn is_wanted(&self) -> bool {
        self.image.is_some() || self.directory.is_some()
    }

    /// Refuses a directory that has something in it, before anything runs.
    pub(crate) fn check(&self, world: &World) -> Result<(), AppError> {
        let Some(directory) = &self.directory else { return Ok(()) };
        let path = world.cwd.join(directory);
        let used = path.exists() && !path.read_dir().is_ok_and(|mut items| items.next().is_none());
        if used {
            let shown = directory.display();
            return Err(AppError::usage(format!(
                "`--export-on-failure {shown}`: there is something there already"
            )));
        }
        Ok(())
    }
}

/// Keeps the state of a failed step where the request says; what was done.
pub(crate) fn keep(
    session: &Session<'_>,
    plan: &Plan,
    state: &FailedState,
    supply: Supply<'_>,
) -> Result<Vec<String>, AppError> {
    let (wanted, mut said) = (&session.request.keep_failed, Vec::new());
    if let Some(directory) = &wanted.directory {
        let path = session.world.cwd.join(directory);
        std::fs::create_dir_all(&path)?;
        let layers: Result<Vec<_>, _> =
            state.layers.iter().map(|layer| crate::export::unpacked(session.store, supply, layer)).collect();
        store::copy_tree(&Merged::new(layers?)?, b"", &path, None)?;
        said.push(format!("the files of the failed step are in `{}`", directory.display()));
    }
    if let Some(name) = &wanted.image {
        let options = AssembleOptions {
            epoch: None,
            created: crate::export::rfc3339(session.world.seconds()),
            compression: Compression::None,
            level: None,
            threads: session.world.cores,
            inline: false,
        };
        let config = config(plan, state);
        let from = Layers { store: session.store, fetch: Some(supply.finder), imports: supply.imports };
        let image = assemble_layers(from, &state.layers, config, &options)?;
        session.store.set_image(name, &image.manifest)?;
        let name = name.familiar();
        said.push(format!("the failed step is kept as `{name}`: `cooper run -it {name} sh`"));
    }
    Ok(said)
}

/// An image in which a program finds what the failed one found, secrets and mounts aside.
fn config(plan: &Plan, state: &FailedState) -> ImageConfig {
    let node = &plan.nodes[state.node.0];
    let mut config = ContainerConfig { cmd: Some(vec!["/bin/sh".to_owned()]), ..ContainerConfig::default() };
    if let Op::Exec(exec) = &node.op {
        config.env = exec.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
        config.working_dir.clone_from(&exec.cwd);
        config.user.clone_from(&exec.user);
    }
    ImageConfig {
        architecture: node.platform.architecture.clone(),
        os: node.platform.os.clone(),
        variant: node.platform.variant.clone(),
        config,
        ..ImageConfig::default()
    }
}
