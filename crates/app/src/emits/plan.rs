//! The plan, without a look at any registry: base images are known by their names alone, so what they set (their
//! environment, user, working directory, shell and triggers) is missing in the steps on top of them.

use std::collections::BTreeMap;

use plan::{
    AssumedBases, CopyOp, CopySource, Exec, ExecMount, ExecMountKind, GitOp, MainContext, NetworkMode, Node,
    NodeId, Op, Output, PlanOptions, Sharing, Source,
};
use serde_json::{Value, json};
use syntax::GitTimes;

use super::{Emit, Input, document};
use crate::{AppError, ErrorClass};

pub(crate) static EMIT: Emit = Emit { name: "plan", tells_errors: false, needs_graph: true, render };

fn render(input: &Input<'_>) -> Result<String, AppError> {
    let options = PlanOptions {
        build_args: input.options.build_args.clone(),
        platform: input.options.platform.clone(),
        platform_given: true,
        build_platform: input.options.build_platform.clone(),
        main: MainContext::Directory,
        contexts: BTreeMap::new(),
        target: input.options.target.clone(),
        allowed: plan::Allowed::All,
        labels: BTreeMap::new(),
    };
    let plan = plan::plan(input.parse, input.graph, &options, &AssumedBases).map_err(|error| {
        let made = AppError { help: error.help, ..AppError::new(ErrorClass::Build, error.message) };
        made.in_source(input.name, input.parse.text(), error.range)
    })?;
    Ok(document(&json!({
        "schema": "cooper/plan/1",
        "file": input.name,
        "resolved": false,
        "nodes": plan.nodes.iter().enumerate().map(|(id, item)| node(id, item)).collect::<Vec<_>>(),
        "outputs": plan.outputs.iter().map(output).collect::<Vec<_>>(),
    })))
}

fn output(output: &Output) -> Value {
    let history = output.history.iter().map(|(entry, node)| {
        json!({ "created_by": entry.created_by, "author": entry.author, "node": node.map(number) })
    });
    json!({
        "platform": output.platform.to_string(),
        "node": number(output.node),
        "stage": output.stage_name,
        "config": output.config.config,
        "history": history.collect::<Vec<_>>(),
    })
}

const fn number(id: NodeId) -> usize {
    id.0
}

fn node(id: usize, node: &Node) -> Value {
    let origin = &node.origin;
    let resolved = !matches!(node.op, Op::Image(_));
    json!({
        "id": id,
        "op": op(&node.op),
        "platform": node.platform.to_string(),
        "digest": resolved.then(|| node.digest.to_string()),
        "input": node.input.map(number),
        "needs": node.needs().into_iter().map(number).collect::<Vec<_>>(),
        "origin": {
            "stage": origin.stage,
            "stage_name": origin.stage_name,
            "step": origin.step,
            "steps": origin.steps,
            "range": origin.range,
            "line": origin.line,
            "text": origin.text,
        },
    })
}

fn op(op: &Op) -> Value {
    match op {
        Op::Image(image) => json!({ "type": "image", "reference": image.reference.to_string() }),
        Op::Scratch => json!({ "type": "scratch" }),
        Op::Web(web) => json!({
            "type": "web",
            "url": web.url.url,
            "name": web.file_name,
            "checksum": web.checksum.map(|digest| digest.to_string()),
            "unpack": web.unpack,
        }),
        Op::Git(op) => git(op),
        Op::Tree(layer) => json!({ "type": "tree", "layer": layer.to_string() }),
        Op::Exec(exec) => self::exec(exec),
        Op::Copy(copy) => self::copy(copy),
        Op::Mkdir { path, user } => json!({ "type": "mkdir", "path": path, "user": user }),
    }
}

fn git(op: &GitOp) -> Value {
    json!({
        "type": "git",
        "remote": op.git.remote,
        "reference": op.git.reference,
        "checksum": op.git.checksum,
        "subdir": op.git.subdir,
        "keep_git_dir": op.keep_git_dir,
        "submodules": op.submodules,
        "times": match op.git.times {
            GitTimes::Checkout => "checkout",
            GitTimes::Commit => "commit",
        },
    })
}

/// What is lent to a process is no part of the plan's result, and may be secret.
fn exec(exec: &Exec) -> Value {
    json!({
        "type": "exec",
        "args": exec.args,
        "env": exec.env,
        "cwd": exec.cwd,
        "user": exec.user,
        "mounts": exec.mounts.iter().map(mount).collect::<Vec<_>>(),
        "files": files(&exec.files),
        "network": match exec.network {
            NetworkMode::Default => "default",
            NetworkMode::None => "none",
            NetworkMode::Host => "host",
        },
        "insecure": exec.insecure,
        "devices": exec.devices,
        "hostname": exec.hostname,
    })
}

fn files(files: &[(String, String)]) -> Vec<Value> {
    files.iter().map(|(name, content)| json!({ "name": name, "content": content })).collect()
}

fn mount(mount: &ExecMount) -> Value {
    let mut value = match &mount.kind {
        ExecMountKind::Bind { from, source: path } => {
            json!({ "type": "bind", "from": source(from), "source": path })
        }
        ExecMountKind::Cache { id, sharing, from, source: path, mode, uid, gid } => json!({
            "type": "cache",
            "id": id,
            "sharing": match sharing {
                Sharing::Shared => "shared",
                Sharing::Private => "private",
                Sharing::Locked => "locked",
            },
            "from": from.as_ref().map(source),
            "source": path,
            "mode": mode,
            "uid": uid,
            "gid": gid,
        }),
        ExecMountKind::Tmpfs { size } => json!({ "type": "tmpfs", "size": size }),
        ExecMountKind::Secret { id, file, env, required, mode, uid, gid } => json!({
            "type": "secret",
            "id": id,
            "file": file,
            "env": env,
            "required": required,
            "mode": mode,
            "uid": uid,
            "gid": gid,
        }),
        ExecMountKind::Ssh { id, required, mode, uid, gid } => json!({
            "type": "ssh",
            "id": id,
            "required": required,
            "mode": mode,
            "uid": uid,
            "gid": gid,
        }),
    };
    value["target"] = mount.target.clone().into();
    value["readonly"] = mount.readonly.into();
    value
}

fn source(source: &Source) -> Value {
    match source {
        Source::Context(name) => json!({ "type": "context", "name": name }),
        Source::Node(id) => json!({ "type": "node", "node": number(*id) }),
    }
}

fn copied(source: &CopySource) -> Value {
    match source {
        CopySource::Path(path) => json!({ "type": "path", "path": path }),
        CopySource::Remote { node, file } => json!({ "type": "node", "node": number(*node), "file": file }),
    }
}

fn copy(copy: &CopyOp) -> Value {
    json!({
        "type": if copy.add { "add" } else { "copy" },
        "from": source(&copy.from),
        "sources": copy.sources.iter().map(copied).collect::<Vec<_>>(),
        "inline": files(&copy.inline),
        "dest": copy.dest,
        "chown": copy.chown,
        "chmod": copy.chmod,
        "link": copy.link,
        "parents": copy.parents,
        "exclude": copy.exclude,
        "unpack": copy.unpack,
    })
}
