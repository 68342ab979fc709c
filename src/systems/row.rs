//! The row of a system: what is said of it, and how it is built from its parameters.

use super::CatalogueError;
use super::description::Description;
use super::parameters::Parameters;
use super::system::System;

/// Everything that the catalogue knows of a system; it stands in the system's own file.
pub(super) struct CatalogueRow {
    pub description: Description,
    pub build: fn(&Parameters<'_>) -> Result<System, CatalogueError>,
}
