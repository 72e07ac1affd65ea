//! A registry in memory (distribution-spec 1.1), with the referrers API or, as many are, without.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use kit::Digest;
use serde_json::{Value, json};

use crate::server::{Reply, Seen, Server};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

#[derive(Default)]
struct State {
    blobs: BTreeMap<String, Vec<u8>>,
    uploads: BTreeMap<String, Vec<u8>>,
    /// Type and bytes by repository and digest.
    manifests: BTreeMap<(String, String), (String, Vec<u8>)>,
    tags: BTreeMap<(String, String), String>,
    count: usize,
}

/// Starts a registry; without `referrers` it knows no lists of them.
pub fn registry(referrers: bool) -> Server {
    let state = Mutex::new(State::default());
    Server::start(move |seen| {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.answer(seen, referrers)
    })
}

impl State {
    fn answer(&mut self, seen: &Seen, referrers: bool) -> Reply {
        let path = seen.path().trim_start_matches("/v2/").trim_end_matches('/').to_owned();
        if path.is_empty() {
            return Reply::ok("{}");
        }
        if let Some((name, rest)) = path.split_once("/blobs/uploads") {
            return self.upload(seen, name, rest.trim_start_matches('/'));
        }
        if let Some((_, digest)) = path.split_once("/blobs/") {
            let found = self.blobs.get(digest);
            return found.map_or_else(|| Reply::new(404), |bytes| Reply::ok(bytes.clone()));
        }
        if let Some((name, reference)) = path.split_once("/manifests/") {
            return self.manifest(seen, name, reference, referrers);
        }
        match path.split_once("/referrers/") {
            Some((name, digest)) if referrers => self.referrers(name, digest),
            _ => Reply::new(404),
        }
    }

    fn upload(&mut self, seen: &Seen, name: &str, session: &str) -> Reply {
        let session = if seen.method == "POST" {
            self.count += 1;
            self.count.to_string()
        } else {
            session.to_owned()
        };
        let bytes = self.uploads.entry(session.clone()).or_default();
        bytes.extend_from_slice(&seen.body);
        let range = format!("0-{}", bytes.len().saturating_sub(1));
        let digest = seen.target.split_once("digest=").map(|(_, rest)| {
            rest.split('&').next().unwrap_or_default().replace("%3A", ":").replace("%3a", ":")
        });
        let Some(digest) = digest else {
            let place = format!("/v2/{name}/blobs/uploads/{session}");
            return Reply::new(202).header("Location", place).header("Range", range);
        };
        let bytes = self.uploads.remove(&session).unwrap_or_default();
        if Digest::of(&bytes).to_string() != digest {
            return Reply::new(400);
        }
        self.blobs.insert(digest.clone(), bytes);
        let place = format!("/v2/{name}/blobs/{digest}");
        Reply::new(201).header("Location", place).header("Docker-Content-Digest", digest)
    }

    fn manifest(&mut self, seen: &Seen, name: &str, reference: &str, referrers: bool) -> Reply {
        let key = |reference: &str| (name.to_owned(), reference.to_owned());
        if seen.method == "PUT" {
            let digest = Digest::of(&seen.body).to_string();
            if reference.contains(':') && reference != digest {
                return Reply::new(400);
            }
            self.tags.insert(key(reference), digest.clone());
            self.tags.insert(key(&digest), digest.clone());
            let kind = seen.header("content-type").unwrap_or_default().to_owned();
            self.manifests.insert(key(&digest), (kind, seen.body.clone()));
            let reply = Reply::new(201)
                .header("Location", format!("/v2/{name}/manifests/{digest}"))
                .header("Docker-Content-Digest", digest);
            let manifest = serde_json::from_slice::<Value>(&seen.body).unwrap_or_default();
            return match manifest["subject"]["digest"].as_str() {
                Some(subject) if referrers => reply.header("OCI-Subject", subject),
                _ => reply,
            };
        }
        let digest = self.tags.get(&key(reference)).cloned().unwrap_or_default();
        match self.manifests.get(&key(&digest)) {
            Some((kind, bytes)) => Reply::ok(bytes.clone())
                .header("Content-Type", kind)
                .header("Docker-Content-Digest", digest.as_str()),
            None => Reply::new(404),
        }
    }

    fn referrers(&self, name: &str, subject: &str) -> Reply {
        let all = self.manifests.iter().filter(|((repository, _), _)| repository == name);
        let entry = |((_, digest), (kind, bytes)): (&(String, String), &(String, Vec<u8>))| {
            let manifest: Value = serde_json::from_slice(bytes).ok()?;
            let about = manifest["subject"]["digest"] == subject;
            let kind_of = manifest.get("artifactType").unwrap_or(&manifest["config"]["mediaType"]);
            about.then(|| {
                json!({
                    "mediaType": kind, "digest": digest, "size": bytes.len(),
                    "artifactType": kind_of, "annotations": manifest["annotations"],
                })
            })
        };
        let entries: Vec<Value> = all.filter_map(entry).collect();
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": entries });
        Reply::ok(index.to_string()).header("Content-Type", INDEX)
    }
}
