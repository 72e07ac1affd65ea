//! Whether a bundle is to be trusted: who signed it, when, and what stands behind that.

use crate::bundle::{Bundle, Content, Material};
use crate::certificate::{CODE_SIGNING, Certificate};
use crate::entry::{By, Made};
use crate::key::{Hash, PublicKey};
use crate::root::TrustedRoot;
use crate::statement::{shown, shown_up_to};
use crate::{Envelope, Reason, Result, TrustError, entry, log, sct, timestamp};

/// Who has to have signed.
#[derive(Debug, Clone)]
pub enum Signer {
    /// The owner of this key.
    Key(Box<PublicKey>),
    /// Somebody with a certificate of a trusted authority.
    Identity(Identity),
}

/// Of whom a certificate has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The name in the certificate: a mail address, or the address of a workflow.
    pub name: String,
    /// Who vouched for the name.
    pub issuer: String,
}

/// What a bundle is measured by.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Who has to have signed.
    pub signer: Signer,
    /// The authorities and logs that are trusted. Each kind of them that it names has to stand behind a signature. A key
    /// may go without.
    pub root: Option<TrustedRoot>,
}

/// What is signed where the bundle does not hold it.
#[derive(Debug, Clone, Copy)]
pub enum Artifact<'a> {
    /// Its bytes.
    Bytes(&'a [u8]),
    /// Its digest with a hash.
    Digest(Hash, &'a [u8]),
}

impl Artifact<'_> {
    /// Its digest with a hash, where that can be known.
    pub(crate) fn digest(&self, hash: Hash) -> Result<Vec<u8>> {
        match self {
            Self::Bytes(bytes) => Ok(hash.digest(bytes)),
            Self::Digest(known, digest) if *known == hash => Ok(digest.to_vec()),
            Self::Digest(known, _) => {
                let (name, known) = (hash.name(), known.name());
                let text = format!(
                    "its `{name}` is signed, and only its `{known}` is given; give `{name}:…` or the file"
                );
                Err(TrustError::new(Reason::Algorithm, text))
            }
        }
    }
}

impl Policy {
    /// Checks a bundle with a statement in it; what was checked, for people. What the statement says is still to be checked.
    pub fn check(&self, bundle: &Bundle) -> Result<Vec<String>> {
        bundle.envelope()?;
        self.check_content(bundle, None)
    }

    /// Checks a bundle with a signature over something else.
    pub fn check_artifact(&self, bundle: &Bundle, artifact: &Artifact<'_>) -> Result<Vec<String>> {
        if let Content::Message { digest: Some((hash, digest)), .. } = &bundle.content
            && *digest != artifact.digest(*hash)?
        {
            return Err(TrustError::new(Reason::Subject, "the bundle is about something else"));
        }
        self.check_content(bundle, Some(artifact))
    }

    fn check_content(&self, bundle: &Bundle, artifact: Option<&Artifact<'_>>) -> Result<Vec<String>> {
        let mut steps = Vec::new();
        let leaf = match (&self.signer, &bundle.material) {
            (Signer::Key(_), Material::Key(_)) => None,
            (Signer::Identity(_), Material::Certificates(chain)) => {
                let (leaf, others) = read_chain(chain)?;
                check_brought(&others, self.root.as_ref().ok_or_else(no_root)?)?;
                Some((leaf, others))
            }
            (Signer::Key(_), Material::Certificates(_)) => {
                let text = "it was signed with a certificate, and a key is given";
                return Err(TrustError::new(Reason::Material, text));
            }
            (Signer::Identity(_), Material::Key(_)) => {
                let text = "it was signed with a key, and a certificate is asked for";
                return Err(TrustError::new(Reason::Material, text));
            }
        };
        let key = match (&self.signer, &leaf) {
            (Signer::Key(key), _) => (**key).clone(),
            (Signer::Identity(_), Some((leaf, _))) => leaf.key()?,
            (Signer::Identity(_), None) => return Err(no_root()),
        };
        let envelope = bundle.envelope().map(Envelope::signed_bytes).unwrap_or_default();
        let text = match (&bundle.content, artifact) {
            (Content::Envelope(_), _) => Artifact::Bytes(&envelope),
            (Content::Message { .. }, Some(artifact)) => *artifact,
            (Content::Message { .. }, None) => {
                return Err(TrustError::new(Reason::Payload, "the bundle has no envelope with a statement"));
            }
        };
        check_signature(&key, &text, bundle.content.signature())?;
        steps.push(match &leaf {
            Some(_) => "the signature is of the key of its certificate".to_owned(),
            None => format!("the signature is of the key {}", &key.fingerprint()[..16]),
        });
        let Some(root) = &self.root else {
            return if leaf.is_none() { Ok(steps) } else { Err(no_root()) };
        };
        let by = match &leaf {
            Some((leaf, _)) => By::Certificate(&leaf.raw),
            None => By::Key(&key),
        };
        let times = check_times(bundle, root, &Made { content: &bundle.content, text, by }, &mut steps)?;
        if let (Signer::Identity(identity), Some((leaf, others))) = (&self.signer, &leaf) {
            check_certificate(leaf, others, root, &times, &mut steps)?;
            check_identity(leaf, identity)?;
            steps.push(format!("it is of `{}`, says `{}`", identity.name, identity.issuer));
        }
        Ok(steps)
    }
}

fn no_root() -> TrustError {
    TrustError::new(Reason::Chain, "certificates need a trusted root to be checked with")
}

