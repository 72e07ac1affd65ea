//! The session: what the engine may ask this side for while it solves. The engine calls, this side serves.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{BufMut, Bytes, BytesMut};
use h2::client::SendRequest;
use h2::server::SendResponse;
use h2::{RecvStream, SendStream};
use http::{HeaderMap, Request, Response};
use kit::Redacted;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, split};
use tokio::net::UnixStream;

use crate::grpc::{self, Incoming, Status, code, framed, send};
use crate::messages::{BytesMessage, NameRequest};
use crate::{EngineError, Tree, files};

const DIFF_COPY: &str = "/moby.filesync.v1.FileSync/DiffCopy";
const FILE_SEND: &str = "/moby.filesync.v1.FileSend/DiffCopy";
const SECRET: &str = "/moby.buildkit.secrets.v1.Secrets/GetSecret";
const CHECK_AGENT: &str = "/moby.sshforward.v1.SSH/CheckAgent";
const FORWARD_AGENT: &str = "/moby.sshforward.v1.SSH/ForwardAgent";
const CREDENTIALS: &str = "/moby.filesync.v1.Auth/Credentials";
const HEALTH: &str = "/grpc.health.v1.Health/Check";

/// What is told to the engine that it may call.
const METHODS: [&str; 6] = [DIFF_COPY, FILE_SEND, SECRET, CHECK_AGENT, FORWARD_AGENT, CREDENTIALS];

/// User and password of a registry.
pub type Credentials = (String, Redacted<String>);

/// Finds the login of a registry.
pub type FindCredentials = Box<dyn Fn(&str) -> Option<Credentials> + Send + Sync>;

/// What is lent to an engine.
#[derive(Default)]
pub struct Lent {
    /// Directories by name.
    pub trees: BTreeMap<String, Tree>,
    /// Secrets by name.
    pub secrets: BTreeMap<String, Redacted<Vec<u8>>>,
    /// Sockets of SSH agents by name.
    pub agents: BTreeMap<String, PathBuf>,
    /// Logins of registries.
    pub credentials: Option<FindCredentials>,
}

/// What the session serves.
pub(crate) struct Session {
    pub(crate) lent: Lent,
    /// Where a file that the engine sends goes.
    pub(crate) file: Mutex<Option<File>>,
}

/// Opens the session on a connection to an engine and serves it until the engine ends it.
pub(crate) async fn open(
    client: &SendRequest<Bytes>,
    id: &str,
    session: Arc<Session>,
) -> Result<(), EngineError> {
    let mut headers = vec![
        ("x-docker-expose-session-uuid".to_owned(), id.to_owned()),
        ("x-docker-expose-session-name".to_owned(), "cooper".to_owned()),
        ("x-docker-expose-session-sharedkey".to_owned(), String::new()),
    ];
    headers.extend(
        METHODS.iter().map(|method| ("x-docker-expose-session-grpc-method".to_owned(), (*method).to_owned())),
    );
    let call = grpc::begin(client, "/moby.buildkit.v1.Control/Session", &headers).await?;
    // The connection within: what the engine writes comes in messages, and what this side writes goes in messages.
    let (near, far) = tokio::io::duplex(1 << 20);
    tokio::spawn(async move {
        // The end of the connection ends the session as well; there is nobody left to tell.
        let _ = tunnel(call, far).await;
    });
    serve(near, session).await
}

async fn tunnel(call: grpc::Call, far: DuplexStream) -> Result<(), EngineError> {
    let (mut reader, mut writer) = split(far);
    let (mut out, response) = call.parts();
    let sending = async {
        let mut buffer = vec![0; 64 << 10];
        loop {
            let count = reader.read(&mut buffer).await?;
            if count == 0 {
                out.send_data(Bytes::new(), true)?;
                return Ok::<(), EngineError>(());
            }
            send(&mut out, framed(&BytesMessage { data: Bytes::copy_from_slice(&buffer[..count]) })).await?;
        }
    };
    let receiving = async {
        let mut incoming = Incoming::new(response.await?.into_body());
        while let Some(message) = incoming.decode::<BytesMessage>().await? {
            writer.write_all(&message.data).await?;
        }
        writer.shutdown().await?;
        Ok::<(), EngineError>(())
    };
    tokio::try_join!(sending, receiving).map(|_| ())
}

