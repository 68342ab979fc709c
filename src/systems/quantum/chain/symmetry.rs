//! Symmetries of a chain of spins: the group of translations, reflection and spin flip, and its real representations.

use crate::model::Boundary;

/// A state of n spins: bit i is set where spin i is up.
pub(super) type Bits = u32;

/// Translations around a ring (none on an open chain), reflection end to end, and, where it is one, the flip of all spins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    n: u32,
    translations: u32,
    flip: bool,
}

/// One element: reflect where asked, shift by `shift` sites, flip where asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element {
    shift: u32,
    reflected: bool,
    flipped: bool,
}

/// An irreducible representation over the real numbers: a wave number, a sign under the flip, and, where the wave
/// number is 0 or pi, a sign under reflection. Every other wave number comes with its negative and counts twice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Representation {
    wave_number: f64,
    /// 1 or 2: how often each of its levels occurs.
    pub dimension: u32,
    reflection: f64,
    flip: f64,
}

impl Group {
    pub fn new(n: u32, boundary: Boundary, flip: bool) -> Self {
        Self { n, translations: if boundary == Boundary::Periodic { n } else { 1 }, flip }
    }

    pub fn elements(&self) -> impl Iterator<Item = Element> + '_ {
        let both = |second: bool| [false, true].into_iter().take(1 + usize::from(second));
        (0..self.translations).flat_map(move |shift| {
            both(true)
                .flat_map(move |reflected| both(self.flip).map(move |flipped| Element { shift, reflected, flipped }))
        })
    }

    /// What `element` makes of `state`.
    pub fn image(&self, element: Element, state: Bits) -> Bits {
        let (n, all) = (self.n, ((1u64 << self.n) - 1) as Bits);
        let state = if element.reflected { state.reverse_bits() >> (Bits::BITS - n) } else { state };
        let shift = element.shift;
        let state = if shift == 0 { state } else { (state << shift | state >> (n - shift)) & all };
        if element.flipped { state ^ all } else { state }
    }

    pub fn representations(&self) -> Vec<Representation> {
        let flips: &[f64] = if self.flip { &[1.0, -1.0] } else { &[1.0] };
        let mut all = Vec::new();
        for wave in 0..=self.translations / 2 {
            let wave_number = std::f64::consts::TAU * f64::from(wave) / f64::from(self.translations);
            let alone = wave == 0 || 2 * wave == self.translations;
            let (dimension, reflections): (u32, &[f64]) = if alone { (1, &[1.0, -1.0]) } else { (2, &[1.0]) };
            for &flip in flips {
                all.extend(reflections.iter().map(|&reflection| Representation {
                    wave_number,
                    dimension,
                    reflection,
                    flip,
                }));
            }
        }
        all
    }
}

impl Representation {
    /// First row of the matrix of `element`: translations are rotations by the wave number, reflection is diag(1, -1).
    /// The second number is 0 in one dimension.
    pub fn first_row(&self, element: Element) -> [f64; 2] {
        let angle = self.wave_number * f64::from(element.shift);
        let sign = if element.flipped { self.flip } else { 1.0 };
        if self.dimension == 1 {
            let reflection = if element.reflected { self.reflection } else { 1.0 };
            // cos is +1 or -1 here up to rounding.
            return [sign * reflection * angle.cos().round(), 0.0];
        }
        [sign * angle.cos(), if element.reflected { sign * angle.sin() } else { -sign * angle.sin() }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimensions_add_up_to_the_size_of_the_group() {
        for n in 3..9 {
            for (boundary, flip) in [(Boundary::Periodic, true), (Boundary::Periodic, false), (Boundary::Open, true)] {
                let group = Group::new(n, boundary, flip);
                let squares: u32 = group.representations().iter().map(|r| r.dimension * r.dimension).sum();
                assert_eq!(squares as usize, group.elements().count());
            }
        }
    }

    #[test]
    fn elements_act_on_states() {
        let group = Group::new(5, Boundary::Periodic, true);
        let element = |shift, reflected, flipped| Element { shift, reflected, flipped };
        assert_eq!(group.image(element(1, false, false), 0b10010), 0b00101);
        assert_eq!(group.image(element(0, true, false), 0b10010), 0b01001);
        assert_eq!(group.image(element(0, false, true), 0b10010), 0b01101);
    }
}
