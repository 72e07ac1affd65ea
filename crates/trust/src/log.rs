//! Whether a signature is in a public log (Rekor, versions 1 and 2): the entry, the proof that the log has it (RFC 6962,
//! section 2.1.1), and the signed state of the log (`signed-note`, "checkpoint").

use sha2::{Digest as _, Sha256};

use crate::bundle::{LogEntry, Proof};
use crate::key::Hash;
use crate::root::Log;
use crate::{Reason, Result, TrustError, encoding};

/// Checks that a trusted log has the entry. The time at which it says it got it, in milliseconds, where it signs that.
pub(crate) fn check(entry: &LogEntry, logs: &[Log]) -> Result<Option<i64>> {
    let named: Vec<&Log> = logs.iter().filter(|log| log.is(&entry.log_id)).collect();
    if named.is_empty() {
        return Err(refused("the signature is in a log that is not trusted"));
    }
    let integrated = promise(entry, &named)?;
    // Version 2 makes no promises, and the number of an entry is its place; version 1 signs it with the time.
    let is_two = entry.kind.1 == "0.0.2" && entry.kind.0 != "intoto";
    if is_two && entry.proof.as_ref().is_some_and(|proof| proof.index != entry.index) {
        return Err(refused("the number of the entry is not that of its proof"));
    }
    match &entry.proof {
        Some(proof) => inclusion(entry, proof, &named)?,
        // Bundles of version 0.1 may have the promise alone.
        None if integrated.is_some() => {}
        None => return Err(refused("nothing proves that the log has the entry")),
    }
    Ok(integrated)
}

/// Checks the promise of the log, which is a signature over the entry and its time.
fn promise(entry: &LogEntry, logs: &[&Log]) -> Result<Option<i64>> {
    let Some(promise) = &entry.promise else { return Ok(None) };
    let time = entry.integrated.ok_or_else(|| refused("the promise of the log has no time"))?;
    // Canonical JSON (RFC 8785): these texts need no escapes.
    let text = format!(
        r#"{{"body":"{}","integratedTime":{time},"logID":"{}","logIndex":{}}}"#,
        encoding::to_base64(&entry.body),
        encoding::to_hex(&entry.log_id),
        entry.index,
    );
    let millis = time.checked_mul(1000).ok_or_else(|| refused("the time of the log is out of range"))?;
    let by = |log: &&&Log| log.key.verify_with(Hash::Sha256, text.as_bytes(), promise).is_ok();
    let log = logs.iter().find(by).ok_or_else(|| refused("the promise of the log is not signed by it"))?;
    if log.window.contains(millis) {
        return Ok(Some(millis));
    }
    Err(refused("the key of the log was not good at that time"))
}

/// Checks that the entry is in the tree, and that the log signed the tree.
fn inclusion(entry: &LogEntry, proof: &Proof, logs: &[&Log]) -> Result<()> {
    let root =
        tree_root(&entry.body, proof).ok_or_else(|| refused("the proof of the log does not fit its size"))?;
    if root[..] != proof.root[..] {
        return Err(refused("the proof of the log does not lead to its state"));
    }
    let (text, signatures) = note(&proof.checkpoint)?;
    let mut lines = text.lines().skip(1);
    let size = lines.next().and_then(|line| line.parse::<u64>().ok());
    let hash = lines.next().and_then(|line| encoding::base64(line, "the state of the log").ok());
    if size != Some(proof.size) || hash.as_ref() != Some(&proof.root) {
        return Err(refused("the signed state of the log is another one"));
    }
    let by = |log: &&Log| {
        signatures.iter().any(|signature| {
            let (hint, signature) = signature.split_at_checked(4).unwrap_or_default();
            log.has_hint(hint) && log.key.verify_with(Hash::Sha256, text.as_bytes(), signature).is_ok()
        })
    };
    if logs.iter().any(by) { Ok(()) } else { Err(refused("the state of the log is not signed by it")) }
}

/// The text of a signed note and its signatures, each with four bytes in front that name the key.
fn note(note: &str) -> Result<(&str, Vec<Vec<u8>>)> {
    let bad = || refused("the signed state of the log is malformed");
    let (text, rest) = note.split_once("\n\n").ok_or_else(bad)?;
    // The end of its last line is part of the text.
    let text = &note[..=text.len()];
    let signature = |line: &str| -> Option<Vec<u8>> {
        let (_, signature) = line.strip_prefix("\u{2014} ")?.rsplit_once(' ')?;
        encoding::base64(signature, "a signature").ok()
    };
    let signatures: Option<Vec<_>> = rest.lines().map(signature).collect();
    let signatures = signatures.filter(|all| !all.is_empty() && all.len() <= 32).ok_or_else(bad)?;
    Ok((text, signatures))
}

/// The root of the tree that a proof leads to.
fn tree_root(body: &[u8], proof: &Proof) -> Option<[u8; 32]> {
    let node = |left: &[u8], right: &[u8]| -> [u8; 32] {
        Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
    };
    if proof.index >= proof.size {
        return None;
    }
    let mut hash: [u8; 32] = Sha256::new().chain_update([0]).chain_update(body).finalize().into();
    let (mut index, mut last) = (proof.index, proof.size - 1);
    for sibling in &proof.hashes {
        if last == 0 || sibling.len() != 32 {
            return None;
        }
        if index & 1 == 1 || index == last {
            hash = node(sibling, &hash);
            while index & 1 == 0 && index != 0 {
                index >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, sibling);
        }
        index >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

fn refused(text: &str) -> TrustError {
    TrustError::new(Reason::Log, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The root of a tree, as RFC 6962 defines it, and the proof for one of its leaves.
    fn tree(leaves: &[Vec<u8>], index: usize) -> (Vec<u8>, Vec<Vec<u8>>) {
        if let [leaf] = leaves {
            return (Sha256::new().chain_update([0]).chain_update(leaf).finalize().to_vec(), Vec::new());
        }
        let half = leaves.len().next_power_of_two() / 2;
        let (left, right) = leaves.split_at(half);
        let (inner, mut proof, outer) = if index < half {
            let (root, proof) = tree(left, index);
            (root, proof, tree(right, 0).0)
        } else {
            let (root, proof) = tree(right, index - half);
            (root, proof, tree(left, 0).0)
        };
        proof.push(outer.clone());
        let (left, right) = if index < half { (&inner, &outer) } else { (&outer, &inner) };
        (Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().to_vec(), proof)
    }

    #[test]
    fn proofs_lead_to_the_root_of_their_tree_alone() {
        for size in 1..20_usize {
            let leaves: Vec<Vec<u8>> = (0..size).map(|leaf| vec![u8::try_from(leaf).unwrap()]).collect();
            for index in 0..size {
                let (root, hashes) = tree(&leaves, index);
                let proof = Proof {
                    index: index as u64,
                    size: size as u64,
                    root: root.clone(),
                    hashes,
                    checkpoint: String::new(),
                };
                let found = |body: &[u8], proof: &Proof| tree_root(body, proof).map(|root| root.to_vec());
                assert_eq!(found(&leaves[index], &proof), Some(root.clone()), "{index} of {size}");
                assert_ne!(found(b"other", &proof), Some(root.clone()));
                let longer = Proof { hashes: [&proof.hashes[..], &[vec![0; 32]]].concat(), ..proof.clone() };
                assert_eq!(found(&leaves[index], &longer), None);
                let beyond = Proof { index: size as u64, ..proof.clone() };
                assert_eq!(found(&leaves[index], &beyond), None);
            }
        }
    }
}
