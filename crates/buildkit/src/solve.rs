//! Solving: connects, opens the session, sends the graph, and tells what happens until the engine is done.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use plan::NodeId;

use crate::connect::Endpoint;
use crate::grpc::{self, CallError};
use crate::messages::{
    BridgeResult, BridgeReturn, BridgeSolve, BridgeSolved, CacheOptions, CacheOptionsEntry, Nothing,
    SolveRequest, SolveResponse, StatusRequest, StatusResponse, Timestamp, Vertex,
};
use crate::session::{self, Lent, Session};
use crate::{EngineError, Lowered, wording};

/// What becomes of the result.
#[derive(Debug)]
pub enum Export {
    /// An image in the engine's own store, without a name.
    Store,
    /// An OCI archive, sent here.
    Archive(File),
    /// Nothing but the engine's cache.
    Nothing,
}

/// A cache that the engine reads or writes, in its own form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheEntry {
    /// `registry`.
    pub kind: String,
    /// Where it is, and how it is written.
    pub attrs: BTreeMap<String, String>,
}

/// What is to be solved.
pub struct Job<'a> {
    /// The engine.
    pub endpoint: &'a Endpoint,
    /// The graph.
    pub lowered: &'a Lowered,
    /// The image's configuration as JSON.
    pub config: Vec<u8>,
    /// What becomes of the result.
    pub export: Export,
    /// What the engine may ask for.
    pub lent: Lent,
    /// Tells this build from others: letters and digits.
    pub id: String,
    /// What all times are limited to, in seconds since 1970.
    pub epoch: Option<i64>,
    /// Caches that are read.
    pub cache_from: Vec<CacheEntry>,
    /// Caches that are written.
    pub cache_to: Vec<CacheEntry>,
    /// Told what happens.
    pub update: &'a dyn Fn(Update),
    /// Told what went wrong without an end to the build.
    pub note: &'a dyn Fn(&str),
    /// Whether the build is to end.
    pub cancelled: &'a dyn Fn() -> bool,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The node.
    pub node: NodeId,
    /// What happened.
    pub kind: UpdateKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpdateKind {
    /// It runs.
    Started,
    /// The engine had its result.
    Cached,
    /// Its process wrote this; the number of the stream.
    Output(i64, Vec<u8>),
    /// It is done: from the begin of the engine's first vertex to its own, and from there to its end.
    Done(Duration, Duration),
    /// It failed.
    Failed,
}

/// What came out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Solved {
    /// What the exporter says, by name.
    pub exported: BTreeMap<String, String>,
}

/// Solves at an engine.
pub fn solve(job: Job<'_>) -> Result<Solved, EngineError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(run(job));
    runtime.shutdown_background();
    result
}

async fn run(job: Job<'_>) -> Result<Solved, EngineError> {
    let connection = job.endpoint.connect().await?;
    let mut builder = h2::client::Builder::new();
    let builder = builder.initial_window_size(4 << 20).initial_connection_window_size(64 << 20);
    let (client, driver) = builder.handshake::<_, Bytes>(connection).await?;
    tokio::spawn(async move {
        // Calls that wait see the end of the connection themselves.
        let _ = driver.await;
    });
    let Job {
        lowered, config, export, lent, id, epoch, cache_from, cache_to, update, note, cancelled, ..
    } = job;
    let (exporter, attrs, file) = exporter(export, epoch);
    let session = Arc::new(Session { lent, file: Mutex::new(file) });
    let (caller, session_id) = (client.clone(), format!("session{id}"));
    let open = session_id.clone();
    tokio::spawn(async move {
        // The solving fails when the session ends too early.
        let _ = session::open(&caller, &open, session).await;
    });
    let request = SolveRequest {
        reference: format!("build{id}"),
        exporter,
        exporter_attrs: attrs,
        session: session_id,
        cache: Some(CacheOptions { exports: cache_to.into_iter().map(entry).collect() }),
        entitlements: lowered.entitlements.clone(),
    };
    let mut progress = Progress {
        lowered,
        update,
        note,
        first: None,
        started: BTreeSet::new(),
        nodes: BTreeMap::new(),
        done: BTreeSet::new(),
        noted: BTreeSet::new(),
        failed: None,
    };
    let own = BridgeSolve {
        definition: Some(lowered.definition.clone()),
        allow_result_return: true,
        allow_result_array_ref: true,
        cache_imports: cache_from.into_iter().map(entry).collect(),
        evaluate: true,
    };
    let result = {
        let solving = graph(&client, &request, own, config);
        let watching = watch(&client, &request.reference, &mut progress);
        tokio::pin!(solving, watching);
        let mut watched = false;
        loop {
            tokio::select! {
                result = &mut solving => {
                    // What was said last is still on its way.
                    if !watched {
                        let _ = tokio::time::timeout(LAST_WORDS, &mut watching).await;
                    }
                    break result;
                }
                // Without news the build goes on.
                _ = &mut watching, if !watched => watched = true,
                () = tokio::time::sleep(Duration::from_millis(100)) => {
                    if cancelled() {
                        return Err(EngineError::environment("the build was interrupted"));
                    }
                }
            }
        }
    };
    match result {
        Ok(response) => Ok(Solved { exported: response.exporter.into_iter().collect() }),
        Err(CallError::Engine(error)) => Err(error),
        Err(CallError::Status(status)) => {
            Err(EngineError { node: progress.failed, ..wording::error(&status.message) })
        }
    }
}

