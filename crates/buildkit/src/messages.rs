//! The messages of `BuildKit`'s protocols that are used here, with the numbers of their fields.

use std::collections::HashMap;

/// `moby.buildkit.v1.SolveRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SolveRequest {
    #[prost(string, tag = "1")]
    pub(crate) reference: String,
    /// The only exporter, as engines before 0.13 want it.
    #[prost(string, tag = "3")]
    pub(crate) exporter: String,
    #[prost(map = "string, string", tag = "4")]
    pub(crate) exporter_attrs: HashMap<String, String>,
    #[prost(string, tag = "5")]
    pub(crate) session: String,
    #[prost(message, optional, tag = "8")]
    pub(crate) cache: Option<CacheOptions>,
    #[prost(string, repeated, tag = "9")]
    pub(crate) entitlements: Vec<String>,
}

/// `moby.buildkit.v1.CacheOptions`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CacheOptions {
    #[prost(message, repeated, tag = "4")]
    pub(crate) exports: Vec<CacheOptionsEntry>,
}

/// `CacheOptionsEntry` of both services.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CacheOptionsEntry {
    #[prost(string, tag = "1")]
    pub(crate) kind: String,
    #[prost(btree_map = "string, string", tag = "2")]
    pub(crate) attrs: std::collections::BTreeMap<String, String>,
}

/// `moby.buildkit.v1.SolveResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SolveResponse {
    #[prost(map = "string, string", tag = "1")]
    pub(crate) exporter: HashMap<String, String>,
}

/// `moby.buildkit.v1.StatusRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct StatusRequest {
    #[prost(string, tag = "1")]
    pub(crate) reference: String,
}

/// `moby.buildkit.v1.StatusResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct StatusResponse {
    #[prost(message, repeated, tag = "1")]
    pub(crate) vertexes: Vec<Vertex>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) logs: Vec<VertexLog>,
}

/// `moby.buildkit.v1.Vertex`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Vertex {
    #[prost(string, tag = "1")]
    pub(crate) digest: String,
    #[prost(string, tag = "3")]
    pub(crate) name: String,
    #[prost(bool, tag = "4")]
    pub(crate) cached: bool,
    #[prost(message, optional, tag = "5")]
    pub(crate) started: Option<Timestamp>,
    #[prost(message, optional, tag = "6")]
    pub(crate) completed: Option<Timestamp>,
    #[prost(string, tag = "7")]
    pub(crate) error: String,
}

/// `google.protobuf.Timestamp`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Timestamp {
    #[prost(int64, tag = "1")]
    pub(crate) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(crate) nanos: i32,
}

/// `moby.buildkit.v1.VertexLog`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct VertexLog {
    #[prost(string, tag = "1")]
    pub(crate) vertex: String,
    #[prost(int64, tag = "3")]
    pub(crate) stream: i64,
    #[prost(bytes = "bytes", tag = "4")]
    pub(crate) message: bytes::Bytes,
}

/// `BytesMessage` of several services.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct BytesMessage {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) data: bytes::Bytes,
}

/// `pb.Definition`: a graph of operations.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Definition {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub(crate) def: Vec<bytes::Bytes>,
    #[prost(btree_map = "string, message", tag = "2")]
    pub(crate) metadata: std::collections::BTreeMap<String, OpMetadata>,
}

/// `pb.OpMetadata`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OpMetadata {
    #[prost(bool, tag = "1")]
    pub(crate) ignore_cache: bool,
    #[prost(btree_map = "string, string", tag = "2")]
    pub(crate) description: std::collections::BTreeMap<String, String>,
}

/// `pb.Op`: a vertex.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Op {
    #[prost(message, repeated, tag = "1")]
    pub(crate) inputs: Vec<Input>,
    #[prost(oneof = "Kind", tags = "2, 3, 4, 6")]
    pub(crate) kind: Option<Kind>,
    #[prost(message, optional, tag = "10")]
    pub(crate) platform: Option<Platform>,
    #[prost(message, optional, tag = "11")]
    pub(crate) constraints: Option<WorkerConstraints>,
}

