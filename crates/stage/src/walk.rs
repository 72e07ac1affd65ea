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

    fn record(&mut self, at: usize, kind: EdgeKind, name: &Spanned<String>, paths: Vec<String>) {
        let stage = self.graph.stages.len() - 1;
        let source = self.source(&name.value, stage);
        if let Source::Stage(from) = source {
            let sources = paths.clone();
            self.graph.edges.push(Edge { from, to: stage, kind, range: name.range, sources });
        }
        self.graph.uses.push(Use { stage, instruction: at, kind, name: name.clone(), source, paths });
    }

    fn source(&self, name: &str, stage: usize) -> Source {
        if self.is_context(name) {
            return Source::Context(name.to_owned());
        }
        if let Some(found) = self.graph.find_before(name, stage) {
            return Source::Stage(found);
        }
        // The later stages are not known yet; `settle` looks again when all are.
        Source::Image(name.parse().ok())
    }

    /// Looks again at the names that no earlier stage has, and reports those that cannot be.
    pub(crate) fn settle(&mut self) {
        let mut uses = std::mem::take(&mut self.graph.uses);
        let needed = self.graph.reachable(self.graph.target_or_last());
        for item in uses.iter_mut().filter(|item| matches!(item.source, Source::Image(_))) {
            item.source = self.late_source(item);
            // A stage that is not built may wait for a later one; `BuildKit` never looks.
            if !matches!(item.source, Source::Later(_)) || needed.contains(&item.stage) {
                self.report(item);
            }
        }
        self.graph.uses = uses;
    }

    fn late_source(&self, item: &Use) -> Source {
        let name = &item.name.value;
        let own = |index: usize| index == item.stage;
        match self.graph.find(name) {
            Some(index) if own(index) => Source::Own,
            Some(index) => Source::Later(index),
            None if name.parse::<usize>().is_ok() => Source::NoStage,
            None => item.source.clone(),
        }
    }

    fn report(&mut self, item: &Use) {
        let name = &item.name.value;
        let (message, help) = match &item.source {
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
                format!("stages are counted from 0, and {} come before this one", item.stage),
            ),
            Source::Image(None) if name.contains('$') => (
                format!("variables are not expanded in `from`: `{name}`"),
                "give the image a name, `FROM …${VAR} AS name`, and copy from that stage".to_owned(),
            ),
            Source::Image(None) => (
                format!("`{name}` is neither a stage nor the name of an image"),
                "name an earlier stage, its number, or an image".to_owned(),
            ),
            _ => return,
        };
        self.problem(item.name.range, message, Some(help));
    }
}
