//! `cooper build`.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;

use app::build::{Outcome, Request};
use app::outline::Question;
use app::{
    Allow, AppError, CacheFrom, CacheTo, ContextSpec, EngineAddress, OutputSpec, ProvenanceSpec, SecretSpec,
    SshSpec, World,
};
use build::{AllowedLeak, Assembled, FailureShell};
use image::{Descriptor, Platform, Reference};
use plan::NetworkMode;
use store::Compression;

use super::{platform, print, reference};
use crate::exit;
use crate::human::{parse_size, size};
use crate::progress::{Mode, Printer};
use crate::world::{Global, Needs, make};

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "the switches of the command line")]
pub(crate) struct Args {
    /// What COPY reads from: a directory, the URL of a git repository or of a tar archive; `-` for an archive, or a
    /// Dockerfile alone, on standard input.
    #[arg(default_value = ".", value_name = "DIR|URL|-")]
    context: String,
    /// The Dockerfile [default: `Dockerfile` in the context]; a URL, or `-` for standard input.
    #[arg(long, short, value_name = "FILE")]
    file: Option<String>,
    /// Name of the image.
    #[arg(long, short, value_name = "NAME[:TAG]", value_parser = reference)]
    tag: Vec<Reference>,
    /// The stage to build [default: the last].
    #[arg(long, value_name = "STAGE")]
    target: Option<String>,
    /// Value of an ARG; without a value it is taken from the environment.
    #[arg(long, value_name = "NAME[=VALUE]")]
    build_arg: Vec<String>,
    /// Label of the image.
    #[arg(long, value_name = "NAME=VALUE")]
    label: Vec<String>,
    /// Platforms of the image [default: this machine's]; several give an index of images.
    #[arg(long, value_name = "OS/ARCH,…", value_parser = platform, value_delimiter = ',')]
    platform: Vec<Platform>,
    /// A value to lend to steps: `id=NAME[,src=FILE|,env=VARIABLE]`.
    #[arg(long, value_name = "SPEC")]
    secret: Vec<String>,
    /// Where a lent value may end up: `ID:PATH`, `ID:config`, or `build-arg:NAME`.
    #[arg(long, value_name = "ID:PATH")]
    allow_leak: Vec<String>,
    /// Keep the files of a failed step as an image that `cooper run` enters.
    #[arg(
        long,
        value_name = "NAME[:TAG]",
        value_parser = reference,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "failed"
    )]
    keep_failed: Option<Reference>,
    /// Write the files of a failed step to a new directory.
    #[arg(long, value_name = "DIR")]
    export_on_failure: Option<PathBuf>,
    /// Start a shell in the place of a step that failed, with what the step had.
    #[arg(long)]
    shell_on_failure: bool,
    /// An SSH agent to lend to steps: `default` or `ID=SOCKET`.
    #[arg(long, value_name = "SPEC")]
    ssh: Vec<String>,
    /// Another context: a directory, `docker-image://NAME`, `oci-layout://DIR`, or the URL of a git repository or of
    /// an archive.
    #[arg(long, value_name = "NAME=VALUE")]
    build_context: Vec<String>,
    /// Run every step.
    #[arg(long)]
    no_cache: bool,
    /// Ask the registries for newer bases.
    #[arg(long)]
    pull: bool,
    /// Where the result goes: `type=image|oci|docker|podman|local|tar|cacheonly[,dest=PATH][,push=true]`.
    #[arg(long, short, value_name = "SPEC")]
    output: Vec<String>,
    /// Push the image to its names.
    #[arg(long)]
    push: bool,
    /// Load the image into docker.
    #[arg(long)]
    load: bool,
    /// How progress is shown.
    #[arg(long, value_name = "MODE", default_value = "auto")]
    progress: Mode,
    /// Write the image ID to a file.
    #[arg(long, value_name = "FILE")]
    iidfile: Option<PathBuf>,
    /// Write what was built to a file, as JSON.
    #[arg(long, value_name = "FILE")]
    metadata_file: Option<PathBuf>,
    /// Network of the steps that do not choose one.
    #[arg(long, value_name = "MODE")]
    network: Option<Network>,
    /// A line of the steps' `/etc/hosts`.
    #[arg(long, value_name = "HOST:IP")]
    add_host: Vec<String>,
    /// A CA bundle to lend to steps: `host`, `none`, or a file.
    #[arg(long, value_name = "FILE")]
    ca_bundle: Option<PathBuf>,
    /// Steps at once.
    #[arg(long, short, value_name = "NUMBER")]
    jobs: Option<usize>,
    /// Size of the steps' `/dev/shm`, for example `256m`.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    shm_size: Option<u64>,
    /// Memory of each step, for example `2g`, where a cgroup can be had.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    memory: Option<u64>,
    /// Processes and threads of each step, where a cgroup can be had.
    #[arg(long, value_name = "NUMBER")]
    pids_limit: Option<u64>,
    /// Keep the times of files, so that a later build gives another digest.
    #[arg(long)]
    no_reproducible: bool,
    /// What a step may do: network.host, security.insecure, device (of any name) or device=NAME[,alias=OTHER].
    #[arg(long, value_name = "PRIVILEGE")]
    allow: Vec<String>,
    /// Compression of new layers.
    #[arg(long, value_name = "ALGORITHM", default_value = "gzip")]
    compression: Algorithm,
    /// Say why each step ran, and what it was made of last time: to standard error, or as JSON to standard output.
    #[arg(long, value_name = "FORMAT", num_args = 0..=1, require_equals = true, default_missing_value = "text")]
    explain: Option<Explain>,
    /// How hard new layers are compressed: 0 to 12 for gzip (1 unless given), 1 to 22 for zstd (3).
    #[arg(long, value_name = "LEVEL", value_parser = clap::value_parser!(i32).range(0..=22))]
    compression_level: Option<i32>,
    /// Leave a SLSA provenance beside the image, and in its index as `BuildKit` does: `min` or `max`, with
    /// `mode=…,builder-id=…` for more.
    #[arg(long, value_name = "MODE", num_args = 0..=1, default_missing_value = "min", require_equals = true)]
    provenance: Option<String>,
    /// What to leave beside the image: `type=provenance[,mode=min|max]`.
    #[arg(long, value_name = "SPEC")]
    attest: Vec<String>,
    /// Refuse what the lock file beside the Dockerfile does not have (`cooper lock`).
    #[arg(long)]
    locked: bool,
    /// Build again, without cache and in another sandbox, and compare. An image that is not the same goes nowhere, and what
    /// differs is shown with its instruction.
    #[arg(long)]
    verify: bool,
    /// Ask the gates of `cooper.toml` that do not need a signature. An image that one stops gets no name and goes nowhere.
    #[arg(long)]
    gate: bool,
    /// Say what each instruction took: time, processor, memory, transfers, and bytes that later ones replaced or deleted; as a
    /// table, as JSON, or as a trace for the trace view of Chrome.
    #[arg(long, value_name = "FORMAT", num_args = 0..=1, require_equals = true, default_missing_value = "text")]
    profile: Option<ProfileFormat>,
    /// Where the profile goes [default: standard error for the table, else standard output].
    #[arg(long, value_name = "FILE", requires = "profile")]
    profile_output: Option<PathBuf>,
    /// Where to build: `docker[=SOCKET]` for a Docker Engine, `buildkit[=ADDRESS]` for a buildkitd [default: here].
    #[arg(long, value_name = "KIND[=ADDRESS]")]
    engine: Option<EngineAddress>,
    /// Where results of steps may be had: `type=registry,ref=NAME` or `type=local,src=DIR`.
    #[arg(long, value_name = "SPEC")]
    cache_from: Vec<String>,
    /// Where results of steps go: `type=registry,ref=NAME`, `type=local,dest=DIR` or `type=inline`; `mode=min|max`.
    #[arg(long, value_name = "SPEC")]
    cache_to: Vec<String>,
    /// Check the Dockerfile instead of building it.
    #[arg(long)]
    check: bool,
    /// What to do: `build`, `check`, `outline` for what the target can be given, `targets` for the stages; with
    /// `,format=json` the last three print JSON as Docker does.
    #[arg(long, value_name = "METHOD")]
    call: Option<Call>,
}