fn read_chain(chain: &[Vec<u8>]) -> Result<(Certificate, Vec<Certificate>)> {
    let mut all = chain.iter().map(|raw| Certificate::read(raw)).collect::<Result<Vec<_>>>()?;
    let leaf = if all.is_empty() { return Err(no_root()) } else { all.remove(0) };
    Ok((leaf, all))
}

/// Checks the authorities that a bundle brings along. They lead to a trusted root and are none: a trusted one may end them, as
/// in npm's bundles of 2022; any other, or one that others follow, is a bundle that was put together to mislead.
fn check_brought(others: &[Certificate], root: &TrustedRoot) -> Result<()> {
    let is_trusted = |one: &Certificate| {
        let mut known = root.authorities.iter().filter_map(|authority| authority.chain.last());
        known.any(|known| known.subject == one.subject && known.spki == one.spki)
    };
    for (at, one) in others.iter().enumerate().filter(|(_, one)| one.is_root()) {
        if !is_trusted(one) {
            return Err(TrustError::new(
                Reason::Chain,
                "the bundle has a root in its chain that is not trusted",
            ));
        }
        if at + 1 < others.len() {
            return Err(TrustError::new(Reason::Chain, "the chain of the bundle goes on after its root"));
        }
    }
    Ok(())
}

/// Checks the signature of a text.
fn check_signature(key: &PublicKey, text: &Artifact<'_>, signature: &[u8]) -> Result<()> {
    match text {
        Artifact::Bytes(bytes) => key.verify(bytes, signature),
        Artifact::Digest(_, digest) => key.verify_digest(digest, signature),
    }
}

/// Checks logs and timestamps; the times at which the signature was there.
fn check_times(
    bundle: &Bundle,
    root: &TrustedRoot,
    made: &Made<'_>,
    steps: &mut Vec<String>,
) -> Result<Vec<i64>> {
    let mut times = Vec::new();
    let mut of_strangers = false;
    for stamp in &bundle.timestamps {
        match timestamp::check(stamp, bundle.content.signature(), &root.timestamp_authorities)? {
            Some(time) => {
                times.push(time);
                steps.push("an authority says when it was there".to_owned());
            }
            None => of_strangers = true,
        }
    }
    let mut unsigned = false;
    for one in &bundle.entries {
        let integrated = log::check(one, &root.logs)?;
        unsigned |= integrated.is_none();
        times.extend(integrated);
        entry::check(one, made)?;
        steps.push(format!("a log has it as entry {}", one.index));
    }
    if bundle.entries.is_empty() && root.names_logs {
        return Err(TrustError::new(Reason::Log, "it is in no log"));
    }
    // A key has no end, so a log that has its signature is enough; a certificate has to have been good.
    let needs_time = match made.by {
        By::Certificate(_) => true,
        By::Key(_) => !root.names_logs && !root.timestamp_authorities.is_empty(),
    };
    if times.is_empty() && needs_time {
        return Err(if of_strangers {
            TrustError::new(Reason::Timestamp, "no trusted authority made the timestamp")
        } else {
            TrustError::new(Reason::Time, "nothing trusted says when it was signed")
        });
    }
    // Where a log does not sign its time, its key has to be good at those of the authorities.
    let good = |one: &crate::bundle::LogEntry| {
        let mut logs = root.logs.iter().filter(|log| log.is(&one.log_id));
        logs.any(|log| times.iter().all(|time| log.window.contains(*time)))
    };
    if unsigned && !bundle.entries.iter().all(good) {
        return Err(TrustError::new(Reason::Log, "the key of the log was not good at that time"));
    }
    Ok(times)
}

/// Checks that an authority stands behind the certificate at each of the times, and that it is in a log of certificates.
fn check_certificate(
    leaf: &Certificate,
    others: &[Certificate],
    root: &TrustedRoot,
    times: &[i64],
    steps: &mut Vec<String>,
) -> Result<()> {
    leaf.check_usage(CODE_SIGNING)?;
    let mut failed = TrustError::new(Reason::Chain, "no trusted authority stands behind the certificate");
    let path = |authority: &crate::root::Authority| {
        times.iter().try_for_each(|time| {
            leaf.check_path(&authority.chain, others, CODE_SIGNING, *time)?;
            if authority.window.contains(*time) {
                return Ok(());
            }
            let text = "the authority of the certificate was not trusted at that time";
            Err(TrustError::new(Reason::Validity, text))
        })
    };
    for authority in &root.authorities {
        match path(authority) {
            Ok(()) => {
                steps.push("a trusted authority issued the certificate, which was valid then".to_owned());
                if root.names_certificate_logs {
                    let issuers: Vec<Certificate> = authority.chain.iter().chain(others).cloned().collect();
                    sct::check(leaf, &issuers, &root.certificate_logs)?;
                    steps.push("a trusted log has the certificate".to_owned());
                }
                return Ok(());
            }
            // That another authority has no path says less than why the right one is not good.
            Err(error) if error.reason() != Reason::Chain => failed = error,
            Err(_) => {}
        }
    }
    Err(failed)
}

fn check_identity(leaf: &Certificate, identity: &Identity) -> Result<()> {
    let names = leaf.names()?;
    if !names.contains(&identity.name) {
        let found = names.iter().map(|name| format!("`{}`", shown_up_to(500, name)));
        let found = found.collect::<Vec<_>>().join(", ");
        let text = format!("the certificate is of {found}, not of `{}`", identity.name);
        return Err(TrustError::new(Reason::Identity, text));
    }
    let issuer = leaf.issuer_address()?.unwrap_or_default();
    if issuer != identity.issuer {
        let text = format!("`{}` vouched for it, not `{}`", shown(&issuer), identity.issuer);
        return Err(TrustError::new(Reason::Identity, text));
    }
    Ok(())
}