/// Serves calls on a connection.
pub(crate) async fn serve(
    connection: impl AsyncRead + AsyncWrite + Unpin,
    session: Arc<Session>,
) -> Result<(), EngineError> {
    let mut server = h2::server::Builder::new()
        .initial_window_size(16 << 20)
        .initial_connection_window_size(32 << 20)
        .handshake(connection)
        .await?;
    while let Some(request) = server.accept().await {
        let (request, respond) = request?;
        let session = Arc::clone(&session);
        tokio::spawn(async move {
            // A call whose other end has gone needs no answer.
            let _ = answer(request, respond, &session).await;
        });
    }
    Ok(())
}

async fn answer(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    session: &Session,
) -> Result<(), EngineError> {
    let (head, body) = request.into_parts();
    let mut incoming = Incoming::new(body);
    let response = Response::builder().header("content-type", "application/grpc").body(());
    let response = response.map_err(|error| EngineError::environment(error.to_string()))?;
    let mut out = respond.send_response(response, false)?;
    let status = match call(head.uri.path(), &head.headers, &mut incoming, &mut out, session).await {
        Ok(()) => Status::new(0, ""),
        Err(status) => status,
    };
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", status.code.into());
    if let Ok(message) = grpc::encoded(&status.message).parse() {
        trailers.insert("grpc-message", message);
    }
    out.send_trailers(trailers)?;
    Ok(())
}

impl From<EngineError> for Status {
    fn from(error: EngineError) -> Self {
        Self::new(code::UNKNOWN, error.message)
    }
}

async fn call(
    path: &str,
    headers: &HeaderMap,
    incoming: &mut Incoming,
    out: &mut SendStream<Bytes>,
    session: &Session,
) -> Result<(), Status> {
    match path {
        HEALTH => {
            incoming.next().await?;
            reply(out, Bytes::from_static(&[8, 1])).await
        }
        DIFF_COPY => {
            let name = headers.get("dir-name").and_then(|name| name.to_str().ok()).unwrap_or_default();
            let tree = session.lent.trees.get(name);
            let tree =
                tree.ok_or_else(|| Status::new(code::NOT_FOUND, format!("there is no directory `{name}`")))?;
            Ok(files::serve(tree, incoming, out).await?)
        }
        FILE_SEND => receive(incoming, session).await,
        SECRET => {
            let name = name(incoming).await?;
            let secret = session.lent.secrets.get(&name);
            let secret =
                secret.ok_or_else(|| Status::new(code::NOT_FOUND, format!("there is no secret `{name}`")))?;
            reply(out, field(1, secret.reveal())).await
        }
        CREDENTIALS => {
            let host = name(incoming).await?;
            let found = session.lent.credentials.as_ref().and_then(|find| find(&host));
            let bytes = found.map_or_else(Bytes::new, |(user, password)| {
                [field(1, user.as_bytes()), field(2, password.reveal().as_bytes())].concat().into()
            });
            reply(out, bytes).await
        }
        CHECK_AGENT => {
            let id = name(incoming).await?;
            agent(session, &id)?;
            reply(out, Bytes::new()).await
        }
        FORWARD_AGENT => {
            let id = headers.get("buildkit.ssh.id").and_then(|id| id.to_str().ok()).unwrap_or_default();
            forward(agent(session, id)?, incoming, out).await
        }
        other => {
            incoming.next().await?;
            Err(Status::new(code::UNIMPLEMENTED, format!("there is no method `{other}`")))
        }
    }
}

/// The first field of a request.
async fn name(incoming: &mut Incoming) -> Result<String, Status> {
    Ok(incoming.decode::<NameRequest>().await?.unwrap_or_default().name)
}

/// A field of bytes. What is secret passes no type that could print it.
fn field(number: u8, value: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(value.len() + 6);
    out.put_u8(number << 3 | 2);
    prost::encoding::encode_varint(value.len() as u64, &mut out);
    out.put_slice(value);
    out.freeze()
}