impl Args {
    /// How progress is shown.
    pub(crate) const fn progress(&self) -> Mode {
        self.progress
    }
}

/// What `--call` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Build,
    Check,
    CheckJson,
    Ask(Question, AnswerAs),
}

/// How an answer is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AnswerAs {
    Text,
    Json,
}

impl std::str::FromStr for Call {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (method, format) = text.split_once(',').unwrap_or((text, "format=text"));
        let form = match format {
            "format=text" => AnswerAs::Text,
            "format=json" => AnswerAs::Json,
            _ => return Err("the only field is `format`, and its values are `text` and `json`".to_owned()),
        };
        match (method, form) {
            ("build", AnswerAs::Text) => Ok(Self::Build),
            ("check" | "lint", AnswerAs::Text) => Ok(Self::Check),
            ("check" | "lint", AnswerAs::Json) => Ok(Self::CheckJson),
            ("outline", form) => Ok(Self::Ask(Question::Outline, form)),
            ("targets", form) => Ok(Self::Ask(Question::Targets, form)),
            _ => {
                Err("use build, check, outline or targets; `,format=json` goes with the last three"
                    .to_owned())
            }
        }
    }
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum Network {
    Default,
    None,
    Host,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Explain {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ProfileFormat {
    Text,
    Json,
    Trace,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Algorithm {
    Gzip,
    Zstd,
    Uncompressed,
}

/// Builds, and prints what was built.
pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, AppError> {
    match args.call {
        Some(Call::Ask(question, form)) => return answer(global, args, question, form),
        Some(Call::Check | Call::CheckJson) => return check(global, args),
        _ if args.check => return check(global, args),
        _ => {}
    }
    let world = make(global, Needs::Namespace)?;
    crate::interrupt::end_in_order()?;
    let request = request(&world, args)?;
    // A view that is redrawn would be drawn over the shell.
    let mode = if args.shell_on_failure && args.progress == Mode::Auto { Mode::Plain } else { args.progress };
    let printer = Printer::new(mode, global.quiet);
    let outcome = app::build::build(&world, &request, &printer, Some(&mut std::io::stdin()));
    explain(args, &printer)?;
    let outcome = outcome?;
    write_files(args, &request, &outcome)?;
    if let Some(verified) = outcome.verified.as_ref().filter(|_| !global.json) {
        anstream::eprint!("{}", crate::verified::text(verified, global.color()));
    }
    if let Some(asked) = &outcome.gate {
        let shown = super::gate::rendered(asked, "human", global.color())?;
        if !global.json && (!global.quiet || !asked.passes()) {
            anstream::eprint!("{shown}");
        }
    }
    let to_stdout = request.outputs.iter().any(|output| output.dest.as_deref() == Some("-"));
    let profiled = profile(args, &outcome)?;
    if !to_stdout && !profiled && args.explain != Some(Explain::Json) {
        print(&summary(global, &request, &outcome))?;
    }
    let differs = outcome.verified.as_ref().is_some_and(|verified| !verified.same);
    let is_stopped = outcome.gate.as_ref().is_some_and(|asked| !asked.passes());
    Ok(if differs {
        exit::NOT_REPRODUCED
    } else if is_stopped {
        exit::FINDINGS
    } else {
        exit::CLEAN
    })
}

/// Writes what steps took; whether that was to standard output.
fn profile(args: &Args, outcome: &Outcome) -> Result<bool, AppError> {
    let Some((format, profile)) = args.profile.zip(outcome.profile.as_ref()) else { return Ok(false) };
    let text = match format {
        ProfileFormat::Text => crate::profiled::text(profile),
        ProfileFormat::Json => format!("{}\n", app::profile::json(profile)),
        ProfileFormat::Trace => format!("{}\n", app::profile::trace(profile)),
    };
    match &args.profile_output {
        Some(path) => std::fs::write(path, text)?,
        None if format == ProfileFormat::Text => anstream::eprint!("{text}"),
        None => print(&text)?,
    }
    Ok(format != ProfileFormat::Text && args.profile_output.is_none())
}

/// Says why steps ran, also of a build that failed.
fn explain(args: &Args, printer: &Printer) -> Result<(), AppError> {
    let steps = printer.steps_explained();
    match args.explain {
        Some(Explain::Text) => {
            anstream::eprint!("{}", crate::explain::text(&steps));
            Ok(())
        }
        Some(Explain::Json) => print(&crate::explain::json(&steps)),
        None => Ok(()),
    }
}

/// Says what the Dockerfile that would be built can be given, or what it can build.
fn answer(global: &Global, args: &Args, question: Question, form: AnswerAs) -> Result<u8, AppError> {
    let world = make(global, Needs::Namespace)?;
    let (request, printer) = (request(&world, args)?, Printer::new(args.progress, global.quiet));
    let json = form == AnswerAs::Json || global.json;
    let stdin = &mut std::io::stdin();
    print(&app::outline::answer(&world, &request, &printer, Some(stdin), question, json)?)?;
    Ok(exit::CLEAN)
}

/// Checks the Dockerfile that would be built, with what the build would be given.
fn check(global: &Global, args: &Args) -> Result<u8, AppError> {
    let world = make(global, Needs::Nothing)?;
    let build = app::lint::Build {
        build_args: app::pairs(&args.build_arg, &world.env),
        contexts: contexts(&world, args)?.into_keys().collect(),
        platform: args.platform.first().cloned(),
    };
    let format = (args.call == Some(Call::CheckJson)).then(|| "buildkit".to_owned());
    let target = args.target.clone();
    let request = app::lint::Request { target, build: Some(build), ..app::lint::Request::default() };
    let is_local = args.file.as_ref().is_none_or(|file| !file.contains("://"));
    if is_local && world.path(&args.context).is_dir() {
        let beside = || format!("{}/Dockerfile", args.context.trim_end_matches('/'));
        let path = args.file.clone().unwrap_or_else(beside);
        let context = Some(args.context.clone());
        return super::lint::check_build(
            global,
            format,
            app::lint::Request { paths: vec![path], context, ..request },
        );
    }
    // What comes from elsewhere is taken into the store.
    let world = make(global, Needs::Namespace)?;
    let build = self::request(&world, args)?;
    let printer = Printer::new(args.progress, global.quiet);
    let (name, text) = app::build::dockerfile(&world, &build, &printer, Some(&mut std::io::stdin()))?;
    super::lint::check_build(
        global,
        format,
        app::lint::Request { paths: vec![name], text: Some(text), ..request },
    )
}

pub(crate) fn request(world: &World, args: &Args) -> Result<Request, AppError> {
    let (mut outputs, mut tags) = (Vec::new(), args.tag.clone());
    for text in &args.output {
        let (output, names) = OutputSpec::parse(text).map_err(AppError::usage)?;
        for name in names {
            tags.push(reference(&name).map_err(AppError::usage)?);
        }
        outputs.push(output);
    }
    if args.push {
        outputs.push(OutputSpec::new(app::OutputKind::Image { push: true }, None));
    }
    if args.load {
        outputs.push(OutputSpec::new(app::OutputKind::Docker, None));
    }
    Ok(Request {
        context: Some(args.context.clone()),
        file: args.file.clone(),
        text: None,
        tags,
        target: args.target.clone(),
        build_args: app::pairs(&args.build_arg, &world.env),
        labels: app::pairs(&args.label, &BTreeMap::new()),
        platforms: args.platform.clone(),
        secrets: parsed(&args.secret, |text| SecretSpec::parse(text))?,
        keep_failed: app::KeepFailed {
            image: args.keep_failed.clone(),
            directory: args.export_on_failure.clone(),
        },
        failure_shell: args.shell_on_failure.then(|| FailureShell { tty: std::io::stdin().is_terminal() }),
        allowed_leaks: parsed(&args.allow_leak, |text| AllowedLeak::parse(text))?,
        ssh: args.ssh.iter().map(|text| SshSpec::parse(text)).collect(),
        contexts: contexts(world, args)?,
        no_cache: args.no_cache,
        pull: args.pull,
        network: network_of(world, args.network)?,
        allow: Allow::parse(world.settings.build.allow.iter().chain(&args.allow).map(String::as_str))
            .map_err(AppError::usage)?,
        extra_hosts: parsed(&args.add_host, |text| host(text))?,
        ca_bundle: args.ca_bundle.clone(),
        jobs: args.jobs,
        keep_times: args.no_reproducible,
        compression: match args.compression {
            Algorithm::Gzip => Compression::Gzip,
            Algorithm::Zstd => Compression::Zstd,
            Algorithm::Uncompressed => Compression::None,
        },
        compression_level: args.compression_level,
        shm_size: args.shm_size,
        memory: args.memory,
        pids: args.pids_limit,
        explain: args.explain.is_some(),
        provenance: provenance(args)?,
        locked: args.locked,
        verify: args.verify,
        gate: args.gate,
        profile: args.profile.is_some(),
        engine: args.engine.clone(),
        cache_from: parsed(&args.cache_from, |text| CacheFrom::parse(text))?,
        cache_to: parsed(&args.cache_to, |text| CacheTo::parse(text))?,
        outputs,
    })
}

/// The last word on the provenance counts.
fn provenance(args: &Args) -> Result<Option<ProvenanceSpec>, AppError> {
    let mut spec = None;
    for text in &args.attest {
        spec = ProvenanceSpec::parse_attest(text).map_err(AppError::usage)?;
    }
    match &args.provenance {
        Some(text) => ProvenanceSpec::parse(text).map_err(AppError::usage),
        None => Ok(spec),
    }
}

fn parsed<T>(texts: &[String], parse: impl Fn(&String) -> Result<T, String>) -> Result<Vec<T>, AppError> {
    texts.iter().map(|text| parse(text).map_err(AppError::usage)).collect()
}

fn contexts(world: &World, args: &Args) -> Result<BTreeMap<String, ContextSpec>, AppError> {
    let mut out = BTreeMap::new();
    for (name, value) in &world.settings.build.contexts {
        out.insert(name.clone(), ContextSpec::parse(value).map_err(AppError::usage)?);
    }
    for text in &args.build_context {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            AppError::usage(format!("`--build-context {text}` is not of the form `NAME=VALUE`"))
        })?;
        out.insert(name.to_owned(), ContextSpec::parse(value).map_err(AppError::usage)?);
    }
    Ok(out)
}

/// The network that was asked for, else the configured one.
pub(super) fn network_of(world: &World, given: Option<Network>) -> Result<NetworkMode, AppError> {
    let setting = world.settings.build.network.as_deref();
    match (given, setting) {
        (Some(Network::None), _) | (None, Some("none")) => Ok(NetworkMode::None),
        (Some(Network::Host), _) | (None, Some("host")) => Ok(NetworkMode::Host),
        (Some(Network::Default), _) | (None, None | Some("default")) => Ok(NetworkMode::Default),
        (None, Some(other)) => Err(AppError::usage(format!("`{other}` is not a network mode"))
            .help("write `default`, `none` or `host` in cooper.toml")),
    }
}

fn host(text: &str) -> Result<(String, String), String> {
    let split = text.split_once('=').or_else(|| text.split_once(':'));
    let (name, address) = split.ok_or_else(|| format!("`--add-host {text}` is not of the form `HOST:IP`"))?;
    Ok((name.to_owned(), address.trim_matches(['[', ']']).to_owned()))
}

fn write_files(args: &Args, request: &Request, outcome: &Outcome) -> Result<(), AppError> {
    let Some(top) = &outcome.top else { return Ok(()) };
    let only = match outcome.images.as_slice() {
        [(_, image)] => Some(image.config.digest),
        _ => None,
    };
    if let Some(path) = &args.iidfile {
        std::fs::write(path, only.unwrap_or(top.digest).to_string())?;
    }
    let names: Vec<String> = request.tags.iter().map(ToString::to_string).collect();
    if let (Some(path), Some(value)) = (&args.metadata_file, metadata(&names.join(","), outcome)) {
        let text = serde_json::to_string_pretty(&value).unwrap_or_default();
        std::fs::write(path, text + "\n")?;
    }
    Ok(())
}

/// What was built, as `--metadata-file` has it.
pub(super) fn metadata(names: &str, outcome: &Outcome) -> Option<serde_json::Value> {
    let top = outcome.top.as_ref()?;
    let mut value = serde_json::json!({
        "containerimage.descriptor": top,
        "containerimage.digest": top.digest,
        "image.name": names,
    });
    if let [(_, image)] = outcome.images.as_slice() {
        value["containerimage.config.digest"] = image.config.digest.to_string().into();
    }
    Some(value)
}

fn summary(global: &Global, request: &Request, outcome: &Outcome) -> String {
    let Some(top) = &outcome.top else {
        if let Some(asked) = outcome.gate.as_ref().filter(|_| global.json) {
            return format!("{}\n", serde_json::json!({ "gate": asked.to_json() }));
        }
        let verified = outcome.verified.as_ref().filter(|_| global.json);
        return verified.map_or_else(String::new, |verified| {
            format!("{}\n", serde_json::json!({ "verify": app::verify::json(verified) }))
        });
    };
    let names: Vec<String> = request.tags.iter().map(Reference::familiar).collect();
    if global.json {
        return summary_json(outcome, top, &names);
    }
    if global.quiet {
        return format!("{}\n", top.digest);
    }
    let names = if names.is_empty() { "image".to_owned() } else { names.join(", ") };
    let times = outcome.epoch.map_or_else(
        || "kept as they are".to_owned(),
        |(seconds, why)| format!("none later than {seconds} ({why})"),
    );
    let mut text = format!("{names}\n  digest    {}\n", top.digest);
    for (platform, image) in &outcome.images {
        let layers = image.layers.len();
        let plural = if layers == 1 { "" } else { "s" };
        let several = outcome.images.len() > 1;
        let manifest = if several { format!(" {}", image.manifest.digest) } else { String::new() };
        text += &format!("  platform  {platform}{manifest}\n  image id  {}\n", image.config.digest);
        text += &format!("  size      {} in {layers} layer{plural}\n", size(bytes(image)));
    }
    if request.provenance.is_some() {
        text += &format!("  claims    {}\n", app::SLSA_LEVEL);
    }
    text + &format!("  times     {times}\n")
}

fn bytes(image: &Assembled) -> u64 {
    image.layers.iter().map(|layer| layer.size).sum()
}

fn summary_json(outcome: &Outcome, top: &Descriptor, names: &[String]) -> String {
    let image = |(platform, image): &(Platform, Assembled)| {
        serde_json::json!({
            "platform": platform.to_string(),
            "digest": image.manifest.digest,
            "config": image.config.digest,
            "layers": image.layers.len(),
            "size": bytes(image),
        })
    };
    let images: Vec<_> = outcome.images.iter().map(image).collect();
    let mut value = serde_json::json!({ "digest": top.digest, "names": names, "images": images });
    if let Some(verified) = &outcome.verified {
        value["verify"] = app::verify::json(verified);
    }
    if let Some(asked) = &outcome.gate {
        value["gate"] = asked.to_json();
    }
    if let [only] = images.as_slice() {
        for key in ["platform", "config", "layers", "size"] {
            value[key] = only[key].clone();
        }
    }
    format!("{value}\n")
}
