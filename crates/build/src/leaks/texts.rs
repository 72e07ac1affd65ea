//! What becomes the configuration and the history of an image, before anything runs.

use kit::TextRange;
use plan::Plan;

use super::{Find, Leaks};
use crate::BuildError;

/// The path by which `--allow-leak` means it.
const CONFIG: &[u8] = b"config";

impl Leaks {
    /// Fails when a plan would write a lent value into the image's configuration or history, or give it to a step as an
    /// argument; a line for each find that is allowed.
    pub fn check_plan(&self, plan: &Plan) -> Result<Vec<String>, BuildError> {
        let mut notes = Vec::new();
        for said in &plan.said {
            let hits = self.needles.find(said.text.as_bytes()).hits;
            let Some(hit) = hits.into_iter().next() else { continue };
            let find = Find { path: CONFIG.to_vec(), part: None, hit };
            if self.allows(&find) {
                notes.push(allowed(&find));
                continue;
            }
            let (secret, encoding) = (&find.hit.secret, find.hit.encoding);
            let name = said.text.split_whitespace().next().unwrap_or_default();
            let message = format!(
                "this {name} of stage `{}` would write the secret `{secret}` ({encoding}) into the image and its history",
                said.stage
            );
            return Err(instead(BuildError::new(message), secret).at(said.range));
        }
        notes.extend(self.check_configs(plan)?);
        notes.dedup();
        Ok(notes)
    }

    /// What comes from elsewhere: of the base, or of the command line.
    fn check_configs(&self, plan: &Plan) -> Result<Vec<String>, BuildError> {
        let mut notes = Vec::new();
        for output in &plan.outputs {
            let text = serde_json::to_vec(&output.config).unwrap_or_default();
            for hit in self.needles.find(&text).hits {
                let find = Find { path: CONFIG.to_vec(), part: None, hit };
                if self.allows(&find) {
                    notes.push(allowed(&find));
                    continue;
                }
                let (secret, encoding) = (&find.hit.secret, find.hit.encoding);
                let message = format!(
                    "the configuration of the image would hold the secret `{secret}` ({encoding}): a label of the \
                     command line, or what the base brings"
                );
                return Err(instead(BuildError::new(message), secret));
            }
        }
        Ok(notes)
    }

    /// Fails when the value of a build argument holds a lent value.
    pub fn check_argument(
        &self,
        name: &str,
        value: &str,
        range: Option<TextRange>,
    ) -> Result<Option<String>, BuildError> {
        let Some(hit) = self.needles.find(value.as_bytes()).hits.into_iter().next() else { return Ok(None) };
        if self.allowed.iter().any(|allowed| allowed.is_build_arg(name)) {
            return Ok(Some(format!(
                "allowed by --allow-leak: the secret `{}` as the build argument `{name}`",
                hit.secret
            )));
        }
        let message = format!(
            "the build argument `{name}` is the secret `{}` ({}): it would be in the history of the image",
            hit.secret, hit.encoding
        );
        let error = instead(BuildError::new(message), &hit.secret);
        Err(BuildError { range, ..error })
    }
}

fn allowed(find: &Find) -> String {
    format!("allowed by --allow-leak: the secret `{}` in the configuration of the image", find.hit.secret)
}

fn instead(error: BuildError, secret: &str) -> BuildError {
    error.help(format!(
        "mount it in the step that needs it: `RUN --mount=type=secret,id={secret} …`; \
         `--allow-leak {secret}:config` accepts it"
    ))
}
