//! The spins of a torus, one bit each, with the ghosts that spare the sweeps every wrap.

use super::layout::Layout;
use serde::{Deserialize, Serialize};

/// What a sweep leaves, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Spins that are up.
    pub up: u64,
    /// Bonds between antiparallel spins.
    pub antiparallel: u64,
}

/// Spins of both sublattices; a set bit is up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Torus {
    pub(super) layout: Layout,
    pub(super) words: [Vec<u64>; 2],
}

impl Torus {
    /// Spins given by `up(x, y)`.
    pub fn new(layout: Layout, mut up: impl FnMut(usize, usize) -> bool) -> Self {
        let mut torus = Self { layout, words: [vec![0; layout.n_words()], vec![0; layout.n_words()]] };
        for (x, y) in (0..layout.sides[1]).flat_map(|y| (0..layout.sides[0]).map(move |x| (x, y))) {
            let (sublattice, word, bit) = layout.place(x, y);
            torus.words[sublattice][word] |= u64::from(up(x, y)) << bit;
        }
        (0..2).for_each(|sublattice| torus.refresh(sublattice));
        torus
    }

    /// Whether the spin at (x, y) is up.
    pub fn is_up(&self, x: usize, y: usize) -> bool {
        let (sublattice, word, bit) = self.layout.place(x, y);
        self.words[sublattice][word] >> bit & 1 == 1
    }

    /// The layout.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Copies the edges of `sublattice` into its ghosts.
    #[inline(always)]
    pub(super) fn refresh(&mut self, sublattice: usize) {
        let layout = self.layout;
        let words = &mut self.words[sublattice];
        for row in 1..=layout.rows {
            let first = layout.row(row);
            words[first - 1] = layout.moved_right(words[first + layout.width - 1]);
            words[first + layout.width] = layout.moved_left(words[first]);
        }
        let [above, top, bottom, below] = [0, 1, layout.rows, layout.rows + 1].map(|row| layout.row(row));
        for i in 0..layout.width {
            words[above + i] = layout.moved_down(words[bottom + i]);
            words[below + i] = layout.moved_up(words[top + i]);
        }
    }

    /// Counts from scratch.
    pub fn counts(&self) -> Counts {
        let layout = &self.layout;
        let mut counts = Counts::default();
        for row in 0..layout.rows {
            let first = layout.row(row + 1);
            for word in first..first + layout.width {
                let side = if row % 2 == 0 { word - 1 } else { word + 1 };
                let (own, other) = (self.words[0][word], &self.words[1]);
                counts.up += u64::from(own.count_ones() + other[word].count_ones());
                for neighbour in [word, side, word - layout.stride, word + layout.stride] {
                    counts.antiparallel += u64::from((own ^ other[neighbour]).count_ones());
                }
            }
        }
        counts
    }
}
