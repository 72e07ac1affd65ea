//! The rules of this program: one line each. Forms of tokens are those that their makers document; where other tools have a rule
//! for the same thing, it has the same name, so that lists of exceptions keep their meaning.

mod shapes;

use std::sync::OnceLock;

use shapes::SHAPES;

use crate::allow::{Allow, StopWords};
use crate::document::digest_of;
use crate::pattern::Pattern;
use crate::rule::{Begins, Rule, Shape, Word};
use crate::rules::Rules;

/// Name, what it finds, pattern, and how much entropy a secret has at least.
type Line = (&'static str, &'static str, &'static str, f64);

#[rustfmt::skip]
const RULES: &[Line] = &[
    ("1password-secret-key", "a secret key of 1Password", r"\bA3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}\b", 3.0),
    ("1password-service-account-token", "a token of a service account of 1Password", r"\bops_eyJ[A-Za-z0-9+/]{200,}={0,2}", 4.0),
    ("adafruit-api-key", "a key of Adafruit IO", r"\baio_[A-Za-z]{4}[0-9]{2}[A-Za-z0-9]{22}\b", 3.0),
    ("age-secret-key", "a key of age", r"\bAGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}\b", 3.0),
    ("airtable-personnal-access-token", "a token of Airtable", r"\bpat[A-Za-z0-9]{14}\.[a-f0-9]{64}\b", 3.0),
    ("alibaba-access-key-id", "an access key of Alibaba Cloud", r"\bLTAI[A-Za-z0-9]{17,21}\b", 3.0),
    ("anthropic-api-key", "a key of Anthropic", r"\bsk-ant-(?:api|admin)[0-9]{2}-[A-Za-z0-9_-]{80,120}", 3.5),
    ("artifactory-api-key", "a key of Artifactory", r"\bAKCp[A-Za-z0-9]{69}\b", 4.0),
    ("artifactory-reference-token", "a reference token of Artifactory", r"\bcmVmd[A-Za-z0-9]{59}\b", 4.0),
    ("atlassian-api-token", "a token of Atlassian", r"\bATATT3[A-Za-z0-9_=-]{180,200}", 3.5),
    ("authress-service-client-access-key", "an access key of Authress", r"\b(?:sc|ext|scauth|authress)_[A-Za-z0-9]{5,30}\.[A-Za-z0-9]{4,6}\.acc[_-][A-Za-z0-9-]{10,32}\.[A-Za-z0-9+/_=-]{30,120}", 3.0),
    ("aws-access-token", "an access key of AWS", r"\b(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b", 3.0),
    ("aws-secret-access-key", "a secret access key of AWS", r#"(?i)aws_?(?:secret)?_?(?:access)?_?key(?:_id)?["']?\s{0,3}(?:=|:|=>)\s{0,3}["']?([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)"#, 4.0),
    ("azure-ad-client-secret", "a client secret of Microsoft Entra", r"[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}", 3.0),
    ("azure-storage-account-key", "the key of a storage account of Azure", r"AccountKey=([A-Za-z0-9+/]{86}==)", 4.0),
    ("beamer-api-token", "a token of Beamer", r"\bb_[a-z0-9=_-]{44}\b", 3.5),
    ("clojars-api-token", "a token of Clojars", r"\bCLOJARS_[a-z0-9]{60}\b", 3.0),
    ("cloudflare-origin-ca-key", "an origin CA key of Cloudflare", r"\bv1\.0-[a-f0-9]{24}-[a-f0-9]{146}\b", 3.0),
    ("databricks-api-token", "a token of Databricks", r"\bdapi[a-f0-9]{32}(?:-[0-9])?\b", 3.0),
    ("datadog-api-key", "a key of Datadog", r#"(?i)(?:datadog|dd)_?(?:api|app)_?key["']?\s{0,3}[=:]\s{0,3}["']?([a-f0-9]{32}(?:[a-f0-9]{8})?)\b"#, 3.0),
    ("defined-networking-api-token", "a token of Defined Networking", r"\bdnkey-[a-z0-9=_-]{26}-[a-z0-9=_-]{52}\b", 3.5),
    ("digitalocean-access-token", "a token of DigitalOcean", r"\bdo[or]_v1_[a-f0-9]{64}\b", 3.0),
    ("digitalocean-pat", "a personal token of DigitalOcean", r"\bdop_v1_[a-f0-9]{64}\b", 3.0),
    ("discord-bot-token", "a token of a bot of Discord", r"\b[MNO][A-Za-z0-9_-]{23,25}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38}\b", 4.0),
    ("discord-webhook", "the address of a webhook of Discord", r"discord(?:app)?\.com/api/webhooks/[0-9]{17,20}/[A-Za-z0-9_-]{60,80}", 4.0),
    ("docker-auth", "a login of a registry in a configuration of Docker", r#""auth"\s{0,4}:\s{0,4}"([A-Za-z0-9+/]{12,512}={0,2})""#, 3.0),
    ("docker-pat", "a token of Docker Hub", r"\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,40}", 3.0),
    ("doppler-api-token", "a token of Doppler", r"\bdp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9_.-]{40,80}", 3.0),
    ("duffel-api-token", "a token of Duffel", r"\bduffel_(?:test|live)_[A-Za-z0-9_=-]{43}", 3.0),
    ("dynatrace-api-token", "a token of Dynatrace", r"\bdt0[a-z][0-9]{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}\b", 4.0),
    ("easypost-api-token", "a token of EasyPost", r"\bEZ[AT]K[A-Za-z0-9]{54}\b", 3.5),
    ("facebook-page-access-token", "an access token of Facebook", r"\bEAA[MC][A-Za-z0-9]{100,}", 4.0),
    ("figma-pat", "a token of Figma", r"\bfig[doru]_[A-Za-z0-9_-]{40}", 3.5),
    ("flutterwave-secret-key", "a secret key of Flutterwave", r"\bFLWSECK(?:_TEST)?-[a-h0-9]{32}-X\b", 3.0),
    ("flyio-access-token", "a token of Fly.io", r"\b(?:fo1_[A-Za-z0-9_-]{43}|fm[12][ar]?_[A-Za-z0-9+/]{100,}={0,3})", 4.0),
    ("frameio-api-token", "a token of Frame.io", r"\bfio-u-[A-Za-z0-9_=-]{64}", 3.5),
    ("gcp-api-key", "a key of Google", r"\bAIza[A-Za-z0-9_-]{35}", 4.0),
    ("gcp-oauth-client-secret", "a client secret of Google", r"\bGOCSPX-[A-Za-z0-9_-]{28}", 3.5),
    ("gcp-oauth-token", "an access token of Google", r"\bya29\.[A-Za-z0-9_-]{60,}", 4.0),
    ("github-app-token", "a token of an app of GitHub", r"\b(?:ghu|ghs)_[A-Za-z0-9]{36}\b", 3.0),
    ("github-fine-grained-pat", "a fine-grained token of GitHub", r"\bgithub_pat_[A-Za-z0-9_]{82}\b", 3.0),
    ("github-oauth", "an OAuth token of GitHub", r"\bgho_[A-Za-z0-9]{36}\b", 3.0),
    ("github-pat", "a personal token of GitHub", r"\bghp_[A-Za-z0-9]{36}\b", 3.0),
    ("github-refresh-token", "a refresh token of GitHub", r"\bghr_[A-Za-z0-9]{36}\b", 3.0),
    ("gitlab-deploy-token", "a deploy token of GitLab", r"\bgldt-[A-Za-z0-9_-]{20}", 3.0),
    ("gitlab-feature-flag-client-token", "a feature flag token of GitLab", r"\bglffct-[A-Za-z0-9_-]{20}", 3.0),
    ("gitlab-feed-token", "a feed token of GitLab", r"\bglft-[A-Za-z0-9_-]{20}", 3.0),
    ("gitlab-incoming-mail-token", "a mail token of GitLab", r"\bglimt-[A-Za-z0-9_-]{25}", 3.0),
    ("gitlab-kubernetes-agent-token", "a token of a GitLab agent", r"\bglagent-[A-Za-z0-9_-]{50}", 3.0),
    ("gitlab-oauth-app-secret", "an application secret of GitLab", r"\bgloas-[A-Za-z0-9_-]{64}", 3.0),
    ("gitlab-pat", "a personal token of GitLab", r"\bglpat-[A-Za-z0-9_-]{20,64}", 3.0),
    ("gitlab-ptt", "a trigger token of GitLab", r"\bglptt-[A-Za-z0-9]{40}\b", 3.0),
    ("gitlab-rrt", "a registration token of GitLab runners", r"\bGR1348941[A-Za-z0-9_-]{20}", 3.0),
    ("gitlab-runner-authentication-token", "a token of a GitLab runner", r"\bglrt-[A-Za-z0-9_.-]{20,60}", 3.0),
    ("gitlab-scim-token", "a SCIM token of GitLab", r"\bglsoat-[A-Za-z0-9_-]{20}", 3.0),
    ("grafana-api-key", "a key of Grafana", r"\beyJrIjoi[A-Za-z0-9]{60,400}={0,3}", 3.5),
    ("grafana-cloud-api-token", "a token of Grafana Cloud", r"\bglc_[A-Za-z0-9+/]{32,400}={0,3}", 3.5),
    ("grafana-service-account-token", "a token of a service account of Grafana", r"\bglsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}\b", 3.0),
    ("groq-api-key", "a key of Groq", r"\bgsk_[A-Za-z0-9]{52}\b", 4.0),
    ("harness-api-key", "a key of Harness", r"\b(?:pat|sat)\.[A-Za-z0-9_-]{22}\.[0-9a-f]{24}\.[A-Za-z0-9]{20}\b", 3.0),
    ("hashicorp-tf-api-token", "a token of HCP Terraform", r"\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}", 3.5),
    ("heroku-api-key", "a key of Heroku", r"\bHRKU-(?:AA[A-Za-z0-9_-]{56,62}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", 3.0),
    ("heroku-legacy-api-key", "a key of Heroku", r"(?i)heroku[^\n]{0,40}\b([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b", 3.0),
    ("huggingface-access-token", "a token of Hugging Face", r"\bhf_[A-Za-z]{34}\b", 3.0),
    ("huggingface-organization-api-token", "a token of an organization at Hugging Face", r"\bapi_org_[A-Za-z]{34}\b", 3.0),
    ("infracost-api-token", "a token of Infracost", r"\bico-[A-Za-z0-9]{32}\b", 3.0),
    ("jwt", "a JSON Web Token", r"\bey[A-Za-z0-9_-]{17,}\.ey[A-Za-z0-9_/\\-]{17,}\.[A-Za-z0-9_/\\-]{10,}={0,2}", 3.5),
    ("linear-api-key", "a key of Linear", r"\blin_api_[A-Za-z0-9]{40}\b", 3.0),
    ("mailchimp-api-key", "a key of Mailchimp", r"\b[a-f0-9]{32}-us[0-9]{1,2}\b", 3.0),
    ("mailgun-private-api-token", "a key of Mailgun", r"(?i)mailgun[^\n]{0,40}\b(key-[a-f0-9]{32})\b", 3.0),
    ("maxmind-license-key", "a licence key of MaxMind", r"\b[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk\b", 4.0),
    ("microsoft-teams-webhook", "the address of a webhook of Teams", r"\.webhook\.office\.com/webhookb2/[a-z0-9-]{36}@[a-z0-9-]{36}/IncomingWebhook/[a-z0-9]{32}/[a-z0-9-]{36}", 0.0),
    ("new-relic-user-api-key", "a key of New Relic", r"\bNRAK-[A-Z0-9]{27}\b", 3.0),
    ("new-relic-insert-key", "an insert key of New Relic", r"\bNRII-[A-Za-z0-9-]{32}\b", 3.0),
    ("notion-api-token", "a token of Notion", r"\b(?:ntn_[0-9]{11}[A-Za-z0-9]{35}|secret_[A-Za-z0-9]{43})\b", 4.0),
    ("npm-access-token", "a token of npm", r"\bnpm_[A-Za-z0-9]{36}\b", 3.0),
    ("npmrc-auth", "a login of a package registry in `.npmrc`", r"(?m)^[^\n#;]{0,200}:_(?:authToken|auth|password)\s{0,2}=\s{0,2}([A-Za-z0-9+/=_-]{8,500})\s{0,2}$", 2.5),
    ("netrc-password", "a password in a form of `.netrc`", r"\bmachine\s{1,4}[^\s]{1,120}\s{1,4}login\s{1,4}[^\s]{1,120}\s{1,4}password\s{1,4}([^\s$<{]{6,200})", 2.0),
    ("openai-api-key", "a key of OpenAI", r"\bsk-(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,100}T3BlbkFJ[A-Za-z0-9_-]{20,100}|[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})", 3.0),
    ("openshift-user-token", "a token of OpenShift", r"\bsha256~[A-Za-z0-9_-]{43}\b", 3.5),
    ("perplexity-api-key", "a key of Perplexity", r"\bpplx-[A-Za-z0-9]{48}\b", 4.0),
    ("planetscale-api-token", "a token of PlanetScale", r"\bpscale_(?:tkn|oauth)_[A-Za-z0-9_.=-]{32,64}", 3.0),
    ("planetscale-password", "a password of PlanetScale", r"\bpscale_pw_[A-Za-z0-9_.=-]{32,64}", 3.0),
    ("postman-api-token", "a key of Postman", r"\bPMAK-[a-f0-9]{24}-[a-f0-9]{34}\b", 3.0),
    ("prefect-api-token", "a key of Prefect", r"\bpn[ub]_[A-Za-z0-9]{36}\b", 3.0),
    ("private-key", "a private key", r"-----BEGIN[ A-Z0-9]{0,60}PRIVATE KEY(?: BLOCK)?-----[A-Za-z0-9+/=\s\\:,.()_-]{100,}?-----END", 3.0),
    ("pulumi-api-token", "a token of Pulumi", r"\bpul-[a-f0-9]{40}\b", 3.0),
    ("pypi-upload-token", "a token of PyPI", r"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}", 3.0),
    ("readme-api-token", "a token of ReadMe", r"\brdme_[a-z0-9]{70}\b", 3.0),
    ("rubygems-api-token", "a key of RubyGems", r"\brubygems_[a-f0-9]{48}\b", 3.0),
    ("scalingo-api-token", "a token of Scalingo", r"\btk-us-[A-Za-z0-9_-]{48}", 3.0),
    ("sendgrid-api-token", "a key of SendGrid", r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}", 3.0),
    ("sendinblue-api-token", "a key of Brevo", r"\bxkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}\b", 3.0),
    ("sentry-org-token", "a token of an organization at Sentry", r"\bsntrys_eyJpYXQiO[A-Za-z0-9+/=_]{80,500}", 4.0),
    ("sentry-user-token", "a token of a user of Sentry", r"\bsntryu_[a-f0-9]{64}\b", 3.0),
    ("shippo-api-token", "a token of Shippo", r"\bshippo_(?:live|test)_[a-f0-9]{40}\b", 3.0),
    ("shopify-access-token", "an access token of Shopify", r"\bshp(?:at|ca|pa)_[A-Fa-f0-9]{32}\b", 3.0),
    ("shopify-shared-secret", "a shared secret of Shopify", r"\bshpss_[A-Fa-f0-9]{32}\b", 3.0),
    ("slack-app-token", "a token of an app of Slack", r"\bxapp-[0-9]-[A-Z0-9]{9,13}-[0-9]{10,14}-[a-z0-9]{40,80}", 3.0),
    ("slack-bot-token", "a token of a bot of Slack", r"\bxoxb-[0-9]{10,13}-[0-9]{10,13}[A-Za-z0-9-]{10,40}", 3.0),
    ("slack-user-token", "a token of a user of Slack", r"\bxox[pe](?:-[0-9]{10,13}){3}-[A-Za-z0-9-]{28,34}", 3.0),
    ("slack-legacy-token", "an old token of Slack", r"\bxox[osra]-(?:[0-9]-)?[A-Za-z0-9-]{20,100}", 3.0),
    ("slack-webhook-url", "the address of a webhook of Slack", r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{43,60}", 3.5),
    ("sonar-api-token", "a token of SonarQube", r"\bsq[upa]_[a-f0-9]{40}\b", 3.0),
    ("sourcegraph-access-token", "a token of Sourcegraph", r"\bsgp_(?:(?:[A-Fa-f0-9]{16}|local)_)?[A-Fa-f0-9]{40}\b", 3.0),
    ("square-access-token", "an access token of Square", r"\b(?:EAAA|sq0atp-)[A-Za-z0-9_-]{22,60}\b", 4.0),
    ("stripe-access-token", "a key of Stripe", r"\b[rs]k_(?:test|live|prod)_[A-Za-z0-9]{10,99}\b", 3.0),
    ("stripe-webhook-secret", "a webhook secret of Stripe", r"\bwhsec_[A-Za-z0-9+/]{32,44}={0,2}", 3.5),
    ("tailscale-key", "a key of Tailscale", r"\btskey-(?:api|auth|client|scim|webhook)-[A-Za-z0-9]{10,20}-[A-Za-z0-9]{20,40}\b", 3.0),
    ("telegram-bot-api-token", "a token of a bot of Telegram", r"\b[0-9]{8,10}:AA[A-Za-z0-9_-]{33}\b", 4.0),
    ("twilio-api-key", "a key of Twilio", r"\bSK[0-9a-f]{32}\b", 3.0),
    ("typeform-api-token", "a token of Typeform", r"\btfp_[A-Za-z0-9_.=-]{40,60}", 3.0),
    ("url-with-password", "an address with a password", r#"\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@"'`<>${}\[\]]{1,80}:([^\s:/@"'`<>${}%*\[\]]{6,120})@[A-Za-z0-9\[][A-Za-z0-9.:\]-]{2,}"#, 2.5),
    ("vault-batch-token", "a batch token of Vault", r"\bhvb\.[A-Za-z0-9_-]{120,300}", 3.5),
    ("vault-service-token", "a service token of Vault", r"\bhvs\.[A-Za-z0-9_-]{90,120}", 3.5),
    ("vercel-token", "a token of Vercel", r"\bvc[pkia]_[A-Za-z0-9]{40,60}\b", 4.0),
    ("generic-api-key", "a value that is called a secret and looks like one", r#"(?i)[\w.-]{0,40}(?:api_?key|apikey|access_?key|auth_?(?:token|key)|secret_?key|client_?secret|private_?key|passw(?:or)?d|passwd|secret|token)["']?[ \t]{0,4}(?:=|:|:=|=>)[ \t]{0,4}["'`]?([A-Za-z0-9_+/.=~!@#%^&*-]{12,150})(?:["'`\s,;<]|\\n|$)"#, 3.6),
];

/// How the table of shapes begins.
const HEAD: &str = "//! How the rules of this program are found. Made by `cargo run -p cooper-xtask -- docs` from their patterns, so that these need not be \
read where no word of them is.\n\nuse super::Known;\n\n#[rustfmt::skip]\npub(super) const SHAPES: &[Known] = &[\n";

/// What is known of a rule without its pattern.
struct Known {
    id: &'static str,
    /// The longest match, in bytes.
    longest: usize,
    /// Whether a match could be longer.
    is_cut: bool,
    /// Words, how far before them a match begins, and whether it begins with them.
    words: &'static [(&'static [&'static str], usize, bool)],
}

/// Values that are examples, or names of values.
#[rustfmt::skip]
const ALLOWED: &[&str] = &[
    r"(?i)^(?:true|false|null|none|nil|undefined|password|passwd|secret)$",
    r"(?i)example|changeme|change[-_]me|placeholder|your[-_]|replace|insert|dummy|redacted|xxxx|1234567890|abcdefgh|\.\.\.|012345",
    r"^[$%@<{(\[]", r"[)}\]>]$", r"^\*+$", r"\$\{|\{\{|%\(|\(\)",
];

/// Paths, and names of values as `settings.PASSWORD`: what rules find that know no form. Tokens of known forms can look like these.
const NAMES: &[&str] = &[r"^(?:/[\w.@-]+)+/?$", r"^[\w-]+(?:\.[A-Za-z_][\w-]*)+$"];

/// What the generic rule finds has digits and letters, and is no word of a program.
#[rustfmt::skip]
const GENERIC_ALLOWED: &[&str] = &[
    r"^[^0-9]*$", r"^[^A-Za-z]*$", r"^[A-Za-z]+[0-9]{0,3}$", r"^[a-z]+(?:[_-][a-z0-9]{1,12})+$", r"^[A-Z]+(?:_[A-Z0-9]+)+$",
    r"^(?i:https?|file|git|ssh|arn|urn|sha(?:1|256|384|512))\b", r"^[0-9a-f]{8}-[0-9a-f]{4}-", r"^[a-z]+[A-Z][A-Za-z0-9]{0,40}[.(]",
];

/// Files in which nothing is a secret of their owner: locks with digests, minified code, pictures, what is brought by package managers.
#[rustfmt::skip]
const GENERIC_PATHS: &[&str] = &[
    r"(?:^|/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|deno\.lock|Cargo\.lock|poetry\.lock|uv\.lock|Pipfile\.lock|Gemfile\.lock|composer\.lock|go\.sum|gradle\.lockfile)$",
    r"(?:^|/)(?:node_modules|bower_components|site-packages|dist-packages|vendor|gems)/", r"\.min\.(?:js|css)$", r"\.(?:js|css)\.map$", r"\.(?:po|pot|mo|svg|html?|md|rst|adoc)$",
    r"^(?:usr/(?:lib|share|include)|lib|var/lib/(?:dpkg|apt))/",
];

/// How a rule is found, when the table has it.
fn known_shape(id: &str) -> Option<Shape> {
    let at = SHAPES.binary_search_by_key(&id, |known| known.id).ok()?;
    let known = &SHAPES[at];
    let words = |(words, before, starts): &(&[&str], usize, bool)| Word {
        words: words.iter().map(|word| word.as_bytes().to_vec()).collect(),
        before: *before,
        starts: *starts,
    };
    let begins = Begins::Words(known.words.iter().map(words).collect());
    Some(Shape { begins, longest: known.longest, is_cut: known.is_cut, is_gated: false })
}

/// The source of the table of how the rules are found.
pub(crate) fn shapes() -> String {
    let mut lines: Vec<String> = rules().list.iter().filter_map(shape_line).collect();
    lines.sort();
    format!("{HEAD}{}];\n", lines.concat())
}

/// The line of the table for a rule, made from its pattern; none where it has no words.
fn shape_line(rule: &Rule) -> Option<String> {
    let shape = Rule { shape: OnceLock::new(), ..rule.clone() };
    let Shape { begins: Begins::Words(words), longest, is_cut, is_gated: false } = shape.shape() else {
        return None;
    };
    let mut known = Vec::new();
    for word in words {
        let texts: Vec<_> =
            word.words.iter().map(|word| str::from_utf8(word)).collect::<Result<_, _>>().ok()?;
        known.push(format!("(&{texts:?}, {}, {})", word.before, word.starts));
    }
    let words = known.join(", ");
    let id = &rule.id;
    Some(format!("    Known {{ id: {id:?}, longest: {longest}, is_cut: {is_cut}, words: &[{words}] }},\n"))
}

/// All rules.
pub(crate) fn rules() -> Rules {
    let patterns = |texts: &'static [&str]| texts.iter().map(|text| Pattern::later(text)).collect::<Vec<_>>();
    let rules = RULES.iter().map(|(id, what, regex, entropy)| Rule {
        id: (*id).to_owned(),
        description: (*what).to_owned(),
        regex: Some(Pattern::later(regex)),
        shape: known_shape(id).map_or_else(OnceLock::new, OnceLock::from),
        entropy: *entropy,
        allow: match *id {
            "generic-api-key" => vec![
                Allow {
                    regexes: patterns(GENERIC_ALLOWED),
                    paths: patterns(GENERIC_PATHS),
                    ..Allow::default()
                },
                Allow { regexes: patterns(NAMES), ..Allow::default() },
            ],
            "url-with-password" => vec![Allow { regexes: patterns(NAMES), ..Allow::default() }],
            _ => Vec::new(),
        },
        ..Rule::default()
    });
    let allow = Allow { regexes: patterns(ALLOWED), words: StopWords::default(), ..Allow::default() };
    let mut texts: Vec<&str> = RULES.iter().flat_map(|(id, _, regex, _)| [*id, *regex]).collect();
    texts.extend([ALLOWED, NAMES, GENERIC_ALLOWED, GENERIC_PATHS].concat());
    Rules::new(rules.collect(), vec![allow], digest_of(&texts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_the_patterns_say() {
        assert!(shapes() == include_str!("builtin/shapes.rs"), "run `cargo run -p cooper-xtask -- docs`");
        assert!(SHAPES.len() > RULES.len() * 9 / 10);
    }

    #[test]
    fn rules_are_sorted_out_and_fit() {
        let rules = rules();
        let mut names: Vec<_> = rules.list.iter().map(|rule| rule.id.clone()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), rules.len());
        for rule in &rules.list {
            assert!(rule.fits(), "{}", rule.id);
            assert!(!rule.description.is_empty() && !rule.description.ends_with('.'), "{}", rule.id);
        }
    }
}