/// How long is waited for news after the end.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Solves the graph as a client that is its own frontend does: the request holds the exporter and ends with it, and
/// what is exported is solved and handed over by calls that name the request.
async fn graph(
    client: &SendRequest<Bytes>,
    request: &SolveRequest,
    own: BridgeSolve,
    config: Vec<u8>,
) -> Result<SolveResponse, CallError> {
    let exporting = grpc::unary::<SolveResponse>(client, "/moby.buildkit.v1.Control/Solve", &[], request);
    let handing = hand_over(client, &request.reference, own, config);
    tokio::pin!(exporting, handing);
    tokio::select! {
        // The request ends first only when it fails.
        result = &mut exporting => return result,
        result = &mut handing => result?,
    }
    exporting.await
}

async fn hand_over(
    client: &SendRequest<Bytes>,
    reference: &str,
    request: BridgeSolve,
    config: Vec<u8>,
) -> Result<(), CallError> {
    let headers = [("buildkit-controlapi-buildid".to_owned(), reference.to_owned())];
    let path = "/moby.buildkit.v1.frontend.LLBBridge/Solve";
    let solved = grpc::unary::<BridgeSolved>(client, path, &headers, &request).await?;
    let metadata = BTreeMap::from([("containerimage.config".to_owned(), config)]);
    let reference = solved.result.and_then(|result| result.reference);
    let result = Some(BridgeResult { reference, metadata });
    let path = "/moby.buildkit.v1.frontend.LLBBridge/Return";
    grpc::unary::<Nothing>(client, path, &headers, &BridgeReturn { result }).await?;
    Ok(())
}

fn entry(cache: CacheEntry) -> CacheOptionsEntry {
    CacheOptionsEntry { kind: cache.kind, attrs: cache.attrs }
}

fn exporter(export: Export, epoch: Option<i64>) -> (String, HashMap<String, String>, Option<File>) {
    let mut attrs = HashMap::new();
    if let Some(epoch) = epoch {
        attrs.insert("source-date-epoch".to_owned(), epoch.to_string());
    }
    match export {
        Export::Store => ("moby".to_owned(), attrs, None),
        Export::Archive(file) => ("oci".to_owned(), attrs, Some(file)),
        Export::Nothing => (String::new(), HashMap::new(), None),
    }
}

/// Follows what the engine does.
async fn watch(
    client: &SendRequest<Bytes>,
    reference: &str,
    progress: &mut Progress<'_>,
) -> Result<(), CallError> {
    let request = StatusRequest { reference: reference.to_owned() };
    let (_send, mut incoming) =
        grpc::stream(client, "/moby.buildkit.v1.Control/Status", &[], &request).await?;
    while let Some(status) = incoming.decode::<StatusResponse>().await? {
        for vertex in &status.vertexes {
            progress.vertex(vertex);
        }
        for log in status.logs {
            if let Some(node) = progress.nodes.get(&log.vertex).copied() {
                (progress.update)(Update {
                    node,
                    kind: UpdateKind::Output(log.stream, log.message.to_vec()),
                });
            }
        }
    }
    Ok(())
}

struct Progress<'a> {
    lowered: &'a Lowered,
    update: &'a dyn Fn(Update),
    note: &'a dyn Fn(&str),
    /// When the first vertex began, by the engine's clock.
    first: Option<Duration>,
    started: BTreeSet<NodeId>,
    /// Vertices by the digests that the engine has for them.
    nodes: BTreeMap<String, NodeId>,
    done: BTreeSet<NodeId>,
    /// Vertices of the engine's own whose failure was told.
    noted: BTreeSet<String>,
    failed: Option<NodeId>,
}

fn time(at: Option<&Timestamp>) -> Option<Duration> {
    let at = at?;
    let nanos = u32::try_from(at.nanos).ok()?.min(999_999_999);
    Some(Duration::new(u64::try_from(at.seconds).ok()?, nanos))
}

impl Progress<'_> {
    fn vertex(&mut self, vertex: &Vertex) {
        let begun = time(vertex.started.as_ref());
        self.first = self.first.or(begun);
        let Some(node) = self.lowered.node_of(&vertex.name) else { return self.own(vertex) };
        self.nodes.insert(vertex.digest.clone(), node);
        let tell = |kind| (self.update)(Update { node, kind });
        if vertex.started.is_some() && !vertex.cached && self.started.insert(node) {
            tell(UpdateKind::Started);
        }
        let ended = vertex.completed.is_some() && self.done.insert(node);
        if !vertex.error.is_empty() && vertex.completed.is_some() {
            // What was only ended by the failure of another one says that it was.
            if !vertex.error.contains("context canceled") && self.failed.is_none() {
                self.failed = Some(node);
                tell(UpdateKind::Failed);
            }
        } else if ended {
            let begun = begun.unwrap_or_default();
            let took = time(vertex.completed.as_ref()).unwrap_or_default().saturating_sub(begun);
            let begun = begun.saturating_sub(self.first.unwrap_or(begun));
            tell(if vertex.cached { UpdateKind::Cached } else { UpdateKind::Done(begun, took) });
        }
    }

    /// A vertex that the engine adds: of a cache that it reads or writes, a failure is no end.
    fn own(&mut self, vertex: &Vertex) {
        let failed = vertex.completed.is_some() && !vertex.error.is_empty();
        if failed && vertex.name.contains("cache") && self.noted.insert(vertex.digest.clone()) {
            (self.note)(&format!("{}: {}", vertex.name, vertex.error));
        }
    }
}
