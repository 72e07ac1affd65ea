//! `cooper db update`: brings what sources publish. Each is fetched whole and put in place of what it said before; one that
//! cannot be had leaves what is there.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;

use net::{Http, Method, NetError, NetErrorKind, Request, Retry, Url};

use super::database::{self, Report};
use crate::{AppError, World};

/// Larger downloads are refused.
const MAX_DOWNLOAD: u64 = 4 << 30;

/// A scan with `--update` leaves a database alone that is younger than this, in seconds.
const FRESH: i64 = 12 * 3600;

/// What is fetched when nothing else is said: name, end of the file's name, address.
const FEEDS: &[(&str, &str, &str)] = &[
    ("debian", ".json", "https://security-tracker.debian.org/tracker/data/json"),
    ("kev", ".json", "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"),
    ("epss", ".csv.gz", "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz"),
];

/// Releases of Alpine whose lists are fetched.
const ALPINE: &[&str] = &["v3.18", "v3.19", "v3.20", "v3.21", "v3.22", "v3.23", "edge"];

/// Ecosystems of OSV that are fetched, by the names that they have there.
const OSV: &[(&str, &str)] = &[
    ("npm", "npm"),
    ("pypi", "PyPI"),
    ("go", "Go"),
    ("cargo", "crates.io"),
    ("gem", "RubyGems"),
    ("maven", "Maven"),
    ("almalinux", "AlmaLinux"),
    ("rocky", "Rocky%20Linux"),
];

/// A source on the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Its name.
    pub name: String,
    /// Its address.
    pub url: String,
    /// How its file is called: sources are told by content, but archives by this too.
    file: String,
}

/// What became of a source.
#[derive(Debug)]
pub struct Updated {
    /// Its name.
    pub name: String,
    /// What was read, or why nothing was.
    pub result: Result<Report, AppError>,
}

/// All sources: those that are known, from the mirror if there is one, and those of the configuration.
pub fn feeds(world: &World) -> Vec<Feed> {
    let mut all: BTreeMap<String, (String, String)> = BTreeMap::new();
    for (name, end, url) in FEEDS {
        all.insert((*name).to_owned(), (format!("{name}{end}"), (*url).to_owned()));
    }
    for release in ALPINE {
        for repository in ["main", "community"] {
            let name = format!("alpine-{}-{repository}", release.trim_start_matches('v'));
            let url = format!("https://secdb.alpinelinux.org/{release}/{repository}.json");
            all.insert(name.clone(), (format!("{name}.json"), url));
        }
    }
    for (name, ecosystem) in OSV {
        let url = format!("https://osv-vulnerabilities.storage.googleapis.com/{ecosystem}/all.zip");
        all.insert(format!("osv-{name}"), (format!("osv-{name}.zip"), url));
    }
    let settings = &world.settings.db;
    if let Some(mirror) = &settings.mirror {
        for (file, url) in all.values_mut() {
            *url = format!("{}/{file}", mirror.trim_end_matches('/'));
        }
    }
    for (name, url) in &settings.feeds {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let file = path.rsplit('/').next().unwrap_or_default().to_owned();
        all.insert(name.clone(), (file, url.clone()));
    }
    // An empty address takes a source out.
    let known = all.into_iter().filter(|(_, (_, url))| !url.is_empty());
    known.map(|(name, (file, url))| Feed { name, url, file }).collect()
}

/// Brings the sources of these names, or whose names begin so before a dash; all without any. What cannot be had is in the
/// answer and ends nothing.
pub fn update(world: &World, names: &[String], say: &mut dyn FnMut(&Feed)) -> Result<Vec<Updated>, AppError> {
    let fits = |feed: &Feed, name: &String| {
        feed.name == *name || feed.name.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('-'))
    };
    let all = feeds(world);
    if let Some(name) = names.iter().find(|name| !all.iter().any(|feed| fits(feed, name))) {
        let known: Vec<&str> = all.iter().map(|feed| feed.name.as_str()).collect();
        let message = format!("`{name}` is no source of advisories");
        return Err(AppError::usage(message).help(format!("known are {}", known.join(", "))));
    }
    let store = world.store()?;
    let http = Http::new(&world.registry.net()).map_err(|error| AppError::environment(error.to_string()))?;
    let mut done = Vec::new();
    for feed in all.iter().filter(|feed| names.is_empty() || names.iter().any(|name| fits(feed, name))) {
        if world.cancel.is_set() {
            break;
        }
        say(feed);
        let work = store.work()?;
        let path = work.path().join(safe(&feed.file));
        let result = fetch(world, &http, feed, &path).and_then(|()| database::import_files(world, &[path]));
        done.push(Updated { name: feed.name.clone(), result });
    }
    Ok(done)
}

/// Brings a database up to date that is not fresh; what could not be had is told, and no error when there is something to
/// ask.
pub(super) fn before_scan(world: &World) -> Result<Vec<String>, AppError> {
    let before = database::status(world)?;
    let newest = before.sources.values().map(|source| source.imported).max();
    if newest.is_some_and(|time| world.seconds() - time < FRESH) {
        return Ok(Vec::new());
    }
    let done = update(world, &[], &mut |_| {})?;
    let failed = done.iter().filter_map(|one| Some((&one.name, one.result.as_ref().err()?)));
    Ok(failed.map(|(name, why)| format!("`{name}` was not brought up to date: {why}")).collect())
}

/// A name that is one component of a path.
fn safe(name: &str) -> String {
    let plain = |ch: &char| ch.is_ascii_alphanumeric() || ".-_".contains(*ch);
    let kept: String = name.chars().filter(plain).collect();
    format!("feed-{kept}")
}

fn fetch(world: &World, http: &Http, feed: &Feed, path: &Path) -> Result<(), AppError> {
    let failed = |why: String| {
        AppError::environment(format!("`{}` cannot be fetched from `{}`: {why}", feed.name, feed.url))
    };
    let url = Url::parse(&feed.url).ok_or_else(|| failed("it is no address".to_owned()))?;
    let settings = world.registry.net();
    let retry = Retry { retries: settings.retries, sleep: settings.sleep.clone() };
    let answer = retry.run(&feed.url, || -> Result<_, NetError> {
        let answer = http.send(&Request::new(Method::GET, url.clone()), None)?;
        if (500..600).contains(&answer.status) {
            return Err(NetError::new(
                NetErrorKind::Unreachable,
                format!("the server answered {}", answer.status),
            )
            .retryable());
        }
        Ok(answer)
    });
    let answer = answer.map_err(|error| failed(error.to_string()))?;
    if answer.status != 200 {
        return Err(failed(format!("the server answered {}", answer.status)));
    }
    let mut body = kit::LimitReader::new(answer.into_reader(), MAX_DOWNLOAD);
    let written: io::Result<u64> = File::create(path).and_then(|mut file| io::copy(&mut body, &mut file));
    written.map(drop).map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_stay_one_component() {
        assert_eq!(safe("../../etc/passwd"), "feed-....etcpasswd");
        assert_eq!(safe("all.zip"), "feed-all.zip");
    }
}
