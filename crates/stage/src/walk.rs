//! What COPY and RUN of a stage read from elsewhere.

use syntax::{Copy, Run, Spanned, Statement, parse_mount};

use crate::construct::Builder;
use crate::{Edge, EdgeKind, Source, Use, Value};

impl Builder<'_> {
    /// Records what an instruction of the last stage reads from stages, contexts and images.
    pub(crate) fn uses(&mut self, at: usize, statement: &Statement) {
        match statement {
            Statement::Copy(copy) => self.copy(at, copy),
            Statement::Run(run) => self.mounts(at, run),
            _ => {}
        }
    }

    fn copy(&mut self, at: usize, copy: &Copy) {
        let Some(from) = &copy.from else { return };
        let paths = copy.sources.iter().map(|source| source.value.clone()).collect();
        self.record(at, EdgeKind::Copy, from, paths);
    }

    fn mounts(&mut self, at: usize, run: &Run) {
        for flag in &run.mounts {
            // What cannot be expanded here stays as it is; `from` is never expanded.
            let scope = self.graph.stages.last().map(|stage| &stage.scope);
            let mut expand = |word: &str| match scope.map(|scope| scope.expand(word)) {
                Some(Value::Known(text)) => Ok(text),
                _ => Ok(word.to_owned()),
            };
            let Ok(mount) = parse_mount(&flag.value, &mut expand) else { continue };
            if let Some(from) = mount.from {
                let name = Spanned::new(from, flag.range);
                self.record(at, EdgeKind::Mount, &name, mount.source.into_iter().collect());
            }
        }
    }

    /// Notes a use; what its name stands for is known when all stages are.
    fn record(&mut self, at: usize, kind: EdgeKind, name: &Spanned<String>, paths: Vec<String>) {
        let (stage, source) = (self.graph.stages.len() - 1, Source::NoStage);
        self.graph.uses.push(Use { stage, instruction: at, kind, name: name.clone(), source, paths });
    }

    /// Finds what the names of all uses stand for, draws the edges, and reports what cannot be.
    pub(crate) fn settle(&mut self) {
        let mut uses = std::mem::take(&mut self.graph.uses);
        for item in &mut uses {
            item.source = self.source(item);
            if let Source::Stage(from) = item.source {
                let (to, kind, range, sources) = (item.stage, item.kind, item.name.range, item.paths.clone());
                self.graph.edges.push(Edge { from, to, kind, range, sources });
            }
        }
        let needed = self.graph.reachable(self.graph.target_or_last());
        for item in &uses {
            // A stage that is not built may wait for a later one; `BuildKit` never looks.
            let counts = self.options.all_stages || needed.contains(&item.stage);
            if counts || !matches!(item.source, Source::Later(_)) {
                self.report(item);
            }
        }
        self.graph.uses = uses;
    }

    fn source(&self, item: &Use) -> Source {
        let name = &item.name.value;
        if self.is_context(name) {
            return Source::Context(name.to_owned());
        }
        self.graph.resolve(item.stage, item.kind, name)
    }

    fn report(&mut self, item: &Use) {
        if let Some((message, help)) = refused(&item.name.value, item.stage, &item.source) {
            self.problem(item.name.range, message, Some(help));
        }
    }
}

/// Why a source cannot be copied or mounted in stage number `stage`, and what to do about it.
pub fn refused(name: &str, stage: usize, source: &Source) -> Option<(String, String)> {
    Some(match source {
        Source::Own => (
            format!("`{name}` is the stage that this instruction stands in"),
            "copy from an earlier stage, or use a plain path with `RUN cp`".to_owned(),
        ),
        Source::Later(_) => (
            format!("the stage `{name}` is defined after this instruction"),
            "move the stage before the one that needs it".to_owned(),
        ),
        Source::NoStage => (
            format!("there is no stage number {name}"),
            format!("stages are counted from 0, and {stage} come before this one"),
        ),
        Source::Image(None) if name.contains('$') => (
            format!("variables are not expanded in `from`: `{name}`"),
            "give the image a name, `FROM …${VAR} AS name`, and copy from that stage".to_owned(),
        ),
        Source::Image(None) => (
            format!("`{name}` is neither a stage nor the name of an image"),
            "name an earlier stage, its number, or an image".to_owned(),
        ),
        _ => return None,
    })
}
