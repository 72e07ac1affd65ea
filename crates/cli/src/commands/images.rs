//! `cooper images`, `cooper tag`, `cooper rmi`.

use app::AppError;
use image::Reference;

use super::{print, reference};
use crate::exit;
use crate::human::size;
use crate::world::{Global, Needs, make};

#[derive(Debug, clap::Args)]
pub(crate) struct TagArgs {
    /// The image.
    #[arg(value_parser = reference)]
    image: Reference,
    /// Its new name.
    #[arg(value_parser = reference)]
    name: Reference,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RemoveArgs {
    /// The names.
    #[arg(required = true, value_parser = reference)]
    names: Vec<Reference>,
}

/// Lists the images.
pub(crate) fn list(global: &Global) -> Result<u8, AppError> {
    let world = make(global, Needs::Nothing)?;
    let records = app::images::list(&world)?;
    let mut text = String::new();
    if global.json {
        for record in &records {
            let name = record.name.familiar();
            let value = serde_json::json!({ "name": name, "digest": record.descriptor.digest, "size": record.size, "created": record.created });
            text += &format!("{value}\n");
        }
    } else {
        let width = records.iter().map(|record| record.name.familiar().len()).max().unwrap_or(0).max(4);
        text += &format!("{:width$}  {:12}  {:>9}\n", "NAME", "DIGEST", "SIZE");
        for record in &records {
            let digest = record.descriptor.digest.short();
            text += &format!(
                "{:width$}  {digest}  {:>9}\n",
                record.name.familiar(),
                record.size.map_or_else(String::new, size)
            );
        }
    }
    print(&text)?;
    Ok(exit::CLEAN)
}

/// Gives an image another name.
pub(crate) fn tag(global: &Global, args: &TagArgs) -> Result<u8, AppError> {
    let world = make(global, Needs::Nothing)?;
    app::images::tag(&world, &args.image, &args.name)?;
    Ok(exit::CLEAN)
}

/// Takes names away.
pub(crate) fn remove(global: &Global, args: &RemoveArgs) -> Result<u8, AppError> {
    let world = make(global, Needs::Nothing)?;
    for name in &args.names {
        app::images::remove(&world, name)?;
    }
    Ok(exit::CLEAN)
}
