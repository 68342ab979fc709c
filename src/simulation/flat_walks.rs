//! Walkers that make their own weights by Wang–Landau, and then measure with them fixed.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::control::drive;
use super::{Control, SimulationError};
use crate::model::Model;
use crate::rng::{SavedRng, TaskRng};
use crate::samplers::{
    EnergyCells, Multicanonical, Refinement, RestoreError, Resume, Sampler, SavedMulticanonical, SavedWangLandau,
    Transitions, WangLandau,
};

/// Blocks of the run of each walker, after one that is thrown away.
const BLOCKS: u64 = 32;
/// Where refinement ends: the weights steer the measurement, and their errors do not enter it.
const FINAL_LN_F: f64 = 1e-5;
/// Sweeps between two looks at whether the run is asked to end.
const PIECE: u64 = 256;

/// Independent walkers with a generator each, and with everything that is needed to go on bit for bit.
pub(super) struct FlatWalks<'a, M: Model> {
    walks: Vec<(Walk<'a, M>, TaskRng)>,
    /// Sweeps of a block.
    block: u64,
}

enum Walk<'a, M: Model> {
    Refining(WangLandau<'a, M>),
    Measuring(Measured<'a, M>),
}

/// A walk with fixed weights.
struct Measured<'a, M: Model> {
    walk: Multicanonical<'a, M>,
    /// Sweeps so far, the first block included.
    sweeps: u64,
    /// Proposed transitions of the blocks that are kept.
    blocks: Vec<Transitions>,
}

/// The state of a run between two sweeps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SavedWalks<T> {
    block: u64,
    walks: Vec<(SavedWalk<T>, SavedRng)>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum SavedWalk<T> {
    Refining(SavedWangLandau<T>),
    Measuring { walk: SavedMulticanonical<T>, sweeps: u64, blocks: Vec<Transitions> },
}

impl<'a, M: Model<State: Send> + Sync> FlatWalks<'a, M> {
    /// `n` walkers of `model` over `cells`, each with the generator `stream` gives it and `sweeps` measured sweeps.
    ///
    /// # Errors
    ///
    /// A state of the model that lies outside the cells.
    pub fn start(
        model: &'a M,
        cells: &EnergyCells,
        sweeps: u64,
        n: u16,
        stream: impl Fn(u16) -> TaskRng,
    ) -> Result<Self, SimulationError> {
        let walk = |walker| {
            let mut rng = stream(walker);
            let weights = WangLandau::new(model, cells.clone(), model.initial_state(&mut rng))?;
            Ok((Walk::Refining(weights), rng))
        };
        Ok(Self { walks: (0..n).map(walk).collect::<Result<_, SimulationError>>()?, block: (sweeps / BLOCKS).max(1) })
    }

    /// Runs to the end: proposed transitions by block, those of all walkers one after the other, and the round trips between the lowest
    /// and the highest energy.
    ///
    /// # Errors
    ///
    /// A walk that does not become flat.
    pub fn finish(mut self, control: &Control) -> Result<(Vec<Transitions>, u64), SimulationError> {
        let advance = |walks: &mut Self, most| Ok(walks.advance(most)?.then_some(()));
        drive(control, &mut self, |_| PIECE, advance)?;
        let (mut blocks, mut trips) = (Vec::new(), 0);
        for (walk, _) in self.walks {
            if let Walk::Measuring(measured) = walk {
                blocks.extend(measured.blocks);
                trips += measured.walk.round_trips();
            }
        }
        Ok((blocks, trips))
    }

