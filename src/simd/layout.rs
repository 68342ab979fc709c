//! Where each spin of a torus of even sides sits: one bit per spin, one sublattice per word, one band per bit.
//!
//! The torus is cut into `bands_y` x `bands_x` equal parts of even sides, at most 64; bit `by * bands_x + bx` of every
//! word belongs to part (bx, by). Within a part, row r holds its spins of one sublattice in words i = 0, 1, ...: the
//! columns 2 i + (r + sublattice) mod 2. A word then has its neighbours at the same bits of the words i of rows r - 1,
//! r and r + 1 of the other sublattice, and of the word i - 1 or i + 1 of row r. Only at the edge of a part do bits
//! move, to the part next to it; those words are kept in a frame of ghosts around the rows.

use super::block::WORDS;
use serde::{Deserialize, Serialize};

/// Parts, and the words that hold them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Layout {
    /// Sides of the torus.
    pub sides: [usize; 2],
    /// Number of parts along x and y.
    pub bands: [usize; 2],
    /// Rows of a part.
    pub rows: usize,
    /// Words of a row.
    pub width: usize,
    /// From one row to the next, in words.
    pub stride: usize,
}

/// Divisors of half a side that keep every part even.
fn cuts(side: usize) -> impl Iterator<Item = usize> {
    (1..=64).filter(move |n| (side / 2).is_multiple_of(*n))
}

impl Layout {
    /// The layout with the fewest blocks; `None` for an odd side.
    pub fn new(lx: usize, ly: usize) -> Option<Self> {
        if lx < 2 || ly < 2 || lx % 2 == 1 || ly % 2 == 1 {
            return None;
        }
        cuts(lx)
            .flat_map(|bx| cuts(ly).map(move |by| [bx, by]))
            .filter(|[bx, by]| bx * by <= 64)
            .map(|bands| {
                let (rows, width) = (ly / bands[1], lx / bands[0] / 2);
                // A ghost word before and after each row; rows begin on multiples of a block.
                let stride = width.next_multiple_of(WORDS) + 2 * WORDS;
                Self { sides: [lx, ly], bands, rows, width, stride }
            })
            .min_by_key(|layout| (layout.n_blocks(), layout.bands[0]))
    }

    /// Blocks of one sublattice.
    pub fn n_blocks(&self) -> usize {
        self.rows * self.width.div_ceil(WORDS)
    }

    /// Words of one sublattice, ghosts included.
    pub fn n_words(&self) -> usize {
        (self.rows + 2) * self.stride
    }

    /// Number of sites.
    pub fn n_sites(&self) -> usize {
        self.sides[0] * self.sides[1]
    }

    /// First word of row `row`; -1 and `rows` are ghosts, counted here from 0 to rows + 1.
    pub fn row(&self, ghost_row: usize) -> usize {
        ghost_row * self.stride + WORDS
    }

    /// Sublattice, word and bit of the site (x, y).
    pub fn place(&self, x: usize, y: usize) -> (usize, usize, usize) {
        let columns = 2 * self.width;
        let (bx, column) = (x / columns, x % columns);
        let (by, row) = (y / self.rows, y % self.rows);
        ((x + y) % 2, self.row(row + 1) + column / 2, by * self.bands[0] + bx)
    }

    /// The bits in use.
    pub fn bits(&self) -> u64 {
        u64::MAX >> (64 - self.bands[0] * self.bands[1])
    }

    /// Bit 0 of every group of `bands_x` bits.
    fn first_bands(&self) -> u64 {
        (0..self.bands[1]).map(|by| 1 << (by * self.bands[0])).sum()
    }

    /// `word` with every bit in the place of the part to its right: what the word before a row's first sees.
    pub fn moved_right(&self, word: u64) -> u64 {
        let first = self.first_bands();
        ((word << 1) & self.bits() & !first) | ((word >> (self.bands[0] - 1)) & first)
    }

    /// The inverse of [`Layout::moved_right`].
    pub fn moved_left(&self, word: u64) -> u64 {
        let last = self.first_bands() << (self.bands[0] - 1);
        ((word >> 1) & !last) | ((word << (self.bands[0] - 1)) & last)
    }

    /// `word` with every bit in the place of the part below it.
    pub fn moved_down(&self, word: u64) -> u64 {
        let (n, bx) = (self.bands[0] * self.bands[1], self.bands[0]);
        if n == bx { word } else { ((word << bx) | (word >> (n - bx))) & self.bits() }
    }

    /// The inverse of [`Layout::moved_down`].
    pub fn moved_up(&self, word: u64) -> u64 {
        let (n, bx) = (self.bands[0] * self.bands[1], self.bands[0]);
        if n == bx { word } else { ((word >> bx) | (word << (n - bx))) & self.bits() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_site_has_its_own_bit() {
        for (lx, ly) in [(2, 2), (4, 4), (2, 10), (6, 10), (32, 32), (24, 40), (64, 34), (128, 128)] {
            let layout = Layout::new(lx, ly).unwrap();
            let mut places = HashSet::new();
            for (x, y) in (0..ly).flat_map(|y| (0..lx).map(move |x| (x, y))) {
                let (sublattice, word, bit) = layout.place(x, y);
                assert!(word < layout.n_words() && layout.bits() >> bit & 1 == 1);
                assert!(places.insert((sublattice, word, bit)));
            }
            for word in [0x0123_4567_89ab_cdef & layout.bits(), layout.bits(), 1] {
                assert_eq!(layout.moved_left(layout.moved_right(word)), word, "{layout:?}");
                assert_eq!(layout.moved_up(layout.moved_down(word)), word, "{layout:?}");
            }
        }
        assert!(Layout::new(3, 4).is_none() && Layout::new(4, 5).is_none());
    }

    #[test]
    fn large_lattices_fill_their_words() {
        let large = Layout::new(16384, 16384).unwrap();
        assert_eq!((large.bands, large.rows, large.width), ([1, 64], 256, 8192));
        assert!(2 * 8 * large.n_words() < 40_000_000);
        assert_eq!(Layout::new(32, 32).unwrap().n_blocks(), 2);
    }
}
