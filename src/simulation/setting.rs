//! Settings by name, for errors.

/// A setting, as errors name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// [`Settings::sampler`](super::Settings::sampler).
    Sampler,
    /// The temperatures.
    Temperatures,
    /// [`Budget::Particles`](super::Budget::Particles).
    Particles,
    /// [`Budget::Sweeps`](super::Budget::Sweeps).
    Sweeps,
    /// [`Settings::limit`](super::Settings::limit).
    Limit,
    /// [`Budget::Error`](super::Budget::Error).
    Error,
    /// [`Settings::curve`](super::Settings::curve).
    Curve,
    /// [`Settings::start`](super::Settings::start).
    Start,
    /// [`Settings::snapshots`](super::Settings::snapshots).
    Snapshots,
    /// [`Settings::replicas`](super::Settings::replicas).
    Replicas,
}

impl Setting {
    pub(super) const ALL: [Self; 10] = [
        Self::Sampler,
        Self::Temperatures,
        Self::Particles,
        Self::Sweeps,
        Self::Limit,
        Self::Error,
        Self::Curve,
        Self::Start,
        Self::Snapshots,
        Self::Replicas,
    ];

    /// Its name in this library.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sampler => "sampler",
            Self::Temperatures => "temperatures",
            Self::Particles => "particles",
            Self::Sweeps => "sweeps",
            Self::Limit => "limit",
            Self::Error => "error",
            Self::Curve => "curve",
            Self::Start => "start",
            Self::Snapshots => "snapshots",
            Self::Replicas => "replicas",
        }
    }

    pub(super) fn plain(self) -> String {
        self.name().to_owned()
    }
}
