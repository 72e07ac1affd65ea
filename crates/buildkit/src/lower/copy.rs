//! COPY and ADD as file operations.

use bytes::Bytes;
use plan::{CopyOp, CopySource, Source};

use super::{Lowering, owner};
use crate::EngineError;
use crate::messages::{Action, CopyAction, Input, MkFile};

/// A copy as instructions mean it.
pub(super) fn plain() -> CopyAction {
    CopyAction {
        mode: -1,
        follow_symlink: true,
        dir_copy_contents: true,
        create_dest_path: true,
        allow_wildcard: true,
        allow_empty_wildcard: true,
        timestamp: -1,
        ..CopyAction::default()
    }
}

impl Lowering<'_> {
    pub(super) fn copy(&mut self, op: &CopyOp, base: Option<&Input>) -> Result<Input, EngineError> {
        let alone = op.link && self.options.merge;
        let below = if alone { None } else { base };
        let (mut sources, mut actions) = (Vec::new(), Vec::new());
        let change = Change::of(op, below.is_some());
        for source in &op.sources {
            let (from, copy) = match source {
                CopySource::Path(path) => {
                    let unpack = op.unpack.unwrap_or(op.add && matches!(op.from, Source::Context(_)));
                    (self.tree(&op.from), CopyAction { attempt_unpack: unpack, ..change.path(op, path) })
                }
                CopySource::Remote { node, file } => {
                    let src = file.as_ref().map_or_else(|| "/".to_owned(), |file| format!("/{file}"));
                    let from = self.edges.get(node).cloned().flatten();
                    let unpack = op.unpack.unwrap_or(false);
                    (from, CopyAction { src, attempt_unpack: unpack, ..change.all(op) })
                }
            };
            let from = from.ok_or_else(|| EngineError::build("there is nothing in what is copied from"))?;
            sources.push(from);
            actions.push(Action::Copy(copy));
        }
        for (name, content) in &op.inline {
            let made = MkFile {
                path: format!("/{name}"),
                mode: 0o644,
                data: Bytes::from(content.clone().into_bytes()),
                timestamp: -1,
            };
            sources.push(self.file(None, Vec::new(), vec![Action::MkFile(made)]));
            actions.push(Action::Copy(CopyAction { src: format!("/{name}"), ..change.all(op) }));
        }
        if actions.is_empty() {
            return base.cloned().ok_or_else(|| EngineError::build("nothing is copied"));
        }
        let made = self.file(below, sources, actions);
        Ok(if alone { self.merged(base, made) } else { made })
    }
}

/// What a copy changes of what it copies.
struct Change {
    template: CopyAction,
}

impl Change {
    fn of(op: &CopyOp, has_base: bool) -> Self {
        let mut template = CopyAction {
            dest: op.dest.clone(),
            owner: op.chown.as_deref().and_then(|text| owner(text, has_base)),
            exclude_patterns: op.exclude.clone(),
            ..plain()
        };
        if let Some(mode) = &op.chmod {
            match i32::from_str_radix(mode, 8) {
                Ok(bits) => template.mode = bits,
                Err(_) => template.mode_str.clone_from(mode),
            }
        }
        Self { template }
    }

    fn all(&self, _: &CopyOp) -> CopyAction {
        self.template.clone()
    }

    fn path(&self, op: &CopyOp, path: &str) -> CopyAction {
        let mut copy = self.template.clone();
        copy.src = kit::absolute_path("/", path);
        if op.parents {
            // What stands before `/./` is not part of the path that is kept.
            let (base, kept) = path.split_once("/./").unwrap_or(("", path));
            copy.src = kit::absolute_path("/", base);
            copy.include_patterns = vec![kept.trim_start_matches('/').to_owned()];
        }
        copy
    }
}
