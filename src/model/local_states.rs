//! What a heat bath needs to know of a model: the energies of all values that one site can take.

use crate::model::Model;

/// A model whose sites each take one of few values, with a short list of energies that a value can have at a site.
///
/// An [`Environment`] holds the level of every value that a site can take.
pub trait LocalStates: Model {
    /// Number of values of one site; values are numbered from 0.
    fn n_values(&self) -> usize;

    /// Every energy that a value can have at a site, `[n_levels]`, up to what all values there have in common.
    fn local_levels(&self) -> Vec<f64>;

    /// Writes the levels of all values of `site`, given the sites around it, into `environment`.
    fn environment(&self, state: &Self::State, site: usize, environment: &mut Environment);

    /// The present value of `site`.
    fn value(&self, state: &Self::State, site: usize) -> usize;

    /// Gives `site` a value; `environment` is the one just written for this site.
    fn set_value(&self, state: &mut Self::State, site: usize, value: usize, environment: &Environment);

    /// Number of sites.
    fn site_count(&self) -> usize;
}

/// A model whose sites each take one of few values, with energies that make no short list.
pub trait SiteEnergies: Model {
    /// Number of values of one site; values are numbered from 0.
    fn n_values(&self) -> usize;

    /// Number of sites.
    fn n_sites(&self) -> usize;

    /// Writes the energies of all values of `site`, given the sites around it, `[n_values]`, up to what they have in common.
    fn site_energies(&self, state: &Self::State, site: usize, energies: &mut [f64]);

    /// Gives `site` a value.
    fn set_value(&self, state: &mut Self::State, site: usize, value: usize);
}

/// The level of every value at one site: some values are listed, and all others share one level.
///
/// A list, because of many colours only those of the neighbours differ from the rest.
///
/// # Examples
///
/// ```
/// use gibbs::model::Environment;
/// let mut environment = Environment::default();
/// environment.clear(0);
/// environment.raise(7);
/// environment.raise(7);
/// environment.raise(2);
/// assert_eq!((environment.level(7), environment.level(2), environment.level(5)), (2, 1, 0));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Environment {
    listed: Vec<(u32, u32)>,
    rest: u32,
}

impl Environment {
    /// Forgets the list and gives all values level `rest`.
    #[inline]
    pub fn clear(&mut self, rest: usize) {
        self.listed.clear();
        self.rest = rest as u32;
    }

    /// Lists `value`, which has not been listed yet, with `level`.
    #[inline]
    pub fn list(&mut self, value: usize, level: usize) {
        self.listed.push((value as u32, level as u32));
    }

    /// Raises the level of `value` by 1.
    #[inline]
    pub fn raise(&mut self, value: usize) {
        match self.listed.iter_mut().find(|(listed, _)| *listed as usize == value) {
            Some((_, level)) => *level += 1,
            None => self.list(value, self.rest() + 1),
        }
    }

    /// The level of `value`.
    #[inline]
    #[must_use]
    pub fn level(&self, value: usize) -> usize {
        self.listed.iter().find(|(listed, _)| *listed as usize == value).map_or(self.rest, |(_, level)| *level) as usize
    }

    /// Listed values with their levels.
    #[inline]
    pub(crate) fn listed(&self) -> &[(u32, u32)] {
        &self.listed
    }

    /// The level of all values that are not listed.
    #[inline]
    pub(crate) fn rest(&self) -> usize {
        self.rest as usize
    }

    /// The unlisted value that has `rank` unlisted ones below it.
    #[inline]
    pub(crate) fn unlisted(&mut self, rank: usize) -> usize {
        self.listed.sort_unstable();
        self.listed.iter().fold(rank, |value, (listed, _)| value + usize::from(*listed as usize <= value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unlisted_values_are_those_not_listed() {
        let mut environment = Environment::default();
        environment.clear(3);
        for value in [6, 0, 4] {
            environment.list(value, 1);
        }
        let unlisted: Vec<usize> = (0..4).map(|rank| environment.unlisted(rank)).collect();
        assert_eq!((unlisted, environment.rest()), (vec![1, 2, 3, 5], 3));
    }
}