/// What a vertex does.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(crate) enum Kind {
    #[prost(message, boxed, tag = "2")]
    Exec(Box<ExecOp>),
    #[prost(message, tag = "3")]
    Source(SourceOp),
    #[prost(message, tag = "4")]
    File(FileOp),
    #[prost(message, tag = "6")]
    Merge(MergeOp),
}

/// `pb.WorkerConstraints`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct WorkerConstraints {}

/// `pb.Input`: an output of another vertex.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, prost::Message)]
pub(crate) struct Input {
    #[prost(string, tag = "1")]
    pub(crate) digest: String,
    #[prost(int64, tag = "2")]
    pub(crate) index: i64,
}

/// `pb.Platform`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Platform {
    #[prost(string, tag = "1")]
    pub(crate) architecture: String,
    #[prost(string, tag = "2")]
    pub(crate) os: String,
    #[prost(string, tag = "3")]
    pub(crate) variant: String,
}

/// `pb.SourceOp`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SourceOp {
    #[prost(string, tag = "1")]
    pub(crate) identifier: String,
    #[prost(btree_map = "string, string", tag = "2")]
    pub(crate) attrs: std::collections::BTreeMap<String, String>,
}

/// `pb.ExecOp`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ExecOp {
    #[prost(message, optional, tag = "1")]
    pub(crate) meta: Option<Meta>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) mounts: Vec<Mount>,
    /// 0 for a network of its own, 1 for the host's, 2 for none.
    #[prost(int32, tag = "3")]
    pub(crate) network: i32,
    /// 1 without the sandbox.
    #[prost(int32, tag = "4")]
    pub(crate) security: i32,
    #[prost(message, repeated, tag = "5")]
    pub(crate) secretenv: Vec<SecretEnv>,
}

/// `pb.Meta`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Meta {
    #[prost(string, repeated, tag = "1")]
    pub(crate) args: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub(crate) env: Vec<String>,
    #[prost(string, tag = "3")]
    pub(crate) cwd: String,
    #[prost(string, tag = "4")]
    pub(crate) user: String,
    #[prost(message, optional, tag = "5")]
    pub(crate) proxy_env: Option<ProxyEnv>,
    #[prost(message, repeated, tag = "6")]
    pub(crate) extra_hosts: Vec<HostIp>,
    #[prost(string, tag = "7")]
    pub(crate) hostname: String,
    #[prost(bool, tag = "11")]
    pub(crate) remove_mount_stubs_recursive: bool,
}

/// `pb.HostIP`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct HostIp {
    #[prost(string, tag = "1")]
    pub(crate) host: String,
    #[prost(string, tag = "2")]
    pub(crate) ip: String,
}

/// `pb.ProxyEnv`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ProxyEnv {
    #[prost(string, tag = "1")]
    pub(crate) http: String,
    #[prost(string, tag = "2")]
    pub(crate) https: String,
    #[prost(string, tag = "3")]
    pub(crate) ftp: String,
    #[prost(string, tag = "4")]
    pub(crate) no: String,
    #[prost(string, tag = "5")]
    pub(crate) all: String,
}

/// `pb.SecretEnv`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SecretEnv {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(bool, tag = "3")]
    pub(crate) optional: bool,
}

/// The kinds of `pb.Mount`.
pub(crate) mod mount_type {
    pub(crate) const SECRET: i32 = 1;
    pub(crate) const SSH: i32 = 2;
    pub(crate) const CACHE: i32 = 3;
    pub(crate) const TMPFS: i32 = 4;
}

/// `pb.Mount`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Mount {
    /// Number of the input; -1 for none.
    #[prost(int64, tag = "1")]
    pub(crate) input: i64,
    #[prost(string, tag = "2")]
    pub(crate) selector: String,
    #[prost(string, tag = "3")]
    pub(crate) dest: String,
    /// Number of the output; -1 for none.
    #[prost(int64, tag = "4")]
    pub(crate) output: i64,
    #[prost(bool, tag = "5")]
    pub(crate) readonly: bool,
    #[prost(int32, tag = "6")]
    pub(crate) kind: i32,
    #[prost(message, optional, tag = "19")]
    pub(crate) tmpfs: Option<TmpfsOpt>,
    #[prost(message, optional, tag = "20")]
    pub(crate) cache: Option<CacheOpt>,
    #[prost(message, optional, tag = "21")]
    pub(crate) secret: Option<FileOpt>,
    #[prost(message, optional, tag = "22")]
    pub(crate) ssh: Option<FileOpt>,
}

