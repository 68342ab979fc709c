//! The levels that counting finds: states that share a bond sum, or a magnetization as well.

/// States that share a bond sum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IsingLevel {
    /// B = sum of s s' over the bonds.
    pub bond_sum: i64,
    /// ln of the number of states.
    pub ln_count: f64,
}

/// States that share a bond sum and a magnetization.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IsingJointLevel {
    /// B = sum of s s' over the bonds.
    pub bond_sum: i64,
    /// M = sum of s.
    pub magnetization: i64,
    /// ln of the number of states.
    pub ln_count: f64,
}