async fn reply(out: &mut SendStream<Bytes>, message: Bytes) -> Result<(), Status> {
    let mut bytes = BytesMut::with_capacity(message.len() + 5);
    bytes.put_u8(0);
    bytes.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    bytes.put_slice(&message);
    send(out, bytes.freeze()).await.map_err(|error| Status::new(code::UNKNOWN, error.to_string()))
}

/// Writes the file that the engine sends.
async fn receive(incoming: &mut Incoming, session: &Session) -> Result<(), Status> {
    let taken = session.file.lock().unwrap_or_else(PoisonError::into_inner).take();
    let mut file = taken.ok_or_else(|| Status::new(code::NOT_FOUND, "no file is expected"))?;
    while let Some(message) = incoming.decode::<BytesMessage>().await? {
        let written = file.write_all(&message.data);
        written.map_err(|error| Status::new(code::UNKNOWN, format!("failed to write the image: {error}")))?;
    }
    Ok(())
}

fn agent<'s>(session: &'s Session, id: &str) -> Result<&'s PathBuf, Status> {
    let id = if id.is_empty() { "default" } else { id };
    session
        .lent
        .agents
        .get(id)
        .ok_or_else(|| Status::new(code::NOT_FOUND, format!("there is no agent `{id}`")))
}

/// Connects the engine with an agent.
async fn forward(
    socket: &PathBuf,
    incoming: &mut Incoming,
    out: &mut SendStream<Bytes>,
) -> Result<(), Status> {
    let failed =
        |error: std::io::Error| Status::new(code::UNKNOWN, format!("the agent does not answer: {error}"));
    let stream = UnixStream::connect(socket).await.map_err(failed)?;
    let (mut reader, mut writer) = stream.into_split();
    let to_agent = async {
        while let Some(message) = incoming.decode::<BytesMessage>().await? {
            writer.write_all(&message.data).await.map_err(failed)?;
        }
        writer.shutdown().await.map_err(failed)
    };
    let from_agent = async {
        let mut buffer = vec![0; 32 << 10];
        loop {
            let count = reader.read(&mut buffer).await.map_err(failed)?;
            if count == 0 {
                return Ok::<(), Status>(());
            }
            let message = BytesMessage { data: Bytes::copy_from_slice(&buffer[..count]) };
            let sent = send(out, framed(&message)).await;
            sent.map_err(|error| Status::new(code::UNKNOWN, error.to_string()))?;
        }
    };
    tokio::try_join!(to_agent, from_agent).map(|_| ())
}

#[cfg(test)]
mod tests {
    use image::{Entry, EntryKind};
    use prost::Message;

    use super::*;
    use crate::TreeFile;
    use crate::grpc::CallError;
    use crate::messages::{Nothing, Packet, packet};

    fn session(dir: &std::path::Path) -> Session {
        std::fs::write(dir.join("f"), b"content").unwrap();
        let entry = |path: &str, kind| Entry { size: 7, ..Entry::new(path, kind, 0o644) };
        let file = |path: &str, kind| TreeFile { entry: entry(path, kind), host: dir.join("f") };
        let files = vec![file("d/f", EntryKind::File), file("d", EntryKind::Dir)];
        let lent = Lent {
            trees: BTreeMap::from([("context".to_owned(), Tree::new(files))]),
            secrets: BTreeMap::from([("s".to_owned(), Redacted::new(b"value".to_vec()))]),
            credentials: Some(Box::new(|host| Some((host.to_owned(), Redacted::new("pass".to_owned()))))),
            ..Lent::default()
        };
        Session { lent, file: Mutex::new(Some(File::create(dir.join("image")).unwrap())) }
    }

    /// Runs calls of an engine against a session.
    fn run<F: Future<Output = ()>>(calls: impl FnOnce(SendRequest<Bytes>, PathBuf) -> F) {
        let dir = tempfile::tempdir().unwrap();
        let session = Arc::new(session(dir.path()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (near, far) = tokio::io::duplex(1 << 16);
            tokio::spawn(async move { drop(serve(far, session).await) });
            let (client, driver) = h2::client::handshake(near).await.unwrap();
            tokio::spawn(async move { drop(driver.await) });
            calls(client, dir.path().to_owned()).await;
        });
    }

