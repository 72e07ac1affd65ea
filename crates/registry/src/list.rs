//! Lists: tags and referrers (distribution-spec, "Listing Tags", "Listing Referrers").

use image::{Digest, Index, Reference, media_type};
use net::Method;
use net::header::{ACCEPT, LINK};
use serde::Deserialize;

use crate::auth::Access;
use crate::client::{Address, Call};
use crate::endpoint::Target;
use crate::http::Answer;
use crate::manifest::{MAX_MANIFEST, fallback_tag, found_or_none};
use crate::{Client, ErrorKind, RegistryError, Result};
use net::Url;

/// Most pages that are followed.
const MAX_PAGES: usize = 1000;
/// Most entries that are kept.
const MAX_ENTRIES: usize = 200_000;

#[derive(Deserialize)]
struct Tags {
    // Some registries say `null` where there is nothing.
    #[serde(default)]
    tags: Option<Vec<String>>,
}

impl Client {
    /// All tags of the reference's repository, sorted.
    pub fn tags(&self, reference: &Reference) -> Result<Vec<String>> {
        let target = self.origin(reference);
        let call = Call::new(Method::GET, "tags/list").param("n", "1000");
        let mut out = Vec::new();
        let list = self.pages(&target, call, |bytes| {
            let page: Tags = serde_json::from_slice(bytes)?;
            out.extend(page.tags.unwrap_or_default());
            Ok(out.len())
        });
        list.map_err(|error| error.about(reference))?;
        out.sort();
        out.dedup();
        Ok(out)
    }

    /// What refers to the manifest `digest` in the reference's repository: signatures, SBOMs. Empty when nothing does.
    /// Where the registry does not know the question, the list under the fallback tag is read.
    pub fn referrers(&self, reference: &Reference, digest: &Digest) -> Result<Index> {
        self.list_referrers(reference, digest).map_err(|error| error.about(reference))
    }

    fn list_referrers(&self, reference: &Reference, digest: &Digest) -> Result<Index> {
        let target = self.origin(reference);
        let call = Call::new(Method::GET, format!("referrers/{digest}")).header(ACCEPT, media_type::INDEX);
        let mut all = Index::new(Vec::new());
        let listed = self.pages(&target, call, |bytes| {
            let page: Index = serde_json::from_slice(bytes)?;
            all.manifests.extend(page.manifests);
            Ok(all.manifests.len())
        });
        if found_or_none(listed)?.is_some() {
            return Ok(all);
        }
        let fallback = reference.with_tag(&fallback_tag(digest));
        let Some((_, bytes)) = found_or_none(self.manifest(&fallback))? else { return Ok(all) };
        serde_json::from_slice(&bytes)
            .map_err(|error| RegistryError::protocol("the list of referrers is malformed").with_source(error))
    }

    /// Follows `Link: <...>; rel="next"` from page to page. `take` gets each page and says how much is kept so far.
    fn pages(
        &self,
        target: &Target,
        mut call: Call<'_>,
        mut take: impl FnMut(&[u8]) -> serde_json::Result<usize>,
    ) -> Result<()> {
        for _ in 0..MAX_PAGES {
            let answer = self.call(target, &Access::pull(&target.repository), &call)?;
            let (url, next) = (answer.url.clone(), next_page(&answer));
            let bytes = answer.read(MAX_MANIFEST)?;
            let bad =
                |error| RegistryError::protocol("the list is malformed").with_url(&url).with_source(error);
            if take(&bytes).map_err(bad)? > MAX_ENTRIES {
                break;
            }
            let Some(next) = next else { return Ok(()) };
            call = Call { params: Vec::new(), address: Address::Absolute(next), ..call };
        }
        Err(RegistryError::new(ErrorKind::TooLarge, "the list is too long"))
    }
}

/// The next page's address, when it is on the same server: a list has no reason to lead elsewhere.
fn next_page(answer: &Answer) -> Option<Url> {
    let link = answer.headers(LINK).find_map(next_link)?;
    let url = answer.url.join(link)?;
    let url = if answer.url.is_https() { url.with_https() } else { url };
    url.same_origin(&answer.url).then_some(url)
}

/// Finds `rel=next` in a `Link` header (RFC 8288).
fn next_link(value: &str) -> Option<&str> {
    value.split(',').find_map(|link| {
        let (address, params) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = |param: &str| {
            param.trim().split_once('=').is_some_and(|(key, value)| {
                key.trim().eq_ignore_ascii_case("rel") && value.trim().trim_matches('"') == "next"
            })
        };
        params.split(';').any(is_next).then_some(address)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read() {
        let check = |value: &str, expect: Option<&str>| assert_eq!(next_link(value), expect, "{value}");
        check(r#"</v2/a/tags/list?last=b&n=2>; rel="next""#, Some("/v2/a/tags/list?last=b&n=2"));
        check(r#"</x>; rel=prev, </y>; title="t"; REL=next"#, Some("/y"));
        check("</x>", None);
        check("</x; rel=next", None);
        check("", None);
    }
}