/// `pb.TmpfsOpt`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TmpfsOpt {
    #[prost(int64, tag = "1")]
    pub(crate) size: i64,
}

/// `pb.CacheOpt`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CacheOpt {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    #[prost(int32, tag = "2")]
    pub(crate) sharing: i32,
}

/// `pb.SecretOpt` and `pb.SSHOpt`, which are the same.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct FileOpt {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    #[prost(uint32, tag = "2")]
    pub(crate) uid: u32,
    #[prost(uint32, tag = "3")]
    pub(crate) gid: u32,
    #[prost(uint32, tag = "4")]
    pub(crate) mode: u32,
    #[prost(bool, tag = "5")]
    pub(crate) optional: bool,
}

/// `pb.FileOp`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct FileOp {
    #[prost(message, repeated, tag = "2")]
    pub(crate) actions: Vec<FileAction>,
}

/// `pb.FileAction`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct FileAction {
    /// Number of an input, or of an action after all inputs; -1 for nothing.
    #[prost(int64, tag = "1")]
    pub(crate) input: i64,
    #[prost(int64, tag = "2")]
    pub(crate) secondary: i64,
    #[prost(int64, tag = "3")]
    pub(crate) output: i64,
    #[prost(oneof = "Action", tags = "4, 5, 6")]
    pub(crate) action: Option<Action>,
}

/// What an action does.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(crate) enum Action {
    #[prost(message, tag = "4")]
    Copy(CopyAction),
    #[prost(message, tag = "5")]
    MkFile(MkFile),
    #[prost(message, tag = "6")]
    MkDir(MkDir),
}

/// `pb.FileActionCopy`.
#[derive(Clone, PartialEq, prost::Message)]
#[expect(clippy::struct_excessive_bools, reason = "the message has them")]
pub(crate) struct CopyAction {
    #[prost(string, tag = "1")]
    pub(crate) src: String,
    #[prost(string, tag = "2")]
    pub(crate) dest: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) owner: Option<ChownOpt>,
    /// -1 for the mode of the source.
    #[prost(int32, tag = "4")]
    pub(crate) mode: i32,
    #[prost(bool, tag = "5")]
    pub(crate) follow_symlink: bool,
    #[prost(bool, tag = "6")]
    pub(crate) dir_copy_contents: bool,
    #[prost(bool, tag = "7")]
    pub(crate) attempt_unpack: bool,
    #[prost(bool, tag = "8")]
    pub(crate) create_dest_path: bool,
    #[prost(bool, tag = "9")]
    pub(crate) allow_wildcard: bool,
    #[prost(bool, tag = "10")]
    pub(crate) allow_empty_wildcard: bool,
    /// -1 for the time of the source.
    #[prost(int64, tag = "11")]
    pub(crate) timestamp: i64,
    #[prost(string, repeated, tag = "12")]
    pub(crate) include_patterns: Vec<String>,
    #[prost(string, repeated, tag = "13")]
    pub(crate) exclude_patterns: Vec<String>,
    #[prost(string, tag = "15")]
    pub(crate) mode_str: String,
}

/// `pb.FileActionMkFile`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct MkFile {
    #[prost(string, tag = "1")]
    pub(crate) path: String,
    #[prost(int32, tag = "2")]
    pub(crate) mode: i32,
    #[prost(bytes = "bytes", tag = "3")]
    pub(crate) data: bytes::Bytes,
    #[prost(int64, tag = "5")]
    pub(crate) timestamp: i64,
}

/// `pb.FileActionMkDir`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct MkDir {
    #[prost(string, tag = "1")]
    pub(crate) path: String,
    #[prost(int32, tag = "2")]
    pub(crate) mode: i32,
    #[prost(bool, tag = "3")]
    pub(crate) make_parents: bool,
    #[prost(message, optional, tag = "4")]
    pub(crate) owner: Option<ChownOpt>,
    #[prost(int64, tag = "5")]
    pub(crate) timestamp: i64,
}

/// `pb.ChownOpt`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ChownOpt {
    #[prost(message, optional, tag = "1")]
    pub(crate) user: Option<UserOpt>,
    #[prost(message, optional, tag = "2")]
    pub(crate) group: Option<UserOpt>,
}