    #[test]
    fn an_engine_gets_the_files_it_asks_for() {
        run(|client, _| async move {
            let headers = [("dir-name".to_owned(), "context".to_owned())];
            let call = grpc::begin(&client, DIFF_COPY, &headers).await.unwrap();
            let (mut out, mut incoming) = call.messages().await.unwrap();
            let mut paths = Vec::new();
            while let Some(stat) = incoming.decode::<Packet>().await.unwrap().unwrap().stat {
                paths.push((stat.path, stat.mode, stat.size));
            }
            assert_eq!(paths, [("d".to_owned(), (1 << 31) | 0o644, 7), ("d/f".to_owned(), 0o644, 7)]);
            let ask = Packet { kind: packet::REQ, id: 1, ..Packet::default() };
            send(&mut out, framed(&ask)).await.unwrap();
            let mut content = Vec::new();
            loop {
                let packet = incoming.decode::<Packet>().await.unwrap().unwrap();
                assert_eq!((packet.kind, packet.id), (packet::DATA, 1));
                if packet.data.is_empty() {
                    break;
                }
                content.extend_from_slice(&packet.data);
            }
            assert_eq!(content, b"content");
            send(&mut out, framed(&Packet { kind: packet::FIN, ..Packet::default() })).await.unwrap();
            assert_eq!(incoming.decode::<Packet>().await.unwrap().unwrap().kind, packet::FIN);
            assert!(incoming.decode::<Packet>().await.unwrap().is_none());
        });
    }

    #[test]
    fn an_engine_gets_no_file_that_is_none_and_no_other_directory() {
        run(|client, _| async move {
            let headers = [("dir-name".to_owned(), "/etc".to_owned())];
            let call = grpc::begin(&client, DIFF_COPY, &headers).await.unwrap();
            let (_out, mut incoming) = call.messages().await.unwrap();
            assert!(incoming.decode::<Packet>().await.unwrap().is_none());

            let headers = [("dir-name".to_owned(), "context".to_owned())];
            let call = grpc::begin(&client, DIFF_COPY, &headers).await.unwrap();
            let (mut out, mut incoming) = call.messages().await.unwrap();
            for id in [0, 9] {
                let ask = Packet { kind: packet::REQ, id, ..Packet::default() };
                // The call may have ended already.
                let _ = send(&mut out, framed(&ask)).await;
            }
            while let Some(packet) = incoming.decode::<Packet>().await.unwrap() {
                assert_eq!(packet.kind, packet::STAT);
            }
        });
    }

    #[test]
    fn secrets_and_logins_are_handed_out_by_name() {
        run(|client, dir| async move {
            let name = |name: &str| NameRequest { name: name.to_owned() };
            let value = grpc::unary::<BytesMessage>(&client, SECRET, &[], &name("s")).await.unwrap();
            assert_eq!(&value.data[..], b"value");
            let missing = grpc::unary::<BytesMessage>(&client, SECRET, &[], &name("x")).await.unwrap_err();
            assert!(matches!(missing, CallError::Status(status) if status.code == code::NOT_FOUND));
            let login = grpc::unary::<BytesMessage>(&client, CREDENTIALS, &[], &name("host")).await.unwrap();
            assert_eq!(&login.data[..], b"host");
            let health = grpc::unary::<Nothing>(&client, HEALTH, &[], &Nothing {}).await.unwrap();
            assert_eq!(health.encode_to_vec(), b"");
            let none = grpc::unary::<Nothing>(&client, "/a.B/C", &[], &Nothing {}).await.unwrap_err();
            assert!(matches!(none, CallError::Status(status) if status.code == code::UNIMPLEMENTED));

            let mut call = grpc::begin(&client, FILE_SEND, &[]).await.unwrap();
            for part in [&b"ab"[..], b"c"] {
                let message = BytesMessage { data: Bytes::copy_from_slice(part) };
                send(&mut call.send, framed(&message)).await.unwrap();
            }
            call.send.send_data(Bytes::new(), true).unwrap();
            let (_out, mut incoming) = call.messages().await.unwrap();
            assert!(incoming.next().await.unwrap().is_none());
            assert_eq!(std::fs::read(dir.join("image")).unwrap(), b"abc");
        });
    }
}