    /// At most `most` sweeps of each walker, and never beyond the end of its refinement; whether all have ended.
    ///
    /// # Errors
    ///
    /// As [`FlatWalks::finish`].
    pub fn advance(&mut self, most: u64) -> Result<bool, SimulationError> {
        let block = self.block;
        let one = |(walk, mut rng): (Walk<'a, M>, TaskRng)| Ok((walk.advanced(most, block, &mut rng)?, rng));
        let walks: Vec<Result<_, SimulationError>> = std::mem::take(&mut self.walks).into_par_iter().map(one).collect();
        // The first refusal, whichever thread was done first.
        self.walks = walks.into_iter().collect::<Result<_, _>>()?;
        let last = (BLOCKS + 1) * block;
        Ok(self.walks.iter().all(|(walk, _)| matches!(walk, Walk::Measuring(measured) if measured.sweeps == last)))
    }

    /// The state of the run.
    #[cfg_attr(not(test), allow(dead_code, reason = "for the files of experiments that go on"))]
    pub fn save(&self) -> SavedWalks<M::State> {
        let one = |(walk, rng): &(Walk<'a, M>, TaskRng)| (walk.save(), SavedRng::of(rng));
        SavedWalks { block: self.block, walks: self.walks.iter().map(one).collect() }
    }

    /// Puts a run that was just started where a run started alike was saved.
    ///
    /// # Errors
    ///
    /// What another number of walkers, sweeps or cells, or another model stored.
    #[cfg_attr(not(test), allow(dead_code, reason = "for the files of experiments that go on"))]
    pub fn restore(&mut self, saved: SavedWalks<M::State>) -> Result<(), RestoreError> {
        RestoreError::unless_equal("replicas", self.walks.len(), saved.walks.len())?;
        RestoreError::unless_equal("sweeps of a block", self.block as usize, saved.block as usize)?;
        let walks = std::mem::take(&mut self.walks).into_iter().zip(saved.walks);
        let walks = walks.map(|((walk, _), (saved, rng))| Ok((walk.restored(saved, self.block)?, rng.rng())));
        self.walks = walks.collect::<Result<_, _>>()?;
        Ok(())
    }
}

impl<M: Model<State: Send>> Walk<'_, M> {
    fn advanced(self, most: u64, block: u64, rng: &mut TaskRng) -> Result<Self, SimulationError> {
        match self {
            Self::Refining(mut weights) => {
                let refinement = Refinement { final_ln_f: FINAL_LN_F, ..Refinement::default() };
                if !weights.refine_on(refinement, most, rng)? {
                    return Ok(Self::Refining(weights));
                }
                Ok(Self::Measuring(Measured { walk: weights.into_multicanonical(), sweeps: 0, blocks: Vec::new() }))
            }
            Self::Measuring(mut measured) => {
                measured.advance(most.min((BLOCKS + 1) * block - measured.sweeps), block, rng);
                Ok(Self::Measuring(measured))
            }
        }
    }

    fn save(&self) -> SavedWalk<M::State> {
        match self {
            Self::Refining(weights) => SavedWalk::Refining(weights.save()),
            Self::Measuring(Measured { walk, sweeps, blocks }) => {
                SavedWalk::Measuring { walk: walk.save(), sweeps: *sweeps, blocks: blocks.clone() }
            }
        }
    }

    fn restored(self, saved: SavedWalk<M::State>, block: u64) -> Result<Self, RestoreError> {
        match (self, saved) {
            (Self::Refining(mut weights), SavedWalk::Refining(saved)) => {
                weights.restore(saved)?;
                Ok(Self::Refining(weights))
            }
            (Self::Refining(weights), SavedWalk::Measuring { walk: saved, sweeps, blocks }) => {
                let mut walk = weights.into_multicanonical();
                walk.restore(saved)?;
                let n_cells = walk.cells().len();
                RestoreError::unless_equal("blocks", (sweeps / block).saturating_sub(1) as usize, blocks.len())?;
                if sweeps > (BLOCKS + 1) * block || !blocks.iter().all(|table| table.is_of(n_cells)) {
                    return Err(RestoreError::State);
                }
                Ok(Self::Measuring(Measured { walk, sweeps, blocks }))
            }
            (Self::Measuring(_), _) => Err(RestoreError::Stage { found: "refinement" }),
        }
    }
}

impl<M: Model> Measured<'_, M> {
    /// So many sweeps; the transitions of the first block are thrown away.
    fn advance(&mut self, sweeps: u64, block: u64, rng: &mut TaskRng) {
        for _ in 0..sweeps {
            self.walk.advance(rng);
            self.sweeps += 1;
            if self.sweeps.is_multiple_of(block) {
                let transitions = self.walk.take_transitions();
                if self.sweeps > block {
                    self.blocks.push(transitions);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Seed, Stream};
    use crate::systems::Ising;

    fn walks<'a>(ising: &'a Ising, sweeps: u64, n: u16) -> FlatWalks<'a, Ising> {
        let cells = EnergyCells::grid(-32.0, 32.0, 4.0).unwrap();
        let stream = |walker| Seed(7).stream(Stream::Walkers(walker).id());
        FlatWalks::start(ising, &cells, sweeps, n, stream).unwrap()
    }

    #[test]
    fn flat_walks_go_on_from_a_file() {
        let ising = Ising::torus(4, 4, 1.0, 0.0).unwrap();
        let whole = walks(&ising, 3200, 2).finish(&Control::default()).unwrap();
        let (mut broken, mut pieces, mut measuring) = (walks(&ising, 3200, 2), 0, 0);
        while !broken.advance(701).unwrap() {
            let text = serde_json::to_string(&broken.save()).unwrap();
            broken = walks(&ising, 3200, 2);
            broken.restore(serde_json::from_str(&text).unwrap()).unwrap();
            pieces += 1;
            measuring += usize::from(broken.walks.iter().all(|(walk, _)| matches!(walk, Walk::Measuring(_))));
        }
        assert!(measuring > 2 && pieces > measuring + 5, "{pieces} {measuring}");
        assert_eq!(broken.finish(&Control::default()).unwrap(), whole);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let (small, other) = (Ising::torus(4, 4, 1.0, 0.0).unwrap(), Ising::torus(2, 8, 1.0, 0.0).unwrap());
        for sweeps in [100, u64::MAX] {
            let mut run = walks(&small, 3200, 2);
            // In the refinement, and beyond it.
            for _ in 0..2 {
                run.advance(sweeps).unwrap();
            }
            let saved = run.save();
            let refusal = |mut run: FlatWalks<'_, Ising>| run.restore(saved.clone()).unwrap_err();
            let number = |what, expected, found| RestoreError::Number { what, expected, found };
            assert_eq!(refusal(walks(&other, 3200, 2)), RestoreError::State);
            assert_eq!(refusal(walks(&small, 3200, 3)), number("replicas", 3, 2));
            assert_eq!(refusal(walks(&small, 6400, 2)), number("sweeps of a block", 200, 100));
            let cells = EnergyCells::grid(-32.0, 32.0, 2.0).unwrap();
            let finer =
                FlatWalks::start(&small, &cells, 3200, 2, |walker| Seed(7).stream(Stream::Walkers(walker).id()));
            assert_eq!(refusal(finer.unwrap()), number("cells", 33, 17));
        }
    }
}
