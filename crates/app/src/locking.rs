//! `cooper lock`: makes, renews and checks the lock file of a Dockerfile.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::PathBuf;

use build_engine::Told;
use plan::{Op, Plan};

use crate::bases::Finder;
use crate::build::{Observer, Prepared, Request, Session, in_dockerfile, in_session};
use crate::fetching::telling;
use crate::lock::{Lock, LockChange, LockFile, is_pinned, path_of, read};
use crate::{AppError, World};

/// What is done to the lock file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renewal {
    /// What it has stays, what it lacks comes.
    Missing,
    /// These are looked up anew; all when none is named.
    Update(Vec<String>),
    /// Nothing is written.
    Check,
}

/// What became of it.
#[derive(Debug)]
pub struct LockOutcome {
    /// Where it is.
    pub path: PathBuf,
    /// What changed, or would.
    pub changes: Vec<LockChange>,
}

/// Makes, renews or checks the lock file beside the Dockerfile of a build.
pub fn lock(
    world: &World,
    request: &Request,
    renewal: &Renewal,
    observer: &dyn Observer,
    stdin: Option<&mut dyn Read>,
) -> Result<LockOutcome, AppError> {
    in_session(world, request, observer, |session| {
        let prepared = session.prepare(stdin)?;
        let dockerfile = prepared.source.path.as_deref();
        let dockerfile = dockerfile.ok_or_else(|| {
            AppError::usage("a Dockerfile that is no file of this machine has no lock file beside it")
        })?;
        let path = path_of(dockerfile);
        let old = read(&path)?.unwrap_or_default();
        let lock = Lock::new(kept(&old, renewal)?, false);
        let finder = Finder {
            world,
            store: session.store,
            contexts: session.contexts,
            pull: *renewal != Renewal::Check,
            lock: Some(&lock),
        };
        for mut plan in plans(&prepared, &finder)? {
            // Which ones are not locked is found out below.
            let _ = lock.pin(&mut plan);
            session.look_up(&plan, &lock)?;
        }
        let mut new = lock.seen();
        let is_secret = |name: &String| lint_rules::is_secret_name(name);
        let given = request.build_args.iter().filter(|(name, _)| !is_secret(name));
        if *renewal != Renewal::Check {
            new.arguments = given.map(|(name, value)| (name.clone(), value.clone())).collect();
            let text = new.to_text()?;
            if std::fs::read_to_string(&path).ok().as_ref() != Some(&text) {
                kit::write_atomic(&path, text.as_bytes())?;
            }
        }
        Ok(LockOutcome { changes: old.changes(&new), path })
    })
}

/// What of a lock file is not looked up anew.
fn kept(old: &LockFile, renewal: &Renewal) -> Result<LockFile, AppError> {
    let Renewal::Update(names) = renewal else { return Ok(old.clone()) };
    if names.is_empty() {
        return Ok(LockFile::default());
    }
    let mut kept = old.clone();
    for name in names {
        let whole = name.parse::<image::Reference>().ok();
        let is_named = |known: &String| {
            known == name
                || known.starts_with(&format!("{name}#"))
                || whole.as_ref().is_some_and(|whole| {
                    let tagged = whole.tag_or_latest().map(|tag| whole.with_tag(tag).to_string());
                    tagged.as_ref() == Some(known)
                })
        };
        let before = kept.clone();
        kept.images.retain(|known, _| !is_named(known));
        kept.files.retain(|known, _| !is_named(known));
        kept.git.retain(|known, _| !is_named(known));
        if kept == before {
            return Err(AppError::usage(format!("there is no `{name}` in the lock file")));
        }
    }
    Ok(kept)
}

/// The plans of all stages, or of the target that was asked for.
fn plans(prepared: &Prepared, finder: &Finder<'_>) -> Result<Vec<Plan>, AppError> {
    let mut plans = Vec::new();
    for (graph, options) in &prepared.targets {
        let targets: Vec<usize> = match graph.target {
            Some(target) => vec![target],
            None => (0..graph.stages.len()).collect(),
        };
        for target in targets {
            let mut graph = graph.clone();
            graph.target = Some(target);
            let plan = plan::plan(&prepared.parse, &graph, options, finder);
            plans.push(plan.map_err(|error| in_dockerfile(error, &prepared.source))?);
        }
    }
    Ok(plans)
}

impl Session<'_> {
    /// Looks up what the remote sources of a plan are.
    fn look_up(&self, plan: &Plan, lock: &Lock) -> Result<(), AppError> {
        let known = lock.seen();
        let mut seen = BTreeSet::new();
        for node in &plan.nodes {
            match &node.op {
                Op::Web(web)
                    if !known.files.contains_key(&web.url.url) && seen.insert(web.url.url.clone()) =>
                {
                    let digest = match web.checksum {
                        Some(digest) if lock.is_file(&web.url.url) => Some(digest),
                        // The Dockerfile pins it.
                        Some(_) => None,
                        None => Some(self.telling(&web.url.url, |told| self.remotes.web_content(web, told))?),
                    };
                    if let Some(digest) = digest {
                        lock.note(|seen| {
                            seen.files.insert(web.url.url.clone(), digest);
                        });
                    }
                }
                Op::Git(git) => {
                    let name = git.git.to_string();
                    let locked = lock.commit(&name);
                    if locked.is_none() && is_pinned(&git.git) {
                        continue;
                    }
                    let commit = match locked {
                        Some(commit) => commit,
                        None => self.telling(&name, |told| self.remotes.git_commit(git, told))?,
                    };
                    lock.note(|seen| drop(seen.git.insert(name, commit)));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn telling<T>(
        &self,
        what: &str,
        work: impl FnOnce(&Told<'_>) -> Result<T, build_engine::BuildError>,
    ) -> Result<T, AppError> {
        Ok(telling(self.world, self.observer, what, work)?)
    }
}
