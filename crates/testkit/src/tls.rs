//! A certificate authority of a test, made with the machine's `openssl`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// An authority and a certificate of it for `127.0.0.1` and `localhost`.
pub struct Authority {
    dir: PathBuf,
}

impl Authority {
    /// Makes the files in `dir`; `None`, with the reason printed, without `openssl`.
    pub fn new(dir: &Path) -> Option<Self> {
        let run = |args: &str| {
            Command::new("openssl")
                .args(args.split(' '))
                .current_dir(dir)
                .output()
                .is_ok_and(|out| out.status.success())
        };
        std::fs::write(dir.join("ext"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n").unwrap();
        let made = run(
            "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=test-ca -days 2",
        ) && run(
            "req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=server",
        ) && run(
            "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile ext",
        );
        if !made {
            println!("NOT RUN: there is no `openssl` to make certificates with");
            return None;
        }
        Some(Self { dir: dir.to_owned() })
    }

    /// The authority's certificate as a PEM file.
    pub fn bundle(&self) -> PathBuf {
        self.dir.join("ca.pem")
    }

    pub(crate) fn server(&self) -> Arc<rustls::ServerConfig> {
        let chain: Vec<_> =
            CertificateDer::pem_file_iter(self.dir.join("server.pem")).unwrap().map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(self.dir.join("server.key")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        Arc::new(config)
    }
}
