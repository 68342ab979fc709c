//! Spins on lattices.

mod automatic;
pub(in crate::systems) mod blume_capel;
pub(in crate::systems) mod clock;
mod contest;
mod few_spins;
mod frontier;
pub(in crate::systems) mod ising;
pub(in crate::systems) mod parameters;
pub(in crate::systems) mod potts;
pub(in crate::systems) mod spin_glass;
mod transfer;
pub(in crate::systems) mod vector;

pub use blume_capel::{BlumeCapel, BlumeCapelState, SpinChange};
pub use clock::{Clock, ClockState, ClockTurn};
pub use ising::{
    Checkerboard, Flip, InfiniteIsing, Ising, IsingJointLevel, IsingLevel, IsingState, MagneticMoments, PackedSpins,
    SingleFlip,
};
pub use potts::{InfinitePotts, OrderMoments, Potts, PottsJointLevel, PottsLevel, PottsState, Recolour};
pub use spin_glass::{Bond, CouplingsError, GlassFlip, GlassMoments, GlassState, SpinGlass};
pub use vector::{Heisenberg, OverRelaxation, Turn, VectorHeatBath, VectorModel, VectorState, Xy};