/// `pb.UserOpt`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct UserOpt {
    #[prost(oneof = "User", tags = "1, 2")]
    pub(crate) user: Option<User>,
}

/// How a user is named.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(crate) enum User {
    #[prost(message, tag = "1")]
    Named(NamedUser),
    #[prost(uint32, tag = "2")]
    Number(u32),
}

/// `pb.NamedUserOpt`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct NamedUser {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(int64, tag = "2")]
    pub(crate) input: i64,
}

/// `pb.MergeOp`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct MergeOp {
    #[prost(message, repeated, tag = "1")]
    pub(crate) inputs: Vec<MergeInput>,
}

/// `pb.MergeInput`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct MergeInput {
    #[prost(int64, tag = "1")]
    pub(crate) input: i64,
}

/// The kinds of `fsutil.types.Packet`.
pub(crate) mod packet {
    pub(crate) const STAT: i32 = 0;
    pub(crate) const REQ: i32 = 1;
    pub(crate) const DATA: i32 = 2;
    pub(crate) const FIN: i32 = 3;
    pub(crate) const ERR: i32 = 4;
}

/// `fsutil.types.Packet`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Packet {
    #[prost(int32, tag = "1")]
    pub(crate) kind: i32,
    #[prost(message, optional, tag = "2")]
    pub(crate) stat: Option<Stat>,
    #[prost(uint32, tag = "3")]
    pub(crate) id: u32,
    #[prost(bytes = "bytes", tag = "4")]
    pub(crate) data: bytes::Bytes,
}

/// `fsutil.types.Stat`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Stat {
    #[prost(string, tag = "1")]
    pub(crate) path: String,
    /// Go's bits of a file mode.
    #[prost(uint32, tag = "2")]
    pub(crate) mode: u32,
    #[prost(uint32, tag = "3")]
    pub(crate) uid: u32,
    #[prost(uint32, tag = "4")]
    pub(crate) gid: u32,
    #[prost(int64, tag = "5")]
    pub(crate) size: i64,
    /// Nanoseconds since 1970.
    #[prost(int64, tag = "6")]
    pub(crate) mod_time: i64,
    #[prost(string, tag = "7")]
    pub(crate) linkname: String,
    #[prost(int64, tag = "8")]
    pub(crate) devmajor: i64,
    #[prost(int64, tag = "9")]
    pub(crate) devminor: i64,
    #[prost(btree_map = "string, bytes", tag = "10")]
    pub(crate) xattrs: std::collections::BTreeMap<String, Vec<u8>>,
}

/// `GetSecretRequest`, `CheckAgentRequest`, `CredentialsRequest`: one name.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct NameRequest {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
}

/// `moby.buildkit.v1.frontend.SolveRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct BridgeSolve {
    #[prost(message, optional, tag = "1")]
    pub(crate) definition: Option<Definition>,
    #[prost(bool, tag = "5")]
    pub(crate) allow_result_return: bool,
    #[prost(bool, tag = "6")]
    pub(crate) allow_result_array_ref: bool,
    #[prost(message, repeated, tag = "12")]
    pub(crate) cache_imports: Vec<CacheOptionsEntry>,
    /// Whether it is solved at once, and not when something reads it.
    #[prost(bool, tag = "13")]
    pub(crate) evaluate: bool,
}

/// `moby.buildkit.v1.frontend.SolveResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct BridgeSolved {
    #[prost(message, optional, tag = "3")]
    pub(crate) result: Option<BridgeResult>,
}

/// `moby.buildkit.v1.frontend.Result`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct BridgeResult {
    #[prost(message, optional, tag = "3")]
    pub(crate) reference: Option<BridgeRef>,
    #[prost(btree_map = "string, bytes", tag = "10")]
    pub(crate) metadata: std::collections::BTreeMap<String, Vec<u8>>,
}

/// `moby.buildkit.v1.frontend.Ref`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct BridgeRef {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
}

/// `moby.buildkit.v1.frontend.ReturnRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct BridgeReturn {
    #[prost(message, optional, tag = "1")]
    pub(crate) result: Option<BridgeResult>,
}

/// A message of which nothing is read.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Nothing {}
